//! The thread that carries a relay board's session: bytes both ways, commands in, events out.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{RelayBoard, RelayBoardSession};
use crate::{
    board::{BoardCommand, BoardEvent},
    serial::{Heard, Port, PortState},
    waker::Waker,
};

/// Commands that wait for the thread, which takes them within a millisecond or two.
const COMMANDS_MAX: usize = 16;

/// The thread looks around so often although nothing is due, so that whoever watches it sees that
/// it lives.
const TURN_MAX: Duration = Duration::from_secs(1);

/// A running board.
#[derive(Debug)]
pub struct BoardHandle {
    commands: SyncSender<BoardCommand>,
    bell: Arc<Waker>,
    turns: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

/// A command did not reach the board's thread, and never will: nothing was moved for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The thread has ended.
    #[error("the board's thread has ended")]
    Ended,
    /// Too many commands wait.
    #[error("{COMMANDS_MAX} commands wait for the board already")]
    Full,
}

/// Runs a board on a thread of its own. `on_event` is called there and must not block: while it
/// does, the drop sensor is not watched.
///
/// # Errors
/// When the settings are wrong or no thread can be started. A board that is not there is no error:
/// it is `Down`.
pub fn spawn(
    board: RelayBoard,
    on_event: impl Fn(BoardEvent) + Send + 'static,
) -> io::Result<BoardHandle> {
    board.check().map_err(|wrong| io::Error::new(io::ErrorKind::InvalidInput, wrong))?;
    let (commands, inbox) = sync_channel(COMMANDS_MAX);
    let bell = Arc::new(Waker::new()?);
    let turns = Arc::new(AtomicU64::new(0));
    let carrier = Carrier {
        port: Port::new(board.port.clone(), board.baud),
        session: RelayBoardSession::new(board),
        inbox,
        bell: Arc::clone(&bell),
        turns: Arc::clone(&turns),
        on_event,
    };
    let thread = thread::Builder::new().name("board".into()).spawn(move || carrier.run())?;
    Ok(BoardHandle { commands, bell, turns, thread })
}

impl BoardHandle {
    /// Hands a command over; never blocks.
    ///
    /// # Errors
    /// When the command certainly does not reach the board.
    pub fn send(&self, command: BoardCommand) -> Result<(), NotSent> {
        self.commands.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => NotSent::Full,
            TrySendError::Disconnected(_) => NotSent::Ended,
        })?;
        self.bell.ring();
        Ok(())
    }

    /// How often the thread has turned: at least once a second as long as neither the port nor
    /// `on_event` holds it.
    #[must_use]
    pub fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    /// Waits for the thread to end, which it does after `Stop`; false if it had panicked.
    #[must_use]
    pub fn join(self) -> bool {
        // Without a `Stop` before, the closed inbox stops the board.
        drop(self.commands);
        self.bell.ring();
        self.thread.join().is_ok()
    }
}

struct Carrier<F> {
    port: Port,
    session: RelayBoardSession,
    inbox: Receiver<BoardCommand>,
    bell: Arc<Waker>,
    turns: Arc<AtomicU64>,
    on_event: F,
}

impl<F: Fn(BoardEvent)> Carrier<F> {
    /// The life of the thread.
    fn run(mut self) {
        while !self.session.is_finished() {
            self.turns.fetch_add(1, Ordering::Relaxed);
            self.bell.hush();
            self.take_commands();
            self.carry_out();
            if self.session.is_finished() {
                break;
            }
            let turn = Instant::now() + TURN_MAX;
            let until = self.session.next_timeout().map_or(turn, |due| due.min(turn));
            let heard = self.port.wait(&self.bell, Some(until));
            let now = Instant::now();
            match heard {
                Heard::State(PortState::Open) => self.session.handle_opened(now),
                Heard::State(PortState::Closed { reason }) => {
                    self.session.handle_closed(&reason.to_string(), now);
                }
                Heard::Bytes(bytes) => self.session.handle_bytes(&bytes, now),
                Heard::Nothing => {}
            }
            if self.session.next_timeout().is_some_and(|due| due <= now) {
                self.session.handle_timeout(now);
            }
            self.carry_out();
        }
    }

    fn take_commands(&mut self) {
        loop {
            let command = match self.inbox.try_recv() {
                Ok(command) => command,
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => BoardCommand::Stop,
            };
            let last = command == BoardCommand::Stop;
            self.session.command(command, Instant::now());
            if last {
                return;
            }
        }
    }

    /// The frame first: it has been waited for longest.
    fn carry_out(&mut self) {
        if let Some(frame) = self.session.poll_transmit() {
            match self.port.write(&frame) {
                Ok(()) => {}
                // The port tells at the next wait why it is closed.
                Err(unwritten) if unwritten.accepted == 0 => {
                    self.session.handle_not_sent(Instant::now())
                }
                Err(_) => {}
            }
        }
        while let Some(event) = self.session.poll_event() {
            (self.on_event)(event);
        }
    }
}

#[cfg(test)]
mod tests;
