//! orderquery: asks what became of an order.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::call::{Call, Request, sealed};
use crate::calls::CallName;
use crate::sign::Verified;
use crate::value::clip;
use crate::{Fields, Mismatch, OutTradeNo, Payment};

/// Longest unknown state that is kept, in characters. APIv2 orderquery, `trade_state` String(32).
const TRADE_STATE_MAX: usize = 32;

/// The question. APIv2 orderquery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderQuery {
    /// The order.
    pub out_trade_no: OutTradeNo,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderState {
    /// The order.
    pub out_trade_no: OutTradeNo,
    /// Where it stands.
    pub trade_state: TradeState,
    /// What was paid, if and only if `trade_state` is SUCCESS.
    pub payment: Option<Payment>,
}

impl Verified<OrderState> {
    /// The payment, still proven, if and only if `trade_state` is SUCCESS.
    pub fn payment(&self) -> Option<Verified<Payment>> {
        self.part(|state| state.payment.as_ref())
    }
}

impl sealed::Request for OrderQuery {}

impl Request for OrderQuery {
    const NAME: CallName = CallName::OrderQuery;
    const PATH: &'static str = "/pay/orderquery";
    const REPEATABLE: bool = true;

    fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.set("out_trade_no", self.out_trade_no.as_str());
        fields
    }
}

impl Call for OrderQuery {
    type Answer = OrderState;

    /// What follows a state other than SUCCESS is not read: REFUND carries a whole payment too,
    /// and that money is gone.
    fn answer(&self, answer: &Fields) -> Result<OrderState, Mismatch> {
        answer.ours("out_trade_no", self.out_trade_no.as_str())?;
        let trade_state = TradeState::from(answer.required("trade_state")?);
        let paid = trade_state == TradeState::Success;
        let payment = if paid { Some(Payment::read(answer)?) } else { None };
        Ok(OrderState { out_trade_no: self.out_trade_no.clone(), trade_state, payment })
    }
}

/// Where an order stands. APIv2 orderquery, `trade_state`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TradeState {
    /// Paid.
    Success,
    /// Was paid; some or all of it went back.
    Refund,
    /// Not paid, also when its time is over, until it is closed.
    NotPay,
    /// Closed; can no longer be paid.
    Closed,
    /// Reversed; only payment codes can be.
    Revoked,
    /// The customer is entering the password; only payment codes.
    UserPaying,
    /// The payment failed; only payment codes.
    PayError,
    /// Accepted, to be deducted later; only contracts.
    Accept,
    /// A state that is not in this list. It is not final: ask again.
    Unknown(String),
}

impl TradeState {
    /// As WeChat spells it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Success => "SUCCESS",
            Self::Refund => "REFUND",
            Self::NotPay => "NOTPAY",
            Self::Closed => "CLOSED",
            Self::Revoked => "REVOKED",
            Self::UserPaying => "USERPAYING",
            Self::PayError => "PAYERROR",
            Self::Accept => "ACCEPT",
            Self::Unknown(state) => state,
        }
    }
}

impl From<&str> for TradeState {
    fn from(state: &str) -> Self {
        match state {
            "SUCCESS" => Self::Success,
            "REFUND" => Self::Refund,
            "NOTPAY" => Self::NotPay,
            "CLOSED" => Self::Closed,
            "REVOKED" => Self::Revoked,
            "USERPAYING" => Self::UserPaying,
            "PAYERROR" => Self::PayError,
            "ACCEPT" => Self::Accept,
            _ => Self::Unknown(clip(state, TRADE_STATE_MAX)),
        }
    }
}

impl FromStr for TradeState {
    type Err = Infallible;

    fn from_str(state: &str) -> Result<Self, Infallible> {
        Ok(Self::from(state))
    }
}

impl fmt::Display for TradeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
