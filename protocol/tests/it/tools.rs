//! The small calls: a short link, the report, the key of a sandbox.

use std::time::Duration;

use protocol::getsignkey::{GetSignKey, Sandbox};
use protocol::orderquery::OrderQuery;
use protocol::refund::Refund;
use protocol::report::{InterfaceUrl, Noted, Outcome, Report};
use protocol::shorturl::{LongUrl, Shorten};
use protocol::sign::{self, ApiKey, SignType};
use protocol::{
    BeijingTime, CallError, DeviceInfo, ErrCode, Merchant, NonceStr, OutTradeNo, Request,
    read_unsigned_answer, request, xml,
};

use crate::calls::{COMMON, told};
use crate::support::{KEY, MODES, chain, fields, our_merchant};

/// A link of a static QR.
const LINK: &str = "weixin://wxpay/bizpayurl?appid=wx8888888888888888&mch_id=1900000109\
    &nonce_str=abc&product_id=A01&time_stamp=1400000000&sign=0CB01533B8C1EF103065174F50BCA001";

pub(crate) fn a_shortening() -> Shorten {
    Shorten { long_url: LongUrl::parse(LINK).unwrap() }
}

/// A report with everything in it.
pub(crate) fn a_report(outcome: Outcome) -> Report {
    let url = "https://api.mch.weixin.qq.com/pay/unifiedorder";
    Report {
        interface_url: InterfaceUrl::parse(url).unwrap(),
        execute_time: Duration::from_micros(123_999),
        outcome,
        out_trade_no: OutTradeNo::parse("VM1-7").ok(),
        user_ip: [14, 23, 150, 211].into(),
        time: BeijingTime::parse("20240102080000").ok(),
        device_info: DeviceInfo::parse("VM1").ok(),
    }
}

#[test]
fn a_link_is_signed_and_sent_as_it_is() {
    let merchant = our_merchant(SignType::HmacSha256);
    let body = request(&a_shortening(), &merchant, &NonceStr::parse("abc").unwrap());
    let sent = merchant.verify(xml::parse(body.as_bytes()).unwrap()).unwrap();
    assert_eq!(sent.get("long_url"), Some(LINK));
    for (lines, expected) in [
        ("short_url=weixin://wxpay/s/An4baqw", "ShortUrl(\"weixin://wxpay/s/An4baqw\")"),
        ("", "message has no short_url"),
        ("short_url=https://example.com/", "message has an ill-formed short_url"),
        ("short_url=weixin://", "message has an ill-formed short_url"),
        ("result_code=FAIL\nerr_code=SYSTEMERROR", "WeChat answered SYSTEMERROR"),
    ] {
        let told = told(&a_shortening(), COMMON, lines);
        assert!(told.contains(expected), "{lines}\n{told}\n{expected}");
    }
    assert!(LongUrl::parse(&format!("weixin://{}", "a".repeat(503))).is_ok());
    assert!(LongUrl::parse(&format!("weixin://{}", "a".repeat(504))).is_err());
}

#[test]
fn a_report_says_how_a_call_ended() {
    let constant = "interface_url=https://api.mch.weixin.qq.com/pay/unifiedorder
         execute_time_=123
         out_trade_no=VM1-7
         user_ip=14.23.150.211
         time=20240102080000
         device_info=VM1";
    let failed = Outcome::Failed { err_code: ErrCode::OrderPaid, err_code_des: "a&b=c".into() };
    for (outcome, lines) in [
        (Outcome::Success, "return_code=SUCCESS\nresult_code=SUCCESS"),
        (
            Outcome::Refused("签名错误".into()),
            "return_code=FAIL\nresult_code=FAIL\nreturn_msg=签名错误",
        ),
        (Outcome::Refused("\n".into()), "return_code=FAIL\nresult_code=FAIL"),
        (failed, "return_code=SUCCESS\nresult_code=FAIL\nerr_code=ORDERPAID\nerr_code_des=abc"),
    ] {
        let sent = a_report(outcome).fields();
        assert_eq!(sent, fields(&format!("{constant}\n{lines}")));
    }
}

/// Also with a signature, which nobody has checked.
#[test]
fn an_unsigned_answer_is_read_but_proves_nothing() {
    let report = a_report(Outcome::Success);
    for (body, expected) in [
        ("<return_code>SUCCESS</return_code><result_code>SUCCESS</result_code>", Ok(Noted)),
        ("<return_code>SUCCESS</return_code><sign>0</sign>", Ok(Noted)),
        (
            "<return_code>FAIL</return_code><return_msg>签名错误</return_msg>",
            Err("WeChat refused the request: 签名错误"),
        ),
        (
            "<return_code>SUCCESS</return_code><result_code>FAIL</result_code>\
             <err_code>SYSTEMERROR</err_code>",
            Err("WeChat refused the request: SYSTEMERROR"),
        ),
        ("<retcode>1</retcode><retmsg>busy</retmsg>", Err("WeChat refused the request: busy")),
        ("", Err("answer does not fit the call: message has no return_code")),
    ] {
        let answer = read_unsigned_answer(&report, format!("<xml>{body}</xml>").as_bytes());
        assert_eq!(answer.map_err(|error| chain(&error)), expected.map_err(str::to_owned));
    }
    let html = read_unsigned_answer(&report, b"<html></html>");
    assert!(matches!(html, Err(CallError::NotXml(_))), "{html:?}");
}

#[test]
fn the_key_of_a_sandbox_is_asked_for_with_the_real_key_and_md5() {
    for mode in MODES {
        let merchant = our_merchant(mode);
        let nonce = NonceStr::parse("abc").unwrap();
        let sent = xml::parse(request(&GetSignKey, &merchant, &nonce).as_bytes()).unwrap();
        let names: Vec<_> = sent.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["mch_id", "nonce_str", "sign"]);
        assert!(sign::verify(sent, &merchant.key, SignType::Md5).is_ok());
    }
}

#[test]
fn the_key_of_a_sandbox_is_a_key() {
    let answer = |key: &str| {
        let body = format!(
            "<xml><return_code>SUCCESS</return_code><return_msg>ok</return_msg>\
             <mch_id>1900000109</mch_id><sandbox_signkey>{key}</sandbox_signkey></xml>"
        );
        read_unsigned_answer(&GetSignKey, body.as_bytes())
    };
    assert!(answer(KEY).is_ok());
    for bad in ["", "short", &format!("{KEY}0")] {
        let error = answer(bad).unwrap_err();
        assert!(chain(&error).contains("sandbox_signkey"), "{error:?}");
        assert!(bad.is_empty() || !chain(&error).contains(bad), "{error:?}");
    }
}

#[test]
fn a_sandbox_has_its_own_paths_and_its_own_key() {
    for (sandbox, key_path, query, refund) in [
        (
            Sandbox::Old,
            "/sandboxnew/pay/getsignkey",
            "/sandboxnew/pay/orderquery",
            "/sandboxnew/secapi/pay/refund",
        ),
        (
            Sandbox::New,
            "/xdc/apiv2getsignkey/sign/getsignkey",
            "/xdc/apiv2sandbox/pay/orderquery",
            "/xdc/apiv2sandbox/secapi/pay/refund",
        ),
    ] {
        assert_eq!(sandbox.path::<GetSignKey>(), key_path);
        assert_eq!(sandbox.path::<OrderQuery>(), query);
        assert_eq!(sandbox.path::<Refund>(), refund);
        let real = Merchant {
            previous_key: ApiKey::parse("k0000000000000000000000000000004").ok(),
            ..our_merchant(SignType::HmacSha256)
        };
        let key = ApiKey::parse("k0000000000000000000000000000003").unwrap();
        let within = sandbox.merchant(&real, key.clone());
        assert!(within.previous_key.is_none());
        let mode = if sandbox == Sandbox::Old { SignType::Md5 } else { SignType::HmacSha256 };
        let nonce = NonceStr::random();
        let query = OrderQuery { out_trade_no: OutTradeNo::parse("VM1-7").unwrap() };
        let sent = xml::parse(request(&query, &within, &nonce).as_bytes()).unwrap();
        assert!(sign::verify(sent, &key, mode).is_ok());
    }
}
