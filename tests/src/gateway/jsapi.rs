//! Paying within WeChat: who is logged in (jscode2session), and `wx.requestPayment`.

use protocol::{Fields, sign::sign};
use serde::Deserialize;
use serde_json::json;

use super::{
    Core, Gateway,
    books::Books,
    order::{Order, PayError},
};

/// The secret of every mini-program here.
pub const APP_SECRET: &str = "0123456789abcdef0123456789abcdef";
/// A `js_code` is good for five minutes.
const JS_CODE_MS: i64 = 5 * 60 * 1000;
/// `package` of `wx.requestPayment`.
const PACKAGE_BEGIN: &str = "prepay_id=";
/// `timeStamp` of `wx.requestPayment`: seconds.
const TIME_STAMP_DIGITS: usize = 10;

/// A login that was handed to a mini-program.
#[derive(Debug, Clone)]
pub(super) struct Login {
    openid: String,
    minted_at_ms: i64,
    used: bool,
}

/// The parameters of `wx.requestPayment`. A page passes `appId` on too.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestPayment {
    app_id: Option<String>,
    time_stamp: String,
    nonce_str: String,
    package: String,
    sign_type: String,
    pay_sign: String,
}

/// Why `wx.requestPayment` fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsapiError {
    /// A parameter is missing, or is not a text.
    #[error("wx.requestPayment cannot read its parameters: {0}")]
    Parameters(String),
    /// A parameter is not in form.
    #[error("wx.requestPayment: {0} is not in form")]
    Form(&'static str),
    /// Not the signature that these parameters must have.
    #[error("wx.requestPayment: paySign is wrong")]
    PaySign,
    /// The order cannot be paid.
    #[error(transparent)]
    Pay(#[from] PayError),
}

impl Gateway {
    /// What `wx.login` gives a mini-program whose user is `openid`.
    #[must_use]
    pub fn js_code(&self, openid: &str) -> String {
        let now_ms = self.core.now_ms();
        self.core.books.change(|books| books.mint_js_code(openid, now_ms))
    }

    /// `wx.requestPayment` with `params`, a JSON object; the user confirms and the order is paid.
    ///
    /// # Errors
    /// [`JsapiError`] is what the phone shows instead.
    pub fn pay_jsapi(&self, params: &str) -> Result<String, JsapiError> {
        let params: RequestPayment = serde_json::from_str(params)
            .map_err(|error| JsapiError::Parameters(error.to_string()))?;
        let prepay_id =
            params.package.strip_prefix(PACKAGE_BEGIN).ok_or(JsapiError::Form("package"))?;
        let order = self.core.books.read(|books| books.prepaid(prepay_id).cloned());
        let order = order.ok_or(PayError::UnknownCode)?;
        check(&self.core, &params, &order)?;
        Ok(self.pay_prepaid(prepay_id)?)
    }
}

/// APIv2 JSAPI, the second signature: in the mode of the order.
fn check(core: &Core, params: &RequestPayment, order: &Order) -> Result<(), JsapiError> {
    let digits = params.time_stamp.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || params.time_stamp.len() != TIME_STAMP_DIGITS {
        return Err(JsapiError::Form("timeStamp"));
    }
    if !(1..=32).contains(&params.nonce_str.len()) {
        return Err(JsapiError::Form("nonceStr"));
    }
    if order.trade_type() != "JSAPI" || params.sign_type != order.sign_type.as_str() {
        return Err(JsapiError::Form("signType"));
    }
    // The phone knows in whose mini-program it is.
    let appid = order.request.get("appid").unwrap_or_default();
    if params.app_id.as_ref().is_some_and(|told| told != appid) {
        return Err(JsapiError::Form("appId"));
    }
    let mut fields = Fields::new();
    fields
        .set("appId", appid)
        .set("timeStamp", &params.time_stamp)
        .set("nonceStr", &params.nonce_str)
        .set("package", &params.package)
        .set("signType", &params.sign_type);
    if sign(&fields, core.key(order.realm).api(), order.sign_type) != params.pay_sign {
        return Err(JsapiError::PaySign);
    }
    Ok(())
}

impl Books {
    fn mint_js_code(&mut self, openid: &str, now_ms: i64) -> String {
        let code = self.dated_number("0a", now_ms);
        let login = Login { openid: openid.to_owned(), minted_at_ms: now_ms, used: false };
        self.logins.insert(code.clone(), login);
        code
    }
}

/// `GET /sns/jscode2session`: the JSON answer to its query. Mini-program documentation.
pub(super) fn session(core: &Core, query: &str) -> String {
    match login(core, query) {
        Ok(openid) => json!({ "openid": openid, "session_key": "c2Vzc2lvbl9rZXlfMDAwMA==" }),
        Err((errcode, errmsg)) => json!({ "errcode": errcode, "errmsg": errmsg }),
    }
    .to_string()
}

fn login(core: &Core, query: &str) -> Result<String, (i32, &'static str)> {
    if core.moods.change(|moods| moods.take_busy()) {
        return Err((-1, "system error"));
    }
    let url = reqwest::Url::parse(&format!("http://localhost/?{query}"));
    let given = |wanted: &str| {
        let pairs = url.iter().flat_map(reqwest::Url::query_pairs);
        let found = pairs.filter(|(name, _)| name == wanted).map(|(_, it)| it.into_owned()).next();
        found.filter(|value| !value.is_empty())
    };
    let appid = given("appid").ok_or((41002, "appid missing"))?;
    let secret = given("secret").ok_or((41004, "appsecret missing"))?;
    let js_code = given("js_code").ok_or((41008, "missing code"))?;
    if given("grant_type").as_deref() != Some("authorization_code") {
        return Err((40002, "invalid grant_type"));
    }
    if core.merchant.as_ref().is_some_and(|(ours, _)| *ours != appid) {
        return Err((40013, "invalid appid"));
    }
    if secret != APP_SECRET {
        return Err((40125, "invalid appsecret"));
    }
    let now_ms = core.now_ms();
    core.books.change(|books| match books.logins.get_mut(&js_code) {
        Some(login) if login.used => Err((40163, "code been used")),
        Some(login) if now_ms - login.minted_at_ms <= JS_CODE_MS => {
            login.used = true;
            Ok(login.openid.clone())
        }
        Some(_) | None => Err((40029, "invalid code")),
    })
}
