//! A sale: the life of one order until it is settled.
//!
//! ```text
//!  Opening ──OrderOpened──► AwaitingPayment ──Paid──► Paid ──VendRequested──► Vending ──VendSucceeded──► Vended ■
//!     │  │                        │                    │                       │    │                      ▲
//!     │  │ OrderRefused           │ OrderAbandoned     │ RefundOwed            │    └─VendUnknown► InDoubt ┤
//!     │  ▼                        ▼                    │            VendFailed │                     │     │
//!     │ Closed ■ ◄─OrderClosed─ Closing ──Paid──► Paid │                       ▼                     │  it did
//!     │                           ▲                    └─► RefundOwed ◄── NotVended ◄── it did not ──┤
//!     └──────OrderAbandoned───────┘                          │ ▲ ▲                                   │
//!                                           RefundRequested  │ │ └────────────RefundOwed─────────────┘
//!                                                            ▼ │ RefundHandedOver
//!                                                         Refunding ──Refunded──► Refunded ■
//! ```
//!
//! `NotVended` lasts only within one batch of entries, `Paid` until the motor is free. From
//! `NotVended` a twin slot may be asked, once: `VendRequested` leads back to `Vending`. A payment
//! is accepted even in `Closed`: money that came is money that is owed. `RefundOwed` by itself is a
//! debt that a person has to pay: the machine only asks WeChat whether it was, and `Refunded`
//! follows then too.

use hardware::board::Fault;
use protocol::{Fen, OutRefundNo, RefundId};

use super::attempt::Attempt;
use super::entry::{Abandonment, Entry, OutOfOrder, RefundReason};
use super::order::{Order, Slot};
use super::receipt::Receipt;
use super::time::Timestamp;

/// One order and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// What was asked for.
    pub order: Order,
    /// Where it stands.
    pub state: State,
    /// The slot with the same item that was asked after the order's own had failed.
    pub twin: Option<Slot>,
    /// When the payment was recorded.
    pub paid_at: Option<Timestamp>,
    /// When it was recorded that the money is to go back.
    pub owed_at: Option<Timestamp>,
    /// When it was recorded that WeChat has taken the refund which counts: it was made between the
    /// two.
    pub taken_at: Option<Timestamp>,
    /// When it reached its present state.
    pub changed_at: Timestamp,
}

/// What goes back to the customer, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Our number of the refund.
    pub out_refund_no: OutRefundNo,
    /// How much.
    pub refund_fee: Fen,
    /// Why.
    pub reason: RefundReason,
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
    /// The money is there; another item is being vended first.
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
    /// The customer is to get the money back from a person.
    RefundOwed {
        /// The proof.
        receipt: Receipt,
        /// What is owed.
        refund: Refund,
    },
    /// The machine asks WeChat to pay it back.
    Refunding {
        /// The proof.
        receipt: Receipt,
        /// What is owed.
        refund: Refund,
        /// Whether WeChat has taken the refund: then it is only asked how it goes.
        accepted: bool,
    },
    /// The customer has the money back: settled.
    Refunded {
        /// The proof.
        receipt: Receipt,
        /// What was owed.
        refund: Refund,
        /// WeChat's number of the refund.
        refund_id: RefundId,
    },
}

impl Sale {
    /// A sale at its beginning.
    pub fn new(order: Order, at: Timestamp) -> Self {
        let state = State::Opening;
        Self {
            order,
            state,
            twin: None,
            paid_at: None,
            owed_at: None,
            taken_at: None,
            changed_at: at,
        }
    }

    /// The sale after `entry`: the only way in which it changes, live and at replay alike.
    ///
    /// # Errors
    ///
    /// When the entry cannot follow the present state, or its money does not fit the order's.
    pub fn apply(self, entry: &Entry, at: Timestamp) -> Result<Self, OutOfOrder> {
        let Self { order, state, twin, paid_at, owed_at, taken_at, changed_at: _ } = self;
        let name = state.name();
        let again = match (&state, entry) {
            (State::NotVended { .. }, Entry::VendRequested { slot, .. }) => Some(*slot),
            _ => None,
        };
        // At most one twin, and never the slot that failed.
        let may_turn = again.is_none_or(|slot| twin.is_none() && slot != order.slot);
        let adds_up = match (state.receipt(), entry) {
            (_, Entry::Paid { receipt }) => receipt.total_fee() == order.price,
            (Some(receipt), Entry::RefundOwed { refund_fee, .. }) => {
                *refund_fee <= receipt.total_fee()
            }
            _ => true,
        };
        let Some(state) = state.after(entry).filter(|_| may_turn && adds_up) else {
            let order = order.out_trade_no.to_string();
            return Err(OutOfOrder { entry: entry.name(), order, state: name });
        };
        let paid_now = matches!(entry, Entry::Paid { .. });
        let paid_at = if paid_now { Some(at) } else { paid_at };
        let owed_now = matches!(entry, Entry::RefundOwed { .. });
        let owed_at = if owed_now { Some(at) } else { owed_at };
        // A refund that WeChat closed after all is no longer taken.
        let is_taken =
            matches!(state, State::Refunding { accepted: true, .. } | State::Refunded { .. });
        let taken_at = is_taken.then(|| taken_at.unwrap_or(at));
        let twin = again.or(twin);
        Ok(Self { order, state, twin, paid_at, owed_at, taken_at, changed_at: at })
    }

    /// The turn of the motor that was asked for last, or is asked for next.
    pub fn attempt(&self) -> Attempt {
        Attempt { slot: self.twin.unwrap_or(self.order.slot), is_twin: self.twin.is_some() }
    }

    /// The proof of payment; `None` while nothing was paid.
    pub fn receipt(&self) -> Option<&Receipt> {
        self.state.receipt()
    }

    /// What goes back or went back to the customer.
    pub fn refund(&self) -> Option<&Refund> {
        match &self.state {
            State::RefundOwed { refund, .. }
            | State::Refunding { refund, .. }
            | State::Refunded { refund, .. } => Some(refund),
            State::Opening
            | State::AwaitingPayment
            | State::Closing { .. }
            | State::Closed
            | State::Paid { .. }
            | State::Vending { .. }
            | State::Vended { .. }
            | State::NotVended { .. }
            | State::InDoubt { .. } => None,
        }
    }

    /// Whether somebody, the machine or a person, still has to do something for this sale.
    pub fn is_open(&self) -> bool {
        !matches!(self.state, State::Closed | State::Vended { .. } | State::Refunded { .. })
    }

    /// Whether WeChat has to be asked what became of the order or of its refund.
    pub fn awaits_gateway(&self) -> bool {
        match &self.state {
            State::Opening
            | State::AwaitingPayment
            | State::Closing { .. }
            | State::RefundOwed { .. }
            | State::Refunding { .. } => true,
            State::Closed
            | State::Paid { .. }
            | State::Vending { .. }
            | State::Vended { .. }
            | State::NotVended { .. }
            | State::InDoubt { .. }
            | State::Refunded { .. } => false,
        }
    }
}

impl State {
    fn receipt(&self) -> Option<&Receipt> {
        match self {
            Self::Opening | Self::AwaitingPayment | Self::Closing { .. } | Self::Closed => None,
            Self::Paid { receipt }
            | Self::Vending { receipt }
            | Self::Vended { receipt }
            | Self::NotVended { receipt, .. }
            | Self::InDoubt { receipt, .. }
            | Self::RefundOwed { receipt, .. }
            | Self::Refunding { receipt, .. }
            | Self::Refunded { receipt, .. } => Some(receipt),
        }
    }

    /// The state after `entry`; `None` when the entry cannot follow.
    fn after(self, entry: &Entry) -> Option<Self> {
        Some(match (self, entry) {
            (Self::Opening, Entry::OrderOpened { .. }) => Self::AwaitingPayment,
            (Self::Opening, Entry::OrderRefused { .. }) => Self::Closed,
            (Self::Opening, Entry::OrderAbandoned { why, .. }) => {
                Self::Closing { why: *why, opened: false }
            }
            (Self::AwaitingPayment, Entry::OrderAbandoned { why, .. }) => {
                Self::Closing { why: *why, opened: true }
            }
            (Self::Closing { .. }, Entry::OrderClosed { .. }) => Self::Closed,
            (
                Self::Opening | Self::AwaitingPayment | Self::Closing { .. } | Self::Closed,
                Entry::Paid { receipt },
            ) => Self::Paid { receipt: receipt.clone() },
            (
                Self::Paid { receipt } | Self::NotVended { receipt, .. },
                Entry::VendRequested { .. },
            ) => Self::Vending { receipt },
            (
                Self::Vending { receipt } | Self::InDoubt { receipt, .. },
                Entry::VendSucceeded { .. },
            ) => Self::Vended { receipt },
            (
                Self::Vending { receipt } | Self::InDoubt { receipt, .. },
                Entry::VendFailed { fault, .. },
            ) => Self::NotVended { receipt, fault: *fault },
            (Self::Vending { receipt }, Entry::VendUnknown { why, .. }) => {
                Self::InDoubt { receipt, why: why.clone() }
            }
            (state, entry) => return state.after_refund_entry(entry),
        })
    }

    fn after_refund_entry(self, entry: &Entry) -> Option<Self> {
        Some(match (self, entry) {
            (
                Self::Paid { receipt }
                | Self::NotVended { receipt, .. }
                | Self::InDoubt { receipt, .. },
                Entry::RefundOwed { out_refund_no, refund_fee, reason, .. },
            ) => {
                let (out_refund_no, refund_fee) = (out_refund_no.clone(), *refund_fee);
                let refund = Refund { out_refund_no, refund_fee, reason: *reason };
                Self::RefundOwed { receipt, refund }
            }
            // A second request has another number: WeChat has closed the first for good.
            (
                Self::RefundOwed { receipt, refund } | Self::Refunding { receipt, refund, .. },
                Entry::RefundRequested { out_refund_no, .. },
            ) => {
                let refund = Refund { out_refund_no: out_refund_no.clone(), ..refund };
                Self::Refunding { receipt, refund, accepted: false }
            }
            (Self::Refunding { receipt, refund, .. }, Entry::RefundAccepted { .. }) => {
                Self::Refunding { receipt, refund, accepted: true }
            }
            (Self::Refunding { receipt, refund, .. }, Entry::RefundHandedOver { .. }) => {
                Self::RefundOwed { receipt, refund }
            }
            (
                Self::RefundOwed { receipt, refund } | Self::Refunding { receipt, refund, .. },
                Entry::Refunded { refund_id, .. },
            ) => Self::Refunded { receipt, refund, refund_id: refund_id.clone() },
            _ => return None,
        })
    }

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
            Self::Refunding { .. } => "refunding",
            Self::Refunded { .. } => "refunded",
        }
    }
}
