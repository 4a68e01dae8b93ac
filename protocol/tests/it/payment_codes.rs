//! Payment by code: micropay, reverse, and whose code it is.

use protocol::authcodetoopenid::AuthCodeToOpenId;
use protocol::micropay::MicroPay;
use protocol::reverse::{Recall, Reverse};
use protocol::sign::SignType;
use protocol::{
    Attach, AuthCode, BeijingTime, Body, DeviceInfo, Fen, OutTradeNo, Request, read_answer,
};

use crate::calls::{COMMON, PAID, told};
use crate::support::{fields, our_merchant, signed};

/// A payment with everything in it.
pub(crate) fn a_payment() -> MicroPay {
    MicroPay {
        body: Body::fit("自动售货机-可乐"),
        out_trade_no: OutTradeNo::parse("VM1-7").unwrap(),
        total_fee: Fen::new(350),
        spbill_create_ip: [14, 23, 150, 211].into(),
        time_start: BeijingTime::parse("20240102080000").unwrap(),
        time_expire: BeijingTime::parse("20240102080130").unwrap(),
        auth_code: AuthCode::parse("120061098828009406").unwrap(),
        device_info: DeviceInfo::parse("VM1").ok(),
        attach: Attach::parse("深圳分店").ok(),
    }
}

/// A question with everything in it.
pub(crate) fn whose_code() -> AuthCodeToOpenId {
    AuthCodeToOpenId { auth_code: AuthCode::parse("120061098828009406").unwrap() }
}

/// The wish to take it back.
pub(crate) fn a_reverse() -> Reverse {
    Reverse { out_trade_no: OutTradeNo::parse("VM1-7").unwrap() }
}

/// What orderquery says of a payment, but for its state, and that it was made by code.
fn paid_by_code() -> String {
    let lines = PAID.lines().filter(|line| !line.contains("trade_state"));
    let lines: Vec<_> = lines.map(|line| line.replace("NATIVE", "MICROPAY")).collect();
    format!("{COMMON}\n{}", lines.join("\n"))
}

#[test]
fn micropay_sends_every_field() {
    let expected = fields(
        "attach=深圳分店
         auth_code=120061098828009406
         body=自动售货机-可乐
         device_info=VM1
         out_trade_no=VM1-7
         spbill_create_ip=14.23.150.211
         time_expire=20240102080130
         time_start=20240102080000
         total_fee=350",
    );
    assert_eq!(a_payment().fields(), expected);
    const { assert!(!MicroPay::REPEATABLE) };
}

#[test]
fn micropay_answers_with_a_payment_by_code() {
    let merchant = our_merchant(SignType::HmacSha256);
    let body = signed(fields(&paid_by_code()), &merchant);
    let payment = read_answer(&a_payment(), &merchant, body.as_bytes()).unwrap();
    assert_eq!((payment.total_fee, &*payment.trade_type), (Fen::new(350), "MICROPAY"));
    for (lines, expected) in [
        ("trade_type=NATIVE", "message is about another trade_type"),
        ("trade_type=", "message has no trade_type"),
        ("out_trade_no=VM1-8", "message is about another out_trade_no"),
        ("out_trade_no=", "message has no out_trade_no"),
        ("transaction_id=", "message has no transaction_id"),
        ("time_end=", "message has no time_end"),
        ("total_fee=", "message has no total_fee"),
        // An answer to orderquery, when the money has gone back.
        ("trade_state=REFUND", "message has a trade_state, so it is of another kind"),
        ("result_code=FAIL\nerr_code=USERPAYING", "WeChat answered USERPAYING"),
    ] {
        let told = told(&a_payment(), &paid_by_code(), lines);
        assert!(told.contains(expected), "{lines}\n{told}\n{expected}");
    }
}

#[test]
fn reverse_says_whether_it_must_be_sent_again() {
    let merchant = our_merchant(SignType::Md5);
    for (lines, recall) in [("recall=Y", Recall::Yes), ("recall=N", Recall::No)] {
        let body = signed(fields(&format!("{COMMON}\n{lines}")), &merchant);
        let answer = read_answer(&a_reverse(), &merchant, body.as_bytes()).unwrap();
        assert_eq!(*answer, recall);
    }
    for (lines, expected) in [
        ("", "message has no recall"),
        ("recall=", "message has no recall"),
        ("recall=y", "message has an ill-formed recall: Y or N"),
        ("recall=N\nout_trade_no=VM1-8", "message is about another out_trade_no"),
        ("result_code=FAIL\nerr_code=REVERSE_EXPIRE", "WeChat answered REVERSE_EXPIRE"),
    ] {
        let told = told(&a_reverse(), COMMON, lines);
        assert!(told.contains(expected), "{lines}\n{told}\n{expected}");
    }
    assert_eq!((Reverse::PATH, Reverse::CERTIFICATE), ("/secapi/pay/reverse", true));
}

#[test]
fn a_code_has_an_owner_and_shows_neither() {
    let told_owner = told(&whose_code(), COMMON, "openid=oUpF8uMEb4qRXf22hE3X68TekukE");
    assert_eq!(told_owner, "OpenId(***)");
    for (lines, expected) in [
        ("", "message has no openid"),
        ("openid=a b", "message has an ill-formed openid"),
        ("openid=o1\ntransaction_id=4", "message has a transaction_id, so it is of another kind"),
        ("openid=o1\ntrade_state=SUCCESS", "message has a trade_state, so it is of another kind"),
    ] {
        let told = told(&whose_code(), COMMON, lines);
        assert!(told.contains(expected), "{lines}\n{told}\n{expected}");
    }
    for shown in [format!("{:?}", whose_code()), format!("{:?}", a_payment())] {
        assert!(!shown.contains("1200610"), "{shown}");
    }
    assert!(!format!("{:?}", whose_code().fields()).contains("1200610"));
}
