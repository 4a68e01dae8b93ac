//! Refunds over the real wire: the certificate, the rules, the notify.

use std::os::unix::fs::PermissionsExt as _;

use aes::{
    Aes256,
    cipher::{BlockModeDecrypt as _, KeyInit as _, block_padding::Pkcs7},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use md5::{Digest as _, Md5};

use super::*;

fn refund(out_trade_no: &str, out_refund_no: &str, fen: u32) -> Fields {
    let mut fields = number(out_trade_no);
    fields
        .set("out_refund_no", out_refund_no)
        .set("total_fee", "350")
        .set("refund_fee", fen.to_string())
        .set("refund_desc", "出货失败");
    fields
}

impl Scene {
    /// What comes of a refund: SUCCESS or an error.
    fn refund(&self, fields: Fields) -> String {
        let answer = verified(self.call_certified("refund", fields).unwrap());
        answer.get("err_code").unwrap_or(answer.get("result_code").unwrap()).to_owned()
    }

    fn ask(&self, name: &str, value: &str) -> Fields {
        let mut fields = Fields::new();
        fields.set(name, value);
        verified(self.call("refundquery", fields).unwrap())
    }

    fn status(&self, out_refund_no: &str) -> String {
        let answer = self.ask("out_refund_no", out_refund_no);
        let status = answer.get("refund_status_0").or(answer.get("err_code"));
        status.unwrap().to_owned()
    }
}

/// As a merchant reads it: the fields within `req_info`.
fn decrypted(body: &str) -> Fields {
    let told = xml::parse(body.as_bytes()).unwrap();
    assert_eq!(told.get("sign"), None, "a refund notify is not signed");
    assert_eq!(told.get("mch_id"), Some("1900000109"));
    let key: String = Md5::digest(KEY).iter().map(|byte| format!("{byte:02x}")).collect();
    let key: [u8; 32] = key.into_bytes().try_into().unwrap();
    let secret = STANDARD.decode(told.get("req_info").unwrap()).unwrap();
    let plain =
        ecb::Decryptor::<Aes256>::new(&key.into()).decrypt_padded_vec::<Pkcs7>(&secret).unwrap();
    let plain = String::from_utf8(plain).unwrap();
    let inner = plain.strip_prefix("<root>").unwrap().strip_suffix("</root>").unwrap();
    xml::parse(format!("<xml>{inner}</xml>").as_bytes()).unwrap()
}

#[test]
fn a_repeated_refund_is_made_once() {
    let scene = Scene::new();
    scene.paid("A1");
    let first = verified(scene.call_certified("refund", refund("A1", "R1", 350)).unwrap());
    let again = verified(scene.call_certified("refund", refund("A1", "R1", 350)).unwrap());
    for name in ["refund_id", "transaction_id", "out_refund_no", "refund_fee", "total_fee"] {
        assert_eq!(first.get(name), again.get(name));
        assert!(first.get(name).is_some(), "{name}");
    }
    scene.gateway.read(|books| {
        assert_eq!(books.refunds().count(), 1);
        assert_eq!(books.refunded("A1"), 350);
        assert_eq!(books.refund("R1").unwrap().requests, 2);
    });
    assert_eq!(scene.refund(refund("A1", "R1", 100)), "ERROR", "other parameters");
    assert_eq!(scene.refund(refund("A1", "R2", 350)), "ERROR", "nothing is left");

    let state = verified(scene.query("A1").unwrap());
    assert_eq!(said(&state), "REFUND");
    assert_eq!(state.get("total_fee"), Some("350"), "with the full set");
}

#[test]
fn without_a_certificate_nothing_under_secapi_is_heard() {
    let scene = Scene::new();
    scene.paid("A1");
    let url = format!("{}/secapi/pay/refund", scene.gateway.base_url());
    let request = scene.client.post(url).body(sealed(refund("A1", "R1", 350)));
    let answer = xml::parse(&scene.send(request).unwrap()).unwrap();
    assert_eq!(answer.get("return_code"), Some("FAIL"));
    assert_eq!((said(&answer), answer.get("sign")), ("证书验证失败", None));
    assert_eq!(scene.gateway.read(|books| books.refunds().count()), 0);

    let key = fs::metadata(scene.gateway.client_key_file()).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_certificate_of_another_issuer_is_refused() {
    let (scene, stranger) = (Scene::new(), Scene::new());
    let ca = fs::read(scene.gateway.ca_file()).unwrap();
    let ca = reqwest::Certificate::from_pem(&ca).unwrap();
    let mut identity = fs::read(stranger.gateway.client_cert_file()).unwrap();
    identity.extend(fs::read(stranger.gateway.client_key_file()).unwrap());
    let identity = reqwest::Identity::from_pem(&identity).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([ca]).no_proxy().identity(identity);
    let url = format!("{}/secapi/pay/refund", scene.gateway.base_url());
    let request = client.build().unwrap().post(url).body(sealed(refund("A1", "R1", 350)));
    let answer = scene.send(request).map(|answer| String::from_utf8(answer).unwrap());
    // rustls shows no certificate that the server's list of issuers does not name.
    assert!(answer.is_none_or(|answer| answer.contains("证书验证失败")));
}

#[test]
fn only_what_was_paid_can_be_refunded_and_not_more() {
    let scene = Scene::new();
    scene.open("A1");
    assert_eq!(scene.refund(refund("A1", "R1", 350)), "ORDERNOTEXIST", "not paid");
    assert_eq!(scene.refund(refund("A9", "R1", 350)), "ORDERNOTEXIST");
    scene.paid("A2");
    let mut cheaper = refund("A2", "R1", 100);
    cheaper.set("total_fee", "100");
    assert_eq!(scene.refund(cheaper), "ERROR", "total_fee is the order's");
    assert_eq!(scene.refund(refund("A2", "R1", 351)), "ERROR");
    let mut unknown = refund("A2", "R1", 350);
    unknown.set("transaction_id", "4200000000202401020000000001");
    assert_eq!(scene.refund(unknown), "INVALID_TRANSACTIONID", "it wins");
    let mut paid = refund("A1", "R1", 350);
    let id = scene.gateway.read(|books| books.order("A2")?.payment().cloned()).unwrap();
    paid.set("transaction_id", id.transaction_id);
    assert_eq!(scene.refund(paid), "SUCCESS", "of A2, whatever the other number says");
    assert_eq!(scene.gateway.read(|books| books.refunded("A2")), 350);

    scene.paid("A3");
    scene.gateway.advance(Duration::from_secs(366 * 24 * 60 * 60));
    assert_eq!(scene.refund(refund("A3", "R3", 350)), "TRADE_OVERDUE");
}

#[test]
fn two_refunds_of_an_order_are_a_minute_apart() {
    let scene = Scene::new();
    scene.paid("A1");
    scene.gateway.set_moods(|moods| moods.time_scale = 1);
    assert_eq!(scene.refund(refund("A1", "R1", 100)), "SUCCESS");
    assert_eq!(scene.refund(refund("A1", "R2", 100)), "FREQUENCY_LIMITED");
    scene.gateway.advance(Duration::from_secs(60));
    assert_eq!(scene.refund(refund("A1", "R2", 100)), "SUCCESS");
    scene.gateway.advance(Duration::from_secs(60));
    assert_eq!(scene.refund(refund("A1", "R3", 151)), "ERROR", "the sum is more than was paid");
    assert_eq!(scene.refund(refund("A1", "R3", 150)), "SUCCESS");
}

#[test]
fn a_refund_is_found_by_each_of_its_numbers() {
    let scene = Scene::new();
    scene.paid("A1");
    assert_eq!(scene.status("R1"), "REFUNDNOTEXIST");
    assert_eq!(scene.refund(refund("A1", "R1", 350)), "SUCCESS");
    let found = scene.ask("out_refund_no", "R1");
    assert_eq!(found.get("refund_count"), Some("1"));
    assert_eq!(found.get("total_refund_count"), None, "only with offset");
    assert_eq!(found.get("refund_recv_accout_0"), Some("支付用户零钱"));
    let time = found.get("refund_success_time_0").unwrap();
    assert_eq!((time.len(), &time[4..5], &time[10..11]), (19, "-", " "));
    for name in ["refund_id_0", "transaction_id", "out_trade_no"] {
        let asked = name.trim_end_matches("_0");
        let again = scene.ask(asked, found.get(name).unwrap());
        assert_eq!(again.get("out_refund_no_0"), Some("R1"), "{asked}");
    }
    let mut stranger = number("A1");
    stranger.set("appid", "wx0000000000000000");
    assert_eq!(said(&scene.call("refundquery", stranger).unwrap()), "APPID_NOT_EXIST");
}

#[test]
fn an_answer_tells_of_ten_refunds_from_the_offset_on() {
    let scene = Scene::new();
    scene.paid("A1");
    for n in 0..12 {
        assert_eq!(scene.refund(refund("A1", &format!("R{n:02}"), 10)), "SUCCESS");
        scene.gateway.advance(Duration::from_secs(1));
    }
    let first = scene.ask("out_trade_no", "A1");
    assert_eq!(first.get("refund_count"), Some("10"));
    assert_eq!(first.get("out_refund_no_0"), Some("R00"));
    let mut rest = number("A1");
    rest.set("offset", "10");
    let rest = verified(scene.call("refundquery", rest).unwrap());
    assert_eq!((rest.get("refund_count"), rest.get("total_refund_count")), (Some("2"), Some("12")));
    assert_eq!(rest.get("out_refund_no_1"), Some("R11"));
}

#[test]
fn a_refund_may_take_a_while_and_may_end_otherwise() {
    let scene = Scene::new();
    scene.gateway.set_moods(|moods| moods.refund_takes = Duration::from_secs(3600));
    for (order, number, end) in [
        ("A1", "R1", RefundEnd::Success),
        ("A2", "R2", RefundEnd::Change),
        ("A3", "R3", RefundEnd::Close),
    ] {
        scene.paid(order);
        scene.gateway.set_moods(|moods| moods.refund_ends = end);
        assert_eq!(scene.refund(refund(order, number, 350)), "SUCCESS");
        assert_eq!(scene.status(number), "PROCESSING");
    }
    scene.gateway.advance(Duration::from_secs(3600));
    assert_eq!(["R1", "R2", "R3"].map(|it| scene.status(it)), ["SUCCESS", "CHANGE", "REFUNDCLOSE"]);
    assert_eq!(["A1", "A2", "A3"].map(|it| scene.gateway.read(|b| b.refunded(it))), [350, 350, 0]);
    scene.gateway.set_moods(|moods| moods.refund_ends = RefundEnd::Success);
    assert_eq!(scene.refund(refund("A3", "R4", 350)), "SUCCESS", "with another number");
}

#[test]
fn the_merchant_is_told_when_a_refund_has_ended() {
    let scene = Scene::new().answers([FAIL, SUCCESS]);
    let code = scene.open("A1");
    scene.gateway.set_moods(|moods| moods.lose_notifies = true);
    scene.gateway.pay(&code).unwrap();
    scene.notified("A1", 1);
    scene.gateway.set_moods(|moods| moods.refund_takes = Duration::from_secs(3600));
    let mut fields = refund("A1", "R1", 350);
    fields.set("notify_url", &scene.notify_url);
    assert_eq!(scene.refund(fields), "SUCCESS");
    assert!(scene.gateway.read(|books| books.refund("R1").unwrap().notifies.is_empty()));

    scene.gateway.advance(Duration::from_secs(3600));
    let notifies = |count: usize| {
        let seen = scene.gateway.wait("refund notifies", LIMIT, |books| {
            let notifies = &books.refund("R1")?.notifies;
            (notifies.len() >= count).then(|| notifies.clone())
        });
        seen.unwrap()
    };
    assert_eq!(notifies(1)[0], Notified::Lost);
    scene.gateway.set_moods(|moods| moods.lose_notifies = false);
    scene
        .gateway
        .wait("the end", LIMIT, |books| {
            books.refund("R1")?.notifies.contains(&Notified::Acknowledged).then_some(())
        })
        .unwrap();
    let told: Vec<Fields> = scene
        .told(2)
        .iter()
        .filter(|told| told.contains("req_info"))
        .map(|told| decrypted(told))
        .collect();
    assert_eq!(told[0].get("out_refund_no"), Some("R1"));
    assert_eq!(told[0].get("refund_status"), Some("SUCCESS"));
    assert_eq!(told[0].get("refund_request_source"), Some("API"));
    assert!(told[0].get("success_time").is_some());
}

#[test]
fn a_person_can_pay_back_in_the_merchant_platform() {
    let scene = Scene::new();
    scene.paid("A1");
    assert!(scene.gateway.refund_by_hand("A9", None).is_err());
    let number = scene.gateway.refund_by_hand("A1", None).unwrap();
    let found = scene.ask("out_trade_no", "A1");
    assert_eq!(found.get("out_refund_no_0"), Some(number.as_str()));
    assert_eq!(found.get("refund_fee_0"), Some("350"));
    let again = scene.gateway.refund_by_hand("A1", None).unwrap_err();
    assert_eq!(again.message, "订单已全额退款");
    let source = scene.gateway.read(|books| books.refund(&number).unwrap().source);
    assert_eq!(source.as_str(), "VENDOR_PLATFORM");
    assert_eq!(scene.refund(refund("A1", "R1", 350)), "ERROR", "not twice");
}

#[test]
fn the_money_may_lack_and_the_answer_may_be_lost() {
    let scene = Scene::new();
    scene.paid("A1");
    let lacking = Mood::Fail { err_code: "NOTENOUGH", times: 2 };
    scene.gateway.set_moods(|moods| moods.refund = lacking);
    let again = || scene.refund(refund("A1", "R1", 350));
    assert_eq!([again(), again()], ["NOTENOUGH", "NOTENOUGH"]);
    assert_eq!(scene.gateway.read(|books| books.refunded("A1")), 0);

    scene.gateway.set_moods(|moods| moods.refund = Mood::LoseAnswers(1));
    assert_eq!(scene.call_certified("refund", refund("A1", "R1", 350)), None);
    assert_eq!(again(), "SUCCESS");
    assert_eq!(scene.gateway.read(|books| books.refunds().count()), 1);
}
