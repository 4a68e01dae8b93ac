//! One place in which bill and log differ, as a sentence for the person who has to look.

use protocol::{Fen, OutRefundNo, OutTradeNo, TransactionId};

/// One place in which bill and log differ.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// WeChat has money for an order that is not in the log.
    #[error(
        "order {out_trade_no}: the bill has a payment of {} yuan ({transaction_id}); the log does \
         not know the order",
        total_fee.yuan()
    )]
    NotInLog {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// WeChat's number of the payment.
        transaction_id: TransactionId,
        /// What was paid.
        total_fee: Fen,
    },
    /// WeChat has money for an order that is not paid in the log.
    #[error(
        "order {out_trade_no}: the bill has a payment of {} yuan ({transaction_id}); in the log it \
         is {state} and was never paid",
        total_fee.yuan()
    )]
    NotPaidInLog {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// WeChat's number of the payment.
        transaction_id: TransactionId,
        /// What was paid.
        total_fee: Fen,
        /// Where the sale stands.
        state: &'static str,
    },
    /// The log has a payment of which WeChat has no record.
    #[error(
        "order {out_trade_no}: the log has a payment of {} yuan ({transaction_id}) on that day; it \
         is missing from the bill",
        total_fee.yuan()
    )]
    NotInBill {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// WeChat's number of the payment.
        transaction_id: TransactionId,
        /// What was paid.
        total_fee: Fen,
    },
    /// Not the same amount.
    #[error(
        "order {out_trade_no}: {} yuan were paid by the bill, {} yuan by the log",
        bill.yuan(),
        log.yuan()
    )]
    OtherAmount {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// What the bill says.
        bill: Fen,
        /// What the log says.
        log: Fen,
    },
    /// Not the same payment: perhaps the order was paid twice.
    #[error(
        "order {out_trade_no}: the bill has the payment {bill} of {} yuan, the log has {log}",
        total_fee.yuan()
    )]
    OtherPayment {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// What the bill says.
        bill: TransactionId,
        /// What was paid by it.
        total_fee: Fen,
        /// What the log says.
        log: TransactionId,
    },
    /// The same payment in two rows.
    #[error("order {out_trade_no}: its payment stands in the bill more than once")]
    BilledTwice {
        /// Which order.
        out_trade_no: OutTradeNo,
    },
    /// Money was taken back for which the log gave goods, or which it does not know of.
    #[error(
        "order {out_trade_no}: its payment was taken back by the bill (REVOKED); in the log it is \
         {state}"
    )]
    Reversed {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// Where the sale stands, or `unknown`.
        state: &'static str,
    },
    /// Something that this machine does not do.
    #[error(
        "order {out_trade_no}: it is {trade_state} in the bill, which no order of this machine becomes"
    )]
    OtherState {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// What the bill says.
        trade_state: String,
    },
    /// Money went back of which the log does not know.
    #[error(
        "order {out_trade_no}: {} yuan went back by the bill ({out_refund_no}); the log knows of no \
         refund of it",
        refund_fee.yuan()
    )]
    RefundNotInLog {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// The merchant's number of the refund.
        out_refund_no: String,
        /// What went back.
        refund_fee: Fen,
    },
    /// The log has a refund of which WeChat has no record.
    #[error(
        "order {out_trade_no}: {} yuan went back on that day by the log ({out_refund_no}); the \
         refund is missing from the bill",
        refund_fee.yuan()
    )]
    RefundNotInBill {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// Our number of the refund.
        out_refund_no: OutRefundNo,
        /// What went back.
        refund_fee: Fen,
    },
    /// Less or more went back than was owed.
    #[error(
        "order {out_trade_no}: {} yuan went back by the bill, {} yuan by the log",
        bill.yuan(),
        log.yuan()
    )]
    OtherRefundAmount {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// What the bill says.
        bill: Fen,
        /// What the log says.
        log: Fen,
    },
    /// Too much went back.
    #[error(
        "order {out_trade_no}: it was refunded {count} times, {} yuan in all; {} yuan were owed",
        bill.yuan(),
        log.yuan()
    )]
    RefundedTwice {
        /// Which order.
        out_trade_no: OutTradeNo,
        /// How many refunds the bill has.
        count: usize,
        /// What they add up to.
        bill: Fen,
        /// What was owed.
        log: Fen,
    },
    /// Lines of which nobody can say whose they are.
    #[error(
        "{count} lines of the bill cannot be read, so it is not known whether anything is missing \
         from it; the first: {first}"
    )]
    Unread {
        /// How many.
        count: u64,
        /// What is wrong with the first.
        first: String,
    },
}

impl Difference {
    /// Its kind, as `--json` prints it. Programs read this: kinds are added, never renamed.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotInLog { .. } => "not_in_log",
            Self::NotPaidInLog { .. } => "not_paid_in_log",
            Self::NotInBill { .. } => "not_in_bill",
            Self::OtherAmount { .. } => "other_amount",
            Self::OtherPayment { .. } => "other_payment",
            Self::BilledTwice { .. } => "billed_twice",
            Self::Reversed { .. } => "reversed",
            Self::OtherState { .. } => "other_state",
            Self::RefundNotInLog { .. } => "refund_not_in_log",
            Self::RefundNotInBill { .. } => "refund_not_in_bill",
            Self::OtherRefundAmount { .. } => "other_refund_amount",
            Self::RefundedTwice { .. } => "refunded_twice",
            Self::Unread { .. } => "unread",
        }
    }

    /// The order it is about; `None` when it is about the bill itself.
    pub fn out_trade_no(&self) -> Option<&OutTradeNo> {
        match self {
            Self::NotInLog { out_trade_no, .. }
            | Self::NotPaidInLog { out_trade_no, .. }
            | Self::NotInBill { out_trade_no, .. }
            | Self::OtherAmount { out_trade_no, .. }
            | Self::OtherPayment { out_trade_no, .. }
            | Self::BilledTwice { out_trade_no }
            | Self::Reversed { out_trade_no, .. }
            | Self::OtherState { out_trade_no, .. }
            | Self::RefundNotInLog { out_trade_no, .. }
            | Self::RefundNotInBill { out_trade_no, .. }
            | Self::OtherRefundAmount { out_trade_no, .. }
            | Self::RefundedTwice { out_trade_no, .. } => Some(out_trade_no),
            Self::Unread { .. } => None,
        }
    }
}
