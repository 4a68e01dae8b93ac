//! Mode 1: the printed link, the callback that a scan makes, and what we answer.

use protocol::mode1::{callback, link};
use protocol::sign::{self, ApiKey, SignType};
use protocol::{Merchant, NonceStr, PrepayId, ProductId, xml};

use crate::support::{MODES, chain, fields, our_merchant, signed};

const NONCE: &str = "5K8264ILTKCH16CQ2502SI8ZNMTM67VS";

const CALLBACK: &str = "
    appid=wx8888888888888888
    is_subscribe=Y
    mch_id=1900000109
    nonce_str=5K8264ILTKCH16CQ2502SI8ZNMTM67VS
    openid=o8GeHuLAsgefS_80exEr1cTqekUs
    product_id=88888";

fn nonce() -> NonceStr {
    NonceStr::parse(NONCE).unwrap()
}

fn told(body: &str, merchant: &Merchant) -> String {
    match callback::read(body.as_bytes(), merchant) {
        Ok(scan) => format!("{:?}", scan.into_inner()),
        Err(error) => chain(&error),
    }
}

/// T14.
#[test]
fn a_link_is_signed_as_in_vector_t14_whatever_the_merchants_mode() {
    let product_id = ProductId::parse("88888").unwrap();
    for mode in MODES {
        assert_eq!(
            link(&our_merchant(mode), &product_id, 1_415_949_957, &nonce()),
            "weixin://wxpay/bizpayurl?sign=D0C920D2F600641625EF0D5E00C73F18\
             &appid=wx8888888888888888&mch_id=1900000109\
             &nonce_str=5K8264ILTKCH16CQ2502SI8ZNMTM67VS&product_id=88888&time_stamp=1415949957"
        );
    }
}

#[test]
fn a_product_is_signed_raw_and_encoded_in_the_link() {
    let merchant = our_merchant(SignType::Md5);
    let product_id = ProductId::parse("A/1:#2?%20+").unwrap();
    let link = link(&merchant, &product_id, 1_415_949_957, &nonce());
    assert!(link.contains("&product_id=A%2F1%3A%232%3F%2520%2B&"), "{link}");
    let signed = fields(
        "appid=wx8888888888888888
         mch_id=1900000109
         nonce_str=5K8264ILTKCH16CQ2502SI8ZNMTM67VS
         product_id=A/1:#2?%20+
         time_stamp=1415949957",
    );
    let sign = sign::sign(&signed, &merchant.key, SignType::Md5);
    assert!(link.contains(&format!("?sign={sign}&")), "{link}");
    let longest = ProductId::parse(&"%".repeat(32)).unwrap();
    assert!(protocol::mode1::link(&merchant, &longest, u64::MAX, &nonce()).len() <= 512);
}

/// T15, in both modes of signature and of the merchant.
#[test]
fn a_scan_is_read_as_in_vector_t15() {
    let hmac = "DE5EBA829E29ED0E103784AF7F02BF1B33244BA1AC95E6780AA6BD58BBC17812";
    for sign in ["0088F0C628041ABA73DFB8AB682506BD", hmac] {
        for mode in MODES {
            let body = xml::write(&fields(&format!("{CALLBACK}\nsign={sign}")));
            let scan = callback::read(body.as_bytes(), &our_merchant(mode)).unwrap();
            assert_eq!(scan.product_id.as_str(), "88888");
            assert_eq!(scan.openid.as_str(), "o8GeHuLAsgefS_80exEr1cTqekUs");
        }
    }
}

#[test]
fn what_is_not_signed_or_no_scan_of_ours_is_refused() {
    let merchant = our_merchant(SignType::HmacSha256);
    let no_scan = "callback is not a scan of this merchant's QR: ";
    for (lines, expected) in [
        ("appid=wx0000000000000000", "message is about another appid"),
        ("mch_id=1", "message is about another mch_id"),
        ("product_id=", "message has no product_id"),
        ("product_id=a b", "message has an ill-formed product_id: 1 to 32"),
        ("openid=", "message has no openid"),
        ("openid=ö", "message has an ill-formed openid: 1 to 128"),
        ("return_code=SUCCESS", "message has a return_code, so it is of another kind"),
        ("out_trade_no=VM1-7", "message has a out_trade_no, so it is of another kind"),
        ("is_subscribe=Y&out_trade_no=1", "message hides its out_trade_no in the value"),
    ] {
        let told = told(&signed(fields(&format!("{CALLBACK}\n{lines}")), &merchant), &merchant);
        assert!(told.starts_with(&format!("{no_scan}{expected}")), "{lines}\n{told}");
    }
    let not_believed = "callback is not believed: ";
    for (lines, expected) in [
        ("", "message is not signed"),
        ("sign=0088F0C628041ABA73DFB8AB682506BE", "sign does not fit the message"),
        ("sign=0088f0c628041aba73dfb8ab682506bd", "sign does not fit the message"),
        ("sign=0088", "sign has 4 characters, neither 32 nor 64"),
        ("sign=0088F0C628041ABA73DFB8AB682506BD\nproduct_id=88889", "sign does not fit"),
        ("sign=0088F0C628041ABA73DFB8AB682506BD\nkey=k", "message contains an element named key"),
        ("sign=0088F0C628041ABA73DFB8AB682506BD\nsign_type=HMAC-SHA256", "sign_type is not MD5"),
    ] {
        let told = told(&xml::write(&fields(&format!("{CALLBACK}\n{lines}"))), &merchant);
        assert!(told.starts_with(&format!("{not_believed}{expected}")), "{lines}\n{told}");
    }
    assert!(told("<html></html>", &merchant).starts_with("callback is not a message: root"));
}

#[test]
fn while_the_key_is_changed_a_scan_may_be_signed_with_either() {
    let before = our_merchant(SignType::Md5);
    let new_key = || ApiKey::parse("k0000000000000000000000000000003").unwrap();
    let during =
        Merchant { key: new_key(), previous_key: Some(before.key.clone()), ..before.clone() };
    let after = Merchant { previous_key: None, ..during.clone() };
    let body = signed(fields(CALLBACK), &before);
    assert!(callback::read(body.as_bytes(), &during).is_ok());
    assert!(callback::read(body.as_bytes(), &after).is_err());
}

/// A sticker can be read by everybody: its sign is good for nothing else.
#[test]
fn the_sign_of_a_sticker_makes_no_callback() {
    let merchant = our_merchant(SignType::Md5);
    let sticker = "
        appid=wx8888888888888888
        mch_id=1900000109
        nonce_str=5K8264ILTKCH16CQ2502SI8ZNMTM67VS
        product_id=88888
        time_stamp=1415949957
        sign=D0C920D2F600641625EF0D5E00C73F18";
    let told = told(&xml::write(&fields(sticker)), &merchant);
    assert!(told.ends_with("message has no openid"), "{told}");
}

/// T16.
#[test]
fn an_order_is_answered_as_in_vector_t16() {
    let prepay_id = PrepayId::parse("wx201411101639507cbf6ffd8b0779950874").unwrap();
    let reply = callback::Reply::Order { prepay_id };
    for mode in MODES {
        assert_eq!(
            reply.to_xml(&our_merchant(mode), &nonce()),
            "<xml><appid>wx8888888888888888</appid><mch_id>1900000109</mch_id>\
             <nonce_str>5K8264ILTKCH16CQ2502SI8ZNMTM67VS</nonce_str>\
             <prepay_id>wx201411101639507cbf6ffd8b0779950874</prepay_id>\
             <result_code>SUCCESS</result_code><return_code>SUCCESS</return_code>\
             <sign>8673C328AB85E9B5DF25E72B15A4CC15</sign></xml>"
        );
    }
}

#[test]
fn a_customer_who_cannot_buy_is_told_why() {
    let merchant = our_merchant(SignType::HmacSha256);
    for (text, err_code_des) in [
        ("已售完", Some("已售完")),
        ("sold out & gone\n🥤", Some("sold out  gone")),
        ("\u{1}", None),
    ] {
        let reply = callback::Reply::Sorry(text.to_owned()).to_xml(&merchant, &nonce());
        let said =
            sign::verify(xml::parse(reply.as_bytes()).unwrap(), &merchant.key, SignType::Md5);
        let said = said.unwrap();
        assert_eq!(
            (said.get("return_code"), said.get("result_code")),
            (Some("SUCCESS"), Some("FAIL"))
        );
        assert_eq!((said.get("err_code_des"), said.get("prepay_id")), (err_code_des, None));
    }
    let long = callback::Reply::Sorry("很".repeat(200)).to_xml(&merchant, &nonce());
    assert!(long.contains(&"很".repeat(42)) && !long.contains(&"很".repeat(43)));
}
