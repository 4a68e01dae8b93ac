//! The order log: entries as JSON in the journal, and the books folded from them.

mod backup;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use protocol::OutTradeNo;
use serde::{Deserialize, Serialize};

use crate::journal::{
    self, AppendError, Disk, Finding, Journal, OpenError, OpenOptions, ReadError, Record,
};
use crate::sale::{Books, Entry, OutOfOrder, Recorded, Retention, Timestamp};

pub use backup::{BackupError, Tally, export, read_all, restore, verify};

/// The log of one machine, open for writing. There is one owner: the loop.
pub struct OrderLog {
    journal: Journal,
    /// For messages.
    place: PathBuf,
}

impl OrderLog {
    /// Opens the log in `dir` and folds it into `books`. Returns what was found damaged and mended.
    ///
    /// # Errors
    ///
    /// When the journal cannot be opened, or holds what this program cannot read: nothing is
    /// deleted and nothing begun anew.
    pub fn open(
        dir: &Path,
        options: &OpenOptions,
        books: &mut Books,
    ) -> Result<(Self, Vec<Finding>), OrderLogError> {
        let opened = Journal::open(dir, options)?;
        fold(dir, &opened.records, books)?;
        let log = Self { journal: opened.journal, place: dir.to_owned() };
        Ok((log, opened.findings))
    }

    /// Opens the log on `disk`, which is ours alone and has no place for a lock or a copy, and
    /// folds it into `books`. For simulations; all but the drive is as in [`Self::open`].
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub fn open_on(
        disk: Box<dyn Disk>,
        books: &mut Books,
    ) -> Result<(Self, Vec<Finding>), OrderLogError> {
        let place = disk.path().to_owned();
        let opened = Journal::open_on(disk)?;
        fold(&place, &opened.records, books)?;
        Ok((Self { journal: opened.journal, place }, opened.findings))
    }

    /// Writes `entries` as one batch; they are on disk, all of them, when this returns.
    ///
    /// # Errors
    ///
    /// When they could not be written: they must be taken as not written, and nothing may be done
    /// that they justify. [`Self::recover`] makes the log writable again.
    pub fn append(&mut self, entries: &[Entry], at: Timestamp) -> Result<(), AppendError> {
        if entries.is_empty() {
            return Ok(());
        }
        let encoded = entries.iter().map(|entry| encode(entry, at)).collect::<Vec<_>>();
        self.journal.append(&encoded).map(|_seq| ())
    }

    /// After a failed append: undoes what was half written and tries the disk.
    ///
    /// # Errors
    ///
    /// When the disk still does not work.
    pub fn recover(&mut self) -> Result<(), AppendError> {
        self.journal.recover()
    }

    /// Moves the sales that `retention` lets go to the archive, when it is time. `books` are those
    /// of the log; returns what takes their place. Reads and writes the whole log, which takes
    /// seconds when it is long.
    ///
    /// # Errors
    ///
    /// When it could not be done. After [`ArchivingError::Log`] the log may need [`Self::recover`].
    pub fn archive_if_due(
        &mut self,
        books: &Books,
        retention: &Retention,
        now: Timestamp,
    ) -> Result<Option<Archived>, ArchivingError> {
        let departing = retention.departing(books, now);
        if !Retention::is_due(books, &departing, self.journal.count()) {
            return Ok(None);
        }
        let records = self.journal.records()?;
        let staying = staying(&self.place, &records, &departing)?;
        // Proof before the deed: what is to be written tells the same as what is there.
        let mut after = books.unread();
        let numbered = (1..).zip(&staying);
        let trial = numbered.map(|(seq, payload)| Record { seq, payload: payload.clone() });
        fold(&self.place, &trial.collect::<Vec<_>>(), &mut after)?;
        if after != books.without(&departing) {
            return Err(ArchivingError::Differs);
        }
        let file = self.journal.begin_anew(&staying)?;
        let records = records.len() - staying.len();
        Ok(Some(Archived { books: after, sales: departing.len(), records, file }))
    }

    /// What is wrong with the log although it can be written.
    pub fn health(&self) -> Option<Finding> {
        self.journal.health()
    }
}

/// What remains in the log: the entries of the sales that stay, as they are, and what else all
/// entries have told. It comes last and says how things are, so the order of what it counts does
/// not matter.
fn staying(
    place: &Path,
    records: &[Record],
    departing: &BTreeSet<OutTradeNo>,
) -> Result<Vec<Vec<u8>>, OrderLogError> {
    let mut all = Books::of_all_slots();
    fold(place, records, &mut all)?;
    let stays = |record: &Record| {
        let recorded = decode(&record.payload).ok()?;
        let out_trade_no = recorded.entry.out_trade_no()?;
        (!departing.contains(out_trade_no)).then(|| record.payload.clone())
    };
    let mut staying = records.iter().filter_map(stays).collect::<Vec<_>>();
    if let Some(last_at) = all.last_at() {
        staying.push(encode(&Entry::CarriedOver { carried: all.carried() }, last_at));
    }
    Ok(staying)
}

/// What went to the archive.
#[derive(Debug)]
pub struct Archived {
    /// The books of what is left.
    pub books: Books,
    /// How many sales went.
    pub sales: usize,
    /// By how many records the log is shorter.
    pub records: usize,
    /// Where they are.
    pub file: PathBuf,
}

/// Old sales that could not go to the archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchivingError {
    /// The drive.
    #[error(transparent)]
    Log(#[from] AppendError),
    /// What is in the log.
    #[error(transparent)]
    Read(#[from] OrderLogError),
    /// A fault of this program; nothing was changed.
    #[error("the order log without its old sales would not tell the same: it is left as it is")]
    Differs,
}

/// Reads the log in `dir`, also while a running program writes it.
///
/// # Errors
///
/// When it cannot be read, or holds what this program cannot read.
pub fn read(dir: &Path, books: &mut Books) -> Result<(), OrderLogError> {
    let records = journal::read(dir)?;
    fold(dir, &records, books)
}

/// A log that cannot be used as it is.
#[derive(Debug, thiserror::Error)]
pub enum OrderLogError {
    /// The files.
    #[error("the order log cannot be opened")]
    Open(#[from] OpenError),
    /// The files, read only.
    #[error("the order log cannot be read")]
    Read(#[from] ReadError),
    /// A record that is whole, but is not ours or from a later version.
    #[error(
        "record {seq} of the order log in {dir:?} was written by another version of kioskd: {reason}; \
         install the version that wrote it"
    )]
    Foreign {
        /// The log's directory.
        dir: PathBuf,
        /// The record's number.
        seq: u64,
        /// What is not understood.
        reason: String,
    },
    /// Records that contradict one another.
    #[error(
        "record {seq} of the order log in {dir:?} contradicts those before it; keep the directory and ask for help"
    )]
    OutOfOrder {
        /// The log's directory.
        dir: PathBuf,
        /// The record's number.
        seq: u64,
        /// The contradiction.
        #[source]
        source: OutOfOrder,
    },
}

/// The version of the records' form. Fields may be added within a version.
const VERSION: u16 = 1;

#[derive(Serialize, Deserialize)]
struct Envelope {
    v: u16,
    #[serde(flatten)]
    recorded: Recorded,
}

fn encode(entry: &Entry, at: Timestamp) -> Vec<u8> {
    let envelope = Envelope { v: VERSION, recorded: Recorded { at, entry: entry.clone() } };
    serde_json::to_vec(&envelope)
        .unwrap_or_else(|error| unreachable!("an entry has string keys only: {error}"))
}

fn decode(payload: &[u8]) -> Result<Recorded, String> {
    #[derive(Deserialize)]
    struct Version {
        v: u16,
    }
    let read = serde_json::from_slice(payload);
    if let Ok(Envelope { v: VERSION, recorded }) = read {
        return Ok(recorded);
    }
    // Another version is named, whatever its entries look like.
    let version: Version = serde_json::from_slice(payload).map_err(|error| error.to_string())?;
    if version.v != VERSION {
        return Err(format!("it has version {}, this program reads {VERSION}", version.v));
    }
    let envelope: Envelope = read.map_err(|error| error.to_string())?;
    Ok(envelope.recorded)
}

fn fold(dir: &Path, records: &[Record], books: &mut Books) -> Result<(), OrderLogError> {
    for record in records {
        let seq = record.seq;
        let recorded = decode(&record.payload);
        let recorded = recorded.map_err(|reason| {
            let dir = dir.to_owned();
            OrderLogError::Foreign { dir, seq, reason }
        })?;
        books.apply(&recorded).map_err(|source| {
            let dir = dir.to_owned();
            OrderLogError::OutOfOrder { dir, seq, source }
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_survives_the_disk() {
        let entry = Entry::Started { version: "0.0.0".to_owned() };
        let at = Timestamp::from_unix_ms(1_800_000_000_000);
        let recorded = decode(&encode(&entry, at)).expect("what we wrote");
        assert_eq!(recorded, Recorded { at, entry });
    }

    #[test]
    fn another_version_is_named() {
        let error = decode(br#"{"v":2,"at":1,"entry":"started","version":"x"}"#)
            .expect_err("a later version");
        assert!(error.contains("version 2"), "{error}");
    }
}
