//! The serial port: ours alone, and found again by itself when it was away.

mod error;

use std::{
    os::fd::{AsRawFd, BorrowedFd},
    path::PathBuf,
    time::{Duration, Instant},
};

use rustix::{
    event::PollFlags,
    fs::{OFlags, fcntl_setfl},
    io::Errno,
};
use serialport::{ClearBuffer, SerialPort, TTYPort};

pub use error::PortError;

use crate::{
    backoff::Backoff,
    modbus::hex,
    waker::{self, Waker},
};

/// Bytes taken from the line at once: the longest Modbus frame.
const CHUNK: usize = 256;
/// A line that takes no byte for so long is stuck: a frame fills no driver's buffer.
const WRITE_TIMEOUT: Duration = Duration::from_millis(200);

/// A serial port, 8N1, raw. To be used by one thread.
///
/// The descriptor is never shared: when the device goes away it is closed before the name is opened
/// again, otherwise the kernel gives the returning device another number.
#[derive(Debug)]
pub struct Port {
    path: PathBuf,
    baud: u32,
    tty: Option<TTYPort>,
    backoff: Backoff,
    lost: Option<PortError>,
    told: bool,
}

/// Whether the port can be used.
#[derive(Debug)]
pub enum PortState {
    /// It was just opened; what was in its buffers is gone.
    Open,
    /// It went away, or could not be opened at first. It is tried again; the next word is `Open`.
    Closed {
        /// Why.
        reason: PortError,
    },
}

/// What ended a wait.
#[derive(Debug)]
pub enum Heard {
    /// The port was opened or lost.
    State(PortState),
    /// Bytes from the line, at least one.
    Bytes(Vec<u8>),
    /// The bell, the time, or a signal.
    Nothing,
}

/// A frame did not leave as a whole. The port is closed; the next wait says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unwritten {
    /// How many bytes may have left.
    pub accepted: usize,
}

impl Port {
    /// A port that is opened at the first wait. `path` should be a name that survives a change of
    /// plugs: `/dev/serial/by-id/...`, `/dev/serial/by-path/...` or a link made by udev.
    #[must_use]
    pub const fn new(path: PathBuf, baud: u32) -> Self {
        Self { path, baud, tty: None, backoff: Backoff::new(), lost: None, told: false }
    }

    /// Opens the port and closes it again, writing nothing: whether it is there, ours to open, and
    /// free.
    ///
    /// # Errors
    /// Why it could not be opened.
    pub fn check(&self) -> Result<(), PortError> {
        self.open().map(drop)
    }

    /// Waits until something is heard, but not longer than `until`. Opens the port when that is
    /// due.
    pub(crate) fn wait(&mut self, bell: &Waker, until: Option<Instant>) -> Heard {
        if let Some(reason) = self.lost.take() {
            return self.tell_closed(reason);
        }
        if self.tty.is_none() && self.backoff.is_due(Instant::now()) {
            match self.open() {
                Ok(tty) => return self.tell_open(tty),
                Err(reason) => {
                    self.backoff.failed(Instant::now());
                    if !self.told {
                        return self.tell_closed(reason);
                    }
                    tracing::debug!(%reason, "still no port");
                }
            }
        }
        let Some(tty) = &self.tty else {
            let until = [until, self.backoff.due()].into_iter().flatten().min();
            drop(waker::wait(None, Some(bell), until));
            return Heard::Nothing;
        };
        match read(tty, bell, until) {
            Ok(bytes) if bytes.is_empty() => Heard::Nothing,
            Ok(bytes) => {
                trace("read", &bytes);
                Heard::Bytes(bytes)
            }
            Err(error) => {
                self.close();
                self.tell_closed(error.into_port_error(self.path.clone()))
            }
        }
    }

    /// Writes a frame. Returns when the kernel has it; the line may take some milliseconds more.
    ///
    /// # Errors
    /// When the port is closed, or goes away now: then it is certain that no byte left if none was
    /// accepted.
    pub fn write(&mut self, frame: &[u8]) -> Result<(), Unwritten> {
        let Some(tty) = &self.tty else {
            return Err(Unwritten { accepted: 0 });
        };
        let mut accepted = 0;
        while let Some(rest) = frame.get(accepted..).filter(|rest| !rest.is_empty()) {
            match write(tty, rest) {
                Ok(count) => accepted += count,
                Err(error) => {
                    trace("cut off", frame);
                    self.lost = Some(error.into_port_error(self.path.clone()));
                    self.close();
                    return Err(Unwritten { accepted });
                }
            }
        }
        trace("written", frame);
        Ok(())
    }

    fn open(&self) -> Result<TTYPort, PortError> {
        // `serialport` is given the name as it is now: a link is followed anew each time.
        let name = self.path.to_string_lossy();
        let failed = |error| PortError::from_open(self.path.clone(), &error);
        let tty = serialport::new(name, self.baud).open_native().map_err(failed)?;
        // Its own reads can hang when the line errs between poll and read; ours never block.
        if let Err(errno) = fcntl_setfl(fd(&tty), OFlags::NONBLOCK) {
            return Err(LineError::from(errno).into_port_error(self.path.clone()));
        }
        tty.clear(ClearBuffer::All).map_err(failed)?;
        Ok(tty)
    }

    fn close(&mut self) {
        if let Some(tty) = self.tty.take() {
            // Bytes that nobody takes would hold the close for half a minute.
            drop(tty.clear(ClearBuffer::All));
        }
        self.backoff.failed(Instant::now());
    }

    fn tell_open(&mut self, tty: TTYPort) -> Heard {
        self.tty = Some(tty);
        self.backoff.succeeded();
        self.told = false;
        tracing::info!(path = %self.path.display(), baud = self.baud, "port open");
        Heard::State(PortState::Open)
    }

    fn tell_closed(&mut self, reason: PortError) -> Heard {
        self.told = true;
        tracing::info!(%reason, "port closed");
        Heard::State(PortState::Closed { reason })
    }
}

/// What can happen to an open line.
enum LineError {
    Unplugged,
    Stuck,
    Other(Errno),
}

impl From<Errno> for LineError {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::IO | Errno::PIPE | Errno::NXIO | Errno::NODEV => Self::Unplugged,
            other => Self::Other(other),
        }
    }
}

impl LineError {
    fn into_port_error(self, path: PathBuf) -> PortError {
        match self {
            Self::Unplugged => PortError::Unplugged { path },
            Self::Stuck => PortError::Stuck { path },
            Self::Other(errno) => PortError::Other { path, text: errno.to_string() },
        }
    }
}

/// Waits for bytes; none when the bell rang or the time came.
fn read(tty: &TTYPort, bell: &Waker, until: Option<Instant>) -> Result<Vec<u8>, LineError> {
    let said = waker::wait(Some((fd(tty), PollFlags::IN)), Some(bell), until)
        .map_err(|error| Errno::from_io_error(&error).map_or(LineError::Stuck, LineError::Other))?;
    if said.is_empty() {
        return Ok(Vec::new());
    }
    let mut bytes = vec![0; CHUNK];
    match rustix::io::read(fd(tty), bytes.as_mut_slice()) {
        // Readable and empty: the other end hung up.
        Ok(0) => Err(LineError::Unplugged),
        Ok(count) => {
            bytes.truncate(count);
            Ok(bytes)
        }
        Err(Errno::AGAIN | Errno::INTR) if said.intersects(PollFlags::HUP | PollFlags::ERR) => {
            Err(LineError::Unplugged)
        }
        Err(Errno::AGAIN | Errno::INTR) => Ok(Vec::new()),
        Err(errno) => Err(errno.into()),
    }
}

/// Writes what the line takes within the limit, at least one byte.
fn write(tty: &TTYPort, bytes: &[u8]) -> Result<usize, LineError> {
    let limit = Instant::now() + WRITE_TIMEOUT;
    loop {
        match rustix::io::write(fd(tty), bytes) {
            Ok(0) => return Err(LineError::Unplugged),
            Ok(count) => return Ok(count),
            Err(Errno::AGAIN | Errno::INTR) if Instant::now() < limit => {
                drop(waker::wait(Some((fd(tty), PollFlags::OUT)), None, Some(limit)));
            }
            Err(Errno::AGAIN | Errno::INTR) => return Err(LineError::Stuck),
            Err(errno) => return Err(errno.into()),
        }
    }
}

#[expect(unsafe_code, reason = "`serialport` gives its descriptor only as a number")]
fn fd(tty: &TTYPort) -> BorrowedFd<'_> {
    // SAFETY: the descriptor is open as long as `tty` lives, and the borrow lasts no longer.
    unsafe { BorrowedFd::borrow_raw(tty.as_raw_fd()) }
}

/// The one place where the bytes of all wires are logged.
fn trace(direction: &'static str, bytes: &[u8]) {
    tracing::trace!(target: "hardware::wire", "{direction} {}", hex(bytes));
}

#[cfg(test)]
mod tests;
