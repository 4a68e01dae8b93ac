//! What the log says when it is damaged, was mended, or cannot be written.

use std::{io, path::PathBuf};

use thiserror::Error;

use super::record::{BATCH_BYTES_MAX, BATCH_RECORDS_MAX, PAYLOAD_MAX};

/// Something that was damaged, mended or switched off while the log goes on working. One sentence
/// each, for the operator.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Finding {
    /// A batch that was being written when the power went; it was never acknowledged.
    #[error(
        "{file}: the last {bytes} bytes, from byte {offset}, were an unfinished batch after \
        record {last_seq}; \
         they were moved to {aside}"
    )]
    TornTail {
        /// The segment.
        file: PathBuf,
        /// Where the unfinished batch began.
        offset: usize,
        /// How long it was.
        bytes: usize,
        /// The last record that stands.
        last_seq: u64,
        /// Where the bytes are now.
        aside: PathBuf,
    },
    /// Damaged, altered or lost records of the segment came back from the copy.
    #[error("{file}: {what}; {restored} records were brought back from the copy{kept}")]
    Mended {
        /// The segment.
        file: PathBuf,
        /// What was wrong.
        what: String,
        /// How many records only the copy still had.
        restored: usize,
        /// Where the damaged file is now, as the end of the sentence.
        kept: String,
    },
    /// The copy opened only without its snapshot and settings.
    #[error(
        "the copy of the order log did not open ({fault}); without its snapshot and settings, \
        now in {aside}, it did"
    )]
    SnapshotSetAside {
        /// What opening it said.
        fault: String,
        /// Where they are now.
        aside: PathBuf,
    },
    /// The copy was damaged or differed and is being written anew from the segment.
    #[error(
        "the copy of the order log was set aside in {aside} and is rebuilt from the segment: \
        {fault}"
    )]
    CopyRebuilt {
        /// What was wrong with it.
        fault: String,
        /// Where it is now.
        aside: PathBuf,
    },
    /// There is no copy for now: the segment alone carries the log.
    #[error(
        "the copy of the order log has stopped, the log goes on without it until the next start: \
        {fault}"
    )]
    CopyStopped {
        /// Why.
        fault: String,
    },
    /// The copy was opened without a trial in a child process.
    #[error(
        "{program} could not be run to try the copy of the order log: {fault}; it was opened \
        untried"
    )]
    NoProbe {
        /// The program.
        program: PathBuf,
        /// Why it did not run.
        fault: String,
    },
}

/// Why the log did not open. Nothing is deleted in any of these cases.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process has the log.
    #[error(
        "the order log {dir} is in use by another kioskd (process {holder}); stop that one first"
    )]
    InUse {
        /// The log's directory.
        dir: PathBuf,
        /// Its process id, or what is known.
        holder: String,
    },
    /// There is none, and none may be begun.
    #[error(
        "the order log {dir} is gone, and was there since kioskd was started: bring it back, or a \
         backup with \"kioskd log restore\"; to begin a new one all the same, start kioskd anew"
    )]
    Gone {
        /// Where it should be.
        dir: PathBuf,
    },
    /// Written by a program that writes another format.
    #[error(
        "{file} is of format version {found} and this program knows only version {known}: \
        install the kioskd that \
         wrote it, or a newer one"
    )]
    UnknownVersion {
        /// The segment.
        file: PathBuf,
        /// The version it names.
        found: u32,
        /// The version of this program.
        known: u32,
    },
    /// The log goes on in a file that this program does not know how to follow.
    #[error(
        "{file} is a part of the order log that this program does not know: install the kioskd \
         that wrote it, or a newer one"
    )]
    UnknownSegment {
        /// The other file.
        file: PathBuf,
    },
    /// Recorded facts are missing and no copy has them.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// The system refused a step.
    #[error("cannot {attempt} {path}: {source}")]
    Io {
        /// What was tried.
        attempt: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl OpenError {
    /// For `map_err`: names what was tried on `path`.
    pub(super) fn io(
        attempt: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { attempt, path, source }
    }
}

/// A damage that the copy cannot mend.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{file}: record {seq}, at byte {offset}, is lost ({fault}), and {evidence}; no copy can fill \
    the gap and nothing \
     was deleted: save the directory, then restore the log from a backup"
)]
pub struct Broken {
    /// The segment.
    pub file: PathBuf,
    /// Where the first lost record should stand.
    pub offset: usize,
    /// The first lost record.
    pub seq: u64,
    /// What is wrong there.
    pub fault: String,
    /// How we know that it is not merely an unfinished batch.
    pub evidence: String,
}

/// Why `read` has no records to give.
#[derive(Debug, Error)]
pub enum ReadError {
    /// Written by a program that writes another format.
    #[error(
        "{file} is of format version {found} and this program knows only version {known}: use \
        the kioskd that wrote \
         it, or a newer one"
    )]
    UnknownVersion {
        /// The segment.
        file: PathBuf,
        /// The version it names.
        found: u32,
        /// The version of this program.
        known: u32,
    },
    /// Recorded facts are missing from the segment; opening the log may bring them back from the
    /// copy.
    #[error("{0} (starting kioskd may mend it)")]
    Broken(Broken),
    /// The system refused.
    #[error("cannot read {path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Why the files of a log are not what they were, or not to be had.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// Not what was written.
    #[error(
        "{file}: {what}; save the directory as it is: starting kioskd mends the log from its copy \
        where it can, and where it cannot, bring the log back from a backup (kioskd log restore)"
    )]
    Changed {
        /// The segment or an archive.
        file: PathBuf,
        /// What is wrong, and where.
        what: String,
    },
    /// Of a later program.
    #[error("{file} is of format version {found}: use the kioskd that wrote it, or a newer one")]
    UnknownVersion {
        /// The segment or an archive.
        file: PathBuf,
        /// The version it names.
        found: u32,
    },
    /// A backup that is none, or not all of it.
    #[error("{file} is no whole backup: {what}; nothing was written, take another one")]
    NoBackup {
        /// The backup.
        file: PathBuf,
        /// What is wrong, and where.
        what: String,
    },
    /// A backup goes where nothing is.
    #[error(
        "{there} is there already, and a restored log takes no other's place: move {dir} away first"
    )]
    Occupied {
        /// The log's directory.
        dir: PathBuf,
        /// What is in it.
        there: PathBuf,
    },
    /// Files that cannot be read or written, or another process that has the log.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Why nothing was recorded. After `Write` and `Sync`, and perhaps after `Archive`, the log takes
/// nothing until `recover` succeeds.
#[derive(Debug, Error)]
pub enum AppendError {
    /// One payload is too long; nothing was written and the log is well.
    #[error("payload {index} of the batch has {len} bytes, more than {PAYLOAD_MAX}")]
    PayloadTooLong {
        /// Its place in the batch, from 0.
        index: usize,
        /// Its length.
        len: usize,
    },
    /// The batch is too large; nothing was written and the log is well.
    #[error(
        "a batch of {records} records and {bytes} bytes is more than {BATCH_RECORDS_MAX} records \
        or \
         {BATCH_BYTES_MAX} bytes"
    )]
    BatchTooLarge {
        /// Its records.
        records: usize,
        /// Its bytes with all heads.
        bytes: usize,
    },
    /// An earlier append failed and `recover` was not called or failed too.
    #[error("{file} is closed since an append failed; it must recover first")]
    NeedsRecovery {
        /// The segment.
        file: PathBuf,
    },
    /// Writing failed; a part may be in the file.
    #[error("cannot write the order log to {file} at byte {offset}: {source}")]
    Write {
        /// The segment.
        file: PathBuf,
        /// Where the batch begins.
        offset: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The drive did not confirm; what was written may or may not be there after a power cut.
    #[error("cannot make the order log {file} durable: {source}")]
    Sync {
        /// The segment.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Going back to the last acknowledged record failed.
    #[error("cannot bring the order log {file} back to its last record: {source}")]
    Recover {
        /// The segment.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Old records could not be moved to the archive. The log is as before, or must recover to be.
    #[error("cannot move the old records of the order log {file} to the archive: {source}")]
    Archive {
        /// The segment.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file no longer holds what was acknowledged.
    #[error(
        "{file} lost acknowledged records under the running program: it ends with record {found}, \
        not with {acknowledged}"
    )]
    Lost {
        /// The segment.
        file: PathBuf,
        /// The last record that stands unbroken.
        found: u64,
        /// The last one that was acknowledged.
        acknowledged: u64,
    },
}
