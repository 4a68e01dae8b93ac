//! Paying inside of WeChat: who is logged in, the order for them, the parameters that are signed.

use protocol::jsapi::pay_params;
use protocol::jscode2session::{
    AppSecret, JsCode, JsCodeError, JsCodeVerdict, Target, read_answer,
};
use protocol::sign::{self, SignType};
use protocol::unifiedorder::{Trade, UnifiedOrder};
use protocol::{AppId, NonceStr, OpenId, PrepayId, request, xml};
use serde_json::json;

use crate::calls::an_order;
use crate::support::{MODES, chain, fields, merchant, our_merchant, signed};

const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";
const SECRET: &str = "0123456789abcdef0123456789ABCDEF";

fn a_jsapi_order() -> UnifiedOrder {
    UnifiedOrder {
        trade: Trade::Jsapi { openid: OpenId::parse(OPENID).unwrap() },
        device_info: None,
        attach: None,
        ..an_order()
    }
}

#[test]
fn a_jsapi_order_names_the_payer_and_no_product() {
    for mode in MODES {
        let merchant = our_merchant(mode);
        let nonce = NonceStr::parse("abcdefghijklmnop").unwrap();
        let sent = xml::parse(request(&a_jsapi_order(), &merchant, &nonce).as_bytes()).unwrap();
        let mut sent = sign::verify(sent, &merchant.key, mode).unwrap().into_inner();
        sent.remove("sign_type");
        sent.remove("sign");
        let expected = fields(
            "appid=wx8888888888888888
             body=自动售货机-可乐
             mch_id=1900000109
             nonce_str=abcdefghijklmnop
             notify_url=https://example.com/n
             openid=oUpF8uMuAJO_M2pxb1Q9zNjWeS6o
             out_trade_no=VM1-7
             spbill_create_ip=14.23.150.211
             time_expire=20240102080530
             time_start=20240102080000
             total_fee=350
             trade_type=JSAPI",
        );
        assert_eq!(sent, expected);
    }
}

#[test]
fn a_jsapi_order_is_opened_without_a_code_url() {
    let merchant = our_merchant(SignType::HmacSha256);
    let answer = "
        return_code=SUCCESS
        return_msg=OK
        appid=wx8888888888888888
        mch_id=1900000109
        nonce_str=3SQGZ6hZHKDePZu5
        result_code=SUCCESS
        trade_type=JSAPI";
    let read = |lines: &str| {
        let body = signed(fields(&format!("{answer}\n{lines}")), &merchant);
        protocol::read_answer(&a_jsapi_order(), &merchant, body.as_bytes())
    };
    let opened = read("prepay_id=wx18171217836292e6955c892133450b0000").unwrap();
    assert_eq!(opened.prepay_id.as_str(), "wx18171217836292e6955c892133450b0000");
    assert_eq!(opened.code_url, None);
    assert!(chain(&read("").unwrap_err()).contains("message has no prepay_id"));
}

/// T12 and T13, on which five other implementations agree.
#[test]
fn the_second_signature_is_the_one_of_the_vectors() {
    for (mode, pay_sign) in [
        (SignType::Md5, "FF4B9BD35A84E610CE43D5CD10BD40BF"),
        (SignType::HmacSha256, "32186195673E4730EA5555D9CF9E21A6934C808B920AD01B8EC193ACF310DD0D"),
    ] {
        let merchant = merchant("wxd678efh567hg6787", "1900000109", mode);
        let prepay_id = PrepayId::parse("wx2017033010242291fcfe0db70013231072").unwrap();
        let nonce = NonceStr::parse("5K8264ILTKCH16CQ2502SI8ZNMTM67VS").unwrap();
        let params = pay_params(&merchant, &prepay_id, 1_490_840_662, &nonce);
        let expected = json!({
            "appId": "wxd678efh567hg6787",
            "timeStamp": "1490840662",
            "nonceStr": "5K8264ILTKCH16CQ2502SI8ZNMTM67VS",
            "package": "prepay_id=wx2017033010242291fcfe0db70013231072",
            "signType": mode.as_str(),
            "paySign": pay_sign,
        });
        assert_eq!(serde_json::to_value(params).unwrap(), expected);
    }
}

#[test]
fn the_question_is_a_url_in_which_nothing_can_break_out() {
    let appid = AppId::parse("wx8888888888888888").unwrap();
    let secret = AppSecret::parse(SECRET).unwrap();
    for (code, encoded) in [
        ("033AbCdE-_.~x", "033AbCdE-_.~x"),
        ("a&secret=b#c?d/e%20+", "a%26secret%3Db%23c%3Fd%2Fe%2520%2B"),
    ] {
        let target = Target::new(&appid, &secret, &JsCode::parse(code).unwrap());
        let expected = format!(
            "/sns/jscode2session?appid=wx8888888888888888&secret={SECRET}&js_code={encoded}\
             &grant_type=authorization_code"
        );
        assert_eq!(target.as_str(), expected);
    }
    for bad in ["", "a b", "a\n", "码", &"x".repeat(129)] {
        assert!(JsCode::parse(bad).is_err(), "{bad:?}");
    }
    for bad in ["", &SECRET[1..], "0123456789abcdef0123456789ABCDE\n", &"f".repeat(33)] {
        let error = AppSecret::parse(bad).unwrap_err().to_string();
        assert_eq!(error, "secret must be 32 of 0-9 A-Z a-z");
    }
}

#[test]
fn whoever_is_logged_in_is_named() {
    for answer in [
        json!({ "openid": OPENID, "session_key": "tiihtNczf5v6AKRyjwEUhQ==" }),
        json!({ "openid": OPENID, "unionid": "u", "errcode": 0, "errmsg": "ok" }),
        json!({ "errcode": null, "openid": OPENID, "new": { "a": [1] } }),
    ] {
        assert_eq!(read_answer(answer.to_string().as_bytes()).unwrap().as_str(), OPENID);
    }
}

#[test]
fn every_errcode_has_its_verdict() {
    use JsCodeVerdict::{Alarm, NewCode, Refuse, Retry};
    for (errcode, error, verdict) in [
        (-1, JsCodeError::Busy, Retry),
        (45011, JsCodeError::TooFrequent, Retry),
        (40029, JsCodeError::InvalidCode, NewCode),
        (40163, JsCodeError::UsedCode, NewCode),
        (41008, JsCodeError::CodeMissing, NewCode),
        (40226, JsCodeError::HighRiskUser, Refuse),
        (40013, JsCodeError::InvalidAppId, Alarm),
        (40125, JsCodeError::InvalidSecret, Alarm),
        (41002, JsCodeError::AppIdMissing, Alarm),
        (41004, JsCodeError::SecretMissing, Alarm),
        (50002, JsCodeError::Other { errcode: 50002, errmsg: "limited, rid: 1".into() }, NewCode),
    ] {
        // An error is an error, whatever else the answer says.
        let answer = json!({ "errcode": errcode, "errmsg": "limited,\n rid: 1", "openid": OPENID });
        let found = read_answer(answer.to_string().as_bytes()).unwrap_err();
        assert_eq!((found.verdict(), found), (verdict, error));
    }
}

#[test]
fn what_names_nobody_is_an_error_and_no_panic() {
    for (body, error) in [
        ("{}", JsCodeError::NoOpenId),
        (r#"{"errcode":0,"openid":""}"#, JsCodeError::NoOpenId),
        (r#"{"openid":"a b"}"#, JsCodeError::NoOpenId),
        (r#"{"openid":"a&total_fee=1"}"#, JsCodeError::NoOpenId),
        ("", JsCodeError::NotJson { line: 1, column: 0 }),
        ("<html>", JsCodeError::NotJson { line: 1, column: 1 }),
        (r#"{"errcode":"40029"}"#, JsCodeError::NotJson { line: 1, column: 18 }),
        (r#"{"openid":"a","openid":"b"}"#, JsCodeError::NotJson { line: 1, column: 22 }),
        (&"x".repeat(20_000), JsCodeError::NotJson { line: 0, column: 0 }),
    ] {
        assert_eq!(read_answer(body.as_bytes()).unwrap_err(), error, "{body:.60}");
    }
    assert!(read_answer(b"\xff{}").is_err());
}

#[test]
fn neither_secret_nor_code_nor_session_key_shows_anywhere() {
    let secret = AppSecret::parse(SECRET).unwrap();
    let code = JsCode::parse("033AbCdE").unwrap();
    let target = Target::new(&AppId::parse("wx1").unwrap(), &secret, &code);
    let odd = br#"{"openid":5,"session_key":"tiihtNczf5v6AKRyjwEUhQ=="}"#;
    let shown = format!("{secret:?} {code:?} {target:?} {:?}", read_answer(odd));
    for hidden in [SECRET, "033AbCdE", "tiihtNczf5v6AKRyjwEUhQ"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
    let order = format!("{:?}", a_jsapi_order());
    assert!(!order.contains(OPENID), "{order}");
}
