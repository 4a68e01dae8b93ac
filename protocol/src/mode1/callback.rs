//! The callback of mode 1: somebody has scanned a printed QR, and WeChat waits for an order.
//!
//! Anybody can post anything to the address. What passes [`read`] is signed and about this
//! merchant, but it is a question and no payment: nothing is vended for it.

use crate::sign::{self, SignType, Verified, VerifyError};
use crate::xml::{self, XmlError};
use crate::{Fields, Merchant, Mismatch, NonceStr, OpenId, PrepayId, ProductId, body};

/// Longest text for the customer, in bytes: with the caution that `body` needs too.
/// APIv2 Native mode 1, `err_code_des` String(128).
const SORRY_BYTES_MAX: usize = 127;

/// Somebody wants to buy. APIv2 Native mode 1, "callback".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// What the scanned QR stands for.
    pub product_id: ProductId,
    /// Who scanned it.
    pub openid: OpenId,
}

/// Why a body is not a callback for this merchant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// Not a message at all.
    #[error("callback is not a message")]
    NotXml(#[from] XmlError),
    /// Not signed with the merchant's key.
    #[error("callback is not believed")]
    BadSign(#[from] VerifyError),
    /// Signed, but no scan, or another merchant's.
    #[error("callback is not a scan of this merchant's QR")]
    Mismatch(#[from] Mismatch),
}

/// Reads a callback.
///
/// Either mode of signature is taken, by the length of `sign`. The callback answers to no request
/// of ours that could have chosen one; all known programs see MD5 here, also with merchants whose
/// orders are signed with HMAC-SHA256, and the better mode is no reason to turn a customer away.
/// Nothing is lost by it: a forger of MD5 could make us open orders that nobody pays.
///
/// # Errors
///
/// See [`CallbackError`]. The answer to each is [`notify::Reply::Fail`](crate::notify::Reply):
/// a stranger gets nothing signed.
pub fn read(body: &[u8], merchant: &Merchant) -> Result<Verified<Scan>, CallbackError> {
    let scan = verify(xml::parse(body)?, merchant)?;
    merchant.recognise(&scan)?;
    // Orders, answers and notifies have products or payers too.
    scan.refuse("return_code")?;
    scan.refuse("out_trade_no")?;
    Ok(scan.try_map(|fields| {
        Ok::<_, Mismatch>(Scan {
            product_id: fields.read("product_id")?,
            openid: fields.read("openid")?,
        })
    })?)
}

fn verify(fields: Fields, merchant: &Merchant) -> Result<Verified<Fields>, VerifyError> {
    let is_long = fields.get("sign").is_some_and(|sign| sign.len() == 64);
    let mode = if is_long { SignType::HmacSha256 } else { SignType::Md5 };
    merchant.verify_in(fields, mode)
}

/// What we answer, within 5 seconds. APIv2 Native mode 1, "callback", reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// An order was made for this scan.
    Order {
        /// From unifiedorder, with the `product_id` of the scan.
        prepay_id: PrepayId,
    },
    /// There is nothing to buy: a text for the customer, sold out for example.
    Sorry(String),
}

impl Reply {
    /// The body of the answer, signed with MD5, the mode in which the callback is documented.
    ///
    /// Of a text for the customer as much is sent as fits into 127 bytes, without control
    /// characters, emoji, `&` and `=`.
    pub fn to_xml(&self, merchant: &Merchant, nonce: &NonceStr) -> String {
        let mut fields = Fields::new();
        fields
            .set("return_code", "SUCCESS")
            .set("appid", merchant.appid.as_str())
            .set("mch_id", merchant.mch_id.as_str())
            .set("nonce_str", nonce.as_str());
        match self {
            Self::Order { prepay_id } => {
                fields.set("result_code", "SUCCESS").set("prepay_id", prepay_id.as_str());
            }
            Self::Sorry(text) => {
                fields.set("result_code", "FAIL");
                if let Some(text) = body::fit(text, SORRY_BYTES_MAX) {
                    fields.set("err_code_des", text);
                }
            }
        }
        let sign = sign::sign(&fields, &merchant.key, SignType::Md5);
        fields.set("sign", sign);
        xml::write(&fields)
    }
}
