//! Keeps the kernel's text and cursor off the picture: a virtual terminal in graphics mode.

#![expect(unsafe_code, reason = "KDGETMODE and KDSETMODE have no safe wrapper")]

use std::{
    fs::File,
    io,
    os::{
        fd::{AsFd, BorrowedFd},
        unix::fs::OpenOptionsExt,
    },
    path::Path,
};

use rustix::{
    fs::OFlags,
    io::Errno,
    ioctl::{Getter, IntegerSetter, Opcode, ioctl},
};

use super::PanelError;

/// linux/kd.h
const KDSETMODE: Opcode = 0x4B3A;
const KDGETMODE: Opcode = 0x4B3B;
const KD_TEXT: usize = 0;
const KD_GRAPHICS: usize = 1;

/// A virtual terminal in graphics mode until dropped, by a panic too: a technician who comes with a
/// keyboard must not find a frozen screen.
#[derive(Debug)]
pub struct GraphicsConsole {
    tty: File,
    /// What it is given back.
    mode_after: Option<usize>,
}

impl GraphicsConsole {
    /// Switches the terminal at `path` (`/dev/tty1`) to graphics.
    ///
    /// # Errors
    /// When it cannot be opened for writing, is no virtual terminal, or is not ours to switch: the
    /// kernel asks for `CAP_SYS_TTY_CONFIG` (vt_ioctl.c).
    pub fn open(path: &Path) -> Result<Self, PanelError> {
        let tty = opened(path)?;
        set_mode(tty.as_fd(), KD_GRAPHICS).map_err(|source| PanelError::Device {
            attempt: "switch to graphics mode (its service needs \
                      AmbientCapabilities=CAP_SYS_TTY_CONFIG) the terminal",
            path: path.display().to_string(),
            source,
        })?;
        Ok(Self { tty, mode_after: Some(KD_TEXT) })
    }

    /// Whether it can be opened, and whether this very process may switch it. What is shown stays
    /// as it is.
    ///
    /// # Errors
    /// When it cannot be opened, or is no virtual terminal.
    pub fn check(path: &Path) -> Result<bool, PanelError> {
        let tty = opened(path)?;
        let may = mode(tty.as_fd()).and_then(|mode| set_mode(tty.as_fd(), mode));
        match may {
            Ok(()) => Ok(true),
            Err(error) if error.raw_os_error() == Some(Errno::PERM.raw_os_error()) => Ok(false),
            Err(source) => {
                let path = path.display().to_string();
                Err(PanelError::Device { attempt: "ask for the mode of", path, source })
            }
        }
    }

    /// Leaves it in graphics mode: another program draws there.
    pub fn leave(mut self) {
        self.mode_after = None;
    }
}

impl Drop for GraphicsConsole {
    /// To text, whatever it was before: a program that was killed leaves graphics behind.
    fn drop(&mut self) {
        let given_back = self.mode_after.map_or(Ok(()), |mode| set_mode(self.tty.as_fd(), mode));
        if let Err(error) = given_back {
            tracing::warn!(%error, "cannot give the terminal its text mode back");
        }
    }
}

/// For writing, which the group tty may, and not as the terminal that this program is controlled
/// from: its hang-up and its Ctrl-C are for others.
fn opened(path: &Path) -> Result<File, PanelError> {
    let flags = i32::try_from(OFlags::NOCTTY.bits()).unwrap_or(0);
    File::options().write(true).custom_flags(flags).open(path).map_err(|source| {
        let path = path.display().to_string();
        PanelError::Device { attempt: "open (it takes the group tty)", path, source }
    })
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
        let opened = GraphicsConsole::open(file.path()).err();
        for error in [opened, GraphicsConsole::check(file.path()).err()] {
            let error = error.map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(&file.path().display().to_string()), "{error}");
        }
        Ok(())
    }
}
