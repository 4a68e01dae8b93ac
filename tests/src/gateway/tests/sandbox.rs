//! The two sandboxes over the real wire: their keys, their paths, their signs.

use super::*;

fn key_request() -> String {
    let mut fields = Fields::new();
    fields.set("mch_id", "1900000109").set("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS");
    let mark = sign(&fields, &ApiKey::parse(KEY).unwrap(), SignType::Md5);
    fields.set("sign", mark);
    xml::write(&fields)
}

impl Scene {
    fn sandbox_key(&self, path: &str) -> String {
        let answer = self.post_to(path, key_request());
        assert_eq!((answer.get("return_code"), answer.get("sign")), (Some("SUCCESS"), None));
        answer.get("sandbox_signkey").unwrap().to_owned()
    }
}

#[test]
fn each_sandbox_gives_its_key_and_signs_with_it() {
    let scene = Scene::new();
    let old = scene.sandbox_key("/sandboxnew/pay/getsignkey");
    let new = scene.sandbox_key("/xdc/apiv2getsignkey/sign/getsignkey");
    assert_ne!(old, new);
    for (number, prefix, key, mode) in [
        ("A1", "/sandboxnew", &old, SignType::Md5),
        ("A2", "/xdc/apiv2sandbox", &new, SignType::HmacSha256),
    ] {
        let path = format!("{prefix}/pay/unifiedorder");
        let answer = scene.post_to(&path, sealed_with(scene.order(number), key, mode));
        let api_key = ApiKey::parse(key).unwrap();
        let answer = protocol::sign::verify(answer, &api_key, mode).unwrap().into_inner();
        scene.gateway.pay(answer.get("code_url").unwrap()).unwrap();
        scene.notified(number, 1);
        let told = xml::parse(scene.told(1).last().unwrap().as_bytes()).unwrap();
        assert!(protocol::sign::verify(told, &api_key, mode).is_ok(), "{prefix}");

        let production = scene.post_to(&path, sealed(scene.order("A3")));
        assert_eq!(said(&production), "签名错误", "{prefix} does not know the real key");
        let again = scene.call("unifiedorder", scene.order(number)).unwrap();
        assert_eq!(said(&again), "OUT_TRADE_NO_USED", "a number belongs to one realm");
    }
}

#[test]
fn the_old_sandbox_knows_md5_alone_and_both_paths_of_refund() {
    let scene = Scene::new();
    let key = scene.sandbox_key("/sandboxnew/pay/getsignkey");
    let hmac = sealed_with(scene.order("A1"), &key, SignType::HmacSha256);
    assert_eq!(said(&scene.post_to("/sandboxnew/pay/unifiedorder", hmac)), "签名错误");
    for path in ["/sandboxnew/pay/refund", "/sandboxnew/secapi/pay/refund"] {
        let mut fields = number("A1");
        fields.set("out_refund_no", "R1").set("total_fee", "1").set("refund_fee", "1");
        let answer = scene.post_to(path, sealed_with(fields, &key, SignType::Md5));
        assert_eq!(said(&answer), "ORDERNOTEXIST", "{path}");
    }
}

#[test]
fn production_gives_no_key() {
    let scene = Scene::new();
    let url = format!("{}/pay/getsignkey", scene.gateway.base_url());
    assert_eq!(scene.send(scene.client.post(url).body(key_request())).unwrap(), b"");
}
