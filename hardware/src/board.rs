//! What every vending board understands and tells, whatever it speaks on its wire.

use std::{
    fmt,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

/// Names one vend. Opaque to the board, which gives it back in the outcome.
pub type VendTag = u64;

/// One turn of one motor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendRequest {
    /// Comes back in the outcome.
    pub tag: VendTag,
    /// The output that drives the motor, from 0.
    pub coil: u16,
    /// The input of the drop sensor that looks at this motor's chute, from 0.
    pub drop_input: u16,
    /// How long the motor turns; boards count in 100 ms, less than that is rounded up.
    pub pulse: Duration,
    /// How long after the pulse an item may still fall; at most ten minutes.
    pub drop_window: Duration,
    /// The latest moment for the motor to start: whoever asked gives the vend up after it. What was
    /// held up longer, in a queue or a driver, is refused for certain.
    pub not_after: Instant,
}

/// What a board is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoardCommand {
    /// Turn one motor once. Answered by exactly one outcome: `VendSucceeded`, `VendFailed` or
    /// `VendUnknown`.
    Vend(VendRequest),
    /// How did this vend end? Answered with the outcome; a board without memory answers
    /// `VendUnknown`.
    Recall {
        /// The vend in question.
        tag: VendTag,
    },
    /// Finish the running vend, switch everything off, end the thread.
    Stop,
}

/// What a board tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoardEvent {
    /// The board answers, everything is off, vends are accepted.
    Up {
        /// What the board says it is, for the technician.
        identity: String,
    },
    /// The board cannot be used. Said once; the next word is `Up`.
    Down {
        /// What is wrong and where to look.
        reason: String,
    },
    /// The state of a drop sensor while nothing moves: for every input after `Up`, then on each
    /// change.
    DropSensor {
        /// From 0.
        input: u16,
        /// Something stands in the beam, or the sensor is dirty or broken.
        blocked: bool,
    },
    /// The motor turns.
    VendStarted {
        /// The vend in question.
        tag: VendTag,
    },
    /// The drop sensor saw the item fall.
    VendSucceeded {
        /// The vend in question.
        tag: VendTag,
    },
    /// Certain: nothing fell and nothing will.
    VendFailed {
        /// The vend in question.
        tag: VendTag,
        /// Why.
        fault: Fault,
    },
    /// The item may have fallen or not.
    VendUnknown {
        /// The vend in question.
        tag: VendTag,
        /// Why it cannot be told.
        why: String,
    },
    /// The outcome is told and every coil is off again: the next vend may come. Follows each vend,
    /// unless it was refused with `Fault::Busy` (the running vend's `Idle` will come) or the board
    /// is down (`Up` will come).
    Idle,
}

impl BoardEvent {
    /// The vend of which this is the outcome.
    #[must_use]
    pub const fn outcome_of(&self) -> Option<VendTag> {
        match self {
            Self::VendSucceeded { tag }
            | Self::VendFailed { tag, .. }
            | Self::VendUnknown { tag, .. } => Some(*tag),
            Self::Up { .. }
            | Self::Down { .. }
            | Self::DropSensor { .. }
            | Self::VendStarted { .. }
            | Self::Idle => None,
        }
    }

    /// Whether this outcome can be trusted: `VendSucceeded` and `VendFailed` can, `VendUnknown`
    /// cannot.
    #[must_use]
    pub const fn is_certain(&self) -> bool {
        match self {
            Self::VendSucceeded { .. } | Self::VendFailed { .. } => true,
            Self::Up { .. }
            | Self::Down { .. }
            | Self::DropSensor { .. }
            | Self::VendStarted { .. }
            | Self::VendUnknown { .. }
            | Self::Idle => false,
        }
    }
}

/// Why nothing fell. Every one of these is certain; what is not is `VendUnknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The motor turned, the sensor was watched to the end of the window, and saw nothing.
    NoDrop,
    /// The board refused, or its read-back shows that the coil never closed.
    NotStarted,
    /// Something stood in the beam before the vend: a fall could not have been seen, so nothing was
    /// moved.
    SensorBlocked,
    /// Another vend is running.
    Busy,
    /// The link was down before the first byte left.
    BoardDown,
    /// The vend came to the board later than it may start, so nothing was moved.
    Expired,
}

impl Fault {
    /// Whether it is the slot's own: its spiral, its motor, its relay. The others could have hit
    /// any.
    #[must_use]
    pub const fn is_of_the_slot(self) -> bool {
        match self {
            Self::NoDrop | Self::NotStarted => true,
            Self::SensorBlocked | Self::Busy | Self::BoardDown | Self::Expired => false,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoDrop => "the motor turned and nothing fell",
            Self::NotStarted => "the motor did not start",
            Self::SensorBlocked => "the drop sensor is blocked",
            Self::Busy => "another vend is running",
            Self::BoardDown => "the board is down",
            Self::Expired => "the vend came too late to the board",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_written_in_snake_case_for_ever() -> serde_json::Result<()> {
        let all = [
            Fault::NoDrop,
            Fault::NotStarted,
            Fault::SensorBlocked,
            Fault::Busy,
            Fault::BoardDown,
            Fault::Expired,
        ];
        assert_eq!(
            serde_json::to_string(&all)?,
            r#"["no_drop","not_started","sensor_blocked","busy","board_down","expired"]"#
        );
        Ok(())
    }

    #[test]
    fn only_an_unknown_outcome_is_uncertain() {
        let unknown = BoardEvent::VendUnknown { tag: 7, why: "unplugged".into() };
        assert_eq!((unknown.outcome_of(), unknown.is_certain()), (Some(7), false));
        let failed = BoardEvent::VendFailed { tag: 8, fault: Fault::NoDrop };
        assert_eq!((failed.outcome_of(), failed.is_certain()), (Some(8), true));
        assert_eq!((BoardEvent::Idle.outcome_of(), BoardEvent::Idle.is_certain()), (None, false));
    }
}
