//! A virtual Waveshare relay board on a serial line, with a motor behind each relay.

mod cabinet;
mod frame;
mod pty;
mod spiral;
mod wire;

use std::{
    io,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rustix::event::{EventfdFlags, eventfd};

pub use self::spiral::Motion;
use self::{cabinet::Cabinet, wire::Wire};
use crate::{
    timeline::Timeline,
    waiting::{TooLate, Watched},
};

/// How long the board's own thread may take to see a plug pulled or put in.
const PLUG_LIMIT: Duration = Duration::from_secs(5);

/// The board's handle; dropping it ends its thread and pulls the plug.
#[derive(Debug)]
pub struct Board {
    shared: Arc<Shared>,
    link: PathBuf,
    thread: Option<JoinHandle<()>>,
}

impl Board {
    /// Plugs a board in behind `settings.link`.
    ///
    /// # Errors
    /// [`BoardError`] when the pseudo terminal or its link cannot be made.
    pub fn start(settings: BoardSettings, timeline: Timeline) -> Result<Self, BoardError> {
        let fault = |source| BoardError { link: settings.link.clone(), source };
        let cabinet =
            Cabinet::new(settings.address, settings.motion, &settings.drop_inputs, settings.stock);
        let shared = Arc::new(Shared {
            state: Watched::new(BoardState::new(cabinet)),
            bell: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
                .map_err(|errno| fault(errno.into()))?,
        });
        let mut wire =
            Wire::new(Arc::clone(&shared), settings.link.clone(), settings.baud, timeline);
        wire.plug().map_err(&fault)?;
        let thread = std::thread::Builder::new()
            .name("board".to_owned())
            .spawn(move || wire.run())
            .map_err(&fault)?;
        Ok(Self { shared, link: settings.link, thread: Some(thread) })
    }

    /// The path that the machine opens.
    #[must_use]
    pub fn link(&self) -> &Path {
        &self.link
    }

    /// Lets the spiral of `coil` turn without anything coming off, or mends it.
    pub fn jam(&self, coil: u16, jammed: bool) {
        self.change(|state| {
            if let Some(spiral) = state.cabinet.spiral_mut(coil) {
                spiral.jammed = jammed;
            }
        });
    }

    /// Puts `stock` items on the spiral of `coil`; `None` never runs out.
    pub fn fill(&self, coil: u16, stock: Option<u32>) {
        self.change(|state| {
            if let Some(spiral) = state.cabinet.spiral_mut(coil) {
                spiral.stock = stock;
            }
        });
    }

    /// Leaves something lying in the light beam of `input`, or takes it away.
    pub fn hold_beam(&self, input: u16, held: bool) {
        self.change(|state| state.cabinet.hold(input, held));
    }

    /// A deaf board neither does nor answers anything, as when its power is gone.
    pub fn deafen(&self, deaf: bool) {
        self.change(|state| state.deaf = deaf);
    }

    /// Does what the next `count` writes ask, but their replies are lost on the way.
    pub fn lose_replies(&self, count: u32) {
        self.change(|state| state.replies_to_lose = count);
    }

    /// Refuses the next `count` writes with the exception "server device busy".
    pub fn refuse_as_busy(&self, count: u32) {
        self.change(|state| state.writes_to_refuse = count);
    }

    /// Pulls the adapter out: the other side gets a hang-up, the name is gone. Motors go on.
    ///
    /// # Errors
    /// [`TooLate`] when the board's thread does not follow.
    pub fn unplug(&self) -> Result<(), TooLate> {
        self.set_plugged(false)
    }

    /// Puts the adapter back: a new line behind the same name.
    ///
    /// # Errors
    /// [`TooLate`] when the board's thread does not follow.
    pub fn plug(&self) -> Result<(), TooLate> {
        self.set_plugged(true)
    }

    /// Looks at the board.
    pub fn read<R>(&self, look: impl FnOnce(&BoardState) -> R) -> R {
        self.shared.state.read(look)
    }

    /// Waits until `look` finds what it looks for.
    ///
    /// # Errors
    /// [`TooLate`] when `limit` passes before.
    pub fn wait<R>(
        &self,
        what: &str,
        limit: Duration,
        look: impl FnMut(&BoardState) -> Option<R>,
    ) -> Result<R, TooLate> {
        self.shared.state.wait(what, limit, look)
    }

    fn set_plugged(&self, plugged: bool) -> Result<(), TooLate> {
        self.change(|state| state.plug_wanted = plugged);
        self.wait("the plug", PLUG_LIMIT, |state| (state.plugged == plugged).then_some(()))
    }

    fn change(&self, change: impl FnOnce(&mut BoardState)) {
        self.shared.state.change(change);
        self.shared.ring();
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.change(|state| state.stopping = true);
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed by its own thread.
            let _ = thread.join();
        }
    }
}

/// What the board is built like.
#[derive(Debug, Clone)]
pub struct BoardSettings {
    /// The name of its serial port: a link to whatever tty it is at the moment.
    pub link: PathBuf,
    /// Its Modbus address.
    pub address: u8,
    /// The speed that its replies pretend to have; `None` answers at once.
    pub baud: Option<u32>,
    /// How the spirals move.
    pub motion: Motion,
    /// Into which input's light beam each coil's item falls; its length is the number of coils.
    pub drop_inputs: Vec<u16>,
    /// Items on each spiral at first; `None` never runs out.
    pub stock: Option<u32>,
}

impl BoardSettings {
    /// Eight coils, one light beam under them all, address 1, 9600 baud, endless stock.
    #[must_use]
    pub fn new(link: PathBuf) -> Self {
        Self {
            link,
            address: 1,
            baud: Some(9600),
            motion: Motion::default(),
            drop_inputs: vec![0; 8],
            stock: None,
        }
    }
}

/// The board could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("cannot make a serial line behind {}", .link.display())]
pub struct BoardError {
    link: PathBuf,
    source: io::Error,
}

/// The board's counters and switches.
#[derive(Debug, Clone)]
pub struct BoardState {
    cabinet: Cabinet,
    pulses: Vec<Pulse>,
    drops: Vec<Fall>,
    vend_frames: Vec<VendFrame>,
    requests: u64,
    deaf: bool,
    replies_to_lose: u32,
    writes_to_refuse: u32,
    plug_wanted: bool,
    plugged: bool,
    stopping: bool,
}

impl BoardState {
    const fn new(cabinet: Cabinet) -> Self {
        Self {
            cabinet,
            pulses: Vec::new(),
            drops: Vec::new(),
            vend_frames: Vec::new(),
            requests: 0,
            deaf: false,
            replies_to_lose: 0,
            writes_to_refuse: 0,
            plug_wanted: true,
            plugged: false,
            stopping: false,
        }
    }

    /// Which relays are closed.
    #[must_use]
    pub fn coils(&self) -> Vec<bool> {
        self.cabinet.coils()
    }

    /// Which inputs are active: their light beam is interrupted.
    #[must_use]
    pub fn inputs(&self) -> Vec<bool> {
        self.cabinet.inputs()
    }

    /// Every time a relay closed, oldest first.
    #[must_use]
    pub fn pulses(&self) -> &[Pulse] {
        &self.pulses
    }

    /// How often the motor behind `coil` was started.
    #[must_use]
    pub fn pulses_of(&self, coil: u16) -> usize {
        self.pulses.iter().filter(|it| it.coil == coil).count()
    }

    /// Every item that fell, oldest first.
    #[must_use]
    pub fn drops(&self) -> &[Fall] {
        &self.drops
    }

    /// Every frame that started a motor, oldest first.
    #[must_use]
    pub fn vend_frames(&self) -> &[VendFrame] {
        &self.vend_frames
    }

    /// How many well-formed requests were heard; a master that is alive makes it grow.
    #[must_use]
    pub const fn requests(&self) -> u64 {
        self.requests
    }

    /// Whether the spiral of `coil` is jammed.
    #[must_use]
    pub fn is_jammed(&self, coil: u16) -> bool {
        self.cabinet.is_jammed(coil)
    }

    /// Whether the adapter is plugged in.
    #[must_use]
    pub const fn is_plugged(&self) -> bool {
        self.plugged
    }
}

/// One closing of a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pulse {
    /// Which relay.
    pub coil: u16,
    /// When it closed.
    pub at: Instant,
    /// How long it stayed closed; `None` while it is.
    pub lasted: Option<Duration>,
}

/// One item that fell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fall {
    /// From which spiral.
    pub coil: u16,
    /// When.
    pub at: Instant,
}

/// A frame that started a motor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VendFrame {
    /// Which motor.
    pub coil: u16,
    /// When its first byte arrived.
    pub first_byte_at: Instant,
}

#[derive(Debug)]
struct Shared {
    state: Watched<BoardState>,
    /// Rung when a handle changed something, so that the board's thread looks at once.
    bell: OwnedFd,
}

impl Shared {
    fn ring(&self) {
        // A full counter rings already.
        let _ = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::{fs::OpenOptions, io::Read as _, io::Write as _};

    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);
    const FLASH_ON_3: [u8; 8] = [0x01, 0x05, 0x02, 0x02, 0x00, 0x19, 0xAC, 0x78];

    fn board(motion: Motion) -> (tempfile::TempDir, Board) {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = BoardSettings::new(dir.path().join("relay"));
        settings.motion = motion;
        settings.baud = None;
        let board = Board::start(settings, Timeline::new()).unwrap();
        (dir, board)
    }

    fn open(board: &Board) -> std::fs::File {
        OpenOptions::new().read(true).write(true).open(board.link()).unwrap()
    }

    #[test]
    fn a_flash_on_is_echoed_and_the_item_falls() {
        let (_dir, board) = board(Motion {
            fall: Duration::from_millis(5),
            shade: Duration::from_millis(5),
            ..Motion::default()
        });
        let mut port = open(&board);
        port.write_all(&FLASH_ON_3).unwrap();
        let mut echo = [0; 8];
        port.read_exact(&mut echo).unwrap();
        assert_eq!(echo, FLASH_ON_3);
        let drop = board.wait("a drop", LIMIT, |state| state.drops().first().copied()).unwrap();
        assert_eq!(drop.coil, 2);
        assert_eq!(board.read(|state| state.pulses_of(2)), 1);
        assert_eq!(board.read(|state| state.vend_frames().len()), 1);
    }

    #[test]
    fn an_unplugged_line_hangs_up_and_comes_back_under_its_name() {
        let (_dir, board) = board(Motion::default());
        let mut port = open(&board);
        board.unplug().unwrap();
        assert!(!board.link().exists());
        // A tty whose other end is gone: end of file or EIO, never silence.
        assert!(!matches!(port.read(&mut [0; 8]), Ok(1..)));
        drop(port);

        board.plug().unwrap();
        let mut port = open(&board);
        port.write_all(&FLASH_ON_3).unwrap();
        port.read_exact(&mut [0; 8]).unwrap();
    }

    #[test]
    fn a_deaf_board_does_nothing_and_a_lost_reply_is_only_lost() {
        let (_dir, board) = board(Motion::default());
        let mut port = open(&board);
        board.deafen(true);
        port.write_all(&FLASH_ON_3).unwrap();
        board.wait("the request", LIMIT, |state| (state.requests() == 1).then_some(())).unwrap();
        assert_eq!(board.read(|state| state.pulses().len()), 0);

        board.deafen(false);
        board.lose_replies(1);
        port.write_all(&FLASH_ON_3).unwrap();
        board.wait("the pulse", LIMIT, |state| (state.pulses_of(2) == 1).then_some(())).unwrap();
        // The next reply on the line is that to the next request.
        port.write_all(&[0x01, 0x01, 0x00, 0x00, 0x00, 0x08, 0x3D, 0xCC]).unwrap();
        let mut reply = [0; 6];
        port.read_exact(&mut reply).unwrap();
        assert_eq!(reply[..4], [0x01, 0x01, 0x01, 0b100]);
    }
}
