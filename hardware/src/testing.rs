//! Pseudo terminals for the tests of this package.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    os::fd::OwnedFd,
    path::PathBuf,
    time::{Duration, Instant},
};

use rustix::{
    event::PollFlags,
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};

use crate::waker;

/// Longer than anything in a test takes, shorter than a person's patience.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// The board's end of a line; dropping it pulls the plug.
pub(crate) struct Pty(OwnedFd);

impl Pty {
    pub(crate) fn open() -> Self {
        let master =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        Self(master)
    }

    /// The name of the host's end.
    pub(crate) fn path(&self) -> PathBuf {
        PathBuf::from(ptsname(&self.0, Vec::new()).unwrap().into_string().unwrap())
    }

    pub(crate) fn write(&self, bytes: &[u8]) {
        assert_eq!(rustix::io::write(&self.0, bytes).unwrap(), bytes.len());
    }

    /// Waits for so many bytes.
    pub(crate) fn read(&self, count: usize) -> Vec<u8> {
        let limit = Instant::now() + LIMIT;
        let mut all = Vec::new();
        while all.len() < count {
            assert!(Instant::now() < limit, "only {all:02X?} came");
            all.extend(self.read_some(limit));
        }
        all
    }

    /// What comes until then; nothing while the other end is closed.
    pub(crate) fn read_some(&self, until: Instant) -> Vec<u8> {
        use std::os::fd::AsFd;
        let said = waker::wait(Some((self.0.as_fd(), PollFlags::IN)), None, Some(until)).unwrap();
        if !said.contains(PollFlags::IN) {
            std::thread::yield_now();
            return Vec::new();
        }
        let mut bytes = vec![0; 256];
        let count = rustix::io::read(&self.0, bytes.as_mut_slice()).unwrap_or(0);
        bytes.truncate(count);
        bytes
    }
}
