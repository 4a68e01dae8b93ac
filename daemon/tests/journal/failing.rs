//! A disk that is full, and a drive that does not confirm.

use std::{fs, path::PathBuf};

use daemon::journal::{Finding, read};
use tempfile::TempDir;

use crate::{
    log::{Log, files},
    roles::program_below,
    syscalls::strace,
};

#[test]
fn a_full_disk_is_survived_and_what_fits_is_written() {
    let home = TempDir::new().unwrap();
    // Half a MiB per file; sh ignores the signal so that write(2) answers EFBIG.
    let words = ["sh", "-c", "trap '' XFSZ; ulimit -f 1024; exec \"$0\" \"$@\""];
    let output = program_below(&words, "cramped", home.path()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said.contains("DONE"), "{said}");
    let acknowledged: usize =
        said.split("ACK ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
    let records = read(home.path()).unwrap();
    assert_eq!(records.len(), acknowledged + 1);
    assert_eq!(records.last().unwrap().payload, b"still fits");
    assert!(acknowledged >= 8);
}

#[test]
fn after_a_failed_fdatasync_nothing_is_built_on_doubtful_bytes() {
    let home = TempDir::new().unwrap();
    let strace = strace();
    let trace = home.path().join("trace");
    let words =
        [&strace, "-f", "-o", trace.to_str().unwrap(), "-e", "inject=fdatasync:error=EIO:when=2"];
    let log = home.path().join("log");
    let output = program_below(&words, "unsynced", &log).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said.contains("DONE"), "{said}");
    let payloads: Vec<Vec<u8>> =
        read(&log).unwrap().into_iter().map(|record| record.payload).collect();
    assert_eq!(payloads, [b"kept".to_vec(), b"kept too".to_vec()]);
}

#[test]
fn a_start_on_a_full_disk_puts_the_old_copy_back() {
    let log = Log::written();
    fs::remove_dir_all(log.sled()).unwrap();
    fs::write(log.sled(), b"what was there").unwrap();
    let words = ["sh", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""];
    for _ in 0..4 {
        let output = program_below(&words, "holder", &log.dir()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        assert_eq!(fs::read(log.sled()).unwrap(), b"what was there");
        assert_eq!(files(&log.dir().join("aside"), "sled"), [] as [PathBuf; 0]);
    }
    let opened = log.open().unwrap();
    log.holds_all(&opened.records, "after four starts on a full disk");
    assert!(matches!(opened.findings[..], [Finding::CopyRebuilt { .. }]), "{:?}", opened.findings);
}
