//! What follows for one sale from what was heard about it: pure, changes nothing.

use std::time::Duration;

use hardware::board::Fault;
use protocol::PrepayId;
use protocol::refund::RefundAccepted;
use protocol::refundquery::Refunds;

use super::attempt::Attempt;
use super::command::{Alarm, Command, Vend};
use super::decision::Decision;
use super::entry::{Abandonment, Entry, RefundReason};
use super::order::Slot;
use super::receipt::Receipt;
use super::settings::InDoubt;
use super::state::{Sale, State};

/// What was heard about one sale, told in its own words.
#[derive(Clone, Debug)]
pub(super) enum Heard {
    /// WeChat took the order.
    Opened(PrepayId),
    /// WeChat surely did not take it.
    Refused(String),
    /// Nobody waits for it any more.
    Abandoned(Abandonment),
    /// It was paid; the receipt is for this very order.
    Paid(Receipt),
    /// WeChat says `NOTPAY`, or another state that is not final.
    NotPaid,
    /// WeChat says that it can never be paid any more.
    Gone,
    /// WeChat says that there is no such order.
    NotFound,
    /// The board saw the item fall.
    VendSucceeded,
    /// The board is certain that nothing fell.
    VendFailed(Fault),
    /// Nobody can say.
    VendUnknown(String),
    /// No motor turns: what was paid meanwhile can be vended.
    MotorFree,
    /// WeChat took the refund.
    RefundAccepted(RefundAccepted),
    /// WeChat will never take it.
    RefundImpossible(String),
    /// What WeChat knows of the order's refunds.
    Refunds(Refunds),
}

/// What a decision about a sale depends on besides the sale itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings {
    /// The customer of this order stands in front of the machine.
    pub customer_waits: bool,
    /// The board answers, its sensor is clear, the log can be written.
    pub can_vend: bool,
    /// No motor turns.
    pub motor_is_free: bool,
    /// The machine holds the certificate that WeChat wants to see for a refund.
    pub can_refund: bool,
    /// How old the order is.
    pub age: Duration,
    /// How long it has been paid, by the wall clock.
    pub waited: Duration,
    /// What becomes of a sale in doubt.
    pub in_doubt: InDoubt,
    /// Another slot that could give the same item at once, to a customer who is still there.
    pub twin: Option<Slot>,
}

/// WeChat refuses `closeorder` in the first five minutes (APIv2, closeorder); and a margin.
pub(super) const CLOSABLE_AFTER: Duration = Duration::from_secs(310);

/// Who has paid and waits for the motor waits for a few vends before; after this nobody does.
const WAITS_MAX: Duration = Duration::from_secs(300);

/// An order that WeChat said it opened, and does not know so long after, never was.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);

impl Sale {
    /// Adds to `decision` what follows from `heard`.
    pub(super) fn decide(&self, heard: Heard, around: Surroundings, decision: &mut Decision) {
        match heard {
            Heard::Opened(prepay_id) => self.opened(prepay_id, around, decision),
            Heard::Refused(reason) => self.refused(reason, decision),
            Heard::Abandoned(why) => self.abandoned(why, decision),
            Heard::Paid(receipt) => self.paid(receipt, around, decision),
            Heard::NotPaid => self.not_paid(around, decision),
            Heard::Gone => self.gone(decision),
            Heard::NotFound => self.not_found(around, decision),
            Heard::VendSucceeded => self.vend_succeeded(decision),
            Heard::VendFailed(fault) => self.vend_failed(fault, around, decision),
            Heard::VendUnknown(why) => self.vend_unknown(why, around, decision),
            Heard::MotorFree => self.motor_free(around, decision),
            Heard::RefundAccepted(accepted) => self.refund_accepted(&accepted, decision),
            Heard::RefundImpossible(why) => self.refund_impossible(why, decision),
            Heard::Refunds(refunds) => self.refunds_told(&refunds, decision),
        }
    }

    /// What is to be done for this sale after a restart: never a second vend.
    pub(super) fn resume(&self, around: Surroundings, decision: &mut Decision) {
        let out_trade_no = self.order.out_trade_no.clone();
        match &self.state {
            State::Opening | State::AwaitingPayment => {
                self.abandoned(Abandonment::Interrupted, decision);
            }
            State::Closing { .. } => decision.command(Command::QueryOrder(out_trade_no)),
            State::Vending { .. } => {
                let tag = self.attempt().tag(self.order.number);
                decision.command(Command::RecallVend { out_trade_no, tag });
            }
            State::Paid { receipt } => {
                self.owe(receipt, RefundReason::MachineFault, around, decision);
            }
            State::NotVended { receipt, .. } => {
                self.owe(receipt, RefundReason::NotVended, around, decision);
            }
            State::InDoubt { receipt, .. } => match around.in_doubt {
                InDoubt::Refund => self.owe(receipt, RefundReason::InDoubt, around, decision),
                InDoubt::Technician => {}
            },
            State::RefundOwed { .. } | State::Refunding { .. } => {
                self.ask_for_refund(around.can_refund, decision);
            }
            State::Closed | State::Vended { .. } | State::Refunded { .. } => {}
        }
    }

    fn opened(&self, prepay_id: PrepayId, around: Surroundings, decision: &mut Decision) {
        if self.state != State::Opening {
            return; // A late answer: the order is already being closed.
        }
        let out_trade_no = self.order.out_trade_no.clone();
        decision.record(Entry::OrderOpened { out_trade_no, prepay_id });
        if !(around.customer_waits && around.can_vend) {
            self.abandon(Abandonment::MachineFault, decision);
        }
    }

    fn refused(&self, reason: String, decision: &mut Decision) {
        let out_trade_no = self.order.out_trade_no.clone();
        if self.state == State::Opening {
            decision.record(Entry::OrderRefused { out_trade_no, reason });
        } else if matches!(self.state, State::Closing { opened: false, .. }) {
            decision.record(Entry::OrderClosed { out_trade_no });
        } // An order that was opened cannot be refused: only a query or a close ends it.
    }

    fn abandoned(&self, why: Abandonment, decision: &mut Decision) {
        if matches!(self.state, State::Opening | State::AwaitingPayment) {
            self.abandon(why, decision);
        }
    }

    fn abandon(&self, why: Abandonment, decision: &mut Decision) {
        let out_trade_no = self.order.out_trade_no.clone();
        decision.record(Entry::OrderAbandoned { out_trade_no: out_trade_no.clone(), why });
        decision.command(Command::QueryOrder(out_trade_no));
    }

    fn paid(&self, receipt: Receipt, around: Surroundings, decision: &mut Decision) {
        if self.receipt().is_some() {
            return; // The same payment again, perhaps on the other road.
        }
        let awaited = matches!(self.state, State::Opening | State::AwaitingPayment);
        decision.record(Entry::Paid { receipt: receipt.clone() });
        if awaited && around.customer_waits && around.can_vend {
            // Otherwise it waits for the motor: `MotorFree`.
            if around.motor_is_free {
                self.vend(&receipt, self.attempt(), decision);
            }
            return;
        }
        let why = Abandonment::MachineFault;
        let machine_fault = (awaited && around.customer_waits)
            || matches!(self.state, State::Closing { why: closed_for, .. } if closed_for == why);
        let reason =
            if machine_fault { RefundReason::MachineFault } else { RefundReason::PaidTooLate };
        self.owe(&receipt, reason, around, decision);
    }

    fn vend(&self, receipt: &Receipt, attempt: Attempt, decision: &mut Decision) {
        if let Some(vend) = Vend::paid_by(receipt, &self.order, attempt) {
            let (out_trade_no, slot) = (self.order.out_trade_no.clone(), attempt.slot);
            decision.record(Entry::VendRequested { out_trade_no, slot });
            decision.command(Command::Vend(vend));
        }
    }

    fn motor_free(&self, around: Surroundings, decision: &mut Decision) {
        let State::Paid { receipt } = &self.state else { return };
        if around.can_vend && around.waited < WAITS_MAX {
            self.vend(receipt, self.attempt(), decision);
        } else {
            self.owe(receipt, RefundReason::MachineFault, around, decision);
        }
    }

    fn not_paid(&self, around: Surroundings, decision: &mut Decision) {
        let closing = matches!(self.state, State::Closing { .. });
        if closing && around.age >= CLOSABLE_AFTER {
            decision.command(Command::CloseOrder(self.order.out_trade_no.clone()));
        }
    }

    fn gone(&self, decision: &mut Decision) {
        let out_trade_no = self.order.out_trade_no.clone();
        if matches!(self.state, State::Opening | State::AwaitingPayment) {
            let why = Abandonment::NotAccepted;
            decision.record(Entry::OrderAbandoned { out_trade_no: out_trade_no.clone(), why });
            decision.record(Entry::OrderClosed { out_trade_no });
        } else if matches!(self.state, State::Closing { .. }) {
            decision.record(Entry::OrderClosed { out_trade_no });
        } // Paid or settled: what is closed or refunded at WeChat changes no debt of ours.
    }

    fn not_found(&self, around: Surroundings, decision: &mut Decision) {
        let forgotten = around.age >= FORGOTTEN_AFTER;
        // Nobody but us ever saw the code_url of an order that was not opened: nobody can pay it.
        // One that was opened may appear yet.
        if let State::Closing { opened, .. } = self.state
            && (!opened || forgotten)
        {
            let out_trade_no = self.order.out_trade_no.clone();
            decision.record(Entry::OrderClosed { out_trade_no });
        }
    }

    fn vend_succeeded(&self, decision: &mut Decision) {
        let out_trade_no = self.order.out_trade_no.clone();
        if matches!(self.state, State::Vending { .. } | State::InDoubt { .. }) {
            decision.record(Entry::VendSucceeded { out_trade_no });
        } else if !matches!(self.state, State::Vended { .. }) {
            self.contradicted("the item fell", decision);
        }
    }

    fn vend_failed(&self, fault: Fault, around: Surroundings, decision: &mut Decision) {
        let out_trade_no = self.order.out_trade_no.clone();
        if let State::Vending { receipt } | State::InDoubt { receipt, .. } = &self.state {
            decision.record(Entry::VendFailed { out_trade_no, fault });
            match around.twin.filter(|_| self.may_try_twin(fault, around)) {
                Some(slot) => self.vend(receipt, Attempt { slot, is_twin: true }, decision),
                None => self.owe(receipt, RefundReason::NotVended, around, decision),
            }
        } else if matches!(self.state, State::Vended { .. }) {
            self.contradicted("nothing fell", decision);
        }
    }

    /// Once, for a fault that another slot need not have, and not out of a doubt: by then nobody
    /// may be there to take what falls.
    fn may_try_twin(&self, fault: Fault, around: Surroundings) -> bool {
        let vending = matches!(self.state, State::Vending { .. });
        vending && self.twin.is_none() && fault.is_of_the_slot() && around.can_vend
    }

    fn vend_unknown(&self, why: String, around: Surroundings, decision: &mut Decision) {
        let State::Vending { receipt } = &self.state else {
            return; // It is known already, or in doubt already.
        };
        let out_trade_no = self.order.out_trade_no.clone();
        decision.alarm(Alarm::InDoubt(out_trade_no.clone(), why.clone()));
        decision.record(Entry::VendUnknown { out_trade_no, why });
        match around.in_doubt {
            InDoubt::Refund => self.owe(receipt, RefundReason::InDoubt, around, decision),
            InDoubt::Technician => {}
        }
    }

    fn contradicted(&self, said: &'static str, decision: &mut Decision) {
        let out_trade_no = self.order.out_trade_no.clone();
        decision.alarm(Alarm::BoardContradicts(out_trade_no, self.state.name(), said));
    }
}
