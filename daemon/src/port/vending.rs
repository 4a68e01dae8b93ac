//! The vending board: slots become coils, and a vend waits for the end of the one before.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use hardware::board::{BoardCommand, BoardEvent, Fault, VendRequest, VendTag};
use hardware::waveshare::{self, BoardHandle, RelayBoard};

use crate::clock::Clock;
use crate::inbox::Inbox;
use crate::sale::{Event, Slot, Vend};

/// How one slot is wired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wiring {
    /// The relay of its motor, from 0.
    pub coil: u16,
    /// The discrete input of its drop sensor, from 0.
    pub drop_input: u16,
    /// How long the motor runs.
    pub pulse: Duration,
    /// How long after that an item may still fall.
    pub drop_window: Duration,
}

/// The port: vends in, the board's words into the inbox.
pub struct Vending {
    board: BoardHandle,
    wiring: BTreeMap<Slot, Wiring>,
    running: bool,
    waiting: Option<VendRequest>,
    inbox: Inbox,
    clock: Clock,
}

/// A motor that has not started so long after the decision starts no more: the middle gives a vend
/// up later than this, and a motor that turned after that would turn for a sale that is to be paid
/// back.
pub const START_MAX: Duration = Duration::from_secs(15);

impl Vending {
    /// Starts the board's thread, which opens the port and keeps it open.
    ///
    /// # Errors
    ///
    /// When there can be no such board, or no thread.
    pub fn start(
        board: RelayBoard,
        wiring: BTreeMap<Slot, Wiring>,
        inbox: Inbox,
        clock: Clock,
    ) -> io::Result<Self> {
        let heard = inbox.clone();
        let board = waveshare::spawn(board, move |event| {
            heard.put(Event::Board(event));
        })?;
        Ok(Self { board, wiring, running: false, waiting: None, inbox, clock })
    }

    /// Turns a motor, now or as soon as the last one has stopped: a quick customer may have paid
    /// before that.
    pub fn vend(&mut self, vend: &Vend) {
        let Some(wiring) = self.wiring.get(&vend.slot()) else {
            // The slot is no longer configured: nothing can have moved.
            self.fail(vend.tag(), Fault::NotStarted);
            return;
        };
        let request = VendRequest {
            tag: vend.tag(),
            coil: wiring.coil,
            drop_input: wiring.drop_input,
            pulse: wiring.pulse,
            drop_window: wiring.drop_window,
            not_after: self.clock.deadline(START_MAX),
        };
        if !self.running {
            self.send(request);
        } else if let Some(pushed_out) = self.waiting.replace(request) {
            self.fail(pushed_out.tag, Fault::Busy);
        }
    }

    /// Asks how an earlier vend ended.
    pub fn recall(&self, tag: VendTag) {
        if let Err(error) = self.board.send(BoardCommand::Recall { tag }) {
            // Unanswered it is in doubt, by the vend's own time limit.
            tracing::warn!(tag, %error, "the board cannot be asked how a vend ended");
        }
    }

    /// Must see every word of the board: it tells when the next motor may turn.
    pub fn heard(&mut self, event: &BoardEvent) {
        match event {
            // A board that is down refuses the waiting vend at once, which is better than silence.
            BoardEvent::Idle | BoardEvent::Up { .. } | BoardEvent::Down { .. } => {
                self.running = false;
                if let Some(request) = self.waiting.take() {
                    self.send(request);
                }
            }
            BoardEvent::DropSensor { .. }
            | BoardEvent::VendStarted { .. }
            | BoardEvent::VendSucceeded { .. }
            | BoardEvent::VendFailed { .. }
            | BoardEvent::VendUnknown { .. } => {}
        }
    }

    /// How often the board's thread has turned, at least once a second while it lives.
    pub fn turns(&self) -> u64 {
        self.board.turns()
    }

    /// Ends the board's thread with every relay off. Waits for a running motor.
    pub fn stop(self) {
        // A board that takes no command any more is stopped by the end of its handle.
        if self.board.send(BoardCommand::Stop).is_err() || !self.board.join() {
            tracing::warn!("the board's thread had died: make sure that every relay is off");
        }
    }

    fn send(&mut self, request: VendRequest) {
        let tag = request.tag;
        match self.board.send(BoardCommand::Vend(request)) {
            Ok(()) => self.running = true,
            Err(error) => {
                tracing::warn!(tag, %error, "the board cannot be asked to vend");
                self.fail(tag, Fault::BoardDown);
                // A thread that has died says nothing more: no further QR may promise a vend.
                let reason = error.to_string();
                self.inbox.offer(Event::Board(BoardEvent::Down { reason }));
            }
        }
    }

    fn fail(&self, tag: u64, fault: Fault) {
        // The loop itself calls this, so it must not wait for room in the inbox. Without room the
        // vend ends by its own time limit, as unknown.
        self.inbox.offer(Event::Board(BoardEvent::VendFailed { tag, fault }));
    }
}
