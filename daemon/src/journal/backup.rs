//! All files of a log together: checked, put into one file, and brought back from it.
//!
//! A backup is the archives and the segment one after the other, each compressed by itself: what
//! `gzip` reads.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    OpenError, READ_TRIES, Record, archive,
    aside::make_dir,
    disk::{Disk, FileDisk, replace_by},
    error::VerifyError,
    header::{self, Base, UnknownVersion},
    lock::Lock,
    mend::{Verdict, judge},
    records, repair,
    scan::Scan,
    segment,
};

/// All of a log, from its first record on.
#[derive(Debug)]
pub struct Whole {
    parts: Vec<Part>,
}

/// One archive, or the segment, which is the last part.
#[derive(Debug)]
struct Part {
    scan: Scan,
    /// As it stands in the archive.
    packed: Option<Vec<u8>>,
}

/// Reads all files of the log in `dir` and checks every check sum and the chain through all of
/// them; also while another process writes.
///
/// # Errors
/// Names the first thing that is not as it was written.
pub fn verify(dir: &Path) -> Result<Whole, VerifyError> {
    // The segment first: what is archived meanwhile is then there twice, not missing.
    let segment = read_segment(&segment::path(dir))?;
    let files = archive::files(dir).map_err(OpenError::io("list", archive::folder(dir)))?;
    let mut whole = Whole { parts: Vec::new() };
    for file in files {
        let packed = fs::read(&file).map_err(OpenError::io("read", &file))?;
        let scan = unpack(&file, &mut &*packed)?;
        // Written when the power went or just now; the segment still has it all.
        if scan.base != segment.base {
            whole.add(&file, Part { scan, packed: Some(packed) })?;
        }
    }
    whole.add(&segment::path(dir), Part { scan: segment, packed: None })?;
    Ok(whole)
}

/// Writes all of the log into the one file `out`, durably, in place of an older one.
///
/// # Errors
/// When it cannot be written.
pub fn export(whole: &Whole, out: &Path) -> Result<(), VerifyError> {
    let mut backup = Vec::new();
    for part in &whole.parts {
        match &part.packed {
            Some(packed) => backup.extend_from_slice(packed),
            None => {
                let segment = [&header::encode(part.scan.base), part.scan.body()].concat();
                let packed = archive::compress(&segment);
                backup.extend(packed.map_err(OpenError::io("compress the log for", out))?);
            }
        }
    }
    let mut new = out.as_os_str().to_owned();
    new.push(".new");
    replace_by(Path::new(&new), out, &backup).map_err(OpenError::io("write", out))?;
    Ok(())
}

/// Brings a log back into `dir`, where there is none. Until all of it is on the drive there is no
/// log, and it may be done again.
///
/// # Errors
/// When there is a log, a machine that runs on it, or when the drive fails.
pub fn restore(dir: &Path, whole: &Whole) -> Result<(), VerifyError> {
    make_dir(&dir.join("segments")).map_err(OpenError::io("make the directory", dir))?;
    let _lock = Lock::take(dir)?;
    let archives = archive::files(dir).map_err(OpenError::io("list", archive::folder(dir)))?;
    let known =
        |file: &PathBuf| whole.archived().any(|part| file.ends_with(archive::name(&part.scan)));
    let strangers = archives.into_iter().filter(|file| !known(file));
    let others = [segment::path(dir), dir.join("sled")].into_iter().filter(|path| path.exists());
    if let Some(there) = others.chain(strangers).next() {
        return Err(VerifyError::Occupied { dir: dir.to_owned(), there });
    }
    let mut disk = FileDisk::of(dir);
    for part in whole.archived() {
        let (name, packed) = (archive::name(&part.scan), part.packed.as_deref());
        disk.archive(&name, packed.unwrap_or_default())
            .map_err(OpenError::io("write the archive of", dir))?;
    }
    if let Some(part) = whole.parts.last() {
        disk.replace(part.scan.bytes()).map_err(OpenError::io("write the segment of", dir))?;
    }
    Ok(())
}

impl Whole {
    /// How many archives it has.
    pub fn archives(&self) -> usize {
        self.archived().count()
    }

    /// The number of the last record.
    pub fn last(&self) -> u64 {
        self.parts.last().map_or(0, |part| part.scan.last())
    }

    /// The SHA-256 of the last record: it can only be the same when no record before it is another.
    pub fn head(&self) -> String {
        self.parts.last().map_or_else(String::new, |part| part.scan.head.to_string())
    }

    /// Bytes of a batch that is just being written, or that was when the power went.
    pub fn unfinished(&self) -> usize {
        self.parts.last().map_or(0, |part| part.scan.tail().len())
    }

    /// The records of each archive and, at the end, of the segment.
    pub fn records(&self) -> impl Iterator<Item = Vec<Record>> {
        self.parts.iter().map(|part| records(&part.scan))
    }

    fn archived(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().take(self.parts.len().saturating_sub(1))
    }

    /// Adds the next part, which must begin where the one before ends.
    fn add(&mut self, file: &Path, part: Part) -> Result<(), VerifyError> {
        let before = self.parts.last();
        let end = before.map_or(Base::FIRST, |before| Base {
            last: before.scan.last(),
            head: before.scan.head,
        });
        let begin = part.scan.base;
        let what = if begin.last > end.last {
            format!("the archive of the records {} to {} is missing", end.last + 1, begin.last)
        } else if begin.last < end.last {
            format!(
                "it begins behind record {}, the file before ends with {}",
                begin.last, end.last
            )
        } else if begin.head != end.head {
            format!("the chain does not go on: record {} was another when it began", begin.last)
        } else {
            self.parts.push(part);
            return Ok(());
        };
        Err(VerifyError::Changed { file: file.to_owned(), what })
    }
}

/// Reads and checks what [`export`] has written.
///
/// # Errors
/// Names the first thing that is not as it was written.
pub fn read_backup(from: &Path) -> Result<Whole, VerifyError> {
    read_parts(from).map_err(|error| {
        if let VerifyError::Changed { file, what } = error {
            VerifyError::NoBackup { file, what }
        } else {
            error
        }
    })
}

fn read_parts(from: &Path) -> Result<Whole, VerifyError> {
    let bytes = fs::read(from).map_err(OpenError::io("read", from))?;
    let mut whole = Whole { parts: Vec::new() };
    let mut rest = &*bytes;
    while !rest.is_empty() {
        let begin = rest;
        let scan = unpack(from, &mut rest)?;
        let packed = begin.get(..begin.len() - rest.len()).unwrap_or_default().to_vec();
        whole.add(from, Part { scan, packed: Some(packed) })?;
    }
    if whole.parts.is_empty() {
        let what = "it is empty".to_owned();
        return Err(VerifyError::Changed { file: from.to_owned(), what });
    }
    Ok(whole)
}

/// A whole segment from the beginning of `bytes`, which then holds what follows.
fn unpack(file: &Path, bytes: &mut &[u8]) -> Result<Scan, VerifyError> {
    let segment = archive::decompress(bytes).map_err(|error| VerifyError::Changed {
        file: file.to_owned(),
        what: format!("it cannot be unpacked ({error})"),
    })?;
    let scan = scan(file, segment)?;
    match complaint(file, &scan) {
        None if scan.damage.is_none() => Ok(scan),
        other => Err(VerifyError::Changed {
            file: file.to_owned(),
            what: other.unwrap_or_else(|| "it ends in the middle of a batch".to_owned()),
        }),
    }
}

/// The segment, of which the last batch may be unfinished.
fn read_segment(path: &Path) -> Result<Scan, VerifyError> {
    let mut tries = READ_TRIES;
    loop {
        let scan = scan(path, fs::read(path).map_err(OpenError::io("read", path))?)?;
        tries -= 1;
        match complaint(path, &scan) {
            None => return Ok(scan),
            Some(what) if tries == 0 => {
                return Err(VerifyError::Changed { file: path.to_owned(), what });
            }
            Some(_) => {}
        }
    }
}

fn scan(file: &Path, bytes: Vec<u8>) -> Result<Scan, VerifyError> {
    Scan::new(bytes).map_err(|UnknownVersion(found)| VerifyError::UnknownVersion {
        file: file.to_owned(),
        found,
    })
}

/// What is wrong with a segment; an unfinished last batch is not.
fn complaint(file: &Path, scan: &Scan) -> Option<String> {
    match judge(scan, &Default::default()) {
        Verdict::Whole | Verdict::Torn => None,
        Verdict::Mend { .. } => Some("its first bytes were changed".to_owned()),
        Verdict::Broken { seq, evidence } => {
            let broken = repair::broken(file, scan, seq, evidence);
            Some(format!(
                "record {}, at byte {}, is not as it was written ({}), and {}",
                broken.seq, broken.offset, broken.fault, broken.evidence
            ))
        }
    }
}
