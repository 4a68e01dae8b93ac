//! WeChat's messages: what it sends of its own accord, and what it answers.

use protocol::authcodetoopenid::AuthCodeToOpenId;
use protocol::bill::{self, BillError};
use protocol::closeorder::CloseOrder;
use protocol::getsignkey::GetSignKey;
use protocol::jscode2session::{self, JsCodeError};
use protocol::micropay::MicroPay;
use protocol::mode1::callback;
use protocol::orderquery::OrderQuery;
use protocol::refund::Refund;
use protocol::refundquery::RefundQuery;
use protocol::report::{InterfaceUrl, Outcome, Report};
use protocol::reverse::Reverse;
use protocol::shorturl::{LongUrl, Shorten};
use protocol::sign::{self, ApiKey, SignType};
use protocol::unifiedorder::{Trade, UnifiedOrder};
use protocol::{
    AppId, AuthCode, BeijingTime, Body, Call, Fen, MchId, Merchant, NotifyUrl, OpenId, OutRefundNo,
    OutTradeNo, ProductId, notify, read_answer, read_unsigned_answer, refund_notify, xml,
};

use super::keeps_secret;

/// The key behind the signatures of the corpus. A fuzzer cannot know it: whatever passes a check
/// of the signature must say what a seed of ours says.
pub(super) const KEY: &str = "k0000000000000000000000000000002";

/// A message is read as it is written.
pub(crate) fn xml(data: &[u8]) -> bool {
    let Ok(fields) = xml::parse(data) else { return false };
    let written = xml::write(&fields);
    // What was CDATA is longer when it is escaped.
    if written.len() <= xml::BODY_BYTES_MAX {
        assert_eq!(xml::parse(written.as_bytes()), Ok(fields), "write and parse disagree");
    }
    true
}

/// Nothing is a payment but the one that was signed.
pub(crate) fn notify(data: &[u8]) -> bool {
    let passed = modes().filter_map(|mode| notify::read(data, &merchant(mode)).ok());
    let payments: Vec<_> = passed.collect();
    for payment in &payments {
        assert_eq!(payment.out_trade_no.as_str(), "VM1-7");
        assert_eq!(payment.transaction_id.as_str(), "4200000215201811190261405420");
        assert_eq!(payment.total_fee, Fen::new(350));
        assert_eq!(payment.mch_id.as_str(), "1900000109");
    }
    assert!(payments.len() < 2, "one signature, two modes");
    !payments.is_empty()
}

/// A bill without a fault is whole; one with a fault of the whole has no summary; it ends.
pub(crate) fn bill(data: &[u8]) -> bool {
    let Ok(mut bill) = bill::read(data) else { return false };
    let (mut rows, mut refunds, mut bad_lines, mut is_broken) = (0, 0, 0, false);
    for row in bill.by_ref() {
        match row {
            Ok(row) => {
                rows += 1;
                refunds += u64::from(row.refund.is_some());
            }
            Err(BillError::Line { .. }) => bad_lines += 1,
            Err(_) => is_broken = true,
        }
    }
    assert!(bill.next().is_none(), "an end is an end");
    assert_eq!(bill.summary().is_none(), is_broken, "a summary is that of a whole bill");
    let told = bill.summary().map_or(0, |summary| summary.rows);
    let possible = rows - refunds..=rows + bad_lines;
    assert!(is_broken || possible.contains(&told), "rows are missing");
    !is_broken && bad_lines == 0
}

/// Nothing is a scan but the one that was signed.
pub(crate) fn mode1_callback(data: &[u8]) -> bool {
    let scans: Vec<_> =
        modes().filter_map(|mode| callback::read(data, &merchant(mode)).ok()).collect();
    for scan in &scans {
        assert_eq!(scan.product_id.as_str(), "88888");
        assert_eq!(scan.openid.as_str(), "o8GeHuLAsgefS_80exEr1cTqekUs");
    }
    assert!(scans.len() != 1, "a merchant's mode does not matter here");
    !scans.is_empty()
}

/// It proves nothing, so all there is to break is the program, and the silence about the key.
pub(crate) fn refund_notify(data: &[u8]) -> bool {
    let told = refund_notify::read(data, &merchant(SignType::Md5));
    keeps_secret(&format!("{told:?}"), KEY);
    told.is_ok()
}

/// An answer is read by every call: as it came, when nothing that is not signed may pass, and as
/// if WeChat had signed it, so that what stands behind the signature is read too.
pub(crate) fn answer(data: &[u8]) -> bool {
    let believed = is_read_by_any_call(data);
    assert!(!believed || is_signed(data), "an answer was believed that nobody has signed");
    let Ok(mut fields) = xml::parse(data) else { return false };
    fields.remove("sign");
    let key = ApiKey::parse(KEY).expect("a key");
    fields.set("sign", sign::sign(&fields, &key, SignType::HmacSha256));
    let signed = xml::write(&fields);
    is_read_by_any_call(signed.as_bytes())
}

/// What is not signed is read too, and proves nothing.
pub(crate) fn unsigned_answer(data: &[u8]) -> bool {
    let noted = read_unsigned_answer(&report(), data);
    let key = read_unsigned_answer(&GetSignKey, data);
    assert!(key.is_err() || noted.is_ok(), "a key in an answer that is none");
    noted.is_ok()
}

/// It says nothing but who is logged in.
pub(crate) fn session_answer(data: &[u8]) -> bool {
    let answer = jscode2session::read_answer(data);
    // The key to what the user entrusts to the mini-program; only WeChat's reason may be any text.
    if !matches!(answer, Err(JsCodeError::Other { .. })) {
        keeps_secret(&format!("{answer:?}"), "HyVFkGl5F5OQWJZZaNzBBg==");
    }
    answer.is_ok()
}

fn is_signed(data: &[u8]) -> bool {
    let holds = |mode| xml::parse(data).is_ok_and(|fields| merchant(mode).verify(fields).is_ok());
    modes().any(holds)
}

/// Whether a call whose answers are signed took this for its own.
fn is_read_by_any_call(body: &[u8]) -> bool {
    let out_trade_no = OutTradeNo::parse("VM1-7").expect("a number");
    let auth_code = AuthCode::parse("120061098828009406").expect("a code");
    let (total_fee, refund_fee) = (Fen::new(350), Fen::new(300));
    let mut read = Vec::new();
    for trade in [
        Trade::Native { product_id: ProductId::parse("A01").expect("an id") },
        Trade::Jsapi { openid: OpenId::parse("oUpF8uMEb4qRXf22hE3X68TekukE").expect("an openid") },
    ] {
        read.push(signed(&unified_order(trade), body));
    }
    read.push(signed(&OrderQuery { out_trade_no: out_trade_no.clone() }, body));
    read.push(signed(&CloseOrder { out_trade_no: out_trade_no.clone() }, body));
    let out_refund_no = OutRefundNo::parse("R-VM1-7").expect("a number");
    let (refund_desc, notify_url) = (None, None);
    let refund = Refund {
        out_trade_no: out_trade_no.clone(),
        out_refund_no,
        total_fee,
        refund_fee,
        refund_desc,
        notify_url,
    };
    read.push(signed(&refund, body));
    read.push(signed(&RefundQuery { out_trade_no: out_trade_no.clone(), offset: None }, body));
    read.push(signed(&micro_pay(auth_code.clone()), body));
    read.push(signed(&Reverse { out_trade_no: out_trade_no.clone() }, body));
    read.push(signed(&AuthCodeToOpenId { auth_code }, body));
    let long_url = LongUrl::parse("weixin://wxpay/bizpayurl?pr=1").expect("a link");
    read.push(signed(&Shorten { long_url }, body));
    read.contains(&true)
}

fn signed<C: Call>(call: &C, body: &[u8]) -> bool {
    let answers = modes().map(|mode| read_answer(call, &merchant(mode), body));
    let mut read = false;
    for answer in answers {
        if let Err(error) = &answer {
            keeps_secret(&format!("{error} {error:?}"), KEY);
        }
        read |= answer.is_ok();
    }
    read
}

fn unified_order(trade: Trade) -> UnifiedOrder {
    UnifiedOrder {
        body: Body::fit("自动售货机-可乐"),
        out_trade_no: OutTradeNo::parse("VM1-7").expect("a number"),
        total_fee: Fen::new(350),
        spbill_create_ip: [14, 23, 150, 211].into(),
        time_start: BeijingTime::parse("20240102080000").expect("a time"),
        time_expire: BeijingTime::parse("20240102080530").expect("a time"),
        notify_url: NotifyUrl::parse("https://example.com/n").expect("an address"),
        trade,
        device_info: None,
        attach: None,
    }
}

fn micro_pay(auth_code: AuthCode) -> MicroPay {
    MicroPay {
        body: Body::fit("自动售货机-可乐"),
        out_trade_no: OutTradeNo::parse("VM1-7").expect("a number"),
        total_fee: Fen::new(350),
        spbill_create_ip: [14, 23, 150, 211].into(),
        time_start: BeijingTime::parse("20240102080000").expect("a time"),
        time_expire: BeijingTime::parse("20240102080130").expect("a time"),
        auth_code,
        device_info: None,
        attach: None,
    }
}

fn report() -> Report {
    let url = "https://api.mch.weixin.qq.com/pay/unifiedorder";
    Report {
        interface_url: InterfaceUrl::parse(url).expect("an address"),
        execute_time: std::time::Duration::from_millis(123),
        outcome: Outcome::Success,
        out_trade_no: None,
        user_ip: [14, 23, 150, 211].into(),
        time: None,
        device_info: None,
    }
}

fn modes() -> impl Iterator<Item = SignType> {
    [SignType::Md5, SignType::HmacSha256].into_iter()
}

pub(super) fn merchant(sign_type: SignType) -> Merchant {
    Merchant {
        appid: AppId::parse("wx8888888888888888").expect("an appid"),
        mch_id: MchId::parse("1900000109").expect("a mch_id"),
        key: ApiKey::parse(KEY).expect("a key"),
        previous_key: None,
        sign_type,
    }
}
