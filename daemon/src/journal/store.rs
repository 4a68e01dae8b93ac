//! The copy of the log in sled: what is read and queried, and what mends a damaged segment.
//! The only file that knows sled.
//!
//! sled 0.34.7 has known faults: `flush_async` dead-locks, the background flush loses acknowledged
//! rows, rewriting hot keys takes many times their space, and a damaged file makes `open` fail,
//! panic or hang. So here are only blocking flushes, no background flush and keys that are never
//! written twice; who opens it is `copy.rs`, which expects all three ends.

use std::{collections::BTreeMap, path::Path, process::ExitCode};

use super::{
    header::{self, Base},
    record::Frame,
    scan::Scan,
};

/// Name of the tree: sequence number, big-endian, to raw record. Behind an archive number 0 holds
/// the segment's header.
const TREE: &str = "entries";

/// Key of the row that holds the header.
const BASE_ROW: [u8; 8] = 0_u64.to_be_bytes();

/// Key of the first record that a log can have.
const FIRST_ROW: [u8; 8] = 1_u64.to_be_bytes();

/// Bytes of memory for sled's cache. Rows are written once and read at start-up only.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;

/// Rows per flush when the copy is filled from the segment: few flushes, little memory.
const FILL_ROWS: u64 = 1000;

/// A raw record and its number.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// The key.
    pub(super) seq: u64,
    /// The value.
    pub(super) raw: Vec<u8>,
}

/// How the copy compares with the segment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Comparison {
    /// Rows that are the same in both, without a gap from the first.
    pub(super) same: u64,
    /// Where the copy is not simply a part of the segment or longer than it: it must be rebuilt.
    pub(super) fault: Option<String>,
    /// Where the copy begins; `None` when it is empty.
    pub(super) base: Option<Base>,
    /// Whole records beyond the unbroken ones of the segment.
    pub(super) beyond: BTreeMap<u64, Vec<u8>>,
}

/// An open copy.
pub(super) struct Store {
    db: sled::Db,
    entries: sled::Tree,
}

impl Store {
    /// Opens or makes the copy in `dir`. With damaged files this may fail, panic or never return.
    pub(super) fn open(dir: &Path) -> Result<Self, sled::Error> {
        let db = sled::Config::new()
            .path(dir)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(None)
            .open()?;
        let entries = db.open_tree(TREE)?;
        Ok(Self { db, entries })
    }

    /// Reads every row and compares it with the segment.
    pub(super) fn compare(&self, scan: &Scan) -> Result<Comparison, sled::Error> {
        let mut found = Comparison { base: self.base()?, ..Comparison::default() };
        let base = found.base.unwrap_or(scan.base);
        if scan.base_is_known() && base != scan.base {
            found.fault = Some(format!("it begins behind record {}", base.last));
        }
        let mut expected = base.last + 1;
        for row in self.entries.range(FIRST_ROW..) {
            let (key, raw) = row?;
            let seq = key.as_ref().try_into().map(u64::from_be_bytes).unwrap_or_default();
            let whole = Frame::parse(&raw)
                .is_ok_and(|frame| frame.seq == seq && frame.bytes.len() == raw.len());
            let fault = match scan.raw(seq) {
                _ if !whole => Some(format!("its record {seq} is damaged")),
                _ if seq != expected => Some(format!("its record {expected} is missing")),
                Some(ours) if ours != raw.as_ref() => {
                    Some(format!("its record {seq} differs from the segment's"))
                }
                _ => None,
            };
            if fault.is_none() && scan.raw(seq).is_some() && found.fault.is_none() {
                found.same = seq;
            }
            found.fault = found.fault.or(fault);
            if whole && seq > scan.last() {
                found.beyond.insert(seq, raw.to_vec());
            }
            expected = seq.saturating_add(1);
        }
        Ok(found)
    }

    /// Where the copy begins; `None` when it is empty. A log that was never archived has no row
    /// that says so.
    fn base(&self) -> Result<Option<Base>, sled::Error> {
        let Some(row) = self.entries.get(BASE_ROW)? else {
            let first = self.entries.first()?;
            return Ok(first.map(|_| Base::FIRST));
        };
        let header = header::read(&row).ok().filter(|header| header.whole);
        Ok(Some(header.map_or(Base::FIRST, |header| header.base)))
    }

    /// Writes rows and returns when sled says that they are on disk.
    pub(super) fn write(&self, rows: &[Row]) -> Result<(), sled::Error> {
        let mut batch = sled::Batch::default();
        for row in rows {
            batch.insert(&row.seq.to_be_bytes(), row.raw.as_slice());
        }
        self.entries.apply_batch(batch)?;
        self.db.flush().map(drop)
    }

    /// Writes all records of the segment from number `from` on.
    pub(super) fn fill(&self, scan: &Scan, from: u64) -> Result<(), sled::Error> {
        if scan.base != Base::FIRST && from == scan.base.last + 1 {
            self.write(&[Row { seq: 0, raw: header::encode(scan.base) }])?;
        }
        let mut next = from;
        while next <= scan.last() {
            let until = scan.last().min(next + FILL_ROWS - 1);
            let row = |seq| Some(Row { seq, raw: scan.raw(seq)?.to_vec() });
            self.write(&(next..=until).filter_map(row).collect::<Vec<_>>())?;
            next = until + 1;
        }
        Ok(())
    }
}

/// Opens the copy in `dir` and reads every row: what the hidden subcommand `probe-store` of kioskd
/// runs, so that the parent can end it when sled hangs. Exit code 0 means that opening it is safe.
pub fn probe_store(dir: &Path) -> ExitCode {
    let read = || -> Result<(), sled::Error> {
        let store = Store::open(dir)?;
        store.entries.iter().try_for_each(|row| row.map(drop))
    };
    match read() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_reason) => ExitCode::FAILURE,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::{
        super::record::{Link, encode},
        *,
    };

    /// Six records of single batches; the segment holds the first four.
    fn log() -> (Scan, Vec<Row>) {
        let mut head = Link::FIRST;
        let mut rows = Vec::new();
        for seq in 1..=6_u64 {
            let mut raw = Vec::new();
            head = encode(&mut raw, seq, (0, 1), head, b"fact");
            rows.push(Row { seq, raw });
        }
        let body = rows.iter().take(4).flat_map(|row| row.raw.clone());
        (Scan::new(header::encode(Base::FIRST).into_iter().chain(body).collect()).unwrap(), rows)
    }

    /// Compares a copy that holds `seqs`, of which `changed` has another last byte.
    fn check(seqs: &[u64], changed: Option<u64>, same: u64, fault: Option<&str>, beyond: &[u64]) {
        let home = tempfile::TempDir::new().unwrap();
        let store = Store::open(home.path()).unwrap();
        let (scan, mut rows) = log();
        rows.retain(|row| seqs.contains(&row.seq));
        for row in &mut rows {
            if changed == Some(row.seq) {
                *row.raw.last_mut().unwrap() ^= 1;
            }
        }
        store.write(&rows).unwrap();
        let found = store.compare(&scan).unwrap();
        assert_eq!((found.same, found.fault.as_deref()), (same, fault), "{seqs:?}");
        assert_eq!(found.beyond.keys().copied().collect::<Vec<_>>(), beyond, "{seqs:?}");
    }

    #[test]
    fn a_copy_is_compared_row_by_row() {
        check(&[], None, 0, None, &[]);
        check(&[1, 2], None, 2, None, &[]);
        check(&[1, 2, 3, 4], None, 4, None, &[]);
        check(&[1, 2, 3, 4, 5, 6], None, 4, None, &[5, 6]);
        check(&[1, 2, 4], None, 2, Some("its record 3 is missing"), &[]);
        check(&[2, 3, 4, 5], None, 0, Some("its record 1 is missing"), &[5]);
        check(&[1, 2, 3, 4, 6], None, 4, Some("its record 5 is missing"), &[6]);
        check(&[1, 2, 3, 4], Some(3), 2, Some("its record 3 is damaged"), &[]);
        check(&[1, 2, 3, 4, 5, 6], Some(5), 4, Some("its record 5 is damaged"), &[6]);
    }

    #[test]
    fn a_whole_row_that_differs_is_named() {
        let home = tempfile::TempDir::new().unwrap();
        let store = Store::open(home.path()).unwrap();
        let (scan, rows) = log();
        let mut raw = Vec::new();
        encode(&mut raw, 1, (0, 1), Link::FIRST, b"lies");
        store.write(&[Row { seq: 1, raw }]).unwrap();
        store.write(rows.get(1..4).unwrap()).unwrap();
        let found = store.compare(&scan).unwrap();
        assert_eq!(found.same, 0);
        assert_eq!(found.fault.as_deref(), Some("its record 1 differs from the segment's"));
    }

    #[test]
    fn a_copy_is_filled_from_anywhere() {
        let home = tempfile::TempDir::new().unwrap();
        let store = Store::open(home.path()).unwrap();
        let (scan, rows) = log();
        store.write(rows.get(..2).unwrap()).unwrap();
        store.fill(&scan, 3).unwrap();
        let found = store.compare(&scan).unwrap();
        assert_eq!(found, Comparison { same: 4, base: Some(Base::FIRST), ..Comparison::default() });
    }
}
