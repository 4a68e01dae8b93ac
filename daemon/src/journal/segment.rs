//! The segment: the plain file that carries the log, append-only, durable before `append` returns.
//!
//! ```text
//!   Ready ──append: write, fdatasync──► Ready
//!     │                                   ▲
//!     │ write or fdatasync failed         │ recover: cut back to the last acknowledged
//!     ▼                                   │ byte, fsync, read back
//!   Doubtful ─────────────────────────────┘
//! ```
//!
//! After a failed fdatasync the kernel may have marked the lost pages clean, so that a second one
//! would succeed without writing them: nothing is appended behind bytes of which we do not know
//! where they are.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{
    archive,
    disk::Disk,
    error::AppendError,
    header::{self, Base},
    record::{self, BATCH_BYTES_MAX, BATCH_RECORDS_MAX, HEAD_LEN, Link, PAYLOAD_MAX},
    scan::Scan,
    store::Row,
};

/// The open end of the log.
#[derive(Debug)]
pub(super) struct Segment {
    disk: Box<dyn Disk>,
    /// Bytes that are acknowledged; the next batch goes here.
    end: u64,
    /// The last record before those of the segment.
    before: u64,
    /// The last acknowledged record.
    last: u64,
    head: Link,
    doubtful: bool,
    /// What must stand in the file again, when it is not sure that a new beginning does not.
    undo: Option<Vec<u8>>,
}

impl Segment {
    /// Goes on behind the unbroken records of `scan`, which is the whole content of `disk`.
    pub(super) fn new(disk: Box<dyn Disk>, scan: &Scan) -> Self {
        Self {
            disk,
            before: scan.base.last,
            end: scan.end as u64,
            last: scan.last(),
            head: scan.head,
            doubtful: false,
            undo: None,
        }
    }

    /// Reads the whole segment as it was acknowledged.
    pub(super) fn read(&mut self) -> Result<Scan, AppendError> {
        let path = self.path();
        if self.doubtful {
            return Err(AppendError::NeedsRecovery { file: path });
        }
        let bytes =
            self.disk.read().map_err(|source| AppendError::Recover { file: path, source })?;
        let read = self.checked(bytes.unwrap_or_default(), (self.last, self.head));
        // Nothing may be written behind a gap.
        self.doubtful = read.is_err();
        read
    }

    /// Writes the whole segment `old`, which is what [`Self::read`] gave, to an archive and begins
    /// a new one behind it with `payloads`. Returns the archive and the new segment.
    pub(super) fn begin_anew(
        &mut self,
        old: &Scan,
        payloads: &[Vec<u8>],
    ) -> Result<(PathBuf, Scan), AppendError> {
        for payload in payloads {
            check_bounds(std::slice::from_ref(payload))?;
        }
        let base = Base { last: self.last, head: self.head };
        let (mut last, mut head) = (base.last, base.head);
        let mut bytes = header::encode(base);
        for payload in payloads {
            last += 1;
            head = record::encode(&mut bytes, last, (0, 1), head, payload);
        }
        let file = self.path();
        let failed = |source| AppendError::Archive { file: file.clone(), source };
        let packed = archive::compress(old.bytes()).map_err(failed)?;
        let archived = self.disk.archive(&archive::name(old), &packed).map_err(failed)?;
        self.doubtful = true;
        self.undo = Some(old.bytes().to_vec());
        self.disk.replace(&bytes).map_err(failed)?;
        let found = self.disk.read().map_err(failed)?.unwrap_or_default();
        let scan = self.checked(found, (last, head))?;
        (self.before, self.last, self.head) = (base.last, last, head);
        self.end = scan.end as u64;
        (self.doubtful, self.undo) = (false, None);
        Ok((archived, scan))
    }

    /// The number of the last acknowledged record, 0 when there is none.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// How many records it holds.
    pub(super) fn count(&self) -> u64 {
        self.last - self.before
    }

    /// Writes one batch and returns its raw records once it is durable.
    pub(super) fn append(&mut self, payloads: &[Vec<u8>]) -> Result<Vec<Row>, AppendError> {
        check_bounds(payloads)?;
        if self.doubtful {
            return Err(AppendError::NeedsRecovery { file: self.path() });
        }
        let (rows, head) = encode_batch(self.last, self.head, payloads);
        let bytes: Vec<u8> = rows.iter().flat_map(|row| row.raw.iter().copied()).collect();
        self.doubtful = true;
        self.disk.write_all_at(&bytes, self.end).map_err(|source| AppendError::Write {
            file: self.path(),
            offset: self.end,
            source,
        })?;
        self.disk.sync_data().map_err(|source| AppendError::Sync { file: self.path(), source })?;
        self.doubtful = false;
        self.end += bytes.len() as u64;
        self.last += rows.len() as u64;
        self.head = head;
        Ok(rows)
    }

    /// Cuts the file back to the last acknowledged byte and reads it, so that `append` may go on.
    /// Does nothing when no append has failed.
    pub(super) fn recover(&mut self) -> Result<(), AppendError> {
        if !self.doubtful {
            return Ok(());
        }
        let path = self.path();
        let failed = |source| AppendError::Recover { file: path.clone(), source };
        if let Some(old) = &self.undo {
            self.disk.replace(old).map_err(failed)?;
        }
        self.disk.cut(self.end).map_err(failed)?;
        let bytes = self.disk.read().map_err(failed)?.unwrap_or_default();
        self.checked(bytes, (self.last, self.head))?;
        self.undo = None;
        self.try_space().map_err(failed)?;
        self.doubtful = false;
        Ok(())
    }

    /// The segment that `bytes` hold, when it ends with the record `last` and its link `head`.
    fn checked(&self, bytes: Vec<u8>, (last, head): (u64, Link)) -> Result<Scan, AppendError> {
        let scan = Scan::new(bytes).ok();
        let found = scan.as_ref().map_or(0, Scan::last);
        let whole = |scan: &Scan| scan.header_whole && scan.damage.is_none() && scan.head == head;
        scan.filter(whole).ok_or_else(|| AppendError::Lost {
            file: self.path(),
            found,
            acknowledged: last,
        })
    }

    /// Cutting back succeeds on a full drive too: only a write shows that there is room again.
    fn try_space(&mut self) -> io::Result<()> {
        let tried = self.disk.write_all_at(&[0; SPACE_TRIED], self.end);
        let tried = tried.and_then(|()| self.disk.sync_data());
        self.disk.cut(self.end)?;
        tried
    }

    fn path(&self) -> PathBuf {
        self.disk.path().to_owned()
    }
}

/// Room for the entries of one sale and more.
const SPACE_TRIED: usize = 8 * 1024;

/// Where the segment of the log in `dir` is.
pub(super) fn path(dir: &Path) -> PathBuf {
    dir.join("segments").join("00000001.seg")
}

/// Writes a segment with `body` behind `base` in place of the old one, or as a new one.
pub(super) fn replace(disk: &mut dyn Disk, base: Base, body: &[&[u8]]) -> io::Result<()> {
    disk.replace(&[&header::encode(base), &body.concat()[..]].concat())
}

fn check_bounds(payloads: &[Vec<u8>]) -> Result<(), AppendError> {
    if let Some((index, payload)) =
        payloads.iter().enumerate().find(|(_, payload)| payload.len() > PAYLOAD_MAX)
    {
        return Err(AppendError::PayloadTooLong { index, len: payload.len() });
    }
    let records = payloads.len();
    let bytes = payloads.iter().map(|payload| HEAD_LEN + payload.len()).sum();
    if records > BATCH_RECORDS_MAX || bytes > BATCH_BYTES_MAX {
        return Err(AppendError::BatchTooLarge { records, bytes });
    }
    Ok(())
}

/// The raw records of a batch behind record `last`, and the link of the last of them.
fn encode_batch(last: u64, mut head: Link, payloads: &[Vec<u8>]) -> (Vec<Row>, Link) {
    // `check_bounds` keeps the size far below this.
    let size = u16::try_from(payloads.len()).unwrap_or(u16::MAX);
    let mut rows = Vec::with_capacity(payloads.len());
    for ((place, seq), payload) in (0..size).zip(last + 1..).zip(payloads) {
        let mut raw = Vec::with_capacity(HEAD_LEN + payload.len());
        head = record::encode(&mut raw, seq, (place, size), head, payload);
        rows.push(Row { seq, raw });
    }
    (rows, head)
}
