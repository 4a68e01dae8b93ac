//! Whole messages that other implementations accept or refuse (M1 to M10).

use protocol::notify::{self, NotifyError};
use protocol::sign::{self, ApiKey, SignType, VerifyError};
use protocol::{BeijingTime, Call, CallError, CallName, ErrCode, Fen, OutTradeNo, Verdict};
use protocol::{closeorder::CloseOrder, orderquery::OrderQuery};
use protocol::{read_answer, unifiedorder::UnifiedOrder, xml};
use serde::Deserialize;

use crate::calls::an_order;
use crate::support::{KEY, MODES, merchant, our_merchant};

#[derive(Deserialize)]
struct Vectors {
    key: String,
    messages: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    xml: String,
    expect: String,
}

fn vectors() -> Vec<Vector> {
    let vectors: Vectors = serde_json::from_str(include_str!("../vectors/messages.json")).unwrap();
    assert_eq!(vectors.key, KEY);
    assert_eq!(vectors.messages.len(), 10);
    vectors.messages
}

fn message(id: &str) -> String {
    vectors().into_iter().find(|vector| vector.id == id).unwrap().xml
}

#[test]
fn every_message_is_verified_or_refused_as_expected() {
    let key = ApiKey::parse(KEY).unwrap();
    for vector in vectors() {
        let fields = xml::parse(vector.xml.as_bytes()).unwrap();
        for mode in MODES {
            let verified = sign::verify(fields.clone(), &key, mode).is_ok();
            assert_eq!(verified, vector.expect == mode.as_str(), "{} as {mode}", vector.id);
        }
        let any = sign::verify_any(fields, &key);
        assert_eq!(any.is_err(), vector.expect == "REJECT", "{}", vector.id);
    }
}

#[test]
fn the_notifies_are_payments() {
    for (id, mode) in [
        ("M3", SignType::Md5),
        ("M4", SignType::HmacSha256),
        ("M5", SignType::Md5),
        ("M6", SignType::Md5),
        ("M10", SignType::Md5),
    ] {
        let merchant = merchant("wx2421b1c4370ec43b", "10000100", mode);
        let payment = notify::read(message(id).as_bytes(), &merchant).unwrap();
        assert_eq!(payment.out_trade_no.as_str(), "1409811653", "{id}");
        assert_eq!(payment.transaction_id.as_str(), "1004400740201409030005092168");
        assert_eq!((payment.total_fee, payment.cash_fee), (Fen::new(350), Some(Fen::new(310))));
        assert_eq!(payment.fee_type.as_deref(), Some("CNY"));
        assert_eq!(payment.time_end, BeijingTime::parse("20140903131540").unwrap());
        assert_eq!((&*payment.trade_type, &*payment.bank_type), ("NATIVE", "OTHERS"));
        let openid = payment.openid.as_ref().unwrap();
        assert_eq!(openid.as_str(), "oUpF8uMEb4qRXf22hE3X68TekukE");
    }
}

#[test]
fn the_forgeries_are_refused_for_what_they_are() {
    for (id, error) in
        [("M7", VerifyError::Wrong), ("M8", VerifyError::Absent), ("M9", VerifyError::Absent)]
    {
        let merchant = merchant("wx2421b1c4370ec43b", "10000100", SignType::Md5);
        let refused = notify::read(message(id).as_bytes(), &merchant);
        assert_eq!(refused, Err(NotifyError::BadSign(error)), "{id}");
    }
}

/// A merchant whose orders are signed with HMAC-SHA256 believes no MD5, however right it is.
#[test]
fn the_weaker_mode_is_no_way_in() {
    let merchant = merchant("wx2421b1c4370ec43b", "10000100", SignType::HmacSha256);
    let refused = notify::read(message("M3").as_bytes(), &merchant);
    let error = VerifyError::SignType { expected: SignType::HmacSha256, found: SignType::Md5 };
    assert_eq!(refused, Err(NotifyError::BadSign(error)));
}

#[test]
fn the_answers_are_answers_to_unifiedorder() {
    let merchant = our_merchant(SignType::Md5);
    let opened = read_answer(&an_order(), &merchant, message("M1").as_bytes()).unwrap();
    assert_eq!(opened.prepay_id.as_str(), "wx18171217836292e6955c892133450b0000");
    assert_eq!(opened.code_url.as_ref().unwrap().as_str(), "weixin://wxpay/bizpayurl?pr=eg3n2ttzz");

    let failed = read_answer(&an_order(), &merchant, message("M2").as_bytes()).unwrap_err();
    let CallError::Failed { err_code, err_code_des } = failed else { panic!("{failed}") };
    assert_eq!(
        (err_code.verdict(CallName::UnifiedOrder), err_code),
        (Verdict::Query, ErrCode::OrderPaid)
    );
    assert_eq!(err_code_des, "该订单已支付");
}

/// Every message is believed, none is taken for an answer to another call.
#[test]
fn an_answer_is_no_answer_to_another_call() {
    let out_trade_no = OutTradeNo::parse("1409811653").unwrap();
    let query = OrderQuery { out_trade_no: out_trade_no.clone() };
    let close = CloseOrder { out_trade_no };
    fn is_mismatch<C: Call>(call: &C, id: &str) -> bool {
        let (appid, mch_id) = match id {
            "M1" => ("wx8888888888888888", "1900000109"),
            _ => ("wx2421b1c4370ec43b", "10000100"),
        };
        let merchant = merchant(appid, mch_id, SignType::Md5);
        let answer = read_answer(call, &merchant, message(id).as_bytes());
        matches!(answer, Err(CallError::Mismatch(_)))
    }
    assert!(is_mismatch(&query, "M1"));
    assert!(is_mismatch(&close, "M1"));
    assert!(is_mismatch(&query, "M3"));
    assert!(is_mismatch(&close, "M3"));
    assert!(is_mismatch::<UnifiedOrder>(&an_order(), "M3"));
    let merchant = our_merchant(SignType::Md5);
    let notify = notify::read(message("M1").as_bytes(), &merchant);
    assert!(matches!(notify, Err(NotifyError::Mismatch(_))), "{notify:?}");
}
