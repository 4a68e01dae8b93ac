//! One row of a bill: a trade, or a refund of one.

use csv::StringRecord;

use super::cells::{self, Heading, cell, fen_of_yuan};
use super::error::BillError;
use crate::value::clip;
use crate::{BeijingTime, Fen, TransactionId};

/// Longest unknown state that is kept, in characters. APIv2 orderquery, `trade_state` String(32).
const TRADE_STATE_MAX: usize = 32;

/// One trade, or one refund. Texts are as the merchant's programs and WeChat once wrote them: the
/// bill lists what all machines of the merchant sold, and other programs' sales too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillRow {
    /// When it was paid; in a refund's row when the refund was made, in a bill of refunds alone
    /// when the trade was paid. Absent when the text is no time.
    pub time: Option<BeijingTime>,
    /// The same as it stands in the bill, `交易时间`.
    pub time_text: String,
    /// WeChat's number of the payment, `微信订单号`.
    pub transaction_id: TransactionId,
    /// The merchant's number of the order, `商户订单号`. Another program's may have any form.
    pub out_trade_no: String,
    /// The machine that sold, `设备号`; empty when the order did not say.
    pub device_info: String,
    /// `NATIVE`, `JSAPI`, `MICROPAY` and so on, `交易类型`.
    pub trade_type: String,
    /// What the row is about, `交易状态`.
    pub trade_state: BillTradeState,
    /// The amount of the order, coupons included: `订单金额`, in bills without it `应结订单金额` or
    /// `总金额`. It is 0 in a refund's row of a bill of both.
    pub total_fee: Fen,
    /// The refund, if the row is about one.
    pub refund: Option<BillRefund>,
    /// WeChat's own fee in yuan with up to 5 decimals, `手续费`; negative when it comes back.
    pub fee: String,
    /// The text that the order carried, `商户数据包`.
    pub attach: String,
    /// What the payer read that they buy, `商品名称`.
    pub body: String,
}

/// The refund of which a row tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillRefund {
    /// WeChat's number of the refund, `微信退款单号`.
    pub refund_id: String,
    /// The merchant's number of the refund, `商户退款单号`.
    pub out_refund_no: String,
    /// What was asked back: `申请退款金额`, in bills without it `退款金额`.
    pub refund_fee: Fen,
    /// `SUCCESS`, `PROCESSING` and so on, `退款状态`.
    pub refund_status: String,
}

/// What a row is about. APIv2 downloadbill, `交易状态`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BillTradeState {
    /// A payment.
    Success,
    /// A refund.
    Refund,
    /// A payment by payment code that was reversed.
    Revoked,
    /// A state that is not in this list.
    Other(String),
}

impl From<&str> for BillTradeState {
    fn from(state: &str) -> Self {
        match state {
            "SUCCESS" => Self::Success,
            "REFUND" => Self::Refund,
            "REVOKED" => Self::Revoked,
            _ => Self::Other(clip(state, TRADE_STATE_MAX)),
        }
    }
}

/// Where in a row what stands.
#[derive(Debug)]
pub(super) struct Columns {
    count: usize,
    time: usize,
    transaction_id: usize,
    out_trade_no: usize,
    trade_type: usize,
    trade_state: usize,
    total_fee: usize,
    device_info: Option<usize>,
    fee: Option<usize>,
    attach: Option<usize>,
    body: Option<usize>,
    refund: Option<RefundColumns>,
}

#[derive(Debug)]
struct RefundColumns {
    refund_id: usize,
    out_refund_no: usize,
    refund_fee: usize,
    refund_status: usize,
}

impl Columns {
    /// Newer names stand before older ones. Only a bill of payments alone has no refund columns.
    pub(super) fn of(heading: &Heading) -> Result<Self, BillError> {
        let required = |names: &[&'static str]| {
            let name = names.first().copied().unwrap_or_default();
            heading.index(names).ok_or(BillError::Column(name))
        };
        let refund = match heading.index(&["微信退款单号"]) {
            None => None,
            Some(refund_id) => Some(RefundColumns {
                refund_id,
                out_refund_no: required(&["商户退款单号"])?,
                refund_fee: required(&["申请退款金额", "退款金额"])?,
                refund_status: required(&["退款状态"])?,
            }),
        };
        Ok(Self {
            count: heading.len(),
            time: required(&["交易时间"])?,
            transaction_id: required(&["微信订单号"])?,
            out_trade_no: required(&["商户订单号"])?,
            trade_type: required(&["交易类型"])?,
            trade_state: required(&["交易状态"])?,
            total_fee: required(&["订单金额", "应结订单金额", "总金额"])?,
            device_info: heading.index(&["设备号"]),
            fee: heading.index(&["手续费", "返还手续费"]),
            attach: heading.index(&["商户数据包"]),
            body: heading.index(&["商品名称"]),
            refund,
        })
    }

    pub(super) fn read(&self, record: &StringRecord) -> Result<BillRow, String> {
        if record.len() != self.count {
            return Err(format!("{} values for {} columns", record.len(), self.count));
        }
        let text = |index: usize| cell(record, Some(index)).to_owned();
        let other = |index: Option<usize>| cell(record, index).to_owned();
        let time_text = text(self.time);
        let trade_state = BillTradeState::from(cell(record, Some(self.trade_state)));
        let refund =
            self.refund.as_ref().map(|columns| columns.read(record)).transpose()?.flatten();
        if trade_state == BillTradeState::Refund && refund.is_none() {
            return Err("a refund without 微信退款单号".to_owned());
        }
        Ok(BillRow {
            time: cells::time(&time_text),
            time_text,
            transaction_id: TransactionId::parse(cell(record, Some(self.transaction_id)))
                .map_err(|error| format!("微信订单号: {error}"))?,
            out_trade_no: text(self.out_trade_no),
            device_info: other(self.device_info),
            trade_type: text(self.trade_type),
            trade_state,
            total_fee: fen_of_yuan(cell(record, Some(self.total_fee)))
                .ok_or("订单金额 is no amount in yuan")?,
            refund,
            fee: other(self.fee),
            attach: other(self.attach),
            body: other(self.body),
        })
    }
}

impl RefundColumns {
    /// A row without a refund has `0` or nothing in these columns.
    fn read(&self, record: &StringRecord) -> Result<Option<BillRefund>, String> {
        let text = |index: usize| cell(record, Some(index)).to_owned();
        let refund_id = text(self.refund_id);
        if refund_id.is_empty() || refund_id == "0" {
            return Ok(None);
        }
        Ok(Some(BillRefund {
            refund_id,
            out_refund_no: text(self.out_refund_no),
            refund_fee: fen_of_yuan(cell(record, Some(self.refund_fee)))
                .ok_or("退款金额 is no amount in yuan")?,
            refund_status: text(self.refund_status),
        }))
    }
}
