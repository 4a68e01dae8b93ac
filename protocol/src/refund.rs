//! refund: pays an order back, wholly or in part, with the merchant's client certificate.
//!
//! Rules of the specification: within a year of the payment; at most 50 refunds of an order, a
//! minute apart, together not more than was paid; after a failure the same `out_refund_no` again.

use crate::call::{Call, Request, sealed};
use crate::calls::CallName;
use crate::{
    Fen, Fields, Mismatch, NotifyUrl, OutRefundNo, OutTradeNo, RefundDesc, RefundId, TransactionId,
};

/// The wish. APIv2 refund.
///
/// Sent again, every value must be the same: the same number pays back once, another one twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The order that was paid.
    pub out_trade_no: OutTradeNo,
    /// This refund's number, never used for another.
    pub out_refund_no: OutRefundNo,
    /// What the order cost, as it was made.
    pub total_fee: Fen,
    /// What goes back, more than 0 and at most `total_fee`.
    pub refund_fee: Fen,
    /// What the payer reads.
    pub refund_desc: Option<RefundDesc>,
    /// Where WeChat posts the refund notify; without it, where the merchant platform says.
    pub notify_url: Option<NotifyUrl>,
}

/// WeChat has taken the refund on. The money is not back yet: refundquery tells when it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundAccepted {
    /// The order.
    pub out_trade_no: OutTradeNo,
    /// The refund's number.
    pub out_refund_no: OutRefundNo,
    /// WeChat's number of the payment.
    pub transaction_id: TransactionId,
    /// WeChat's number of the refund.
    pub refund_id: RefundId,
    /// What goes back.
    pub refund_fee: Fen,
    /// What the order cost.
    pub total_fee: Fen,
}

impl sealed::Request for Refund {}

impl Request for Refund {
    const NAME: CallName = CallName::Refund;
    const PATH: &'static str = "/secapi/pay/refund";
    const CERTIFICATE: bool = true;
    const REPEATABLE: bool = true;

    fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields
            .set("out_trade_no", self.out_trade_no.as_str())
            .set("out_refund_no", self.out_refund_no.as_str())
            .set("total_fee", self.total_fee.to_string())
            .set("refund_fee", self.refund_fee.to_string());
        if let Some(refund_desc) = &self.refund_desc {
            fields.set("refund_desc", refund_desc.as_str());
        }
        if let Some(notify_url) = &self.notify_url {
            fields.set("notify_url", notify_url.as_str());
        }
        fields
    }
}

impl Call for Refund {
    type Answer = RefundAccepted;

    /// Numbers and amounts must be those that were sent: no other refund settles this one.
    fn answer(&self, answer: &Fields) -> Result<RefundAccepted, Mismatch> {
        answer.ours("out_trade_no", self.out_trade_no.as_str())?;
        answer.ours("out_refund_no", self.out_refund_no.as_str())?;
        answer.our_amount("refund_fee", self.refund_fee)?;
        answer.our_amount("total_fee", self.total_fee)?;
        Ok(RefundAccepted {
            out_trade_no: self.out_trade_no.clone(),
            out_refund_no: self.out_refund_no.clone(),
            transaction_id: answer.read("transaction_id")?,
            refund_id: answer.read("refund_id")?,
            refund_fee: self.refund_fee,
            total_fee: self.total_fee,
        })
    }
}
