//! Bills: every form that was seen, whole, broken, packed, and cut off at every byte.

use std::io::{ErrorKind, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use protocol::bill::{self, BillCode, BillError, BillRow, BillTradeState, Summary};
use protocol::downloadbill::{BillDate, BillType, DownloadBill};
use protocol::sign::{self, SignType};
use protocol::{BeijingTime, DeviceInfo, Fen, NonceStr, Verdict, request, xml};

use crate::support::{MODES, chain, fields, our_merchant};

const FIRST_12: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,\
                        用户标识,交易类型,交易状态,付款银行,货币种类";
const ALL: &str = "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,\
                   退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const SUMMARY: &str = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,\
                       订单总金额,申请退款总金额";

/// A trade and its refund, as an account of today gets them.
fn a_bill() -> String {
    let trade = "`2019-07-25 08:35:41,`wx8888888888888888,`1900000109,`0,`VM0001,\
                 `4200000376201907251234567890,`VM0001-20190725-000001,`oUpF8uMEb4qRXf22hE3X68TekukE,\
                 `NATIVE,`SUCCESS,`PSBC_DEBIT,`CNY,`5.90,`0.00,`0,`0,`0.00,`0.00,`,`,`可乐,`A01,\
                 `0.04000,`0.60%,`6.00,`0.00,`";
    let refund = "`2019-07-25 08:36:02,`wx8888888888888888,`1900000109,`0,`VM0001,\
                  `4200000376201907251234567890,`VM0001-20190725-000001,`oUpF8uMEb4qRXf22hE3X68TekukE,\
                  `NATIVE,`REFUND,`PSBC_DEBIT,`CNY,`0.00,`0.00,`50000001112019072512345678901,\
                  `VM0001-20190725-000001-R,`5.90,`0.00,`ORIGINAL,`SUCCESS,`可乐,`A01,`-0.04000,\
                  `0.60%,`0.00,`6.00,`";
    let summary = "`2,`5.90,`5.90,`0.00,`0.00000,`6.00,`6.00";
    format!("{FIRST_12},{ALL}\n{trade}\n{refund}\n{SUMMARY}\n{summary}\n")
}

/// A row of payments alone whose name and attach are given.
fn a_success_bill(body: &str, attach: &str) -> String {
    let columns = "应结订单金额,代金券金额,商品名称,商户数据包,手续费,费率,订单金额,费率备注";
    format!(
        "{FIRST_12},{columns}\n\
         `2019-07-25 08:35:41,`wx8888888888888888,`1900000109,`0,`,`42,`VM1-7,`o1,`NATIVE,\
         `SUCCESS,`OTHERS,`CNY,`6.00,`0.00,`{body},`{attach},`0.04000,`0.60%,`6.00,`\n\
         {SUMMARY}\n`1,`6.00,`0.00,`0.00,`0.04000,`6.00,`0.00"
    )
}

/// All rows, the summary, or the first fault.
fn read(answer: &[u8]) -> Result<(Vec<BillRow>, Summary), BillError> {
    let mut bill = bill::read(answer)?;
    let rows = bill.by_ref().collect::<Result<_, _>>()?;
    Ok((rows, bill.summary().expect("a whole bill has a summary").clone()))
}

fn faults(answer: &[u8]) -> Vec<String> {
    match bill::read(answer) {
        Ok(bill) => bill.filter_map(Result::err).map(|error| chain(&error)).collect(),
        Err(error) => vec![chain(&error)],
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(text).unwrap();
    packed.finish().unwrap()
}

#[test]
fn a_trade_and_its_refund_are_read_by_the_names_of_the_columns() {
    let (rows, summary) = read(a_bill().as_bytes()).unwrap();
    let [trade, refund] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!(trade.time, BeijingTime::parse("20190725083541").ok());
    assert_eq!(trade.time_text, "2019-07-25 08:35:41");
    assert_eq!(trade.transaction_id.as_str(), "4200000376201907251234567890");
    assert_eq!(trade.out_trade_no, "VM0001-20190725-000001");
    assert_eq!(trade.device_info, "VM0001");
    assert_eq!((&*trade.trade_type, &trade.trade_state), ("NATIVE", &BillTradeState::Success));
    assert_eq!(trade.total_fee, Fen::new(600), "what was ordered, not what is settled");
    assert_eq!(trade.refund, None);
    assert_eq!((&*trade.fee, &*trade.body, &*trade.attach), ("0.04000", "可乐", "A01"));

    assert_eq!(refund.trade_state, BillTradeState::Refund);
    assert_eq!(refund.fee, "-0.04000");
    let refund = refund.refund.as_ref().unwrap();
    assert_eq!(refund.refund_id, "50000001112019072512345678901");
    assert_eq!(refund.out_refund_no, "VM0001-20190725-000001-R");
    assert_eq!(refund.refund_fee, Fen::new(600), "what was asked back");
    assert_eq!(refund.refund_status, "SUCCESS");

    let expected = Summary {
        rows: 2,
        total_fee: Some(Fen::new(600)),
        refund_fee: Some(Fen::new(600)),
        fee: "0.00000".to_owned(),
    };
    assert_eq!(summary, expected);
}

/// What is settled is what there is when the order's own amount has no column.
#[test]
fn an_older_name_stands_in_for_a_newer_one() {
    let bill = a_bill().replacen(",订单金额", ",金额", 1).replacen(",申请退款金额", ",金额", 1);
    let (rows, summary) = read(bill.as_bytes()).unwrap();
    assert_eq!(rows[0].total_fee, Fen::new(590));
    assert_eq!(rows[1].refund.as_ref().unwrap().refund_fee, Fen::new(590));
    assert_eq!(summary.total_fee, Some(Fen::new(600)));
}

/// The example of the documentation, from before there were coupons worth a column.
#[test]
fn the_old_bill_of_the_documentation_is_read() {
    let bill = "交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,\
                交易状态,付款银行,货币种类,总金额,代金券或立减优惠金额,微信退款单号,商户退款单号,\
                退款金额,代金券或立减优惠退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率\r\n\
                `2014-11-1016：33：45,`wx2421b1c4370ec43b,`10000100,`0,`1000,\
                `1001690740201411100005734289,`1415640626,`085e9858e3ba5186aafcbaed1,`MICROPAY,\
                `SUCCESS,`OTHERS,`CNY,`0.01,`0.0,`0,`0,`0,`0,`,`,`被扫支付测试,`订单额外描述,`0,`0.60%\r\n\
                `2014-11-1016：46：14,`wx2421b1c4370ec43b,`10000100,`0,`1000,\
                `1002780740201411100005729794,`1415635270,`085e9858e90ca40c0b5aee463,`MICROPAY,\
                `REVOKED,`OTHERS,`CNY,`0.01,`0.0,`0,`0,`0,`0,`,`,`被扫支付测试,`订单额外描述,`0,`0.60%\r\n\
                总交易单数,总交易额,总退款金额,总代金券或立减优惠退款金额,手续费总金额\r\n\
                `2,`0.02,`0.0,`0.0,`0\r\n";
    let (rows, summary) = read(bill.as_bytes()).unwrap();
    assert_eq!(rows[0].time, BeijingTime::parse("20141110163345").ok());
    assert_eq!(rows[0].time_text, "2014-11-1016：33：45");
    assert_eq!(rows[0].total_fee, Fen::new(1));
    assert_eq!(
        (rows[1].trade_state.clone(), rows[1].refund.clone()),
        (BillTradeState::Revoked, None)
    );
    assert_eq!(rows[1].attach, "订单额外描述");
    assert_eq!((summary.rows, summary.total_fee), (2, Some(Fen::new(2))));
    assert_eq!((summary.refund_fee, &*summary.fee), (Some(Fen::new(0)), "0"));
}

#[test]
fn a_bill_of_refunds_alone_is_read_in_both_forms() {
    let both = "退款申请时间,退款成功时间,微信退款单号,商户退款单号";
    for (columns, values) in [
        (
            format!(
                "应结订单金额,代金券金额,{both},退款金额,充值券退款金额,退款类型,退款状态,\
                 商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
            ),
            "`5.90,`0.00,`2019-07-26 08:00:00,`2019-07-26 08:00:09,`5000,`R-1,`5.90,`0.00,`ORIGINAL,\
             `PROCESSING,`可乐,`,`-0.04000,`0.60%,`6.00,`6.00,`",
        ),
        (
            format!(
                "总金额,代金券或立减优惠金额,{both},退款金额,代金券或立减优惠退款金额,退款类型,\
                 退款状态,商品名称,商户数据包,返还手续费,费率"
            ),
            "`6.00,`0.00,`2019-07-26 08:00:00,`2019-07-26 08:00:09,`5000,`R-1,`6.00,`0.00,`ORIGINAL,\
             `PROCESSING,`可乐,`,`-0.04000,`0.60%",
        ),
    ] {
        let bill = format!(
            "{FIRST_12},{columns}\n`2019-07-25 08:35:41,`wx8888888888888888,`1900000109,`0,`,`42,\
             `VM1-7,`o1,`NATIVE,`REFUND,`OTHERS,`CNY,{values}\n{SUMMARY}\n\
             `1,`0.00,`5.90,`0.00,`-0.04000,`0.00,`6.00\n"
        );
        let (rows, _) = read(bill.as_bytes()).unwrap();
        assert_eq!((rows[0].total_fee, &*rows[0].fee), (Fen::new(600), "-0.04000"));
        let refund = rows[0].refund.as_ref().unwrap();
        assert_eq!((&*refund.out_refund_no, refund.refund_fee), ("R-1", Fen::new(600)));
        assert_eq!(refund.refund_status, "PROCESSING");
    }
}

#[test]
fn a_bill_of_payments_alone_has_no_refunds() {
    let (rows, summary) = read(a_success_bill("可乐", "").as_bytes()).unwrap();
    assert_eq!((rows.len(), rows[0].refund.clone(), summary.rows), (1, None, 1));
}

/// Every line is kept apart by back-ticks alone, whatever a name is made of.
#[test]
fn a_value_may_contain_what_others_split_on() {
    for (body, attach) in [
        ("可乐, 冰, 330 ml", "a,b"),
        ("\"可乐\"", "{\"slot\":\"A01\",\"n\":1}"),
        ("`可乐`", "a`b``"),
        ("a,\"b\",c", "\""),
        (",", ""),
        ("", ",,"),
        ("总交易单数", "总交易单数,1"),
        (" 可乐 ", "\u{feff}<x>"),
    ] {
        let (rows, _) = read(a_success_bill(body, attach).as_bytes()).unwrap();
        assert_eq!((&*rows[0].body, &*rows[0].attach), (body, attach));
        assert_eq!(rows[0].total_fee, Fen::new(600));
    }
}

/// Comma and back-tick together are what stands between two values; nobody can tell the difference.
#[test]
fn a_value_that_cannot_be_told_from_two_is_a_bad_row_and_no_wrong_one() {
    let bill = a_success_bill("a,`b", "c");
    assert_eq!(faults(bill.as_bytes()), ["line 2 of the bill: 21 values for 20 columns"]);
}

#[test]
fn line_ends_byte_order_mark_and_packing_change_nothing() {
    let plain = a_bill();
    let expected = read(plain.as_bytes()).unwrap();
    let crlf = plain.replace('\n', "\r\n");
    let marked = format!("\u{feff}{crlf}");
    let blank_lines = plain.replace(&format!("{SUMMARY}\n"), &format!("\n{SUMMARY}\n\n\r\n"));
    for text in [&*plain, plain.trim_end(), &crlf, crlf.trim_end(), &marked, &blank_lines] {
        assert_eq!(read(text.as_bytes()).unwrap(), expected);
        assert_eq!(read(&gzip(text.as_bytes())).unwrap(), expected);
    }
    // The gzip format allows several streams behind each other.
    let (first, second) = plain.as_bytes().split_at(700);
    assert_eq!(read(&[gzip(first), gzip(second)].concat()).unwrap(), expected);
}

/// An answer that comes in byte by byte.
struct Drops<'a>(&'a [u8]);

impl Read for Drops<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
        buffer[0] = *first;
        self.0 = rest;
        Ok(1)
    }
}

#[test]
fn a_bill_may_come_in_byte_by_byte() {
    let text = format!("\u{feff}{}", a_bill());
    let expected: Vec<_> = read(text.as_bytes()).unwrap().0;
    for answer in [text.into_bytes(), gzip(a_bill().as_bytes())] {
        let rows: Vec<_> = bill::read(Drops(&answer)).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows, expected);
    }
}

#[test]
fn a_bill_that_was_cut_off_anywhere_is_never_taken_for_a_whole_one() {
    let text = a_bill();
    let whole = text.trim_end();
    // The last value alone may lose digits unseen: no other line tells where it ends.
    let last_value = whole.rfind('`').unwrap() + 1;
    for end in 0..=last_value {
        let faults = faults(&whole.as_bytes()[..end]);
        assert!(!faults.is_empty(), "{end} of {} bytes", whole.len());
        let mut bill = match bill::read(&whole.as_bytes()[..end]) {
            Ok(bill) => bill,
            Err(_) => continue,
        };
        bill.by_ref().for_each(drop);
        assert_eq!(bill.summary(), None);
    }
    let packed = gzip(text.as_bytes());
    assert!(matches!(
        bill::read(&packed[..packed.len() - 1]).unwrap().last(),
        Some(Err(BillError::Reading { kind: ErrorKind::UnexpectedEof, .. }))
    ));
    for end in 0..packed.len() {
        let Ok(mut bill) = bill::read(&packed[..end]) else { continue };
        assert!(bill.by_ref().any(|row| row.is_err()), "{end} of {} bytes", packed.len());
        bill.by_ref().for_each(drop);
        // Not even when only the check sum is missing, and every row is there.
        assert_eq!(bill.summary(), None, "{end} of {} bytes", packed.len());
    }
}

#[test]
fn a_summary_is_shown_at_the_end_and_not_before() {
    let text = a_bill();
    let mut bill = bill::read(text.as_bytes()).unwrap();
    assert_eq!(bill.summary(), None);
    assert!(bill.next().is_some() && bill.next().is_some());
    assert_eq!(bill.summary(), None);
    assert!(bill.next().is_none() && bill.next().is_none());
    assert_eq!(bill.summary().unwrap().rows, 2);
}

#[test]
fn a_summary_may_count_the_refunds_or_not() {
    for told in [1, 2] {
        let bill = a_bill().replacen("\n`2,`5.90", &format!("\n`{told},`5.90"), 1);
        assert_eq!(read(bill.as_bytes()).unwrap().1.rows, told);
    }
}

#[test]
fn every_fault_of_a_line_is_told_with_its_number() {
    let sums = "\n`2,`5.90";
    for (from, to, expected) in [
        ("`6.00,`0.00,`\n", "`6.00,`0.00\n", "line 2 of the bill: 26 values for 27 columns"),
        ("`6.00,`0.00,`\n", "`6,00,`0.00,`\n", "line 2 of the bill: 订单金额 is no amount in yuan"),
        ("`6.00,`0.00,`\n", "`-6.00,`0.00,`\n", "line 2 of the bill: 订单金额 is no amount"),
        ("`0.00,`6.00,`\n", "`0.00,`,`\n", "line 3 of the bill: 退款金额 is no amount in yuan"),
        (",`50000001112019072512345678901", ",`0", "line 3 of the bill: a refund without 微信"),
        (",`4200000376201907251234567890", ",`", "line 2 of the bill: 微信订单号: transaction_id"),
        ("`PSBC_DEBIT", "\n", "line 2 of the bill: 10 values for 27 columns"),
        (sums, "\n`many,`5.90", "line 5 of the bill: 总交易单数 is not a number"),
        (sums, "\n`-2,`5.90", "line 5 of the bill: 总交易单数 is not a number"),
        (sums, "\n`2", "line 5 of the bill: summary has 6 values for 7 columns"),
        (",`6.00,`6.00\n", ",`6.00,`x\n", "line 5 of the bill: summary has a total that"),
        (sums, "\n`3,`5.90", "bill has 2 rows and says that it has 3"),
        (sums, "\n`0,`5.90", "bill has 2 rows and says that it has 0"),
        (",`6.00,`6.00\n", ",`6.00,`6.00\n`1\n", "line 6 of the bill: something stands after"),
        ("交易时间", "时间", "answer is not a bill: its first line has no column 交易时间"),
        ("商户退款单号", "x", "answer is not a bill: its first line has no column 商户退款单号"),
        ("可乐", "可\u{1f}乐", "bill cannot be read: line 2 contains U+001F, which no bill has"),
    ] {
        let bill = a_bill();
        assert!(bill.contains(from), "{from}");
        let faults = faults(bill.replacen(from, to, 1).as_bytes());
        assert!(faults[0].starts_with(expected), "{to:?}\n{faults:?}\n{expected}");
    }
}

#[test]
fn a_bad_row_does_not_hide_the_next_one() {
    for (from, to) in [("`6.00,`0.00,`\n", "`?,`0.00,`\n"), ("可乐", "\u{0}可乐")] {
        let text = a_bill().replacen(from, to, 1);
        let rows: Vec<_> = bill::read(text.as_bytes()).unwrap().collect();
        assert_eq!(rows.len(), 2);
        assert!(rows[1].as_ref().unwrap().refund.is_some());
    }
    let mut bytes = a_bill().into_bytes();
    let body = a_bill().find("可乐").unwrap();
    bytes[body] = 0xff;
    let rows: Vec<_> = bill::read(&*bytes).unwrap().collect();
    let error = rows[0].as_ref().unwrap_err().to_string();
    assert_eq!(error, "line 2 of the bill: value 21 is not UTF-8");
    assert!(rows[1].is_ok() && rows.len() == 2);
}

#[test]
fn a_line_without_end_is_not_kept_in_memory() {
    let endless = std::io::repeat(b'x');
    let text = a_bill();
    let answer = text.as_bytes()[..700].chain(endless);
    let faults: Vec<_> = bill::read(answer).unwrap().filter_map(Result::err).collect();
    assert!(matches!(&faults[0], BillError::Reading { what, .. } if what.contains("65536 bytes")));
    assert_eq!(faults.len(), 1);
    assert!(bill::read(std::io::repeat(b'x')).is_err());
}

fn refusal(return_msg: &str, error_code: &str) -> String {
    format!(
        "<xml><return_code><![CDATA[FAIL]]></return_code>\n<return_msg><![CDATA[{return_msg}]]>\
         </return_msg>\n<error_code><![CDATA[{error_code}]]></error_code></xml>"
    )
}

#[test]
fn instead_of_a_bill_there_may_be_a_reason() {
    for return_msg in ["No Bill Exist", "NO Bill Exist"] {
        let error = bill::read(refusal(return_msg, "20002").as_bytes()).unwrap_err();
        assert_eq!(error, BillError::NoBillExist);
    }
    let error = bill::read(&*gzip(refusal("Bill Creating", "").as_bytes())).unwrap_err();
    assert_eq!(error, BillError::NotReady);
    for (return_msg, expected, verdict) in [
        ("SYSTEMERROR", BillCode::SystemError, Verdict::RepeatSame),
        ("CompressGZip Error", BillCode::CompressGzip, Verdict::RepeatSame),
        ("UnCompressGZip Error", BillCode::UncompressGzip, Verdict::RepeatSame),
        ("invalid bill_type", BillCode::InvalidBillType, Verdict::Alarm),
        ("data format error", BillCode::DataFormat, Verdict::Alarm),
        ("missing parameter", BillCode::MissingParameter, Verdict::Alarm),
        ("SIGN ERROR", BillCode::SignError, Verdict::Alarm),
        ("签名错误", BillCode::Other, Verdict::Unknown),
        ("", BillCode::Other, Verdict::Unknown),
    ] {
        let error = bill::read(refusal(return_msg, "20001").as_bytes()).unwrap_err();
        let BillError::Refused { code, return_msg: told, error_code } = error else {
            panic!("{error}")
        };
        assert_eq!((code, code.verdict(), &*told), (expected, verdict, return_msg));
        assert_eq!(error_code, "20001");
    }
}

#[test]
fn what_is_no_bill_says_so() {
    for (answer, expected) in [
        ("", "answer is not a bill: its first line has no column 交易时间"),
        ("\u{feff}", "answer is not a bill: its first line has no column 交易时间"),
        ("404 page not found", "answer is not a bill: its first line has no column 交易时间"),
        ("{\"code\":1}", "answer is not a bill: its first line has no column 交易时间"),
        ("<html><body>502</body></html>", "answer is not a bill: root element is <html>"),
        ("<!DOCTYPE html><html></html>", "answer is not a bill: body has a document type"),
        ("\u{1f}\u{fffd}", "bill cannot be read: line 1 contains U+001F"),
    ] {
        let faults = faults(answer.as_bytes());
        assert!(faults[0].starts_with(expected), "{answer:?}: {faults:?}");
    }
    assert!(faults(b"\x1f\x8b\x08nonsense")[0].starts_with("bill cannot be read: "));
    assert!(faults(b"\xff\xfe")[0].contains("is not UTF-8"));
}

/// The whole of what is asked, signed in both modes.
#[test]
fn downloadbill_sends_every_field_signed() {
    for mode in MODES {
        let merchant = our_merchant(mode);
        let nonce = NonceStr::parse("abcdefghijklmnop").unwrap();
        let call = DownloadBill {
            bill_date: BillDate::parse("2024-01-02").unwrap(),
            bill_type: BillType::All,
            gzip: true,
            device_info: Some(DeviceInfo::parse("VM1").unwrap()),
        };
        let sent = xml::parse(request(&call, &merchant, &nonce).as_bytes()).unwrap();
        let mut sent = sign::verify(sent, &merchant.key, mode).unwrap().into_inner();
        assert_eq!(sent.remove("sign_type").as_deref(), Some(mode.as_str()));
        sent.remove("sign");
        let expected = fields(
            "appid=wx8888888888888888
             bill_date=20240102
             bill_type=ALL
             device_info=VM1
             mch_id=1900000109
             nonce_str=abcdefghijklmnop
             tar_type=GZIP",
        );
        assert_eq!(sent, expected);
    }
}

#[test]
fn a_plain_bill_of_all_machines_asks_for_neither_packing_nor_a_machine() {
    let call = DownloadBill {
        bill_date: BillDate::parse("20240102").unwrap(),
        bill_type: BillType::RechargeRefund,
        gzip: false,
        device_info: None,
    };
    let nonce = NonceStr::parse("abc").unwrap();
    let sent = request(&call, &our_merchant(SignType::Md5), &nonce);
    assert!(sent.contains("<bill_type>RECHARGE_REFUND</bill_type>"), "{sent}");
    assert!(!sent.contains("tar_type") && !sent.contains("device_info"), "{sent}");
}
