//! From an open port to a board that is up: everything off, and known.

use std::time::Instant;

use super::{Phase, RESTART_PAUSE, RelayBoardSession};
use crate::{
    modbus::{Request, Response},
    waveshare::{RelayBoard, map},
};

/// The steps, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing may move, whatever was before.
    AllOff,
    /// It was obeyed.
    ReadCoils,
    /// For the technician; a board that does not answer this is good enough.
    ReadVersion,
    /// Only if the settings say so.
    UnlinkInputs { version: Option<u16> },
    /// The drop sensors as they are.
    ReadInputs { version: Option<u16> },
}

impl Step {
    pub(super) const fn first() -> Self {
        Self::AllOff
    }

    /// For the technician.
    const fn what(self) -> &'static str {
        match self {
            Self::AllOff => "switch all coils off",
            Self::ReadCoils => "read its coils",
            Self::ReadVersion => "tell its version",
            Self::UnlinkInputs { .. } => "unlink its inputs",
            Self::ReadInputs { .. } => "read its inputs",
        }
    }

    pub(super) fn request(self, board: &RelayBoard) -> Request {
        match self {
            Self::AllOff => map::all_off(),
            Self::ReadCoils => map::read_coils(board.coils),
            Self::ReadVersion => map::read_version(),
            Self::UnlinkInputs { .. } => map::unlink_inputs(board.inputs),
            Self::ReadInputs { .. } => map::read_inputs(board.inputs),
        }
    }
}

impl RelayBoardSession {
    pub(super) fn handle_step(&mut self, step: Step, response: &Response, now: Instant) {
        match (step, response) {
            (Step::AllOff, Response::CoilWritten { .. }) => self.advance(Step::ReadCoils, now),
            (Step::ReadCoils, Response::Coils(bits)) => {
                match (0..self.board.coils).find(|coil| bits.get(*coil) == Some(true)) {
                    Some(coil) => {
                        self.start_again(format!("coil {coil} stays on after all-off"), now)
                    }
                    None => self.advance(Step::ReadVersion, now),
                }
            }
            (Step::ReadVersion, Response::Holding(values)) => {
                self.after_version(values.first().copied(), now);
            }
            (Step::ReadVersion, _) => self.after_version(None, now),
            (Step::UnlinkInputs { version }, Response::HoldingsWritten { .. }) => {
                self.advance(Step::ReadInputs { version }, now);
            }
            (Step::ReadInputs { version }, Response::DiscreteInputs(_)) => {
                self.up(self.identity(version), now);
            }
            (
                Step::AllOff
                | Step::ReadCoils
                | Step::UnlinkInputs { .. }
                | Step::ReadInputs { .. },
                other,
            ) => {
                let what = step.what();
                let why = if let Response::Refused { exception, .. } = other {
                    format!("the board refuses to {what}: {exception}")
                } else {
                    format!("the board answers the request to {what} with {other:?}")
                };
                self.start_again(why, now);
            }
        }
    }

    pub(super) fn handle_missed_step(&mut self, step: Step, now: Instant) {
        if step == Step::ReadVersion {
            self.after_version(None, now);
        } else {
            self.start_again(self.no_answer(), now);
        }
    }

    fn after_version(&mut self, version: Option<u16>, now: Instant) {
        let unlink = self.board.unlink_inputs;
        let next =
            if unlink { Step::UnlinkInputs { version } } else { Step::ReadInputs { version } };
        self.advance(next, now);
    }

    fn advance(&mut self, step: Step, now: Instant) {
        self.phase = Phase::Starting { step, due: now };
    }

    fn start_again(&mut self, reason: String, now: Instant) {
        self.phase = Phase::Starting { step: Step::first(), due: now + RESTART_PAUSE };
        self.down(reason);
    }

    fn identity(&self, version: Option<u16>) -> String {
        let RelayBoard { address, coils, inputs, .. } = self.board;
        let firmware = match version {
            Some(version) => format!("firmware {}.{:02}", version / 100, version % 100),
            None => "firmware unknown".into(),
        };
        format!(
            "Modbus relay board at address {address}, {firmware}, {coils} coils, {inputs} inputs"
        )
    }
}
