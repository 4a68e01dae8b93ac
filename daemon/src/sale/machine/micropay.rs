//! What follows when a customer shows a payment code to the scanner (APIv2 micropay).
//!
//! There is no notify and no QR: the answer, or `orderquery`, says whether it is paid, and what
//! stays unclear is reversed until WeChat says that it is done. Which of these is next is
//! [`flow::next`]'s word; here it becomes entries, commands and plans.

use protocol::micropay::flow::{self, Next, Phase};
use protocol::orderquery::OrderState;
use protocol::reverse::Recall;
use protocol::sign::Verified;
use protocol::{AuthCode, CallError, CallName, OutTradeNo, Payment};
use std::time::Duration;

use super::Machine;
use crate::report::Chain;
use crate::sale::command::{Alarm, Command};
use crate::sale::decide::Heard;
use crate::sale::decision::Decision;
use crate::sale::entry::{Abandonment, Entry};
use crate::sale::event::GatewayFault;
use crate::sale::planogram::Availability;
use crate::sale::queries::{self, Plan};
use crate::sale::receipt::Via;
use crate::sale::remote::Door;
use crate::sale::session::Session;
use crate::sale::state::{Sale, State};
use crate::sale::time::{Age, Now};

/// So long the customer waits for the bank or types the password; [`flow`] ends it before.
const PAYING_MAX: Duration = Duration::from_secs(40);

impl Machine {
    /// The customer who has a QR before them shows a code instead. A code is money for a new order:
    /// the QR's number is taken already, and its order is let go.
    pub(super) fn code_shown(&self, code: &AuthCode, now: &Now, decision: &mut Decision) {
        let Session::Paying { order: offered, .. } = &self.memory.session else { return };
        let Some(position) = self.books.planogram().position(offered.slot) else { return };
        let Some(sale) = self.books.sale(&offered.out_trade_no) else { return };
        // The offered order still holds its item, which is free from now on.
        let limit = self.settings.failures_until_blocked;
        let left = self.books.availability_without(&offered.out_trade_no, offered.slot, limit);
        let around = self.surroundings(sale, now);
        if left != Some(Availability::Available) || !around.can_vend {
            return;
        }
        let order = self.order(offered.slot, position, Door::Scanner, now);
        // The same customer goes on, in the language they chose.
        let language = decision.memory.language;
        self.hear(sale, Heard::Abandoned(Abandonment::Cancelled), now, decision);
        decision.memory.language = language;
        let age = Age::new(now.monotonic, Duration::ZERO);
        decision.memory.ages.insert(order.out_trade_no.clone(), age);
        decision.record(Entry::OrderCreated { order: order.clone() });
        decision.command(Command::PayByCode { order: order.clone(), code: code.clone() });
        let until = now.monotonic + PAYING_MAX;
        decision.memory.session = Session::Ordering { order, until };
    }

    pub(super) fn code_paid(
        &self,
        out_trade_no: &OutTradeNo,
        answer: &Result<Verified<Payment>, GatewayFault>,
        now: &Now,
        decision: &mut Decision,
    ) {
        let Some(sale) = self.books.sale(out_trade_no) else { return };
        match answer {
            Ok(payment) => self.code_payment(sale, payment, now, decision),
            Err(fault) => self.code_fault(sale, CallName::MicroPay, fault, now, decision),
        }
    }

    pub(super) fn reverse_answered(
        &self,
        out_trade_no: &OutTradeNo,
        answer: &Result<Verified<Recall>, GatewayFault>,
        now: &Now,
        decision: &mut Decision,
    ) {
        let Some(sale) = self.books.sale(out_trade_no) else { return };
        match answer {
            Ok(recall) => {
                self.code_next(sale, flow::Heard::Reversed(**recall), None, now, decision);
            }
            Err(fault) => self.code_fault(sale, CallName::Reverse, fault, now, decision),
        }
    }

    /// What `orderquery` says of such an order.
    pub(super) fn code_state(
        &self,
        sale: &Sale,
        answer: &Verified<OrderState>,
        now: &Now,
        decision: &mut Decision,
    ) {
        match answer.payment() {
            Some(payment) => self.code_payment(sale, &payment, now, decision),
            None => {
                let heard = flow::Heard::State(&answer.trade_state);
                self.code_next(sale, heard, None, now, decision);
            }
        }
    }

    /// A call about such an order failed: with a signed word, or with none that proves anything.
    pub(super) fn code_fault(
        &self,
        sale: &Sale,
        call: CallName,
        fault: &GatewayFault,
        now: &Now,
        decision: &mut Decision,
    ) {
        let why = Some(Chain(fault).to_string());
        if call == CallName::Reverse && !matches!(fault, GatewayFault::Unreachable(_)) {
            self.reverse_refused(sale, fault, decision);
        }
        let heard = match fault {
            GatewayFault::Call(CallError::Failed { err_code, .. }) => {
                flow::Heard::Failed(call, err_code)
            }
            GatewayFault::Call(_) | GatewayFault::Unreachable(_) => flow::Heard::Nothing,
        };
        self.code_next(sale, heard, why, now, decision);
    }

    /// The operator is told once: the customer's money may be waiting for it.
    fn reverse_refused(&self, sale: &Sale, fault: &GatewayFault, decision: &mut Decision) {
        let out_trade_no = sale.order.out_trade_no.clone();
        if decision.memory.disputed.insert(out_trade_no.clone()) {
            decision.alarm(Alarm::ReverseRefused(out_trade_no, Chain(fault).to_string()));
        }
    }

    /// While somebody waits it is vended. After that it is taken back whole: the customer was told
    /// that it is over. What can no longer be reversed is paid back as a refund.
    fn code_payment(
        &self,
        sale: &Sale,
        payment: &Verified<Payment>,
        now: &Now,
        decision: &mut Decision,
    ) {
        let reversible = self.settings.can_refund && self.age(sale, now) < REVERSIBLE_FOR;
        if matches!(sale.state, State::Closing { .. }) && reversible {
            self.code_next(sale, flow::Heard::Paid, None, now, decision);
        } else {
            self.paid(payment, Via::MicroPay, now, decision);
        }
    }

    fn code_next(
        &self,
        sale: &Sale,
        heard: flow::Heard<'_>,
        why: Option<String>,
        now: &Now,
        decision: &mut Decision,
    ) {
        let phase = if sale.state == State::Opening {
            Phase::Paying
        } else if matches!(sale.state, State::Closing { .. }) {
            Phase::Reversing
        } else {
            return; // A late answer: it is paid, or at its end.
        };
        let due = match flow::next(phase, heard, self.age(sale, now)) {
            Next::Query { after } => {
                decision.memory.reversing.remove(&sale.order.out_trade_no);
                after
            }
            Next::Reverse { after } => {
                self.hear(sale, Heard::Abandoned(abandonment(heard)), now, decision);
                decision.memory.reversing.insert(sale.order.out_trade_no.clone());
                after
            }
            Next::GiveUp if phase == Phase::Paying => {
                let why = why.unwrap_or_default();
                let out_trade_no = sale.order.out_trade_no.clone();
                decision.alarm(Alarm::OrderNotOpened(out_trade_no, why.clone()));
                self.hear(sale, Heard::Refused(why), now, decision);
                return;
            }
            Next::GiveUp => {
                self.hear(sale, Heard::Gone, now, decision);
                return;
            }
            // Too old to be reversed, or paid otherwise than ordered: what it is, is asked again.
            Next::Deliver | Next::Refund => {
                decision.memory.reversing.remove(&sale.order.out_trade_no);
                SLOW
            }
        };
        let age = self.age(sale, now);
        let slow = age >= SLOW && !self.settings.can_refund;
        let pause = queries::pause_unattended(age, &sale.order.out_trade_no);
        let due = if slow { due.max(pause) } else { due };
        let plan = Plan::due_at(now.monotonic + due);
        decision.memory.plans.insert(sale.order.out_trade_no.clone(), plan);
    }

    /// One question about such an order at a time. A second one could be answered before a reverse
    /// and heard after it: that it is paid would then be taken for money that is still here.
    pub(super) fn leave_questions_to_plan(&self, sale: &Sale, now: &Now, decision: &mut Decision) {
        let out_trade_no = &sale.order.out_trade_no;
        let Decision { commands, memory, .. } = decision;
        commands.retain(|it| !matches!(it, Command::QueryOrder(asked) if asked == out_trade_no));
        let plan = Plan::due_at(now.monotonic);
        memory.plans.entry(out_trade_no.clone()).or_insert(plan);
    }

    /// The question of this moment about such an order.
    pub(super) fn code_question(&self, sale: &Sale) -> Command {
        let out_trade_no = sale.order.out_trade_no.clone();
        // Without a certificate WeChat's own reversal, after 45 s, is all there is.
        if self.memory.reversing.contains(&out_trade_no) && self.settings.can_refund {
            Command::Reverse(out_trade_no)
        } else {
            Command::QueryOrder(out_trade_no)
        }
    }
}

/// What the customer is told of an order by code that came to nothing.
fn abandonment(heard: flow::Heard<'_>) -> Abandonment {
    match heard {
        flow::Heard::State(_) => Abandonment::NotAccepted,
        flow::Heard::Paid
        | flow::Heard::Failed(..)
        | flow::Heard::Reversed(_)
        | flow::Heard::Nothing => Abandonment::Unanswered,
    }
}

/// APIv2 reverse: within 7 days of the trade; an hour less, for clocks that differ.
const REVERSIBLE_FOR: Duration = Duration::from_secs(7 * 86_400 - 3_600);

/// Nothing is left that could change quickly.
const SLOW: Duration = Duration::from_secs(60);
