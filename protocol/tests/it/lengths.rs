//! Whatever we say, every field of every call is one of the documentation, and not too long.

use std::net::{IpAddr, Ipv6Addr};

use proptest::prelude::*;
use protocol::closeorder::CloseOrder;
use protocol::downloadbill::{BillDate, BillType, DownloadBill};
use protocol::getsignkey::GetSignKey;
use protocol::micropay::MicroPay;
use protocol::orderquery::OrderQuery;
use protocol::refund::Refund;
use protocol::refundquery::RefundQuery;
use protocol::report::{Outcome, Report};
use protocol::reverse::Reverse;
use protocol::sign::SignType;
use protocol::unifiedorder::UnifiedOrder;
use protocol::{
    Body, CallName, DeviceInfo, ErrCode, Fen, Fields, Merchant, NonceStr, NotifyUrl, OutRefundNo,
    OutTradeNo, RefundDesc, Request, calls,
};

use crate::calls::an_order;
use crate::payment_codes::{a_payment, whose_code};
use crate::refunds::a_refund;
use crate::support::{MODES, our_merchant};
use crate::tools::{a_report, a_shortening};

/// The documentation's lengths in characters. Int has none there: a u32 has 10 digits.
const LENGTHS: [(&str, usize); 34] = [
    ("appid", 32),
    ("attach", 127),
    ("auth_code", 128),
    ("bill_date", 8),
    // `RECHARGE_REFUND` is longer than the String(8) of the same table.
    ("bill_type", 15),
    ("body", 128),
    ("device_info", 32),
    ("err_code", 32),
    ("err_code_des", 128),
    ("execute_time_", 10),
    ("interface_url", 127),
    ("long_url", 512),
    ("mch_id", 32),
    ("nonce_str", 32),
    ("notify_url", 256),
    ("offset", 10),
    ("out_refund_no", 64),
    ("out_trade_no", 32),
    ("product_id", 32),
    ("refund_desc", 80),
    ("refund_fee", 10),
    ("result_code", 16),
    ("return_code", 16),
    ("return_msg", 128),
    ("sign", 64),
    ("sign_type", 32),
    ("spbill_create_ip", 64),
    ("tar_type", 8),
    ("time", 14),
    ("time_expire", 14),
    ("time_start", 14),
    ("total_fee", 10),
    ("trade_type", 16),
    ("user_ip", 16),
];

/// Any call of any name, with values as long as they can be.
#[derive(Debug, Clone)]
struct Words {
    out_trade_no: OutTradeNo,
    out_refund_no: OutRefundNo,
    device_info: DeviceInfo,
    notify_url: NotifyUrl,
    text: String,
    fen: u32,
    ip: u128,
    bill_date: BillDate,
}

fn words() -> impl Strategy<Value = Words> {
    (
        "[0-9A-Za-z_|*@-]{1,32}",
        "[0-9A-Za-z_|*@-]{1,64}",
        "[!-%'-<>-~]{1,32}",
        "[a-z/]{1,235}",
        "\\PC{0,300}",
        any::<u32>(),
        any::<u128>(),
        0_i32..8000,
    )
        .prop_map(|(out_trade_no, out_refund_no, device_info, path, text, fen, ip, day)| {
            Words {
                out_trade_no: OutTradeNo::parse(&out_trade_no).unwrap(),
                out_refund_no: OutRefundNo::parse(&out_refund_no).unwrap(),
                device_info: DeviceInfo::parse(&device_info).unwrap(),
                notify_url: NotifyUrl::parse(&format!("https://example.com/{path}")).unwrap(),
                text,
                fen,
                ip,
                bill_date: BillDate::parse(&format!("{:04}0131", 1970 + day)).unwrap(),
            }
        })
}

fn sent<R: Request>(call: &R, merchant: &Merchant) -> (CallName, Fields) {
    (R::NAME, call.signed_fields(merchant, &NonceStr::random()))
}

/// What each call of the table sends with these words in it.
fn all_calls(words: &Words, merchant: &Merchant) -> Vec<(CallName, Fields)> {
    let words = words.clone();
    let Words { out_trade_no, out_refund_no, device_info, notify_url, .. } = words;
    let (text, total_fee) = (words.text, Fen::new(words.fen));
    let ip = IpAddr::V6(Ipv6Addr::from_bits(words.ip));
    let order = UnifiedOrder {
        body: Body::fit(&text),
        out_trade_no: out_trade_no.clone(),
        total_fee,
        spbill_create_ip: ip,
        notify_url: notify_url.clone(),
        device_info: Some(device_info.clone()),
        ..an_order()
    };
    let payment = MicroPay {
        body: Body::fit(&text),
        out_trade_no: out_trade_no.clone(),
        total_fee,
        spbill_create_ip: ip,
        device_info: Some(device_info.clone()),
        ..a_payment()
    };
    let refund = Refund {
        out_trade_no: out_trade_no.clone(),
        out_refund_no,
        total_fee,
        refund_fee: total_fee,
        refund_desc: RefundDesc::fit(&text),
        notify_url: Some(notify_url),
    };
    let refused = Report {
        out_trade_no: Some(out_trade_no.clone()),
        device_info: Some(device_info.clone()),
        ..a_report(Outcome::Refused(text.clone()))
    };
    let err_code = ErrCode::from(&*text);
    let failed = a_report(Outcome::Failed { err_code, err_code_des: text });
    let bill_date = words.bill_date;
    let bill_type = BillType::RechargeRefund;
    let device_info = Some(device_info);
    let refunds = RefundQuery { out_trade_no: out_trade_no.clone(), offset: Some(words.fen) };
    vec![
        sent(&order, merchant),
        sent(&OrderQuery { out_trade_no: out_trade_no.clone() }, merchant),
        sent(&CloseOrder { out_trade_no: out_trade_no.clone() }, merchant),
        sent(&refund, merchant),
        sent(&refunds, merchant),
        sent(&payment, merchant),
        sent(&Reverse { out_trade_no }, merchant),
        sent(&DownloadBill { bill_date, bill_type, gzip: true, device_info }, merchant),
        sent(&a_shortening(), merchant),
        sent(&whose_code(), merchant),
        sent(&refused, merchant),
        sent(&failed, merchant),
        sent(&GetSignKey, merchant),
    ]
}

fn length_of(name: &str) -> usize {
    let found = LENGTHS.iter().find(|(documented, _)| *documented == name);
    found.unwrap_or_else(|| panic!("{name} is not documented")).1
}

proptest! {
    #[test]
    fn every_field_is_documented_and_not_too_long(words in words(), hmac in any::<bool>()) {
        let merchant = our_merchant(MODES[usize::from(hmac)]);
        for (call, fields) in all_calls(&words, &merchant) {
            for (name, value) in fields.iter() {
                let length = value.chars().count();
                prop_assert!(length <= length_of(name), "{call}: {name} has {length}");
                prop_assert!(length > 0, "{call}: {name} is empty");
            }
            for common in ["mch_id", "nonce_str", "sign"] {
                prop_assert!(fields.get(common).is_some(), "{call} has no {common}");
            }
        }
    }
}

#[test]
fn this_test_knows_every_call() {
    let words = Words {
        out_trade_no: a_refund().out_trade_no,
        out_refund_no: a_refund().out_refund_no,
        device_info: DeviceInfo::parse("VM1").unwrap(),
        notify_url: an_order().notify_url,
        text: "text".to_owned(),
        fen: 350,
        ip: 1,
        bill_date: BillDate::parse("20240102").unwrap(),
    };
    let all = all_calls(&words, &our_merchant(SignType::Md5));
    for call in calls::TABLE {
        assert!(all.iter().any(|(name, _)| *name == call.name), "{} is missing", call.name);
    }
}
