//! Durability seen from the kernel's side: what is on the drive when `append` returns.

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

use crate::{log::Log, roles::program_below};

/// The program strace. A test that could not look must not pass.
pub(crate) fn strace() -> String {
    let found = Command::new("strace").arg("-V").output();
    assert!(
        found.is_ok_and(|output| output.status.success()),
        "strace is missing: apt-get install strace"
    );
    "strace".to_owned()
}

/// The system calls of `role` on the log in `dir`, each with its thread, those that were
/// interrupted put together. `inject` is strace's option for a call that fails.
fn trace(role: &str, dir: &Path, inject: Option<&str>) -> Vec<(String, String)> {
    let home = TempDir::new().unwrap();
    let (strace, trace) = (strace(), home.path().join("trace"));
    let calls = "trace=write,pwrite64,writev,ftruncate,fdatasync,fsync,rename,renameat,renameat2";
    let trace = trace.to_str().unwrap();
    let mut words = vec![&*strace, "-f", "-y", "-s", "16", "-o", trace, "-e", calls];
    words.extend(inject.into_iter().flat_map(|inject| ["-e", inject]));
    let output = program_below(&words, role, dir).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut calls: Vec<(String, String)> = Vec::new();
    let mut begun: Vec<(String, String)> = Vec::new();
    for line in fs::read_to_string(trace).unwrap().lines() {
        let (thread, call) = line.split_once(' ').unwrap();
        let (thread, call) = (thread.to_owned(), call.trim_start());
        if let Some(part) = call.strip_suffix(" <unfinished ...>") {
            begun.push((thread, part.to_owned()));
        } else if let Some((_, end)) = call.split_once(" resumed>") {
            let at = begun.iter().position(|(of, _)| *of == thread).unwrap();
            let (_, start) = begun.remove(at);
            calls.push((thread, format!("{start}{end}")));
        } else {
            calls.push((thread, call.to_owned()));
        }
    }
    calls
}

/// A call as one word, when it concerns the segment or the acknowledgement.
fn word(call: &str) -> Option<&'static str> {
    let failed = call.contains("= -1");
    let segment = call.contains("/segments/00000001.seg>");
    let words = [
        ("write", segment && (call.starts_with("pwrite64(") || call.starts_with("write("))),
        ("fdatasync", segment && call.starts_with("fdatasync(") && call.ends_with("= 0")),
        ("cut", segment && call.starts_with("ftruncate(")),
        ("fsync", segment && call.starts_with("fsync(")),
        ("tail kept", call.starts_with("fsync(") && call.contains("/aside/00000001.seg.tail-1>")),
        ("ack", call.starts_with("write(1") && call.contains("\"ACK ")),
        ("header", call.contains("/segments/00000001.new>, \"KIOSKLOG")),
        ("header on disk", call.starts_with("fsync(") && call.contains("/segments/00000001.new>")),
        ("name", call.starts_with("rename") && call.contains("00000001.seg\"")),
        ("name on disk", call.starts_with("fsync(") && call.contains("/log/segments>")),
        ("place on disk", call.starts_with("fsync(") && !call.contains("/log")),
        ("folder on disk", call.starts_with("fsync(") && call.contains("/log>")),
    ];
    words.iter().find(|(_, is)| *is && !failed).map(|(word, _)| *word)
}

/// What the thread that owns the log does to the segment; no other thread touches it.
fn words(calls: &[(String, String)]) -> Vec<&'static str> {
    let seen = calls.iter().filter_map(|(thread, call)| Some((thread, word(call)?)));
    let (threads, words): (Vec<_>, Vec<_>) = seen.unzip();
    assert!(threads.iter().all(|thread| *thread == threads[0]), "{threads:?}");
    words
}

/// How a log begins.
const BEGIN: [&str; 7] = [
    "place on disk",
    "folder on disk",
    "header",
    "header on disk",
    "name",
    "name on disk",
    "folder on disk",
];

#[test]
fn the_drive_has_it_before_it_is_acknowledged() {
    let home = TempDir::new().unwrap();
    let seen = words(&trace("short_writer", &home.path().join("log"), None));
    let batches = ["write", "fdatasync", "ack"].repeat(5);
    assert_eq!(seen, [&BEGIN[..], &batches].concat());
}

#[test]
fn going_back_is_on_the_drive_before_anything_follows() {
    let home = TempDir::new().unwrap();
    let inject = "inject=fdatasync:error=EIO:when=2";
    let seen = words(&trace("unsynced", &home.path().join("log"), Some(inject)));
    let batches = ["write", "fdatasync", "write"];
    let back = ["cut", "fsync"];
    let room_tried = ["write", "fdatasync", "cut", "fsync"];
    let batches = [&batches[..], &back, &room_tried, &["write", "fdatasync"]].concat();
    assert_eq!(seen, [&BEGIN[..], &batches].concat());
}

#[test]
fn a_torn_tail_is_gone_from_the_drive_before_anything_follows() {
    let log = Log::written();
    let bytes = log.bytes();
    log.alone(&bytes[..bytes.len() - 1]);
    let expected = ["folder on disk", "tail kept", "cut", "fsync"];
    assert_eq!(words(&trace("holder", &log.dir(), None)), expected);
}
