//! The lock that keeps a second kioskd away from the log.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use rustix::fs::{FlockOperation, flock};

use super::error::OpenError;

/// Most bytes read of a lock file: a process id.
const HOLDER_MAX: u64 = 32;

/// Held as long as the value lives, by flock(2): the kernel takes it away from a dead process.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Lock {
    /// Takes the lock of the log in `dir`, at once or not at all.
    pub(super) fn take(dir: &Path) -> Result<Self, OpenError> {
        let path = dir.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(OpenError::io("open", &path))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(OpenError::InUse { dir: dir.to_owned(), holder: holder(&file) });
            }
            Err(errno) => return Err(OpenError::io("lock", &path)(errno.into())),
        }
        // Only for the message to the next one; on a full disk it stays unknown.
        let _told = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
        Ok(Self(file))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Explicitly, because a child that is just being started shares the open file for a moment.
        let _gone_with_the_file_anyway = flock(&self.0, FlockOperation::Unlock);
    }
}

fn holder(file: &File) -> String {
    let mut text = String::new();
    let read = file.take(HOLDER_MAX).read_to_string(&mut text);
    if read.is_ok() && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        text
    } else {
        "unknown".to_owned()
    }
}
