//! What must be true in every state, and what in a world in which nothing happens any more.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "it counts the few facts that the promises are about"
)]

use daemon::sale::{Entry, RefundReason, Sale, State};
use protocol::OutTradeNo;

use super::{
    Plan,
    state::{Broken, World},
};
use crate::simulation::gateway::Account;

/// How often each fact about one order stands in the log.
#[derive(Default)]
struct Facts {
    paid: usize,
    vends_requested: usize,
    vends_failed: usize,
    vended: usize,
    owed: usize,
    refunded: usize,
}

impl Plan {
    /// True in every state, whatever happens next.
    pub(super) fn check(&self, world: &World) -> Result<(), Broken> {
        let Some(books) = world.books() else { return Ok(()) };
        for sale in books.sales() {
            Facts::of(world, &sale.order.out_trade_no)?.check(world, sale)?;
        }
        for account in world.gateway.accounts() {
            let sale = books.sale(&account.order.out_trade_no);
            let sale = sale.ok_or("WeChat knows an order that is not on disk")?;
            compare(world, sale, account)?;
        }
        for number in &world.acknowledged {
            if books.sale(number).is_none_or(|sale| sale.receipt().is_none()) {
                return Err(format!("the payment of {number} is acknowledged and not on disk"));
            }
        }
        for (slot, position) in books.planogram().iter() {
            let item = self.items.iter().find(|item| item.slot == slot.number());
            let Some(loaded) = item.and_then(|item| item.stock) else { continue };
            let fallen = books.sales().filter(|sale| {
                sale.order.slot == slot && matches!(sale.state, State::Vended { .. })
            });
            let fallen = u32::try_from(fallen.count()).unwrap_or(u32::MAX);
            let is_loaded = position.loaded.is_some();
            if is_loaded && position.stock != loaded.checked_sub(fallen) {
                return Err(format!(
                    "{fallen} of {loaded} fell, and {:?} are left",
                    position.stock
                ));
            }
        }
        Ok(())
    }

    /// True when nothing more happens: whatever was paid is vended or back, and nothing is open.
    pub(super) fn check_end(world: &World) -> Result<(), Broken> {
        let Some(books) = world.books() else { return Err("the program stays down".to_owned()) };
        if let Some(sale) = books.open_sales().next() {
            return Err(format!("order {} stays {}", sale.order.number, sale.state.name()));
        }
        for account in world.gateway.accounts() {
            let number = account.order.number;
            let sale = books.sale(&account.order.out_trade_no);
            let is_vended = sale.is_some_and(|sale| matches!(sale.state, State::Vended { .. }));
            if !is_vended && account.back(world.wall_ms()) != account.paid() {
                return Err(format!("the money of order {number} is gone"));
            }
        }
        Ok(())
    }
}

impl Facts {
    /// Counts, and looks at the order of what has one.
    fn of(world: &World, out_trade_no: &OutTradeNo) -> Result<Self, Broken> {
        let mut facts = Self::default();
        let entries = world.log.iter().map(|recorded| &recorded.entry);
        for entry in entries.filter(|entry| entry.out_trade_no() == Some(out_trade_no)) {
            match entry {
                Entry::Paid { .. } => facts.paid += 1,
                Entry::VendRequested { .. } => {
                    facts.vends_requested += 1;
                    // Another motor may turn only when nothing fell for certain.
                    if facts.paid == 0 || facts.vends_requested > 1 + facts.vends_failed {
                        return Err(format!("order {out_trade_no} is vended once too often"));
                    }
                }
                Entry::VendFailed { .. } => facts.vends_failed += 1,
                Entry::VendSucceeded { .. } => facts.vended += 1,
                Entry::RefundOwed { .. } => facts.owed += 1,
                Entry::Refunded { .. } => facts.refunded += 1,
                _ => {}
            }
        }
        Ok(facts)
    }

    fn check(&self, world: &World, sale: &Sale) -> Result<(), Broken> {
        let number = sale.order.number;
        let turns = world.board.turned.iter().filter(|tag| **tag == number).count();
        if self.paid > 1 || self.vended > 1 || self.refunded > self.owed {
            return Err(format!("order {number} is told twice in the log"));
        }
        if self.vended + self.owed > self.paid {
            return Err(format!("order {number} is vended and paid back, or twice one of them"));
        }
        if turns > self.vends_requested || self.vended > turns {
            return Err(format!("the motor turned {turns} times for order {number}"));
        }
        let fell = world.board.ended.contains(&(number, Some(true)));
        if self.vended > 0 && !fell {
            return Err(format!("order {number} is told to be vended, and nothing fell"));
        }
        let in_doubt = sale.refund().is_some_and(|refund| refund.reason == RefundReason::InDoubt);
        if self.owed > 0 && fell && !in_doubt {
            return Err(format!("the item of order {number} fell, and its money goes back"));
        }
        Ok(())
    }
}

/// paid = vended + refunded + openly owed, to the fen: in the log, and at WeChat.
fn compare(world: &World, sale: &Sale, account: &Account) -> Result<(), Broken> {
    let number = sale.order.number;
    let (paid, refunded) = (account.paid(), account.refunded());
    let counting = account.refunds.iter().filter(|refund| refund.counts()).count();
    if refunded > paid || counting > 1 {
        return Err(format!("order {number}: {refunded} of {paid} fen went back {counting} times"));
    }
    let told = sale.receipt().map_or(0, |receipt| receipt.total_fee().get());
    if sale.receipt().is_some() && told != paid {
        return Err(format!("order {number}: the log says {told} fen were paid, WeChat {paid}"));
    }
    match &sale.state {
        // Not heard of yet: it must still be asked about, and not by a notify's grace.
        State::Opening | State::AwaitingPayment | State::Closing { .. } => Ok(()),
        State::Closed if paid == refunded => Ok(()),
        State::Closed => Err(format!("order {number} is closed, and its {paid} fen are forgotten")),
        State::Vended { .. } | State::Paid { .. } | State::Vending { .. } if refunded > 0 => {
            Err(format!("order {number} is {}, and {refunded} fen went back", sale.state.name()))
        }
        State::Refunded { .. } if account.back(world.wall_ms()) != paid => {
            Err(format!("order {number} is told to be refunded, and is not"))
        }
        State::Paid { .. }
        | State::Vending { .. }
        | State::Vended { .. }
        | State::NotVended { .. }
        | State::InDoubt { .. }
        | State::RefundOwed { .. }
        | State::Refunding { .. }
        | State::Refunded { .. } => Ok(()),
    }
}
