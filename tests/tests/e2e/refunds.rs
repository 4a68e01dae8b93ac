//! Money goes back once and whole, whatever becomes of the calls and the messages about it.

mod by_hand;
mod cuts;
mod late;
mod notify;

use std::time::Duration;

use kiosk::Refund;
use tests::{
    customer::Seen,
    gateway::{Mood, RefundEnd},
};

use crate::scene::{Chosen, LIMIT, Scene, quick};

/// What kioskd says of a refund that WeChat did not take at the first time.
const DELAYED: &str = "did not take the refund yet";

#[test]
fn a_refund_whose_answer_is_lost_is_asked_for_again_and_made_once() {
    let (scene, chosen) = jammed_unheard(Mood::LoseAnswers(1));
    let refund = scene.wait_refunded_once(&chosen);
    assert_eq!(refund.requests, 2);
    thanked(&scene, &chosen);
}

#[test]
fn the_notify_of_a_refund_stands_in_for_its_lost_answer() {
    let (scene, chosen) = jammed(Mood::LoseAnswers(1));
    let refund = scene.wait_refunded_once(&chosen);
    assert_eq!(refund.requests, 1);
    thanked(&scene, &chosen);
}

#[test]
fn a_refund_that_never_arrived_is_asked_for_again() {
    let (scene, chosen) = jammed(Mood::LoseRequests(1));
    let refund = scene.wait_refunded_once(&chosen);
    assert_eq!(scene.gateway.moods().refund, Mood::Normal, "nothing was lost");
    assert_eq!(refund.requests, 1);
    thanked(&scene, &chosen);
}

#[test]
fn an_answer_to_a_refund_that_is_none_proves_nothing_and_is_told_once() {
    // What the gateway booked behind a wrong sign is found by refundquery; a page of HTML is not.
    for (mood, is_booked) in [(Mood::Html, false), (Mood::WrongSign, true)] {
        let (scene, chosen) = jammed_unheard(mood);
        assert_eq!(scene.wait_for_warning(DELAYED), 1, "{mood:?}");
        if !is_booked {
            assert_eq!(scene.sale(&chosen.number).unwrap().state, "refunding", "{mood:?}");
            scene.see("the promise", |seen| promises(seen, Refund::UnderWay));
            scene.gateway.set_moods(|moods| moods.refund = Mood::Normal);
        }
        scene.wait_refunded_once(&chosen);
        assert_eq!(scene.wait_for_warning(DELAYED), 1, "{mood:?}");
        thanked(&scene, &chosen);
    }
}

#[test]
fn an_unwell_gateway_is_asked_for_the_refund_until_it_is_well() {
    let (scene, chosen) = jammed(Mood::SystemError(2));
    let refund = scene.wait_refunded_once(&chosen);
    assert_eq!((scene.calls("refund", &chosen.number), refund.requests), (3, 1));
    thanked(&scene, &chosen);
}

#[test]
fn a_merchant_without_money_is_told_once_and_the_refund_is_tried_on() {
    let (scene, chosen) = jammed(Mood::Fail { err_code: "NOTENOUGH", times: 2 });
    let refund = scene.wait_refunded_once(&chosen);
    assert_eq!((scene.calls("refund", &chosen.number), refund.requests), (3, 1));
    assert_eq!(scene.wait_for_warning("NOTENOUGH"), 1, "{}", scene.story());
    assert_eq!(scene.wait_for_warning(DELAYED), 1);
    thanked(&scene, &chosen);
}

#[test]
fn a_refund_that_is_refused_for_good_is_handed_over() {
    let (scene, chosen) = jammed(Mood::Fail { err_code: "TRADE_OVERDUE", times: 1 });
    scene.wait_for_entry(&chosen.number, &["refund_handed_over"]);
    assert_eq!(scene.wait_for_warning("TRADE_OVERDUE"), 1, "{}", scene.story());
    assert_eq!(scene.sale(&chosen.number).unwrap().state, "refund_owed");
    scene.see("what a person has to do", |seen| promises(seen, Refund::Owed));
    scene.gateway.refund_by_hand(&chosen.number, None).unwrap();
    assert_eq!(scene.outcome(&chosen.number).state, "refunded");
    assert_eq!(scene.calls("refund", &chosen.number), 1, "it was no longer ours to ask for");
}

#[test]
fn a_refund_that_wechat_closed_is_made_once_more_under_a_second_number() {
    let scene = Scene::open(quick());
    scene.gateway.set_moods(|moods| moods.refund_ends = RefundEnd::Close);
    let chosen = scene.buy_jammed(2);
    let first = format!("R-{}", chosen.number);
    assert_eq!(scene.wait_for_warning(&format!("WeChat closed the refund {first}")), 1);
    let sale = scene.sale(&chosen.number).unwrap();
    assert_eq!(sale.state, "refunding");
    assert_eq!(sale.out_refund_no, Some(format!("R2-{}", chosen.number)));

    // kioskd waits for more than a minute before the second; after a restart it asks at once, which
    // WeChat refuses within the minute: here it is over.
    scene.gateway.advance(Duration::from_secs(60));
    scene.gateway.set_moods(|moods| moods.refund_ends = RefundEnd::Success);
    scene.machine.kill().unwrap();
    scene.start();
    assert_eq!(scene.outcome(&chosen.number).state, "refunded");
    let refunds = scene.refunds_of(&chosen.number);
    let made: Vec<_> =
        refunds.iter().map(|it| (it.out_refund_no.clone(), it.end, it.refund_fee)).collect();
    let second = format!("R2-{}", chosen.number);
    assert_eq!(made, [(first, RefundEnd::Close, 200), (second, RefundEnd::Success, 200)]);
    assert_eq!(scene.gateway.read(|books| books.refunded(&chosen.number)), 200);
}

#[test]
fn money_that_cannot_go_back_the_way_it_came_is_handed_to_a_person() {
    let scene = Scene::open(quick());
    scene.gateway.set_moods(|moods| moods.refund_ends = RefundEnd::Change);
    let chosen = scene.buy_jammed(2);
    scene.wait_for_entry(&chosen.number, &["refund_handed_over"]);
    assert_eq!(scene.wait_for_warning("CHANGE"), 1);
    scene.see("what a person has to do", |seen| promises(seen, Refund::Owed));
    let open = by_hand::log_open(&scene, &[]);
    assert!(open.contains(&chosen.number) && open.contains("refund_owed"), "{open}");
    assert_eq!(scene.refunds_of(&chosen.number).len(), 1, "nothing was asked for a second time");
}

#[test]
fn an_unpaid_debt_does_not_keep_the_machine_from_selling() {
    let (scene, chosen) = jammed(Mood::Fail { err_code: "NOTENOUGH", times: u32::MAX });
    scene.wait_for_warning("NOTENOUGH");
    scene.see("sorry", |seen| matches!(seen, Seen::Sorry(_)));
    scene.leave(chosen.slot);
    scene.buy(1);
    scene.gateway.set_moods(|moods| moods.refund = Mood::Normal);
    scene.wait_refunded_once(&chosen);
}

/// A jammed item is paid for, and the call for its refund is in this mood.
fn jammed(mood: Mood) -> (Scene, Chosen) {
    let scene = Scene::open(quick());
    scene.gateway.set_moods(|moods| moods.refund = mood);
    let chosen = scene.buy_jammed(2);
    (scene, chosen)
}

/// The same, and no notify arrives, of the payment or of the refund.
fn jammed_unheard(mood: Mood) -> (Scene, Chosen) {
    let scene = Scene::open(quick());
    scene.gateway.set_moods(|moods| (moods.refund, moods.lose_notifies) = (mood, true));
    let chosen = scene.buy_jammed(2);
    (scene, chosen)
}

/// The customer of a jammed item has the money back and knows it; the motor turned once.
fn thanked(scene: &Scene, chosen: &Chosen) {
    scene.see("the money is back", |seen| promises(seen, Refund::Done));
    assert_eq!((scene.pulses(chosen.slot), scene.drops(chosen.slot)), (1, 0));
    let told = scene.gateway.wait("the refund notify", LIMIT, |books| {
        books.refunds_of(&chosen.number).all(|it| !it.notifies.is_empty()).then_some(())
    });
    told.unwrap();
}

/// Whether the screen says that of the money. A board that a busy computer keeps from answering
/// leaves a doubt instead of a jam: of that other tests speak.
fn promises(seen: Seen, refund: Refund) -> bool {
    matches!(seen, Seen::Sorry(trouble) if trouble.refund() == Some(refund))
}
