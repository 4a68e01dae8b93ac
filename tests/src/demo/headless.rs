//! The demo for nobody: a robot buys through touches and pixels, and judges every sale.

use std::time::Duration;

use kiosk::Refund;

use super::{
    DemoSettings,
    verdict::{Bought, Verdict, judge},
};
use crate::{
    customer::{CustomerError, Seen},
    machine::SlotSettings,
    phone::ScanError,
    timeline::{Figures, Moment, What, ms},
    waiting::TooLate,
    world::World,
};

/// How long the catalogue may take to come back after a sale.
const CATALOGUE_LIMIT: Duration = Duration::from_secs(40);
/// How long the QR may take; the promise is one second.
const CODE_LIMIT: Duration = Duration::from_secs(10);
/// How long a paid sale may take to end: polling, a whole turn, the drop window, and patience.
const END_LIMIT: Duration = Duration::from_secs(40);
/// How many of kioskd's last words are shown when something went wrong.
const LINES_SHOWN: usize = 25;

/// Buys, then compares the machine's log with what the world saw.
pub(super) fn run(world: &World, settings: &DemoSettings, say: &mut dyn FnMut(&str)) -> Verdict {
    let mut bought = Vec::new();
    let slots = world.settings.slots.iter().cycle();
    for (number, slot) in (1..=settings.sales).zip(slots) {
        let yuan = format!("{}.{:02}", slot.price_fen / 100, slot.price_fen % 100);
        say(&format!("sale {number}: slot {}, {}, {yuan} yuan", slot.number, slot.name.en));
        let from = world.timeline.len();
        let outcome = buy(world, slot, settings.jam);
        tell(&world.timeline.since(from), say);
        match outcome {
            Ok(out_trade_no) => bought.push(Bought {
                out_trade_no,
                slot: slot.number,
                coil: slot.coil,
                figures: world.timeline.figures(from),
            }),
            Err(error) => {
                say(&format!("  stopped: {error}"));
                return finish(world, &bought, vec![format!("sale {number}: {error}")], say);
            }
        }
    }
    let faults = match world.machine.terminate().map(|status| status.success()) {
        Ok(true) => Vec::new(),
        Ok(false) => vec!["kioskd ended with an error".to_owned()],
        Err(error) => vec![format!("kioskd did not end: {error}")],
    };
    let faults = faults.into_iter().chain(judge(world, &bought, settings.jam)).collect();
    finish(world, &bought, faults, say)
}

/// One sale from the first touch to the last screen; gives the order's number.
fn buy(world: &World, slot: &SlotSettings, jam: bool) -> Result<String, BuyError> {
    world.customer.select(slot.number, CATALOGUE_LIMIT)?;
    world.phone.wait_for_code(CODE_LIMIT)?;
    let out_trade_no = world.phone.scan_and_pay()?;
    if jam {
        world.customer.expect_trouble(slot.number, &out_trade_no)?;
    }
    world.customer.wait_for("the end of the sale", END_LIMIT, |seen| match seen {
        Seen::Farewell => Some(()),
        // Not before the money is back.
        Seen::Sorry(trouble) => matches!(trouble.refund(), None | Some(Refund::Done)).then_some(()),
        _ => None,
    })?;
    // The coil must be off again before the next one: the catalogue says nothing about that.
    world.board.wait("the motor to stop", END_LIMIT, |board| {
        (!board.coils().contains(&true)).then_some(())
    })?;
    world.customer.go_back(slot.number)?;
    Ok(out_trade_no)
}

fn tell(moments: &[Moment], say: &mut dyn FnMut(&str)) {
    let mut moments = moments.to_vec();
    moments.sort_by_key(|moment| moment.at);
    let touch = moments.iter().find(|moment| matches!(moment.what, What::Touched { .. }));
    let Some(touched) = touch.map(|moment| moment.at) else {
        return;
    };
    for moment in &moments {
        let since = moment.at.as_secs_f64() - touched.as_secs_f64();
        say(&format!("{:>10.1} ms  {}", since * 1000.0, moment.what));
    }
}

fn finish(
    world: &World,
    bought: &[Bought],
    faults: Vec<String>,
    say: &mut dyn FnMut(&str),
) -> Verdict {
    let sales = world.machine.sales().unwrap_or_default();
    say("summary");
    for (number, sale) in (1..).zip(bought) {
        let Figures { touch_to_code, notify_to_vend, paid_to_vend, paid_to_refund, .. } =
            sale.figures;
        let logged = sales.iter().find(|it| it.out_trade_no == sale.out_trade_no);
        let refund = match logged.and_then(|it| it.refund_fen) {
            Some(fen) => {
                format!("  {fen} fen back, asked {} after the payment", ms(paid_to_refund))
            }
            None => String::new(),
        };
        say(&format!(
            "  {number:>3}  {}  slot {}  {}  touch to QR {}  notify to first byte {}  paid to first byte {}{refund}",
            sale.out_trade_no,
            sale.slot,
            logged.map_or("not in the log", |it| it.state.as_str()),
            ms(touch_to_code),
            ms(notify_to_vend),
            ms(paid_to_vend),
        ));
    }
    if faults.is_empty() {
        say(&format!("all {} sales settled as they should", bought.len()));
        return Verdict::AsItShould;
    }
    for line in world.machine.last_lines(LINES_SHOWN) {
        say(&format!("  kioskd: {}", line.raw));
    }
    for fault in &faults {
        say(&format!("WRONG: {fault}"));
    }
    Verdict::Wrong(faults)
}

/// A sale that could not be carried through.
#[derive(Debug, thiserror::Error)]
enum BuyError {
    #[error(transparent)]
    Customer(#[from] CustomerError),
    #[error(transparent)]
    Phone(#[from] ScanError),
    #[error(transparent)]
    TooLate(#[from] TooLate),
}
