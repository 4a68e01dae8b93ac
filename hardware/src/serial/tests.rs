//! Tests of the serial port on real pseudo terminals.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{os::unix::fs::symlink, path::Path};

use super::*;
use crate::testing::{LIMIT, Pty};

/// Waits until something is heard that is not nothing.
fn hear(port: &mut Port, bell: &Waker) -> Heard {
    let limit = Instant::now() + LIMIT;
    while Instant::now() < limit {
        match port.wait(bell, Some(limit)) {
            Heard::Nothing => {}
            heard @ (Heard::State(_) | Heard::Bytes(_)) => return heard,
        }
    }
    Heard::Nothing
}

fn hear_all(port: &mut Port, bell: &Waker, count: usize) -> Vec<u8> {
    let mut all = Vec::new();
    while all.len() < count {
        match hear(port, bell) {
            Heard::Bytes(bytes) => all.extend(bytes),
            Heard::State(_) | Heard::Nothing => break,
        }
    }
    all
}

fn is_open(heard: &Heard) -> bool {
    matches!(heard, Heard::State(PortState::Open))
}

fn reason(heard: Heard) -> Option<PortError> {
    match heard {
        Heard::State(PortState::Closed { reason }) => Some(reason),
        Heard::State(PortState::Open) | Heard::Bytes(_) | Heard::Nothing => None,
    }
}

fn open(path: &Path) -> (Port, Waker) {
    let (mut port, bell) = (Port::new(path.to_owned(), 9600), Waker::new().unwrap());
    let heard = hear(&mut port, &bell);
    assert!(is_open(&heard), "{heard:?}");
    (port, bell)
}

#[test]
fn every_byte_value_passes_both_ways() {
    let pty = Pty::open();
    let (mut port, bell) = open(&pty.path());
    let all: Vec<u8> = (0..=255).collect();
    port.write(&all).unwrap();
    assert_eq!(pty.read(all.len()), all);
    pty.write(&all);
    assert_eq!(hear_all(&mut port, &bell, all.len()), all);
}

#[test]
fn a_second_opener_is_refused_and_gets_the_port_when_it_is_free() {
    let pty = Pty::open();
    let (first, bell) = open(&pty.path());
    let mut second = Port::new(pty.path(), 9600);
    let refused = reason(hear(&mut second, &bell)).unwrap();
    assert_eq!(refused, PortError::InUse { path: pty.path() });
    assert!(refused.to_string().contains("in use by another program"));
    drop(first);
    assert!(is_open(&hear(&mut second, &bell)));
}

#[test]
fn an_unplugged_port_is_told_once_and_found_again_behind_its_link() {
    let dir = tempfile::tempdir().unwrap();
    let link = dir.path().join("vend-relay");
    let pty = Pty::open();
    symlink(pty.path(), &link).unwrap();
    let (mut port, bell) = open(&link);
    drop(pty);
    let lost = reason(hear(&mut port, &bell));
    assert_eq!(lost, Some(PortError::Unplugged { path: link.clone() }));
    assert_eq!(port.write(b"x"), Err(Unwritten { accepted: 0 }));

    let pty = Pty::open();
    std::fs::remove_file(&link).unwrap();
    symlink(pty.path(), &link).unwrap();
    let heard = hear(&mut port, &bell);
    assert!(is_open(&heard), "{heard:?}");
    port.write(b"again").unwrap();
    assert_eq!(pty.read(5), b"again");
}

#[test]
fn a_missing_port_and_a_file_are_refused_with_their_name() {
    let bell = Waker::new().unwrap();
    let path = PathBuf::from("/nonexistent/vend-relay");
    let missing = reason(hear(&mut Port::new(path.clone(), 9600), &bell));
    assert_eq!(missing, Some(PortError::Missing { path }));
    let file = tempfile::NamedTempFile::new().unwrap();
    let odd = reason(hear(&mut Port::new(file.path().to_owned(), 9600), &bell)).unwrap();
    assert!(odd.to_string().contains(&file.path().display().to_string()), "{odd}");
}

#[test]
fn a_line_that_nobody_reads_is_stuck_and_not_waited_for() {
    let pty = Pty::open();
    let (mut port, bell) = open(&pty.path());
    let flood = vec![0x55; 1 << 20];
    let start = Instant::now();
    let unwritten = port.write(&flood).unwrap_err();
    assert!(unwritten.accepted > 0 && unwritten.accepted < flood.len());
    assert!(start.elapsed() < LIMIT);
    assert_eq!(reason(hear(&mut port, &bell)), Some(PortError::Stuck { path: pty.path() }));
}

#[test]
fn the_bell_ends_a_wait() {
    let pty = Pty::open();
    let (mut port, bell) = open(&pty.path());
    bell.ring();
    assert!(matches!(port.wait(&bell, None), Heard::Nothing));
}

#[test]
fn a_check_says_whether_the_port_is_free_and_leaves_it_free() {
    let pty = Pty::open();
    let port = Port::new(pty.path(), 9600);
    assert_eq!(port.check(), Ok(()));
    let (_holder, _bell) = open(&pty.path());
    assert_eq!(port.check(), Err(PortError::InUse { path: pty.path() }));
}
