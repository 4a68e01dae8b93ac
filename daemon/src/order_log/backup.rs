//! The order log with its archives as a whole: checked, saved, brought back.

use std::collections::BTreeSet;
use std::path::Path;

use super::{OrderLogError, decode, fold};
use crate::journal::{self, VerifyError, Whole};
use crate::sale::{Books, Entry, Planogram, Timestamp};

/// What a whole log holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Compressed files beside the segment.
    pub archives: usize,
    /// Records, which are numbered from 1.
    pub records: u64,
    /// Different sales.
    pub sales: usize,
    /// The earliest time of an entry.
    pub first_at: Option<Timestamp>,
    /// The latest.
    pub last_at: Option<Timestamp>,
    /// The hash of the last record, and through the chain of all before it.
    pub head: String,
    /// Bytes of an unfinished batch.
    pub unfinished: usize,
}

/// Checks everything of the log in `dir`: check sums, the chain over archives and segment, and that
/// the entries follow from one another.
///
/// # Errors
///
/// Names the first thing that is wrong.
pub fn verify(dir: &Path) -> Result<Tally, BackupError> {
    Ok(tally(dir, &journal::verify(dir)?)?)
}

/// All sales there ever were, those in the archives too; also while a running program writes.
///
/// # Errors
///
/// Names the first thing that is wrong.
pub fn read_all(dir: &Path) -> Result<Books, BackupError> {
    let whole = journal::verify(dir)?;
    let mut all = Books::new(Planogram::default());
    for records in whole.records() {
        // Each part holds all entries of its sales; what stayed goes on in the next one.
        let mut books = Books::new(Planogram::default());
        fold(dir, &records, &mut books)?;
        books.add_older(all);
        all = books;
    }
    Ok(all)
}

/// As [`verify`], and puts all of it into the file `out`. The machine may run.
///
/// # Errors
///
/// When the log is not whole, or `out` cannot be written.
pub fn export(dir: &Path, out: &Path) -> Result<Tally, BackupError> {
    let whole = journal::verify(dir)?;
    let tally = tally(dir, &whole)?;
    journal::export(&whole, out)?;
    Ok(Tally { unfinished: 0, ..tally })
}

/// Brings a log back from the file `from` into `dir`, where there is none.
///
/// # Errors
///
/// When there is a log or a machine that runs on it, or when the backup is not whole: nothing is
/// written then.
pub fn restore(dir: &Path, from: &Path) -> Result<Tally, BackupError> {
    let whole = journal::read_backup(from)?;
    let tally = tally(from, &whole)?;
    journal::restore(dir, &whole)?;
    Ok(tally)
}

/// A log that is not whole, or cannot be saved or brought back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The files.
    #[error(transparent)]
    Files(#[from] VerifyError),
    /// What they say.
    #[error(transparent)]
    Entries(#[from] OrderLogError),
}

fn tally(place: &Path, whole: &Whole) -> Result<Tally, OrderLogError> {
    let (mut sales, mut times) = (BTreeSet::new(), BTreeSet::new());
    for records in whole.records() {
        // Each part holds all entries of its sales, so it makes books of its own.
        fold(place, &records, &mut Books::new(Planogram::default()))?;
        let decoded = records.iter().filter_map(|record| decode(&record.payload).ok());
        for recorded in decoded {
            times.insert(recorded.at);
            if let Entry::OrderCreated { order } = recorded.entry {
                sales.insert(order.out_trade_no);
            }
        }
        times = times.first().into_iter().chain(times.last()).copied().collect();
    }
    Ok(Tally {
        archives: whole.archives(),
        records: whole.last(),
        sales: sales.len(),
        first_at: times.first().copied(),
        last_at: times.last().copied(),
        head: whole.head(),
        unfinished: whole.unfinished(),
    })
}
