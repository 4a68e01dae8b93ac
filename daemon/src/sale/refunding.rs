//! What follows for a sale whose money goes back: at least one refund, and never two.
//!
//! The machine asks with one `out_refund_no` until WeChat has taken it, and WeChat pays each number
//! once (APIv2 refund). It takes another number only when WeChat says that it closed the first.
//! What counts is always the answer to a `refundquery`: an accepted refund is not yet a refund.

use protocol::refund::RefundAccepted;
use protocol::refundquery::{RefundState, RefundStatus, Refunds};
use protocol::{OutRefundNo, OutTradeNo};

use super::command::{Alarm, Command, Refund};
use super::decide::Surroundings;
use super::decision::Decision;
use super::entry::{Entry, RefundReason};
use super::receipt::Receipt;
use super::state::{self, Sale, State};

/// So many numbers are tried for one sale; then a person has to see why WeChat closes them.
const NUMBERS_MAX: u8 = 3;

impl Sale {
    /// The customer is to get the money back: by the machine if it may, otherwise by a person.
    pub(super) fn owe(
        &self,
        receipt: &Receipt,
        reason: RefundReason,
        around: Surroundings,
        decision: &mut Decision,
    ) {
        let out_trade_no = self.order.out_trade_no.clone();
        let out_refund_no = refund_number(&out_trade_no, 1);
        let refund_fee = receipt.total_fee();
        let refund = state::Refund { out_refund_no: out_refund_no.clone(), refund_fee, reason };
        decision.record(Entry::RefundOwed {
            out_trade_no: out_trade_no.clone(),
            out_refund_no: out_refund_no.clone(),
            refund_fee,
            reason,
        });
        if around.can_refund {
            decision.alarm(Alarm::Refunding {
                out_trade_no: out_trade_no.clone(),
                refund_fee,
                reason,
            });
            decision.record(Entry::RefundRequested { out_trade_no, out_refund_no });
            decision.command(Command::Refund(Refund::of(receipt, &refund)));
        } else {
            decision.alarm(Alarm::RefundOwed { out_trade_no, refund });
        }
    }

    /// The question of this moment: for the refund itself, or how it goes.
    pub(super) fn ask_for_refund(&self, can_refund: bool, decision: &mut Decision) {
        match &self.state {
            State::Refunding { receipt, refund, accepted: false } if can_refund => {
                decision.command(Command::Refund(Refund::of(receipt, refund)));
            }
            State::Refunding { .. } | State::RefundOwed { .. } => {
                decision.command(Command::QueryRefunds(self.order.out_trade_no.clone()));
            }
            State::Opening
            | State::AwaitingPayment
            | State::Closing { .. }
            | State::Closed
            | State::Paid { .. }
            | State::Vending { .. }
            | State::Vended { .. }
            | State::NotVended { .. }
            | State::InDoubt { .. }
            | State::Refunded { .. } => {}
        }
    }

    /// The request once more although it was accepted, under the same number.
    pub(super) fn ask_for_refund_again(&self, decision: &mut Decision) {
        if let State::Refunding { receipt, refund, .. } = &self.state {
            decision.command(Command::Refund(Refund::of(receipt, refund)));
        }
    }

    pub(super) fn refund_accepted(&self, accepted: &RefundAccepted, decision: &mut Decision) {
        if let State::Refunding { refund, accepted: false, .. } = &self.state
            && refund.out_refund_no == accepted.out_refund_no
        {
            let out_trade_no = self.order.out_trade_no.clone();
            let refund_id = accepted.refund_id.clone();
            decision.record(Entry::RefundAccepted { out_trade_no, refund_id });
        }
    }

    pub(super) fn refund_impossible(&self, why: String, decision: &mut Decision) {
        if let State::Refunding { refund, .. } = &self.state {
            self.hand_over(refund, why, decision);
        }
    }

    /// WeChat's list of the order's refunds: ours, and those that a person made.
    pub(super) fn refunds_told(&self, refunds: &Refunds, decision: &mut Decision) {
        let Some(refund) = self.refund().filter(|_| self.is_open()) else { return };
        let out_trade_no = self.order.out_trade_no.clone();
        if let Some(done) = settled_by(refunds, refund) {
            let refund_id = done.refund_id.clone();
            decision.record(Entry::Refunded { out_trade_no, refund_id });
            return;
        }
        let (State::Refunding { accepted, .. }, Some(ours)) =
            (&self.state, refunds.find(&refund.out_refund_no))
        else {
            return; // A person's debt, or nothing that WeChat knows of yet: the plan asks again.
        };
        match &ours.refund_status {
            RefundStatus::Processing if !accepted => {
                let refund_id = ours.refund_id.clone();
                decision.record(Entry::RefundAccepted { out_trade_no, refund_id });
            }
            RefundStatus::RefundClose => self.ask_anew(refund, decision),
            RefundStatus::Change => {
                let why = "CHANGE: the money could not go back the way it came".to_owned();
                self.hand_over(refund, why, decision);
            }
            RefundStatus::Fail => self.hand_over(refund, "FAIL".to_owned(), decision),
            // Not final, or not known to us: it decides nothing.
            RefundStatus::Processing | RefundStatus::Success | RefundStatus::Unknown(_) => {}
        }
    }

    /// WeChat closed the refund for good: nothing was paid under that number, nor ever will be.
    fn ask_anew(&self, refund: &state::Refund, decision: &mut Decision) {
        let out_trade_no = self.order.out_trade_no.clone();
        let numbers = 1..NUMBERS_MAX;
        let used =
            numbers.clone().find(|&n| refund_number(&out_trade_no, n) == refund.out_refund_no);
        match used {
            Some(used) => {
                let out_refund_no = refund_number(&out_trade_no, used + 1);
                decision.alarm(Alarm::RefundClosed(
                    out_trade_no.clone(),
                    refund.out_refund_no.clone(),
                    out_refund_no.clone(),
                ));
                // It is asked for by the plan: WeChat wants a minute between two refunds.
                decision.record(Entry::RefundRequested { out_trade_no, out_refund_no });
            }
            None => {
                let why = format!("REFUNDCLOSE, {NUMBERS_MAX} times");
                self.hand_over(refund, why, decision);
            }
        }
    }

    fn hand_over(&self, refund: &state::Refund, why: String, decision: &mut Decision) {
        let out_trade_no = self.order.out_trade_no.clone();
        decision.alarm(Alarm::RefundHandedOver {
            out_trade_no: out_trade_no.clone(),
            refund_fee: refund.refund_fee,
            why: why.clone(),
        });
        decision.record(Entry::RefundHandedOver { out_trade_no, why });
    }
}

/// The refund with which the customer has all of the owed money: ours, or, when others have paid
/// at least as much back, the last of those.
fn settled_by<'a>(refunds: &'a Refunds, owed: &state::Refund) -> Option<&'a RefundState> {
    let succeeded = |refund: &&RefundState| refund.refund_status == RefundStatus::Success;
    let ours = refunds.find(&owed.out_refund_no).filter(succeeded);
    let enough = refunds.refunded() >= owed.refund_fee;
    ours.filter(|ours| ours.refund_fee >= owed.refund_fee)
        .or_else(|| refunds.refunds.iter().rfind(succeeded).filter(|_| enough))
}

/// The `nth` number for a refund of this order, such as `R-VM1-20260101-000001-abcd` and
/// `R2-VM1-20260101-000001-abcd`: at most 35 of 64 characters.
fn refund_number(out_trade_no: &OutTradeNo, nth: u8) -> OutRefundNo {
    let text =
        if nth == 1 { format!("R-{out_trade_no}") } else { format!("R{nth}-{out_trade_no}") };
    OutRefundNo::parse(&text).unwrap_or_else(|error| {
        unreachable!("an out_trade_no with a prefix is a good out_refund_no: {text}: {error}")
    })
}

impl RefundReason {
    /// For a line that a person reads.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::NotVended => "nothing fell",
            Self::InDoubt => "it is not known whether the item fell",
            Self::PaidTooLate => "the payment came too late",
            Self::MachineFault => "the machine could not serve it",
        }
    }

    /// For the customer, beside the money in WeChat's list (APIv2 refund, `refund_desc`).
    pub fn for_customer(self) -> &'static str {
        match self {
            Self::NotVended => "商品未掉出",
            Self::InDoubt => "出货结果无法确认",
            Self::PaidTooLate => "付款超时",
            Self::MachineFault => "机器故障",
        }
    }
}
