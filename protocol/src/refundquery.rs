//! refundquery: asks what became of all refunds of an order.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::call::{Call, Request, sealed};
use crate::calls::CallName;
use crate::value::clip;
use crate::{BeijingTime, Fen, Fields, Mismatch, OutRefundNo, OutTradeNo, RefundId, ValueError};

/// Most refunds in one answer.
pub const PAGE: u32 = 10;

/// Longest unknown state that is kept, in characters. APIv2 refundquery, `refund_status_$n`
/// String(16).
const REFUND_STATUS_MAX: usize = 16;

/// Longest name of an account that is kept, in characters. APIv2 refundquery,
/// `refund_recv_accout_$n` String(64).
const ACCOUNT_MAX: usize = 64;

/// The question. APIv2 refundquery.
///
/// It asks by the order, not by the refund, so that a refund that somebody made by hand in the
/// merchant platform is seen as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundQuery {
    /// The order.
    pub out_trade_no: OutTradeNo,
    /// How many refunds to leave out, counted from the first; `None` = 0, and the answer may not
    /// say how many there are in all.
    pub offset: Option<u32>,
}

/// The answer. While nothing was paid back it is `REFUNDNOTEXIST`, a
/// [`CallError::Failed`](crate::CallError::Failed).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refunds {
    /// The order.
    pub out_trade_no: OutTradeNo,
    /// What the order cost.
    pub total_fee: Fen,
    /// How many refunds this answer tells, at most [`PAGE`].
    pub refund_count: u32,
    /// How many refunds the order has; WeChat says so when an offset was asked for.
    pub total_refund_count: Option<u32>,
    /// The refunds, `refund_count` of them.
    pub refunds: Vec<RefundState>,
}

/// One refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundState {
    /// Its number; a refund made by hand has one that the merchant platform invented.
    pub out_refund_no: OutRefundNo,
    /// WeChat's number of it.
    pub refund_id: RefundId,
    /// What goes back.
    pub refund_fee: Fen,
    /// Where it stands.
    pub refund_status: RefundStatus,
    /// Where the money goes, for people: a bank and four digits, or 支付用户零钱 (the balance).
    /// The misspelling is WeChat's. Absent when it was missing.
    pub refund_recv_accout: Option<String>,
    /// When the money was back; absent when it was missing or ill-formed.
    pub refund_success_time: Option<BeijingTime>,
}

/// Where a refund stands. APIv2 refundquery, `refund_status_$n`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RefundStatus {
    /// The money is back.
    Success,
    /// On its way: about 20 minutes to a balance, up to 3 working days to a card.
    Processing,
    /// Rejected; this number will not pay back.
    RefundClose,
    /// The money cannot go where it came from: a person must act in the merchant platform.
    Change,
    /// It failed. Older documentation.
    Fail,
    /// A state that is not in this list. It is not final: ask again.
    Unknown(String),
}

impl RefundQuery {
    /// The question for the refunds that did not fit into `answer`, if there may be some.
    pub fn next(&self, answer: &Refunds) -> Option<Self> {
        let told = self.offset.unwrap_or(0).saturating_add(answer.refund_count);
        let is_more = match answer.total_refund_count {
            Some(total) => answer.refund_count > 0 && told < total,
            None => answer.refund_count >= PAGE,
        };
        let next = Self { out_trade_no: self.out_trade_no.clone(), offset: Some(told) };
        if is_more { Some(next) } else { None }
    }
}

impl Refunds {
    /// The refund of this number, if this answer tells of it.
    pub fn find(&self, out_refund_no: &OutRefundNo) -> Option<&RefundState> {
        self.refunds.iter().find(|refund| refund.out_refund_no == *out_refund_no)
    }

    /// What is back, by all refunds of this answer together.
    pub fn refunded(&self) -> Fen {
        let back = self.refunds.iter().filter(|it| it.refund_status == RefundStatus::Success);
        Fen::new(back.fold(0, |sum, refund| sum.saturating_add(refund.refund_fee.get())))
    }
}

impl sealed::Request for RefundQuery {}

impl Request for RefundQuery {
    const NAME: CallName = CallName::RefundQuery;
    const PATH: &'static str = "/pay/refundquery";
    const REPEATABLE: bool = true;

    fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.set("out_trade_no", self.out_trade_no.as_str());
        if let Some(offset) = self.offset {
            fields.set("offset", offset.to_string());
        }
        fields
    }
}

impl Call for RefundQuery {
    type Answer = Refunds;

    fn answer(&self, answer: &Fields) -> Result<Refunds, Mismatch> {
        answer.ours("out_trade_no", self.out_trade_no.as_str())?;
        let refund_count: Count = answer.read("refund_count")?;
        // The first refund that is missing ends the reading, whatever the count says.
        let refunds = (0..refund_count.0)
            .map(|n| RefundState::read(answer, n))
            .collect::<Result<Vec<_>, Mismatch>>()?;
        let total = answer.optional("total_refund_count")?;
        let total = total.map(|_| answer.read::<Count>("total_refund_count")).transpose()?;
        Ok(Refunds {
            out_trade_no: self.out_trade_no.clone(),
            total_fee: answer.read("total_fee")?,
            refund_count: refund_count.0,
            total_refund_count: total.map(|count| count.0),
            refunds,
        })
    }
}

impl RefundState {
    /// The `n`-th refund of an answer, from 0.
    fn read(answer: &Fields, n: u32) -> Result<Self, Mismatch> {
        let accout = answer.nth("refund_recv_accout_$n", n).ok();
        let time = answer.nth("refund_success_time_$n", n).ok();
        Ok(Self {
            out_refund_no: answer.read_nth("out_refund_no_$n", n)?,
            refund_id: answer.read_nth("refund_id_$n", n)?,
            refund_fee: answer.read_nth("refund_fee_$n", n)?,
            refund_status: RefundStatus::from(answer.nth("refund_status_$n", n)?),
            refund_recv_accout: accout.map(|text| clip(text, ACCOUNT_MAX)),
            refund_success_time: time.and_then(|text| BeijingTime::parse_spaced(text).ok()),
        })
    }
}

/// A number of refunds.
struct Count(u32);

impl FromStr for Count {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        // `u32::from_str` alone would take "+5".
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let count = if digits { text.parse().ok() } else { None };
        count.map(Self).ok_or(ValueError { name: "count", rule: "a number in decimal digits" })
    }
}

impl RefundStatus {
    /// As WeChat spells it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Success => "SUCCESS",
            Self::Processing => "PROCESSING",
            Self::RefundClose => "REFUNDCLOSE",
            Self::Change => "CHANGE",
            Self::Fail => "FAIL",
            Self::Unknown(status) => status,
        }
    }
}

impl From<&str> for RefundStatus {
    fn from(status: &str) -> Self {
        match status {
            "SUCCESS" => Self::Success,
            "PROCESSING" => Self::Processing,
            "REFUNDCLOSE" => Self::RefundClose,
            "CHANGE" => Self::Change,
            "FAIL" => Self::Fail,
            _ => Self::Unknown(clip(status, REFUND_STATUS_MAX)),
        }
    }
}

impl FromStr for RefundStatus {
    type Err = Infallible;

    fn from_str(status: &str) -> Result<Self, Infallible> {
        Ok(Self::from(status))
    }
}

impl fmt::Display for RefundStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
