//! The promises, checked at every step: what was done outside must be justified and remembered.

use std::collections::{BTreeMap, BTreeSet};

use daemon::sale::{Attempt, Books, Command, NotifyReply, RefundReason, Sale, State, Vend};
use hardware::board::VendTag;
use protocol::{OutRefundNo, OutTradeNo};

use crate::{
    gateway::RefundEnd,
    simulation::gateway::{Account, Gateway},
};

/// What is broken, in words that begin with the promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Violation {
    /// The kind, the same for every order.
    pub(super) kind: &'static str,
    /// Where.
    pub(super) details: String,
}

/// What became of all orders so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub(super) orders: u64,
    pub(super) paid: u64,
    pub(super) vended: u64,
    pub(super) by_twin: u64,
    pub(super) refunded: u64,
    pub(super) refunded_in_doubt: u64,
    pub(super) owed: u64,
    pub(super) reversed: u64,
    pub(super) closed: u64,
    pub(super) paid_fen: u64,
    pub(super) vended_fen: u64,
    pub(super) refunded_fen: u64,
    pub(super) owed_fen: u64,
}

impl Counts {
    pub(super) const fn add(&mut self, more: &Self) {
        self.orders += more.orders;
        self.paid += more.paid;
        self.vended += more.vended;
        self.by_twin += more.by_twin;
        self.refunded += more.refunded;
        self.refunded_in_doubt += more.refunded_in_doubt;
        self.owed += more.owed;
        self.reversed += more.reversed;
        self.closed += more.closed;
        self.paid_fen += more.paid_fen;
        self.vended_fen += more.vended_fen;
        self.refunded_fen += more.refunded_fen;
        self.owed_fen += more.owed_fen;
    }
}

/// What was done outside for one order, whether the machine remembers or not.
#[derive(Clone, Debug, Default)]
struct Page {
    number: u64,
    /// The filling of the slots when it was vended.
    filling: u32,
    /// The turns that the board was asked for.
    vends: Vec<VendTag>,
    /// The items that fell.
    fallen: u32,
    /// WeChat was told that the payment is on disk.
    acknowledged: bool,
    refunds: BTreeSet<OutRefundNo>,
    at_rest: Option<Rest>,
}

/// A sale about which nothing is to be done by the machine.
#[derive(Clone, Debug)]
struct Rest {
    /// Since when, by the true time.
    since_ms: i64,
    /// How it is. A clock that runs years ahead sends it to the archive at once.
    sale: Sale,
}

/// The book-keeper outside of the machine.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Orders about which something can still change.
    live: BTreeMap<OutTradeNo, Page>,
    /// Of all orders, also of those that are at their end.
    numbers: BTreeMap<u64, OutTradeNo>,
    pub(super) counts: Counts,
    /// The nth filling of all slots.
    filling: u32,
    /// What the log says was vended from each slot since it was filled.
    vended: BTreeMap<u16, u32>,
}

type Checked = Result<(), Violation>;

impl Ledger {
    /// The machine does this; `durable` says whether its log has no write that could be lost.
    pub(super) fn act(
        &mut self,
        command: &Command,
        durable: bool,
        books: &Books,
        gateway: &Gateway,
    ) -> Checked {
        if !durable && needs_entry(command) {
            return broken("on disk before it is done", format!("{command:?}"));
        }
        match command {
            Command::OpenOrder { order, .. } | Command::PayByCode { order, .. } => {
                let page = self.live.entry(order.out_trade_no.clone()).or_default();
                page.number = order.number;
                self.counts.orders += 1;
                if let Some(other) = self.numbers.insert(order.number, order.out_trade_no.clone())
                    && other != order.out_trade_no
                {
                    return broken("no number twice", format!("{other}, {}", order.out_trade_no));
                }
                Ok(())
            }
            Command::Vend(vend) => self.vend(vend, books, gateway),
            Command::Refund(refund) => {
                let number = refund.out_trade_no();
                let Some(account) = gateway.account(number) else {
                    return broken("no refund without payment", number.to_string());
                };
                let Some(page) = self.live.get_mut(number) else {
                    return broken("what is at its end stays", format!("{number} is paid back"));
                };
                page.at_rest = None;
                page.refunds.insert(refund.out_refund_no().clone());
                one_refund_at_a_time(page, refund.out_refund_no(), account)
            }
            Command::QueryOrder(_)
            | Command::CloseOrder(_)
            | Command::Reverse(_)
            | Command::QueryRefunds(_)
            | Command::RecallVend { .. }
            | Command::AnswerNotify { .. }
            | Command::AnswerRemote { .. }
            | Command::Audit { .. }
            | Command::TellAudit(_)
            | Command::RebuildSchedule
            | Command::CorrectClock(_)
            | Command::Alarm(_) => Ok(()),
        }
    }

    fn vend(&mut self, vend: &Vend, books: &Books, gateway: &Gateway) -> Checked {
        let number = vend.out_trade_no();
        let account = gateway.account(number);
        if account.is_none_or(|account| account.paid() != account.order.price.get()) {
            return broken("no vend without money", number.to_string());
        }
        if account.is_some_and(|account| account.refunded() > 0) {
            return broken("never both", format!("{number} was paid back and is vended"));
        }
        let Some(page) = self.live.get_mut(number) else {
            return broken("what is at its end stays", format!("{number} is vended"));
        };
        page.at_rest = None;
        let sale = books.sale(number).map(|sale| (sale.attempt(), sale.order.slot));
        let twin = matches!(sale, Some((Attempt { slot, is_twin: true }, first)) if slot != first);
        let lawful = match page.vends.len() {
            0 => true,
            1 => twin && page.fallen == 0 && !page.vends.contains(&vend.tag()),
            _ => false,
        };
        page.vends.push(vend.tag());
        page.filling = self.filling;
        if lawful { Ok(()) } else { broken("at most one vend", number.to_string()) }
    }

    /// WeChat heard that its notify is on disk, or not.
    pub(super) fn notify_answered(&mut self, number: &OutTradeNo, reply: NotifyReply) {
        if reply == NotifyReply::Success
            && let Some(page) = self.live.get_mut(number)
        {
            page.acknowledged = true;
        }
    }

    /// An item fell.
    pub(super) fn fell(&mut self, tag: VendTag) -> Checked {
        let page = self.live.values_mut().find(|page| page.vends.contains(&tag));
        let Some(page) = page else { return broken("no vend without money", format!("tag {tag}")) };
        page.fallen += 1;
        if page.fallen > 1 {
            return broken("at most one vend", format!("order {} gave two items", page.number));
        }
        Ok(())
    }

    /// All slots were filled.
    pub(super) fn filled(&mut self) {
        self.filling += 1;
        self.vended.clear();
    }

    /// What the log says was vended from `slot` since it was filled, settled sales alone.
    pub(super) fn vended(&self, slot: u16) -> u32 {
        self.vended.get(&slot).copied().unwrap_or(0)
    }

    /// Every order that is not at rest, in the machine's books and in WeChat's.
    pub(super) fn check(&self, books: &Books, gateway: &Gateway) -> Checked {
        for (number, page) in self.live.iter().filter(|(_, page)| page.at_rest.is_none()) {
            let Some(sale) = books.sale(number) else {
                return broken("on disk before it is done", format!("{number} is not in the log"));
            };
            remembered(page, sale)?;
            agreed(page, sale, gateway.account(number))?;
        }
        Ok(())
    }

    /// Orders that are at their end in both books leave the ledger, and are counted. Returns how
    /// many are left.
    pub(super) fn settle(
        &mut self,
        books: &Books,
        gateway: &Gateway,
        now_ms: i64,
    ) -> Result<usize, Violation> {
        /// A phone, a notify or a board may still say something until then.
        const LATE_MS: i64 = 60 * 60_000;
        for (number, page) in &mut self.live {
            let account = gateway.account(number);
            let Some(sale) = books.sale(number) else {
                let archived = page.at_rest.as_ref().is_some_and(|rest| !rest.sale.is_open());
                if archived {
                    continue;
                }
                let details = format!("{number} is not in the log");
                return Err(Violation { kind: "on disk before it is done", details });
            };
            remembered(page, sale)?;
            agreed(page, sale, account)?;
            let is_as_it_was = |rest: &Rest| rest.sale.changed_at == sale.changed_at;
            if !is_at_rest(sale, account) {
                page.at_rest = None;
            } else if !page.at_rest.as_ref().is_some_and(is_as_it_was) {
                page.at_rest = Some(Rest { since_ms: now_ms, sale: sale.clone() });
            }
        }
        let ended = |page: &Page| {
            page.at_rest.as_ref().is_some_and(|rest| rest.since_ms + LATE_MS < now_ms)
        };
        let done = self.live.iter().filter(|(_, page)| ended(page));
        let done: Vec<_> = done.map(|(number, _)| number.clone()).collect();
        for number in done {
            let Some(page) = self.live.remove(&number) else { continue };
            let Some(rest) = &page.at_rest else { continue };
            let account = gateway.account(&number);
            settled(&page, &rest.sale, account, now_ms)?;
            self.count(&page, &rest.sale, account);
        }
        Ok(self.live.len())
    }

    /// Whether every order is at its end.
    pub(super) fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    /// The first order that is not at its end.
    pub(super) fn unsettled(&self, books: &Books, gateway: &Gateway) -> Option<String> {
        let open = self.live.keys().filter_map(|number| books.sale(number));
        open.filter(|sale| !is_at_rest(sale, gateway.account(&sale.order.out_trade_no)))
            .map(|sale| format!("{} is {}", sale.order.out_trade_no, sale.state.name()))
            .next()
    }

    fn count(&mut self, page: &Page, sale: &Sale, account: Option<&Account>) {
        let paid = account.map_or(0, Account::paid);
        let counts = &mut self.counts;
        counts.paid += u64::from(paid > 0);
        counts.paid_fen += u64::from(paid);
        let price = u64::from(sale.order.price.get());
        match &sale.state {
            State::Vended { .. } => {
                counts.vended += 1;
                counts.by_twin += u64::from(sale.twin.is_some());
                counts.vended_fen += price;
                let slot = sale.attempt().slot.number();
                let is_new = page.filling == self.filling;
                *self.vended.entry(slot).or_default() += u32::from(is_new);
            }
            State::Refunded { refund, .. } => {
                counts.refunded += 1;
                counts.refunded_fen += u64::from(refund.refund_fee.get());
                counts.refunded_in_doubt += u64::from(page.fallen > 0);
            }
            State::RefundOwed { refund, .. } => {
                counts.owed += 1;
                counts.owed_fen += u64::from(refund.refund_fee.get());
            }
            State::InDoubt { .. } => {
                counts.owed += 1;
                counts.owed_fen += price;
            }
            State::Opening
            | State::AwaitingPayment
            | State::Closing { .. }
            | State::Closed
            | State::Paid { .. }
            | State::Vending { .. }
            | State::NotVended { .. }
            | State::Refunding { .. } => {
                // Money is here only when `reverse` took all of it back before any receipt.
                counts.reversed += u64::from(paid > 0);
                counts.closed += u64::from(paid == 0);
                counts.refunded_fen += u64::from(paid);
            }
        }
    }
}

/// Whether the log must justify what is done.
const fn needs_entry(command: &Command) -> bool {
    match command {
        Command::OpenOrder { .. }
        | Command::PayByCode { .. }
        | Command::Vend(_)
        | Command::Refund(_)
        | Command::AnswerNotify { reply: NotifyReply::Success, .. }
        | Command::AnswerRemote { answer: Ok(_), .. } => true,
        Command::Reverse(_)
        | Command::QueryOrder(_)
        | Command::CloseOrder(_)
        | Command::QueryRefunds(_)
        | Command::RecallVend { .. }
        | Command::AnswerNotify { reply: NotifyReply::Fail, .. }
        | Command::AnswerRemote { answer: Err(_), .. }
        | Command::Audit { .. }
        | Command::TellAudit(_)
        | Command::RebuildSchedule
        | Command::CorrectClock(_)
        | Command::Alarm(_) => false,
    }
}

/// Nothing is to be done, or a person has to do it: look at a doubt, or at money that could not go
/// back the way it came.
fn is_at_rest(sale: &Sale, account: Option<&Account>) -> bool {
    let is_change =
        |account: &Account| account.refunds.iter().any(|it| it.end == RefundEnd::Change);
    let is_doubt = matches!(sale.state, State::InDoubt { .. });
    let is_owed = matches!(sale.state, State::RefundOwed { .. });
    !sale.is_open() || is_doubt || (is_owed && account.is_some_and(is_change))
}

/// What was done outside is in the log.
fn remembered(page: &Page, sale: &Sale) -> Checked {
    let forgotten = if page.acknowledged && sale.receipt().is_none() {
        "a payment that was acknowledged"
    } else if !page.vends.is_empty() && before_vend(&sale.state) {
        "a vend"
    } else if sale.twin.is_none() && page.vends.len() > 1 {
        "a twin's vend"
    } else if !page.refunds.is_empty() && sale.refund().is_none() {
        "a refund"
    } else {
        return Ok(());
    };
    broken("on disk before it is done", format!("{}: {forgotten}", sale.order.out_trade_no))
}

fn before_vend(state: &State) -> bool {
    matches!(
        state,
        State::Opening
            | State::AwaitingPayment
            | State::Closing { .. }
            | State::Closed
            | State::Paid { .. }
    )
}

/// At any moment: no vend and refund both, no receipt without money, no refund beyond it.
fn agreed(page: &Page, sale: &Sale, account: Option<&Account>) -> Checked {
    let number = &sale.order.out_trade_no;
    let (paid, refunded) = account.map_or((0, 0), |it| (it.paid(), it.refunded()));
    if sale.receipt().is_some() && paid != sale.order.price.get() {
        return broken("no receipt without money", format!("{number}: {paid} fen were paid"));
    }
    if refunded > paid {
        return broken("never twice", format!("{number}: {refunded} of {paid} fen went back"));
    }
    if matches!(sale.state, State::Vended { .. }) && refunded > 0 {
        return broken("never both", format!("{number} is vended and was paid back"));
    }
    let doubt = |sale: &Sale| sale.refund().is_some_and(|it| it.reason == RefundReason::InDoubt);
    if sale.refund().is_some() && page.fallen > 0 && !doubt(sale) {
        return broken("never both", format!("{number}: the item fell, and it is paid back"));
    }
    Ok(())
}

/// At the end: paid = vended + refunded + openly owed, to the fen.
fn settled(page: &Page, sale: &Sale, account: Option<&Account>, now_ms: i64) -> Checked {
    let number = &sale.order.out_trade_no;
    let (paid, refunded) = account.map_or((0, 0), |it| (it.paid(), it.refunded()));
    let price = sale.order.price.get();
    let (vended, owed) = match &sale.state {
        State::Vended { .. } => (price, 0),
        State::RefundOwed { .. } | State::InDoubt { .. } => (0, price - refunded),
        State::Refunded { .. } | State::Closed => (0, 0),
        State::Opening
        | State::AwaitingPayment
        | State::Closing { .. }
        | State::Paid { .. }
        | State::Vending { .. }
        | State::NotVended { .. }
        | State::Refunding { .. } => {
            let details = format!("{number} is {}", sale.state.name());
            return broken("nothing stays unsettled", details);
        }
    };
    let back = account.map_or(0, |it| it.back(now_ms));
    if matches!(sale.state, State::Refunded { .. }) && back != paid {
        let details = format!("{number} is refunded, and {back} of {paid} fen came back");
        return broken("no money without goods", details);
    }
    if paid != vended + refunded + owed {
        let books = format!("{paid} paid, {vended} vended, {refunded} refunded, {owed} owed");
        return broken("paid = vended + refunded + owed", format!("{number}: {books}"));
    }
    if vended > 0 && page.fallen != 1 {
        return broken("no money without goods", format!("{number} is vended, nothing fell"));
    }
    Ok(())
}

/// Another number for a refund only when WeChat has closed the one before for good.
fn one_refund_at_a_time(page: &Page, new: &OutRefundNo, account: &Account) -> Checked {
    let mut others = page.refunds.iter().filter(|number| *number != new);
    let still_counts = |number: &&OutRefundNo| {
        let known = account.refunds.iter().find(|refund| refund.out_refund_no == **number);
        known.is_none_or(|refund| refund.counts())
    };
    match others.find(still_counts) {
        Some(other) => broken("the same refund under the same number", format!("{other}, {new}")),
        None => Ok(()),
    }
}

fn broken(kind: &'static str, details: String) -> Checked {
    Err(Violation { kind, details })
}
