//! The power is cut at any moment of a sale: never a second turn, and no paid order is forgotten.
//!
//! `KILL_ROUNDS` sets how many cuts are spread over a sale, `KILL_SEED` repeats a run.

use std::{
    env, thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use tests::{gateway::OrderState, machine::MachineSettings, timeline::What};

use crate::scene::{LIMIT, PATIENCE, Scene, quick};

/// Cuts spread over a sale when nobody asks for more.
const ROUNDS: u32 = 20;

/// Finds its moment among all that happens.
type Happened = fn(&What) -> bool;

/// When the power is cut.
enum Cut {
    /// As soon as this has happened.
    After(Happened),
    /// So long after the touch.
    At(Duration),
}

/// What the board and the log say of a slot before a round.
struct Before {
    slot: u16,
    pulses: usize,
    drops: usize,
}

#[test]
fn the_power_is_cut_while_the_order_is_placed() {
    cut_after(&[
        ("unifiedorder heard", |what| matches!(what, What::CallHeard("unifiedorder", _))),
        ("unifiedorder answered", |what| matches!(what, What::CallAnswered("unifiedorder", ..))),
        ("QR on the panel", |what| matches!(what, What::CodeShown(_))),
    ]);
}

#[test]
fn the_power_is_cut_when_it_was_paid() {
    cut_after(&[
        ("paid", |what| matches!(what, What::Paid(_))),
        ("notify sent", |what| matches!(what, What::NotifySent(_))),
        ("notify acknowledged", |what| matches!(what, What::NotifyAcknowledged(_))),
    ]);
}

#[test]
fn the_power_is_cut_while_the_item_is_vended() {
    cut_after(&[
        ("first byte of the vend frame", |what| matches!(what, What::VendFrame(_))),
        ("relay on", |what| matches!(what, What::RelayOn(_))),
        ("dropped", |what| matches!(what, What::Dropped(_))),
        ("farewell", |what| matches!(what, What::ScreenShown("farewell"))),
    ]);
}

#[test]
fn the_power_is_cut_at_moments_spread_over_a_sale() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let seed = number("KILL_SEED").unwrap_or_else(|| u64::try_from(clock).unwrap());
    let rounds = number("KILL_ROUNDS").map_or(ROUNDS, |rounds| u32::try_from(rounds).unwrap());
    println!("KILL_SEED={seed} KILL_ROUNDS={rounds}");

    let scene = Scene::open(patient());
    let begun = Instant::now();
    scene.buy(1);
    // A restart is slower than a sale at first, and the last cuts come when all is done.
    let span = begun.elapsed();
    assert!(scene.machine.terminate().unwrap().success());
    let mut random = seed | 1;
    for round in 0..rounds {
        let share = (f64::from(round) + fraction(&mut random)) / f64::from(rounds);
        let at = span.mul_f64(share);
        let slot = u16::try_from(round % 8).unwrap() + 1;
        let name =
            format!("KILL_SEED={seed}, round {round}: cut {} ms after the touch", at.as_millis());
        cut(&scene, slot, &name, &Cut::At(at));
    }
    audit(&scene);
}

fn cut_after(table: &[(&str, Happened)]) {
    let scene = Scene::dark(patient());
    for (slot, (name, happened)) in (1..).zip(table) {
        cut(&scene, slot, name, &Cut::After(*happened));
    }
    audit(&scene);
}

/// As quick as any, but with time enough to fall into the middle of a turn.
fn patient() -> MachineSettings {
    MachineSettings { pulse_ms: 500, ..quick() }
}

/// One sale with a power cut, and what became of it after the machine was switched on again.
fn cut(scene: &Scene, slot: u16, name: &str, cut: &Cut) {
    let before = Before { slot, pulses: scene.pulses(slot), drops: scene.drops(slot) };
    scene.start();
    let from = scene.timeline.len();
    thread::scope(|scope| {
        scope.spawn(|| {
            match cut {
                Cut::After(happened) => {
                    let wait = |what: &What| happened(what).then_some(());
                    scene.timeline.wait(name, from, LIMIT, wait).unwrap();
                }
                // The power goes at a time, whatever has happened until then.
                Cut::At(after) => drop(scene.timeline.wait(name, from, *after, |_| None::<()>)),
            }
            scene.machine.kill().unwrap();
        });
        touch_until_the_cut(scene, slot, from);
        // A QR that was seen is paid, whether the machine is still there or not.
        let code = scene.timeline.wait("the QR or the cut", from, LIMIT, |what| match what {
            What::CodeShown(code) => Some(Some(code.clone())),
            What::MachineStopped(_) => Some(None),
            _ => None,
        });
        if let Some(code) = code.unwrap() {
            scene.gateway.pay(&code).unwrap();
        }
        let stopped = |what: &What| matches!(what, What::MachineStopped(_)).then_some(());
        scene.timeline.wait("the cut", from, LIMIT, stopped).unwrap();
    });
    scene.machine.start().unwrap();
    scene.machine.wait_ready(LIMIT).unwrap();
    settle(scene, name, &before);
    assert!(scene.machine.terminate().unwrap().success(), "{name}");
}

/// Touches `slot` until WeChat has heard of the order or the machine is off.
fn touch_until_the_cut(scene: &Scene, slot: u16, from: usize) {
    // The panel may go dark under the finger.
    let touch = || drop(scene.customer.select(slot, PATIENCE));
    let effect = |what: &What| {
        matches!(what, What::CallHeard("unifiedorder", _) | What::MachineStopped(_)).then_some(())
    };
    scene.insist(touch, || scene.timeline.wait("an order", from, PATIENCE, effect).ok());
}

/// Waits until the world is quiet and compares log, books and board for the sale of one round.
fn settle(scene: &Scene, name: &str, before: &Before) {
    let orders = scene.gateway.read(|books| books.orders().clone());
    let paid = orders.values().filter(|order| order.payment().is_some());
    for order in paid {
        let state = scene.outcome(&order.out_trade_no).state;
        let settled = state == "vended" || state == "refunded";
        assert!(settled, "{name}: paid, but {state}; {}", scene.story());
    }
    scene.wait_motors_off();
    let pulses = scene.pulses(before.slot) - before.pulses;
    let drops = scene.drops(before.slot) - before.drops;
    assert!(pulses <= 1, "{name}: the motor turned {pulses} times; {}", scene.story());
    let sales = scene.machine.sales().unwrap();
    let Some(last) = sales.last().filter(|sale| sale.slot == before.slot) else {
        assert_eq!(pulses, 0, "{name}: a motor turned for nobody; {}", scene.story());
        return;
    };
    println!("{name}: {} pulses {pulses} drops {drops}", last.state);
    match last.state.as_str() {
        "vended" => assert_eq!((pulses, drops), (1, 1), "{name}; {}", scene.story()),
        "refunded" => {}
        "closing" | "closed" => assert_eq!(pulses, 0, "{name}; {}", scene.story()),
        other => panic!("{name}: left as {other}; {}", scene.story()),
    }
}

/// All rounds once more, at the end: nothing was forgotten, nothing turned later.
fn audit(scene: &Scene) {
    let sales = scene.machine.sales().unwrap();
    let orders = scene.gateway.read(|books| books.orders().clone());
    for (number, order) in &orders {
        let line = sales.iter().find(|sale| sale.out_trade_no == *number);
        let state = line.map_or("forgotten", |line| line.state.as_str());
        let right = match order.state {
            OrderState::Paid(_) => ["vended", "refunded"].contains(&state),
            OrderState::Open | OrderState::Closed => ["closing", "closed"].contains(&state),
        };
        assert!(right, "{number} is {state}, but {:?} at the gateway", order.state);
    }
    for slot in &scene.settings.slots {
        let of_slot = sales.iter().filter(|sale| sale.slot == slot.number);
        let vended = of_slot.clone().filter(|sale| sale.state == "vended").count();
        let paid = of_slot.filter(|sale| sale.transaction_id.is_some()).count();
        let pulses = scene.pulses(slot.number);
        assert!((vended..=paid).contains(&pulses), "{pulses} turns, {vended} vended, {paid} paid");
    }
}

/// From 0 to 1 (xorshift64, Marsaglia 2003).
fn fraction(state: &mut u64) -> f64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    f64::from(u32::try_from(*state >> 32).unwrap()) / f64::from(u32::MAX)
}
