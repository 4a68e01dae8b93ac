//! Money on its way back: the refund, the question for it, and the hint.

use protocol::refund::Refund;
use protocol::refund_notify::{self, RefundNotifyError};
use protocol::refundquery::{RefundQuery, RefundStatus, Refunds};
use protocol::sign::{ApiKey, SignType};
use protocol::{
    BeijingTime, Call, CallError, CallName, ErrCode, Fen, Merchant, NonceStr, NotifyUrl,
    OutRefundNo, OutTradeNo, RefundDesc, Request, Verdict, read_answer, request, xml,
};
use serde::Deserialize;

use crate::calls::{COMMON, told};
use crate::support::{MODES, chain, fields, merchant, our_merchant, signed};

/// A refund with everything in it.
pub(crate) fn a_refund() -> Refund {
    Refund {
        out_trade_no: OutTradeNo::parse("VM1-7").unwrap(),
        out_refund_no: OutRefundNo::parse("R-VM1-7").unwrap(),
        total_fee: Fen::new(350),
        refund_fee: Fen::new(300),
        refund_desc: RefundDesc::fit("商品未出货"),
        notify_url: NotifyUrl::parse("https://example.com/r").ok(),
    }
}

fn query(offset: Option<u32>) -> RefundQuery {
    RefundQuery { out_trade_no: OutTradeNo::parse("VM1-7").unwrap(), offset }
}

const ACCEPTED: &str = "
    transaction_id=4200000215201811190261405420
    out_trade_no=VM1-7
    out_refund_no=R-VM1-7
    refund_id=50000408942018111907145868882
    refund_fee=300
    coupon_refund_fee=0
    total_fee=350
    cash_fee=350
    coupon_refund_count=0
    cash_refund_fee=300";

/// Two refunds: ours, and one that somebody made by hand.
const TWO: &str = "
    transaction_id=4200000215201811190261405420
    out_trade_no=VM1-7
    total_fee=350
    cash_fee=350
    refund_count=2
    out_refund_no_0=R-VM1-7
    refund_id_0=50000408942018111907145868882
    refund_channel_0=ORIGINAL
    refund_fee_0=300
    refund_status_0=SUCCESS
    refund_account_0=REFUND_SOURCE_UNSETTLED_FUNDS
    refund_recv_accout_0=支付用户零钱
    refund_success_time_0=2016-07-25 15:26:26
    out_refund_no_1=1217752501201407033233368018
    refund_id_1=50000408942018111907145868883
    refund_fee_1=50
    refund_status_1=PROCESSING";

fn refunds(lines: &str) -> Result<Refunds, String> {
    let merchant = our_merchant(SignType::HmacSha256);
    let body = signed(fields(&format!("{COMMON}\n{TWO}\n{lines}")), &merchant);
    let answer = read_answer(&query(None), &merchant, body.as_bytes());
    answer.map(|refunds| refunds.into_inner()).map_err(|error| chain(&error))
}

#[test]
fn a_refund_sends_every_field_signed() {
    for mode in MODES {
        let merchant = our_merchant(mode);
        let nonce = NonceStr::parse("abc").unwrap();
        let sent = xml::parse(request(&a_refund(), &merchant, &nonce).as_bytes()).unwrap();
        let mut sent = merchant.verify(sent).unwrap().into_inner();
        sent.remove("sign");
        sent.remove("sign_type");
        let expected = fields(
            "appid=wx8888888888888888
             mch_id=1900000109
             nonce_str=abc
             notify_url=https://example.com/r
             out_refund_no=R-VM1-7
             out_trade_no=VM1-7
             refund_desc=商品未出货
             refund_fee=300
             total_fee=350",
        );
        assert_eq!(sent, expected);
    }
}

#[test]
fn a_refund_is_accepted_under_its_own_numbers_and_amounts_only() {
    let accepted = "RefundAccepted { out_trade_no: OutTradeNo(\"VM1-7\"), out_refund_no: \
        OutRefundNo(\"R-VM1-7\"), transaction_id: TransactionId(\"4200000215201811190261405420\"), \
        refund_id: RefundId(\"50000408942018111907145868882\"), refund_fee: Fen(300), total_fee: \
        Fen(350) }";
    for (lines, expected) in [
        ("", accepted),
        ("refund_fee=0300\nnew_field=1", accepted),
        ("out_trade_no=VM1-8", "message is about another out_trade_no"),
        ("out_trade_no=", "message has no out_trade_no"),
        ("out_refund_no=R-VM1-8", "message is about another out_refund_no"),
        ("out_refund_no=", "message has no out_refund_no"),
        ("refund_fee=350", "message is about another refund_fee"),
        ("refund_fee=3.00", "message has an ill-formed refund_fee: fen in decimal digits"),
        ("total_fee=300", "message is about another total_fee"),
        ("total_fee=", "message has no total_fee"),
        ("refund_id=", "message has no refund_id"),
        ("transaction_id=", "message has no transaction_id"),
        ("result_code=FAIL\nerr_code=NOTENOUGH\nerr_code_des=余额不足", "NOTENOUGH: 余额不足"),
    ] {
        let told = told(&a_refund(), &format!("{COMMON}\n{ACCEPTED}"), lines);
        assert!(told.contains(expected), "{lines}\n{told}\n{expected}");
    }
}

#[test]
fn a_refund_without_money_alarms_and_is_tried_again() {
    assert_eq!(ErrCode::NotEnough.verdict(Refund::NAME), Verdict::AlarmAndRepeat);
    assert_eq!((Refund::PATH, Refund::CERTIFICATE), ("/secapi/pay/refund", true));
}

#[test]
fn all_refunds_of_an_order_are_told() {
    let told = refunds("").unwrap();
    assert_eq!((told.total_fee, told.refund_count), (Fen::new(350), 2));
    let ours = told.find(&a_refund().out_refund_no).unwrap();
    assert_eq!(ours.refund_status, RefundStatus::Success);
    assert_eq!(ours.refund_fee, Fen::new(300));
    assert_eq!(ours.refund_recv_accout.as_deref(), Some("支付用户零钱"));
    assert_eq!(ours.refund_success_time, BeijingTime::parse("20160725152626").ok());
    let by_hand = OutRefundNo::parse("1217752501201407033233368018").unwrap();
    let by_hand = told.find(&by_hand).unwrap();
    assert_eq!(by_hand.refund_status, RefundStatus::Processing);
    assert_eq!((&by_hand.refund_recv_accout, by_hand.refund_success_time), (&None, None));
    assert_eq!(told.find(&OutRefundNo::parse("R-VM1-8").unwrap()), None);
}

#[test]
fn only_what_is_back_counts_as_refunded() {
    for (lines, fen) in [
        ("", 300),
        ("refund_status_1=SUCCESS", 350),
        ("refund_status_0=PROCESSING", 0),
        ("refund_status_0=CHANGE", 0),
        ("refund_status_0=REFUNDCLOSE", 0),
        ("refund_status_0=FAIL", 0),
        ("refund_status_0=success", 0),
        ("refund_status_0=SOMETHING_NEW", 0),
        ("refund_status_1=SUCCESS\nrefund_fee_0=4294967295", u32::MAX),
    ] {
        assert_eq!(refunds(lines).unwrap().refunded(), Fen::new(fen), "{lines}");
    }
}

#[test]
fn every_state_is_read_as_it_is_written() {
    for state in ["SUCCESS", "PROCESSING", "REFUNDCLOSE", "CHANGE", "FAIL", "SOMETHING_NEW"] {
        let status = RefundStatus::from(state);
        assert_eq!(status.as_str(), state);
        let is_unknown = matches!(status, RefundStatus::Unknown(_));
        assert_eq!(is_unknown, state == "SOMETHING_NEW");
    }
}

#[test]
fn half_a_refund_is_not_believed() {
    for (lines, expected) in [
        ("out_trade_no=VM1-8", "message is about another out_trade_no"),
        ("out_trade_no=", "message has no out_trade_no"),
        ("total_fee=", "message has no total_fee"),
        ("refund_count=", "message has no refund_count"),
        ("refund_count=+2", "message has an ill-formed refund_count: a number in decimal digits"),
        ("refund_count=3", "message has no out_refund_no_$n"),
        ("refund_count=4294967295", "message has no out_refund_no_$n"),
        ("out_refund_no_1=a b", "message has an ill-formed out_refund_no_$n"),
        ("refund_id_1=", "message has no refund_id_$n"),
        ("refund_fee_0=-1", "message has an ill-formed refund_fee_$n"),
        ("refund_status_0=", "message has no refund_status_$n"),
        ("total_refund_count=x", "message has an ill-formed total_refund_count"),
    ] {
        let error = refunds(lines).unwrap_err();
        assert!(error.contains(expected), "{lines}\n{error}\n{expected}");
    }
    for lines in ["refund_success_time_0=yesterday", "refund_recv_accout_0=", "refund_count=0"] {
        assert!(refunds(lines).is_ok(), "{lines}");
    }
}

#[test]
fn an_order_without_refunds_is_a_signed_failure() {
    let merchant = our_merchant(SignType::Md5);
    let lines = format!("{COMMON}\nresult_code=FAIL\nerr_code=REFUNDNOTEXIST");
    let body = signed(fields(&lines), &merchant);
    let error = read_answer(&query(None), &merchant, body.as_bytes()).unwrap_err();
    let CallError::Failed { err_code, .. } = error else { panic!("{error:?}") };
    assert_eq!(err_code, ErrCode::RefundNotExist);
    assert_eq!(err_code.verdict(CallName::RefundQuery), Verdict::GiveUp);
}

#[test]
fn the_next_page_is_asked_for_while_there_may_be_one() {
    let page = |count: u32, total| Refunds {
        refund_count: count,
        total_refund_count: total,
        ..refunds("").unwrap()
    };
    for (asked, count, total, next) in [
        (None, 2, None, None),
        (None, 10, None, Some(10)),
        (Some(0), 10, Some(10), None),
        (Some(0), 10, Some(11), Some(10)),
        (Some(10), 1, Some(11), None),
        (Some(10), 10, Some(25), Some(20)),
        // An answer without refunds ends it, whatever the total says.
        (Some(20), 0, Some(25), None),
    ] {
        let asked = query(asked);
        let next_query = asked.next(&page(count, total));
        assert_eq!(
            next_query.map(|next| next.offset),
            next.map(Some),
            "{asked:?} {count} {total:?}"
        );
    }
    assert_eq!(query(Some(10)).fields(), fields("out_trade_no=VM1-7\noffset=10"));
    assert_eq!(query(None).fields(), fields("out_trade_no=VM1-7"));
}

/// An accepted refund says neither what became of it nor that an order is closed or paid.
#[test]
fn an_answer_about_refunds_is_no_other_answer() {
    fn is_mismatch<C: Call>(call: &C, lines: &str) -> bool {
        let merchant = our_merchant(SignType::Md5);
        let body = signed(fields(&format!("{COMMON}\n{lines}")), &merchant);
        let answer = read_answer(call, &merchant, body.as_bytes());
        matches!(answer, Err(CallError::Mismatch(_)))
    }
    let out_trade_no = a_refund().out_trade_no;
    let close = protocol::closeorder::CloseOrder { out_trade_no: out_trade_no.clone() };
    let order = protocol::orderquery::OrderQuery { out_trade_no };
    for lines in [ACCEPTED, TWO] {
        assert!(is_mismatch(&close, lines));
        assert!(is_mismatch(&order, lines));
    }
    assert!(is_mismatch(&query(None), ACCEPTED));
    assert!(is_mismatch(&a_refund(), TWO));
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    api_key: String,
    req_info: String,
}

fn vector(id: &str) -> Vector {
    let text = include_str!("../vectors/refund-notify.json");
    let vectors: Vec<Vector> = serde_json::from_str(text).unwrap();
    vectors.into_iter().find(|vector| vector.id == id).unwrap()
}

fn holder(key: &str) -> Merchant {
    Merchant { key: ApiKey::parse(key).unwrap(), ..our_merchant(SignType::HmacSha256) }
}

fn envelope(req_info: &str, lines: &str) -> String {
    let mut envelope = fields(
        "return_code=SUCCESS
         appid=wx8888888888888888
         mch_id=1900000109
         nonce_str=TeqClE3i0mvn3DrK",
    );
    envelope.set("req_info", req_info);
    for (name, value) in fields(lines).iter() {
        envelope.set(name, value);
    }
    xml::write(&envelope)
}

#[test]
fn a_refund_notify_is_a_hint() {
    for id in ["E1", "E3"] {
        let Vector { api_key, req_info, .. } = vector(id);
        let wrapped: Vec<_> = req_info.as_bytes().chunks(76).collect();
        let wrapped = String::from_utf8(wrapped.join(&b'\n')).unwrap();
        for req_info in [req_info, wrapped] {
            let body = envelope(&req_info, "");
            let hint = refund_notify::read(body.as_bytes(), &holder(&api_key)).unwrap();
            assert_eq!(hint.out_trade_no.as_str(), "VM0001-20240102-000001");
            assert_eq!(hint.out_refund_no.as_str(), "R-VM0001-20240102-000001");
            assert_eq!(hint.refund_id.as_str(), "50000408942018111907145868882");
            assert_eq!(hint.refund_fee, Fen::new(350));
            assert_eq!(hint.refund_status, RefundStatus::Success);
        }
    }
}

/// The forms of the other two vectors are decrypted (see the unit tests) and say nothing.
#[test]
fn a_content_that_is_no_refund_is_refused() {
    for (id, expected) in [
        ("E2", "refund notify's content is not a refund: message has no out_trade_no"),
        ("E4", "refund notify's content is not a message: body has something between its fields"),
    ] {
        let Vector { api_key, req_info, .. } = vector(id);
        let body = envelope(&req_info, "");
        let error = refund_notify::read(body.as_bytes(), &holder(&api_key)).unwrap_err();
        assert!(chain(&error).contains(expected), "{}", chain(&error));
    }
}

#[test]
fn a_refund_notify_opens_with_either_key() {
    let [old, new] = ["E1", "E3"].map(|id| vector(id).api_key);
    let both = Merchant { previous_key: ApiKey::parse(&old).ok(), ..holder(&new) };
    for id in ["E1", "E3"] {
        let body = envelope(&vector(id).req_info, "");
        assert!(refund_notify::read(body.as_bytes(), &both).is_ok(), "{id}");
    }
    let body = envelope(&vector("E1").req_info, "");
    let refused = refund_notify::read(body.as_bytes(), &holder(&new));
    assert!(
        matches!(
            refused,
            Err(RefundNotifyError::Undecipherable | RefundNotifyError::ContentNotXml(_))
        ),
        "{refused:?}"
    );
}

#[test]
fn an_envelope_that_is_not_ours_is_not_opened() {
    let Vector { api_key, req_info, .. } = vector("E1");
    for (lines, expected) in [
        ("return_code=FAIL", "message's return_code is not SUCCESS"),
        ("return_code=", "message has no return_code"),
        ("appid=wx0000000000000000", "message is about another appid"),
        ("mch_id=1900000108", "message is about another mch_id"),
        ("mch_id=", "message has no mch_id"),
        ("req_info=", "message has no req_info"),
        ("req_info=*", "req_info is not base64"),
        ("req_info=AAA", "req_info is not base64"),
        ("req_info=AAAA", "req_info is not encrypted with this merchant's key"),
    ] {
        let body = envelope(&req_info, lines);
        let error = refund_notify::read(body.as_bytes(), &holder(&api_key)).unwrap_err();
        assert!(chain(&error).contains(expected), "{lines}\n{}", chain(&error));
    }
    for body in ["", "<html></html>", "<root><out_trade_no>1</out_trade_no></root>"] {
        let error = refund_notify::read(body.as_bytes(), &holder(&api_key)).unwrap_err();
        assert!(matches!(error, RefundNotifyError::NotXml(_)), "{error:?}");
    }
    let foreign = merchant("wx2421b1c4370ec43b", "10000100", SignType::Md5);
    assert!(refund_notify::read(envelope(&req_info, "").as_bytes(), &foreign).is_err());
}

/// Any block may be swapped for another without notice: that is why it is only a hint. What no
/// longer reads is an error.
#[test]
fn no_beginning_and_no_flipped_bit_panics() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    let Vector { api_key, req_info, .. } = vector("E1");
    let whole = STANDARD.decode(&req_info).unwrap();
    let holder = holder(&api_key);
    for length in 0..whole.len() {
        let body = envelope(&STANDARD.encode(&whole[..length]), "");
        assert!(refund_notify::read(body.as_bytes(), &holder).is_err(), "{length}");
    }
    for at in 0..whole.len() {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        let body = envelope(&STANDARD.encode(&altered), "");
        // Garbage of one block: hardly ever UTF-8, and never a panic.
        let _ = refund_notify::read(body.as_bytes(), &holder);
    }
}
