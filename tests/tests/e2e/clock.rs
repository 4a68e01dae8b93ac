//! A machine with a wrong clock: it says so once, and gives WeChat the right time.

use protocol::BeijingTime;

use crate::scene::{Chosen, LIMIT, Scene, quick};

/// How the line about it begins.
const WORDS: &str = "the clock is ";

/// An hour, in milliseconds.
const HOUR: i64 = 3_600_000;
/// How far a time may be from where it should be, in milliseconds.
const NEAR: i64 = 60_000;

#[test]
fn a_clock_that_is_an_hour_off_is_corrected_and_told_once() {
    let scene = Scene::open(quick());
    scene.gateway.set_date_ahead(HOUR);
    scene.buy(1); // The answers to this one show it.
    wait_until_told(&scene, HOUR);
    assert_near(&scene, &scene.buy(2), HOUR);
    assert_near(&scene, &scene.buy(3), HOUR);

    // Somebody has set the clock.
    scene.gateway.set_date_ahead(0);
    scene.buy(1);
    assert_near(&scene, &scene.buy(2), 0);
    assert_eq!(scene.wait_for_warning(WORDS), 1, "{}", scene.story());
}

/// Waits for the line that says how far the clock is off.
fn wait_until_told(scene: &Scene, ahead: i64) {
    let told = scene.machine.wait_for_line("the right number of seconds", LIMIT, |line| {
        let (_, rest) = line.message.split_once(WORDS)?;
        let seconds: i64 = rest.split(' ').next()?.parse().ok()?;
        ((seconds * 1000 - ahead).abs() < NEAR).then_some(())
    });
    assert!(told.is_ok(), "{}", scene.story());
}

/// The order's `time_start` is by the corrected clock.
fn assert_near(scene: &Scene, chosen: &Chosen, ahead: i64) {
    let (start, opened) = scene.gateway.read(|books| {
        let order = books.order(&chosen.number).unwrap();
        let start = BeijingTime::parse(order.request.get("time_start").unwrap()).unwrap();
        (start.unix_ms(), order.opened_at_ms)
    });
    let off = start - opened - ahead;
    assert!(off.abs() < NEAR, "{off} ms off; {}", scene.story());
}
