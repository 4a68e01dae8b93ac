//! Every kind of damage at many places: how often the log came back, how, and how fast.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use daemon::journal::{Finding, Journal, OpenOptions};

use crate::{
    copy::{change, cut, probe, snapshot, zero_tail},
    log::Log,
};

/// Longest that a damaged log may take until it can be written.
const READY_MAX: Duration = Duration::from_secs(3);

/// What became of the tries with one log.
struct Tries {
    log: Log,
    outcomes: BTreeMap<String, usize>,
    slowest: Duration,
}

impl Tries {
    fn of(log: Log) -> Self {
        // sled writes its snapshot when it is opened.
        snapshot(&log);
        Self { log, outcomes: BTreeMap::new(), slowest: Duration::ZERO }
    }

    /// Damages a twin of the log, opens it as kioskd does and writes into it.
    fn check(&mut self, case: &str, damage: impl FnOnce(&Log)) {
        let mut log = self.log.twin();
        damage(&log);
        let begun = Instant::now();
        let mut opened = open(&log, case);
        let took = begun.elapsed();
        assert!(took < READY_MAX, "{case}: {took:?}");
        self.slowest = self.slowest.max(took);
        log.holds_all(&opened.records, case);
        log.append(&mut opened.journal, 1);
        assert_eq!(opened.journal.health(), None, "{case}");
        drop(opened.journal);
        // What the copy still lacks it gets at the next start; then it alone has it all.
        let again = open(&log, case);
        log.holds_all(&again.records, case);
        drop(again.journal);
        fs::remove_file(log.segment()).unwrap();
        log.holds_all(&open(&log, case).records, case);
        let outcome = match &opened.findings[..] {
            [] => "was harmless".to_owned(),
            findings => findings.iter().map(in_words).collect::<Vec<_>>().join(", "),
        };
        *self.outcomes.entry(outcome).or_default() += 1;
    }

    /// Prints what became of them; there must be so many at the least.
    fn done(self, what: &str, tries_min: usize) {
        let tries: usize = self.outcomes.values().sum();
        let reported = tries - self.outcomes.get("was harmless").copied().unwrap_or(0);
        println!(
            "{what}: {tries} damaged, {reported} reported, nothing lost; slowest {:?}; {:?}",
            self.slowest, self.outcomes
        );
        assert!(tries >= tries_min, "{what}: only {tries}");
        assert!(reported > 0, "{what}: nothing was damaged");
    }
}

fn in_words(finding: &Finding) -> &'static str {
    match finding {
        Finding::SnapshotSetAside { .. } => "copy opened without its snapshot",
        Finding::CopyRebuilt { .. } => "copy rebuilt",
        Finding::Mended { .. } => "segment mended",
        Finding::TornTail { .. } => "torn batch cut off",
        Finding::CopyStopped { .. } | Finding::NoProbe { .. } => panic!("{finding}"),
    }
}

fn open(log: &Log, case: &str) -> daemon::journal::Opened {
    let options = OpenOptions { probe: Some(probe()), ..OpenOptions::default() };
    Journal::open(&log.dir(), &options).unwrap_or_else(|error| panic!("{case}: {error}"))
}

fn file(log: &Log, name: &str) -> PathBuf {
    let mut found = crate::log::files(&log.sled(), name);
    found.pop().unwrap_or_else(|| panic!("no {name}"))
}

fn len(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

/// `count` places spread over `len` bytes.
fn places(len: u64, count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |place| place * len / count)
}

/// Zeros before byte `end`.
fn zero_before(path: &Path, end: u64, bytes: u64) {
    let begin = end.saturating_sub(bytes);
    let zeros = vec![0; usize::try_from(end - begin).unwrap()];
    File::options().write(true).open(path).unwrap().write_all_at(&zeros, begin).unwrap();
}

/// Where the last byte that is not zero stands: sled's file is longer than what is in it.
fn used(path: &Path) -> u64 {
    let bytes = fs::read(path).unwrap();
    bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at as u64 + 1)
}

#[test]
fn the_snapshot_and_its_half_successor() {
    let mut tries = Tries::of(Log::written());
    for bytes in [0, 1, 4, 30, 181, 4096] {
        tries.check(&format!("half a snapshot, {bytes} bytes"), |log| {
            let half = vec![0x5a; bytes];
            fs::write(log.sled().join("snap.0000000000000BAD.generating"), half).unwrap();
        });
    }
    let size = len(&file(&tries.log, "snap."));
    for at in places(size, 25) {
        tries.check(&format!("snapshot cut to {at}"), |log| cut(&file(log, "snap."), at));
        tries.check(&format!("snapshot's byte {at}"), |log| change(&file(log, "snap."), at));
        tries.check(&format!("snapshot zeroed from {at}"), |log| {
            zero_tail(&file(log, "snap."), size - at);
        });
    }
    tries.done("snapshot", 80);
}

#[test]
fn the_settings() {
    let mut tries = Tries::of(Log::written());
    let size = len(&file(&tries.log, "conf"));
    for at in places(size, 20) {
        tries.check(&format!("conf cut to {at}"), |log| cut(&file(log, "conf"), at));
        tries.check(&format!("conf's byte {at}"), |log| change(&file(log, "conf"), at));
        tries.check(&format!("conf zeroed from {at}"), |log| {
            zero_tail(&file(log, "conf"), size - at);
        });
    }
    tries.done("conf", 60);
}

#[test]
fn the_rows() {
    for (log, count) in [(Log::written(), 40), (Log::large(), 8)] {
        let mut tries = Tries::of(log);
        let end = used(&file(&tries.log, "db"));
        for at in places(end, count) {
            tries.check(&format!("db cut to {at}"), |log| cut(&file(log, "db"), at));
            tries.check(&format!("db's byte {at}"), |log| change(&file(log, "db"), at));
        }
        for bytes in [512, 4096, 65_536] {
            for end in [end, len(&file(&tries.log, "db")), end / 2, end / 3] {
                tries.check(&format!("{bytes} bytes of db before {end} zeroed"), |log| {
                    zero_before(&file(log, "db"), end, bytes);
                });
            }
        }
        let records = tries.log.count();
        tries.done(&format!("db of {records} records"), usize::try_from(count).unwrap() * 2);
    }
}

#[test]
fn the_last_sectors_of_the_segment() {
    for log in [Log::written(), Log::large()] {
        let mut tries = Tries::of(log);
        let size = tries.log.segment_len();
        for sectors in 1..=12 {
            let bytes = sectors * 512;
            tries.check(&format!("{bytes} zeroed"), |log| zero_before(&log.segment(), size, bytes));
            tries.check(&format!("{bytes} cut off"), |log| {
                cut(&log.segment(), size.saturating_sub(bytes));
            });
        }
        for bytes in [1, 100, 4096, 65_536] {
            tries.check(&format!("{bytes} zeroed"), |log| zero_before(&log.segment(), size, bytes));
            tries.check(&format!("{bytes} of nothing behind"), |log| {
                cut(&log.segment(), size + bytes)
            });
        }
        let records = tries.log.count();
        tries.done(&format!("segment of {records} records"), 30);
    }
}

#[test]
fn two_attempts_that_hang_are_over_in_time() {
    let log = Log::ordinary();
    snapshot(&log);
    let hanging = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journal/hang.sh");
    let options = OpenOptions { probe: Some(hanging), ..OpenOptions::default() };
    let begun = Instant::now();
    let opened = Journal::open(&log.dir(), &options).unwrap();
    let took = begun.elapsed();
    println!("{} records, sled hangs twice: open for selling after {took:?}", log.count());
    assert!(took < READY_MAX, "{took:?}");
    assert!(took > options.store_deadline, "both attempts were made");
    log.holds_all(&opened.records, "hanging");
    assert!(matches!(opened.findings[..], [Finding::CopyRebuilt { .. }]), "{:?}", opened.findings);
}
