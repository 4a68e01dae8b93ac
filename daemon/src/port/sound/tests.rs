//! Programs that play, that cannot be started, and that do not end.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::disallowed_methods, reason = "a test waits by the real clock")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Instant;

use kiosk::Outage;

use super::*;

const LIMIT: Duration = Duration::from_secs(20);

/// A program beside the files it writes.
fn program(dir: &Path, script: &str) -> PathBuf {
    let path = dir.join("play");
    fs::write(&path, format!("#!/bin/sh\ncd {:?} || exit\n{script}\n", dir.display())).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Waits until this file says so.
fn wait_for(path: &Path, wanted: impl Fn(&str) -> bool) -> String {
    let begun = Instant::now();
    loop {
        let text = fs::read_to_string(path).unwrap_or_default();
        if wanted(&text) {
            return text;
        }
        assert!(begun.elapsed() < LIMIT, "{text:?}");
        std::thread::yield_now();
    }
}

#[test]
fn the_program_is_told_what_is_to_be_heard() {
    let dir = tempfile::tempdir().unwrap();
    let heard = dir.path().join("heard");
    let sounds = Sounds::start(program(dir.path(), "echo \"$#$1\" >> heard"));
    let all =
        [Sound::Touch, Sound::Code, Sound::Paid, Sound::Take, Sound::Sorry, Sound::OutOfService];
    let mut wanted = String::new();
    for sound in all {
        sounds.play(sound);
        wanted.push_str(&format!("1{}\n", sound.name()));
        wait_for(&heard, |text| text == wanted);
    }
}

#[test]
fn of_sounds_that_come_too_fast_the_newest_is_heard_and_no_touch_late() {
    let dir = tempfile::tempdir().unwrap();
    let heard = dir.path().join("heard");
    let script = "echo $1 >> heard\nwhile [ ! -e go ]; do :; done";
    let sounds = Sounds::start(program(dir.path(), script));
    sounds.play(Sound::Touch);
    wait_for(&heard, |text| text == "touch\n");
    sounds.play(Sound::Touch);
    assert_eq!(lock(&sounds.next.as_ref().unwrap().state).next, None);
    let all = [Sound::Touch, Sound::Code, Sound::Touch, Sound::Paid, Sound::Touch];
    all.into_iter().for_each(|sound| sounds.play(sound));
    fs::write(dir.path().join("go"), "").unwrap();
    wait_for(&heard, |text| text == "touch\npaid\n");
    sounds.play(Sound::Sorry);
    assert_eq!(wait_for(&heard, |text| text.contains("sorry")), "touch\npaid\nsorry\n");
}

#[test]
fn a_program_that_does_not_end_is_killed_with_all_that_it_started() {
    let dir = tempfile::tempdir().unwrap();
    let script = "[ $1 = touch ] || { echo next > heard; exit; }\nsleep 600 &\necho $! > pid\nwait";
    let sounds = Sounds::start(program(dir.path(), script));
    sounds.play(Sound::Touch);
    let pid = wait_for(&dir.path().join("pid"), |text| text.ends_with('\n'));
    sounds.play(Sound::Paid);
    wait_for(&dir.path().join("heard"), |text| text == "next\n");
    // Killed is not gone yet, on a busy computer.
    let stat = PathBuf::from(format!("/proc/{}/stat", pid.trim()));
    wait_for(&stat, |state| state.is_empty() || state.contains(") Z "));
}

#[test]
fn a_program_that_cannot_be_started_holds_up_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("play");
    let sounds = Sounds::start(path);
    sounds.play(Sound::Touch);
    program(dir.path(), "echo $1 >> heard");
    // What came before the program was there is not made up for.
    let begun = Instant::now();
    let heard = dir.path().join("heard");
    while !heard.exists() {
        sounds.play(Sound::Take);
        assert!(begun.elapsed() < LIMIT);
        std::thread::yield_now();
    }
    wait_for(&heard, |text| text.contains("take"));
    Sounds::silent().play(Sound::Touch);
}

#[test]
fn screens_are_heard_when_money_or_goods_move() {
    let phone = String::new();
    let out = Screen::OutOfService { reason: Outage::BoardDown, phone };
    assert_eq!(Sound::of(&out), Some(Sound::OutOfService));
    assert_eq!(Sound::of(&Screen::Starting), None);
    assert_eq!(Sound::of(&Screen::Attract { items: Vec::new() }), None);
}
