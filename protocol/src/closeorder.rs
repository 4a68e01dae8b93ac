//! closeorder: makes an unpaid order unpayable, not earlier than 5 minutes after it was made.

use crate::call::{Call, Request, sealed};
use crate::calls::CallName;
use crate::{Fields, Mismatch, OutTradeNo};

/// The wish. APIv2 closeorder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseOrder {
    /// The order.
    pub out_trade_no: OutTradeNo,
}

/// The order is closed: nobody can pay it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed;

impl sealed::Request for CloseOrder {}

impl Request for CloseOrder {
    const NAME: CallName = CallName::CloseOrder;
    const PATH: &'static str = "/pay/closeorder";
    const REPEATABLE: bool = true;

    fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.set("out_trade_no", self.out_trade_no.as_str());
        fields
    }
}

impl Call for CloseOrder {
    type Answer = Closed;

    /// The answer says nothing but SUCCESS, as the answers to other calls do: what only those have
    /// must be absent, or an old signed message could be played back as "closed".
    fn answer(&self, answer: &Fields) -> Result<Closed, Mismatch> {
        for foreign in ["prepay_id", "trade_state", "transaction_id"] {
            answer.refuse(foreign)?;
        }
        Ok(Closed)
    }
}
