//! The folder `aside` of the log: damaged files are moved there, never deleted on the spot.

use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// How many of a kind are kept: enough to study a fault that comes back, without filling the disk.
const KEPT: usize = 3;

/// Where damaged things of one log go.
#[derive(Debug, Clone)]
pub(super) struct Aside {
    dir: PathBuf,
}

impl Aside {
    /// The folder of the log in `dir`; it is made when first needed.
    pub(super) fn of(dir: &Path) -> Self {
        Self { dir: dir.join("aside") }
    }

    /// True when something was ever set aside.
    pub(super) fn is_used(&self) -> bool {
        self.dir.exists()
    }

    /// Writes `bytes` to a new file `KIND-N`, durably.
    pub(super) fn keep_bytes(&self, kind: &str, bytes: &[u8]) -> io::Result<PathBuf> {
        let path = self.next(kind)?;
        write_durably(&path, bytes)?;
        sync_dir(&self.dir)?;
        Ok(path)
    }

    /// Moves a file or a directory to `KIND-N`.
    pub(super) fn keep(&self, kind: &str, path: &Path) -> io::Result<PathBuf> {
        let to = self.next(kind)?;
        fs::rename(path, &to)?;
        sync_dir(&self.dir)?;
        Ok(to)
    }

    /// Moves some files together into a new directory `KIND-N`.
    pub(super) fn keep_together(&self, kind: &str, files: &[PathBuf]) -> io::Result<PathBuf> {
        let to = self.next(kind)?;
        make_dir(&to)?;
        for file in files {
            fs::rename(file, to.join(file.file_name().unwrap_or_default()))?;
        }
        sync_dir(&to)?;
        sync_dir(&self.dir)?;
        Ok(to)
    }

    /// A free name, after the oldest of its kind were thrown away to make room.
    fn next(&self, kind: &str) -> io::Result<PathBuf> {
        make_dir(&self.dir)?;
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let name = entry?.file_name();
            let number = name
                .to_str()
                .and_then(|name| name.strip_prefix(kind)?.strip_prefix('-')?.parse::<u64>().ok());
            numbers.extend(number);
        }
        numbers.sort_unstable();
        let too_many = (numbers.len() + 1).saturating_sub(KEPT);
        for number in numbers.iter().take(too_many) {
            remove(&self.dir.join(format!("{kind}-{number}")))?;
        }
        let next = numbers.last().map_or(1, |last| last.saturating_add(1));
        Ok(self.dir.join(format!("{kind}-{next}")))
    }
}

/// Makes a directory that only its owner enters, durably and with those above it; one that is there
/// already is fine.
pub(super) fn make_dir(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let parent = match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    make_dir(parent)?;
    DirBuilder::new().mode(0o700).create(dir)?;
    sync_dir(parent)
}

/// Writes a new file, mode 0600, and waits until its bytes are on the drive.
pub(super) fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};

    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the names in a directory durable; the empty path is the current one.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    File::open(dir)?.sync_all()
}

fn remove(path: &Path) -> io::Result<()> {
    if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}
