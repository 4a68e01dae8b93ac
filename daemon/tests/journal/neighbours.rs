//! Other processes at the same log: a second kioskd, a reader, a kill.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout},
};

use daemon::journal::{AppendError, Journal, OpenError, OpenOptions, ReadError, read};
use tempfile::TempDir;

use crate::{
    log::{Log, until},
    roles::program,
};

/// Starts a role and reads its lines until one begins with `word`.
fn start(role: &str, dir: &std::path::Path, word: &str) -> (Child, BufReader<ChildStdout>) {
    let mut child = program(role, dir).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    wait_for(&mut lines, word);
    (child, lines)
}

fn wait_for(lines: &mut impl BufRead, word: &str) -> String {
    loop {
        let mut line = String::new();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "the child ended before it said {word}");
        // The harness says the test's name first, without ending the line.
        if let Some(said) = line.trim_end().find(word).map(|at| line.trim_end()[at..].to_owned()) {
            return said;
        }
    }
}

#[test]
fn a_second_process_is_refused() {
    let log = Log::written();
    let (mut child, _lines) = start("holder", &log.dir(), "HELD");
    let said = log.open().map(drop).unwrap_err().to_string();
    assert!(
        said.ends_with(&format!(
            "is in use by another kioskd (process {}); stop that one first",
            child.id()
        )),
        "{said}"
    );
    log.holds_all(&read(&log.dir()).unwrap(), "reading is allowed");
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    log.holds_all(&log.open().unwrap().records, "free again");
}

#[test]
fn a_second_open_in_the_same_process_is_refused() {
    let log = Log::written();
    let opened = log.open().unwrap();
    assert!(matches!(log.open(), Err(OpenError::InUse { .. })));
    drop(opened);
    log.holds_all(&log.open().unwrap().records, "free again");
}

#[test]
fn reading_while_another_writes_sees_whole_batches() {
    let home = TempDir::new().unwrap();
    let (mut child, mut lines) = start("writer", home.path(), "ACK 2");
    let mut seen = 0;
    until("the log grows under the reader", || {
        let acknowledged: usize = wait_for(&mut lines, "ACK ")[4..].parse().unwrap();
        let records = read(home.path()).unwrap();
        assert!(records.len() >= acknowledged, "{} of {acknowledged} acknowledged", records.len());
        assert_eq!(records.len() % 2, 0, "half a batch");
        seen = records.len();
        seen >= 400
    });
    // A kill in the middle of it loses nothing that was acknowledged.
    child.kill().unwrap();
    child.wait().unwrap();
    let opened = Journal::open(home.path(), &OpenOptions::default()).unwrap();
    assert!(opened.records.len() >= seen);
    for (record, seq) in opened.records.iter().zip(1_u64..) {
        assert_eq!(
            (record.seq, &record.payload),
            (seq, &format!("{{\"fact\":{seq}}}").into_bytes())
        );
    }
}

#[test]
fn a_directory_without_a_log_is_an_error_for_a_reader() {
    let home = TempDir::new().unwrap();
    assert!(matches!(read(home.path()), Err(ReadError::Io { .. })));
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "a reader makes nothing");
}

#[test]
fn what_is_too_large_is_refused_and_harms_nothing() {
    let mut log = Log::written();
    let mut journal = log.open().unwrap().journal;
    let long = vec![0; 64 * 1024 + 1];
    let error = journal.append(&[b"short".to_vec(), long]).unwrap_err();
    assert!(matches!(error, AppendError::PayloadTooLong { index: 1, len: 65_537 }), "{error}");
    let many = journal.append(&vec![Vec::new(); 65]).unwrap_err();
    assert!(matches!(many, AppendError::BatchTooLarge { records: 65, .. }), "{many}");
    let heavy = journal.append(&vec![vec![0; 60_000]; 5]).unwrap_err();
    assert!(matches!(heavy, AppendError::BatchTooLarge { bytes: 300_260, .. }), "{heavy}");
    assert_eq!(journal.append(&[]).unwrap(), 7, "nothing to write");
    log.append(&mut journal, 1);
    drop(journal);
    log.holds_all(&log.open().unwrap().records, "afterwards");
}
