//! The names of all calls that a merchant can make.

use std::fmt;

/// A call of APIv2, named as the last part of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallName {
    /// Makes an order.
    UnifiedOrder,
    /// Asks what became of an order.
    OrderQuery,
    /// Makes an unpaid order unpayable.
    CloseOrder,
    /// Pays an order back.
    Refund,
    /// Asks what became of the refunds of an order.
    RefundQuery,
    /// Takes the money of a payment code that the customer shows.
    MicroPay,
    /// Takes a payment by payment code back, whatever became of it.
    Reverse,
    /// Fetches the trades of a day.
    DownloadBill,
    /// Makes a short link of a long one.
    ShortUrl,
    /// Tells whose payment code it is.
    AuthCodeToOpenId,
    /// Tells WeChat how a call went.
    Report,
    /// Fetches the key of a sandbox.
    GetSignKey,
}

impl CallName {
    /// As the path spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnifiedOrder => "unifiedorder",
            Self::OrderQuery => "orderquery",
            Self::CloseOrder => "closeorder",
            Self::Refund => "refund",
            Self::RefundQuery => "refundquery",
            Self::MicroPay => "micropay",
            Self::Reverse => "reverse",
            Self::DownloadBill => "downloadbill",
            Self::ShortUrl => "shorturl",
            Self::AuthCodeToOpenId => "authcodetoopenid",
            Self::Report => "report",
            Self::GetSignKey => "getsignkey",
        }
    }
}

impl fmt::Display for CallName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
