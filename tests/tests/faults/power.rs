//! The power is cut: kioskd in a machine of its own (QEMU), the machine killed at moments of sales,
//! its disk looked at. Whatever was seen outside (WeChat was asked, a motor turned, an answer was
//! given) has its entry there.
//!
//! `POWER_CUTS` sets how many cuts, `POWER_SEED` repeats the moments of a run.

use std::{
    thread,
    time::{Duration, Instant},
};

use tests::{
    ledger::{Tally, When},
    timeline::What,
};

use crate::{
    guest::{Guest, Sync},
    random::{Random, number, seed},
    shop::{Order, Shop, one_guest, phones_only},
};

/// Cuts when nobody asks for more.
const CUTS: u64 = 8;
/// Without fdatasync one of so many cuts loses an entry, or the test proves nothing.
const CUTS_WITHOUT_SYNC: u64 = 3;
/// How long a sale in an emulated machine may last.
const SALE: Duration = Duration::from_millis(3000);

/// When the power goes.
#[derive(Debug, Clone, Copy)]
enum Cut {
    /// So long after the first order.
    At(Duration),
    /// As soon as this was seen outside: its entry had no time to reach the disk by itself.
    Seen(&'static str, fn(&What) -> bool),
}

/// What can be seen of an entry from outside.
const SEEN: [Cut; 5] = [
    Cut::Seen("unifiedorder heard", |what| matches!(what, What::CallHeard("unifiedorder", _))),
    Cut::Seen("notify acknowledged", |what| matches!(what, What::NotifyAcknowledged(_))),
    Cut::Seen("motor on", |what| matches!(what, What::RelayOn(_))),
    Cut::Seen("refund heard", |what| matches!(what, What::CallHeard("refund", _))),
    Cut::Seen("refundquery answered", |what| matches!(what, What::CallAnswered("refundquery", ..))),
];

#[test]
fn the_power_is_cut_and_every_entry_that_was_acted_upon_is_there() {
    let _turn = one_guest();
    let Some(guest) = Guest::find() else { return };
    let (seed, cuts) = (seed("POWER_SEED"), number("POWER_CUTS").unwrap_or(CUTS));
    println!("POWER_SEED={seed} POWER_CUTS={cuts}");
    let begun = Instant::now();
    let shop = shop_in(&guest);
    for number in 0..cuts {
        let mut random = Random::new(seed, number);
        let name = cut(&shop, &mut random, &format!("POWER_SEED={seed}, cut {number}"));
        let tally = look(&guest, &shop, When::Dead)
            .unwrap_or_else(|faults| panic!("{name}: {faults:#?}; {}", shop.story()));
        println!("{name}: {} acts seen outside have their entries", tally.evidence);
    }
    shop.start();
    shop.settle();
    shop.machine.kill().unwrap();
    let tally = look(&guest, &shop, When::Settled)
        .unwrap_or_else(|faults| panic!("the end: {faults:#?}; {}", shop.story()));
    let Tally { orders, paid, vended, refunded, in_doubt, unpaid, paid_fen, evidence, .. } = tally;
    assert!(paid > 0 && evidence > orders, "nothing happened: {tally:?}");
    println!(
        "{} power cuts in {:.0} s: {orders} orders, {paid} paid, {vended} vended, {refunded} paid \
         back ({in_doubt} in doubt), {unpaid} never paid; {paid_fen} fen agree; {evidence} acts \
         seen outside, each with its entry on disk",
        cuts + 1,
        begun.elapsed().as_secs_f64(),
    );
}

#[test]
fn the_same_power_cuts_without_fdatasync_lose_entries() {
    let _turn = one_guest();
    let Some(guest) = Guest::find() else { return };
    let seed = seed("POWER_SEED");
    let shop = shop_in(&guest);
    // The log is begun as it should be: what is lost then are entries, not the file.
    let name = cut(&shop, &mut Random::new(seed, 0), "with fdatasync");
    let tally = look(&guest, &shop, When::Dead)
        .unwrap_or_else(|faults| panic!("{name}: {faults:#?}; {}", shop.story()));
    println!("{name}: {} acts seen outside have their entries", tally.evidence);
    guest.set_sync(&shop, Sync::LeftOut);
    for number in 1..=CUTS_WITHOUT_SYNC {
        let name = cut(&shop, &mut Random::new(seed, number), "without fdatasync");
        if let Err(faults) = look(&guest, &shop, When::Dead) {
            let (count, some) = (faults.len(), faults.iter().take(2).cloned().collect::<Vec<_>>());
            println!("{name}, POWER_SEED={seed}: LOST as it must be, {count}: {}", some.join("; "));
            return;
        }
    }
    panic!("{CUTS_WITHOUT_SYNC} power cuts without fdatasync lost nothing: the test is blind");
}

/// A machine in QEMU with an empty disk.
fn shop_in(guest: &Guest) -> Shop {
    let shop = Shop::dark(guest.program(), phones_only());
    guest.furnish(&shop);
    shop
}

/// Starts the machine, lets it finish what it began before, orders, and cuts the power.
fn cut(shop: &Shop, random: &mut Random, name: &str) -> String {
    let begun = Instant::now();
    shop.start();
    let started = begun.elapsed();
    shop.settle();
    let slots = [random.choose(&[1_u16, 2, 3, 4, 5, 6, 7]), 8];
    let jammed = random.percent(40);
    for slot in 1..=8 {
        shop.jam(slot, jammed && slots.contains(&slot));
    }
    let cut = match random.percent(75) {
        true => random.choose(&SEEN),
        false => Cut::At(random.within(SALE)),
    };
    let at = match cut {
        Cut::At(after) => format!("{} ms after the order", after.as_millis()),
        Cut::Seen(what, _) => format!("at once after: {what}"),
    };
    let name = format!(
        "{name} (started in {:.1} s), slots {slots:?}{}, {at}",
        started.as_secs_f64(),
        if jammed { " jammed" } else { "" }
    );
    let (before, from) = (shop.pulses(), shop.timeline.len());
    thread::scope(|scope| {
        scope.spawn(|| {
            match cut {
                Cut::At(after) => shop.pass(after),
                // What never happens in this sale is a cut at the end of it.
                Cut::Seen(_, it) => drop(shop.happens(from, SALE, it)),
            }
            shop.machine.kill().unwrap();
        });
        let orders: Vec<Order> = slots.iter().filter_map(|slot| shop.order(*slot).ok()).collect();
        orders.iter().for_each(|order| shop.pay(order));
    });
    for (slot, pulses) in shop.pulses() {
        let turned = pulses - before.get(&slot).unwrap();
        let ordered = usize::from(slots.contains(&slot));
        assert!(turned <= ordered, "{name}: slot {slot} turned {turned} times; {}", shop.story());
    }
    name
}

/// Compares what is on the disk of the dead machine with the books outside.
fn look(guest: &Guest, shop: &Shop, when: When) -> Result<Tally, Vec<String>> {
    shop.wait_motors_off();
    let log = guest.log(shop).map_err(|error| vec![error.to_string()])?;
    shop.compare(&log, when)
}
