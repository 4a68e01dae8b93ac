//! What follows from WeChat's words: notifies, and answers to our calls.

use protocol::closeorder::Closed;
use protocol::orderquery::{OrderState, TradeState};
use protocol::sign::Verified;
use protocol::unifiedorder::Opened;
use protocol::{CallError, CallName, ErrCode, OutTradeNo, Payment, Verdict};

use super::Machine;
use crate::report::Chain;
use crate::sale::command::{Alarm, Command, NotifyReply, NotifyTicket};
use crate::sale::decide::{CLOSABLE_AFTER, Heard};
use crate::sale::decision::Decision;
use crate::sale::entry::Abandonment;
use crate::sale::event::{GatewayFault, Queried};
use crate::sale::health::LogHealth;
use crate::sale::queries::{self, Plan};
use crate::sale::receipt::{Receipt, ReceiptError, Via};
use crate::sale::remote::Door;
use crate::sale::session::Session;
use crate::sale::state::{Sale, State};
use crate::sale::time::Now;

impl Machine {
    pub(super) fn notified(
        &self,
        ticket: NotifyTicket,
        payment: &Verified<Payment>,
        now: &Now,
        decision: &mut Decision,
    ) {
        decision.memory.health.gateway_down = false;
        let reply = if self.memory.health.log == LogHealth::Up {
            self.paid(payment, Via::Notify, now, decision)
        } else {
            NotifyReply::Fail // It could not be recorded: WeChat shall say it again.
        };
        decision.command(Command::AnswerNotify { ticket, reply });
    }

    pub(super) fn open_answered(
        &self,
        out_trade_no: &OutTradeNo,
        answer: &Result<Verified<Opened>, GatewayFault>,
        now: &Now,
        decision: &mut Decision,
    ) {
        let Some(sale) = self.books.sale(out_trade_no) else { return };
        if answer.is_err() {
            self.remote_not_opened(out_trade_no, decision);
        }
        // Only while the order is opening: then it is asked for until something comes from WeChat.
        let unreachable = is_unreachable(answer.as_ref().err());
        decision.memory.health.gateway_down = unreachable && sale.state == State::Opening;
        match answer {
            Ok(opened) => {
                let after = self.hear(sale, Heard::Opened(opened.prepay_id.clone()), now, decision);
                if after.is_some_and(|after| after.state == State::AwaitingPayment) {
                    self.show_qr(sale, opened, now, decision);
                    self.remote_opened(sale, opened, now, decision);
                } else {
                    self.remote_not_opened(out_trade_no, decision);
                }
            }
            Err(fault) => {
                let text = Chain(fault).to_string();
                decision.alarm(Alarm::OrderNotOpened(out_trade_no.clone(), text.clone()));
                let heard = match fault {
                    fault if is_unreachable(Some(fault)) => {
                        Heard::Abandoned(Abandonment::Unanswered)
                    }
                    GatewayFault::Call(error) if is_certain_refusal(error) => Heard::Refused(text),
                    GatewayFault::Unreachable(_) | GatewayFault::Call(_) => {
                        Heard::Abandoned(Abandonment::NotAccepted)
                    }
                };
                self.hear(sale, heard, now, decision);
            }
        }
    }

    pub(super) fn queried(&self, queried: &Queried, now: &Now, decision: &mut Decision) {
        let Some(sale) = self.books.sale(&queried.out_trade_no) else { return };
        if !is_unreachable(queried.answer.as_ref().err()) {
            decision.memory.health.gateway_down = false;
        }
        if sale.receipt().is_some() {
            return; // A late answer: what is asked about such a sale is its refund.
        }
        self.plan_next(sale, now, decision);
        if sale.order.door == Door::Scanner {
            match &queried.answer {
                Ok(answer) => self.code_state(sale, answer, now, decision),
                Err(fault) => self.code_fault(sale, CallName::OrderQuery, fault, now, decision),
            }
            return;
        }
        match &queried.answer {
            Ok(answer) => self.order_state(sale, answer, now, decision),
            Err(GatewayFault::Call(error)) => self.query_failed(sale, error, now, decision),
            Err(GatewayFault::Unreachable(_)) => {} // It proves nothing; the plan asks again.
        }
    }

    pub(super) fn close_answered(
        &self,
        out_trade_no: &OutTradeNo,
        answer: &Result<Verified<Closed>, GatewayFault>,
        now: &Now,
        decision: &mut Decision,
    ) {
        let Some(sale) = self.books.sale(out_trade_no) else { return };
        if !is_unreachable(answer.as_ref().err()) {
            decision.memory.health.gateway_down = false;
        }
        if sale.receipt().is_some() {
            return; // It was paid before it could be closed.
        }
        let err_code = match answer {
            Ok(_) => {
                self.hear(sale, Heard::Gone, now, decision);
                return;
            }
            Err(GatewayFault::Call(CallError::Failed { err_code, .. })) => err_code,
            Err(_) => return, // The plan asks and closes again.
        };
        if *err_code == ErrCode::OrderClosed {
            self.hear(sale, Heard::Gone, now, decision);
        } else if *err_code == ErrCode::OrderNotExist {
            self.hear(sale, Heard::NotFound, now, decision);
        } else if *err_code == ErrCode::OrderPaid {
            // Soon, but not at once: a query that does not know it yet would lead back here.
            let due = now.monotonic + queries::PAUSE_AFTER_ORDERPAID;
            decision.memory.plans.insert(out_trade_no.clone(), Plan::due_at(due));
        } // Otherwise not now: the plan asks and closes again.
    }

    fn order_state(
        &self,
        sale: &Sale,
        answer: &Verified<OrderState>,
        now: &Now,
        decision: &mut Decision,
    ) {
        match &answer.trade_state {
            TradeState::Success => {
                if let Some(payment) = answer.payment() {
                    self.paid(&payment, Via::OrderQuery, now, decision);
                }
            }
            TradeState::Closed | TradeState::Revoked => {
                self.hear(sale, Heard::Gone, now, decision);
            }
            TradeState::Refund => {
                decision.alarm(Alarm::RefundedElsewhere(sale.order.out_trade_no.clone()));
                self.hear(sale, Heard::Gone, now, decision);
            }
            // Not final, or not known to us: never deliver on it. An order that nobody waits for is
            // closed all the same: WeChat itself refuses that when it is paid.
            TradeState::NotPay
            | TradeState::UserPaying
            | TradeState::PayError
            | TradeState::Accept
            | TradeState::Unknown(_) => {
                self.hear(sale, Heard::NotPaid, now, decision);
            }
        }
    }

    fn query_failed(&self, sale: &Sale, error: &CallError, now: &Now, decision: &mut Decision) {
        match error {
            CallError::Failed { err_code: ErrCode::OrderNotExist, .. } => {
                self.hear(sale, Heard::NotFound, now, decision);
            }
            CallError::BadSign(_) | CallError::Mismatch(_) => decision.alarm(
                Alarm::AnswerUnusable(sale.order.out_trade_no.clone(), Chain(error).to_string()),
            ),
            // WeChat is busy or unwell: the plan asks again.
            CallError::Failed { .. } | CallError::NotXml(_) | CallError::Refused { .. } => {}
        }
    }

    /// The one door for both roads: a verified payment of an order of ours, or nothing.
    pub(super) fn paid(
        &self,
        payment: &Verified<Payment>,
        via: Via,
        now: &Now,
        decision: &mut Decision,
    ) -> NotifyReply {
        let Some(sale) = self.books.sale(&payment.out_trade_no) else {
            decision.alarm(Alarm::UnknownOrder(payment.out_trade_no.clone()));
            return NotifyReply::Fail;
        };
        let out_trade_no = sale.order.out_trade_no.clone();
        match self.receipt(sale, payment, via) {
            Err(error) => {
                let told = via != Via::Notify && self.memory.disputed.contains(&out_trade_no);
                if !told {
                    decision.memory.disputed.insert(out_trade_no.clone());
                    decision.alarm(Alarm::PaymentRefused(out_trade_no, error));
                }
                return NotifyReply::Fail;
            }
            Ok(_) if sale.receipt().is_some() => {
                if via == Via::Notify {
                    decision.alarm(Alarm::PaymentRepeated(out_trade_no));
                }
            }
            Ok(receipt) => {
                self.hear(sale, Heard::Paid(receipt), now, decision);
            }
        }
        NotifyReply::Success
    }

    fn receipt(
        &self,
        sale: &Sale,
        payment: &Verified<Payment>,
        via: Via,
    ) -> Result<Receipt, ReceiptError> {
        let receipt = Receipt::check(&sale.order, &self.settings, payment, via)?;
        let used = self.books.order_of(receipt.transaction_id());
        if let Some(other) = used.filter(|other| **other != sale.order.out_trade_no) {
            return Err(ReceiptError::UsedBefore(receipt.transaction_id().clone(), other.clone()));
        }
        let paid_by = sale.receipt().map(Receipt::transaction_id);
        if paid_by.is_some_and(|paid_by| paid_by != receipt.transaction_id()) {
            return Err(ReceiptError::PaidTwice(receipt.transaction_id().clone()));
        }
        Ok(receipt)
    }

    fn show_qr(&self, sale: &Sale, opened: &Opened, now: &Now, decision: &mut Decision) {
        let out_trade_no = &sale.order.out_trade_no;
        if !self.memory.session.awaits_payment_of(out_trade_no) {
            return;
        }
        // An order that is paid inside of WeChat has no QR.
        let Some(code_url) = opened.code_url.clone() else { return };
        decision.memory.session = Session::Paying {
            order: sale.order.clone(),
            code_url,
            until: now.monotonic + self.settings.payment_window,
        };
        let due = now.monotonic + queries::first_pause(self.books.road());
        decision.memory.plans.insert(out_trade_no.clone(), Plan::due_at(due));
    }

    /// An answer came, good or bad: the next question is due by the age of the order.
    fn plan_next(&self, sale: &Sale, now: &Now, decision: &mut Decision) {
        let out_trade_no = &sale.order.out_trade_no;
        let age = self.age(sale, now);
        let pause = if self.memory.session.is_checking(out_trade_no) {
            queries::PAUSE_CHECKING
        } else if decision.memory.health.gateway_down {
            queries::PAUSE_GATEWAY_DOWN
        } else if matches!(sale.state, State::Closing { .. }) {
            // Nobody waits for it: the question that matters is the one before it is closed.
            let pause = queries::pause_unattended(age, out_trade_no);
            let closable_in = CLOSABLE_AFTER.saturating_sub(age);
            if closable_in.is_zero() { pause } else { pause.min(closable_in) }
        } else {
            queries::pause(age, self.books.road(), out_trade_no)
        };
        // From question to question: an answer that was long on its way, or lay there while the
        // program stood still, is old.
        let asked = self.memory.plans.get(out_trade_no).and_then(|plan| plan.asked);
        let due = asked.unwrap_or(now.monotonic) + pause;
        decision.memory.plans.insert(out_trade_no.clone(), Plan::due_at(due.max(now.monotonic)));
    }
}

/// Whether nothing came back that WeChat itself can have said.
pub(super) fn is_unreachable(fault: Option<&GatewayFault>) -> bool {
    matches!(fault, Some(GatewayFault::Unreachable(_) | GatewayFault::Call(CallError::NotXml(_))))
}

/// Whether WeChat said under its signature that it did not, and will not, open this order.
fn is_certain_refusal(error: &CallError) -> bool {
    match error {
        CallError::Failed { err_code, .. } => {
            // A closed order is one that is there: like all that `Query`, it must be asked for.
            *err_code != ErrCode::OrderClosed
                && matches!(
                    err_code.verdict(CallName::UnifiedOrder),
                    Verdict::GiveUp | Verdict::Alarm
                )
        }
        CallError::NotXml(_)
        | CallError::Refused { .. }
        | CallError::BadSign(_)
        | CallError::Mismatch(_) => false,
    }
}
