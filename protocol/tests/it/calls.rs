//! Each call: what we send, and how every kind of answer is read.

use protocol::closeorder::CloseOrder;
use protocol::orderquery::{OrderQuery, TradeState};
use protocol::sign::{self, SignType};
use protocol::unifiedorder::{Trade, UnifiedOrder};
use protocol::{
    Attach, BeijingTime, Body, Call, DeviceInfo, Fen, NonceStr, NotifyUrl, OutTradeNo, ProductId,
    Request, read_answer, request, xml,
};

use crate::support::{MODES, chain, fields, our_merchant, signed};

/// An order with everything in it.
pub(crate) fn an_order() -> UnifiedOrder {
    UnifiedOrder {
        body: Body::fit("自动售货机-可乐"),
        out_trade_no: OutTradeNo::parse("VM1-7").unwrap(),
        total_fee: Fen::new(350),
        spbill_create_ip: [14, 23, 150, 211].into(),
        time_start: BeijingTime::parse("20240102080000").unwrap(),
        time_expire: BeijingTime::parse("20240102080530").unwrap(),
        notify_url: NotifyUrl::parse("https://example.com/n").unwrap(),
        trade: Trade::Native { product_id: ProductId::parse("A01").unwrap() },
        device_info: Some(DeviceInfo::parse("VM1").unwrap()),
        attach: Some(Attach::parse("深圳分店").unwrap()),
    }
}

fn query() -> OrderQuery {
    OrderQuery { out_trade_no: OutTradeNo::parse("VM1-7").unwrap() }
}

fn close() -> CloseOrder {
    CloseOrder { out_trade_no: OutTradeNo::parse("VM1-7").unwrap() }
}

/// What the call says to an answer of `lines`, signed; a line later in the text wins.
pub(crate) fn told<C: Call>(call: &C, common: &str, lines: &str) -> String
where
    C::Answer: std::fmt::Debug,
{
    let merchant = our_merchant(SignType::HmacSha256);
    let body = signed(fields(&format!("{common}\n{lines}")), &merchant);
    match read_answer(call, &merchant, body.as_bytes()) {
        Ok(answer) => format!("{:?}", answer.into_inner()),
        Err(error) => chain(&error),
    }
}

pub(crate) const COMMON: &str = "
    return_code=SUCCESS
    return_msg=OK
    appid=wx8888888888888888
    mch_id=1900000109
    nonce_str=3SQGZ6hZHKDePZu5
    result_code=SUCCESS";

#[test]
fn unifiedorder_sends_every_field_signed() {
    for mode in MODES {
        let merchant = our_merchant(mode);
        let nonce = NonceStr::parse("abcdefghijklmnop").unwrap();
        let sent = xml::parse(request(&an_order(), &merchant, &nonce).as_bytes()).unwrap();
        let mut sent = sign::verify(sent, &merchant.key, mode).unwrap().into_inner();
        assert_eq!(sent.remove("sign_type").as_deref(), Some(mode.as_str()));
        sent.remove("sign");
        let expected = fields(
            "appid=wx8888888888888888
             attach=深圳分店
             body=自动售货机-可乐
             device_info=VM1
             mch_id=1900000109
             nonce_str=abcdefghijklmnop
             notify_url=https://example.com/n
             out_trade_no=VM1-7
             product_id=A01
             spbill_create_ip=14.23.150.211
             time_expire=20240102080530
             time_start=20240102080000
             total_fee=350
             trade_type=NATIVE",
        );
        assert_eq!(sent, expected);
    }
}

/// The signature of the specification's own kind of order (T05) comes out of the type as well.
#[test]
fn unifiedorder_is_signed_as_in_vector_t05() {
    let order = UnifiedOrder {
        out_trade_no: OutTradeNo::parse("202401020001").unwrap(),
        total_fee: Fen::new(1),
        time_expire: BeijingTime::parse("20240102080500").unwrap(),
        trade: Trade::Native { product_id: ProductId::parse("12235413214070356458058").unwrap() },
        device_info: None,
        ..an_order()
    };
    let merchant = our_merchant(SignType::Md5);
    let nonce = NonceStr::parse("abcdefghijklmnop").unwrap();
    let mut sent = xml::parse(request(&order, &merchant, &nonce).as_bytes()).unwrap();
    // The vector has no sign_type.
    sent.remove("sign_type");
    let sign = sign::sign(&sent, &merchant.key, SignType::Md5);
    assert_eq!(sign, "0D1805B443C488F29A2F3B7F50670B6E");
}

#[test]
fn orderquery_and_closeorder_send_the_number() {
    let merchant = our_merchant(SignType::Md5);
    let nonce = NonceStr::parse("abc").unwrap();
    let expected = "<xml><appid>wx8888888888888888</appid><mch_id>1900000109</mch_id>\
                    <nonce_str>abc</nonce_str><out_trade_no>VM1-7</out_trade_no>\
                    <sign>59F75F56C2038E2E9925ECD1475AE8F1</sign><sign_type>MD5</sign_type></xml>";
    assert_eq!(request(&query(), &merchant, &nonce), expected);
    assert_eq!(request(&close(), &merchant, &nonce), expected);
}

#[test]
fn paths_are_those_of_the_specification() {
    assert_eq!(UnifiedOrder::PATH, "/pay/unifiedorder");
    assert_eq!(OrderQuery::PATH, "/pay/orderquery");
    assert_eq!(CloseOrder::PATH, "/pay/closeorder");
}

#[test]
fn every_layer_of_an_answer_can_say_no() {
    for (lines, expected) in [
        ("", "answer does not fit the call: message has no prepay_id"),
        ("prepay_id=wx1\ncode_url=", "answer does not fit the call: message has no code_url"),
        (
            "prepay_id=wx1\ncode_url=weixin://a b",
            "answer does not fit the call: message has an ill-formed code_url: 1 to 512",
        ),
        ("prepay_id=wx1\ncode_url=weixin://a", "Opened { prepay_id: PrepayId(\"wx1\"), code_url"),
        // A refusal that goes on like a success is a refusal.
        (
            "return_code=FAIL\nreturn_msg=签名错误\nprepay_id=wx1\ncode_url=weixin://a",
            "WeChat refused the request: 签名错误",
        ),
        ("return_code=", "answer does not fit the call: message has no return_code"),
        ("return_code=success", "message's return_code is not SUCCESS"),
        ("result_code=", "message has no result_code"),
        ("result_code=PERHAPS", "message's result_code is not SUCCESS"),
        (
            "result_code=FAIL\nerr_code=SYSTEMERROR\nerr_code_des=系统超时",
            "WeChat answered SYSTEMERROR: 系统超时",
        ),
        ("result_code=FAIL", "WeChat answered : "),
        ("appid=wx0000000000000000", "message is about another appid"),
        ("mch_id=1", "message is about another mch_id"),
        ("out_trade_no=VM1-8", "message is about another out_trade_no"),
        ("result_code=FAIL\nout_trade_no=VM1-8", "message is about another out_trade_no"),
        ("sign_type=MD5", "answer is not believed: sign_type is not HMAC-SHA256"),
        ("key=k", "answer is not believed: message contains an element named key"),
    ] {
        let told = told(&an_order(), COMMON, lines);
        assert!(told.contains(expected), "{lines}\n{told}\n{expected}");
    }
}

#[test]
fn bodies_that_are_no_answer() {
    let merchant = our_merchant(SignType::Md5);
    for (body, expected) in [
        ("", "answer is not a message: body ends before </xml>"),
        ("<html><body>502</body></html>", "answer is not a message: root element is <html>"),
        ("<!DOCTYPE html><html></html>", "answer is not a message: body has a document type"),
        ("404 page not found", "answer is not a message: body has something between"),
        ("<xml></xml>", "message has no return_code"),
        // Without a signature it is told to people and proves nothing.
        (
            "<xml><return_code>FAIL</return_code><return_msg>频率限制</return_msg></xml>",
            "WeChat refused the request: 频率限制",
        ),
        (
            "<xml><return_code>SUCCESS</return_code><result_code>SUCCESS</result_code></xml>",
            "answer is not believed: message is not signed",
        ),
        (
            "<xml><return_code>SUCCESS</return_code><result_code>FAIL</result_code>\
             <err_code>ORDERNOTEXIST</err_code></xml>",
            "answer is not believed: message is not signed",
        ),
    ] {
        let error = read_answer(&an_order(), &merchant, body.as_bytes()).unwrap_err();
        assert!(chain(&error).contains(expected), "{error:?}");
    }
}

#[test]
fn a_long_reason_is_cut() {
    let lines = format!("return_code=FAIL\nreturn_msg={}", "很".repeat(4000));
    assert!(told(&query(), COMMON, &lines).chars().count() < 200);
}

pub(crate) const PAID: &str = "
    openid=oUpF8uMEb4qRXf22hE3X68TekukE
    is_subscribe=N
    trade_type=NATIVE
    trade_state=SUCCESS
    trade_state_desc=支付成功
    bank_type=OTHERS
    total_fee=350
    fee_type=CNY
    cash_fee=350
    transaction_id=4200000215201811190261405420
    out_trade_no=VM1-7
    time_end=20240102080130";

#[test]
fn orderquery_gives_a_payment_for_success_and_only_then() {
    let merchant = our_merchant(SignType::HmacSha256);
    for (state, paid) in [
        ("SUCCESS", true),
        ("REFUND", false),
        ("NOTPAY", false),
        ("CLOSED", false),
        ("REVOKED", false),
        ("USERPAYING", false),
        ("PAYERROR", false),
        ("ACCEPT", false),
        ("success", false),
        ("SOMETHING_NEW", false),
    ] {
        let body = signed(fields(&format!("{COMMON}\n{PAID}\ntrade_state={state}")), &merchant);
        let answer = read_answer(&query(), &merchant, body.as_bytes()).unwrap();
        assert_eq!(answer.trade_state.as_str(), state);
        assert_eq!(answer.payment().is_some(), paid, "{state}");
        assert_eq!(answer.payment().map(|payment| payment.into_inner()), answer.payment);
        let known = !matches!(answer.trade_state, TradeState::Unknown(_));
        assert_eq!(known, !matches!(state, "success" | "SOMETHING_NEW"), "{state}");
    }
}

#[test]
fn orderquery_of_an_unpaid_order_says_little() {
    let told = told(&query(), COMMON, "trade_state=NOTPAY\nout_trade_no=VM1-7");
    assert!(told.ends_with("trade_state: NotPay, payment: None }"), "{told}");
}

#[test]
fn orderquery_of_an_unpaid_order_names_it() {
    let told = told(&query(), COMMON, "trade_state=NOTPAY");
    assert!(told.ends_with("message has no out_trade_no"), "{told}");
}

#[test]
fn orderquery_believes_no_half_payment() {
    for (lines, expected) in [
        ("trade_state=", "message has no trade_state"),
        ("out_trade_no=", "message has no out_trade_no"),
        ("out_trade_no=VM1-8", "message is about another out_trade_no"),
        ("transaction_id=", "message has no transaction_id"),
        ("total_fee=", "message has no total_fee"),
        ("total_fee=3.50", "message has an ill-formed total_fee: fen in decimal digits"),
        ("total_fee=-350", "message has an ill-formed total_fee"),
        ("time_end=20240132080130", "message has an ill-formed time_end: a time as yyyy"),
        ("bank_type=", "message has no bank_type"),
        ("trade_type=", "message has no trade_type"),
    ] {
        let told = told(&query(), &format!("{COMMON}\n{PAID}"), lines);
        assert!(told.contains(expected), "{lines}\n{told}\n{expected}");
    }
}

/// Nobody who has paid shall lose their money to a field that decides nothing.
#[test]
fn orderquery_forgives_what_does_not_decide() {
    for lines in ["openid=", "openid=a b", "cash_fee=", "cash_fee=x", "fee_type=", "new_field=1"] {
        let told = told(&query(), &format!("{COMMON}\n{PAID}"), lines);
        assert!(told.contains("payment: Some(Payment {"), "{lines}\n{told}");
    }
}

#[test]
fn closeorder_closes_unless_the_answer_is_another_one() {
    for (lines, expected) in [
        ("", "Closed"),
        ("result_msg=OK", "Closed"),
        ("result_code=FAIL\nerr_code=ORDERPAID", "WeChat answered ORDERPAID: "),
        ("prepay_id=wx1", "message has a prepay_id, so it is of another kind"),
        ("trade_state=NOTPAY", "message has a trade_state, so it is of another kind"),
        ("transaction_id=4", "message has a transaction_id, so it is of another kind"),
        ("out_trade_no=VM1-8", "message is about another out_trade_no"),
    ] {
        let told = told(&close(), COMMON, lines);
        assert!(told.ends_with(expected), "{lines}\n{told}\n{expected}");
    }
}
