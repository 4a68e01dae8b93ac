//! What follows from WeChat's words about refunds.

use std::time::Duration;

use protocol::refund::RefundAccepted;
use protocol::refund_notify::RefundHint;
use protocol::refundquery::Refunds;
use protocol::sign::Verified;
use protocol::{CallError, CallName, ErrCode, OutTradeNo, Verdict};

use super::Machine;
use crate::report::Chain;
use crate::sale::command::{Alarm, Command, NotifyReply, NotifyTicket};
use crate::sale::decide::Heard;
use crate::sale::decision::Decision;
use crate::sale::event::GatewayFault;
use crate::sale::queries::{self, Plan, RefundTries};
use crate::sale::state::{Sale, State};
use crate::sale::time::Now;

/// An accepted refund that WeChat does not know after so many questions is asked for once more,
/// under the same number.
const UNKNOWN_AFTER: u32 = 6;

/// WeChat blocks a merchant that asks too often for about a minute (APIv2 refund, error codes).
const ASKED_TOO_OFTEN: Duration = Duration::from_secs(60);

/// After so many tries, about two minutes, the operator is told whatever the reason is.
const LONG_AFTER: u32 = 6;

impl Machine {
    pub(super) fn refund_answered(
        &self,
        out_trade_no: &OutTradeNo,
        answer: &Result<Verified<RefundAccepted>, GatewayFault>,
        now: &Now,
        decision: &mut Decision,
    ) {
        let Some(sale) = self.books.sale(out_trade_no) else { return };
        if answer.is_ok() {
            // Counted from the front: it is most likely done in a moment.
            decision.memory.refunds.remove(out_trade_no);
        }
        self.plan_next_refund(sale, now, decision);
        match answer {
            Ok(accepted) => {
                let heard = Heard::RefundAccepted((**accepted).clone());
                self.hear(sale, heard, now, decision);
            }
            Err(fault) => self.refund_failed(sale, fault, now, decision),
        }
    }

    /// Nothing but a signed final word ends the tries: all else proves nothing.
    fn refund_failed(&self, sale: &Sale, fault: &GatewayFault, now: &Now, decision: &mut Decision) {
        match fault {
            GatewayFault::Call(CallError::Failed { err_code, .. }) => {
                let too_late = [ErrCode::TradeOverdue, ErrCode::UserAccountAbnormal];
                match err_code.verdict(CallName::Refund) {
                    verdict if verdict == Verdict::GiveUp || too_late.contains(err_code) => {
                        let why = Chain(fault).to_string();
                        self.hear(sale, Heard::RefundImpossible(why), now, decision);
                    }
                    Verdict::RepeatSame => self.refund_takes_long(sale, fault, now, decision),
                    Verdict::RepeatLater => {
                        self.refund_takes_long(sale, fault, now, decision);
                        self.not_before(sale, now.monotonic + ASKED_TOO_OFTEN, decision);
                    }
                    Verdict::AlarmAndRepeat => self.refund_delayed(sale, fault, decision),
                    Verdict::Query | Verdict::Alarm | Verdict::Unknown | Verdict::GiveUp => {
                        self.refund_refused(sale, fault, now, decision);
                    }
                }
            }
            GatewayFault::Unreachable(_) => self.refund_takes_long(sale, fault, now, decision),
            GatewayFault::Call(_) => self.refund_refused(sale, fault, now, decision),
        }
    }

    /// It is tried again, and asked about as well: an earlier try may have gone through, or a
    /// person who read the alarm may have paid it back.
    fn refund_refused(
        &self,
        sale: &Sale,
        fault: &GatewayFault,
        now: &Now,
        decision: &mut Decision,
    ) {
        self.refund_delayed(sale, fault, decision);
        decision.command(Command::QueryRefunds(sale.order.out_trade_no.clone()));
        self.plan_commands(now, decision);
    }

    fn refund_takes_long(
        &self,
        sale: &Sale,
        fault: &GatewayFault,
        now: &Now,
        decision: &mut Decision,
    ) {
        if self.refund_tries(sale) >= LONG_AFTER {
            self.refund_refused(sale, fault, now, decision);
        }
    }

    fn refund_tries(&self, sale: &Sale) -> u32 {
        self.memory.refunds.get(&sale.order.out_trade_no).map_or(0, |tries| tries.count)
    }

    /// The operator is told once, until the program is started again.
    fn refund_delayed(&self, sale: &Sale, fault: &GatewayFault, decision: &mut Decision) {
        let out_trade_no = sale.order.out_trade_no.clone();
        let tries = decision.memory.refunds.entry(out_trade_no.clone()).or_default();
        if !tries.alarmed {
            tries.alarmed = true;
            decision.alarm(Alarm::RefundDelayed(out_trade_no, Chain(fault).to_string()));
        }
    }

    pub(super) fn refunds_queried(
        &self,
        out_trade_no: &OutTradeNo,
        answer: &Result<Verified<Refunds>, GatewayFault>,
        now: &Now,
        decision: &mut Decision,
    ) {
        let Some(sale) = self.books.sale(out_trade_no) else { return };
        self.plan_next_refund(sale, now, decision);
        match answer {
            Ok(refunds) => {
                let ours = sale.refund().map(|refund| &refund.out_refund_no);
                let known = ours.is_some_and(|ours| refunds.find(ours).is_some());
                let after = self.hear(sale, Heard::Refunds((**refunds).clone()), now, decision);
                if !known && after.is_some_and(|after| after.is_open()) {
                    self.refund_unknown(sale, now, decision);
                }
            }
            Err(GatewayFault::Call(CallError::Failed {
                err_code: ErrCode::RefundNotExist,
                ..
            })) => self.refund_unknown(sale, now, decision),
            Err(fault @ GatewayFault::Call(CallError::BadSign(_) | CallError::Mismatch(_))) => {
                self.refund_delayed(sale, fault, decision);
            }
            Err(_) => {} // It proves nothing; the plan asks again.
        }
    }

    /// WeChat knows no refund of the order. One that it has accepted may appear yet; when it does
    /// not, asking again under the same number cannot make a second.
    fn refund_unknown(&self, sale: &Sale, now: &Now, decision: &mut Decision) {
        let State::Refunding { accepted, .. } = &sale.state else { return };
        if self.refund_tries(sale) < UNKNOWN_AFTER {
            return;
        }
        if self.settings.can_refund && *accepted {
            sale.ask_for_refund_again(decision);
            self.plan_commands(now, decision);
        } else if !self.settings.can_refund {
            let why = "this machine holds no certificate any more".to_owned();
            self.hear(sale, Heard::RefundImpossible(why), now, decision);
        }
    }

    /// The notify is not signed (APIv2 refund notify): it only makes us ask sooner.
    pub(super) fn refund_notified(
        &self,
        ticket: NotifyTicket,
        hint: &RefundHint,
        now: &Now,
        decision: &mut Decision,
    ) {
        let sale = self.books.sale(&hint.out_trade_no);
        let reply = if sale.is_some() { NotifyReply::Success } else { NotifyReply::Fail };
        if let Some(sale) = sale.filter(|sale| sale.is_open() && sale.refund().is_some()) {
            decision.command(Command::QueryRefunds(sale.order.out_trade_no.clone()));
            self.plan_commands(now, decision);
        }
        decision.command(Command::AnswerNotify { ticket, reply });
    }

    /// An answer came, good or bad: the next question is due by the number of questions so far.
    fn plan_next_refund(&self, sale: &Sale, now: &Now, decision: &mut Decision) {
        let out_trade_no = &sale.order.out_trade_no;
        let tries = decision.memory.refunds.entry(out_trade_no.clone()).or_default();
        tries.count = tries.count.saturating_add(1);
        let due = now.monotonic + queries::refund_pause(tries.count, out_trade_no);
        let due = due.max(tries.not_before);
        decision.memory.plans.insert(out_trade_no.clone(), Plan::due_at(due));
    }

    /// The same refund is not asked for again earlier than this, whatever is heard meanwhile.
    fn not_before(&self, sale: &Sale, at: Duration, decision: &mut Decision) {
        let out_trade_no = &sale.order.out_trade_no;
        let Decision { memory, .. } = decision;
        let tries = memory.refunds.entry(out_trade_no.clone()).or_default();
        tries.not_before = tries.not_before.max(at);
        if let Some(plan) = memory.plans.get_mut(out_trade_no) {
            plan.due = plan.due.max(at);
        }
    }

    /// Money that is owed from now on is asked about from now on.
    pub(super) fn plan_refund(
        &self,
        before: &Sale,
        after: &Sale,
        now: &Now,
        decision: &mut Decision,
    ) {
        let (Some(new), old) = (after.refund(), before.refund()) else { return };
        let out_trade_no = &after.order.out_trade_no;
        let pause = match old {
            None => queries::refund_pause(1, out_trade_no),
            Some(old) if old.out_refund_no != new.out_refund_no => queries::PAUSE_BETWEEN_REFUNDS,
            Some(_) => return,
        };
        let due = now.monotonic + pause;
        let not_before = if old.is_some() { due } else { Duration::ZERO };
        let tries = RefundTries { not_before, ..RefundTries::default() };
        decision.memory.refunds.insert(out_trade_no.clone(), tries);
        decision.memory.plans.insert(out_trade_no.clone(), Plan::due_at(due));
    }
}
