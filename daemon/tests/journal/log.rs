//! A log in a directory of its own that knows what was written into it.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use daemon::journal::{Finding, Journal, OpenError, OpenOptions, Opened, Record};
use tempfile::TempDir;

/// Long enough for a machine that does other things too; only reached when a test fails.
const LIMIT: Duration = Duration::from_secs(20);

pub(crate) struct Log {
    home: TempDir,
    written: Vec<String>,
    /// Where each batch ends in the segment, beginning with the header's end.
    ends: Vec<u64>,
    /// Digits of each fact.
    width: usize,
}

impl Log {
    /// Four batches of 1, 2, 1 and 3 records.
    pub(crate) fn written() -> Self {
        Self::with(1, [1, 2, 1, 3])
    }

    /// Ten thousand records of ordinary length.
    pub(crate) fn ordinary() -> Self {
        Self::with(200, [64; 157])
    }

    /// Some thousand records, so that sled has several segments.
    pub(crate) fn large() -> Self {
        Self::with(300, [64; 60])
    }

    fn with(width: usize, batches: impl IntoIterator<Item = usize>) -> Self {
        let (home, written, ends) = (TempDir::new().unwrap(), Vec::new(), Vec::new());
        let mut log = Self { home, written, ends, width };
        let mut journal = log.open().unwrap().journal;
        log.ends.push(log.segment_len());
        for size in batches {
            log.append(&mut journal, size);
        }
        log
    }

    /// The same log once more, in a directory of its own.
    pub(crate) fn twin(&self) -> Self {
        let twin = Self {
            home: TempDir::new().unwrap(),
            written: self.written.clone(),
            ends: self.ends.clone(),
            width: self.width,
        };
        for folder in ["segments", "sled"] {
            fs::create_dir_all(twin.dir().join(folder)).unwrap();
            for file in files(&self.dir().join(folder), "") {
                let to = twin.dir().join(folder).join(file.file_name().unwrap());
                if file.is_file() {
                    fs::copy(&file, to).unwrap();
                }
            }
        }
        twin
    }

    /// Appends a batch and remembers it.
    pub(crate) fn append(&mut self, journal: &mut Journal, size: usize) {
        let (from, width) = (self.written.len(), self.width);
        let texts: Vec<String> =
            (from + 1..=from + size).map(|seq| format!("{{\"fact\":{seq:0width$}}}")).collect();
        let payloads: Vec<Vec<u8>> = texts.iter().map(|text| text.clone().into_bytes()).collect();
        self.written.extend(texts);
        assert_eq!(journal.append(&payloads).unwrap(), self.written.len() as u64);
        self.ends.push(self.segment_len());
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.home.path().join("log")
    }

    pub(crate) fn segment(&self) -> PathBuf {
        self.dir().join("segments/00000001.seg")
    }

    pub(crate) fn sled(&self) -> PathBuf {
        self.dir().join("sled")
    }

    /// How many records were written.
    pub(crate) fn count(&self) -> usize {
        self.written.len()
    }

    pub(crate) fn segment_len(&self) -> u64 {
        fs::metadata(self.segment()).unwrap().len()
    }

    /// Where the last batch begins and ends in the segment.
    pub(crate) fn last_batch(&self) -> (usize, usize) {
        let end = |back: usize| usize::try_from(self.ends[self.ends.len() - back]).unwrap();
        (end(2), end(1))
    }

    pub(crate) fn open(&self) -> Result<Opened, OpenError> {
        Journal::open(&self.dir(), &OpenOptions::default())
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        fs::read(self.segment()).unwrap()
    }

    /// Puts other bytes in place of the segment.
    pub(crate) fn set_bytes(&self, bytes: &[u8]) {
        fs::write(self.segment(), bytes).unwrap();
    }

    /// A log with this segment and without a copy.
    pub(crate) fn alone(&self, bytes: &[u8]) {
        let _absent = fs::remove_dir_all(self.sled());
        self.set_bytes(bytes);
    }

    /// Checks that the records are exactly the first `count` that were written.
    pub(crate) fn holds(&self, records: &[Record], count: usize, case: &str) {
        let found: Vec<(u64, String)> = records
            .iter()
            .map(|record| (record.seq, String::from_utf8(record.payload.clone()).unwrap()))
            .collect();
        let expected: Vec<(u64, String)> =
            (1..).zip(self.written[..count].iter().cloned()).collect();
        assert_eq!(found, expected, "{case}");
    }

    pub(crate) fn holds_all(&self, records: &[Record], case: &str) {
        self.holds(records, self.written.len(), case);
    }

    /// Opens, checks that everything is there, and that the log then takes one more batch and keeps
    /// it.
    pub(crate) fn goes_on(&mut self, case: &str) -> Vec<Finding> {
        let mut opened = self.open().unwrap_or_else(|error| panic!("{case}: {error}"));
        self.holds_all(&opened.records, case);
        self.append(&mut opened.journal, 2);
        drop(opened.journal);
        let again = self.open().unwrap_or_else(|error| panic!("{case}, then: {error}"));
        self.holds_all(&again.records, case);
        assert_eq!(again.findings, [], "{case}: the second start finds nothing more");
        opened.findings
    }
}

/// Waits until `done` holds.
pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < LIMIT, "waited in vain: {what}");
        std::thread::yield_now();
    }
}

/// The files of a directory whose names begin with `prefix`.
pub(crate) fn files(dir: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.file_name().unwrap().to_str().unwrap().starts_with(prefix));
    paths.sort();
    paths
}
