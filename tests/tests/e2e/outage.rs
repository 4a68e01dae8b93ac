//! Parts of the world fail: what still can be sold is sold, and the panel says the rest.

use std::{
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    time::Duration,
};

use kiosk::{Outage, Refund, Screen, Touch, Trouble, View};
use rustix::process::{Resource, Rlimit, prlimit};
use tests::{
    board::BoardState,
    customer::Seen,
    gateway::{Mood, Notified},
    machine::{MachineSettings, PHONE},
    timeline::What,
};

use crate::scene::{LIMIT, Scene, program, quick};

#[test]
fn a_machine_without_its_board_says_so_and_sells_when_it_is_plugged_in() {
    let scene = Scene::dark(quick());
    scene.board.unplug().unwrap();
    scene.machine.start().unwrap();
    scene.shows_outage(Outage::BoardDown);
    scene.board.plug().unwrap();
    scene.wait_catalogue();
    scene.buy(1);
}

#[test]
fn a_board_that_goes_while_the_qr_is_shown_takes_the_qr_along() {
    let scene = Scene::open(quick());
    let chosen = scene.choose(1);
    scene.customer.expect_trouble(1, &chosen.number).unwrap();
    scene.board.unplug().unwrap();
    scene.see("sorry", |seen| seen == Seen::Sorry(Trouble::MachineFault));
    let gone = |what: &What| matches!(what, What::CodeGone).then_some(());
    scene.timeline.wait("the QR to go", chosen.from, LIMIT, gone).unwrap();
    scene.customer.go_back(1).unwrap();
    scene.shows_outage(Outage::BoardDown);

    // The phone had read it before.
    scene.pay(&chosen);
    assert_eq!(scene.outcome(&chosen.number).state, "refunded");
    scene.board.plug().unwrap();
    scene.see("sorry", |seen| matches!(seen, Seen::Sorry(_)));
    scene.leave(1);
    scene.buy(2);
    assert_eq!(scene.pulses(1), 0);
}

#[test]
fn a_board_that_goes_in_the_middle_of_a_vend_leaves_a_doubt_and_no_second_turn() {
    let scene = Scene::open(MachineSettings { pulse_ms: 1000, ..quick() });
    let chosen = scene.choose(3);
    scene.customer.expect_trouble(3, &chosen.number).unwrap();
    scene.pay(&chosen);
    let on = |what: &What| matches!(what, What::RelayOn(_)).then_some(());
    scene.timeline.wait("the motor", chosen.from, LIMIT, on).unwrap();
    scene.board.unplug().unwrap();
    scene.wait_for_entry(&chosen.number, &["vend_unknown"]);
    assert_eq!(scene.outcome(&chosen.number).state, "refunded");
    scene.see("sorry", |seen| seen == Seen::Sorry(Trouble::InDoubtRefund(Refund::Done)));
    scene.board.plug().unwrap();
    scene.leave(3);
    scene.buy(1);
    scene.wait_motors_off();
    assert_eq!(scene.pulses(3), 1);
    assert_eq!(scene.sale(&chosen.number).unwrap().state, "refunded");
}

#[test]
fn a_lost_reply_to_the_vend_frame_never_turns_the_motor_again() {
    let scene = Scene::open(quick());
    let chosen = scene.choose(4);
    scene.board.lose_replies(1);
    scene.pay(&chosen);
    let state = scene.outcome(&chosen.number).state;
    assert!(state == "vended" || state == "refunded", "{state}");
    scene.wait_motors_off();
    assert_eq!(scene.pulses(4), 1);
}

#[test]
fn a_drop_sensor_that_sees_something_keeps_its_slots_from_selling() {
    let scene = Scene::open(quick());
    scene.board.hold_beam(0, true);
    wait_for_a_look(&scene);
    let catalogue = scene.catalogue(scene.settings.language);
    let trouble = Trouble::SlotBlocked;
    let (order, phone) = (String::new(), PHONE.to_owned());
    let screen = Screen::Sorry { item: scene.item(1), trouble, order, phone };
    let sorry = View::new(scene.settings.language, screen);
    scene.press(&catalogue, Touch::Select(1), &sorry);
    assert_eq!(scene.gateway.read(|books| books.orders().len()), 0);
    assert!(scene.machine.sales().unwrap().is_empty());

    scene.board.hold_beam(0, false);
    wait_for_a_look(&scene);
    scene.customer.expect_trouble(1, "").unwrap();
    scene.leave(1);
    scene.buy(1);
}

#[test]
fn a_gateway_that_is_down_costs_nobody_anything_and_is_found_again() {
    let scene = Scene::open(quick());
    scene.gateway.set_down(true).unwrap();
    let number = scene.order(2);
    scene.wait_for_entry(&number, &["order_abandoned"]);
    scene.customer.expect_trouble(2, &number).unwrap();
    scene.see("sorry", |seen| seen == Seen::Sorry(Trouble::GatewayDown));
    scene.customer.go_back(2).unwrap();
    scene.shows_outage(Outage::GatewayDown);
    assert_eq!(scene.sale(&number).unwrap().state, "closing");

    scene.gateway.set_down(false).unwrap();
    assert_eq!(scene.outcome(&number).state, "closed");
    scene.wait_catalogue();
    assert!(scene.gateway.read(|books| books.orders().is_empty()), "nothing could be charged");
    scene.buy(2);
}

#[test]
fn an_unwell_gateway_is_asked_again_with_the_same_order() {
    let scene = Scene::open(quick());
    scene.gateway.set_moods(|moods| moods.unifiedorder = Mood::SystemError(2));
    scene.buy(1);
    let heard = |what: &What| matches!(what, What::CallHeard("unifiedorder", _));
    let times = scene.timeline.since(0).iter().filter(|moment| heard(&moment.what)).count();
    assert_eq!(times, 3);
    assert_eq!(scene.gateway.read(|books| books.orders().len()), 1);
}

#[test]
fn an_answer_that_is_none_shows_no_qr() {
    for mood in [Mood::Html, Mood::WrongSign, Mood::SystemError(9)] {
        no_qr(mood);
    }
}

#[test]
fn an_answer_that_never_comes_shows_no_qr() {
    no_qr(Mood::LoseRequest);
}

#[test]
fn an_order_whose_answer_was_lost_is_never_vended() {
    no_qr(Mood::LoseAnswer);
}

#[test]
fn a_log_that_cannot_be_written_stops_the_selling_until_it_can() {
    let dir = tempfile::tempdir().unwrap();
    let scene = Scene::with_program(full_disk(dir.path()), quick());
    scene.start();
    let chosen = scene.choose(1);
    scene.customer.expect_trouble(1, &chosen.number).unwrap();

    let limit = |bytes| Rlimit { current: bytes, maximum: None };
    prlimit(scene.machine.pid(), Resource::Fsize, limit(Some(0))).unwrap();
    scene.pay(&chosen);
    scene.shows_outage(Outage::LogDown);
    let refused = scene.gateway.wait("a refused notify", LIMIT, |books| {
        books.order(&chosen.number)?.notifies.first().cloned()
    });
    assert!(matches!(refused, Ok(Notified::Failed(_))), "{refused:?}");
    assert_eq!(scene.sale(&chosen.number).unwrap().state, "awaiting_payment");
    assert_eq!(scene.pulses(1), 0, "a motor turned without an entry on disk");

    prlimit(scene.machine.pid(), Resource::Fsize, limit(None)).unwrap();
    assert_eq!(scene.outcome(&chosen.number).state, "refunded");
    scene.see("sorry", |seen| seen == Seen::Sorry(Trouble::PaidTooLate(Refund::Done)));
    scene.leave(1);
    scene.buy(2);
    assert_eq!(scene.pulses(1), 0);
    assert!(scene.machine.terminate().unwrap().success());
}

#[test]
fn being_told_to_end_in_the_middle_of_a_vend_finishes_it() {
    let scene = Scene::open(MachineSettings { pulse_ms: 1000, ..quick() });
    let chosen = scene.choose(5);
    scene.pay(&chosen);
    let on = |what: &What| matches!(what, What::RelayOn(_)).then_some(());
    scene.timeline.wait("the motor", chosen.from, LIMIT, on).unwrap();
    assert!(scene.machine.terminate().unwrap().success());
    assert_eq!(scene.sale(&chosen.number).unwrap().state, "vended");
    assert_eq!((scene.pulses(5), scene.drops(5)), (1, 1));
    let coils = scene.board.read(BoardState::coils);
    assert_eq!(coils, [false; 8]);
    let lasted = scene.board.read(|board| board.pulses().first().and_then(|pulse| pulse.lasted));
    assert!(lasted >= Some(Duration::from_millis(950)), "cut short: {lasted:?}");
}

/// Waits until the machine has read its drop sensors since now: the third request was sent by one
/// that has read the answers to those before.
fn wait_for_a_look(scene: &Scene) {
    let heard = scene.board.read(BoardState::requests);
    let asked = |board: &BoardState| (board.requests() >= heard + 3).then_some(());
    scene.board.wait("the machine to look", LIMIT, asked).unwrap();
}

/// One order in this mood: no QR, a sorry, nothing charged; the next one is sold.
fn no_qr(mood: Mood) {
    let scene = Scene::open(quick());
    scene.gateway.set_moods(|moods| moods.unifiedorder = mood);
    let from = scene.timeline.len();
    let number = scene.order(6);
    scene.customer.expect_trouble(6, &number).unwrap();
    scene.see("sorry", |seen| {
        [Trouble::GatewayDown, Trouble::OrderRefused].map(Seen::Sorry).contains(&seen)
    });
    let shown = |what: &What| matches!(what, What::CodeShown(_));
    assert!(!scene.timeline.since(from).iter().any(|moment| shown(&moment.what)), "{mood:?}");

    scene.gateway.set_moods(|moods| moods.unifiedorder = Mood::Normal);
    if scene.gateway.read(|books| books.order(&number).is_some()) {
        assert_eq!(scene.sale(&number).unwrap().state, "closing", "{mood:?}");
    } else {
        assert_eq!(scene.outcome(&number).state, "closed", "{mood:?}");
    }
    scene.leave(6);
    scene.buy(6);
    assert_eq!(scene.pulses(6), 1, "{mood:?}");
}

/// A kioskd that lives to see a write fail because of a limit.
fn full_disk(dir: &Path) -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/full-disk/kioskd");
    let name = dir.join("kioskd");
    symlink(script, &name).unwrap();
    symlink(program().parent().unwrap(), dir.join("real")).unwrap();
    name
}
