//! What must hold for any bytes that a stranger sends, one function for each way in.
//!
//! Each tells whether the bytes were taken for what they claim to be, and panics when a rule is
//! broken. They are shared by the libFuzzer programs and by the replay in `protocol/tests/it`.

use protocol::bill::{self, BillError};
use protocol::mode1::callback;
use protocol::sign::{ApiKey, SignType};
use protocol::{AppId, Fen, MchId, Merchant, notify, refund_notify, xml};

/// The key behind the signatures of the corpus. A fuzzer cannot know it: whatever passes a check
/// of the signature must say what a seed of ours says.
const KEY: &str = "k0000000000000000000000000000002";

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
    assert!(!format!("{told:?}").contains(KEY), "the key shows");
    told.is_ok()
}

fn modes() -> impl Iterator<Item = SignType> {
    [SignType::Md5, SignType::HmacSha256].into_iter()
}

fn merchant(sign_type: SignType) -> Merchant {
    Merchant {
        appid: AppId::parse("wx8888888888888888").expect("an appid"),
        mch_id: MchId::parse("1900000109").expect("a mch_id"),
        key: ApiKey::parse(KEY).expect("a key"),
        previous_key: None,
        sign_type,
    }
}
