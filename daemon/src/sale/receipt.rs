//! Proof that one order was paid: made only from a verified message that agrees with the order.

use protocol::sign::Verified;
use protocol::{BeijingTime, Fen, OutTradeNo, Payment, TransactionId};
use serde::{Deserialize, Serialize};

use super::order::Order;
use super::settings::Settings;

/// A payment of exactly this order, in full, to this merchant. Nothing can be vended without one.
///
/// There are two ways to have a receipt: [`Receipt::check`], and reading a `Paid` entry back from
/// the order log, where it was written after the check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    out_trade_no: OutTradeNo,
    transaction_id: TransactionId,
    total_fee: Fen,
    time_end: String,
    via: Via,
}

impl Receipt {
    /// Checks that `payment` is for `order`, at its price, and for the merchant of `settings`
    /// (APIv2, payment notify: the checks before delivery).
    ///
    /// `total_fee` counts, not `cash_fee`: a coupon never reduces what was paid.
    ///
    /// # Errors
    ///
    /// Names the first thing that does not agree.
    pub fn check(
        order: &Order,
        settings: &Settings,
        payment: &Verified<Payment>,
        via: Via,
    ) -> Result<Self, ReceiptError> {
        if payment.out_trade_no != order.out_trade_no {
            return Err(ReceiptError::OtherOrder(payment.out_trade_no.clone()));
        }
        if payment.mch_id != settings.mch_id || payment.appid != settings.appid {
            return Err(ReceiptError::OtherMerchant);
        }
        if payment.total_fee != order.price {
            return Err(ReceiptError::OtherAmount { paid: payment.total_fee, price: order.price });
        }
        if payment.fee_type.as_deref().is_some_and(|fee_type| fee_type != "CNY") {
            return Err(ReceiptError::OtherCurrency(payment.fee_type.clone().unwrap_or_default()));
        }
        let expected = order.door.trade_type();
        if payment.trade_type != expected {
            let found = payment.trade_type.clone();
            return Err(ReceiptError::OtherTradeType { found, expected });
        }
        Ok(Self {
            out_trade_no: payment.out_trade_no.clone(),
            transaction_id: payment.transaction_id.clone(),
            total_fee: payment.total_fee,
            time_end: payment.time_end.to_string(),
            via,
        })
    }

    /// The order that was paid.
    pub fn out_trade_no(&self) -> &OutTradeNo {
        &self.out_trade_no
    }

    /// WeChat's number of the payment.
    pub fn transaction_id(&self) -> &TransactionId {
        &self.transaction_id
    }

    /// What was paid.
    pub fn total_fee(&self) -> Fen {
        self.total_fee
    }

    /// When it was paid, by WeChat's clock (APIv2 orderquery, `time_end`); `None` when an order log
    /// says it in another form.
    pub fn time_end(&self) -> Option<BeijingTime> {
        BeijingTime::parse(&self.time_end).ok()
    }

    /// The road on which we heard of it first.
    pub fn via(&self) -> Via {
        self.via
    }
}

/// The roads on which a payment is heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// WeChat told us.
    Notify,
    /// We asked.
    OrderQuery,
    /// The customer showed a payment code, which has no notify: from the answer, or asked for.
    MicroPay,
}

/// Why a verified message proves nothing for this order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// The message speaks of another order.
    #[error("it is about the order {0}")]
    OtherOrder(OutTradeNo),
    /// The money went to somebody else.
    #[error("appid or mch_id are not this machine's")]
    OtherMerchant,
    /// Too little or too much was paid.
    #[error("{} yuan were paid, the price is {} yuan", paid.yuan(), price.yuan())]
    OtherAmount {
        /// `total_fee` of the message.
        paid: Fen,
        /// The order's price.
        price: Fen,
    },
    /// Not paid in yuan.
    #[error("fee_type is {0}, not CNY")]
    OtherCurrency(String),
    /// Not paid on the way on which it was ordered.
    #[error("trade_type is {found}, not {expected}")]
    OtherTradeType {
        /// That of the message.
        found: String,
        /// That of the order.
        expected: &'static str,
    },
    /// The order has been paid before, by another payment: this one is owed too.
    #[error("the order was paid before; {0} is a second payment of it, which must go back")]
    PaidTwice(TransactionId),
    /// One payment cannot pay for two orders.
    #[error("transaction_id {0} has already paid for {1}")]
    UsedBefore(TransactionId, OutTradeNo),
}
