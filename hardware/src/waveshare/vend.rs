//! One vend, from the flash-on frame to the coil that is off again.
//!
//! ```text
//!            echo                item seen
//!  Flashed ─────────► Watching ─────────────────────────► Settling ──coil off──► Over
//!   ▲ │ │               ▲  │ window over                     ▲                    ▲ ▲
//!   │ │ │               │  └─► ReadingBack ─coil on: unknown─┘                    │ │
//!   │ │ │               │         └─coil off, sensor clear: NoDrop, or unknown────┘ │
//!   │ │ │               │ coil on, or too late to tell                              │
//!   │ │ └─no answer─► Unconfirmed ──coil off early: NotStarted──────────────────────┤
//!   │ ├─refused for certain: NotStarted─────────────────────────────────────────────┘
//!   │ └─busy, once─► Refused
//!   └────100 ms─────────┘
//! ```
//!
//! The flash-on frame is never sent twice unless the board refused the first one for certain.
//! Undecided at `give_up`, the vend is unknown.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::map::{self, Pulse};
use crate::{
    board::{BoardEvent, Fault, VendRequest},
    modbus::{Answer, Bits, Exception, Request, Response},
};

/// A busy board is asked once more after this.
const BUSY_PAUSE: Duration = Duration::from_millis(100);
/// The board's clock and ours, and the time on the wire, differ by less than this over one pulse.
const PULSE_MARGIN: Duration = Duration::from_millis(100);
/// A drop seen so long after the window is still this vend's: the last reading takes its time.
const WINDOW_MARGIN: Duration = Duration::from_millis(100);
/// The sensor may go unread for so long. An item shades a light curtain for up to 200 ms, so what
/// falls within a longer silence may never be seen. One missed answer is made up for within 200 ms.
const UNSEEN_MAX: Duration = Duration::from_millis(250);
/// How long after the window a lost board is waited for: a replug takes about so long.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a coil is read that should be off by now.
const SETTLE_INTERVAL: Duration = Duration::from_millis(50);
/// A coil that is on so long after its pulse is switched off.
const OVERRUN_MAX: Duration = Duration::from_millis(500);

/// A vend whose flash-on frame has left.
#[derive(Debug)]
pub(super) struct Vend {
    request: VendRequest,
    pulse: Pulse,
    coils: u16,
    inputs: u16,
    stage: Stage,
    sent: Instant,
    last_seen: Instant,
    longest_unseen: Duration,
    disconnected: bool,
    started: bool,
    decided: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The answer to the flash-on frame is awaited.
    Flashed { refused_before: bool },
    /// The board was busy; once more then.
    Refused { again: Instant },
    /// No answer came: the coil and the sensor are read in turn.
    Unconfirmed { coil_next: bool },
    /// The sensor is read as fast as the line allows.
    Watching,
    /// The window is over without a drop: is the coil off, and then, is the sensor still clear?
    ReadingBack { coil_off: bool },
    /// The outcome is told; the coil is awaited to be off.
    Settling { next: Instant, all_off_sent: bool },
    /// Told, and off.
    Over,
}

/// What the vend wants from the line.
pub(super) enum Wish {
    /// Ask this now.
    Ask(Request),
    /// Nothing before then.
    Wait(Instant),
}

impl Vend {
    /// The flash-on frame leaves now.
    pub(super) const fn start(
        request: VendRequest,
        pulse: Pulse,
        (coils, inputs): (u16, u16),
        now: Instant,
    ) -> Self {
        Self {
            request,
            pulse,
            coils,
            inputs,
            stage: Stage::Flashed { refused_before: false },
            sent: now,
            last_seen: now,
            longest_unseen: Duration::ZERO,
            disconnected: false,
            started: false,
            decided: false,
        }
    }

    pub(super) const fn tag(&self) -> u64 {
        self.request.tag
    }

    /// The frame that turns the motor.
    pub(super) const fn flash_on(&self) -> Request {
        map::flash_on(self.request.coil, self.pulse)
    }

    /// Whether the outcome is told.
    pub(super) const fn is_decided(&self) -> bool {
        self.decided
    }

    /// Whether the next vend may come.
    pub(super) fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// When an undecided vend becomes unknown.
    pub(super) fn give_up_at(&self) -> Instant {
        self.window_end() + PATIENCE
    }

    fn pulse_end(&self) -> Instant {
        self.sent + self.pulse.duration()
    }

    fn window_end(&self) -> Instant {
        self.pulse_end() + self.request.drop_window
    }

    /// What to ask next, when the line is free.
    pub(super) fn wish(&mut self, now: Instant) -> Wish {
        if matches!(self.stage, Stage::Unconfirmed { .. } | Stage::Watching)
            && now >= self.window_end()
        {
            self.stage = Stage::ReadingBack { coil_off: false };
        }
        match self.stage {
            Stage::Refused { again } if now < again => Wish::Wait(again),
            Stage::Refused { .. } => {
                self.stage = Stage::Flashed { refused_before: true };
                self.sent = now;
                self.last_seen = now;
                Wish::Ask(self.flash_on())
            }
            Stage::Settling { next, .. } if now < next => Wish::Wait(next),
            Stage::Settling { all_off_sent: false, .. }
                if now >= self.pulse_end() + OVERRUN_MAX =>
            {
                self.stage = Stage::Settling { next: now, all_off_sent: true };
                Wish::Ask(map::all_off())
            }
            Stage::Unconfirmed { coil_next: true }
            | Stage::ReadingBack { coil_off: false }
            | Stage::Settling { .. } => Wish::Ask(map::read_coils(self.coils)),
            Stage::Unconfirmed { coil_next: false }
            | Stage::Watching
            | Stage::ReadingBack { coil_off: true } => Wish::Ask(map::read_inputs(self.inputs)),
            // Never asked for while an answer is awaited, nor afterwards.
            Stage::Flashed { .. } | Stage::Over => Wish::Wait(self.give_up_at()),
        }
    }

    /// The board answered.
    pub(super) fn handle_answer(
        &mut self,
        answer: &Answer,
        now: Instant,
        events: &mut VecDeque<BoardEvent>,
    ) {
        match (self.stage, &answer.response) {
            (_, Response::DiscreteInputs(bits)) => {
                self.handle_inputs(bits, answer.asked, now, events)
            }
            (_, Response::Coils(bits)) => {
                if let Some(on) = bits.get(self.request.coil) {
                    self.handle_coil(on, now, events);
                }
            }
            (Stage::Flashed { .. }, Response::CoilWritten { .. }) => {
                self.tell_started(events);
                self.stage = Stage::Watching;
            }
            (Stage::Flashed { refused_before }, Response::Refused { exception, .. }) => {
                self.handle_refusal(*exception, refused_before, now, events);
            }
            // The echo of an all-off, a probe's answer: signs of life, no more.
            _ => {}
        }
    }

    /// The board did not answer.
    pub(super) fn handle_missed(&mut self) {
        match self.stage {
            Stage::Flashed { .. } => self.stage = Stage::Unconfirmed { coil_next: true },
            Stage::Unconfirmed { coil_next } => {
                self.stage = Stage::Unconfirmed { coil_next: !coil_next }
            }
            Stage::Refused { .. }
            | Stage::Watching
            | Stage::ReadingBack { .. }
            | Stage::Settling { .. }
            | Stage::Over => {}
        }
    }

    /// The flash-on frame could not be written, not one byte of it.
    pub(super) fn handle_not_sent(&mut self, events: &mut VecDeque<BoardEvent>) {
        if matches!(self.stage, Stage::Flashed { .. }) {
            self.fail(Fault::BoardDown, events);
            self.stage = Stage::Over;
        }
    }

    /// The port went away.
    pub(super) fn handle_closed(&mut self, events: &mut VecDeque<BoardEvent>) {
        self.disconnected = true;
        match self.stage {
            Stage::Refused { .. } => {
                self.fail(Fault::NotStarted, events);
                self.stage = Stage::Over;
            }
            Stage::Flashed { .. } | Stage::Unconfirmed { .. } | Stage::ReadingBack { .. } => {
                self.stage = Stage::Watching;
            }
            Stage::Watching | Stage::Settling { .. } | Stage::Over => {}
        }
    }

    /// The board is back, was switched off, and its coils were read as off.
    pub(super) fn handle_back(&mut self, now: Instant, events: &mut VecDeque<BoardEvent>) {
        if !self.decided && now < self.window_end() {
            // What fell may still be seen falling.
            return;
        }
        self.decide_unknown(now, events);
        self.stage = Stage::Over;
    }

    /// Time passes.
    pub(super) fn handle_timeout(&mut self, now: Instant, events: &mut VecDeque<BoardEvent>) {
        if !self.decided && now >= self.give_up_at() {
            self.decide_unknown(now, events);
            self.settle(now);
        }
    }

    fn handle_inputs(
        &mut self,
        bits: &Bits,
        asked: Instant,
        now: Instant,
        events: &mut VecDeque<BoardEvent>,
    ) {
        if self.decided {
            return;
        }
        self.longest_unseen = self.unseen(now);
        self.last_seen = asked;
        if bits.get(self.request.drop_input) == Some(true) {
            self.handle_blocked(asked, now, events);
            return;
        }
        match self.stage {
            Stage::ReadingBack { coil_off: true } => {
                self.decide(self.why_unseen(now).map_or(Ok(Fault::NoDrop), Err), events);
                self.stage = Stage::Over;
            }
            Stage::Unconfirmed { .. } => self.stage = Stage::Unconfirmed { coil_next: true },
            Stage::Flashed { .. }
            | Stage::Refused { .. }
            | Stage::Watching
            | Stage::ReadingBack { coil_off: false }
            | Stage::Settling { .. }
            | Stage::Over => {}
        }
    }

    /// Something is in the beam that was clear before.
    fn handle_blocked(&mut self, asked: Instant, now: Instant, events: &mut VecDeque<BoardEvent>) {
        if asked <= self.window_end() + WINDOW_MARGIN {
            self.decided = true;
            events.push_back(BoardEvent::VendSucceeded { tag: self.tag() });
        } else {
            self.decide(Err("the drop sensor is blocked after the end of the vend".into()), events);
        }
        self.settle(now);
    }

    fn handle_coil(&mut self, on: bool, now: Instant, events: &mut VecDeque<BoardEvent>) {
        match self.stage {
            Stage::Unconfirmed { .. } if on => {
                self.tell_started(events);
                self.stage = Stage::Watching;
            }
            Stage::Unconfirmed { .. } if now + PULSE_MARGIN < self.pulse_end() => {
                self.fail(Fault::NotStarted, events);
                self.stage = Stage::Over;
            }
            // It never closed, or it closed and opened again.
            Stage::Unconfirmed { .. } => self.stage = Stage::Watching,
            Stage::ReadingBack { .. } if on => {
                self.decide(Err("the coil is still on after its pulse".into()), events);
                self.settle(now);
            }
            Stage::ReadingBack { .. } => self.stage = Stage::ReadingBack { coil_off: true },
            Stage::Settling { .. } if !on => self.stage = Stage::Over,
            Stage::Settling { all_off_sent, .. } => {
                // An all-off that did not help is repeated with each turn of OVERRUN_MAX.
                let again = all_off_sent && now >= self.pulse_end() + OVERRUN_MAX;
                let pause = if again { OVERRUN_MAX } else { SETTLE_INTERVAL };
                self.stage =
                    Stage::Settling { next: now + pause, all_off_sent: all_off_sent && !again };
            }
            Stage::Flashed { .. } | Stage::Refused { .. } | Stage::Watching | Stage::Over => {}
        }
    }

    fn handle_refusal(
        &mut self,
        exception: Exception,
        refused_before: bool,
        now: Instant,
        events: &mut VecDeque<BoardEvent>,
    ) {
        match exception {
            Exception::Busy if !refused_before => {
                self.stage = Stage::Refused { again: now + BUSY_PAUSE };
            }
            Exception::Busy
            | Exception::IllegalFunction
            | Exception::IllegalAddress
            | Exception::IllegalValue => {
                let coil = self.request.coil;
                tracing::debug!(%exception, coil, "the board refused to turn the motor");
                self.fail(Fault::NotStarted, events);
                self.stage = Stage::Over;
            }
            // It tried: how far it came is seen at the coil.
            Exception::DeviceFailure | Exception::Other(_) => {
                self.stage = Stage::Unconfirmed { coil_next: true };
            }
            // It is still trying: a coil that is off may yet close.
            Exception::Acknowledge => self.stage = Stage::Watching,
        }
    }

    /// The longest time that the sensor went unread, up to now.
    fn unseen(&self, now: Instant) -> Duration {
        self.longest_unseen.max(now.saturating_duration_since(self.last_seen))
    }

    /// Why a drop may have gone unseen; `None` if it cannot have.
    fn why_unseen(&self, now: Instant) -> Option<String> {
        let unseen = self.unseen(now);
        if self.disconnected {
            Some("the board was disconnected during the vend".into())
        } else if unseen > UNSEEN_MAX {
            Some(format!(
                "the board did not answer for {:.1} s during the vend",
                unseen.as_secs_f32()
            ))
        } else {
            None
        }
    }

    /// It was not watched to the end.
    fn decide_unknown(&mut self, now: Instant, events: &mut VecDeque<BoardEvent>) {
        let cut_short = || "the board did not answer at the end of the vend".to_owned();
        let why = self.why_unseen(now).unwrap_or_else(cut_short);
        self.decide(Err(why), events);
    }

    fn decide(&mut self, outcome: Result<Fault, String>, events: &mut VecDeque<BoardEvent>) {
        if self.decided {
            return;
        }
        self.decided = true;
        let tag = self.tag();
        events.push_back(match outcome {
            Ok(fault) => BoardEvent::VendFailed { tag, fault },
            Err(why) => BoardEvent::VendUnknown { tag, why },
        });
    }

    fn fail(&mut self, fault: Fault, events: &mut VecDeque<BoardEvent>) {
        self.decide(Ok(fault), events);
    }

    /// The coil is looked at when its pulse should be over.
    fn settle(&mut self, now: Instant) {
        self.stage = Stage::Settling { next: self.pulse_end().max(now), all_off_sent: false };
    }

    fn tell_started(&mut self, events: &mut VecDeque<BoardEvent>) {
        if !self.started {
            self.started = true;
            events.push_back(BoardEvent::VendStarted { tag: self.tag() });
        }
    }
}
