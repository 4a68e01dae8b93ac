//! reverse: takes a payment by code back: unpaid it is closed, paid it goes back in full.

use std::str::FromStr;

use crate::call::{Call, Request, sealed};
use crate::calls::CallName;
use crate::{Fields, Mismatch, OutTradeNo, ValueError};

/// The wish, not earlier than 15 s after the payment was sent and within 7 days of it.
/// APIv2 reverse. Only for orders of micropay: others are closed or refunded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reverse {
    /// The order.
    pub out_trade_no: OutTradeNo,
}

/// Whether reverse must be sent again. APIv2 reverse, `recall` String(1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Recall {
    /// `Y`: it is not done yet; send it again.
    Yes,
    /// `N`: it is done.
    No,
}

impl FromStr for Recall {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        match text {
            "Y" => Ok(Self::Yes),
            "N" => Ok(Self::No),
            _ => Err(ValueError { name: "recall", rule: "Y or N" }),
        }
    }
}

impl sealed::Request for Reverse {}

impl Request for Reverse {
    const NAME: CallName = CallName::Reverse;
    const PATH: &'static str = "/secapi/pay/reverse";
    const CERTIFICATE: bool = true;
    const REPEATABLE: bool = true;

    fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.set("out_trade_no", self.out_trade_no.as_str());
        fields
    }
}

impl Call for Reverse {
    type Answer = Recall;

    fn answer(&self, answer: &Fields) -> Result<Recall, Mismatch> {
        answer.read("recall")
    }
}
