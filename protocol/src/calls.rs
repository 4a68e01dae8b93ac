//! All calls that a merchant can make, and what must be known to make one.

use std::fmt;

use crate::Request;
use crate::authcodetoopenid::AuthCodeToOpenId;
use crate::closeorder::CloseOrder;
use crate::downloadbill::DownloadBill;
use crate::getsignkey::GetSignKey;
use crate::micropay::MicroPay;
use crate::orderquery::OrderQuery;
use crate::refund::Refund;
use crate::refundquery::RefundQuery;
use crate::report::Report;
use crate::reverse::Reverse;
use crate::shorturl::Shorten;
use crate::unifiedorder::UnifiedOrder;

/// All calls, in the order of [`CallName`]. It is made of what the calls themselves say, so it
/// cannot disagree with them; the documentation of the package prints it.
pub const TABLE: [CallFacts; 12] = [
    facts::<UnifiedOrder>("APIv2 unifiedorder"),
    facts::<OrderQuery>("APIv2 orderquery"),
    facts::<CloseOrder>("APIv2 closeorder"),
    facts::<Refund>("APIv2 refund"),
    facts::<RefundQuery>("APIv2 refundquery"),
    facts::<MicroPay>("APIv2 micropay"),
    facts::<Reverse>("APIv2 reverse"),
    facts::<DownloadBill>("APIv2 downloadbill"),
    facts::<Shorten>("APIv2 shorturl"),
    facts::<AuthCodeToOpenId>("APIv2 authcodetoopenid"),
    facts::<Report>("APIv2 payitil/report"),
    facts::<GetSignKey>("APIv2 sandbox"),
];

/// What must be known of a call to make it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallFacts {
    /// Which call it is.
    pub name: CallName,
    /// The path, from the gateway's root.
    pub path: &'static str,
    /// Whether the connection must show the merchant's client certificate.
    pub certificate: bool,
    /// Whether the answer is signed.
    pub signed_answer: bool,
    /// Whether the very same call may be sent again when no answer came.
    pub repeatable: bool,
    /// The section of the official documentation.
    pub source: &'static str,
}

const fn facts<R: Request>(source: &'static str) -> CallFacts {
    CallFacts {
        name: R::NAME,
        path: R::PATH,
        certificate: R::CERTIFICATE,
        signed_answer: R::SIGNED_ANSWER,
        repeatable: R::REPEATABLE,
        source,
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_in_the_table_once_and_in_order() {
        for (at, call) in TABLE.iter().enumerate() {
            assert_eq!(call.name as usize, at, "{}", call.name);
            assert!(call.path.ends_with(&format!("/{}", call.name)), "{}", call.path);
        }
        // The last variant.
        assert_eq!(CallName::GetSignKey as usize + 1, TABLE.len());
    }

    #[test]
    fn what_moves_money_back_and_nothing_else_needs_the_certificate() {
        for call in TABLE {
            assert_eq!(call.certificate, call.path.starts_with("/secapi/"), "{}", call.name);
        }
    }

    /// To change the table, copy it from what this test prints.
    #[test]
    fn the_documentation_prints_this_table() {
        let yes = |is: bool| if is { "yes" } else { "no" };
        let rows = TABLE.map(|call| {
            format!(
                "//! | {} | `{}` | {} | {} | {} | {} |\n",
                call.name,
                call.path,
                yes(call.certificate),
                yes(call.signed_answer),
                yes(call.repeatable),
                call.source,
            )
        });
        let table = format!(
            "//! | call | path | certificate | signed answer | repeatable | source |\n\
             //! |---|---|---|---|---|---|\n{}//!\n",
            rows.concat()
        );
        assert!(include_str!("lib.rs").contains(&table), "lib.rs should print:\n{table}");
    }
}
