//! Sales from touch to farewell, and the ways in which a sale ends otherwise.

use kiosk::{Availability, Language, Refund, Screen, Touch, Trouble, View};
use protocol::sign::SignType;
use tests::{customer::Seen, gateway::Notified, machine::MachineSettings, timeline::What};

use crate::scene::{Chosen, LIMIT, PATIENCE, Scene, quick};

#[test]
fn a_sale_is_vended_and_everybody_agrees() {
    let scene = Scene::open(quick());
    let chosen = scene.buy(3);
    let sale = scene.sale(&chosen.number).unwrap();
    let paid_as = scene.gateway.read(|books| {
        books.order(&chosen.number).unwrap().payment().map(|paid| paid.transaction_id.clone())
    });
    assert_eq!((sale.slot, sale.fen), (3, 400));
    assert_eq!(sale.transaction_id, paid_as);
    assert_eq!((scene.pulses(3), scene.drops(3)), (1, 1));
    assert_eq!(notified(&scene, &chosen), [Notified::Acknowledged]);
    let order = happened(&scene, &chosen);
    let wanted = ["unifiedorder", "QR", "paid", "notify", "relay on", "dropped", "farewell"];
    assert_eq!(order, wanted);
    assert!(scene.machine.terminate().unwrap().success());
}

#[test]
fn the_other_sign_type_sells_too() {
    let scene = Scene::open(MachineSettings { sign_type: SignType::Md5, ..quick() });
    scene.buy(1);
}

#[test]
fn with_every_notify_lost_orderquery_finds_the_payment() {
    let scene = Scene::open(quick());
    scene.gateway.set_moods(|moods| moods.lose_notifies = true);
    let chosen = scene.buy(2);
    assert_eq!(scene.pulses(2), 1);
    assert!(notified(&scene, &chosen).iter().all(|it| *it == Notified::Lost));
}

#[test]
fn without_an_intake_orderquery_alone_is_enough() {
    let scene = Scene::open(MachineSettings { intake: false, ..quick() });
    scene.buy(2);
    assert_eq!((scene.pulses(2), scene.drops(2)), (1, 1));
}

#[test]
fn a_jam_is_refunded_and_blocks_its_slot_alone() {
    let scene = Scene::open(MachineSettings { failures_until_blocked: 1, ..quick() });
    scene.jam(2, true);
    let chosen = scene.choose(2);
    scene.customer.expect_trouble(2, &chosen.number).unwrap();
    scene.pay(&chosen);
    assert_eq!(scene.outcome(&chosen.number).state, "refunded");
    scene.see("sorry", |seen| seen == Seen::Sorry(Trouble::NotVended(Refund::Done)));
    assert_eq!((scene.pulses(2), scene.drops(2)), (1, 0));

    scene.customer.expect_availability(2, Availability::Blocked);
    scene.leave(2);
    scene.buy(1);
    assert_eq!(scene.sale(&chosen.number).unwrap().state, "refunded");
    assert_eq!(scene.pulses(2), 1);
}

#[test]
fn a_payment_after_the_cancel_is_refunded_with_a_sorry() {
    let scene = Scene::open(quick());
    let chosen = scene.choose(4);
    scene.cancel(4);
    assert_eq!(scene.sale(&chosen.number).unwrap().state, "closing");

    scene.customer.expect_trouble(4, &chosen.number).unwrap();
    scene.pay(&chosen);
    assert_eq!(scene.outcome(&chosen.number).state, "refunded");
    scene.see("sorry", |seen| seen == Seen::Sorry(Trouble::PaidTooLate(Refund::Done)));
    assert_eq!(scene.pulses(4), 0);
    assert_eq!(notified(&scene, &chosen), [Notified::Acknowledged]);
    scene.leave(4);
    scene.buy(4);
}

#[test]
fn a_payment_told_three_times_is_acknowledged_and_vended_once() {
    let scene = Scene::open(quick());
    scene.gateway.set_moods(|moods| moods.notify_copies = 3);
    let chosen = scene.buy(5);
    let told = scene.gateway.wait("three replies", LIMIT, |books| {
        let notifies = &books.order(&chosen.number)?.notifies;
        (notifies.len() >= 3).then(|| notifies.clone())
    });
    assert_eq!(told.unwrap(), [const { Notified::Acknowledged }; 3]);
    assert_eq!(scene.sale(&chosen.number).unwrap().state, "vended");
    assert_eq!((scene.pulses(5), scene.drops(5)), (1, 1));
}

#[test]
fn a_notify_before_the_answer_to_unifiedorder_is_vended() {
    let scene = Scene::open(quick());
    scene.gateway.set_moods(|moods| moods.pay_before_answer = true);
    scene.order(6);
    scene.see("the farewell", |seen| seen == Seen::Farewell);
    let sales = scene.machine.sales().unwrap();
    let states: Vec<_> = sales.iter().map(|sale| sale.state.as_str()).collect();
    assert_eq!(states, ["vended"]);
    assert_eq!((scene.pulses(6), scene.drops(6)), (1, 1));
    let shown = |what: &What| matches!(what, What::CodeShown(_));
    assert!(!scene.timeline.since(0).iter().any(|moment| shown(&moment.what)));
}

#[test]
fn a_quick_second_customer_need_not_wait_for_the_motor() {
    let scene = Scene::open(MachineSettings { pulse_ms: 1500, ..quick() });
    let first = scene.choose(1);
    scene.pay(&first);
    scene.see("the farewell", |seen| seen == Seen::Farewell);
    scene.leave(1);
    let second = scene.choose(2);
    scene.pay(&second);
    for chosen in [&first, &second] {
        assert_eq!(scene.outcome(&chosen.number).state, "vended");
        assert_eq!((scene.pulses(chosen.slot), scene.drops(chosen.slot)), (1, 1));
    }
}

#[test]
fn the_customer_chooses_the_language_and_the_next_one_begins_anew() {
    let scene = Scene::open(quick());
    let english = scene.catalogue(Language::English);
    let chinese = scene.catalogue(Language::Chinese);
    scene.press(&english, Touch::Language(Language::Chinese), &chinese);
    let spot = scene.spot(&chinese, Touch::Select(7));
    let touch = || scene.panel.touch(spot.0, spot.1).unwrap();
    let code = scene.insist(touch, || scene.phone.wait_for_code(PATIENCE).ok());
    scene.gateway.pay(&code).unwrap();
    let screen = Screen::Farewell { item: scene.item(7) };
    let farewell = View::new(Language::Chinese, screen);
    scene.shows(&farewell);
    scene.press(&farewell, Touch::Back, &english);
}

#[test]
fn panels_of_other_shapes_sell_too() {
    for size in [(480, 800), (320, 240)] {
        let scene = Scene::open(MachineSettings { size, ..quick() });
        // The last slot: on the small panel it is on another page.
        scene.buy(8);
        assert_eq!((scene.pulses(8), scene.drops(8)), (1, 1), "{size:?}");
    }
}

fn notified(scene: &Scene, chosen: &Chosen) -> Vec<Notified> {
    let heard = scene.gateway.wait("a notify", LIMIT, |books| {
        let notifies = &books.order(&chosen.number)?.notifies;
        (!notifies.is_empty()).then(|| notifies.clone())
    });
    heard.unwrap()
}

/// The main events of a sale in the order in which they happened.
fn happened(scene: &Scene, chosen: &Chosen) -> Vec<&'static str> {
    let mut moments = scene.timeline.since(chosen.from);
    moments.sort_by_key(|moment| moment.at);
    let name = |what: &What| match what {
        What::CallHeard("unifiedorder", _) => Some("unifiedorder"),
        What::CodeShown(_) => Some("QR"),
        What::Paid(_) => Some("paid"),
        What::NotifySent(_) => Some("notify"),
        What::RelayOn(_) => Some("relay on"),
        What::Dropped(_) => Some("dropped"),
        What::ScreenShown("farewell") => Some("farewell"),
        _ => None,
    };
    moments.iter().filter_map(|moment| name(&moment.what)).collect()
}
