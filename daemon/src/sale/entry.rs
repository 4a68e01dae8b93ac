//! The facts of the order log: written once, never changed, replayed at every start.

use hardware::board::Fault;
use protocol::{Fen, OutRefundNo, OutTradeNo, PrepayId, RefundId};
use serde::{Deserialize, Serialize};

use super::carried::Carried;
use super::order::{Order, Slot};
use super::planogram::Load;
use super::receipt::Receipt;
use super::time::Timestamp;

/// One fact. Old logs must stay readable for ever: fields are added, never renamed or taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// `kioskd` began to run; blocked slots are tried again.
    Started {
        /// Version of the program.
        version: String,
    },
    /// The configuration says how many items lie in a slot, and says it anew.
    StockLoaded {
        /// The slot that was filled.
        slot: Slot,
        /// What was filled in.
        #[serde(flatten)]
        load: Load,
    },
    /// A customer touched an item; WeChat is asked next.
    OrderCreated {
        /// All of the order.
        order: Order,
    },
    /// WeChat took the order; its QR may be shown.
    OrderOpened {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// WeChat's number of the open order.
        prepay_id: PrepayId,
    },
    /// WeChat said for certain that it does not take the order.
    OrderRefused {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// In WeChat's words.
        reason: String,
    },
    /// Nobody waits for this order any more; it is to be closed, and refunded if it was paid.
    OrderAbandoned {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// What ended it.
        why: Abandonment,
    },
    /// The order can never be paid any more.
    OrderClosed {
        /// Which order.
        out_trade_no: OutTradeNo,
    },
    /// The money is there.
    Paid {
        /// The proof.
        receipt: Receipt,
    },
    /// The board is asked to turn the motor: once, and once more that of a twin slot when the first
    /// surely failed.
    VendRequested {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// Which motor.
        slot: Slot,
    },
    /// The item was seen to fall.
    VendSucceeded {
        /// Which order.
        out_trade_no: OutTradeNo,
    },
    /// Nothing fell, for certain.
    VendFailed {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// What the board said.
        fault: Fault,
    },
    /// Nobody can say whether the item fell.
    VendUnknown {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// What was lost.
        why: String,
    },
    /// The customer is to get the money back.
    RefundOwed {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// Our number of the refund; the same on every try.
        out_refund_no: OutRefundNo,
        /// What is owed.
        refund_fee: Fen,
        /// What went wrong.
        reason: RefundReason,
    },
    /// The machine asks WeChat to pay it back, with this number until WeChat closes it.
    RefundRequested {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// Our number of the refund.
        out_refund_no: OutRefundNo,
    },
    /// WeChat took the refund; the money is on its way.
    RefundAccepted {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// WeChat's number of the refund.
        refund_id: RefundId,
    },
    /// WeChat will not pay it back at the machine's request: a person has to.
    RefundHandedOver {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// What WeChat said.
        why: String,
    },
    /// The customer has the money back.
    Refunded {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// WeChat's number of the refund, ours or one that a person made.
        refund_id: RefundId,
    },
    /// The last of the entries that were taken over when old ones went to the archive.
    CarriedOver {
        /// What all entries up to here say besides their sales, those in the archive included.
        #[serde(flatten)]
        carried: Carried,
    },
}

impl Entry {
    /// The order this is about; `None` for entries about the machine.
    pub fn out_trade_no(&self) -> Option<&OutTradeNo> {
        match self {
            Self::Started { .. } | Self::StockLoaded { .. } | Self::CarriedOver { .. } => None,
            Self::OrderCreated { order } => Some(&order.out_trade_no),
            Self::Paid { receipt } => Some(receipt.out_trade_no()),
            Self::OrderOpened { out_trade_no, .. }
            | Self::OrderRefused { out_trade_no, .. }
            | Self::OrderAbandoned { out_trade_no, .. }
            | Self::OrderClosed { out_trade_no }
            | Self::VendRequested { out_trade_no, .. }
            | Self::VendSucceeded { out_trade_no }
            | Self::VendFailed { out_trade_no, .. }
            | Self::VendUnknown { out_trade_no, .. }
            | Self::RefundOwed { out_trade_no, .. }
            | Self::RefundRequested { out_trade_no, .. }
            | Self::RefundAccepted { out_trade_no, .. }
            | Self::RefundHandedOver { out_trade_no, .. }
            | Self::Refunded { out_trade_no, .. } => Some(out_trade_no),
        }
    }

    /// The entry's name in the log, such as `order_opened`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::StockLoaded { .. } => "stock_loaded",
            Self::OrderCreated { .. } => "order_created",
            Self::OrderOpened { .. } => "order_opened",
            Self::OrderRefused { .. } => "order_refused",
            Self::OrderAbandoned { .. } => "order_abandoned",
            Self::OrderClosed { .. } => "order_closed",
            Self::Paid { .. } => "paid",
            Self::VendRequested { .. } => "vend_requested",
            Self::VendSucceeded { .. } => "vend_succeeded",
            Self::VendFailed { .. } => "vend_failed",
            Self::VendUnknown { .. } => "vend_unknown",
            Self::RefundOwed { .. } => "refund_owed",
            Self::RefundRequested { .. } => "refund_requested",
            Self::RefundAccepted { .. } => "refund_accepted",
            Self::RefundHandedOver { .. } => "refund_handed_over",
            Self::Refunded { .. } => "refunded",
            Self::CarriedOver { .. } => "carried_over",
        }
    }
}

/// An entry with the time at which it was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// By the wall clock.
    pub at: Timestamp,
    /// The fact.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What ended the wait for a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Abandonment {
    /// The customer touched cancel.
    Cancelled,
    /// Countdown and grace ran out.
    Expired,
    /// WeChat did not answer in time; no QR was shown.
    Unanswered,
    /// WeChat did not accept the order, or closed it.
    NotAccepted,
    /// The machine could no longer serve it.
    MachineFault,
    /// The program ended, or its log failed, while the customer waited.
    Interrupted,
}

/// Why money is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundReason {
    /// Nothing fell.
    NotVended,
    /// Nobody can say whether it fell, and the operator wants such sales paid back.
    InDoubt,
    /// The payment came when nobody waited for it any more.
    PaidTooLate,
    /// The payment came when the machine could not serve it.
    MachineFault,
}

/// An entry that cannot follow what the log holds so far: the log is not from this program, or it
/// is damaged in a way that its check sums do not show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the entry {entry} of order {order} cannot follow the state {state}")]
pub struct OutOfOrder {
    /// Name of the entry.
    pub entry: &'static str,
    /// The order's number, or `-`.
    pub order: String,
    /// Name of the sale's state, or `none` when the sale is unknown.
    pub state: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_from_a_later_version_keeps_its_known_fields() {
        let text = r#"{"at":7,"entry":"started","version":"9.9","colour":"blue"}"#;
        let recorded: Recorded =
            serde_json::from_str(text).expect("unknown fields are passed over");
        assert_eq!(recorded.entry, Entry::Started { version: "9.9".to_owned() });
        assert_eq!(recorded.at, Timestamp::from_unix_ms(7));
    }

    #[test]
    fn an_unknown_entry_is_an_error_and_no_silence() {
        let text = r#"{"at":7,"entry":"teleported"}"#;
        assert!(serde_json::from_str::<Recorded>(text).is_err());
    }
}
