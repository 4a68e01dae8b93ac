//! What a customer has paid, as the notify and the orderquery tell it alike.

use crate::{AppId, BeijingTime, Fen, Fields, MchId, Mismatch, OpenId, OutTradeNo, TransactionId};

/// One payment. As a `Verified<Payment>` it comes only from [`crate::notify::read`], from
/// [`Verified<OrderState>::payment`](crate::orderquery::OrderState) and from the answer to
/// [`MicroPay`](crate::micropay::MicroPay).
///
/// The signature proves that WeChat has said it, not that it pays for the order at hand: compare
/// `out_trade_no`, `total_fee` and `fee_type` with the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The order that was paid.
    pub out_trade_no: OutTradeNo,
    /// WeChat's number of the payment.
    pub transaction_id: TransactionId,
    /// The amount of the order, coupons included. This is what counts as paid.
    pub total_fee: Fen,
    /// Currency; absent means CNY.
    pub fee_type: Option<String>,
    /// The part paid in cash, the rest being coupons; absent when it was missing or ill-formed.
    pub cash_fee: Option<Fen>,
    /// When it was paid.
    pub time_end: BeijingTime,
    /// `NATIVE`, `JSAPI`, `MICROPAY` and so on.
    pub trade_type: String,
    /// The bank, or `CFT`, `OTHERS`.
    pub bank_type: String,
    /// The payer; absent when it was missing or ill-formed.
    pub openid: Option<OpenId>,
    /// The account it was paid to.
    pub appid: AppId,
    /// The merchant it was paid to.
    pub mch_id: MchId,
}

impl Payment {
    /// APIv2 payment notify and orderquery. All that decides about goods must be there and right.
    /// What does not decide may be odd: a customer who has paid shall not lose their money to an
    /// unusual `openid`.
    pub(crate) fn read(fields: &Fields) -> Result<Self, Mismatch> {
        Ok(Self {
            out_trade_no: fields.read("out_trade_no")?,
            transaction_id: fields.read("transaction_id")?,
            total_fee: fields.read("total_fee")?,
            fee_type: fields.optional("fee_type")?.map(str::to_owned),
            cash_fee: fields.read("cash_fee").ok(),
            time_end: fields.read("time_end")?,
            trade_type: fields.required("trade_type")?.to_owned(),
            bank_type: fields.required("bank_type")?.to_owned(),
            openid: fields.read("openid").ok(),
            appid: fields.read("appid")?,
            mch_id: fields.read("mch_id")?,
        })
    }
}
