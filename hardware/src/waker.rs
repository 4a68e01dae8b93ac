//! A bell that wakes a thread which waits on a device.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    time::Instant,
};

use rustix::{
    event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll},
    io::Errno,
};

/// An eventfd: rung from any thread, waited on together with a device.
#[derive(Debug)]
pub(crate) struct Waker(OwnedFd);

impl Waker {
    /// A bell that has not been rung.
    ///
    /// # Errors
    /// When the process is out of file descriptors.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?))
    }

    /// Wakes the waiting thread; rings that are not heard yet count as one.
    pub(crate) fn ring(&self) {
        // Fails only when it has been rung 2^64 - 2 times unheard, and then the bell is ringing
        // anyway.
        let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }

    /// Silences the bell before the waiter looks at what it was rung for.
    pub(crate) fn hush(&self) {
        let mut count = [0; 8];
        // WouldBlock means that nobody rang.
        let _ = rustix::io::read(&self.0, &mut count);
    }
}

impl AsFd for Waker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Waits until the device has something to say (or, with `PollFlags::OUT`, takes something), the
/// bell rings, or `until` has come; gives what the device said.
///
/// # Errors
/// What poll(2) says; never `EINTR`.
pub(crate) fn wait(
    device: Option<(BorrowedFd<'_>, PollFlags)>,
    waker: Option<&Waker>,
    until: Option<Instant>,
) -> io::Result<PollFlags> {
    let mut fds = Vec::with_capacity(2);
    if let Some((fd, flags)) = device {
        fds.push(PollFd::from_borrowed_fd(fd, flags));
    }
    if let Some(waker) = waker {
        fds.push(PollFd::from_borrowed_fd(waker.as_fd(), PollFlags::IN));
    }
    let timeout = until.map(|until| until.saturating_duration_since(Instant::now()));
    // A wait too long for a timespec is as good as one without end.
    let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
    match poll(&mut fds, timeout.as_ref()) {
        Ok(_) => {}
        Err(Errno::INTR) => return Ok(PollFlags::empty()),
        Err(errno) => return Err(errno.into()),
    }
    let said = if device.is_some() { fds.first() } else { None };
    Ok(said.map_or(PollFlags::empty(), PollFd::revents))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_ring_ends_the_wait_and_a_hush_silences_it() -> io::Result<()> {
        let waker = Waker::new()?;
        waker.ring();
        waker.ring();
        let start = Instant::now();
        wait(None, Some(&waker), Some(start + Duration::from_secs(20)))?;
        assert!(start.elapsed() < Duration::from_secs(10));
        waker.hush();
        wait(None, Some(&waker), Some(Instant::now() + Duration::from_millis(2)))?;
        waker.hush();
        assert!(start.elapsed() >= Duration::from_millis(2));
        Ok(())
    }
}
