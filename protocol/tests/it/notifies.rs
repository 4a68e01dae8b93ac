//! The payment notify: what passes, what does not, and what we answer.

use protocol::notify::{self, Reply};
use protocol::sign::{self, SignType};
use protocol::{Fields, xml};

use crate::support::{MODES, chain, fields, our_merchant, signed};

/// A notify as they come today, without return_msg.
pub(crate) const NOTIFY: &str = "
    appid=wx8888888888888888
    bank_type=OTHERS
    cash_fee=350
    fee_type=CNY
    is_subscribe=N
    mch_id=1900000109
    nonce_str=5d2b6c2a8db53831f7eda20af46e531c
    openid=oUpF8uMEb4qRXf22hE3X68TekukE
    out_trade_no=VM1-7
    result_code=SUCCESS
    return_code=SUCCESS
    time_end=20240102080130
    total_fee=350
    trade_type=NATIVE
    transaction_id=4200000215201811190261405420";

fn told(fields: Fields) -> String {
    let merchant = our_merchant(SignType::HmacSha256);
    match notify::read(signed(fields, &merchant).as_bytes(), &merchant) {
        Ok(payment) => format!("{:?}", payment.into_inner()),
        Err(error) => chain(&error),
    }
}

#[test]
fn a_notify_is_a_payment_in_both_modes() {
    for mode in MODES {
        let merchant = our_merchant(mode);
        for sign_type in ["", mode.as_str()] {
            let notify = fields(&format!("{NOTIFY}\nsign_type={sign_type}"));
            let body = signed(notify, &merchant);
            assert!(notify::read(body.as_bytes(), &merchant).is_ok());
        }
    }
}

#[test]
fn a_signed_message_that_is_no_payment_of_ours_is_refused() {
    for (lines, expected) in [
        ("return_code=FAIL", "message's return_code is not SUCCESS"),
        ("return_code=", "message has no return_code"),
        ("result_code=FAIL", "message's result_code is not SUCCESS"),
        ("result_code=", "message has no result_code"),
        ("appid=wx0000000000000000", "message is about another appid"),
        ("appid=", "message has no appid"),
        ("mch_id=1900000108", "message is about another mch_id"),
        ("trade_state=SUCCESS", "message has a trade_state, so it is of another kind"),
        ("trade_state=NOTPAY", "message has a trade_state, so it is of another kind"),
        ("transaction_id=", "message has no transaction_id"),
        ("time_end=", "message has no time_end"),
        ("total_fee=", "message has no total_fee"),
        ("total_fee=0x15e", "message has an ill-formed total_fee"),
        ("bank_type=", "message has no bank_type"),
        ("out_trade_no=", "message has no out_trade_no"),
        ("out_trade_no=VM1 7", "message has an ill-formed out_trade_no"),
        ("sign_type=MD5", "notify is not believed: sign_type is not HMAC-SHA256"),
        ("key=k0000000000000000000000000000002", "message contains an element named key"),
    ] {
        let told = told(fields(&format!("{NOTIFY}\n{lines}")));
        assert!(told.contains(expected), "{lines}\n{told}\n{expected}");
    }
}

/// `a=1`, `b=2` and `a=1&b=2` have one signature: what a real message says can be hidden that way.
#[test]
fn a_field_that_was_moved_into_another_is_missed() {
    let merchant = our_merchant(SignType::HmacSha256);
    for (line, host, expected) in [
        ("fee_type=USD", "cash_fee", "message hides its fee_type"),
        ("trade_state=REFUND", "total_fee", "message hides its trade_state"),
    ] {
        let real = fields(&format!("{NOTIFY}\n{line}"));
        let sign = sign::sign(&real, &merchant.key, merchant.sign_type);
        let mut moved = real.clone();
        let name = line.split_once('=').unwrap().0;
        moved.remove(name);
        moved.set(host, format!("{}&{line}", real.get(host).unwrap()));
        moved.set("sign", sign);
        assert!(sign::verify_any(moved.clone(), &merchant.key).is_ok(), "the attack is real");
        let refused = notify::read(xml::write(&moved).as_bytes(), &merchant).unwrap_err();
        assert!(chain(&refused).contains(expected), "{line}\n{refused:?}");
    }
}

#[test]
fn replies_are_those_of_the_specification() {
    for (reply, return_code, return_msg) in [
        (Reply::Success, "SUCCESS", "OK"),
        (Reply::Fail("not a message <we> know"), "FAIL", "not a message <we> know"),
    ] {
        let body = reply.to_xml();
        let said = xml::parse(body.as_bytes()).unwrap();
        assert_eq!(said, fields(&format!("return_code={return_code}\nreturn_msg={return_msg}")));
    }
}
