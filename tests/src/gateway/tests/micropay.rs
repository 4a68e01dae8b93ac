//! Payment codes over the real wire: charged, with a password or without, and reversed.

use super::*;

impl Scene {
    fn charge(&self, out_trade_no: &str, auth_code: &str) -> Fields {
        let mut fields = number(out_trade_no);
        fields
            .set("body", "自动售货机-可乐")
            .set("total_fee", "350")
            .set("spbill_create_ip", "8.8.8.8")
            .set("auth_code", auth_code);
        verified(self.call("micropay", fields).unwrap())
    }

    fn code_of(&self, openid: &str) -> String {
        self.gateway.payment_code(openid)
    }

    fn reverse(&self, out_trade_no: &str) -> (String, String) {
        let answer = verified(self.call_certified("reverse", number(out_trade_no)).unwrap());
        let said = answer.get("err_code").unwrap_or(answer.get("result_code").unwrap());
        (said.to_owned(), answer.get("recall").unwrap().to_owned())
    }

    fn trade_state(&self, out_trade_no: &str) -> String {
        said(&self.query(out_trade_no).unwrap()).to_owned()
    }
}

fn done(said: &str, recall: &str) -> (String, String) {
    (said.to_owned(), recall.to_owned())
}

#[test]
fn a_payment_code_is_charged_at_once_and_once() {
    let scene = Scene::new();
    let code = scene.code_of("oUser1");
    assert_eq!((code.len(), &code[..2]), (18, "13"));
    let paid = scene.charge("A1", &code);
    assert_eq!(paid.get("result_code"), Some("SUCCESS"));
    assert_eq!(paid.get("trade_type"), Some("MICROPAY"));
    assert_eq!(paid.get("openid"), Some("oUser1"));
    assert_eq!(paid.get("out_trade_no"), Some("A1"));
    let again = scene.charge("A1", &code);
    assert_eq!(again.get("transaction_id"), paid.get("transaction_id"), "asked again, paid once");
    assert_eq!(scene.trade_state("A1"), "SUCCESS");
    assert!(scene.intake.read(|it| it.told.is_empty()), "micropay has no notify");

    assert_eq!(said(&scene.charge("A2", &code)), "AUTH_CODE_ERROR", "single use");
    assert_eq!(said(&scene.charge("A1", &scene.code_of("oUser1"))), "ORDERPAID");
    assert_eq!(said(&scene.charge("A1", &scene.code_of("oUser2"))), "BUYER_MISMATCH");
    scene.open("B1");
    assert_eq!(said(&scene.charge("B1", &scene.code_of("oUser1"))), "OUT_TRADE_NO_USED");
}

#[test]
fn a_code_must_be_one_and_young() {
    let scene = Scene::new();
    assert_eq!(said(&scene.charge("A1", "13000")), "AUTH_CODE_ERROR");
    assert_eq!(said(&scene.charge("A1", "280061098828009406")), "AUTH_CODE_INVALID", "of Alipay");
    let code = scene.code_of("oUser1");
    scene.gateway.advance(Duration::from_secs(61));
    assert_eq!(said(&scene.charge("A1", &code)), "AUTHCODEEXPIRE");
    assert_eq!(scene.trade_state("A1"), "ORDERNOTEXIST", "a failure leaves no order");
}

#[test]
fn a_password_takes_a_while_and_may_be_wrong() {
    let scene = Scene::new();
    scene.gateway.set_moods(|moods| moods.password = Password::Right(2));
    assert_eq!(said(&scene.charge("A1", &scene.code_of("oUser1"))), "USERPAYING");
    let states = [(); 3].map(|()| scene.trade_state("A1"));
    assert_eq!(states, ["USERPAYING", "USERPAYING", "SUCCESS"]);

    scene.gateway.set_moods(|moods| moods.password = Password::Wrong(1));
    assert_eq!(said(&scene.charge("A2", &scene.code_of("oUser1"))), "USERPAYING");
    let states = [(); 3].map(|()| scene.trade_state("A2"));
    assert_eq!(states, ["USERPAYING", "PAYERROR", "PAYERROR"]);
    assert_eq!(scene.reverse("A2"), done("SUCCESS", "N"));

    scene.gateway.set_moods(|moods| moods.password = Password::Right(9));
    assert_eq!(said(&scene.charge("A3", &scene.code_of("oUser1"))), "USERPAYING");
    scene.gateway.advance(Duration::from_secs(46));
    assert_eq!(scene.trade_state("A3"), "REVOKED", "WeChat reverses it itself");
}

#[test]
fn what_is_reversed_is_closed_or_paid_back() {
    let scene = Scene::new();
    let code = scene.code_of("oUser1");
    scene.charge("A1", &code);
    scene.gateway.set_moods(|moods| moods.reverse = Mood::SystemError(1));
    assert_eq!(scene.reverse("A1"), done("SYSTEMERROR", "Y"), "call again");
    assert_eq!(scene.trade_state("A1"), "SUCCESS");
    assert_eq!(scene.reverse("A1"), done("SUCCESS", "N"));
    assert_eq!(scene.reverse("A1"), done("SUCCESS", "N"), "it is done already");
    assert_eq!(scene.trade_state("A1"), "REVOKED");
    assert_eq!(scene.gateway.read(|books| books.refunded("A1")), 350);
    assert_eq!(said(&scene.charge("A1", &code)), "ORDERREVERSED");

    assert_eq!(scene.reverse("A9"), done("INVALID_TRANSACTIONID", "N"));
    scene.paid("B1");
    assert_eq!(scene.reverse("B1"), done("INVALID_REQUEST", "N"), "only micropay is reversed");
    scene.charge("A2", &scene.code_of("oUser1"));
    scene.gateway.set_moods(|moods| moods.time_scale = 1);
    assert_eq!(scene.reverse("A2"), done("TRADE_ERROR", "N"), "not in the first 15 seconds");
    scene.gateway.advance(Duration::from_secs(15));
    assert_eq!(scene.reverse("A2"), done("SUCCESS", "N"));
    scene.charge("A3", &scene.code_of("oUser1"));
    scene.gateway.advance(Duration::from_secs(8 * 24 * 60 * 60));
    assert_eq!(scene.reverse("A3"), done("REVERSE_EXPIRE", "N"));
}

#[test]
fn reverse_needs_the_certificate() {
    let scene = Scene::new();
    let answer = scene.post_to("/secapi/pay/reverse", sealed(number("A1")));
    assert_eq!(said(&answer), "证书验证失败");
}
