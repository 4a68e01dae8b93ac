//! The small calls over the real wire: shorturl, authcodetoopenid, report.

use super::*;

#[test]
fn a_long_link_becomes_a_short_one_that_can_be_scanned() {
    let scene = Scene::new();
    let mut fields = Fields::new();
    fields.set("long_url", "weixin://wxpay/bizpayurl?sign=X&appid=A&product_id=1");
    let short = verified(scene.post_to("/tools/shorturl", sealed(fields.clone())));
    let short = short.get("short_url").unwrap();
    assert!(short.starts_with("weixin://wxpay/s/") && is_sticker(short), "{short}");
    assert!(matches!(scene.gateway.scan(short), Err(StickerError::NoLink(_))), "the long one");

    let raw = sealed(fields);
    let encoded = raw.replace(
        "weixin://wxpay/bizpayurl?sign=X&amp;appid=A&amp;product_id=1",
        "weixin%3A%2F%2Fwxpay%2Fbizpayurl%3Fsign%3DX%26appid%3DA%26product_id%3D1",
    );
    assert_ne!(raw, encoded);
    let again = scene.post_to("/tools/shorturl", encoded);
    assert_eq!(again.get("short_url"), Some(short), "signed raw, sent URL-encoded");
}

#[test]
fn a_payment_code_tells_whose_it_is() {
    let scene = Scene::new();
    let ask = |auth_code: &str| {
        let mut fields = Fields::new();
        fields.set("auth_code", auth_code);
        verified(scene.post_to("/tools/authcodetoopenid", sealed(fields)))
    };
    let code = scene.gateway.payment_code("oUser1");
    assert_eq!(ask(&code).get("openid"), Some("oUser1"));
    assert_eq!(said(&ask("130000000000000000")), "AUTH_CODE_INVALID");
    scene.gateway.advance(Duration::from_secs(61));
    assert_eq!(said(&ask(&code)), "AUTHCODEEXPIRE");
}

#[test]
fn a_report_is_kept_and_its_answer_is_not_signed() {
    let scene = Scene::new();
    let mut fields = Fields::new();
    fields
        .set("interface_url", "https://api.mch.weixin.qq.com/pay/unifiedorder")
        .set("user_ip", "8.8.8.8")
        .set("return_code", "SUCCESS")
        .set("result_code", "SUCCESS");
    let missing = scene.post_to("/payitil/report", sealed(fields.clone()));
    assert_eq!(missing.get("return_code"), Some("FAIL"));
    for name in ["execute_time", "execute_time_"] {
        let mut fields = fields.clone();
        fields.set(name, "1000");
        let answer = scene.post_to("/payitil/report", sealed(fields));
        assert_eq!((answer.get("result_code"), answer.get("sign")), (Some("SUCCESS"), None));
    }
    let kept = scene.gateway.read(|books| books.reports()[1].get("execute_time_").is_some());
    assert!(kept);
}
