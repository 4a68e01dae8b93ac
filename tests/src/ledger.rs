//! Three books of one machine side by side: its order log, WeChat's books, the board's pulses.
//!
//! ```text
//!  paid (WeChat) = vended (log) + refunded (WeChat) + openly owed (log), to the fen
//!  vended (log) <= pulses (board) <= orders that the log knows as paid, for each slot
//! ```

use std::collections::BTreeMap;

use crate::{
    gateway::{Books, Notified, Order, OrderState, Refund},
    machine::SaleLine,
};

/// States in which a paid order may be found when the machine is switched off at any moment.
const OWED: [&str; 8] = [
    "opening",
    "awaiting_payment",
    "closing",
    "paid",
    "vending",
    "in_doubt",
    "refund_owed",
    "refunding",
];
/// States that only an entry of the payment leads to.
const PAID: [&str; 7] =
    ["paid", "vending", "vended", "in_doubt", "refund_owed", "refunding", "refunded"];
/// States in which nobody has to do anything any more, or only WeChat's five minutes pass.
const AT_REST: [&str; 4] = ["vended", "refunded", "closing", "closed"];

/// The reason of a refund after a doubt, as `kioskd log` gives it.
const IN_DOUBT: &str = "it is not known whether the item fell";

/// When the books are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The machine was switched off in the middle of something.
    Dead,
    /// It had the time to do all that it has to.
    Settled,
}

/// What the three books say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Orders in the log.
    pub orders: u32,
    /// Those that WeChat was paid for.
    pub paid: u32,
    /// Paid and vended.
    pub vended: u32,
    /// Paid and paid back.
    pub refunded: u32,
    /// Paid, and neither vended nor paid back yet.
    pub owed: u32,
    /// Never paid: closed, or to be closed when WeChat allows it.
    pub unpaid: u32,
    /// The motor was told to turn and the money goes back: nobody knew whether the item fell.
    pub in_doubt: u32,
    /// Fen that WeChat took.
    pub paid_fen: u64,
    /// Fen of what was vended.
    pub vended_fen: u64,
    /// Fen that went back.
    pub refunded_fen: u64,
    /// Fen that are owed.
    pub owed_fen: u64,
    /// Entries whose consequence was seen outside and that were found in the log.
    pub evidence: u32,
}

impl Tally {
    /// Two machines together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            orders: self.orders + other.orders,
            paid: self.paid + other.paid,
            vended: self.vended + other.vended,
            refunded: self.refunded + other.refunded,
            owed: self.owed + other.owed,
            unpaid: self.unpaid + other.unpaid,
            in_doubt: self.in_doubt + other.in_doubt,
            paid_fen: self.paid_fen + other.paid_fen,
            vended_fen: self.vended_fen + other.vended_fen,
            refunded_fen: self.refunded_fen + other.refunded_fen,
            owed_fen: self.owed_fen + other.owed_fen,
            evidence: self.evidence + other.evidence,
        }
    }
}

/// Compares `log` with what WeChat and the board saw: `pulses` by slot, `answered` the orders whose
/// opening was told to the mini-program.
///
/// # Errors
/// Every contradiction, in words.
pub fn compare(
    log: &[SaleLine],
    books: &Books,
    pulses: &BTreeMap<u16, usize>,
    answered: &[String],
    when: When,
) -> Result<Tally, Vec<String>> {
    let mut audit = Audit { log, books, tally: Tally::default(), faults: Vec::new() };
    for order in books.orders().values() {
        audit.order(order, when);
    }
    for sale in log {
        audit.sale(sale, when);
    }
    for number in answered {
        audit.answered(number);
    }
    for (slot, pulses) in pulses {
        audit.slot(*slot, *pulses);
    }
    let tally = audit.tally;
    if tally.paid_fen != tally.vended_fen + tally.refunded_fen + tally.owed_fen {
        audit.faults.push(format!("the sums do not agree: {tally:?}"));
    }
    if audit.faults.is_empty() { Ok(tally) } else { Err(audit.faults) }
}

struct Audit<'a> {
    log: &'a [SaleLine],
    books: &'a Books,
    tally: Tally,
    faults: Vec<String>,
}

impl Audit<'_> {
    fn fault(&mut self, number: &str, what: &str) {
        self.faults.push(format!("{number}: {what}"));
    }

    fn in_log(&self, number: &str) -> Option<SaleLine> {
        self.log.iter().find(|sale| sale.out_trade_no == number).cloned()
    }

    /// An order of WeChat's books: all that the machine asked for or acknowledged is in its log.
    fn order(&mut self, order: &Order, when: When) {
        let number = order.out_trade_no.as_str();
        let Some(sale) = self.in_log(number) else {
            // The sums cannot agree then either.
            self.fault(number, "WeChat was asked to open it, and the log does not know it");
            return;
        };
        self.tally.evidence += 1;
        if sale.fen != order.total_fee() {
            self.fault(number, "the amounts differ");
        }
        let paid_in_log = PAID.contains(&sale.state.as_str());
        if order.notifies.contains(&Notified::Acknowledged) {
            self.tally.evidence += 1;
            if !paid_in_log {
                self.fault(number, "its notify was acknowledged, and the log has no payment");
            }
        }
        let refunds: Vec<Refund> = self.books.refunds_of(number).cloned().collect();
        self.refunds(&sale, &refunds);
        match order.payment() {
            None if paid_in_log => self.fault(number, "paid in the log alone"),
            None => self.tally.unpaid += 1,
            Some(_) => self.paid(order, &sale, &refunds, when),
        }
    }

    fn paid(&mut self, order: &Order, sale: &SaleLine, refunds: &[Refund], when: When) {
        let number = order.out_trade_no.as_str();
        let fen = u64::from(order.total_fee());
        self.tally.paid += 1;
        self.tally.paid_fen += fen;
        let state = sale.state.as_str();
        let told = order.payment().map(|payment| payment.transaction_id.as_str());
        if sale.transaction_id.is_some() && sale.transaction_id.as_deref() != told {
            self.fault(number, "another transaction_id");
        }
        // A refund that WeChat took is money that went back, whatever the log knows of it yet.
        if !refunds.is_empty() {
            self.tally.refunded += 1;
            self.tally.refunded_fen +=
                refunds.iter().map(|it| u64::from(it.refund_fee)).sum::<u64>();
        } else if state == "vended" {
            self.tally.vended += 1;
            self.tally.vended_fen += fen;
        } else if OWED.contains(&state) && when == When::Dead {
            self.tally.owed += 1;
            self.tally.owed_fen += fen;
        } else {
            self.fault(number, &format!("paid, but {state}"));
        }
    }

    fn refunds(&mut self, sale: &SaleLine, refunds: &[Refund]) {
        let number = sale.out_trade_no.as_str();
        if refunds.len() > 1 {
            self.fault(number, "paid back more than once");
        }
        for refund in refunds {
            self.tally.evidence += 1;
            if sale.out_refund_no.as_ref() != Some(&refund.out_refund_no) {
                self.fault(number, "WeChat was asked for a refund that the log does not know");
            }
            if sale.state == "vended" {
                self.fault(number, "vended and paid back");
            }
            if (Some(refund.refund_fee), refund.total_fee) != (sale.refund_fen, sale.fen) {
                self.fault(number, "another amount goes back than was paid");
            }
        }
        if sale.state == "refunded" && refunds.is_empty() {
            self.fault(number, "refunded in the log alone");
        }
    }

    /// An entry of the log: WeChat agrees with it.
    fn sale(&mut self, sale: &SaleLine, when: When) {
        let number = sale.out_trade_no.as_str();
        self.tally.orders += 1;
        self.tally.in_doubt += u32::from(sale.reason.as_deref() == Some(IN_DOUBT));
        let state = sale.state.as_str();
        let order = self.books.order(number);
        match order.map(|order| &order.state) {
            None if PAID.contains(&state) => {
                self.fault(number, "paid, and WeChat does not know it")
            }
            // The request never left, or WeChat never heard it.
            None => self.tally.unpaid += 1,
            Some(OrderState::Open | OrderState::Paid(_)) if state == "closed" => {
                self.fault(number, "closed in the log alone");
            }
            Some(_) => {}
        }
        if when == When::Settled && !AT_REST.contains(&state) {
            self.fault(number, &format!("still {state}"));
        }
    }

    /// The mini-program has what it needs to pay: the opening is on disk.
    fn answered(&mut self, number: &str) {
        self.tally.evidence += 1;
        match self.in_log(number) {
            None => self.fault(number, "the mini-program was told of it, the log does not know it"),
            Some(sale) if sale.state == "opening" => {
                self.fault(number, "the mini-program was told that it is open, the log was not");
            }
            Some(_) => {}
        }
    }

    /// All pulses of a motor have their entries.
    fn slot(&mut self, slot: u16, pulses: usize) {
        let of_slot = self.log.iter().filter(|sale| sale.slot == slot);
        let vended = of_slot.clone().filter(|sale| sale.state == "vended").count();
        let paid = of_slot.filter(|sale| PAID.contains(&sale.state.as_str())).count();
        self.tally.evidence += u32::try_from(pulses).unwrap_or(u32::MAX);
        if !(vended..=paid).contains(&pulses) {
            let what = format!("{pulses} turns, {vended} vended, {paid} paid");
            self.fault(&format!("slot {slot}"), &what);
        }
    }
}
