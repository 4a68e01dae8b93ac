//! The order log's storage: raw records in, durable on return.
//!
//! A plain segment file carries the log; sled holds a copy that mends it. The journal knows nothing
//! of sales.
//!
//! ```text
//!   DIR/lock                       held by the one kioskd that writes
//!   DIR/segments/00000001.seg      the log: durable before `append` returns
//!   DIR/archive/*.seg.gz           what the log held earlier, whole and compressed
//!   DIR/sled/                      the copy, some milliseconds behind
//!   DIR/aside/                     what was damaged, for study
//! ```

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

mod archive;
mod aside;
mod backup;
mod copy;
mod disk;
mod error;
mod header;
mod lock;
mod mend;
mod mirror;
mod probe;
mod record;
mod repair;
mod scan;
mod segment;
mod store;

use self::{
    aside::Aside,
    copy::Copy,
    disk::FileDisk,
    header::{Base, UnknownVersion, VERSION},
    lock::Lock,
    mend::{Verdict, judge},
    mirror::Mirror,
    record::Frame,
    scan::Scan,
    segment::Segment,
};
pub use self::{
    backup::{Whole, export, read_backup, restore, verify},
    disk::Disk,
    error::{AppendError, Broken, Finding, OpenError, ReadError, VerifyError},
    record::{BATCH_BYTES_MAX, BATCH_RECORDS_MAX, PAYLOAD_MAX},
    store::probe_store,
};

/// How often `read` looks again when the file seems damaged: the writer may be cutting back a
/// failed batch.
const READ_TRIES: usize = 3;

/// The open log. One owner; every call blocks until it is done.
#[derive(Debug)]
pub struct Journal {
    segment: Segment,
    mirror: Option<Mirror>,
    /// Why there is no mirror.
    no_mirror: Option<Finding>,
    /// None on a drive that belongs to us alone.
    home: Option<Home>,
}

/// The directory of an open log.
#[derive(Debug)]
struct Home {
    dir: PathBuf,
    aside: Aside,
    options: OpenOptions,
    _lock: Lock,
}

impl Home {
    fn copy(&self) -> Copy<'_> {
        Copy { dir: store_dir(&self.dir), aside: &self.aside, options: &self.options }
    }
}

impl Journal {
    /// Opens the log in `dir`, or begins one where there is none (mode 0700), and mends what can be
    /// mended.
    ///
    /// # Errors
    /// When another process has the log, when a newer program wrote it, and when recorded facts are
    /// missing: never does an empty log take the place of a damaged one.
    pub fn open(dir: &Path, options: &OpenOptions) -> Result<Opened, OpenError> {
        if !options.may_begin && !is_there(dir)? {
            return Err(OpenError::Gone { dir: dir.to_owned() });
        }
        aside::make_dir(&dir.join("segments")).map_err(OpenError::io("make the directory", dir))?;
        let home = Home {
            dir: dir.to_owned(),
            aside: Aside::of(dir),
            options: options.clone(),
            _lock: Lock::take(dir)?,
        };
        let copy = home.copy();
        let path = segment::path(dir);
        let mut disk = FileDisk::of(dir);
        if !is_there(dir)? {
            begin(&mut disk)?;
        }
        copy.clear_remains().map_err(OpenError::io("clear the old copy in", dir))?;
        repair::refuse_other_segments(&path)?;
        let mut findings = Vec::new();
        let scan = Arc::new(repair::scan_disk(&mut disk)?);
        let (mut mirror, comparison) = copy.open(&scan, &mut findings).unzip();
        let comparison = comparison.unwrap_or_default();
        let scan = match comparison.base.filter(|_| !scan.base_is_known()) {
            Some(base) => Arc::new(Scan::behind(base, scan.bytes().to_vec())),
            None => scan,
        };
        let scan = repair::segment(&mut disk, scan, &comparison.beyond, &mut findings)?;
        if mirror.is_some() {
            mirror = copy.bring_level(mirror, &scan, comparison, &mut findings);
        }
        let records = records(&scan);
        let no_mirror =
            findings.iter().find(|finding| matches!(finding, Finding::CopyStopped { .. })).cloned();
        disk.open().map_err(OpenError::io("open", &path))?;
        let segment = Segment::new(Box::new(disk), &scan);
        let journal = Self { segment, mirror, no_mirror, home: Some(home) };
        Ok(Opened { journal, records, findings })
    }

    /// Opens the log on `disk`, or begins one where there is none, and mends it. There is no copy,
    /// so only a torn tail can be mended; and no lock, so the drive must be ours alone.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_on(mut disk: Box<dyn Disk>) -> Result<Opened, OpenError> {
        let there = disk.read().map_err(OpenError::io("read", disk.path()))?;
        if there.is_none() {
            begin(disk.as_mut())?;
        }
        let mut findings = Vec::new();
        let scan = Arc::new(repair::scan_disk(disk.as_mut())?);
        let scan = repair::segment(disk.as_mut(), scan, &BTreeMap::new(), &mut findings)?;
        let records = records(&scan);
        let segment = Segment::new(disk, &scan);
        let journal = Self { segment, mirror: None, no_mirror: None, home: None };
        Ok(Opened { journal, records, findings })
    }

    /// Writes one batch; when this returns it is on the drive. After a power cut in the middle of
    /// it, the log holds all of it or nothing. Returns the number of the last record.
    ///
    /// # Errors
    /// Nothing of a batch is acknowledged that came back with an error; after a restart it may
    /// still be found whole. After a failed write or fdatasync every append fails until `recover`
    /// succeeds.
    pub fn append(&mut self, payloads: &[Vec<u8>]) -> Result<u64, AppendError> {
        if payloads.is_empty() {
            return Ok(self.segment.last());
        }
        let rows = self.segment.append(payloads)?;
        if let Some(mirror) = &self.mirror {
            mirror.push(rows);
        }
        Ok(self.segment.last())
    }

    /// After a failed append: goes back to the last acknowledged record and makes sure that it
    /// stands.
    ///
    /// # Errors
    /// When the drive still does not answer or the file lost acknowledged records; the log stays
    /// closed then.
    pub fn recover(&mut self) -> Result<(), AppendError> {
        self.segment.recover()
    }

    /// All records, read from the drive.
    ///
    /// # Errors
    /// When it does not hold what was acknowledged, or `recover` has to come first.
    pub fn records(&mut self) -> Result<Vec<Record>, AppendError> {
        self.segment.read().map(|scan| records(&scan))
    }

    /// How many records the segment holds.
    pub fn count(&self) -> u64 {
        self.segment.count()
    }

    /// Moves everything to the archive and goes on with `payloads`, whose numbers and chain follow
    /// those before. Returns the archive's file.
    ///
    /// ```text
    ///   the archive is written ─► the copy is discarded ─► the segment is replaced ─► a copy is begun
    /// ```
    ///
    /// Whenever the power goes, the segment is the old or the new one; there never is a copy that
    /// does not belong to it.
    ///
    /// # Errors
    /// When nothing has changed; or when it is not sure what stands in the segment, and every
    /// append fails until `recover` has put the old one back.
    pub fn begin_anew(&mut self, payloads: &[Vec<u8>]) -> Result<PathBuf, AppendError> {
        let old = Arc::new(self.segment.read()?);
        drop(self.mirror.take());
        if let Some(home) = &self.home
            && let Err(source) = home.copy().discard()
        {
            let fault = format!("it cannot be removed: {source}");
            self.no_mirror = Some(Finding::CopyStopped { fault });
            return Err(AppendError::Archive { file: home.dir.clone(), source });
        }
        let begun = self.segment.begin_anew(&old, payloads);
        let (archived, scan) = match begun {
            Ok((archived, scan)) => (Ok(archived), Arc::new(scan)),
            Err(error) => (Err(error), old),
        };
        let mirror = self.home.as_ref().map(|home| home.copy().begin(&scan)).transpose();
        match mirror {
            Ok(mirror) => self.mirror = mirror,
            Err(finding) => self.no_mirror = Some(finding),
        }
        archived
    }

    /// What does not work at the moment though the log does: the copy.
    pub fn health(&self) -> Option<Finding> {
        self.mirror.as_ref().map_or(self.no_mirror.as_ref(), Mirror::stopped).cloned()
    }
}

/// Wishes of the one who opens the log.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// How long opening the copy may take before it is set aside. A long log gets more, in
    /// proportion.
    pub store_deadline: Duration,
    /// Whether a log may be begun where there is none.
    pub may_begin: bool,
    /// The program that tries the copy first, run as `PROGRAM probe-store DIR` (see
    /// [`probe_store`]). Without it a hanging sled leaves a thread behind.
    pub probe: Option<PathBuf>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        // Two attempts that hang, and a new copy, are over within 3 s for a log of 10,000 records.
        Self { store_deadline: Duration::from_secs(2), may_begin: true, probe: None }
    }
}

/// An opened log with what it held.
#[derive(Debug)]
pub struct Opened {
    /// The log itself.
    pub journal: Journal,
    /// All records in order.
    pub records: Vec<Record>,
    /// What was damaged or mended.
    pub findings: Vec<Finding>,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// The bytes that were appended.
    pub payload: Vec<u8>,
}

/// Reads the log in `dir` without a lock and without changing anything, while another process may
/// append: a batch that is just being written is not there yet.
///
/// # Errors
/// When there is no log, or records are missing between others.
pub fn read(dir: &Path) -> Result<Vec<Record>, ReadError> {
    let path = segment::path(dir);
    let mut tries = READ_TRIES;
    loop {
        let bytes =
            fs::read(&path).map_err(|source| ReadError::Io { path: path.clone(), source })?;
        let scan = Scan::new(bytes).map_err(|UnknownVersion(found)| ReadError::UnknownVersion {
            file: path.clone(),
            found,
            known: VERSION,
        })?;
        tries -= 1;
        match judge(&scan, &Default::default()) {
            Verdict::Broken { seq, evidence } if tries == 0 => {
                return Err(ReadError::Broken(repair::broken(&path, &scan, seq, evidence)));
            }
            Verdict::Broken { .. } => {}
            Verdict::Whole | Verdict::Torn | Verdict::Mend { .. } => {
                return Ok(records(&scan));
            }
        }
    }
}

/// Whether anything of a log is in `dir`, damaged or whole.
///
/// # Errors
/// When the system does not say.
pub fn is_there(dir: &Path) -> Result<bool, OpenError> {
    Ok(exists(&segment::path(dir))?
        || exists(&store_dir(dir))?
        || exists(&archive::folder(dir))?
        || Aside::of(dir).is_used())
}

fn store_dir(dir: &Path) -> PathBuf {
    dir.join("sled")
}

fn begin(disk: &mut dyn Disk) -> Result<(), OpenError> {
    segment::replace(disk, Base::FIRST, &[])
        .map_err(OpenError::io("begin the order log", disk.path()))
}

fn records(scan: &Scan) -> Vec<Record> {
    let record = |frame: Frame<'_>| Record { seq: frame.seq, payload: frame.payload().to_vec() };
    scan.frames().map(record).collect()
}

fn exists(path: &Path) -> Result<bool, OpenError> {
    path.try_exists().map_err(OpenError::io("look for", path))
}
