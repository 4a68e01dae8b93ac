//! The trade bill of a day as text: every payment and refund in the books. APIv2 downloadbill.

use protocol::{BeijingTime, Fields};

use super::{
    answer::{OPENID, spaced_time},
    books::Books,
};

/// Refusals stand in `return_msg`; this is the live spelling. APIv2 downloadbill, error codes.
const NO_BILL: &str = "No Bill Exist";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const HOUR_MS: i64 = 60 * 60 * 1000;
/// What the reader of a spreadsheet needs to see that it is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// What a bill tells of. APIv2 downloadbill, `bill_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BillType {
    All,
    Success,
    Refund,
    /// Coupons that were given back: nobody has any here.
    RechargeRefund,
}

impl BillType {
    /// Left out it is ALL.
    fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "ALL" => Some(Self::All),
            "SUCCESS" => Some(Self::Success),
            "REFUND" => Some(Self::Refund),
            "RECHARGE_REFUND" => Some(Self::RechargeRefund),
            _ => None,
        }
    }

    const fn tells_of(self, row: &Row) -> bool {
        match self {
            Self::All => true,
            Self::Success => row.refund.is_none(),
            Self::Refund => row.refund.is_some(),
            Self::RechargeRefund => false,
        }
    }

    const fn has(self, column: &Column) -> bool {
        match column.kind {
            Kind::Every => true,
            Kind::OfRefunds => !matches!(self, Self::Success),
            Kind::RefundOnly => matches!(self, Self::Refund | Self::RechargeRefund),
        }
    }
}

/// A trade that a test has put into the bills although it is in nobody's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlantedTrade {
    /// The merchant's number.
    pub out_trade_no: String,
    /// Fen.
    pub total_fee: u32,
    /// When it was paid: milliseconds since 1970.
    pub paid_at_ms: i64,
}

/// What the bills tell otherwise than the books.
#[derive(Debug, Clone, Default)]
pub(super) struct Edits {
    pub(super) planted: Vec<PlantedTrade>,
    /// `out_trade_no` of payments and `out_refund_no` of refunds that are missing.
    pub(super) dropped: Vec<String>,
}

/// How bills are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Making {
    pub(super) now_ms: i64,
    /// A bill is there from this hour of the next day on; `None` at any time.
    pub(super) ready_hour: Option<u8>,
    /// For accounts without coupons: fewer columns, and other names.
    pub(super) old_columns: bool,
}

/// The bill that `request` asks for; the error is the `return_msg`.
pub(super) fn make(
    books: &Books,
    request: &Fields,
    making: Making,
) -> Result<String, &'static str> {
    let field = |name| request.get(name).unwrap_or_default();
    let date = field("bill_date");
    let midnight =
        BeijingTime::parse(&format!("{date}000000")).map_err(|_| "data format error")?.unix_ms();
    let bill_type = BillType::parse(field("bill_type")).ok_or("invalid bill_type")?;
    let ready_ms = making.ready_hour.map(|hour| midnight + DAY_MS + HOUR_MS * i64::from(hour));
    if ready_ms.is_some_and(|ready| making.now_ms < ready) {
        return Err("Bill Creating");
    }
    let mut rows: Vec<Row> = rows(books, request, making.now_ms)
        .into_iter()
        .filter(|row| (midnight..midnight + DAY_MS).contains(&row.at_ms) && bill_type.tells_of(row))
        .collect();
    if rows.is_empty() {
        return Err(NO_BILL);
    }
    rows.sort_by_key(|row| row.at_ms);
    Ok(write(&rows, bill_type, making.old_columns))
}

fn write(rows: &[Row], bill_type: BillType, old: bool) -> String {
    let columns: Vec<&Column> =
        COLUMNS.iter().filter(|it| bill_type.has(it) && !(old && it.old_name.is_empty())).collect();
    let ticked = |values: Vec<String>| format!("`{}\r\n", values.join(",`"));
    let mut text = BYTE_ORDER_MARK.to_owned();
    let names: Vec<&str> =
        columns.iter().map(|it| if old { it.old_name } else { it.name }).collect();
    text.push_str(&format!("{}\r\n", names.join(",")));
    for row in rows {
        text.push_str(&ticked(columns.iter().map(|column| (column.value)(row)).collect()));
    }
    let names = if old { SUMMARY_OLD } else { SUMMARY };
    text.push_str(&format!("{names}\r\n"));
    let sum = |of: fn(&Row) -> i64| rows.iter().map(of).sum::<i64>();
    let mut values = vec![
        rows.len().to_string(),
        yuan(sum(Row::paid)),
        yuan(sum(Row::refunded)),
        yuan(0),
        fee(sum(Row::fee)),
    ];
    if !old {
        values.extend([yuan(sum(Row::paid)), yuan(sum(Row::refunded))]);
    }
    text.push_str(&ticked(values));
    text
}

/// One line: a payment, or a refund.
struct Row {
    at_ms: i64,
    appid: String,
    mch_id: String,
    device_info: String,
    transaction_id: String,
    out_trade_no: String,
    openid: String,
    trade_type: String,
    trade_state: &'static str,
    body: String,
    attach: String,
    /// Fen.
    total_fee: u32,
    refund: Option<RowRefund>,
}

struct RowRefund {
    refund_id: String,
    out_refund_no: String,
    /// Fen.
    refund_fee: u32,
    refund_status: &'static str,
    settles_at_ms: i64,
}

impl Row {
    /// What came in, in fen.
    fn paid(&self) -> i64 {
        if self.refund.is_none() { i64::from(self.total_fee) } else { 0 }
    }

    /// What went back, in fen.
    fn refunded(&self) -> i64 {
        self.refund.as_ref().map_or(0, |refund| i64::from(refund.refund_fee))
    }

    /// 0.6 % of what came in, rounded to whole fen; given back with what goes back.
    fn fee(&self) -> i64 {
        let of = |fen: i64| (fen * 6 + 500) / 1000;
        of(self.paid()) - of(self.refunded())
    }

    fn of_refund(&self, value: fn(&RowRefund) -> String, none: &str) -> String {
        self.refund.as_ref().map_or_else(|| none.to_owned(), value)
    }
}

/// Every payment and refund of the merchant that asks, of all days.
fn rows(books: &Books, request: &Fields, now_ms: i64) -> Vec<Row> {
    let mch_id = request.get("mch_id");
    let shown = |number: &String| !books.bill_edits.dropped.contains(number);
    let mut rows = Vec::new();
    for order in books.orders().values().filter(|order| order.request.get("mch_id") == mch_id) {
        let Some(payment) = order.payment() else { continue };
        let field = |name| order.request.get(name).unwrap_or_default().to_owned();
        let row = |at_ms, refund: Option<RowRefund>| Row {
            at_ms,
            appid: field("appid"),
            mch_id: field("mch_id"),
            device_info: field("device_info"),
            transaction_id: payment.transaction_id.clone(),
            out_trade_no: order.out_trade_no.clone(),
            openid: order.openid().to_owned(),
            trade_type: order.trade_type().to_owned(),
            trade_state: if refund.is_none() { "SUCCESS" } else { "REFUND" },
            body: field("body"),
            attach: field("attach"),
            total_fee: order.total_fee(),
            refund,
        };
        if shown(&order.out_trade_no) {
            rows.push(row(payment.paid_at_ms, None));
        }
        if let Some(reversed_at_ms) = order.reversed_at_ms() {
            let refund = RowRefund {
                refund_id: "0".to_owned(),
                out_refund_no: "0".to_owned(),
                refund_fee: order.total_fee(),
                refund_status: "SUCCESS",
                settles_at_ms: reversed_at_ms,
            };
            rows.push(Row { trade_state: "REVOKED", ..row(reversed_at_ms, Some(refund)) });
        }
        for refund in books.refunds_of(&order.out_trade_no) {
            let refund_status = refund.refund_status(now_ms);
            if refund_status != "REFUNDCLOSE" && shown(&refund.out_refund_no) {
                let refunded = RowRefund {
                    refund_id: refund.refund_id.clone(),
                    out_refund_no: refund.out_refund_no.clone(),
                    refund_fee: refund.refund_fee,
                    refund_status,
                    settles_at_ms: refund.settles_at_ms,
                };
                rows.push(row(refund.accepted_at_ms, Some(refunded)));
            }
        }
    }
    let planted = (1_u32..).zip(&books.bill_edits.planted);
    rows.extend(planted.map(|(count, planted)| Row::planted(count, planted, request)));
    rows
}

impl Row {
    fn planted(count: u32, planted: &PlantedTrade, request: &Fields) -> Self {
        let field = |name| request.get(name).unwrap_or_default().to_owned();
        Self {
            at_ms: planted.paid_at_ms,
            appid: field("appid"),
            mch_id: field("mch_id"),
            device_info: String::new(),
            transaction_id: format!("4200009999{count:018}"),
            out_trade_no: planted.out_trade_no.clone(),
            openid: OPENID.to_owned(),
            trade_type: "NATIVE".to_owned(),
            trade_state: "SUCCESS",
            body: "自动售货机-外来".to_owned(),
            attach: String::new(),
            total_fee: planted.total_fee,
            refund: None,
        }
    }
}

/// `350` fen is `3.50`.
fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.abs() / 100, fen.abs() % 100)
}

/// Fees have five decimals.
fn fee(fen: i64) -> String {
    format!("{}000", yuan(fen))
}

/// In which bills a column stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Every,
    /// Not in SUCCESS.
    OfRefunds,
    /// In REFUND alone.
    RefundOnly,
}
use Kind::{Every, OfRefunds, RefundOnly};

struct Column {
    name: &'static str,
    /// Before there were coupons; empty: there was no such column.
    old_name: &'static str,
    kind: Kind,
    value: fn(&Row) -> String,
}

const fn column(
    name: &'static str,
    old_name: &'static str,
    kind: Kind,
    value: fn(&Row) -> String,
) -> Column {
    Column { name, old_name, kind, value }
}

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("交易时间",       "交易时间",                 Every,      |it| spaced_time(it.at_ms)),
    column("公众账号ID",     "公众账号ID",               Every,      |it| it.appid.clone()),
    column("商户号",         "商户号",                   Every,      |it| it.mch_id.clone()),
    column("特约商户号",     "子商户号",                 Every,      |_| "0".to_owned()),
    column("设备号",         "设备号",                   Every,      |it| it.device_info.clone()),
    column("微信订单号",     "微信订单号",               Every,      |it| it.transaction_id.clone()),
    column("商户订单号",     "商户订单号",               Every,      |it| it.out_trade_no.clone()),
    column("用户标识",       "用户标识",                 Every,      |it| it.openid.clone()),
    column("交易类型",       "交易类型",                 Every,      |it| it.trade_type.clone()),
    column("交易状态",       "交易状态",                 Every,      |it| it.trade_state.to_owned()),
    column("付款银行",       "付款银行",                 Every,      |_| "OTHERS".to_owned()),
    column("货币种类",       "货币种类",                 Every,      |_| "CNY".to_owned()),
    column("应结订单金额",   "总金额",                   Every,      |it| yuan(it.paid())),
    column("代金券金额",     "代金券或立减优惠金额",     Every,      |_| yuan(0)),
    column("退款申请时间",   "退款申请时间",             RefundOnly, |it| spaced_time(it.at_ms)),
    column("退款成功时间",   "退款成功时间",             RefundOnly, |it| it.of_refund(|r| spaced_time(r.settles_at_ms), "")),
    column("微信退款单号",   "微信退款单号",             OfRefunds,  |it| it.of_refund(|r| r.refund_id.clone(), "0")),
    column("商户退款单号",   "商户退款单号",             OfRefunds,  |it| it.of_refund(|r| r.out_refund_no.clone(), "0")),
    column("退款金额",       "退款金额",                 OfRefunds,  |it| yuan(it.refunded())),
    column("充值券退款金额", "代金券或立减优惠退款金额", OfRefunds,  |_| yuan(0)),
    column("退款类型",       "退款类型",                 OfRefunds,  |it| it.of_refund(|_| "ORIGINAL".to_owned(), "")),
    column("退款状态",       "退款状态",                 OfRefunds,  |it| it.of_refund(|r| r.refund_status.to_owned(), "")),
    column("商品名称",       "商品名称",                 Every,      |it| it.body.clone()),
    column("商户数据包",     "商户数据包",               Every,      |it| it.attach.clone()),
    column("手续费",         "手续费",                   Every,      |it| fee(it.fee())),
    column("费率",           "费率",                     Every,      |_| "0.60%".to_owned()),
    column("订单金额",       "",                         Every,      |it| yuan(it.paid())),
    column("申请退款金额",   "",                         OfRefunds,  |it| yuan(it.refunded())),
    column("费率备注",       "",                         Every,      |_| String::new()),
];

const SUMMARY: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";
const SUMMARY_OLD: &str = "总交易单数,总交易额,总退款金额,总代金券或立减优惠退款金额,手续费总金额";
