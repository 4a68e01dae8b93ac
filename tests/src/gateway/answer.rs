//! The gateway's answers as WeChat writes them: three layers, CDATA, signed where it signs.

use protocol::{
    BeijingTime, Fields, NonceStr,
    sign::{SignType, sign},
};

use super::{
    books::Opened,
    key::Key,
    order::Order,
    refunds::{Found, Refund},
};

/// Elements that live messages send bare; everything else stands in CDATA.
const BARE: [&str; 2] = ["total_fee", "cash_fee"];

/// Whoever pays with a code.
pub(super) const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";
/// Where a refund went. The name of its field is the specification's own spelling.
const RECV_ACCOUT: &str = "支付用户零钱";
/// Out of which of the merchant's accounts it came.
const REFUND_ACCOUNT: &str = "REFUND_SOURCE_UNSETTLED_FUNDS";

/// Why a request is not granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Failure {
    /// Empty: refused on the first layer (`return_code` FAIL), which is not signed.
    pub(super) err_code: &'static str,
    pub(super) message: &'static str,
}

impl Failure {
    /// A failure on the second layer: signed, with an `err_code`.
    pub(super) const fn new(err_code: &'static str, message: &'static str) -> Self {
        Self { err_code, message }
    }

    /// A refusal on the first layer.
    pub(super) const fn refused(message: &'static str) -> Self {
        Self { err_code: "", message }
    }
}

/// What a message of the gateway is signed with.
pub(super) struct Signer<'a> {
    pub(super) key: &'a Key,
    pub(super) sign_type: SignType,
}

impl Signer<'_> {
    /// The XML of `fields` with a fresh `nonce_str` and `sign`.
    pub(super) fn seal(&self, mut fields: Fields) -> String {
        fields.set("nonce_str", NonceStr::random().as_str());
        let sign = sign(&fields, self.key.api(), self.sign_type);
        fields.set("sign", sign);
        write(&fields)
    }
}

/// `return_code` FAIL: what WeChat says when it does not know who asks, or cannot read it.
pub(super) fn refusal(return_msg: &str) -> String {
    let mut fields = Fields::new();
    fields.set("return_code", "FAIL").set("return_msg", return_msg);
    write(&fields)
}

/// The refusal of a bill: not signed either.
pub(super) fn bill_refusal(return_msg: &str) -> String {
    let mut fields = Fields::new();
    fields.set("return_code", "FAIL").set("return_msg", return_msg);
    if return_msg == "No Bill Exist" {
        fields.set("error_code", "20002");
    }
    write(&fields)
}

/// A signed `result_code` FAIL.
pub(super) fn failed(request: &Fields, failure: Failure) -> Fields {
    let mut fields = common(request);
    fields
        .set("result_code", "FAIL")
        .set("err_code", failure.err_code)
        .set("err_code_des", failure.message);
    fields
}

/// The answer to unifiedorder.
pub(super) fn opened(request: &Fields, opened: &Opened) -> Fields {
    let mut fields = succeeded(request);
    fields
        .set("trade_type", request.get("trade_type").unwrap_or_default())
        .set("prepay_id", &opened.prepay_id);
    if let Some(code_url) = &opened.code_url {
        fields.set("code_url", code_url);
    }
    if let Some(device_info) = request.get("device_info") {
        fields.set("device_info", device_info);
    }
    fields
}

/// The answer to orderquery.
pub(super) fn order_state(request: &Fields, order: &Order) -> Fields {
    let mut fields = succeeded(request);
    payment_fields(&mut fields, order);
    fields
        .set("out_trade_no", &order.out_trade_no)
        .set("trade_state", order.trade_state())
        .set("trade_state_desc", describe(order.trade_state()));
    fields
}

/// The answer to closeorder.
pub(super) fn closed(request: &Fields) -> Fields {
    let mut fields = succeeded(request);
    fields.set("result_msg", "OK");
    fields
}

/// The answer to micropay: it is paid.
pub(super) fn micropaid(request: &Fields, order: &Order) -> Fields {
    let mut fields = succeeded(request);
    payment_fields(&mut fields, order);
    fields.set("out_trade_no", &order.out_trade_no);
    fields
}

/// The answer to reverse: done.
pub(super) fn reversed(request: &Fields) -> Fields {
    let mut fields = succeeded(request);
    fields.set("recall", "N");
    fields
}

/// An answer of one element.
pub(super) fn one(request: &Fields, name: &str, value: &str) -> Fields {
    let mut fields = succeeded(request);
    fields.set(name, value);
    fields
}

/// The answer to report: not signed.
pub(super) fn reported() -> String {
    let mut fields = Fields::new();
    fields.set("return_code", "SUCCESS").set("return_msg", "OK").set("result_code", "SUCCESS");
    write(&fields)
}

/// The answer to getsignkey: not signed.
pub(super) fn sign_key(request: &Fields, key: &str) -> String {
    let mut fields = Fields::new();
    fields
        .set("return_code", "SUCCESS")
        .set("return_msg", "ok")
        .set("mch_id", request.get("mch_id").unwrap_or_default())
        .set("sandbox_signkey", key);
    write(&fields)
}

/// The answer to refund: it is accepted, which does not say how it ends.
pub(super) fn refund_accepted(request: &Fields, refund: &Refund) -> Fields {
    let mut fields = succeeded(request);
    fields
        .set("transaction_id", &refund.transaction_id)
        .set("out_trade_no", &refund.out_trade_no)
        .set("out_refund_no", &refund.out_refund_no)
        .set("refund_id", &refund.refund_id)
        .set("refund_channel", "")
        .set("refund_fee", refund.refund_fee.to_string())
        .set("coupon_refund_fee", "0")
        .set("total_fee", refund.total_fee.to_string())
        .set("cash_fee", refund.total_fee.to_string())
        .set("coupon_refund_count", "0")
        .set("cash_refund_fee", refund.refund_fee.to_string());
    fields
}

/// The answer to refundquery.
pub(super) fn refund_states(request: &Fields, found: &Found<'_>, now_ms: i64) -> Fields {
    let mut fields = succeeded(request);
    let order = found.order;
    fields
        .set("transaction_id", order.transaction_id().unwrap_or_default())
        .set("out_trade_no", &order.out_trade_no)
        .set("total_fee", order.total_fee().to_string())
        .set("fee_type", "CNY")
        .set("cash_fee", order.total_fee().to_string())
        .set("refund_count", found.page.len().to_string());
    if request.get("offset").is_some_and(|offset| !offset.is_empty()) {
        fields.set("total_refund_count", found.total.to_string());
    }
    for (n, refund) in found.page.iter().enumerate() {
        let mut set = |name: &str, value: &str| {
            fields.set(&format!("{name}_{n}"), value);
        };
        set("out_refund_no", &refund.out_refund_no);
        set("refund_id", &refund.refund_id);
        set("refund_channel", "ORIGINAL");
        set("refund_fee", &refund.refund_fee.to_string());
        set("coupon_refund_fee", "0");
        set("coupon_refund_count", "0");
        set("refund_status", refund.refund_status(now_ms));
        set("refund_account", REFUND_ACCOUNT);
        set("refund_recv_accout", RECV_ACCOUT);
        if refund.refund_status(now_ms) == "SUCCESS" {
            set("refund_success_time", &spaced_time(refund.settles_at_ms));
        }
    }
    fields
}

/// The notify of a refund that has ended. It has no `sign`: `req_info` is encrypted with the key.
pub(super) fn refund_notify(refund: &Refund, order: &Order, key: &Key) -> String {
    let mut plain = Fields::new();
    plain
        .set("transaction_id", &refund.transaction_id)
        .set("out_trade_no", &refund.out_trade_no)
        .set("refund_id", &refund.refund_id)
        .set("out_refund_no", &refund.out_refund_no)
        .set("total_fee", refund.total_fee.to_string())
        .set("settlement_total_fee", refund.total_fee.to_string())
        .set("refund_fee", refund.refund_fee.to_string())
        .set("settlement_refund_fee", refund.refund_fee.to_string())
        .set("refund_status", refund.end.as_str())
        .set("refund_recv_accout", RECV_ACCOUT)
        .set("refund_account", REFUND_ACCOUNT)
        .set("refund_request_source", refund.source.as_str());
    if refund.end.as_str() == "SUCCESS" {
        plain.set("success_time", spaced_time(refund.settles_at_ms));
    }
    let mut fields = Fields::new();
    fields.set("return_code", "SUCCESS");
    for name in ["appid", "mch_id"] {
        fields.set(name, order.request.get(name).unwrap_or_default());
    }
    fields
        .set("nonce_str", NonceStr::random().as_str())
        .set("req_info", key.encrypt(&write_as("root", &plain)));
    write(&fields)
}

/// The notify of a payment; none of an order that is not paid.
pub(super) fn notify(order: &Order) -> Fields {
    let mut fields = Fields::new();
    fields
        .set("return_code", "SUCCESS")
        .set("result_code", "SUCCESS")
        .set("out_trade_no", &order.out_trade_no);
    for name in ["appid", "mch_id"] {
        fields.set(name, order.request.get(name).unwrap_or_default());
    }
    payment_fields(&mut fields, order);
    fields
}

fn payment_fields(fields: &mut Fields, order: &Order) {
    for name in ["attach", "device_info"] {
        if let Some(value) = order.request.get(name) {
            fields.set(name, value);
        }
    }
    let Some(payment) = order.payment() else {
        return;
    };
    fields
        .set("openid", order.openid())
        .set("is_subscribe", "N")
        .set("trade_type", order.trade_type())
        .set("bank_type", "OTHERS")
        .set("total_fee", order.total_fee().to_string())
        .set("fee_type", "CNY")
        .set("cash_fee", order.total_fee().to_string())
        .set("transaction_id", &payment.transaction_id)
        .set("time_end", &payment.time_end);
}

fn common(request: &Fields) -> Fields {
    let mut fields = Fields::new();
    fields.set("return_code", "SUCCESS").set("return_msg", "OK");
    for name in ["appid", "mch_id"] {
        fields.set(name, request.get(name).unwrap_or_default());
    }
    fields
}

fn succeeded(request: &Fields) -> Fields {
    let mut fields = common(request);
    fields.set("result_code", "SUCCESS");
    fields
}

fn describe(trade_state: &str) -> &'static str {
    match trade_state {
        "SUCCESS" => "支付成功",
        "CLOSED" => "订单已关闭",
        "REVOKED" => "订单已撤销",
        "USERPAYING" => "需要用户输入支付密码",
        "PAYERROR" => "支付失败，请重新下单支付",
        "REFUND" => "订单发生过退款，退款详情请查询退款单",
        _ => "订单未支付",
    }
}

/// `2017-12-15 09:46:01`: how refunds and bills spell a time, in Beijing.
pub(super) fn spaced_time(unix_ms: i64) -> String {
    let digits = BeijingTime::from_unix_ms(unix_ms).to_string();
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default().to_owned();
    let [year, month, day] = [part(0, 4), part(4, 6), part(6, 8)];
    let [hour, minute, second] = [part(8, 10), part(10, 12), part(12, 14)];
    format!("{year}-{month}-{day} {hour}:{minute}:{second}")
}

/// As WeChat writes it: almost everything in CDATA, which cannot contain its own end.
pub(super) fn write(fields: &Fields) -> String {
    write_as("xml", fields)
}

/// With another root element: the encrypted part of a refund notify has one.
fn write_as(root: &str, fields: &Fields) -> String {
    let mut xml = format!("<{root}>");
    for (name, value) in fields.iter() {
        if BARE.contains(&name) {
            xml.push_str(&format!("<{name}>{value}</{name}>"));
        } else {
            let value = value.replace("]]>", "]]]]><![CDATA[>");
            xml.push_str(&format!("<{name}><![CDATA[{value}]]></{name}>"));
        }
    }
    xml.push_str(&format!("</{root}>"));
    xml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_the_same() {
        let mut fields = Fields::new();
        fields
            .set("attach", "a]]>b & <c>")
            .set("body", "可乐")
            .set("empty", "")
            .set("total_fee", "350");
        let xml = write(&fields);
        assert!(xml.contains("<total_fee>350</total_fee>"), "{xml}");
        assert_eq!(protocol::xml::parse(xml.as_bytes()).ok(), Some(fields));
    }
}
