//! Keeps the kernel's text and cursor off the picture: a virtual terminal in graphics mode.

#![expect(unsafe_code, reason = "KDGETMODE and KDSETMODE have no safe wrapper")]

use std::{
    fs::File,
    io,
    os::fd::{AsFd, BorrowedFd},
    path::Path,
};

use rustix::ioctl::{Getter, IntegerSetter, Opcode, ioctl};

use super::PanelError;

/// linux/kd.h
const KDSETMODE: Opcode = 0x4B3A;
const KDGETMODE: Opcode = 0x4B3B;
const KD_GRAPHICS: usize = 1;

/// A virtual terminal in graphics mode until dropped, by a panic too: a technician who comes with a
/// keyboard must not find a frozen screen.
#[derive(Debug)]
pub(super) struct GraphicsConsole {
    tty: File,
    mode_before: usize,
}

impl GraphicsConsole {
    /// Switches the terminal at `path` (`/dev/tty1`) to graphics.
    pub(super) fn open(path: &Path) -> Result<Self, PanelError> {
        let failed = |source| failure(path, source);
        let (tty, mode_before) = opened(path).map_err(failed)?;
        set_mode(tty.as_fd(), KD_GRAPHICS).map_err(failed)?;
        Ok(Self { tty, mode_before })
    }

    /// Whether it could be switched.
    pub(super) fn check(path: &Path) -> Result<(), PanelError> {
        let failed = |source| failure(path, source);
        let (tty, mode) = opened(path).map_err(failed)?;
        // The kernel asks for the right before it finds that nothing is to be done (vt_ioctl.c).
        set_mode(tty.as_fd(), mode).map_err(failed)
    }
}

fn opened(path: &Path) -> io::Result<(File, usize)> {
    let tty = File::options().read(true).write(true).open(path)?;
    let mode = mode(tty.as_fd())?;
    Ok((tty, mode))
}

/// To open it takes the file's mode, to switch it its being the terminal that the program was
/// started on, or a capability (console_ioctl(2)).
fn failure(path: &Path, source: io::Error) -> PanelError {
    PanelError::Device {
        attempt: "switch to graphics mode (a service needs TTYPath= and StandardInput=tty, or \
                  AmbientCapabilities=CAP_SYS_TTY_CONFIG) the terminal",
        path: path.display().to_string(),
        source,
    }
}

impl Drop for GraphicsConsole {
    fn drop(&mut self) {
        if let Err(error) = set_mode(self.tty.as_fd(), self.mode_before) {
            tracing::warn!(%error, "cannot give the terminal its text mode back");
        }
    }
}

fn mode(tty: BorrowedFd<'_>) -> io::Result<usize> {
    // SAFETY: KDGETMODE writes one int (console_ioctl(2)); a failure on other files is an error,
    // not a write.
    let mode = unsafe { ioctl(tty, Getter::<KDGETMODE, std::ffi::c_int>::new()) }?;
    Ok(usize::try_from(mode).unwrap_or(0))
}

fn set_mode(tty: BorrowedFd<'_>, mode: usize) -> io::Result<()> {
    // SAFETY: KDSETMODE takes its argument by value (console_ioctl(2)).
    unsafe { ioctl(tty, IntegerSetter::<KDSETMODE>::new_usize(mode)) }?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_terminal_is_refused_by_name() -> io::Result<()> {
        let file = tempfile::NamedTempFile::new()?;
        let opened = GraphicsConsole::open(file.path()).map(drop);
        for error in [opened, GraphicsConsole::check(file.path())].map(Result::err) {
            let error = error.map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(&file.path().display().to_string()), "{error}");
        }
        Ok(())
    }
}
