//! The calls that this gateway has: their paths, and what each needs.

use super::sandbox::{KEY_PATH, Realm};

/// A call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallName {
    /// POST /pay/unifiedorder
    Unifiedorder,
    /// POST /pay/orderquery
    Orderquery,
    /// POST /pay/closeorder
    Closeorder,
    /// POST /secapi/pay/refund
    Refund,
    /// POST /pay/refundquery
    Refundquery,
    /// POST /pay/downloadbill
    Downloadbill,
    /// POST /pay/micropay
    Micropay,
    /// POST /secapi/pay/reverse
    Reverse,
    /// POST /tools/shorturl
    Shorturl,
    /// POST /tools/authcodetoopenid
    Authcodetoopenid,
    /// POST /payitil/report
    Report,
    /// POST /sandboxnew/pay/getsignkey, or the new sandbox's path
    Getsignkey,
}

impl CallName {
    /// Every call.
    pub const ALL: [Self; 12] = [
        Self::Unifiedorder,
        Self::Orderquery,
        Self::Closeorder,
        Self::Refund,
        Self::Refundquery,
        Self::Downloadbill,
        Self::Micropay,
        Self::Reverse,
        Self::Shorturl,
        Self::Authcodetoopenid,
        Self::Report,
        Self::Getsignkey,
    ];

    /// By its path, and to which realm that leads. Only a sandbox gives keys away.
    pub(super) fn of_path(path: &str) -> Option<(Self, Realm)> {
        let (realm, path) = Realm::of_path(path);
        let call = Self::ALL.into_iter().find(|call| call.path() == path)?;
        (call != Self::Getsignkey || realm != Realm::Production).then_some((call, realm))
    }

    /// As the specification spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unifiedorder => "unifiedorder",
            Self::Orderquery => "orderquery",
            Self::Closeorder => "closeorder",
            Self::Refund => "refund",
            Self::Refundquery => "refundquery",
            Self::Downloadbill => "downloadbill",
            Self::Micropay => "micropay",
            Self::Reverse => "reverse",
            Self::Shorturl => "shorturl",
            Self::Authcodetoopenid => "authcodetoopenid",
            Self::Report => "report",
            Self::Getsignkey => "getsignkey",
        }
    }

    /// Where it is posted to.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Unifiedorder => "/pay/unifiedorder",
            Self::Orderquery => "/pay/orderquery",
            Self::Closeorder => "/pay/closeorder",
            Self::Refund => "/secapi/pay/refund",
            Self::Refundquery => "/pay/refundquery",
            Self::Downloadbill => "/pay/downloadbill",
            Self::Micropay => "/pay/micropay",
            Self::Reverse => "/secapi/pay/reverse",
            Self::Shorturl => "/tools/shorturl",
            Self::Authcodetoopenid => "/tools/authcodetoopenid",
            Self::Report => "/payitil/report",
            Self::Getsignkey => KEY_PATH,
        }
    }

    /// A refusal on the first layer: downloadbill says its own words, in English.
    pub(super) fn in_its_words(self, usual: String, of_bills: &str) -> String {
        if self == Self::Downloadbill { of_bills.to_owned() } else { usual }
    }

    /// Whether it needs the merchant's certificate: all under `/secapi/` do.
    pub(super) fn needs_certificate(self) -> bool {
        self.path().starts_with("/secapi/")
    }
}
