//! The copy in sled, damaged in every way that was seen to break it.

use std::{
    fs::{self, File},
    os::unix::fs::{FileExt, PermissionsExt},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use daemon::journal::{Finding, Journal, OpenOptions, Opened};

use crate::log::{Log, files};

/// The time the machine may stand still for its copy. The design says some seconds.
const DEADLINE: Duration = Duration::from_secs(4);

/// A script that becomes this very program in the role of `kioskd probe-store`.
pub(crate) fn probe() -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journal/probe.sh");
    let mode = fs::metadata(&script).unwrap().permissions().mode();
    assert_eq!(mode & 0o111, 0o111, "{} must be executable", script.display());
    script
}

fn open_with_probe(log: &Log) -> Opened {
    let options =
        OpenOptions { store_deadline: DEADLINE, probe: Some(probe()), ..OpenOptions::default() };
    let begun = Instant::now();
    let opened = Journal::open(&log.dir(), &options).unwrap();
    // Two trials share the deadline; a new copy and a slow machine have the rest.
    assert!(begun.elapsed() < DEADLINE + Duration::from_secs(8), "took {:?}", begun.elapsed());
    opened
}

/// Damages the copy, and checks that the log opens in time with all records and that the copy is
/// whole afterwards.
fn survives(case: &str, damage: impl Fn(&Log)) -> Vec<Finding> {
    survives_in(&Log::written(), case, damage)
}

fn survives_in(log: &Log, case: &str, damage: impl Fn(&Log)) -> Vec<Finding> {
    damage(log);
    let opened = open_with_probe(log);
    log.holds_all(&opened.records, case);
    assert_eq!(opened.journal.health(), None, "{case}");
    drop(opened.journal);
    // The copy has everything again: it alone brings the log back.
    fs::remove_file(log.segment()).unwrap();
    log.holds_all(&open_with_probe(log).records, case);
    opened.findings
}

pub(crate) fn change(path: &Path, at: u64) {
    let file = File::options().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
}

pub(crate) fn cut(path: &Path, len: u64) {
    File::options().write(true).open(path).unwrap().set_len(len).unwrap();
}

pub(crate) fn zero_tail(path: &Path, bytes: u64) {
    let len = fs::metadata(path).unwrap().len();
    let zeros = vec![0; usize::try_from(bytes.min(len)).unwrap()];
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .write_all_at(&zeros, len.saturating_sub(bytes))
        .unwrap();
}

/// The snapshot, which sled writes when it is opened.
pub(crate) fn snapshot(log: &Log) -> PathBuf {
    drop(log.open().unwrap());
    files(&log.sled(), "snap.").pop().unwrap()
}

#[test]
fn a_leftover_half_snapshot() {
    let findings = survives("generating", |log| {
        fs::write(log.sled().join("snap.0000000000000BAD.generating"), b"half").unwrap();
    });
    assert!(matches!(findings[..], [Finding::SnapshotSetAside { .. }]), "{findings:?}");
}

#[test]
fn a_damaged_snapshot() {
    survives("snapshot cut", |log| cut(&snapshot(log), 7));
    survives("snapshot empty", |log| cut(&snapshot(log), 0));
    survives("snapshot changed", |log| change(&snapshot(log), 5));
    for at in [0, 20, 400] {
        survives_in(&Log::large(), "large snapshot changed", |log| change(&snapshot(log), at));
    }
    let findings = survives("snapshot zeroed", |log| zero_tail(&snapshot(log), 16));
    assert!(matches!(findings[..], [Finding::SnapshotSetAside { .. }]), "{findings:?}");
}

#[test]
fn a_damaged_conf() {
    for len in [0, 5, 20] {
        survives(&format!("conf cut to {len}"), |log| cut(&log.sled().join("conf"), len));
    }
    for at in [0, 10, 30, 50] {
        survives(&format!("conf changed at {at}"), |log| change(&log.sled().join("conf"), at));
    }
    let findings = survives("conf zeroed", |log| zero_tail(&log.sled().join("conf"), 16));
    assert!(matches!(findings[..], [Finding::SnapshotSetAside { .. }]), "{findings:?}");
}

#[test]
fn a_db_that_was_cut() {
    for len in [0, 1, 100, 700] {
        survives(&format!("db cut to {len}"), |log| cut(&log.sled().join("db"), len));
    }
    let log = Log::large();
    for part in [1, 2, 7] {
        survives_in(&log, &format!("large db cut to {part} eighths"), |log| {
            let db = log.sled().join("db");
            cut(&db, fs::metadata(&db).unwrap().len() / 8 * part);
        });
    }
}

#[test]
fn a_db_with_a_changed_byte() {
    for at in [0, 9, 30, 200, 420, 600] {
        survives(&format!("db changed at {at}"), |log| change(&log.sled().join("db"), at));
    }
    let log = Log::large();
    for part in [1, 3, 4, 6] {
        survives_in(&log, &format!("large db changed at {part} eighths"), |log| {
            let db = log.sled().join("db");
            change(&db, fs::metadata(&db).unwrap().len() / 8 * part + 5);
        });
    }
}

#[test]
fn a_db_with_a_zeroed_tail() {
    for bytes in [512, 4096, 65_536, 1 << 20] {
        survives(&format!("db's last {bytes} zeroed"), |log| {
            zero_tail(&log.sled().join("db"), bytes);
        });
    }
    let log = Log::large();
    for bytes in [4096, 65_536, 600_000] {
        survives_in(&log, &format!("large db's last {bytes} zeroed"), |log| {
            zero_tail(&log.sled().join("db"), bytes);
        });
    }
}

#[test]
fn a_copy_that_is_no_directory() {
    let findings = survives("a file in its place", |log| {
        fs::remove_dir_all(log.sled()).unwrap();
        fs::write(log.sled(), b"?").unwrap();
    });
    assert!(matches!(findings[..], [Finding::CopyRebuilt { .. }]), "{findings:?}");
}

#[test]
fn a_missing_copy_is_filled_again() {
    assert_eq!(survives("no copy", |log| fs::remove_dir_all(log.sled()).unwrap()), []);
}

#[test]
fn a_copy_that_lags_is_filled_again() {
    let mut log = Log::written();
    let older = log.dir().join("older");
    let status = Command::new("cp").arg("-r").arg(log.sled()).arg(&older).status().unwrap();
    assert!(status.success());
    let mut journal = log.open().unwrap().journal;
    log.append(&mut journal, 3);
    drop(journal);
    fs::remove_dir_all(log.sled()).unwrap();
    fs::rename(&older, log.sled()).unwrap();
    let opened = open_with_probe(&log);
    assert_eq!(opened.findings, []);
    drop(opened.journal);
    fs::remove_file(log.segment()).unwrap();
    log.holds_all(&open_with_probe(&log).records, "from the copy alone");
}

#[test]
fn a_copy_of_another_log_is_set_aside() {
    let log = Log::written();
    let other = tempfile::TempDir::new().unwrap();
    let mut journal = Journal::open(other.path(), &OpenOptions::default()).unwrap().journal;
    journal.append(&[b"quite another fact".to_vec()]).unwrap();
    drop(journal);
    fs::remove_dir_all(log.sled()).unwrap();
    fs::rename(other.path().join("sled"), log.sled()).unwrap();
    let opened = open_with_probe(&log);
    log.holds_all(&opened.records, "another log's copy");
    let [Finding::CopyRebuilt { fault, aside }] = &opened.findings[..] else {
        panic!("{:?}", opened.findings)
    };
    assert_eq!(fault, "its record 1 differs from the segment's");
    assert!(aside.join("db").exists());
}

#[test]
fn only_the_newest_three_are_kept() {
    let log = Log::written();
    for _ in 0..5 {
        fs::remove_dir_all(log.sled()).unwrap();
        fs::write(log.sled(), b"?").unwrap();
        drop(open_with_probe(&log).journal);
    }
    let kept = files(&log.dir().join("aside"), "sled.damaged-");
    assert_eq!(kept.len(), 3);
    assert!(kept[2].ends_with("sled.damaged-5"), "{kept:?}");
}

#[test]
fn a_probe_that_hangs_is_ended_in_time() {
    let log = Log::written();
    let hanging = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journal/hang.sh");
    let options = OpenOptions {
        store_deadline: Duration::from_millis(300),
        probe: Some(hanging),
        ..OpenOptions::default()
    };
    let begun = Instant::now();
    let opened = Journal::open(&log.dir(), &options).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(3), "took {:?}", begun.elapsed());
    log.holds_all(&opened.records, "hanging");
    let [Finding::CopyRebuilt { fault, .. }] = &opened.findings[..] else {
        panic!("{:?}", opened.findings)
    };
    assert_eq!(fault, "trying it did not end in time");
}

#[test]
fn a_probe_that_cannot_be_run_is_reported_and_not_needed() {
    let log = Log::written();
    let options = OpenOptions { probe: Some("/nowhere/kioskd".into()), ..OpenOptions::default() };
    let opened = Journal::open(&log.dir(), &options).unwrap();
    log.holds_all(&opened.records, "no probe");
    assert!(matches!(opened.findings[..], [Finding::NoProbe { .. }]), "{:?}", opened.findings);
    assert_eq!(opened.journal.health(), None);
}

#[test]
fn without_a_place_for_the_copy_the_log_goes_on() {
    let mut log = Log::written();
    fs::remove_dir_all(log.sled()).unwrap();
    // Neither can it be opened, nor is there a place to move it to.
    fs::write(log.sled(), b"?").unwrap();
    fs::write(log.dir().join("aside"), b"?").unwrap();
    let mut opened = log.open().unwrap();
    log.holds_all(&opened.records, "no copy");
    let [finding @ Finding::CopyStopped { .. }] = &opened.findings[..] else {
        panic!("{:?}", opened.findings);
    };
    assert_eq!(opened.journal.health().as_ref(), Some(finding));
    log.append(&mut opened.journal, 2);
    drop(opened.journal);
    fs::remove_file(log.sled()).unwrap();
    fs::remove_file(log.dir().join("aside")).unwrap();
    assert_eq!(log.goes_on("with a place again"), []);
}

#[test]
fn the_copy_follows_a_burst() {
    let mut log = Log::written();
    let mut journal = log.open().unwrap().journal;
    for _ in 0..200 {
        log.append(&mut journal, 1);
    }
    assert_eq!(journal.health(), None);
    drop(journal);
    fs::remove_file(log.segment()).unwrap();
    log.holds_all(&log.open().unwrap().records, "from the copy alone");
}
