//! WeChat Pay APIv2 as values: bytes in, values out, and back. No I/O.
//!
//! The way of a message, each step one file:
//!
//! ```text
//!             UnifiedOrder, OrderQuery, Refund, ...                a call, one file each
//!                │ fields()                  ▲ answer()
//!                ▼                           │
//!             Fields ── sign ──► Fields   Verified<Fields>         names and values
//!                                  │         ▲ verify
//!                                  ▼         │
//!  body sent ◄──────────── xml::write     xml::parse ◄──────────── body received
//! ```
//!
//! [`call`] walks both ways; [`notify`] and [`mode1::callback`] walk the right side for the
//! messages that WeChat sends of its own accord. Other ways have [`bill`] (text),
//! [`refund_notify`] (encrypted), [`jsapi`] and [`jscode2session`] (JSON, for what is paid inside
//! of WeChat). Section names such as "APIv2 orderquery" in the comments are those of the official
//! merchant documentation, version 2 (XML).
//!
//! All calls ([`calls::TABLE`]):
//!
//! | call | path | certificate | signed answer | repeatable | source |
//! |---|---|---|---|---|---|
//! | unifiedorder | `/pay/unifiedorder` | no | yes | yes | APIv2 unifiedorder |
//! | orderquery | `/pay/orderquery` | no | yes | yes | APIv2 orderquery |
//! | closeorder | `/pay/closeorder` | no | yes | yes | APIv2 closeorder |
//! | refund | `/secapi/pay/refund` | yes | yes | yes | APIv2 refund |
//! | refundquery | `/pay/refundquery` | no | yes | yes | APIv2 refundquery |
//! | micropay | `/pay/micropay` | no | yes | no | APIv2 micropay |
//! | reverse | `/secapi/pay/reverse` | yes | yes | yes | APIv2 reverse |
//! | downloadbill | `/pay/downloadbill` | no | no | yes | APIv2 downloadbill |
//! | shorturl | `/tools/shorturl` | no | yes | yes | APIv2 shorturl |
//! | authcodetoopenid | `/tools/authcodetoopenid` | no | yes | yes | APIv2 authcodetoopenid |
//! | report | `/payitil/report` | no | no | yes | APIv2 payitil/report |
//! | getsignkey | `/xdc/apiv2getsignkey/sign/getsignkey` | no | no | yes | APIv2 sandbox |
//!
//! To make one of those with a certificate, the connection must show the merchant's. What may be
//! repeated is repeated with the very same values. An answer that is not signed proves nothing.

mod auth_code;
pub mod authcodetoopenid;
mod beijing_time;
pub mod bill;
mod body;
pub mod call;
pub mod calls;
pub mod closeorder;
pub mod downloadbill;
mod err_code;
mod fen;
mod fields;
pub mod getsignkey;
mod ids;
pub mod jsapi;
pub mod jscode2session;
mod merchant;
pub mod micropay;
mod mismatch;
pub mod mode1;
mod nonce_str;
pub mod notify;
mod open_id;
pub mod orderquery;
mod payment;
mod percent;
pub mod refund;
pub mod refund_notify;
pub mod refundquery;
pub mod report;
pub mod reverse;
pub mod shorturl;
pub mod sign;
pub mod unifiedorder;
mod urls;
mod value;
pub mod xml;

pub use auth_code::AuthCode;
pub use beijing_time::BeijingTime;
pub use body::{Attach, Body, RefundDesc};
pub use call::{
    Call, CallError, Request, UnsignedCall, read_answer, read_unsigned_answer, request,
};
pub use calls::CallName;
pub use err_code::{ErrCode, Verdict};
pub use fen::Fen;
pub use fields::Fields;
pub use ids::{
    AppId, DeviceInfo, MchId, OutRefundNo, OutTradeNo, PrepayId, ProductId, RefundId, TransactionId,
};
pub use merchant::Merchant;
pub use mismatch::Mismatch;
pub use nonce_str::NonceStr;
pub use open_id::OpenId;
pub use payment::Payment;
pub use urls::{CodeUrl, NotifyUrl};
pub use value::ValueError;
