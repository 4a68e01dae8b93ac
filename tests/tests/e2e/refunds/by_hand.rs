//! People pay back in the merchant platform: the machine notices, and pays nothing a second time.

use std::time::Duration;

use kiosk::Refund;
use tests::{
    gateway::{Mood, RefundSource},
    machine::{MachineSettings, SaleLine},
};

use super::{jammed, promises};
use crate::{
    scene::{Chosen, Scene, program, quick},
    tools::{run, said},
};

#[test]
fn without_a_certificate_the_debt_is_listed_until_a_person_has_paid_it() {
    let (scene, chosen) = without_certificate();
    scene.see("what a person has to do", |seen| promises(seen, Refund::Owed));
    assert_eq!(scene.wait_for_warning("holds no certificate"), 1);
    let sale = scene.sale(&chosen.number).unwrap();
    assert_eq!((sale.state.as_str(), sale.refund_fen), ("refund_owed", Some(200)));
    let open = log_open(&scene, &[]);
    assert_eq!(open.lines().count(), 1, "{open}");
    for word in [&chosen.number, "refund_owed", "in the merchant platform"] {
        assert!(open.contains(word), "no {word:?} in {open:?}");
    }
    let json: SaleLine = serde_json::from_str(&log_open(&scene, &["--json"])).unwrap();
    assert_eq!(json, sale);

    scene.gateway.refund_by_hand(&chosen.number, None).unwrap();
    assert_eq!(scene.outcome(&chosen.number).state, "refunded");
    assert_eq!(log_open(&scene, &[]), "");
    scene.see("the money is back", |seen| promises(seen, Refund::Done));
    assert_eq!(scene.calls("refund", &chosen.number), 0);
    paid_back_by_hand_alone(&scene, &chosen);
}

#[test]
fn what_a_person_paid_back_while_the_power_was_off_is_noticed_at_the_start() {
    let (scene, chosen) = without_certificate();
    scene.wait_for_entry(&chosen.number, &["refund_owed"]);
    scene.machine.kill().unwrap();
    scene.gateway.refund_by_hand(&chosen.number, None).unwrap();
    scene.start();
    assert_eq!(scene.outcome(&chosen.number).state, "refunded");
    paid_back_by_hand_alone(&scene, &chosen);
}

#[test]
fn a_part_that_a_person_paid_back_leaves_the_debt_open() {
    let (scene, chosen) = without_certificate();
    scene.wait_for_entry(&chosen.number, &["refund_owed"]);
    let from = scene.timeline.len();
    scene.gateway.refund_by_hand(&chosen.number, Some(150)).unwrap();
    scene.wait_for_call("refundquery", &chosen.number, from);
    assert_eq!(scene.sale(&chosen.number).unwrap().state, "refund_owed");
    // The gateway wants a minute between two refunds, here a second.
    scene.gateway.advance(Duration::from_secs(60));
    scene.gateway.refund_by_hand(&chosen.number, Some(50)).unwrap();
    assert_eq!(scene.outcome(&chosen.number).state, "refunded");
    assert_eq!(scene.gateway.read(|books| books.refunded(&chosen.number)), 200);
}

#[test]
fn a_person_who_was_quicker_than_the_machine_is_not_paid_twice() {
    let (scene, chosen) = jammed(Mood::SystemError(u32::MAX));
    scene.wait_for_call("refund", &chosen.number, chosen.from);
    scene.gateway.refund_by_hand(&chosen.number, None).unwrap();
    scene.gateway.set_moods(|moods| moods.refund = Mood::Normal);
    assert_eq!(scene.outcome(&chosen.number).state, "refunded");
    assert!(scene.calls("refund", &chosen.number) >= 2, "the machine did not ask again");
    paid_back_by_hand_alone(&scene, &chosen);
    scene.see("the money is back", |seen| promises(seen, Refund::Done));
}

/// What `kioskd log --open` prints.
pub(super) fn log_open(scene: &Scene, options: &[&str]) -> String {
    let config = scene.machine.config().to_str().unwrap();
    let arguments = ["log", "--open", "--config", config];
    let output = run(program(), arguments.iter().chain(options), b"");
    assert!(output.status.success(), "{output:?}");
    said(&output)
}

fn without_certificate() -> (Scene, Chosen) {
    let scene = Scene::open(MachineSettings { certificate: false, ..quick() });
    let chosen = scene.buy_jammed(2);
    (scene, chosen)
}

/// One refund, of all that was paid, and none of the machine's.
fn paid_back_by_hand_alone(scene: &Scene, chosen: &Chosen) {
    let refunds = scene.refunds_of(&chosen.number);
    let made: Vec<_> = refunds.iter().map(|refund| (refund.source, refund.refund_fee)).collect();
    assert_eq!(made, [(RefundSource::VendorPlatform, 200)], "{}", scene.story());
}
