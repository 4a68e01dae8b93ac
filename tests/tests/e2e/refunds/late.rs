//! A payment that comes too late goes back, and whoever paid it is told.

use kiosk::{Refund, Trouble};
use tests::{customer::Seen, gateway::Mood, machine::MachineSettings};

use crate::scene::{Chosen, Scene, quick};

#[test]
fn a_payment_after_the_cancel_is_first_promised_and_then_done() {
    let scene = Scene::open(quick());
    let chosen = scene.choose(4);
    scene.cancel(4);
    pays_too_late(&scene, &chosen);
}

#[test]
fn a_payment_after_the_deadline_is_first_promised_and_then_done() {
    let scene = Scene::open(MachineSettings { payment_seconds: 20, ..quick() });
    let chosen = scene.choose(4);
    scene.wait_for_entry(&chosen.number, &["order_abandoned"]);
    scene.wait_catalogue();
    pays_too_late(&scene, &chosen);
}

fn pays_too_late(scene: &Scene, chosen: &Chosen) {
    scene.gateway.set_moods(|moods| moods.refund = Mood::SystemError(u32::MAX));
    scene.customer.expect_trouble(chosen.slot, &chosen.number).unwrap();
    scene.pay(chosen);
    let sorry = |refund| Seen::Sorry(Trouble::PaidTooLate(refund));
    scene.see("the promise", |seen| seen == sorry(Refund::UnderWay));
    scene.gateway.set_moods(|moods| moods.refund = Mood::Normal);
    scene.wait_refunded_once(chosen);
    scene.see("the money is back", |seen| seen == sorry(Refund::Done));
    assert_eq!(scene.pulses(chosen.slot), 0);
    scene.leave(chosen.slot);
    scene.buy(chosen.slot);
}
