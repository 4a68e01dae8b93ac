//! The payment notify: WeChat tells that an order was paid, until we answer that we know.
//!
//! Anybody can post anything to the address: what passes [`read`] is signed, about this merchant,
//! and a payment. Whether the order is ours at that price is the caller's to check, and a notify
//! may come twice, late, or before the answer that created its order.

use crate::sign::{Verified, VerifyError};
use crate::xml::{self, XmlError};
use crate::{Fields, Merchant, Mismatch, Payment};

/// Why a body is not a payment notify for this merchant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotifyError {
    /// Not a message at all.
    #[error("notify is not a message")]
    NotXml(#[from] XmlError),
    /// Not signed as this merchant's messages are.
    #[error("notify is not believed")]
    BadSign(#[from] VerifyError),
    /// Signed, but not a payment, or another merchant's.
    #[error("notify is not a payment to this merchant")]
    Mismatch(#[from] Mismatch),
}

/// Reads a payment notify. APIv2 payment notify.
///
/// # Errors
///
/// See [`NotifyError`]. The answer to each is [`Reply::Fail`].
pub fn read(body: &[u8], merchant: &Merchant) -> Result<Verified<Payment>, NotifyError> {
    let fields = xml::parse(body)?;
    let notify = merchant.verify(fields)?;
    notify.success("return_code")?;
    notify.success("result_code")?;
    merchant.recognise(&notify)?;
    // An orderquery answer says SUCCESS too, also of an order that is not paid.
    notify.refuse("trade_state")?;
    Ok(notify.try_map(|fields| Payment::read(&fields))?)
}

/// What we answer. APIv2 payment notify, "reply": HTTP 200, not signed, within 5 seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// We know; stop telling us. Also for the second notify of one payment.
    Success,
    /// Tell us again later. The reason is fixed text: a stranger learns nothing from it.
    Fail(&'static str),
}

impl Reply {
    /// The body of the answer.
    pub fn to_xml(&self) -> String {
        let (return_code, return_msg) = match self {
            Self::Success => ("SUCCESS", "OK"),
            Self::Fail(reason) => ("FAIL", *reason),
        };
        let mut fields = Fields::new();
        fields.set("return_code", return_code).set("return_msg", return_msg);
        xml::write(&fields)
    }
}
