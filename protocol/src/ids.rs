//! Names and numbers of the merchant, of orders and of payments.

use crate::value::{is_plain, made_of, text_value};

text_value! {
    /// The official account or mini-program that sells; `wx` and 16 digits in practice.
    /// APIv2 common parameters, `appid` String(32).
    AppId = "appid", "1 to 32 of 0-9 A-Z a-z _ -",
    |text| made_of(text, 32, |b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

text_value! {
    /// The merchant's number, 10 digits today. APIv2 common parameters, `mch_id` String(32).
    MchId = "mch_id", "1 to 32 digits",
    |text| made_of(text, 32, |b| b.is_ascii_digit())
}

text_value! {
    /// The merchant's own number of an order, unique within the merchant for ever.
    /// APIv2 unifiedorder, `out_trade_no` String(32).
    OutTradeNo = "out_trade_no", "1 to 32 of 0-9 A-Z a-z _ - | * @",
    |text| made_of(text, 32, |b| b.is_ascii_alphanumeric() || b"_-|*@".contains(&b))
}

text_value! {
    /// WeChat's number of a payment. APIv2 orderquery, `transaction_id` String(32).
    TransactionId = "transaction_id", "1 to 32 of 0-9 A-Z a-z _ -",
    |text| made_of(text, 32, |b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

text_value! {
    /// The merchant's own number of a refund, unique within the merchant for ever: the same number
    /// pays back once, however often it is sent. APIv2 refund, `out_refund_no` String(64).
    OutRefundNo = "out_refund_no", "1 to 64 of 0-9 A-Z a-z _ - | * @",
    |text| made_of(text, 64, |b| b.is_ascii_alphanumeric() || b"_-|*@".contains(&b))
}

text_value! {
    /// WeChat's number of a refund. APIv2 refund, `refund_id` String(32).
    RefundId = "refund_id", "1 to 32 of 0-9 A-Z a-z _ -",
    |text| made_of(text, 32, |b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

text_value! {
    /// WeChat's number of an order that waits for its payer, valid for 2 hours.
    /// APIv2 unifiedorder, `prepay_id` String(64).
    PrepayId = "prepay_id", "1 to 64 visible ASCII characters without & and =",
    |text| made_of(text, 64, is_plain)
}

text_value! {
    /// What is sold, in the merchant's words. APIv2 unifiedorder, `product_id` String(32).
    ProductId = "product_id", "1 to 32 visible ASCII characters without & and =",
    |text| made_of(text, 32, is_plain)
}

text_value! {
    /// The machine that sells. APIv2 unifiedorder, `device_info` String(32).
    DeviceInfo = "device_info", "1 to 32 visible ASCII characters without & and =",
    |text| made_of(text, 32, is_plain)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn out_trade_no_takes_its_alphabet_and_no_more() {
        for good in ["1", "VM0001-20240102-000001", "a_b-c|d*e@f", &"9".repeat(32)] {
            assert_eq!(OutTradeNo::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a&b", "a=b", "单", "a\n", &"9".repeat(33)] {
            assert!(OutTradeNo::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn out_refund_no_is_twice_as_long() {
        for good in ["R-VM0001-20240102-000001", "a_b-c|d*e@f", &"9".repeat(64)] {
            assert_eq!(OutRefundNo::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a&b", "a=b", "单", "a\n", &"9".repeat(65)] {
            assert!(OutRefundNo::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn no_value_of_ours_can_move_a_field_border() {
        for text in ["x&y", "x=y", "x&total_fee=1"] {
            assert!(AppId::parse(text).is_err());
            assert!(MchId::parse(text).is_err());
            assert!(TransactionId::parse(text).is_err());
            assert!(RefundId::parse(text).is_err());
            assert!(PrepayId::parse(text).is_err());
            assert!(ProductId::parse(text).is_err());
            assert!(DeviceInfo::parse(text).is_err());
        }
    }

    #[test]
    fn json_is_the_text_and_is_checked_on_the_way_in() {
        let number = OutTradeNo::parse("VM1-7").unwrap();
        assert_eq!(serde_json::to_string(&number).unwrap(), "\"VM1-7\"");
        assert_eq!(serde_json::from_str::<OutTradeNo>("\"VM1-7\"").unwrap(), number);
        let refused = serde_json::from_str::<MchId>("\"19a\"").unwrap_err().to_string();
        assert!(refused.contains("mch_id must be 1 to 32 digits"), "{refused}");
    }
}
