//! On disk before it is done: seen in the system calls of a whole sale.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use crate::scene::{Scene, program, quick};

/// The vend frame as strace prints it: address 1, function 05, coil address 0x0200 and the slot.
const VEND_FRAME: &str = r#""\1\5\2\0"#;

#[test]
fn the_motor_turns_after_its_entry_is_on_disk() {
    assert!(
        Command::new("strace").arg("--version").output().is_ok_and(|done| done.status.success()),
        "strace is missing: apt-get install strace"
    );
    let dir = tempfile::tempdir().unwrap();
    let (wrapper, trace) = (dir.path().join("kioskd"), dir.path().join("trace"));
    // With -D the tracer stands aside, and kioskd keeps the process that signals are sent to. Only
    // the machine itself is watched, not `kioskd log`.
    let (kioskd, calls) = (program().display(), trace.display());
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = run ] || exec {kioskd} \"$@\"\n\
         exec strace -D -f -q --seccomp-bpf -s 1500 -e trace=pwrite64,write,fdatasync -o {calls} \
         {kioskd} \"$@\"\n"
    );
    fs::write(&wrapper, script).unwrap();
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();

    let scene = Scene::with_program(wrapper, quick());
    scene.start();
    scene.buy(1);
    assert!(scene.machine.terminate().unwrap().success());
    check_order(&trace);
}

/// The batch with `vend_requested` is written, then confirmed by the drive, then the frame leaves.
fn check_order(trace: &Path) {
    let text = fs::read_to_string(trace).unwrap();
    let calls = text.lines().collect::<Vec<_>>();
    let place = |what: &str, found: &dyn Fn(&str) -> bool| {
        calls.iter().position(|call| found(call)).unwrap_or_else(|| panic!("no {what} in {text}"))
    };
    let entry =
        place("entry", &|call| call.contains("vend_requested") && call.contains("pwrite64("));
    let frame = place("frame", &|call| call.contains("write(") && call.contains(VEND_FRAME));
    // "4711  pwrite64(13, ..." of the thread that keeps the log.
    let thread = calls.get(entry).and_then(|call| call.split_whitespace().next()).unwrap();
    let between = calls.get(entry..frame).expect("the frame left before its entry was written");
    let confirmed = between.iter().any(|call| {
        call.starts_with(thread) && call.contains("fdatasync") && call.ends_with("= 0")
    });
    assert!(confirmed, "no fdatasync came back between the entry and the frame");
}
