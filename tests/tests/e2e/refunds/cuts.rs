//! The power is cut at every step of a refund: after the restart there is one, and never two.

use std::time::Duration;

use tests::{gateway::Mood, timeline::What};

use super::{Scene, quick};
use crate::scene::LIMIT;

/// Longer than any test.
const PROCESSING: Duration = Duration::from_secs(3600);

/// When the power is cut.
#[derive(Debug, Clone, Copy)]
enum Cut {
    /// As soon as this has happened.
    After(fn(&What) -> bool),
    /// As soon as kioskd says that this entry is on disk.
    Recorded(&'static str),
}

#[test]
fn the_power_is_cut_before_the_answer_to_a_refund() {
    let heard = |what: &What| matches!(what, What::CallHeard("refund", _));
    let made = |what: &What| matches!(what, What::Refunded(_));
    let answered = |what: &What| matches!(what, What::CallAnswered("refund", ..));
    let table = [
        ("requested, not sent", Mood::LoseRequests(1), Cut::Recorded("refund_requested")),
        ("on its way", Mood::Normal, Cut::After(heard)),
        ("made, not answered", Mood::LoseAnswers(1), Cut::After(made)),
        ("answered", Mood::Normal, Cut::After(answered)),
    ];
    let scene = Scene::dark(quick());
    for (slot, (name, mood, cut)) in (1..).zip(table) {
        cut_and_settle(&scene, slot, name, Settled::AtOnce(mood), cut);
    }
    assert_eq!(scene.gateway.read(|books| books.refunds().count()), table.len());
}

#[test]
fn the_power_is_cut_while_an_accepted_refund_is_in_process() {
    let asked = |what: &What| matches!(what, What::CallAnswered("refundquery", ..));
    let table =
        [("accepted", Cut::Recorded("refund_accepted")), ("asked how it goes", Cut::After(asked))];
    for (name, cut) in table {
        // The gateway's clock runs ahead of the machine's in the end: no order after that.
        let scene = Scene::dark(quick());
        let requests = cut_and_settle(&scene, 1, name, Settled::Later, cut);
        assert_eq!(requests, 1, "{name}: what was accepted was asked for again");
    }
}

#[test]
fn the_power_is_cut_when_the_refund_is_done() {
    let asked = |what: &What| matches!(what, What::CallAnswered("refundquery", ..));
    let table = [
        ("told that it is done", Cut::After(asked)),
        ("the notify acknowledged", Cut::After(is_refund_notify)),
        ("refunded", Cut::Recorded("refunded")),
    ];
    let scene = Scene::dark(quick());
    for (slot, (name, cut)) in (1..).zip(table) {
        cut_and_settle(&scene, slot, name, Settled::AtOnce(Mood::Normal), cut);
    }
}

/// How soon WeChat is done with a refund.
#[derive(Debug, Clone, Copy)]
enum Settled {
    /// With its acceptance; the call is in this mood.
    AtOnce(Mood),
    /// After the restart.
    Later,
}

/// A jammed sale, the cut, and what became of it; says how often WeChat was asked for the refund.
fn cut_and_settle(scene: &Scene, slot: u16, name: &str, settled: Settled, cut: Cut) -> u32 {
    let (mood, takes) = match settled {
        Settled::AtOnce(mood) => (mood, Duration::ZERO),
        Settled::Later => (Mood::Normal, PROCESSING),
    };
    scene.start();
    scene.gateway.set_moods(|moods| (moods.refund, moods.refund_takes) = (mood, takes));
    let from = scene.timeline.len();
    let chosen = scene.buy_jammed(slot);
    match cut {
        Cut::After(happened) => {
            let happened = |what: &What| happened(what).then_some(());
            scene.timeline.wait(name, from, LIMIT, happened).unwrap();
        }
        Cut::Recorded(entry) => {
            let on_disk = scene.machine.wait_for_line(name, LIMIT, |line| {
                (line.recorded()? == (entry.to_owned(), chosen.number.clone())).then_some(())
            });
            on_disk.unwrap();
        }
    }
    scene.machine.kill().unwrap();
    scene.gateway.set_moods(|moods| moods.refund = Mood::Normal);
    println!("{name}: cut as {}", scene.sale(&chosen.number).unwrap().state);

    scene.start();
    if matches!(settled, Settled::Later) {
        assert_eq!(scene.sale(&chosen.number).unwrap().state, "refunding", "{name}");
        scene.gateway.advance(PROCESSING);
    }
    let refund = scene.wait_refunded_once(&chosen);
    assert_eq!((scene.pulses(slot), scene.drops(slot)), (1, 0), "{name}");
    assert!(scene.machine.terminate().unwrap().success(), "{name}");
    refund.requests
}

fn is_refund_notify(what: &What) -> bool {
    matches!(what, What::NotifyAcknowledged(number) if number.starts_with("R-"))
}
