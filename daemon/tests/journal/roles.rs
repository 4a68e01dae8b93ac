//! What this test program does when another test starts it again as a process of its own.

use std::{
    env,
    io::{Read, Write, stdin, stdout},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

use daemon::journal::{AppendError, Finding, Journal, OpenOptions, Opened, probe_store};

/// This program in a role, on the log in `dir`; stdin and stdout are pipes.
pub(crate) fn program(role: &str, dir: &Path) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    as_role(&mut command, role, dir);
    command
}

/// The same below another program, which is given as its first words.
pub(crate) fn program_below(words: &[&str], role: &str, dir: &Path) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).arg(env::current_exe().unwrap());
    as_role(&mut command, role, dir);
    command
}

fn as_role(command: &mut Command, role: &str, dir: &Path) {
    command
        .args([
            "--exact",
            &format!("roles::{role}"),
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env("JOURNAL_ROLE", role)
        .env("JOURNAL_DIR", dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
}

/// The directory when this process was started in `role`.
fn dir_for(role: &str) -> Option<PathBuf> {
    (env::var("JOURNAL_ROLE").ok()? == role).then(|| env::var("JOURNAL_DIR").unwrap().into())
}

fn open(dir: &Path) -> Opened {
    Journal::open(dir, &OpenOptions::default()).unwrap()
}

/// One line to the parent, past the test harness.
fn say(line: &str) {
    let mut out = stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

#[test]
#[ignore = "started by other tests"]
fn probe() -> ExitCode {
    dir_for("probe").map_or(ExitCode::SUCCESS, |dir| probe_store(&dir))
}

/// Appends batches of two and says so after each, until it is killed or has written 2000.
#[test]
#[ignore = "started by other tests"]
fn writer() {
    let Some(dir) = dir_for("writer") else { return };
    let mut journal = open(&dir).journal;
    for batch in 0..2000 {
        let fact = |seq: u64| format!("{{\"fact\":{seq}}}").into_bytes();
        let last = journal.append(&[fact(2 * batch + 1), fact(2 * batch + 2)]).unwrap();
        say(&format!("ACK {last}"));
    }
}

/// Appends five batches.
#[test]
#[ignore = "started by other tests"]
fn short_writer() {
    let Some(dir) = dir_for("short_writer") else { return };
    let mut journal = open(&dir).journal;
    for _ in 0..5 {
        let last = journal.append(&[b"first".to_vec(), b"second".to_vec()]).unwrap();
        say(&format!("ACK {last}"));
    }
}

/// Holds the log open until its stdin ends.
#[test]
#[ignore = "started by other tests"]
fn holder() {
    let Some(dir) = dir_for("holder") else { return };
    let _held = open(&dir);
    say("HELD");
    let _ended = stdin().read(&mut [0]);
}

/// Appends long records until the disk is full, then goes on with what still fits.
#[test]
#[ignore = "started by other tests"]
fn cramped() {
    let Some(dir) = dir_for("cramped") else { return };
    let mut journal = open(&dir).journal;
    let mut acknowledged = 0;
    let error = loop {
        match journal.append(&[vec![b'x'; 50_000]]) {
            Ok(last) => acknowledged = last,
            Err(error) => break error,
        }
        assert!(acknowledged < 100, "the disk never got full");
    };
    say(&format!("ACK {acknowledged}"));
    assert!(matches!(error, AppendError::Write { .. }), "{error}");
    assert!(matches!(journal.append(&[b"y".to_vec()]), Err(AppendError::NeedsRecovery { .. })));
    journal.recover().unwrap();
    assert!(matches!(journal.append(&[vec![b'x'; 50_000]]), Err(AppendError::Write { .. })));
    journal.recover().unwrap();
    assert_eq!(journal.append(&[b"still fits".to_vec()]).unwrap(), acknowledged + 1);
    assert!(matches!(journal.health(), None | Some(Finding::CopyStopped { .. })));
    say("DONE");
}

/// Appends while the second fdatasync fails.
#[test]
#[ignore = "started by other tests"]
fn unsynced() {
    let Some(dir) = dir_for("unsynced") else { return };
    let mut journal = open(&dir).journal;
    assert_eq!(journal.append(&[b"kept".to_vec()]).unwrap(), 1);
    let error = journal.append(&[b"doubtful".to_vec(), b"doubtful too".to_vec()]).unwrap_err();
    assert!(matches!(error, AppendError::Sync { .. }), "{error}");
    assert!(matches!(journal.append(&[b"y".to_vec()]), Err(AppendError::NeedsRecovery { .. })));
    journal.recover().unwrap();
    assert_eq!(journal.append(&[b"kept too".to_vec()]).unwrap(), 2);
    say("DONE");
}
