//! The calls that this gateway has: their paths, and what each needs.

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
}

impl CallName {
    /// Every call.
    pub const ALL: [Self; 6] = [
        Self::Unifiedorder,
        Self::Orderquery,
        Self::Closeorder,
        Self::Refund,
        Self::Refundquery,
        Self::Downloadbill,
    ];

    /// By its path.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|call| call.path() == path)
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
