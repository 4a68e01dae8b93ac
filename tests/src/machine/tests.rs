//! The handle of a machine, with a shell script in the place of kioskd.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::fs;

use tempfile::TempDir;

use super::*;

const LIMIT: Duration = Duration::from_secs(10);

/// A machine whose program is a script: what it does when told to `run`, and to `log`.
fn machine(run: &str, log: &str) -> (TempDir, Machine) {
    let dir = tempfile::tempdir().unwrap();
    // Not written here: a program that some thread still has open for writing does not start.
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/kioskd");
    fs::write(dir.path().join("run"), run).unwrap();
    fs::write(dir.path().join("log"), log).unwrap();
    let connections = Connections {
        base_url: "https://127.0.0.1:1".to_owned(),
        backup_url: None,
        session_url: "https://127.0.0.1:1".to_owned(),
        ca_file: dir.path().join("ca.pem"),
        certificate_file: dir.path().join("apiclient_cert.pem"),
        certificate_key_file: dir.path().join("apiclient_key.pem"),
        board: dir.path().join("relay"),
        notify: "127.0.0.1:8080".parse().unwrap(),
    };
    let settings = MachineSettings::default();
    let machine =
        Machine::new(program, dir.path(), &settings, &connections, Timeline::new()).unwrap();
    (dir, machine)
}

/// Says that it sells, then waits for a signal: nobody ever writes into the pipe.
const SELLS: &str = r#"
trap 'echo bye >&2; exit 0' TERM
[ -p "$dir/pipe" ] || mkfifo "$dir/pipe"
echo '{"level":"INFO","message":"ready"}' >&2
read line < "$dir/pipe""#;

#[test]
fn a_machine_gets_ready_and_ends_when_told_to() {
    let (_dir, machine) = machine(SELLS, "");
    machine.start().unwrap();
    machine.wait_ready(LIMIT).unwrap();
    assert!(machine.is_ready());
    let status = machine.terminate().unwrap();
    assert!(status.success(), "{status}");
    assert!(!machine.is_running());
    assert_eq!(machine.last_lines(1).first().unwrap().message, "bye");
}

#[test]
fn a_machine_can_be_killed_and_started_again() {
    let (_dir, machine) = machine(SELLS, "");
    for _ in 0..3 {
        machine.start().unwrap();
        machine.wait_ready(LIMIT).unwrap();
        machine.kill().unwrap();
        assert!(!machine.is_running() && !machine.is_ready());
    }
    assert!(machine.last_lines(9).iter().all(|line| line.message == "ready"));
}

#[test]
fn a_machine_that_ends_by_itself_is_not_waited_for() {
    let (_dir, machine) = machine("echo 'no board' >&2; exit 1", "");
    machine.start().unwrap();
    let error = machine.wait_ready(LIMIT).unwrap_err().to_string();
    assert!(error.ends_with("it last said:\n  no board"), "{error}");
}

#[test]
fn the_order_log_is_read_and_its_failure_is_told() {
    let line = r#"{"out_trade_no":"A1","slot":1,"fen":350,"state":"vended","created_at":"2024"}"#;
    let (_dir, machine) = machine("", &format!("echo '{line}'"));
    let sales = machine.sales().unwrap();
    assert_eq!(sales.len(), 1);
    assert_eq!((sales[0].out_trade_no.as_str(), sales[0].state.as_str()), ("A1", "vended"));

    let (_dir, machine) = self::machine("", "echo 'the log is broken' >&2; exit 1");
    let error = machine.sales().unwrap_err().to_string();
    assert_eq!(error, "kioskd log --json failed: the log is broken\n");
}
