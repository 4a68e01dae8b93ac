//! The gateway's answers as WeChat writes them: three layers, CDATA, signed where it signs.

use protocol::{
    Fields, NonceStr,
    sign::{ApiKey, SignType, sign},
};

use super::books::{Opened, Order};

/// Elements that live messages send bare; everything else stands in CDATA.
const BARE: [&str; 2] = ["total_fee", "cash_fee"];

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
    pub(super) key: &'a ApiKey,
    pub(super) sign_type: SignType,
}

impl Signer<'_> {
    /// The XML of `fields` with a fresh `nonce_str` and `sign`.
    pub(super) fn seal(&self, mut fields: Fields) -> String {
        fields.set("nonce_str", NonceStr::random().as_str());
        let sign = sign(&fields, self.key, self.sign_type);
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
        .set("trade_type", "NATIVE")
        .set("prepay_id", &opened.prepay_id)
        .set("code_url", &opened.code_url);
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
        .set("openid", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")
        .set("is_subscribe", "N")
        .set("trade_type", "NATIVE")
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
        _ => "订单未支付",
    }
}

/// As WeChat writes it: almost everything in CDATA, which cannot contain its own end.
pub(super) fn write(fields: &Fields) -> String {
    let mut xml = String::from("<xml>");
    for (name, value) in fields.iter() {
        if BARE.contains(&name) {
            xml.push_str(&format!("<{name}>{value}</{name}>"));
        } else {
            let value = value.replace("]]>", "]]]]><![CDATA[>");
            xml.push_str(&format!("<{name}><![CDATA[{value}]]></{name}>"));
        }
    }
    xml.push_str("</xml>");
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
