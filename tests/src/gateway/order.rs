//! One order in the gateway's books, and how it is paid.

use protocol::{Fields, sign::SignType};

use super::{
    answer::{Failure, OPENID},
    micropay::{Micropay, Password},
    sandbox::Realm,
};

/// One order.
#[derive(Debug, Clone)]
pub struct Order {
    /// The merchant's number.
    pub out_trade_no: String,
    /// The parameters of its unifiedorder, without `nonce_str` and `sign`.
    pub request: Fields,
    /// The mode in which its messages are signed.
    pub sign_type: SignType,
    /// WeChat's number for the order before it is paid.
    pub prepay_id: String,
    /// When the gateway first heard of it: milliseconds since 1970.
    pub opened_at_ms: i64,
    /// `time_expire`: the last moment to pay.
    pub expires_at_ms: Option<i64>,
    /// What became of it.
    pub state: OrderState,
    /// Every `code_url` given out for it: one for each unifiedorder that was accepted.
    pub codes: Vec<String>,
    /// How often orderquery came for it.
    pub queries: u32,
    /// How often closeorder came for it.
    pub closings: u32,
    /// Every notify of it that was sent or lost.
    pub notifies: Vec<Notified>,
    /// A refund of it was accepted.
    pub refunded: bool,
    /// Only of an order that was made with a payment code.
    pub micropay: Option<Micropay>,
    /// Which key signs its messages.
    pub realm: Realm,
}

impl Order {
    /// Fen.
    #[must_use]
    pub fn total_fee(&self) -> u32 {
        self.request.get("total_fee").and_then(|fee| fee.parse().ok()).unwrap_or_default()
    }

    /// The payment, if there was one.
    #[must_use]
    pub const fn payment(&self) -> Option<&Payment> {
        match &self.state {
            OrderState::Paid(payment) => Some(payment),
            OrderState::Open | OrderState::Closed => None,
        }
    }

    /// As orderquery says it.
    #[must_use]
    pub const fn trade_state(&self) -> &'static str {
        if self.reversed_at_ms().is_some() {
            return "REVOKED";
        }
        match self.state {
            OrderState::Open => match &self.micropay {
                Some(Micropay { password: Password::Right(_) | Password::Wrong(_), .. }) => {
                    "USERPAYING"
                }
                Some(Micropay { password: Password::Failed, .. }) => "PAYERROR",
                Some(Micropay { password: Password::NotAsked, .. }) | None => "NOTPAY",
            },
            OrderState::Paid(_) if self.refunded => "REFUND",
            OrderState::Paid(_) => "SUCCESS",
            OrderState::Closed => "CLOSED",
        }
    }

    /// How it is paid: NATIVE, JSAPI or MICROPAY.
    #[must_use]
    pub fn trade_type(&self) -> &str {
        let told = self.request.get("trade_type").unwrap_or_default();
        if self.micropay.is_some() { "MICROPAY" } else { told }
    }

    /// When it was reversed: milliseconds since 1970.
    #[must_use]
    pub const fn reversed_at_ms(&self) -> Option<i64> {
        match &self.micropay {
            Some(micropay) => micropay.reversed_at_ms,
            None => None,
        }
    }

    /// Who paid it or is to pay it.
    pub(super) fn openid(&self) -> &str {
        match &self.micropay {
            Some(micropay) => &micropay.openid,
            None => self.request.get("openid").filter(|it| !it.is_empty()).unwrap_or(OPENID),
        }
    }

    pub(super) fn transaction_id(&self) -> Option<&str> {
        self.payment().map(|payment| payment.transaction_id.as_str())
    }

    pub(super) fn may_enter_again(&self, fields: &Fields) -> Result<(), Failure> {
        if self.request.get("mch_id") != fields.get("mch_id") {
            return Err(Failure::new("OUT_TRADE_NO_USED", "商户订单号重复"));
        }
        match self.state {
            OrderState::Paid(_) => Err(Failure::new("ORDERPAID", "该订单已支付")),
            OrderState::Closed => Err(Failure::new("ORDERCLOSED", "该订单已关闭")),
            OrderState::Open if self.request != parameters(fields) => {
                Err(Failure::new("INVALID_REQUEST", "201 商户订单号重复"))
            }
            OrderState::Open => Ok(()),
        }
    }
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderState {
    /// It can be paid until it expires.
    Open,
    /// The money was taken.
    Paid(Payment),
    /// It can no longer be paid.
    Closed,
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// WeChat's number.
    pub transaction_id: String,
    /// When it was paid: milliseconds since 1970.
    pub paid_at_ms: i64,
    /// Beijing time, 14 digits.
    pub time_end: String,
}

/// One notify on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notified {
    /// It never arrived.
    Lost,
    /// The machine answered SUCCESS.
    Acknowledged,
    /// It arrived or not, but no well-formed SUCCESS came back: what came instead.
    Failed(String),
}

/// Why the customer's phone shows no success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayError {
    /// No order has this code.
    #[error("this code leads to no order")]
    UnknownCode,
    /// Two hours have passed since the code was given out.
    #[error("this code has expired")]
    CodeExpired,
    /// `time_expire` has passed.
    #[error("the time to pay this order is over")]
    OrderExpired,
    /// The merchant closed it.
    #[error("this order is closed")]
    Closed,
    /// Nobody pays twice.
    #[error("this order is paid already")]
    AlreadyPaid,
}

/// What makes two requests "the same": all but the two elements that are new in each.
pub(super) fn parameters(fields: &Fields) -> Fields {
    let mut parameters = fields.clone();
    parameters.remove("nonce_str");
    parameters.remove("sign");
    parameters
}
