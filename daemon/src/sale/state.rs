//! A sale: the life of one order until it is settled.
//!
//! ```text
//!  Opening ──OrderOpened──► AwaitingPayment ──Paid──► Paid ──VendRequested──► Vending ──VendSucceeded──► Vended ■
//!     │  │                        │                    │                       │    │                      ▲
//!     │  │ OrderRefused           │ OrderAbandoned     │ RefundOwed            │    └─VendUnknown► InDoubt ┤
//!     │  ▼                        ▼                    │            VendFailed │                     │     │
//!     │ Closed ■ ◄─OrderClosed─ Closing ──Paid──► Paid │                       ▼                     │  it did
//!     │                           ▲                    └─► RefundOwed ◄── NotVended ◄── it did not ──┤
//!     └──────OrderAbandoned───────┘                            ▲                                     │
//!                                                              └──────────────RefundOwed─────────────┘
//! ```
//!
//! `Paid` and `NotVended` last only within one batch of entries. A payment is accepted even in
//! `Closed`: money that came is money that is owed.

use hardware::board::Fault;
use protocol::Fen;

use super::entry::{Abandonment, Entry, OutOfOrder, RefundReason};
use super::order::Order;
use super::receipt::Receipt;
use super::time::Timestamp;

/// One order and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// What was asked for.
    pub order: Order,
    /// Where it stands.
    pub state: State,
    /// When the payment was recorded.
    pub paid_at: Option<Timestamp>,
    /// When it reached its present state.
    pub changed_at: Timestamp,
}

/// Where a sale stands; each state holds what is known in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// WeChat was asked to open the order.
    Opening,
    /// The order can be paid.
    AwaitingPayment,
    /// Nobody waits any more; the order is to be closed.
    Closing {
        /// Why nobody waits.
        why: Abandonment,
        /// Whether WeChat ever said that it took the order.
        opened: bool,
    },
    /// It can never be paid: settled.
    Closed,
    /// The money is there.
    Paid {
        /// The proof.
        receipt: Receipt,
    },
    /// The motor was asked to turn.
    Vending {
        /// The proof.
        receipt: Receipt,
    },
    /// The item fell: settled.
    Vended {
        /// The proof.
        receipt: Receipt,
    },
    /// Nothing fell, for certain.
    NotVended {
        /// The proof.
        receipt: Receipt,
        /// What the board said.
        fault: Fault,
    },
    /// Nobody can say whether the item fell.
    InDoubt {
        /// The proof.
        receipt: Receipt,
        /// What was lost.
        why: String,
    },
    /// The customer is to get the money back.
    RefundOwed {
        /// The proof.
        receipt: Receipt,
        /// Our number of the refund.
        out_refund_no: String,
        /// How much.
        refund_fee: Fen,
        /// Why.
        reason: RefundReason,
    },
}

impl Sale {
    /// A sale at its beginning.
    pub fn new(order: Order, at: Timestamp) -> Self {
        Self { order, state: State::Opening, paid_at: None, changed_at: at }
    }

    /// The sale after `entry`: the only way in which it changes, live and at replay alike.
    ///
    /// # Errors
    ///
    /// When the entry cannot follow the present state.
    pub fn apply(self, entry: &Entry, at: Timestamp) -> Result<Self, OutOfOrder> {
        let state = match (self.state, entry) {
            (State::Opening, Entry::OrderOpened { .. }) => State::AwaitingPayment,
            (State::Opening, Entry::OrderRefused { .. }) => State::Closed,
            (State::Opening, Entry::OrderAbandoned { why, .. }) => {
                State::Closing { why: *why, opened: false }
            }
            (State::AwaitingPayment, Entry::OrderAbandoned { why, .. }) => {
                State::Closing { why: *why, opened: true }
            }
            (State::Closing { .. }, Entry::OrderClosed { .. }) => State::Closed,
            (
                State::Opening | State::AwaitingPayment | State::Closing { .. } | State::Closed,
                Entry::Paid { receipt },
            ) => State::Paid { receipt: receipt.clone() },
            (State::Paid { receipt }, Entry::VendRequested { .. }) => State::Vending { receipt },
            (
                State::Vending { receipt } | State::InDoubt { receipt, .. },
                Entry::VendSucceeded { .. },
            ) => State::Vended { receipt },
            (
                State::Vending { receipt } | State::InDoubt { receipt, .. },
                Entry::VendFailed { fault, .. },
            ) => State::NotVended { receipt, fault: *fault },
            (State::Vending { receipt }, Entry::VendUnknown { why, .. }) => {
                State::InDoubt { receipt, why: why.clone() }
            }
            (
                State::Paid { receipt }
                | State::NotVended { receipt, .. }
                | State::InDoubt { receipt, .. },
                Entry::RefundOwed { out_refund_no, refund_fee, reason, .. },
            ) => State::RefundOwed {
                receipt,
                out_refund_no: out_refund_no.clone(),
                refund_fee: *refund_fee,
                reason: *reason,
            },
            (state, entry) => {
                return Err(OutOfOrder {
                    entry: entry.name(),
                    order: self.order.out_trade_no.to_string(),
                    state: state.name(),
                });
            }
        };
        let paid_now = matches!(entry, Entry::Paid { .. });
        let paid_at = if paid_now { Some(at) } else { self.paid_at };
        Ok(Self { order: self.order, state, paid_at, changed_at: at })
    }

    /// The proof of payment; `None` while nothing was paid.
    pub fn receipt(&self) -> Option<&Receipt> {
        match &self.state {
            State::Opening | State::AwaitingPayment | State::Closing { .. } | State::Closed => None,
            State::Paid { receipt }
            | State::Vending { receipt }
            | State::Vended { receipt }
            | State::NotVended { receipt, .. }
            | State::InDoubt { receipt, .. }
            | State::RefundOwed { receipt, .. } => Some(receipt),
        }
    }

    /// Whether the machine still has to do something for this sale.
    pub fn is_open(&self) -> bool {
        match &self.state {
            State::Opening
            | State::AwaitingPayment
            | State::Closing { .. }
            | State::Paid { .. }
            | State::Vending { .. }
            | State::NotVended { .. }
            | State::InDoubt { .. } => true,
            State::Closed | State::Vended { .. } | State::RefundOwed { .. } => false,
        }
    }

    /// Whether WeChat has to be asked what became of the order.
    pub fn awaits_gateway(&self) -> bool {
        match &self.state {
            State::Opening | State::AwaitingPayment | State::Closing { .. } => true,
            State::Closed
            | State::Paid { .. }
            | State::Vending { .. }
            | State::Vended { .. }
            | State::NotVended { .. }
            | State::InDoubt { .. }
            | State::RefundOwed { .. } => false,
        }
    }
}

impl State {
    /// The state's name, as `kioskd log` prints it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::AwaitingPayment => "awaiting_payment",
            Self::Closing { .. } => "closing",
            Self::Closed => "closed",
            Self::Paid { .. } => "paid",
            Self::Vending { .. } => "vending",
            Self::Vended { .. } => "vended",
            Self::NotVended { .. } => "not_vended",
            Self::InDoubt { .. } => "in_doubt",
            Self::RefundOwed { .. } => "refund_owed",
        }
    }
}
