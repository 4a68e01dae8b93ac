//! Mode 1 over the real wire: the link, the callback, the reply.

use super::*;

fn merchant() -> Fields {
    let mut fields = Fields::new();
    fields.set("appid", "wx8888888888888888").set("mch_id", "1900000109");
    fields
}

fn md5(mut fields: Fields) -> Fields {
    let mark = sign(&fields, &ApiKey::parse(KEY).unwrap(), SignType::Md5);
    fields.set("sign", mark);
    fields
}

/// The parts of a link; `product_id` is not percent-encoded yet.
fn parts(product_id: &str) -> Fields {
    let mut fields = merchant();
    fields
        .set("product_id", product_id)
        .set("time_stamp", "1414488825")
        .set("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS");
    md5(fields)
}

fn link(parts: &Fields) -> String {
    let pairs: Vec<String> = parts
        .iter()
        .map(|(name, value)| format!("{name}={}", value.replace('#', "%23").replace(' ', "%20")))
        .collect();
    format!("weixin://wxpay/bizpayurl?{}", pairs.join("&"))
}

impl Scene {
    /// The merchant's platform is set up, and the merchant will answer with this.
    fn replies(&self, reply: &Fields) {
        self.gateway.set_mode1_callback(&self.notify_url);
        self.intake.change(|intake| intake.answers = [xml::write(reply)].into());
    }

    /// An order of a product; gives its `prepay_id`.
    fn order_of(&self, out_trade_no: &str, product_id: &str) -> String {
        let mut order = self.order(out_trade_no);
        order.set("product_id", product_id);
        let answer = self.call("unifiedorder", order).unwrap();
        answer.get("prepay_id").unwrap().to_owned()
    }
}

fn order_reply(prepay_id: &str) -> Fields {
    let mut fields = merchant();
    fields
        .set("return_code", "SUCCESS")
        .set("result_code", "SUCCESS")
        .set("nonce_str", "n")
        .set("prepay_id", prepay_id);
    fields
}

#[test]
fn a_scan_asks_the_merchant_and_brings_an_order_that_can_be_paid() {
    let scene = Scene::new();
    let prepay_id = scene.order_of("A1", "slot #1");
    scene.replies(&md5(order_reply(&prepay_id)));
    let scanned = scene.gateway.scan(&link(&parts("slot #1"))).unwrap();
    assert_eq!((scanned.out_trade_no.as_str(), scanned.total_fee), ("A1", 350));

    let asked = xml::parse(scene.told(1)[0].as_bytes()).unwrap();
    let key = ApiKey::parse(KEY).unwrap();
    let asked = protocol::sign::verify(asked, &key, SignType::Md5).unwrap().into_inner();
    assert_eq!(asked.get("product_id"), Some("slot #1"));
    assert!(asked.get("openid").is_some());
    assert_eq!(asked.get("return_code"), None, "a callback has none");

    assert_eq!(scene.gateway.pay_prepaid(&scanned.prepay_id), Ok("A1".to_owned()));
    assert_eq!(scene.gateway.pay_prepaid(&scanned.prepay_id), Err(PayError::AlreadyPaid));
}

#[test]
fn a_link_must_be_whole_signed_and_of_this_merchant() {
    let scene = Scene::new();
    let good = parts("1");
    let sticker = |parts: &Fields| scene.gateway.scan(&link(parts)).unwrap_err();
    assert_eq!(sticker(&good), StickerError::NoCallback);
    assert!(is_sticker(&link(&good)));

    let mut other = good.clone();
    other.set("product_id", "2");
    assert_eq!(sticker(&other), StickerError::LinkSign);
    let mut stranger = good.clone();
    stranger.set("appid", "wx0000000000000000");
    assert!(matches!(sticker(&md5(stranger)), StickerError::NoLink(_)));
    let mut milliseconds = good.clone();
    milliseconds.set("time_stamp", "1414488825000");
    assert!(matches!(sticker(&md5(milliseconds)), StickerError::NoLink(_)));
    let mut more = good.clone();
    more.set("price", "1");
    assert!(matches!(sticker(&md5(more)), StickerError::NoLink(_)));
    for name in ["appid", "mch_id", "nonce_str", "product_id", "time_stamp"] {
        let mut less = good.clone();
        less.remove(name);
        assert!(matches!(sticker(&md5(less)), StickerError::NoLink(_)), "{name}");
    }
    let twice = format!("{}&product_id=2", link(&good));
    assert!(matches!(scene.gateway.scan(&twice), Err(StickerError::NoLink(_))));
    assert!(matches!(scene.gateway.scan("weixin://wxpay/s/x"), Err(StickerError::NoLink(_))));
}

#[test]
fn a_reply_must_be_signed_and_name_an_order_of_this_product() {
    let scene = Scene::new();
    let prepay_id = scene.order_of("A1", "1");
    let scan = |reply: &Fields| {
        scene.replies(reply);
        scene.gateway.scan(&link(&parts("1")))
    };
    let bad = |reply: &Fields| matches!(scan(reply), Err(StickerError::BadReply(_)));

    assert!(bad(&order_reply(&prepay_id)), "not signed");
    let mut hmac = order_reply(&prepay_id);
    hmac.set("sign", sign(&hmac, &ApiKey::parse(KEY).unwrap(), SignType::HmacSha256));
    assert!(bad(&hmac), "the callback is MD5 in all peers");
    assert!(bad(&md5(order_reply("wx0"))), "no such order");
    let other = scene.order_of("A2", "2");
    assert!(bad(&md5(order_reply(&other))), "another product");
    let mut failed = Fields::new();
    failed.set("return_code", "FAIL").set("return_msg", "busy");
    assert!(bad(&failed));
    assert!(scan(&md5(order_reply(&prepay_id))).is_ok());

    let mut sorry = order_reply("");
    sorry.set("result_code", "FAIL").set("err_code_des", "已售完");
    assert_eq!(scan(&md5(sorry)), Err(StickerError::Refused("已售完".to_owned())));
}
