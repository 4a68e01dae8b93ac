//! WeChat's servers as one small value: what they know of each order, and how they answer.
//!
//! ```text
//!  open ──► Open ──pay, until time_expire──► Paid ──refund ──► PROCESSING ──► SUCCESS ■
//!            │                                 ▲    ├─────────────────────► CHANGE ■
//!            └──close, after 5 min──► Closed ■ │    └─────────────────────► REFUNDCLOSE ■
//!  pay_by_code ──► Open, USERPAYING ───────────┘
//!            └──reverse, or 45 s without payment──► Reversed ■
//! ```
//!
//! Each call takes effect at once and gives the answer as the event that the machine's gateway port
//! would make of it, signed and read as a real one. When a request arrives, whether its answer
//! does, and what comes twice is the caller's to play. The rules are those of [`crate::gateway`],
//! which answers over HTTPS; three things are simpler here: every order is the same merchant's, a
//! repeated `open` gives the same code again, and WeChat's numbers are made of the order's own, so
//! that worlds that differ only in the order of their events are equal.

use std::collections::BTreeMap;
use std::sync::Arc;

use daemon::sale::{self, Event, GatewayFault, NotifyTicket, Queried};
use protocol::{CallError, Fen, OpenId, OutRefundNo, OutTradeNo};

use super::{answers, faults::failed};
use crate::gateway::{Password, PayError, RefundEnd};

/// APIv2 closeorder: not earlier than 5 minutes after the order was made.
const CLOSE_AFTER_MS: i64 = 5 * 60_000;
/// APIv2 unifiedorder: `time_expire` is at least 5 minutes off. Of a payment by code: 1 minute.
const EXPIRE_MS_MIN: [i64; 2] = [5 * 60_000, 60_000];
/// APIv2 unifiedorder: a code is valid for 2 hours.
const CODE_VALID_MS: i64 = 2 * 3_600_000;
/// APIv2 refund, "rules": two refunds of one order are at least a minute apart.
const REFUND_PAUSE_MS: i64 = 60_000;
/// APIv2 refund, TRADE_OVERDUE: within a year of the payment.
const REFUNDABLE_MS: i64 = 365 * 86_400_000;
/// APIv2 refund, "rules": at most 50 refunds of an order.
const REFUNDS_MAX: usize = 50;
/// APIv2 micropay: what is not paid so long after it was made is reversed by WeChat.
const LAPSE_MS: i64 = 45_000;
/// APIv2 reverse: not earlier than 15 s after the payment was sent.
const REVERSE_FROM_MS: i64 = 15_000;
/// APIv2 reverse, REVERSE_EXPIRE: within 7 days.
const REVERSIBLE_MS: i64 = 7 * 86_400_000;

/// WeChat's servers. All times are milliseconds since 1970, by WeChat's own clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gateway {
    orders: BTreeMap<OutTradeNo, Arc<Account>>,
}

/// What WeChat knows of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// As the machine asked for it.
    pub order: sale::Order,
    /// Who alone may pay it, as a mini-program's order says.
    pub payer: Option<OpenId>,
    /// When WeChat first heard of it.
    pub opened_at_ms: i64,
    /// Where its money is.
    pub money: Money,
    /// Only of a payment by code: whether a password is typed.
    pub password: Option<Password>,
    /// Every refund that WeChat took, the oldest first.
    pub refunds: Vec<Refund>,
}

/// Where the money of an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Money {
    /// Not paid, and it can be.
    Open,
    /// The merchant has it, but for the refunds.
    Paid {
        /// When.
        at_ms: i64,
    },
    /// Never paid, and it cannot be any more.
    Closed,
    /// A payment by code that was taken back, whatever became of it.
    Reversed {
        /// It had been paid, and all of it went back.
        paid: bool,
        /// When it was taken back.
        at_ms: i64,
    },
}

/// One refund that WeChat took.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Refund {
    /// The machine's number, or one of WeChat's making when a person made it.
    pub out_refund_no: OutRefundNo,
    /// What goes back, in fen.
    pub fen: u32,
    /// When it was taken.
    pub accepted_at_ms: i64,
    /// Until then it is PROCESSING.
    pub settles_at_ms: i64,
    /// What it is from then on.
    pub end: RefundEnd,
}

/// What becomes of a refund that is asked for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefundMood {
    /// It is taken, and at its end so many milliseconds later.
    Takes(i64, RefundEnd),
    /// The merchant's balance is too low: nothing is taken.
    NotEnough,
}

impl Refund {
    /// Whether its money has left the merchant, or is about to.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.end != RefundEnd::Close
    }

    /// As refundquery says it.
    #[must_use]
    pub fn status(&self, now_ms: i64) -> &'static str {
        if now_ms < self.settles_at_ms { "PROCESSING" } else { self.end.as_str() }
    }
}

impl Account {
    /// What was paid, in fen; also when it went back since.
    #[must_use]
    pub fn paid(&self) -> u32 {
        match self.money {
            Money::Paid { .. } | Money::Reversed { paid: true, .. } => self.order.price.get(),
            Money::Open | Money::Closed | Money::Reversed { paid: false, .. } => 0,
        }
    }

    /// What went back or is on its way back, in fen.
    #[must_use]
    pub fn refunded(&self) -> u32 {
        match self.money {
            Money::Reversed { .. } => self.paid(),
            Money::Open | Money::Closed | Money::Paid { .. } => {
                self.refunds.iter().filter(|refund| refund.counts()).map(|refund| refund.fen).sum()
            }
        }
    }

    /// What surely is back with the customer, in fen.
    #[must_use]
    pub fn back(&self, now_ms: i64) -> u32 {
        if let Money::Reversed { .. } = self.money {
            return self.paid();
        }
        let done = self.refunds.iter().filter(|refund| refund.status(now_ms) == "SUCCESS");
        done.map(|refund| refund.fen).sum()
    }

    /// As orderquery says it.
    #[must_use]
    pub fn trade_state(&self) -> &'static str {
        match (self.money, self.password) {
            (Money::Paid { .. }, _) if self.refunds.is_empty() => "SUCCESS",
            (Money::Paid { .. }, _) => "REFUND",
            (Money::Closed, _) => "CLOSED",
            (Money::Reversed { .. }, _) => "REVOKED",
            (Money::Open, Some(Password::Right(_) | Password::Wrong(_))) => "USERPAYING",
            (Money::Open, Some(Password::Failed)) => "PAYERROR",
            (Money::Open, Some(Password::NotAsked) | None) => "NOTPAY",
        }
    }

    /// The last moment at which it can be paid: a second begins with its first millisecond.
    fn expires_at_ms(&self) -> i64 {
        let expires_at_ms = self.order.time_expire.unix_ms();
        (expires_at_ms - expires_at_ms.rem_euclid(1_000)).min(self.opened_at_ms + CODE_VALID_MS)
    }

    /// Whether nothing changes any more unless somebody refunds.
    fn ended_at_ms(&self) -> Option<i64> {
        let settled = self.refunds.iter().map(|refund| refund.settles_at_ms).max();
        match self.money {
            Money::Open | Money::Closed => Some(self.expires_at_ms()),
            Money::Paid { at_ms } | Money::Reversed { at_ms, .. } => settled.max(Some(at_ms)),
        }
    }
}

impl Gateway {
    /// What is known of an order.
    #[must_use]
    pub fn account(&self, out_trade_no: &OutTradeNo) -> Option<&Account> {
        self.orders.get(out_trade_no).map(|account| &**account)
    }

    /// Every order that is known.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.orders.values().map(|account| &**account)
    }

    /// Forgets every order to which nothing has happened, and nothing can, since `before_ms`. The
    /// caller has compared the books: a question about such an order is answered ORDERNOTEXIST.
    pub fn forget_settled(&mut self, before_ms: i64) {
        self.orders.retain(|_, account| account.ended_at_ms().is_none_or(|at| at >= before_ms));
    }

    /// unifiedorder: a new order, or the same one again.
    pub fn open(&mut self, order: &sale::Order, payer: Option<&OpenId>, now_ms: i64) -> Event {
        let answer = match self.enter(order, payer, None, now_ms) {
            Ok(()) => Ok(answers::opened(order, payer)),
            Err(fault) => Err(fault),
        };
        Event::OpenAnswered { out_trade_no: order.out_trade_no.clone(), answer }
    }

    /// orderquery.
    pub fn query(&mut self, out_trade_no: &OutTradeNo, now_ms: i64) -> Event {
        self.type_password(out_trade_no, now_ms);
        let answer = match self.account(out_trade_no) {
            Some(account) => Ok(answers::state(account)),
            None => Err(failed("ORDERNOTEXIST")),
        };
        Event::Queried(Queried { out_trade_no: out_trade_no.clone(), answer })
    }

    /// closeorder.
    pub fn close(&mut self, out_trade_no: &OutTradeNo, now_ms: i64) -> Event {
        let refused = match self.known(out_trade_no) {
            None => Some("ORDERNOTEXIST"),
            Some(account) => match account.money {
                Money::Paid { .. } => Some("ORDERPAID"),
                Money::Closed | Money::Reversed { .. } => Some("ORDERCLOSED"),
                Money::Open if now_ms - account.opened_at_ms < CLOSE_AFTER_MS => {
                    Some("TRADE_STATE_ERROR")
                }
                Money::Open => {
                    account.money = Money::Closed;
                    None
                }
            },
        };
        let answer =
            refused.map_or_else(|| Ok(answers::closed(out_trade_no)), |code| Err(failed(code)));
        Event::CloseAnswered { out_trade_no: out_trade_no.clone(), answer }
    }

    /// refund: a new one, or the same one again, which is taken once.
    pub fn refund(&mut self, refund: &sale::Refund, mood: RefundMood, now_ms: i64) -> Event {
        let out_trade_no = refund.out_trade_no();
        let taken = self.take_refund(refund, mood, now_ms);
        let answer = taken.map(|nth| answers::refund_accepted(refund, nth)).map_err(failed);
        Event::RefundAnswered { out_trade_no: out_trade_no.clone(), answer }
    }

    /// refundquery.
    #[must_use]
    pub fn query_refunds(&self, out_trade_no: &OutTradeNo, now_ms: i64) -> Event {
        let answer = match self.account(out_trade_no).filter(|it| !it.refunds.is_empty()) {
            Some(account) => Ok(answers::refunds(account, now_ms)),
            None => Err(failed("REFUNDNOTEXIST")),
        };
        Event::RefundsQueried { out_trade_no: out_trade_no.clone(), answer }
    }

    /// micropay: a customer's code is charged, with or without a password.
    pub fn pay_by_code(&mut self, order: &sale::Order, password: Password, now_ms: i64) -> Event {
        let out_trade_no = order.out_trade_no.clone();
        let entered = self.enter(order, None, Some(password), now_ms);
        if entered.is_ok() && password == Password::NotAsked {
            // What was paid before, or is over, stays as it is.
            let _ = self.pay(&out_trade_no, now_ms);
        }
        let answer = match (entered, self.account(&out_trade_no)) {
            (Err(fault), _) => Err(fault),
            (Ok(()), Some(account)) => match account.trade_state() {
                "SUCCESS" => Ok(answers::code_paid(account)),
                "USERPAYING" => Err(failed("USERPAYING")),
                _ => Err(failed("TRADE_ERROR")),
            },
            (Ok(()), None) => Err(failed("SYSTEMERROR")),
        };
        Event::CodePaid { out_trade_no, answer }
    }

    /// reverse: what is open is closed, what is paid goes back.
    pub fn reverse(&mut self, out_trade_no: &OutTradeNo, now_ms: i64) -> Event {
        self.lapse(out_trade_no, now_ms);
        let refused = match self.known(out_trade_no) {
            None => Some("INVALID_TRANSACTIONID"),
            Some(Account { password: None, .. }) => Some("INVALID_REQUEST"),
            Some(Account { money: Money::Reversed { .. }, .. }) => None,
            Some(account) if now_ms - account.opened_at_ms < REVERSE_FROM_MS => Some("TRADE_ERROR"),
            Some(account) if now_ms - account.opened_at_ms > REVERSIBLE_MS => {
                Some("REVERSE_EXPIRE")
            }
            Some(account) => {
                account.money = Money::Reversed { paid: account.paid() > 0, at_ms: now_ms };
                None
            }
        };
        let answer =
            refused.map_or_else(|| Ok(answers::reversed(out_trade_no)), |code| Err(failed(code)));
        Event::ReverseAnswered { out_trade_no: out_trade_no.clone(), answer }
    }

    /// A customer pays with the phone, or types the password after showing a code.
    ///
    /// # Errors
    ///
    /// Why the phone shows no success.
    pub fn pay(&mut self, out_trade_no: &OutTradeNo, now_ms: i64) -> Result<(), PayError> {
        self.lapse(out_trade_no, now_ms);
        let account = self.known(out_trade_no).ok_or(PayError::UnknownCode)?;
        match account.money {
            Money::Paid { .. } | Money::Reversed { paid: true, .. } => Err(PayError::AlreadyPaid),
            Money::Closed | Money::Reversed { paid: false, .. } => Err(PayError::Closed),
            Money::Open if now_ms > account.expires_at_ms() => Err(PayError::OrderExpired),
            Money::Open => {
                account.money = Money::Paid { at_ms: now_ms };
                Ok(())
            }
        }
    }

    /// The notify that an order was paid, as the intake reads it; `None` when it was not, and of a
    /// payment by code, which has none. It may be sent as often as one likes.
    #[must_use]
    pub fn notify(&self, out_trade_no: &OutTradeNo, ticket: NotifyTicket) -> Option<Event> {
        let account = self.account(out_trade_no)?;
        let told = matches!(account.money, Money::Paid { .. }) && account.password.is_none();
        told.then(|| Event::Notified { ticket, payment: answers::notify(account) })
    }

    /// A notify, rightly signed, that `fen` were paid for an order, whatever was: as somebody who
    /// has the key could send it. `None` when there is no such order.
    #[must_use]
    pub fn claim(
        &self,
        out_trade_no: &OutTradeNo,
        fen: u32,
        ticket: NotifyTicket,
    ) -> Option<Event> {
        let mut account = self.account(out_trade_no)?.clone();
        account.order.price = Fen::new(fen);
        Some(Event::Notified { ticket, payment: answers::notify(&account) })
    }

    /// The notify that the last refund of an order has come to its end; `None` when it has not.
    #[must_use]
    pub fn refund_notify(
        &self,
        out_trade_no: &OutTradeNo,
        ticket: NotifyTicket,
        now_ms: i64,
    ) -> Option<Event> {
        let account = self.account(out_trade_no)?;
        let mut refunds = account.refunds.iter().enumerate();
        let (nth, refund) = refunds.rfind(|(_, refund)| refund.settles_at_ms <= now_ms)?;
        let hint = answers::refund_hint(account, nth, refund);
        Some(Event::RefundNotified { ticket, hint })
    }

    /// A person pays back in the merchant platform; `None` = all that is left. Done at once. A
    /// refund that is CHANGE comes first: the person sends its money by another way.
    ///
    /// # Errors
    ///
    /// WeChat's `err_code`, as to the machine itself.
    pub fn refund_by_hand(
        &mut self,
        out_trade_no: &OutTradeNo,
        fen: Option<u32>,
        now_ms: i64,
    ) -> Result<(), &'static str> {
        let account = self.known(out_trade_no).ok_or("ORDERNOTEXIST")?;
        let abnormal = account.refunds.iter_mut().find(|it| it.status(now_ms) == "CHANGE");
        if let Some(refund) = abnormal {
            (refund.end, refund.settles_at_ms) = (RefundEnd::Success, now_ms);
            return Ok(());
        }
        let total = account.order.price.get();
        let fen = fen.unwrap_or(total - account.refunded());
        account.may_refund(total, fen, now_ms)?;
        let out_refund_no = answers::number_by_hand(account);
        account.refunds.push(Refund {
            out_refund_no,
            fen,
            accepted_at_ms: now_ms,
            settles_at_ms: now_ms,
            end: RefundEnd::Success,
        });
        Ok(())
    }

    fn known(&mut self, out_trade_no: &OutTradeNo) -> Option<&mut Account> {
        self.orders.get_mut(out_trade_no).map(Arc::make_mut)
    }

    /// A new order, or the same one again while it is open.
    fn enter(
        &mut self,
        order: &sale::Order,
        payer: Option<&OpenId>,
        password: Option<Password>,
        now_ms: i64,
    ) -> Result<(), GatewayFault> {
        let expires_in_ms = order.time_expire.unix_ms().div_euclid(1_000) * 1_000 - now_ms;
        let [expire_ms_min, of_code_ms] = EXPIRE_MS_MIN;
        let expire_ms_min = if password.is_some() { of_code_ms } else { expire_ms_min };
        let Some(account) = self.known(&order.out_trade_no) else {
            if expires_in_ms < expire_ms_min {
                let return_msg = "time_expire时间过短，刷卡至少1分钟，其他5分钟".to_owned();
                return Err(CallError::Refused { return_msg }.into());
            }
            let account = Account {
                order: order.clone(),
                payer: payer.cloned(),
                opened_at_ms: now_ms,
                money: Money::Open,
                password,
                refunds: Vec::new(),
            };
            self.orders.insert(order.out_trade_no.clone(), Arc::new(account));
            return Ok(());
        };
        match account.money {
            Money::Paid { .. } => Err(failed("ORDERPAID")),
            Money::Reversed { .. } => Err(failed("ORDERREVERSED")),
            Money::Closed => Err(failed("ORDERCLOSED")),
            Money::Open if account.order == *order && account.payer.as_ref() == payer => Ok(()),
            Money::Open => Err(failed("INVALID_REQUEST")),
        }
    }

    /// The place of the refund among the order's refunds.
    fn take_refund(
        &mut self,
        refund: &sale::Refund,
        mood: RefundMood,
        now_ms: i64,
    ) -> Result<usize, &'static str> {
        let account = self.known(refund.out_trade_no()).ok_or("ORDERNOTEXIST")?;
        let (total, fen) = (refund.total_fee().get(), refund.refund_fee().get());
        let old = account.refunds.iter().position(|it| it.out_refund_no == *refund.out_refund_no());
        if let Some(nth) = old {
            let same = account.refunds.get(nth).is_some_and(|it| it.fen == fen);
            return if same && total == account.order.price.get() { Ok(nth) } else { Err("ERROR") };
        }
        account.may_refund(total, fen, now_ms)?;
        let RefundMood::Takes(takes_ms, end) = mood else { return Err("NOTENOUGH") };
        account.refunds.push(Refund {
            out_refund_no: refund.out_refund_no().clone(),
            fen,
            accepted_at_ms: now_ms,
            settles_at_ms: now_ms + takes_ms,
            end,
        });
        Ok(account.refunds.len() - 1)
    }

    /// orderquery looks at a payment by code: the customer has typed on.
    fn type_password(&mut self, out_trade_no: &OutTradeNo, now_ms: i64) {
        self.lapse(out_trade_no, now_ms);
        let Some(account) = self.known(out_trade_no) else { return };
        if account.money != Money::Open {
            return;
        }
        match account.password {
            Some(Password::Right(0)) => account.money = Money::Paid { at_ms: now_ms },
            Some(Password::Right(left)) => account.password = Some(Password::Right(left - 1)),
            Some(Password::Wrong(0)) => account.password = Some(Password::Failed),
            Some(Password::Wrong(left)) => account.password = Some(Password::Wrong(left - 1)),
            Some(Password::NotAsked | Password::Failed) | None => {}
        }
    }

    /// WeChat itself reverses a payment by code that was not paid in time.
    fn lapse(&mut self, out_trade_no: &OutTradeNo, now_ms: i64) {
        let is_late = |account: &Account| {
            account.password.is_some()
                && account.money == Money::Open
                && now_ms - account.opened_at_ms > LAPSE_MS
        };
        if self.account(out_trade_no).is_some_and(is_late)
            && let Some(account) = self.known(out_trade_no)
        {
            account.money = Money::Reversed { paid: false, at_ms: now_ms };
        }
    }
}

impl Account {
    /// APIv2 refund, "rules".
    fn may_refund(&self, total: u32, fen: u32, now_ms: i64) -> Result<(), &'static str> {
        let paid_at_ms = match self.money {
            Money::Paid { at_ms } => at_ms,
            Money::Reversed { paid: true, .. } => return Err("ERROR"),
            Money::Open | Money::Closed | Money::Reversed { paid: false, .. } => {
                return Err("ORDERNOTEXIST");
            }
        };
        let (price, refunded) = (self.order.price.get(), self.refunded());
        let last_ms = self.refunds.last().map(|refund| refund.accepted_at_ms);
        if now_ms - paid_at_ms > REFUNDABLE_MS {
            Err("TRADE_OVERDUE")
        } else if total != price
            || !(1..=price - refunded).contains(&fen)
            || self.refunds.len() >= REFUNDS_MAX
        {
            Err("ERROR")
        } else if last_ms.is_some_and(|last_ms| now_ms - last_ms < REFUND_PAUSE_MS) {
            Err("FREQUENCY_LIMITED")
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests;
