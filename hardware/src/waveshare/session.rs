//! The conversation with one relay board: bytes and time in, frames and events out.
//!
//! ```text
//!            opened              all steps answered
//!  Closed ───────────► Starting ───────────────────► Up ◄─┐ heartbeats, vends
//!    ▲                  ▲    │ a step failed:        │ ───┘
//!    │                  └────┘ again after 1 s       │
//!    │                  ▲                            │ 3 answers in a row missed
//!    └── port closed    └────────────────────────────┘
//! ```
//!
//! Starting is: all off, coils read back, version, (inputs unlinked from the coils,) inputs read.
//! While a vend is undecided a silent board is asked on; it is down when the vend has given up.

mod sensors;
mod starting;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use sensors::Sensors;
use starting::Step;

use super::{
    RelayBoard,
    map::{self, Pulse},
    vend::{Vend, Wish},
};
use crate::{
    board::{BoardCommand, BoardEvent, Fault, VendRequest, VendTag},
    modbus::{Answer, Function, Master, Request, Response},
};

/// How often an idle board is asked for its inputs: sensor state and sign of life.
const HEARTBEAT: Duration = Duration::from_millis(500);
/// How long an answer may take: USB adapters and a busy host add to the board's few milliseconds.
const REPLY_TIMEOUT: Duration = Duration::from_millis(300);
/// The same during a vend: the sensor must not go unread for long, and a quick second question is
/// no danger.
const REPLY_TIMEOUT_VEND: Duration = Duration::from_millis(80);
/// So many missed answers in a row are a board that is down.
const MISSES_MAX: u8 = 3;
/// How long a board that did not start is left alone: longer than any late answer.
const RESTART_PAUSE: Duration = Duration::from_secs(1);
/// No customer waits longer for an item to fall; more is a mistake in the configuration.
const DROP_WINDOW_MAX: Duration = Duration::from_secs(600);
/// What this board says of a vend that it does not remember.
const NO_MEMORY: &str = "the board keeps no result";

/// The session of one relay board.
///
/// After each call of a `handle_` method or of `command`, take what `poll_transmit` and
/// `poll_event` give until they give nothing, and call `handle_timeout` when `next_timeout` has
/// come.
#[derive(Debug)]
pub struct RelayBoardSession {
    board: RelayBoard,
    master: Master,
    phase: Phase,
    misses: u8,
    pending: Option<(VendRequest, Pulse)>,
    vend: Option<Vend>,
    last_outcome: Option<BoardEvent>,
    owes_idle: bool,
    sensors: Sensors,
    heartbeat_due: Option<Instant>,
    told_down: bool,
    stop: Stop,
    wake: Option<Instant>,
    transmit: Option<Vec<u8>>,
    events: VecDeque<BoardEvent>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Closed,
    Starting { step: Step, due: Instant },
    Up,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    NotAsked,
    Asked,
    AllOffSent,
    Done,
}

impl RelayBoardSession {
    /// A board whose port is still closed.
    #[must_use]
    pub fn new(board: RelayBoard) -> Self {
        Self {
            master: Master::new(board.address, board.baud),
            board,
            phase: Phase::Closed,
            misses: 0,
            pending: None,
            vend: None,
            last_outcome: None,
            owes_idle: false,
            sensors: Sensors::default(),
            heartbeat_due: None,
            told_down: false,
            stop: Stop::NotAsked,
            wake: None,
            transmit: None,
            events: VecDeque::new(),
        }
    }

    /// The port was opened.
    pub fn handle_opened(&mut self, now: Instant) {
        self.master.reset(now);
        self.restart(now);
        self.pump(now);
    }

    /// The port went away, or could not be opened at first.
    pub fn handle_closed(&mut self, reason: &str, now: Instant) {
        self.master.reset(now);
        self.transmit = None;
        self.phase = Phase::Closed;
        if let Some(vend) = &mut self.vend {
            vend.handle_closed(&mut self.events);
        }
        self.down(reason.to_owned());
        self.pump(now);
    }

    /// The frame that `poll_transmit` gave last could not be written, not one byte of it.
    pub fn handle_not_sent(&mut self, now: Instant) {
        if let Some(vend) = &mut self.vend {
            vend.handle_not_sent(&mut self.events);
        }
        self.vend.take_if(|vend| vend.is_over());
        self.pump(now);
    }

    /// Bytes came from the line.
    pub fn handle_bytes(&mut self, bytes: &[u8], now: Instant) {
        if let Some(answer) = self.master.handle_bytes(bytes, now) {
            self.handle_answer(&answer, now);
        }
        self.pump(now);
    }

    /// Time passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.master.handle_timeout(now) {
            self.misses = self.misses.saturating_add(1);
            self.handle_missed(now);
        }
        self.pump(now);
    }

    /// Somebody wants something.
    pub fn command(&mut self, command: BoardCommand, now: Instant) {
        match command {
            BoardCommand::Vend(request) => self.accept(request),
            BoardCommand::Recall { tag } => self.recall(tag),
            BoardCommand::Stop if self.stop == Stop::NotAsked => self.stop = Stop::Asked,
            BoardCommand::Stop => {}
        }
        self.pump(now);
    }

    /// The next frame to write.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.transmit.take()
    }

    /// The next thing to tell.
    pub fn poll_event(&mut self) -> Option<BoardEvent> {
        let event = self.events.pop_front()?;
        if event.outcome_of().is_some() {
            self.last_outcome = Some(event.clone());
        }
        Some(event)
    }

    /// When to call `handle_timeout`, if nothing else happens before.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        let give_up = self.vend.as_ref().filter(|vend| !vend.is_decided()).map(Vend::give_up_at);
        let line = self.master.deadline().or(self.wake);
        [give_up, line].into_iter().flatten().min()
    }

    /// Whether `Stop` has been done: nothing runs, and everything is off if the board could be
    /// reached.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.stop == Stop::Done
    }

    fn accept(&mut self, request: VendRequest) {
        let tag = request.tag;
        if self.phase != Phase::Up || self.stop != Stop::NotAsked {
            return self.refuse(tag, Fault::BoardDown);
        }
        if self.vend.is_some() || self.pending.is_some() {
            return self.refuse(tag, Fault::Busy);
        }
        let exists = request.coil < self.board.coils
            && request.drop_input < self.board.inputs
            && request.drop_window <= DROP_WINDOW_MAX;
        match Pulse::new(request.pulse) {
            Some(pulse) if exists => self.pending = Some((request, pulse)),
            Some(_) | None => {
                let board = &self.board;
                tracing::error!(?request, ?board, "no such coil, input, pulse or window");
                self.refuse(tag, Fault::NotStarted);
                self.owes_idle = true;
            }
        }
    }

    fn refuse(&mut self, tag: VendTag, fault: Fault) {
        self.events.push_back(BoardEvent::VendFailed { tag, fault });
    }

    fn recall(&mut self, tag: VendTag) {
        let unread = self.events.iter().find(|event| event.outcome_of() == Some(tag));
        let last = self.last_outcome.as_ref().filter(|event| event.outcome_of() == Some(tag));
        let runs = self.vend.as_ref().is_some_and(|vend| vend.tag() == tag && !vend.is_decided())
            || self.pending.as_ref().is_some_and(|(request, _)| request.tag == tag);
        // The outcome of a vend that runs, or that was not read yet, comes by itself.
        if unread.is_none() && !runs {
            let unknown = || BoardEvent::VendUnknown { tag, why: NO_MEMORY.into() };
            self.events.push_back(last.cloned().unwrap_or_else(unknown));
        }
    }

    fn handle_answer(&mut self, answer: &Answer, now: Instant) {
        let response = &answer.response;
        if let Response::DiscreteInputs(bits) = response {
            self.sensors.note(bits, answer.asked);
        }
        if self.stop == Stop::AllOffSent {
            self.stop = Stop::Done;
        } else if let Phase::Starting { step, .. } = self.phase {
            self.misses = 0;
            self.handle_step(step, response, now);
        } else if let Some(vend) = &mut self.vend {
            self.misses = 0;
            vend.handle_answer(answer, now, &mut self.events);
        } else {
            self.handle_heartbeat(response, now);
        }
    }

    fn handle_heartbeat(&mut self, response: &Response, now: Instant) {
        self.heartbeat_due = Some(now + HEARTBEAT);
        if let Response::Refused { function: Function::ReadDiscreteInputs, exception } = response {
            self.misses = self.misses.saturating_add(1);
            if self.misses >= MISSES_MAX {
                self.lost(format!("the board refuses to read its inputs: {exception}"), now);
            }
        } else {
            self.misses = 0;
            self.sensors.tell(self.board.inputs, &mut self.events);
        }
    }

    fn handle_missed(&mut self, now: Instant) {
        if self.stop == Stop::AllOffSent {
            self.stop = Stop::Done;
        } else if let Phase::Starting { step, .. } = self.phase {
            self.handle_missed_step(step, now);
        } else if let Some(vend) = &mut self.vend {
            vend.handle_missed();
        } else if self.misses >= MISSES_MAX {
            self.lost(self.no_answer(), now);
        }
    }

    fn no_answer(&self) -> String {
        let RelayBoard { port, address, baud, .. } = &self.board;
        format!(
            "no answer from address {address} at {baud} baud on {}: \
             is the board powered, are A and B right?",
            port.display()
        )
    }

    /// The board cannot be used any more; it is started anew after a pause.
    fn lost(&mut self, reason: String, now: Instant) {
        self.phase = Phase::Starting { step: Step::first(), due: now + RESTART_PAUSE };
        self.down(reason);
    }

    fn restart(&mut self, now: Instant) {
        self.phase = Phase::Starting { step: Step::first(), due: now };
    }

    fn down(&mut self, reason: String) {
        self.misses = 0;
        self.sensors = Sensors::default();
        if let Some((request, _)) = self.pending.take() {
            self.refuse(request.tag, Fault::BoardDown);
        }
        if !self.told_down {
            self.told_down = true;
            tracing::info!(%reason, "board down");
            self.events.push_back(BoardEvent::Down { reason });
        }
    }

    fn up(&mut self, identity: String, now: Instant) {
        if let Some(vend) = &mut self.vend {
            vend.handle_back(now, &mut self.events);
        }
        // Its outcome is told, and what is said next is that the board takes vends.
        self.vend.take_if(|vend| vend.is_over());
        self.phase = Phase::Up;
        self.told_down = false;
        self.heartbeat_due = Some(now + HEARTBEAT);
        tracing::info!(%identity, "board up");
        self.events.push_back(BoardEvent::Up { identity });
        self.sensors.tell(self.board.inputs, &mut self.events);
    }

    /// Does everything that is due.
    fn pump(&mut self, now: Instant) {
        self.wake = None;
        self.tend_vend(now);
        self.tell_idle();
        if self.phase == Phase::Closed {
            // What cannot be reached cannot be switched off.
            let done =
                self.stop != Stop::NotAsked && self.vend.as_ref().is_none_or(Vend::is_decided);
            self.stop = if done { Stop::Done } else { self.stop };
            return;
        }
        if !self.master.is_free() || self.stop == Stop::Done {
            return;
        }
        if let Some(ready) = self.master.ready_at().filter(|ready| *ready > now) {
            self.wake = Some(ready);
            return;
        }
        match self.next_wish(now) {
            Wish::Ask(request) => {
                let patience = if self.is_watching() { REPLY_TIMEOUT_VEND } else { REPLY_TIMEOUT };
                self.transmit = Some(self.master.send(request, patience, now));
            }
            Wish::Wait(until) => self.wake = Some(until),
        }
        // Of a vend that was refused without a frame.
        self.tell_idle();
    }

    /// A board that is not up says `Up` instead when the next vend may come.
    fn tell_idle(&mut self) {
        if std::mem::take(&mut self.owes_idle) && self.phase == Phase::Up {
            self.events.push_back(BoardEvent::Idle);
        }
    }

    fn tend_vend(&mut self, now: Instant) {
        let Some(vend) = &mut self.vend else { return };
        vend.handle_timeout(now, &mut self.events);
        if vend.is_over() {
            self.vend = None;
            self.owes_idle = true;
            // What was in the beam was the item.
            self.sensors.forget();
            self.heartbeat_due = Some(now);
        } else if self.phase == Phase::Up && vend.is_decided() && now >= vend.give_up_at() {
            let reason = if self.misses > 0 { self.no_answer() } else { "a coil stays on".into() };
            self.lost(reason, now);
        }
    }

    /// Whether a vend runs whose outcome is not told.
    fn is_watching(&self) -> bool {
        self.vend.as_ref().is_some_and(|vend| !vend.is_decided())
    }

    /// What to ask now that the line is free.
    fn next_wish(&mut self, now: Instant) -> Wish {
        let undecided = self.vend.as_ref().is_some_and(|vend| !vend.is_decided());
        if self.stop == Stop::Asked
            && !undecided
            && (self.phase != Phase::Up || self.vend.is_none())
        {
            self.stop = Stop::AllOffSent;
            return Wish::Ask(map::all_off());
        }
        let wish = match self.phase {
            Phase::Starting { due, .. } if now < due => Wish::Wait(due),
            Phase::Starting { step, .. } => Wish::Ask(step.request(&self.board)),
            Phase::Up => self.wish_up(now),
            Phase::Closed => Wish::Wait(now + RESTART_PAUSE),
        };
        self.without_doubt(wish, now)
    }

    fn wish_up(&mut self, now: Instant) -> Wish {
        if let Some(vend) = &mut self.vend {
            return vend.wish(now);
        }
        if let Some((request, pulse)) = self.pending.take() {
            return self.begin(request, pulse, now);
        }
        match self.heartbeat_due {
            Some(due) if now < due => Wish::Wait(due),
            Some(_) | None => Wish::Ask(map::read_inputs(self.board.inputs)),
        }
    }

    /// Turns the motor, if the line is sound and the sensor is known to be clear.
    fn begin(&mut self, request: VendRequest, pulse: Pulse, now: Instant) -> Wish {
        if now > request.not_after {
            self.refuse(request.tag, Fault::Expired);
            self.owes_idle = true;
            return Wish::Wait(self.heartbeat_due.unwrap_or(now));
        }
        let sound = self.master.is_in_step(now);
        match self.sensors.is_blocked(request.drop_input, now).filter(|_| sound) {
            None => {
                self.pending = Some((request, pulse));
                Wish::Ask(map::read_inputs(self.board.inputs))
            }
            Some(true) => {
                self.refuse(request.tag, Fault::SensorBlocked);
                self.owes_idle = true;
                Wish::Wait(self.heartbeat_due.unwrap_or(now))
            }
            Some(false) => {
                let vend = Vend::start(request, pulse, (self.board.coils, self.board.inputs), now);
                let flash_on = vend.flash_on();
                self.vend = Some(vend);
                Wish::Ask(flash_on)
            }
        }
    }

    /// The same, but by a function of which no old answer can come.
    fn without_doubt(&mut self, wish: Wish, now: Instant) -> Wish {
        let Wish::Ask(request) = wish else { return wish };
        if !self.master.is_doubtful(request.function(), now) {
            return Wish::Ask(request);
        }
        let is_write = request.function() == Function::WriteCoil;
        let probes: [Request; 3] = [
            map::read_coils(self.board.coils),
            map::read_inputs(self.board.inputs),
            map::read_address(),
        ];
        let probe =
            probes.into_iter().find(|probe| !self.master.is_doubtful(probe.function(), now));
        match (probe, self.master.doubt_ends()) {
            (Some(probe), _) => Wish::Ask(probe),
            // What is read during a vend is true of this vend, whichever question it answers.
            (None, _) if self.is_watching() && !is_write => Wish::Ask(request),
            (None, doubt_ends) => Wish::Wait(doubt_ends.unwrap_or(now)),
        }
    }
}

#[cfg(test)]
mod tests;
