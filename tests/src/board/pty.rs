//! A serial line made of a pseudo terminal behind a stable name, as udev gives one to an adapter.

use std::{
    ffi::OsStr,
    fs, io,
    os::{fd::OwnedFd, unix::ffi::OsStrExt, unix::fs::symlink},
    path::Path,
};

use rustix::{
    fs::{Mode, OFlags},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{OptionalActions, ioctl_tiocnxcl, tcgetattr, tcsetattr},
};

/// The board's end of the line. Dropping it is pulling the plug: the other side gets a hang-up.
#[derive(Debug)]
pub(super) struct Line {
    /// Never blocks.
    pub(super) master: OwnedFd,
    /// Held so that the line stays usable while nobody has it open.
    far_end: OwnedFd,
}

impl Line {
    /// Makes a line and lets `link` point to it.
    pub(super) fn open(link: &Path) -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        rustix::fs::fcntl_setfl(&master, OFlags::NONBLOCK)?;
        let name = ptsname(&master, Vec::new())?;
        let far_end = rustix::fs::open(
            name.as_c_str(),
            OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        let mut settings = tcgetattr(&far_end)?;
        settings.make_raw();
        tcsetattr(&far_end, OptionalActions::Now, &settings)?;
        point(link, Path::new(OsStr::from_bytes(name.to_bytes())))?;
        Ok(Self { master, far_end })
    }

    /// Lets the next program open the line although the last one claimed it for itself and died:
    /// a real tty forgets TIOCEXCL with its last close, this one is never quite closed.
    pub(super) fn forget_claim(&self) {
        // Nothing depends on it but the convenience of those who are not root.
        let _ = ioctl_tiocnxcl(&self.far_end);
    }
}

/// Replaces `link` in one step, so that it never points nowhere.
fn point(link: &Path, target: &Path) -> io::Result<()> {
    if fs::symlink_metadata(link).is_ok_and(|found| !found.is_symlink()) {
        let text = format!("{} is there and is no symlink: it is left alone", link.display());
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
    }
    let fresh = link.with_extension("new");
    let _ = fs::remove_file(&fresh);
    symlink(target, &fresh)?;
    fs::rename(&fresh, link)
}
