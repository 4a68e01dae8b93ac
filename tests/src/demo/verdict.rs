//! Whether the machine's log, the gateway's books and the board agree about every sale.

use crate::{
    machine::SaleLine,
    timeline::{Figures, What},
    world::World,
};

/// How a demo ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every sale settled as it should.
    AsItShould,
    /// Something did not: one sentence each.
    Wrong(Vec<String>),
}

/// A sale that the robot carried through.
#[derive(Debug, Clone)]
pub(super) struct Bought {
    pub(super) out_trade_no: String,
    pub(super) slot: u16,
    pub(super) coil: u16,
    pub(super) figures: Figures,
}

/// Everything that is not as it should be, one sentence each.
pub(super) fn judge(world: &World, bought: &[Bought], jam: bool) -> Vec<String> {
    let sales = match world.machine.sales() {
        Ok(sales) => sales,
        Err(error) => return vec![error.to_string()],
    };
    let mut faults = Vec::new();
    if sales.len() != bought.len() {
        faults.push(format!("{} sales in the log, {} bought", sales.len(), bought.len()));
    }
    for sale in bought {
        let logged = sales.iter().find(|line| line.out_trade_no == sale.out_trade_no);
        faults.extend(judge_log(sale, logged, jam));
        faults.extend(judge_books(world, sale, logged));
        faults.extend(judge_refund(world, sale, logged, jam));
    }
    faults.extend(judge_board(world, bought, jam));
    faults
}

fn judge_log(sale: &Bought, logged: Option<&SaleLine>, jam: bool) -> Option<String> {
    let number = &sale.out_trade_no;
    let wanted = if jam { "refunded" } else { "vended" };
    match logged {
        None => Some(format!("{number} is not in the log")),
        Some(line) if line.slot != sale.slot => {
            Some(format!("{number} is of slot {} in the log, not {}", line.slot, sale.slot))
        }
        Some(line) if line.state != wanted => {
            Some(format!("{number} ended as {}, not {wanted}", line.state))
        }
        Some(_) => None,
    }
}

fn judge_books(world: &World, sale: &Bought, logged: Option<&SaleLine>) -> Option<String> {
    let number = &sale.out_trade_no;
    let booked = world.gateway.read(|books| {
        let order = books.order(number)?;
        Some((order.total_fee(), order.payment()?.transaction_id.clone()))
    });
    let Some((fen, transaction_id)) = booked else {
        return Some(format!("{number} is not paid in the gateway's books"));
    };
    let paid = world.timeline.since(0).into_iter();
    let times = paid.filter(|moment| moment.what == What::Paid(number.clone())).count();
    if times != 1 {
        return Some(format!("{number} was paid {times} times"));
    }
    let line = logged?;
    if line.fen != fen {
        return Some(format!("{number} cost {fen} fen, the log says {}", line.fen));
    }
    (line.transaction_id.as_ref() != Some(&transaction_id))
        .then(|| format!("{number} was paid as {transaction_id}, which the log does not have"))
}

/// What went back is what was paid, once, and the log says the same; or nothing went back.
fn judge_refund(
    world: &World,
    sale: &Bought,
    logged: Option<&SaleLine>,
    jam: bool,
) -> Option<String> {
    let number = &sale.out_trade_no;
    let (refunded, times) =
        world.gateway.read(|books| (books.refunded(number), books.refunds_of(number).count()));
    let line = logged?;
    let wanted = if jam { (line.fen, 1, Some(line.fen)) } else { (0, 0, None) };
    ((refunded, times, line.refund_fen) != wanted).then(|| {
        let told = line.refund_fen.unwrap_or_default();
        format!("{refunded} fen of {number} went back in {times} refunds, the log says {told}")
    })
}

/// The robot buys one after the other, so each coil's count is its sales' count.
fn judge_board(world: &World, bought: &[Bought], jam: bool) -> Vec<String> {
    let mut faults = Vec::new();
    world.board.read(|board| {
        for (coil, _) in (0..).zip(board.coils()) {
            let sold = bought.iter().filter(|sale| sale.coil == coil).count();
            let turned = board.pulses_of(coil);
            if turned != sold {
                faults.push(format!("motor {coil} turned {turned} times for {sold} sales"));
            }
        }
        let (fell, wanted) = (board.drops().len(), if jam { 0 } else { bought.len() });
        if fell != wanted {
            faults.push(format!("{fell} items fell, {wanted} should have"));
        }
    });
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(slot: u16, state: &str) -> SaleLine {
        SaleLine {
            out_trade_no: "A1".to_owned(),
            slot,
            fen: 350,
            state: state.to_owned(),
            transaction_id: None,
            refund_fen: None,
            out_refund_no: None,
            reason: None,
        }
    }

    #[test]
    fn the_log_must_tell_what_happened() {
        let sale =
            Bought { out_trade_no: "A1".to_owned(), slot: 1, coil: 0, figures: Figures::default() };
        #[rustfmt::skip]
        let table = [
            (Some(logged(1, "vended")),      false, None),
            (Some(logged(1, "refunded")),    true,  None),
            (Some(logged(1, "vended")),      true,  Some("A1 ended as vended, not refunded")),
            (Some(logged(1, "refunding")),   true,  Some("A1 ended as refunding, not refunded")),
            (Some(logged(1, "in_doubt")),    false, Some("A1 ended as in_doubt, not vended")),
            (Some(logged(2, "vended")),      false, Some("A1 is of slot 2 in the log, not 1")),
            (None,                           false, Some("A1 is not in the log")),
        ];
        for (line, jam, fault) in table {
            assert_eq!(judge_log(&sale, line.as_ref(), jam).as_deref(), fault, "{line:?}");
        }
    }
}
