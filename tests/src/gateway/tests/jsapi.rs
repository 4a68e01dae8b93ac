//! Paying within WeChat over the real wire: the login, the order, the second signature.

use serde_json::{Value, json};

use super::*;

impl Scene {
    fn session(&self, query: &str) -> Value {
        let url = format!("{}/sns/jscode2session?{query}", self.gateway.base_url());
        serde_json::from_slice(&self.send(self.client.get(url)).unwrap()).unwrap()
    }

    fn log_in(&self, js_code: &str) -> Value {
        self.session(&format!(
            "appid=wx8888888888888888&secret={APP_SECRET}&js_code={js_code}\
             &grant_type=authorization_code"
        ))
    }

    /// A JSAPI order; gives its `prepay_id`.
    fn open_jsapi(&self, out_trade_no: &str) -> String {
        let mut order = self.order(out_trade_no);
        order.remove("product_id");
        order.set("trade_type", "JSAPI").set("openid", "oUser1");
        let answer = verified(self.call("unifiedorder", order).unwrap());
        assert_eq!(answer.get("code_url"), None);
        assert_eq!(answer.get("trade_type"), Some("JSAPI"));
        answer.get("prepay_id").unwrap().to_owned()
    }
}

fn params(prepay_id: &str) -> Value {
    let mut fields = Fields::new();
    fields
        .set("appId", "wx8888888888888888")
        .set("timeStamp", "1490840662")
        .set("nonceStr", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS")
        .set("package", format!("prepay_id={prepay_id}"))
        .set("signType", "HMAC-SHA256");
    let pay_sign = sign(&fields, &ApiKey::parse(KEY).unwrap(), SignType::HmacSha256);
    let mut params: serde_json::Map<String, Value> =
        fields.iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
    params.insert("paySign".to_owned(), json!(pay_sign));
    Value::Object(params)
}

#[test]
fn a_jsapi_order_is_paid_with_the_second_signature() {
    let scene = Scene::new();
    let prepay_id = scene.open_jsapi("A1");
    let mut params = params(&prepay_id);
    assert_eq!(scene.gateway.pay_jsapi(&params.to_string()), Ok("A1".to_owned()));
    let told = verified(xml::parse(scene.told(1)[0].as_bytes()).unwrap());
    assert_eq!((told.get("trade_type"), told.get("openid")), (Some("JSAPI"), Some("oUser1")));

    params.as_object_mut().unwrap().remove("appId");
    let again = scene.gateway.pay_jsapi(&params.to_string());
    assert_eq!(again, Err(JsapiError::Pay(PayError::AlreadyPaid)), "appId need not be passed on");
}

#[test]
fn each_parameter_is_looked_at() {
    let scene = Scene::new();
    let prepay_id = scene.open_jsapi("A1");
    let good = params(&prepay_id);
    let with = |name: &str, value: Value| {
        let mut params = good.clone();
        params[name] = value;
        scene.gateway.pay_jsapi(&params.to_string()).unwrap_err()
    };
    assert_eq!(with("timeStamp", json!("1490840663")), JsapiError::PaySign);
    assert_eq!(with("timeStamp", json!("1490840662000")), JsapiError::Form("timeStamp"));
    assert!(matches!(with("timeStamp", json!(1_490_840_662)), JsapiError::Parameters(_)));
    assert_eq!(with("nonceStr", json!("")), JsapiError::Form("nonceStr"));
    assert_eq!(with("package", json!(prepay_id)), JsapiError::Form("package"));
    assert_eq!(with("package", json!("prepay_id=wx0")), JsapiError::Pay(PayError::UnknownCode));
    assert_eq!(with("signType", json!("MD5")), JsapiError::Form("signType"));
    assert_eq!(with("paySign", json!("0")), JsapiError::PaySign);
    assert_eq!(with("appId", json!("wx0")), JsapiError::Form("appId"));
    assert_eq!(said(&scene.query("A1").unwrap()), "NOTPAY");
}

#[test]
fn each_kind_of_order_needs_its_own_element() {
    let scene = Scene::new();
    let mut jsapi = scene.order("A1");
    jsapi.set("trade_type", "JSAPI");
    assert_eq!(said(&scene.call("unifiedorder", jsapi).unwrap()), "缺少参数openid");
    let mut native = scene.order("A1");
    native.remove("product_id");
    assert_eq!(said(&scene.call("unifiedorder", native).unwrap()), "缺少参数product_id");
}

#[test]
fn a_login_is_good_for_one_use_within_five_minutes() {
    let scene = Scene::new();
    let code = scene.gateway.js_code("oUser1");
    assert_eq!(scene.log_in(&code)["openid"], "oUser1");
    assert_eq!(scene.log_in(&code)["errcode"], 40163);
    assert_eq!(scene.log_in("invented")["errcode"], 40029);
    let late = scene.gateway.js_code("oUser1");
    scene.gateway.advance(Duration::from_secs(301));
    assert_eq!(scene.log_in(&late)["errcode"], 40029);
    scene.gateway.set_moods(|moods| moods.logins_busy = 1);
    let code = scene.gateway.js_code("oUser1");
    assert_eq!(scene.log_in(&code)["errcode"], -1);
    assert_eq!(scene.log_in(&code)["openid"], "oUser1");
}

#[test]
fn a_login_needs_all_that_it_needs() {
    let scene = Scene::new();
    let (app, grant) = ("appid=wx8888888888888888", "grant_type=authorization_code");
    let secret = format!("secret={APP_SECRET}");
    #[rustfmt::skip]
    let table = [
        (String::new(),                                          41002),
        (format!("{app}&{grant}"),                               41004),
        (format!("{app}&{secret}&{grant}"),                      41008),
        (format!("appid=wx0&{secret}&js_code=x&{grant}"),        40013),
        (format!("{app}&secret=wrong&js_code=x&{grant}"),        40125),
        (format!("{app}&{secret}&js_code=x&grant_type=trust"),   40002),
    ];
    for (query, errcode) in table {
        assert_eq!(scene.session(&query)["errcode"], errcode, "{query}");
    }
}
