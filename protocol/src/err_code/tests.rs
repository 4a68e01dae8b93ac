//! The tables of the specification, as it prints them: for each call its codes and what they ask.

use CallName::*;
use Verdict::*;

use super::*;
use crate::calls::TABLE;

/// Codes that are listed for nearly every call; they mean the same everywhere.
const ANYWHERE: &str = "APPID_NOT_EXIST MCHID_NOT_EXIST APPID_MCHID_NOT_MATCH NOAUTH SIGNERROR \
    LACK_PARAMS PARAM_ERROR INVALID_REQUEST XML_FORMAT_ERROR POST_DATA_EMPTY REQUIRE_POST_METHOD \
    NOT_UTF8";

fn all_calls() -> [CallName; 12] {
    TABLE.map(|call| call.name)
}

/// Checks a table: each line a verdict and the codes that ask for it.
fn check(call: CallName, table: &[(Verdict, &str)]) {
    for (verdict, codes) in table {
        for code in codes.split_whitespace() {
            let read = ErrCode::from(code);
            assert_ne!(read, ErrCode::Other(code.to_owned()), "{code} is not named");
            assert_eq!(read.verdict(call), *verdict, "{call} answered {code}");
        }
    }
}

#[test]
fn errors_common_to_all_calls() {
    for call in all_calls() {
        check(call, &[(Alarm, ANYWHERE)]);
    }
    for call in all_calls().into_iter().filter(|call| !matches!(call, MicroPay | Reverse)) {
        check(call, &[(RepeatSame, "SYSTEMERROR"), (RepeatLater, "FREQUENCY_LIMITED")]);
    }
}

#[test]
fn errors_of_unifiedorder() {
    check(
        UnifiedOrder,
        &[
            (RepeatSame, "SYSTEMERROR"),
            (Query, "ORDERPAID OUT_TRADE_NO_USED NOTENOUGH"),
            (GiveUp, "ORDERCLOSED"),
            (Alarm, ANYWHERE),
        ],
    );
}

#[test]
fn errors_of_orderquery() {
    check(
        OrderQuery,
        &[
            (RepeatSame, "SYSTEMERROR"),
            (RepeatLater, "FREQUENCY_LIMITED"),
            (GiveUp, "ORDERNOTEXIST"),
        ],
    );
}

#[test]
fn errors_of_closeorder() {
    check(
        CloseOrder,
        &[
            (RepeatSame, "SYSTEMERROR"),
            (Query, "ORDERPAID TRADE_STATE_ERROR"),
            (GiveUp, "ORDERNOTEXIST ORDERCLOSED"),
            (Alarm, "SIGNERROR REQUIRE_POST_METHOD XML_FORMAT_ERROR"),
        ],
    );
}

/// No verdict of a refund allows a new refund number: two numbers pay back twice.
#[test]
fn errors_of_refund() {
    check(
        Refund,
        &[
            (RepeatSame, "SYSTEMERROR BIZERR_NEED_RETRY"),
            (RepeatLater, "INVALID_REQ_TOO_MUCH FREQUENCY_LIMITED"),
            (AlarmAndRepeat, "NOTENOUGH"),
            (Query, "ERROR ORDERNOTEXIST REFUND_FEE_INVALID"),
            (
                Alarm,
                "TRADE_OVERDUE USER_ACCOUNT_ABNORMAL INVALID_TRANSACTIONID PARAM_ERROR \
                 APPID_NOT_EXIST MCHID_NOT_EXIST REQUIRE_POST_METHOD SIGNERROR XML_FORMAT_ERROR",
            ),
        ],
    );
    assert!(ErrCode::known().iter().all(|code| code.verdict(Refund) != GiveUp));
}

#[test]
fn errors_of_refundquery() {
    check(
        RefundQuery,
        &[
            (RepeatSame, "SYSTEMERROR"),
            (GiveUp, "REFUNDNOTEXIST"),
            (
                Alarm,
                "INVALID_TRANSACTIONID PARAM_ERROR APPID_NOT_EXIST MCHID_NOT_EXIST \
                 REQUIRE_POST_METHOD SIGNERROR XML_FORMAT_ERROR",
            ),
        ],
    );
}

/// A payment code is never simply charged again: the first try may have worked.
#[test]
fn errors_of_micropay() {
    check(
        MicroPay,
        &[
            (Query, "SYSTEMERROR BANKERROR USERPAYING FREQUENCY_LIMITED"),
            (Query, "ORDERPAID OUT_TRADE_NO_USED"),
            (
                GiveUp,
                "AUTHCODEEXPIRE NOTENOUGH NOTSUPORTCARD ORDERCLOSED ORDERREVERSED AUTH_CODE_ERROR \
                 AUTH_CODE_INVALID BUYER_MISMATCH TRADE_ERROR",
            ),
            (
                Alarm,
                "PARAM_ERROR NOAUTH APPID_NOT_EXIST MCHID_NOT_EXIST APPID_MCHID_NOT_MATCH \
                 INVALID_REQUEST XML_FORMAT_ERROR REQUIRE_POST_METHOD SIGNERROR LACK_PARAMS \
                 NOT_UTF8",
            ),
        ],
    );
    let again = [RepeatSame, RepeatLater, AlarmAndRepeat];
    assert!(ErrCode::known().iter().all(|code| !again.contains(&code.verdict(MicroPay))));
}

#[test]
fn errors_of_reverse() {
    check(
        Reverse,
        &[
            (Query, "SYSTEMERROR TRADE_ERROR"),
            (GiveUp, "REVERSE_EXPIRE"),
            (
                Alarm,
                "INVALID_TRANSACTIONID PARAM_ERROR REQUIRE_POST_METHOD SIGNERROR INVALID_REQUEST",
            ),
        ],
    );
}

#[test]
fn every_code_is_read_as_it_is_written_and_means_something_somewhere() {
    for code in ErrCode::known() {
        assert_eq!(ErrCode::from(code.as_str()), code);
        assert!(all_calls().iter().any(|call| code.verdict(*call) != Unknown), "{code}");
    }
}

#[test]
fn a_new_code_decides_nothing() {
    for text in ["", "orderpaid", "BRAND_NEW"] {
        for call in all_calls() {
            let code = ErrCode::from(text);
            assert_eq!((code.as_str(), code.verdict(call)), (text, Unknown));
        }
    }
}

/// A code of another call's table is as good as a new one.
#[test]
fn a_code_in_the_wrong_place_decides_nothing() {
    for (call, code) in [
        (UnifiedOrder, "REFUNDNOTEXIST"),
        (UnifiedOrder, "ORDERNOTEXIST"),
        (OrderQuery, "ORDERCLOSED"),
        (Refund, "REFUNDNOTEXIST"),
        (RefundQuery, "ORDERNOTEXIST"),
        (MicroPay, "ORDERNOTEXIST"),
        (OrderQuery, "ERROR"),
    ] {
        assert_eq!(ErrCode::from(code).verdict(call), Unknown, "{call} answered {code}");
    }
}
