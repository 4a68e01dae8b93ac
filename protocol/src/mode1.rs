//! Mode 1: a QR that is printed once per product; each scan of it makes a new order.
//!
//! ```text
//! sticker ──scan──► WeChat ──callback──► us: which order shall that be?
//!                     │ ◄────prepay_id──── unifiedorder, Trade::Native
//!                     ▼
//!                  customer pays, and the notify comes as usual
//! ```
//!
//! Where WeChat posts the callback is set in the merchant platform, not in the link. Two people can
//! scan one sticker: each scan is an order of its own.

use crate::percent::encoded;
use crate::sign::{self, SignType};
use crate::{Fields, Merchant, NonceStr, ProductId};

pub mod callback;

/// The text of a printed QR. APIv2 Native mode 1, "QR code".
///
/// It is good for ever: what it opens is not. A link that was signed before the merchant's key was
/// changed no longer fits the key, so print again after a change. The sign is over the raw
/// `product_id` and always MD5, as the link has no place to say otherwise; values are
/// percent-encoded in the link alone. The link is at most 512 characters long.
pub fn link(
    merchant: &Merchant,
    product_id: &ProductId,
    unix_seconds: u64,
    nonce: &NonceStr,
) -> String {
    let mut fields = Fields::new();
    fields
        .set("appid", merchant.appid.as_str())
        .set("mch_id", merchant.mch_id.as_str())
        .set("product_id", product_id.as_str())
        .set("time_stamp", unix_seconds.to_string())
        .set("nonce_str", nonce.as_str());
    let sign = sign::sign(&fields, &merchant.key, SignType::Md5);
    let mut link = format!("weixin://wxpay/bizpayurl?sign={sign}");
    for (name, value) in fields.iter() {
        link.extend(["&", name, "="]);
        link.extend(encoded(value));
    }
    link
}
