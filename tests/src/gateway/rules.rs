//! What the gateway demands of a request, as tables.

use std::net::IpAddr;

use protocol::{BeijingTime, Fields};

use super::call::CallName;

/// One element of a request.
struct Rule {
    name: &'static str,
    /// In characters.
    length_max: usize,
    presence: Presence,
    form: fn(&str) -> bool,
}

#[derive(PartialEq, Eq)]
enum Presence {
    Required,
    Optional,
}
use Presence::{Optional, Required};

const fn rule(
    name: &'static str,
    length_max: usize,
    presence: Presence,
    form: fn(&str) -> bool,
) -> Rule {
    Rule { name, length_max, presence, form }
}

#[rustfmt::skip]
const COMMON: &[Rule] = &[
    rule("appid",            32,   Required, is_word),
    rule("mch_id",           32,   Required, is_digits),
    rule("nonce_str",        32,   Required, is_word),
    rule("sign",             64,   Required, is_word),
    rule("sign_type",        32,   Optional, |v| v == "MD5" || v == "HMAC-SHA256"),
];

#[rustfmt::skip]
const UNIFIEDORDER: &[Rule] = &[
    rule("device_info",      32,   Optional, is_text),
    rule("body",             128,  Required, is_text),
    rule("detail",           6000, Optional, is_text),
    rule("attach",           127,  Optional, is_text),
    rule("out_trade_no",     32,   Required, is_order_number),
    rule("fee_type",         16,   Optional, |v| v == "CNY"),
    rule("total_fee",        10,   Required, is_amount),
    rule("spbill_create_ip", 64,   Required, |v| v.parse::<IpAddr>().is_ok()),
    rule("time_start",       14,   Optional, |v| BeijingTime::parse(v).is_ok()),
    rule("time_expire",      14,   Optional, |v| BeijingTime::parse(v).is_ok()),
    rule("goods_tag",        32,   Optional, is_text),
    rule("notify_url",       256,  Required, is_notify_url),
    rule("trade_type",       16,   Required, |v| v == "NATIVE" || v == "JSAPI"),
    rule("product_id",       32,   Optional, is_text),
    rule("openid",           128,  Optional, is_open_id),
    rule("limit_pay",        32,   Optional, |v| v == "no_credit"),
];

#[rustfmt::skip]
const ORDERQUERY: &[Rule] = &[
    rule("transaction_id",   32,   Optional, is_word),
    rule("out_trade_no",     32,   Optional, is_order_number),
];

#[rustfmt::skip]
const CLOSEORDER: &[Rule] = &[
    rule("out_trade_no",     32,   Required, is_order_number),
];

#[rustfmt::skip]
const REFUND: &[Rule] = &[
    rule("device_info",      32,   Optional, is_text),
    rule("transaction_id",   32,   Optional, is_word),
    rule("out_trade_no",     32,   Optional, is_order_number),
    rule("out_refund_no",    64,   Required, is_order_number),
    rule("total_fee",        10,   Required, is_amount),
    rule("refund_fee",       10,   Required, is_amount),
    rule("refund_fee_type",  8,    Optional, |v| v == "CNY"),
    rule("refund_desc",      80,   Optional, is_text),
    rule("refund_account",   30,   Optional, is_refund_account),
    rule("op_user_id",       32,   Optional, is_word),
    rule("notify_url",       256,  Optional, is_notify_url),
];

#[rustfmt::skip]
const REFUNDQUERY: &[Rule] = &[
    rule("device_info",      32,   Optional, is_text),
    rule("refund_id",        32,   Optional, is_word),
    rule("out_refund_no",    64,   Optional, is_order_number),
    rule("transaction_id",   32,   Optional, is_word),
    rule("out_trade_no",     32,   Optional, is_order_number),
    rule("offset",           10,   Optional, is_digits),
];

/// Their values are judged where the bill is made: downloadbill has words of its own.
#[rustfmt::skip]
const DOWNLOADBILL: &[Rule] = &[
    rule("device_info",      32,   Optional, is_text),
    rule("bill_date",        32,   Required, is_text),
    rule("bill_type",        32,   Optional, is_text),
    rule("tar_type",         8,    Optional, |v| v == "GZIP"),
];

#[rustfmt::skip]
const MICROPAY: &[Rule] = &[
    rule("device_info",      32,   Optional, is_text),
    rule("body",             128,  Required, is_text),
    rule("detail",           6000, Optional, is_text),
    rule("attach",           127,  Optional, is_text),
    rule("out_trade_no",     32,   Required, is_order_number),
    rule("total_fee",        10,   Required, is_amount),
    rule("fee_type",         16,   Optional, |v| v == "CNY"),
    rule("spbill_create_ip", 64,   Required, |v| v.parse::<IpAddr>().is_ok()),
    rule("goods_tag",        32,   Optional, is_text),
    rule("limit_pay",        32,   Optional, |v| v == "no_credit"),
    rule("time_start",       14,   Optional, |v| BeijingTime::parse(v).is_ok()),
    rule("time_expire",      14,   Optional, |v| BeijingTime::parse(v).is_ok()),
    rule("auth_code",        128,  Required, is_text),
];

#[rustfmt::skip]
const SHORTURL: &[Rule] = &[
    // 512, and three characters for one where it is URL-encoded on the way.
    rule("long_url",         1536, Required, |v| v.starts_with("weixin")),
];

#[rustfmt::skip]
const AUTHCODETOOPENID: &[Rule] = &[
    rule("auth_code",        128,  Required, is_text),
];

/// One call, or with `trades` many micropays at once. `execute_time_` is the official table's
/// spelling, `execute_time` that of some clients.
#[rustfmt::skip]
const REPORT: &[Rule] = &[
    rule("device_info",      32,   Optional, is_text),
    rule("interface_url",    127,  Required, |v| v.starts_with("https://")),
    rule("execute_time",     10,   Optional, is_digits),
    rule("execute_time_",    10,   Optional, is_digits),
    rule("return_code",      16,   Optional, is_word),
    rule("return_msg",       128,  Optional, is_text),
    rule("result_code",      16,   Optional, is_word),
    rule("err_code",         32,   Optional, is_text),
    rule("err_code_des",     128,  Optional, is_text),
    rule("out_trade_no",     32,   Optional, is_order_number),
    rule("user_ip",          16,   Required, |v| v.parse::<IpAddr>().is_ok()),
    rule("time",             14,   Optional, |v| BeijingTime::parse(v).is_ok()),
    rule("trades",           1024, Optional, is_text),
];

/// Of some elements one must be there; the last is the one that is missed.
const fn one_of(call: CallName) -> &'static [&'static str] {
    match call {
        CallName::Unifiedorder
        | CallName::Closeorder
        | CallName::Downloadbill
        | CallName::Micropay
        | CallName::Shorturl
        | CallName::Authcodetoopenid
        | CallName::Getsignkey => &[],
        CallName::Report => &["trades", "execute_time", "execute_time_"],
        CallName::Orderquery | CallName::Refund | CallName::Reverse => {
            &["transaction_id", "out_trade_no"]
        }
        CallName::Refundquery => &["refund_id", "out_refund_no", "transaction_id", "out_trade_no"],
    }
}

/// Checks the form of a whole request; the error is the `return_msg` of the refusal.
pub(super) fn check(call: CallName, fields: &Fields) -> Result<(), String> {
    let own = match call {
        CallName::Unifiedorder => UNIFIEDORDER,
        CallName::Orderquery | CallName::Reverse => ORDERQUERY,
        CallName::Closeorder => CLOSEORDER,
        CallName::Refund => REFUND,
        CallName::Refundquery => REFUNDQUERY,
        CallName::Downloadbill => DOWNLOADBILL,
        CallName::Micropay => MICROPAY,
        CallName::Shorturl => SHORTURL,
        CallName::Authcodetoopenid => AUTHCODETOOPENID,
        CallName::Report => REPORT,
        CallName::Getsignkey => &[],
    };
    for rule in COMMON.iter().chain(own) {
        // APIv2 sandbox, getsignkey: mch_id, nonce_str and sign are all.
        if call == CallName::Getsignkey && rule.name == "appid" {
            continue;
        }
        let value = fields.get(rule.name).unwrap_or_default();
        if value.is_empty() {
            if rule.presence == Required {
                return Err(format!("缺少参数{}", rule.name));
            }
        } else if value.chars().count() > rule.length_max || !(rule.form)(value) {
            return Err(format!("{}参数格式校验错误", rule.name));
        }
    }
    let given = |name: &&str| fields.get(name).is_some_and(|value| !value.is_empty());
    // APIv2 unifiedorder: each kind of order has an element that only it needs.
    for (trade_type, name) in [("NATIVE", "product_id"), ("JSAPI", "openid")] {
        if fields.get("trade_type") == Some(trade_type) && !given(&name) {
            return Err(format!("缺少参数{name}"));
        }
    }
    let choice = one_of(call);
    match choice.last() {
        Some(missed) if !choice.iter().any(given) => Err(format!("缺少参数{missed}")),
        Some(_) | None => Ok(()),
    }
}

fn is_word(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_digits(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit())
}

/// Fen, greater than zero.
fn is_amount(value: &str) -> bool {
    is_digits(value) && value.parse::<u32>().is_ok_and(|fen| fen > 0)
}

/// APIv2 unifiedorder, `out_trade_no`: digits, letters and `_-|*@`.
fn is_order_number(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-|*@".contains(&byte))
}

/// No query string; the specification forbids it.
fn is_notify_url(value: &str) -> bool {
    let rest = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty())
        && value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'?')
}

fn is_open_id(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

fn is_refund_account(value: &str) -> bool {
    matches!(value, "REFUND_SOURCE_UNSETTLED_FUNDS" | "REFUND_SOURCE_RECHARGE_FUNDS")
}

fn is_text(value: &str) -> bool {
    !value.chars().any(char::is_control) && value.trim() == value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Fields {
        let mut fields = Fields::new();
        fields
            .set("appid", "wx8888888888888888")
            .set("mch_id", "1900000109")
            .set("nonce_str", "abcdefghijklmnop")
            .set("sign", "0D1805B443C488F29A2F3B7F50670B6E")
            .set("body", "自动售货机-可乐")
            .set("out_trade_no", "VM0001-20240102-0001")
            .set("total_fee", "350")
            .set("spbill_create_ip", "127.0.0.1")
            .set("time_expire", "20240102080530")
            .set("notify_url", "http://127.0.0.1:8080/notify")
            .set("trade_type", "NATIVE")
            .set("product_id", "1");
        fields
    }

    #[test]
    fn an_order_in_form_passes() {
        assert_eq!(check(CallName::Unifiedorder, &order()), Ok(()));
    }

    #[test]
    fn each_deviation_is_named() {
        let long = "x".repeat(129);
        #[rustfmt::skip]
        let table = [
            ("body",             "",                     "缺少参数body"),
            ("body",             long.as_str(),          "body参数格式校验错误"),
            ("body",             "a\nb",                 "body参数格式校验错误"),
            ("out_trade_no",     "单号",                 "out_trade_no参数格式校验错误"),
            ("total_fee",        "3.50",                 "total_fee参数格式校验错误"),
            ("total_fee",        "0",                    "total_fee参数格式校验错误"),
            ("total_fee",        "-1",                   "total_fee参数格式校验错误"),
            ("spbill_create_ip", "somewhere",            "spbill_create_ip参数格式校验错误"),
            ("time_expire",      "2024-01-02 08:05",     "time_expire参数格式校验错误"),
            ("notify_url",       "http://h/notify?id=1", "notify_url参数格式校验错误"),
            ("trade_type",       "MWEB",                 "trade_type参数格式校验错误"),
            ("trade_type",       "JSAPI",                "缺少参数openid"),
            ("product_id",       "",                     "缺少参数product_id"),
            ("nonce_str",        "",                     "缺少参数nonce_str"),
            ("sign_type",        "SHA1",                 "sign_type参数格式校验错误"),
        ];
        for (name, value, message) in table {
            let mut fields = order();
            fields.set(name, value);
            let refused = check(CallName::Unifiedorder, &fields);
            assert_eq!(refused, Err(message.to_owned()), "{name}={value}");
        }
    }

    #[test]
    fn a_query_needs_one_of_the_two_numbers() {
        let mut fields = order();
        fields.remove("out_trade_no");
        let missing = "缺少参数out_trade_no".to_owned();
        assert_eq!(check(CallName::Orderquery, &fields), Err(missing.clone()));
        assert_eq!(check(CallName::Closeorder, &fields), Err(missing));
        fields.set("transaction_id", "4200001234202401020000000001");
        assert_eq!(check(CallName::Orderquery, &fields), Ok(()));
    }
}
