//! While a merchant's key is changed, WeChat may still sign with the one before.

use protocol::orderquery::OrderQuery;
use protocol::sign::{ApiKey, VerifyError};
use protocol::{Merchant, NonceStr, OutTradeNo, notify, read_answer, request, xml};

use crate::calls::{COMMON, PAID};
use crate::notifies::NOTIFY;
use crate::support::{MODES, fields, our_merchant, signed};

const NEW_KEY: &str = "k0000000000000000000000000000003";
const FOREIGN_KEY: &str = "k0000000000000000000000000000004";

/// Our merchant before the change, during it, and after it; and somebody else.
fn merchants(before: Merchant) -> [Merchant; 4] {
    let with = |key: &str, previous_key| Merchant {
        key: ApiKey::parse(key).unwrap(),
        previous_key,
        ..before.clone()
    };
    let during = with(NEW_KEY, Some(before.key.clone()));
    let after = with(NEW_KEY, None);
    let foreign = with(FOREIGN_KEY, None);
    [before, during, after, foreign]
}

#[test]
fn both_keys_are_believed_while_the_key_is_changed() {
    let query = OrderQuery { out_trade_no: OutTradeNo::parse("VM1-7").unwrap() };
    for mode in MODES {
        let [before, during, after, foreign] = merchants(our_merchant(mode));
        for (signer, reader, is_believed) in [
            (&before, &during, true),
            (&after, &during, true),
            (&foreign, &during, false),
            (&before, &after, false),
            (&after, &before, false),
        ] {
            let told = signed(fields(NOTIFY), signer);
            assert_eq!(notify::read(told.as_bytes(), reader).is_ok(), is_believed);
            let told = signed(fields(&format!("{COMMON}\n{PAID}")), signer);
            assert_eq!(read_answer(&query, reader, told.as_bytes()).is_ok(), is_believed);
        }
    }
}

#[test]
fn requests_are_signed_with_the_new_key_only() {
    let query = OrderQuery { out_trade_no: OutTradeNo::parse("VM1-7").unwrap() };
    for mode in MODES {
        let [before, during, after, _] = merchants(our_merchant(mode));
        let sent = request(&query, &during, &NonceStr::random());
        let sent = xml::parse(sent.as_bytes()).unwrap();
        assert!(after.verify(sent.clone()).is_ok());
        assert_eq!(before.verify(sent), Err(VerifyError::Wrong));
    }
}

#[test]
fn the_previous_key_shows_nowhere() {
    let [_, during, ..] = merchants(our_merchant(MODES[0]));
    assert!(!format!("{during:#?}").contains("k00000"));
}
