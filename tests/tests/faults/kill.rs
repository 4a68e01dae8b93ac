//! kioskd is killed hundreds of times, at moments spread over sales, refunds and its own start;
//! after each the log, WeChat's books and the board's pulses are compared, to the fen.
//!
//! `KILL_ROUNDS` sets how many rounds, `KILL_SEED` repeats the moments of a run.

use std::{
    thread,
    time::{Duration, Instant},
};

use tests::ledger::{Tally, When};

use crate::{
    random::{Random, number, seed},
    shop::{Order, Shop, phones_only, program},
};

/// Rounds when nobody asks for more.
const ROUNDS: u64 = 300;
/// Machines at a time: most of a round is waiting, for motors, WeChat and the start.
const MACHINES: u64 = 6;
/// A sale lasts some 0.7 s here, one that is paid back some 2 s.
const SALE: Duration = Duration::from_millis(900);
const REFUND: Duration = Duration::from_millis(2200);
/// A start lasts about as long.
const START: Duration = Duration::from_millis(700);

/// What was done and what came of it.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    rounds: u64,
    kills: u64,
    in_start: u64,
    paid_while_off: u64,
    tally: Tally,
}

#[test]
fn a_machine_killed_hundreds_of_times_keeps_its_books() {
    let (seed, rounds) = (seed("KILL_SEED"), number("KILL_ROUNDS").unwrap_or(ROUNDS));
    println!("KILL_SEED={seed} KILL_ROUNDS={rounds}");
    program();
    let begun = Instant::now();
    let counts: Vec<Count> = thread::scope(|scope| {
        let machines = (0..MACHINES).map(|machine| {
            let numbers = (machine..rounds).step_by(usize::try_from(MACHINES).unwrap());
            scope.spawn(move || one_machine(seed, numbers))
        });
        let machines: Vec<_> = machines.collect();
        machines.into_iter().map(|machine| machine.join().unwrap()).collect()
    });
    let sum = counts.into_iter().fold(Count::default(), |sum, one| Count {
        rounds: sum.rounds + one.rounds,
        kills: sum.kills + one.kills,
        in_start: sum.in_start + one.in_start,
        paid_while_off: sum.paid_while_off + one.paid_while_off,
        tally: sum.tally.plus(one.tally),
    });
    let Tally { orders, paid, vended, refunded, unpaid, in_doubt, paid_fen, .. } = sum.tally;
    println!(
        "killed {} times in {} rounds ({} of them while starting) in {:.0} s: {orders} orders, \
         {paid} paid ({} while the machine was off), {vended} vended, {refunded} paid back \
         ({in_doubt} in doubt), {unpaid} never paid; {paid_fen} fen agree",
        sum.kills,
        sum.rounds,
        sum.in_start,
        begun.elapsed().as_secs_f64(),
        sum.paid_while_off,
    );
    assert_eq!(sum.rounds, rounds);
    // Otherwise the moments were not spread over what they should be.
    assert!(rounds < 100 || [vended, refunded, in_doubt].iter().all(|count| *count > 5));
}

/// The rounds of one machine, one after the other, on one log.
fn one_machine(seed: u64, rounds: impl Iterator<Item = u64>) -> Count {
    let shop = Shop::dark(program().to_owned(), phones_only());
    shop.start();
    let mut count = Count::default();
    for round in rounds {
        let mut random = Random::new(seed, round);
        one_round(&shop, &format!("KILL_SEED={seed}, round {round}"), &mut random, &mut count);
    }
    shop.audit("the end", When::Settled);
    assert!(shop.machine.terminate().unwrap().success());
    count.tally = shop.audit("switched off", When::Settled);
    can_fail(&shop);
    count
}

/// One or two orders; the power goes at a moment of them; perhaps again while the machine starts.
fn one_round(shop: &Shop, name: &str, random: &mut Random, count: &mut Count) {
    let before = shop.pulses();
    let slots: Vec<u16> = match random.below(7) + 1 {
        first if random.percent(30) => vec![u16::try_from(first).unwrap(), 8],
        first => vec![u16::try_from(first).unwrap()],
    };
    let jammed = random.percent(30);
    for slot in 1..=8 {
        shop.jam(slot, jammed && slots.contains(&slot));
    }
    let at = random.within(if jammed { REFUND } else { SALE });
    let (pays, pays_late) = (random.percent(80), random.percent(50));
    let name = format!("{name}: slots {slots:?}, jammed {jammed}, killed after {at:?}");

    let left = thread::scope(|scope| {
        scope.spawn(|| {
            // The power goes at a time, whatever has happened until then.
            shop.pass(at);
            shop.machine.kill().unwrap();
        });
        let orders: Vec<Order> = slots.iter().filter_map(|slot| shop.order(*slot).ok()).collect();
        let (now, later) = orders.split_at(if pays { orders.len() } else { 0 });
        now.iter().for_each(|order| shop.pay(order));
        later.to_vec()
    });
    count.kills += 1;
    shop.audit(&name, When::Dead);
    if pays_late {
        // Whoever has the order in hand can pay it although the machine is gone.
        left.iter().for_each(|order| shop.pay(order));
        count.paid_while_off += u64::try_from(left.len()).unwrap();
    }
    while random.percent(35) {
        let at = random.within(START);
        shop.machine.start().unwrap();
        shop.pass(at);
        shop.machine.kill().unwrap();
        count.kills += 1;
        count.in_start += 1;
        shop.audit(&format!("{name}, killed again {at:?} after the start"), When::Dead);
    }
    shop.start();
    shop.settle();
    shop.audit(&format!("{name}, settled"), When::Settled);
    for (slot, pulses) in shop.pulses() {
        let turned = pulses - before.get(&slot).unwrap();
        let ordered = usize::from(slots.contains(&slot));
        assert!(turned <= ordered, "{name}: slot {slot} turned {turned} times; {}", shop.story());
    }
    count.rounds += 1;
}

/// The comparison finds what it should: the same books with one line of the log changed.
fn can_fail(shop: &Shop) {
    let log = shop.machine.sales().unwrap();
    for state in ["vended", "refunded"] {
        let Some(place) = log.iter().position(|sale| sale.state == state) else { continue };
        let mut lost = log.clone();
        lost.remove(place);
        assert!(shop.compare(&lost, When::Settled).is_err(), "a lost {state} sale");
        for other in ["vended", "refunded", "refund_owed", "closed", "awaiting_payment"] {
            let mut changed = log.clone();
            changed.get_mut(place).unwrap().state = other.to_owned();
            let same = other == state;
            assert_eq!(shop.compare(&changed, When::Settled).is_ok(), same, "{state} as {other}");
        }
        let mut dearer = log.clone();
        dearer.get_mut(place).unwrap().fen += 1;
        assert!(shop.compare(&dearer, When::Settled).is_err(), "a fen more");
    }
}
