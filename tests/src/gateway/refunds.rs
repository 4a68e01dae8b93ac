//! Money that goes back: refund and refundquery in the gateway's books. Pure: time is an argument.
//!
//! ```text
//!  refund ──► PROCESSING ──at once, or after `refund_takes`──► SUCCESS ■
//!                                                         ├──► CHANGE ■      (bank refused)
//!                                                         └──► REFUNDCLOSE ■ (nothing moved)
//! ```

use protocol::Fields;

use super::{
    answer::Failure,
    books::Books,
    order::{Notified, Order, parameters},
};

/// APIv2 refund, "rules": at most 50 partial refunds of an order.
const REFUNDS_MAX: usize = 50;
/// APIv2 refund, TRADE_OVERDUE: within one year of the payment.
const OVERDUE_MS: i64 = 365 * 24 * 60 * 60 * 1000;
/// APIv2 refundquery, `offset`: an answer tells of at most 10 refunds.
const PAGE: usize = 10;

/// One refund.
#[derive(Debug, Clone)]
pub struct Refund {
    /// The merchant's number, or one of WeChat's making when it was made by hand.
    pub out_refund_no: String,
    /// WeChat's number.
    pub refund_id: String,
    /// Of which order.
    pub out_trade_no: String,
    /// Of which payment.
    pub transaction_id: String,
    /// The order's amount in fen.
    pub total_fee: u32,
    /// What goes back, in fen.
    pub refund_fee: u32,
    /// The parameters of the request, without `nonce_str` and `sign`; empty when made by hand.
    pub request: Fields,
    /// Who asked for it.
    pub source: RefundSource,
    /// When it was accepted: milliseconds since 1970.
    pub accepted_at_ms: i64,
    /// When it is no longer PROCESSING: milliseconds since 1970.
    pub settles_at_ms: i64,
    /// What it is then.
    pub end: RefundEnd,
    /// How often it was asked for with this number.
    pub requests: u32,
    /// Every notify of it that was sent or lost.
    pub notifies: Vec<Notified>,
}

impl Refund {
    /// As refundquery says it.
    #[must_use]
    pub const fn refund_status(&self, now_ms: i64) -> &'static str {
        if now_ms < self.settles_at_ms { "PROCESSING" } else { self.end.as_str() }
    }

    /// Whether its money has left the merchant, or is about to.
    fn counts(&self) -> bool {
        self.end != RefundEnd::Close
    }
}

/// Who asked for a refund. APIv2 refund notify, `refund_request_source`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundSource {
    /// The merchant's program.
    Api,
    /// A person in the merchant platform.
    VendorPlatform,
}

impl RefundSource {
    /// As the refund notify spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "API",
            Self::VendorPlatform => "VENDOR_PLATFORM",
        }
    }
}

/// How a refund ends. APIv2 refundquery, `refund_status_$n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefundEnd {
    /// The customer has the money.
    Success,
    /// The bank refused; a person has to act in the merchant platform.
    Change,
    /// Closed: no money moved, and another try needs another number.
    Close,
}

impl RefundEnd {
    /// As refundquery spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Change => "CHANGE",
            Self::Close => "REFUNDCLOSE",
        }
    }
}

/// The moment and the circumstances in which a refund is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances {
    pub(super) now_ms: i64,
    /// APIv2 refund, "rules": two refunds of one order are at least 1 minute apart.
    pub(super) pause_ms: i64,
    /// How long it stays PROCESSING.
    pub(super) takes_ms: i64,
    pub(super) end: RefundEnd,
}

/// What refundquery finds.
pub(super) struct Found<'a> {
    pub(super) order: &'a Order,
    /// All that were asked about.
    pub(super) total: usize,
    /// The page from `offset` on, the oldest first.
    pub(super) page: Vec<&'a Refund>,
}

impl Books {
    /// Every refund, the oldest first.
    pub fn refunds(&self) -> impl Iterator<Item = &Refund> {
        let mut refunds: Vec<&Refund> = self.refunds.values().collect();
        refunds.sort_by_key(|refund| (refund.accepted_at_ms, refund.refund_id.as_str()));
        refunds.into_iter()
    }

    /// The refunds of one order, the oldest first.
    pub fn refunds_of(&self, out_trade_no: &str) -> impl Iterator<Item = &Refund> {
        self.refunds().filter(move |refund| refund.out_trade_no == out_trade_no)
    }

    /// One refund, by its `out_refund_no`.
    #[must_use]
    pub fn refund(&self, out_refund_no: &str) -> Option<&Refund> {
        self.refunds.get(out_refund_no)
    }

    pub(super) fn refund_mut(&mut self, out_refund_no: &str) -> Option<&mut Refund> {
        self.refunds.get_mut(out_refund_no)
    }

    /// How much of an order has gone back or is on its way, in fen.
    #[must_use]
    pub fn refunded(&self, out_trade_no: &str) -> u32 {
        let counted = self.refunds_of(out_trade_no).filter(|refund| refund.counts());
        let reversed = self
            .order(out_trade_no)
            .filter(|order| order.reversed_at_ms().is_some() && order.payment().is_some());
        reversed.map_or_else(|| counted.map(|refund| refund.refund_fee).sum(), Order::total_fee)
    }

    /// refund: a new one, or the same one again. Whether it is new comes with it.
    pub(super) fn ask_refund(
        &mut self,
        fields: &Fields,
        circumstances: Circumstances,
    ) -> Result<(&Refund, bool), Failure> {
        let number = fields.get("out_refund_no").unwrap_or_default().to_owned();
        let asked = parameters(fields);
        let new = match self.refunds.get(&number) {
            Some(refund) if refund.request == asked => false,
            Some(_) => {
                return Err(error("订单金额或退款金额与之前请求不一致，请核实后再试"));
            }
            None => {
                let order = self.paid_order(fields)?.out_trade_no.clone();
                let fen = |name| fields.get(name).and_then(|fee| fee.parse().ok()).unwrap_or(0);
                self.may_refund(&order, fen("total_fee"), fen("refund_fee"), circumstances)?;
                self.enter_refund(&order, &number, fen("refund_fee"), asked, circumstances);
                true
            }
        };
        let refund = self.refunds.get_mut(&number).ok_or_else(|| error("退款单不存在"))?;
        refund.requests += 1;
        Ok((refund, new))
    }

    /// What a person does in the merchant platform; `None` pays back all that is left. Gives the
    /// number that WeChat makes for it.
    pub(super) fn refund_by_hand(
        &mut self,
        out_trade_no: &str,
        fen: Option<u32>,
        circumstances: Circumstances,
    ) -> Result<String, Failure> {
        let paid = self.order(out_trade_no).filter(|order| order.payment().is_some());
        let total_fee = paid.ok_or_else(order_not_exist)?.total_fee();
        let left = total_fee.saturating_sub(self.refunded(out_trade_no));
        let fen = fen.unwrap_or(left);
        self.may_refund(out_trade_no, total_fee, fen, circumstances)?;
        let number = self.dated_number("5030000000", circumstances.now_ms);
        self.enter_refund(out_trade_no, &number, fen, Fields::new(), circumstances);
        Ok(number)
    }

    /// refundquery, by the first of the four numbers that is given.
    pub(super) fn query_refunds(&self, fields: &Fields) -> Result<Found<'_>, Failure> {
        let given = |name| fields.get(name).filter(|value| !value.is_empty());
        let of_merchant = |refund: &&Refund| {
            let order = self.order(&refund.out_trade_no);
            order.is_some_and(|order| order.request.get("mch_id") == fields.get("mch_id"))
        };
        let wanted = |refund: &&Refund| {
            let theirs = [
                ("refund_id", &refund.refund_id),
                ("out_refund_no", &refund.out_refund_no),
                ("transaction_id", &refund.transaction_id),
                ("out_trade_no", &refund.out_trade_no),
            ];
            let asked = theirs.into_iter().find_map(|(name, number)| Some((given(name)?, number)));
            asked.is_some_and(|(asked, number)| asked == number)
        };
        let found: Vec<&Refund> = self.refunds().filter(of_merchant).filter(wanted).collect();
        let order = found.first().and_then(|refund| self.order(&refund.out_trade_no));
        let order = order.ok_or_else(|| Failure::new("REFUNDNOTEXIST", "退款订单查询失败"))?;
        let offset = given("offset").and_then(|offset| offset.parse().ok()).unwrap_or(0);
        let total = found.len();
        Ok(Found { order, total, page: found.into_iter().skip(offset).take(PAGE).collect() })
    }

    /// By `transaction_id`, which wins, or `out_trade_no`.
    fn paid_order(&self, fields: &Fields) -> Result<&Order, Failure> {
        let order = match fields.get("transaction_id").filter(|id| !id.is_empty()) {
            Some(id) => Some(
                self.orders()
                    .values()
                    .find(|order| order.transaction_id() == Some(id))
                    .ok_or_else(|| Failure::new("INVALID_TRANSACTIONID", "无效transaction_id"))?,
            ),
            None => self.order(fields.get("out_trade_no").unwrap_or_default()),
        };
        order
            .filter(|order| order.request.get("mch_id") == fields.get("mch_id"))
            .filter(|order| order.payment().is_some())
            .ok_or_else(order_not_exist)
    }

    /// APIv2 refund, "rules".
    fn may_refund(
        &self,
        out_trade_no: &str,
        total_fee: u32,
        refund_fee: u32,
        Circumstances { now_ms, pause_ms, .. }: Circumstances,
    ) -> Result<(), Failure> {
        let order = self.order(out_trade_no).ok_or_else(order_not_exist)?;
        let refunded = self.refunded(out_trade_no);
        let last = self.refunds_of(out_trade_no).last().map(|refund| refund.accepted_at_ms);
        let paid = order.payment().map_or(now_ms, |payment| payment.paid_at_ms);
        if order.total_fee() != total_fee {
            return Err(error("订单金额不一致"));
        }
        if now_ms - paid > OVERDUE_MS {
            return Err(Failure::new("TRADE_OVERDUE", "订单已经超过退款期限"));
        }
        if refunded >= total_fee {
            return Err(error("订单已全额退款"));
        }
        if refund_fee == 0 || refund_fee > total_fee - refunded {
            return Err(error("累计退款金额大于支付金额"));
        }
        if self.refunds_of(out_trade_no).count() >= REFUNDS_MAX {
            return Err(error("退款次数超过限制"));
        }
        if last.is_some_and(|last| now_ms - last < pause_ms) {
            return Err(Failure::new("FREQUENCY_LIMITED", "频率限制"));
        }
        Ok(())
    }

    fn enter_refund(
        &mut self,
        out_trade_no: &str,
        out_refund_no: &str,
        refund_fee: u32,
        request: Fields,
        Circumstances { now_ms, takes_ms, end, .. }: Circumstances,
    ) {
        let refund_id = self.dated_number("5030000123", now_ms);
        let Some(order) = self.order_mut(out_trade_no) else { return };
        order.refunded = true;
        let by_hand = request.is_empty();
        let refund = Refund {
            out_refund_no: out_refund_no.to_owned(),
            refund_id,
            out_trade_no: out_trade_no.to_owned(),
            transaction_id: order.transaction_id().unwrap_or_default().to_owned(),
            total_fee: order.total_fee(),
            refund_fee,
            request,
            source: if by_hand { RefundSource::VendorPlatform } else { RefundSource::Api },
            accepted_at_ms: now_ms,
            settles_at_ms: now_ms.saturating_add(takes_ms),
            end,
            requests: 0,
            notifies: Vec::new(),
        };
        self.refunds.insert(out_refund_no.to_owned(), refund);
    }
}

/// APIv2 refund, ERROR: the reason stands in the text.
const fn error(message: &'static str) -> Failure {
    Failure::new("ERROR", message)
}

const fn order_not_exist() -> Failure {
    Failure::new("ORDERNOTEXIST", "订单不存在")
}
