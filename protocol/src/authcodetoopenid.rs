//! authcodetoopenid: tells whose payment code it is; afterwards only this merchant can charge it.

use crate::call::{Call, Request, sealed};
use crate::calls::CallName;
use crate::{AuthCode, Fields, Mismatch, OpenId};

/// The question. APIv2 authcodetoopenid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthCodeToOpenId {
    /// The customer's code.
    pub auth_code: AuthCode,
}

impl sealed::Request for AuthCodeToOpenId {}

impl Request for AuthCodeToOpenId {
    const NAME: CallName = CallName::AuthCodeToOpenId;
    const PATH: &'static str = "/tools/authcodetoopenid";
    const REPEATABLE: bool = true;

    fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.set("auth_code", self.auth_code.as_str());
        fields
    }
}

impl Call for AuthCodeToOpenId {
    type Answer = OpenId;

    /// Payments name an `openid` too, which may be another customer's.
    fn answer(&self, answer: &Fields) -> Result<OpenId, Mismatch> {
        for foreign in ["transaction_id", "trade_state"] {
            answer.refuse(foreign)?;
        }
        answer.read("openid")
    }
}
