//! The fallback cannot die: a process that stands still, a clock that is stepped, tasks that hang.
//!
//! No machine here has an intake: that somebody paid is found by `orderquery` or never.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use kiosk::Outage;
use rustix::process::{Signal, kill_process};
use tests::{customer::Seen, machine::MachineSettings, timeline::What};

use crate::{
    permissions::stand_in,
    scene::{Chosen, Scene, quick},
    tools::{Companion, find, skip},
};

/// What is due is asked within a second of going on; the way to the gateway, on a machine that
/// compiles something else meanwhile, is not counted.
const ASKED_MAX: Duration = Duration::from_millis(1_000 + 500);
/// Longer than the pause between two questions about a fresh order.
const STANDS_STILL: Duration = Duration::from_secs(6);
/// The pause between two questions about a fresh order, with a fifth for its jitter, and a second.
const PAUSE_MAX: Duration = Duration::from_millis(2_400 + 1_000 + 500);

#[test]
fn a_process_that_was_stopped_asks_within_a_second_of_going_on() {
    let scene = Scene::open(without_notifies());
    for slot in [1, 2, 3] {
        let chosen = asked_for(&scene, slot);
        signal(&scene, Signal::STOP);
        scene.pay(&chosen);
        // The time itself is what is tried.
        thread::sleep(STANDS_STILL);
        let from = scene.timeline.len();
        signal(&scene, Signal::CONT);
        asks_within(&scene, &chosen, from, ASKED_MAX);
        is_served(&scene, &chosen);
    }
    assert!(scene.warnings().is_empty(), "{:?}", scene.warnings());
}

#[test]
fn tasks_that_hang_ask_within_a_second_of_going_on() {
    let Some(python) = find("python3", "python3") else { return };
    let scene = Scene::open(without_notifies());
    let chosen = asked_for(&scene, 1);
    let Some(held) = hold(&python, &scene, "tasks", 2) else { return };
    scene.pay(&chosen);
    thread::sleep(STANDS_STILL);
    let from = scene.timeline.len();
    held.release();
    asks_within(&scene, &chosen, from, ASKED_MAX);
    is_served(&scene, &chosen);
    scene.buy(2);
}

#[test]
fn a_clock_that_is_stepped_under_a_customer_delays_no_question() {
    let Some(_) = find("faketime", "faketime") else { return };
    let dir = tempfile::tempdir().unwrap();
    set_clock(dir.path(), "+0");
    let scene = Scene::with_program(stand_in("faked-clock", dir.path()), without_notifies());
    scene.start();
    for (slot, clock) in
        [(1, "+3600"), (2, "-3600"), (3, "+10y"), (4, "-10y"), (5, "+10y"), (6, "+0")]
    {
        let chosen = asked_for(&scene, slot);
        let from = scene.timeline.len();
        set_clock(dir.path(), clock);
        asks_within(&scene, &chosen, from, PAUSE_MAX);
        let from = scene.timeline.len();
        scene.pay(&chosen);
        let turns = |what: &What| matches!(what, What::RelayOn(_)).then_some(());
        let turned = scene.timeline.wait("the motor", from, PAUSE_MAX, turns);
        assert!(turned.is_ok(), "clock {clock}: {}", scene.story());
        is_served(&scene, &chosen);
    }
}

#[test]
fn a_cold_boot_without_a_clock_sells_nothing_until_the_clock_is_right() {
    let Some(_) = find("faketime", "faketime") else { return };
    let dir = tempfile::tempdir().unwrap();
    // Before the gateway's certificate begins: TLS refuses it, and nobody tells the time.
    set_clock(dir.path(), "@1970-01-01 00:00:10");
    let scene = Scene::with_program(stand_in("faked-clock", dir.path()), quick());
    scene.machine.start().unwrap();
    scene.shows_outage(Outage::ClockWrong);
    assert!(scene.gateway.read(|books| books.orders().is_empty()));
    // NTP has come.
    set_clock(dir.path(), "+0");
    scene.wait_catalogue();
    scene.buy(1);
}

#[test]
fn a_cold_boot_with_a_clock_that_tls_believes_learns_the_time_from_wechat() {
    let Some(_) = find("faketime", "faketime") else { return };
    let dir = tempfile::tempdir().unwrap();
    set_clock(dir.path(), "@2000-01-01 00:00:10");
    let scene = Scene::with_program(stand_in("faked-clock", dir.path()), quick());
    scene.machine.start().unwrap();
    scene.wait_catalogue();
    scene.buy(1);
    assert_eq!(scene.machine.sales().unwrap().len(), 1);
}

fn without_notifies() -> MachineSettings {
    MachineSettings { intake: false, ..quick() }
}

/// A customer before the QR about whom WeChat was asked once.
fn asked_for(scene: &Scene, slot: u16) -> Chosen {
    let chosen = scene.choose(slot);
    scene.wait_for_call("orderquery", &chosen.number, chosen.from);
    chosen
}

/// A question about the order reaches the gateway within `limit` from now on.
fn asks_within(scene: &Scene, chosen: &Chosen, from: usize, limit: Duration) {
    let wanted = What::CallHeard("orderquery", chosen.number.clone());
    let begun = Instant::now();
    let heard =
        scene.timeline.wait("a question", from, limit, |what| (*what == wanted).then_some(()));
    assert!(heard.is_ok(), "none after {:?}; {}", begun.elapsed(), scene.story());
}

fn is_served(scene: &Scene, chosen: &Chosen) {
    scene.see("the farewell", |seen| seen == Seen::Farewell);
    assert_eq!(scene.outcome(&chosen.number).state, "vended");
    assert_eq!(scene.pulses(chosen.slot), 1);
    scene.leave(chosen.slot);
}

fn signal(scene: &Scene, signal: Signal) {
    kill_process(scene.machine.pid().unwrap(), signal).unwrap();
}

/// What libfaketime reads: a distance from the true time, or a time.
fn set_clock(dir: &Path, clock: &str) {
    let new: PathBuf = dir.join("clock.new");
    fs::write(&new, format!("{clock}\n")).unwrap();
    // At once, so that nobody reads half of it.
    fs::rename(new, dir.join("clock")).unwrap();
}

/// Threads that do not run.
pub(crate) struct Held(Companion);

impl Held {
    pub(crate) fn release(mut self) {
        self.0.close_stdin();
        self.0.wait_for("released");
    }
}

/// Holds the threads of kioskd that are called `name`; `None` when the system does not let us.
pub(crate) fn hold(python: &Path, scene: &Scene, name: &str, count: usize) -> Option<Held> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hold-threads.py");
    let pid = scene.machine.pid().unwrap().as_raw_pid().to_string();
    let mut command = Command::new(python);
    command.arg(script).args([pid.as_str(), name]);
    let mut held = Companion::start(&mut command);
    match held.first_line() {
        Some(line) => assert_eq!(line, format!("held {count}")),
        None => {
            skip("the threads of another process cannot be held here (ptrace)");
            return None;
        }
    }
    Some(Held(held))
}
