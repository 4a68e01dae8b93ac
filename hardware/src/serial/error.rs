//! Why a serial port cannot be used, in words that help to mend it.

use std::{io, path::PathBuf};

use serialport::ErrorKind;

/// Why a serial port cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// No such device.
    #[error("{} is not there: is it plugged in and powered, is the name right?", path.display())]
    Missing {
        /// The name.
        path: PathBuf,
    },
    /// Another program, or another port of ours, has it.
    #[error(
        "{} is in use by another program (getty, ModemManager, brltty, a second kioskd?)",
        path.display()
    )]
    InUse {
        /// The name.
        path: PathBuf,
    },
    /// We may not open it.
    #[error("{} may not be opened: is the user in group dialout?", path.display())]
    Denied {
        /// The name.
        path: PathBuf,
    },
    /// It went away while it was open.
    #[error("{} was unplugged", path.display())]
    Unplugged {
        /// The name.
        path: PathBuf,
    },
    /// It takes no more bytes.
    #[error("{} takes no more bytes: does the adapter hold the line?", path.display())]
    Stuck {
        /// The name.
        path: PathBuf,
    },
    /// Anything else.
    #[error("{} cannot be used: {text}", path.display())]
    Other {
        /// The name.
        path: PathBuf,
        /// What the system said.
        text: String,
    },
}

impl PortError {
    pub(super) fn from_open(path: PathBuf, error: &serialport::Error) -> Self {
        match error.kind() {
            // EBUSY by TIOCEXCL and a lock that is held both come as this.
            ErrorKind::NoDevice => Self::InUse { path },
            ErrorKind::Io(io::ErrorKind::NotFound) => Self::Missing { path },
            ErrorKind::Io(io::ErrorKind::PermissionDenied) => Self::Denied { path },
            ErrorKind::Io(_) | ErrorKind::InvalidInput | ErrorKind::Unknown => {
                Self::Other { path, text: error.description.clone() }
            }
        }
    }
}
