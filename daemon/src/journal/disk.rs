//! What the log asks of the drive, at the level of its one segment file; and the real file.
//!
//! A test may put a simulated drive in the file's place: everything above this is the same then.

use std::{
    fmt, fs,
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use super::{
    archive,
    aside::{Aside, make_dir, sync_dir, write_durably},
    segment,
};

/// A drive with one file on it, which need not exist yet.
pub trait Disk: fmt::Debug + Send {
    /// The file's place, for messages.
    fn path(&self) -> &Path;

    /// All bytes of the file; `None` when it does not exist.
    ///
    /// # Errors
    /// When the drive does not answer.
    fn read(&mut self) -> io::Result<Option<Vec<u8>>>;

    /// Writes into the file that exists. Before [`Self::sync_data`] has returned, a power cut may
    /// leave any part of the bytes there.
    ///
    /// # Errors
    /// When the drive is full or does not answer; a part of the bytes may be written then.
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Returns when everything written survives a power cut.
    ///
    /// # Errors
    /// When that is not sure. A second try that succeeds proves nothing.
    fn sync_data(&mut self) -> io::Result<()>;

    /// Cuts the file that exists to its first `len` bytes, durably. What earlier calls failed with
    /// is forgotten.
    ///
    /// # Errors
    /// When that is not sure.
    fn cut(&mut self, len: u64) -> io::Result<()>;

    /// Puts a file with these bytes in the place of the old one, or of none, durably: whenever the
    /// power goes, either the old or the new one stands there whole.
    ///
    /// # Errors
    /// When that is not sure.
    fn replace(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Keeps damaged bytes of the file for study, durably, and tells where. `what` names their
    /// kind, such as "tail".
    ///
    /// # Errors
    /// When there is no room for them.
    fn set_aside(&mut self, what: &str, bytes: &[u8]) -> io::Result<PathBuf>;

    /// Keeps a file for ever beside this one, durably, in place of an older one of this name, and
    /// tells where.
    ///
    /// # Errors
    /// When that is not sure.
    fn archive(&mut self, name: &str, bytes: &[u8]) -> io::Result<PathBuf>;
}

/// The real file.
#[derive(Debug)]
pub(super) struct FileDisk {
    path: PathBuf,
    archive: PathBuf,
    aside: Aside,
    /// Open since it was first asked for.
    file: Option<File>,
}

impl FileDisk {
    /// The segment of the log in `dir`.
    pub(super) fn of(dir: &Path) -> Self {
        let (path, archive) = (segment::path(dir), archive::folder(dir));
        Self { path, archive, aside: Aside::of(dir), file: None }
    }

    /// Opens the file for writing, if it is not open: a read-only drive shows here, not when a
    /// customer pays.
    pub(super) fn open(&mut self) -> io::Result<&File> {
        let file = match self.file.take() {
            Some(file) => file,
            None => open_for_writing(&self.path)?,
        };
        Ok(self.file.insert(file))
    }
}

impl Disk for FileDisk {
    fn path(&self) -> &Path {
        &self.path
    }

    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.open()?.write_all_at(bytes, offset)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.open()?.sync_data()
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        // By a new handle: the old one may be of a drive that was away for a moment.
        let file = self.file.insert(open_for_writing(&self.path)?);
        file.set_len(len)?;
        file.sync_all()
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        // The open file, if any, is the old one.
        self.file = None;
        replace_durably(&self.path, bytes)
    }

    fn set_aside(&mut self, what: &str, bytes: &[u8]) -> io::Result<PathBuf> {
        let name = self.path.file_name().unwrap_or_default();
        self.aside.keep_bytes(&format!("{}.{what}", name.display()), bytes)
    }

    fn archive(&mut self, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
        make_dir(&self.archive)?;
        let path = self.archive.join(name);
        replace_durably(&path, bytes)?;
        Ok(path)
    }
}

fn replace_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_by(&path.with_extension("new"), path, bytes)?;
    // The name of the folder itself.
    path.parent().and_then(Path::parent).map_or(Ok(()), sync_dir)
}

/// Writes `new` and gives it the name `path`: whenever the power goes, either what was there or a
/// file with `bytes` stands there whole.
pub(super) fn replace_by(new: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_durably(new, bytes)?;
    fs::rename(new, path)?;
    path.parent().map_or(Ok(()), sync_dir)
}

fn open_for_writing(path: &Path) -> io::Result<File> {
    File::options().read(true).write(true).open(path)
}
