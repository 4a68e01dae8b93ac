//! The gateway over its real wire: HTTPS in, notifies out, and every mood.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod bills;
mod console;
mod hosts;
mod jsapi;
mod micropay;
mod mode1;
mod refunds;
mod sandbox;
mod tools;

use std::{collections::VecDeque, fs, net::Ipv4Addr, sync::mpsc};

use axum::{Router, body::Bytes, extract::State};
use protocol::{
    BeijingTime, Fields, NonceStr,
    sign::{ApiKey, sign},
    xml,
};
use tempfile::TempDir;

use super::*;
use crate::background::Background;

const LIMIT: Duration = Duration::from_secs(10);
const KEY: &str = "k0000000000000000000000000000002";
const SUCCESS: &str = "<xml><return_code>SUCCESS</return_code></xml>";
const FAIL: &str = "<xml><return_code>FAIL</return_code></xml>";

/// A gateway, a merchant who asks it, and the address where it is told.
struct Scene {
    gateway: Gateway,
    client: reqwest::Client,
    /// The same with the merchant's certificate.
    certified: reqwest::Client,
    intake: Arc<Watched<Intake>>,
    notify_url: String,
    background: Background,
    _dir: TempDir,
}

/// What the merchant was told, and what it answers: the last answer for ever.
#[derive(Debug)]
struct Intake {
    told: Vec<String>,
    answers: VecDeque<String>,
}

impl Scene {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let settings = GatewaySettings {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            dir: dir.path().to_owned(),
            key: Key::parse(KEY).unwrap(),
            sign_type: None,
            merchant: Some(("wx8888888888888888".to_owned(), "1900000109".to_owned())),
        };
        let gateway = Gateway::start(settings, Timeline::new()).unwrap();
        gateway.set_moods(|moods| moods.time_scale = 10_000);
        let ca = fs::read(gateway.ca_file()).unwrap();
        let ca = reqwest::Certificate::from_pem(&ca).unwrap();
        let mut identity = fs::read(gateway.client_cert_file()).unwrap();
        identity.extend(fs::read(gateway.client_key_file()).unwrap());
        let identity = reqwest::Identity::from_pem(&identity).unwrap();
        let builder = || reqwest::Client::builder().tls_certs_only([ca.clone()]).no_proxy();
        let client = builder().build().unwrap();
        let certified = builder().identity(identity).build().unwrap();
        let background = Background::start("merchant").unwrap();
        let intake = Arc::new(Watched::new(Intake {
            told: Vec::new(),
            answers: [SUCCESS.to_owned()].into(),
        }));
        let notify_url = listen(&background, Arc::clone(&intake));
        Self { gateway, client, certified, intake, notify_url, background, _dir: dir }
    }

    fn answers(self, answers: impl IntoIterator<Item = &'static str>) -> Self {
        self.intake
            .change(|intake| intake.answers = answers.into_iter().map(str::to_owned).collect());
        self
    }

    fn order(&self, out_trade_no: &str) -> Fields {
        let expires = self.gateway.core.now_ms() + 330_000;
        let mut fields = Fields::new();
        fields
            .set("body", "自动售货机-可乐")
            .set("out_trade_no", out_trade_no)
            .set("total_fee", "350")
            .set("spbill_create_ip", "127.0.0.1")
            .set("time_expire", BeijingTime::from_unix_ms(expires).to_string())
            .set("notify_url", &self.notify_url)
            .set("trade_type", "NATIVE")
            .set("product_id", "1");
        fields
    }

    /// The answer to a signed request; `None` when there is none or it is not XML.
    fn call(&self, path: &str, fields: Fields) -> Option<Fields> {
        xml::parse(self.post(path, &sealed(fields))?.as_bytes()).ok()
    }

    /// The same under `/secapi/`, with the certificate.
    fn call_certified(&self, path: &str, fields: Fields) -> Option<Fields> {
        let url = format!("{}/secapi/pay/{path}", self.gateway.base_url());
        let answer = self.send(self.certified.post(url).body(sealed(fields)))?;
        xml::parse(&answer).ok()
    }

    fn post(&self, path: &str, body: &str) -> Option<String> {
        let url = format!("{}/pay/{path}", self.gateway.base_url());
        let answer = self.send(self.client.post(url).body(body.to_owned()))?;
        Some(String::from_utf8(answer).unwrap())
    }

    /// The answer to a body that is posted anywhere.
    fn post_to(&self, path: &str, body: String) -> Fields {
        let url = format!("{}{path}", self.gateway.base_url());
        xml::parse(&self.send(self.client.post(url).body(body)).unwrap()).unwrap()
    }

    fn send(&self, request: reqwest::RequestBuilder) -> Option<Vec<u8>> {
        let request = request.timeout(Duration::from_secs(1));
        let (answer, answered) = mpsc::channel();
        self.background.spawn(async move {
            let response = async { request.send().await?.bytes().await }.await;
            let _ = answer.send(response.ok());
        });
        Some(answered.recv_timeout(LIMIT).unwrap()?.to_vec())
    }

    /// A payable order; gives its code.
    fn open(&self, out_trade_no: &str) -> String {
        let answer = self.call("unifiedorder", self.order(out_trade_no)).unwrap();
        answer.get("code_url").unwrap().to_owned()
    }

    /// An order that is paid and told.
    fn paid(&self, out_trade_no: &str) {
        let code = self.open(out_trade_no);
        self.gateway.pay(&code).unwrap();
        self.notified(out_trade_no, 1);
    }

    fn query(&self, out_trade_no: &str) -> Option<Fields> {
        self.call("orderquery", number(out_trade_no))
    }

    fn told(&self, count: usize) -> Vec<String> {
        self.intake
            .wait("notifies", LIMIT, |it| (it.told.len() >= count).then(|| it.told.clone()))
            .unwrap()
    }

    fn notified(&self, out_trade_no: &str, count: usize) -> Vec<Notified> {
        self.gateway
            .wait("the notifies in the books", LIMIT, |books| {
                let notifies = &books.order(out_trade_no)?.notifies;
                (notifies.len() >= count).then(|| notifies.clone())
            })
            .unwrap()
    }
}

/// A merchant's server; gives its address.
fn listen(background: &Background, intake: Arc<Watched<Intake>>) -> String {
    async fn hear(State(intake): State<Arc<Watched<Intake>>>, body: Bytes) -> String {
        intake.change(|it| {
            it.told.push(String::from_utf8(body.to_vec()).unwrap());
            let last = it.answers.len() == 1;
            if last { it.answers[0].clone() } else { it.answers.pop_front().unwrap() }
        })
    }
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/notify", listener.local_addr().unwrap());
    background.spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        axum::serve(listener, Router::new().fallback(hear).with_state(intake)).await
    });
    url
}

fn sealed(fields: Fields) -> String {
    sealed_with(fields, KEY, SignType::HmacSha256)
}

fn sealed_with(mut fields: Fields, key: &str, sign_type: SignType) -> String {
    for (name, value) in [
        ("appid", "wx8888888888888888"),
        ("mch_id", "1900000109"),
        ("sign_type", sign_type.as_str()),
    ] {
        if fields.get(name).is_none() {
            fields.set(name, value);
        }
    }
    fields.set("nonce_str", NonceStr::random().as_str());
    let mark = sign(&fields, &ApiKey::parse(key).unwrap(), sign_type);
    fields.set("sign", mark);
    xml::write(&fields)
}

fn number(out_trade_no: &str) -> Fields {
    let mut fields = Fields::new();
    fields.set("out_trade_no", out_trade_no);
    fields
}

fn verified(fields: Fields) -> Fields {
    let key = ApiKey::parse(KEY).unwrap();
    protocol::sign::verify(fields, &key, SignType::HmacSha256).unwrap().into_inner()
}

fn said(answer: &Fields) -> &str {
    ["err_code", "trade_state", "code_url", "return_msg"]
        .into_iter()
        .find_map(|name| answer.get(name))
        .unwrap_or_default()
}

#[test]
fn an_order_is_opened_paid_told_and_queried() {
    let scene = Scene::new();
    let code = scene.open("A1");
    assert!(code.starts_with("weixin://wxpay/bizpayurl?pr="), "{code}");
    assert_eq!(said(&verified(scene.query("A1").unwrap())), "NOTPAY");

    assert_eq!(scene.gateway.pay(&code), Ok("A1".to_owned()));
    let told = verified(xml::parse(scene.told(1)[0].as_bytes()).unwrap());
    assert_eq!(told.get("total_fee"), Some("350"));
    assert_eq!(told.get("trade_state"), None, "a notify has none");

    let state = verified(scene.query("A1").unwrap());
    assert_eq!(said(&state), "SUCCESS");
    assert_eq!(state.get("transaction_id"), told.get("transaction_id"));
    assert_eq!(scene.notified("A1", 1), [Notified::Acknowledged]);
}

#[test]
fn a_notify_is_repeated_until_it_is_acknowledged() {
    let scene = Scene::new().answers([FAIL, "nonsense", SUCCESS]);
    let code = scene.open("A1");
    scene.gateway.pay(&code).unwrap();
    let notified = scene.notified("A1", 3);
    assert_eq!(
        notified,
        [
            Notified::Failed(FAIL.to_owned()),
            Notified::Failed("nonsense".to_owned()),
            Notified::Acknowledged
        ]
    );
}

#[test]
fn lost_notifies_stay_lost_while_the_mood_lasts() {
    let scene = Scene::new();
    scene.gateway.set_moods(|moods| moods.lose_notifies = true);
    let code = scene.open("A1");
    scene.gateway.pay(&code).unwrap();
    assert_eq!(scene.notified("A1", 2)[..2], [Notified::Lost, Notified::Lost]);
    assert!(scene.intake.read(|it| it.told.is_empty()));
    scene.gateway.set_moods(|moods| moods.lose_notifies = false);
    scene.told(1);
}

#[test]
fn copies_come_at_once_and_a_notify_may_come_before_the_answer() {
    let scene = Scene::new();
    scene.gateway.set_moods(|moods| {
        moods.notify_copies = 3;
        moods.pay_before_answer = true;
    });
    scene.open("A1");
    assert_eq!(scene.intake.read(|it| it.told.len()), 3);
}

#[test]
fn whoever_has_not_the_key_or_another_name_is_refused() {
    let scene = Scene::new();
    let unsigned = sealed(scene.order("A1")).replace("<total_fee>350", "<total_fee>1");
    let answer = scene.post("unifiedorder", &unsigned).unwrap();
    let answer = xml::parse(answer.as_bytes()).unwrap();
    assert_eq!(answer.get("return_code"), Some("FAIL"));
    assert_eq!((said(&answer), answer.get("sign")), ("签名错误", None));

    let mut other = scene.order("A1");
    other.set("appid", "wx0000000000000000");
    assert_eq!(said(&scene.call("unifiedorder", other).unwrap()), "APPID_NOT_EXIST");
    let garbage = scene.post("unifiedorder", "<xml>").unwrap();
    assert!(garbage.contains("XML格式错误"), "{garbage}");
    assert_eq!(said(&scene.query("A1").unwrap()), "ORDERNOTEXIST");
}

#[test]
fn the_clock_can_be_advanced_and_closing_has_its_time() {
    let scene = Scene::new();
    scene.gateway.set_moods(|moods| moods.time_scale = 1);
    scene.open("A1");
    let close = || said(&scene.call("closeorder", number("A1")).unwrap()).to_owned();
    assert_eq!(close(), "TRADE_STATE_ERROR");
    scene.gateway.advance(Duration::from_secs(300));
    assert_eq!(close(), "OK");
    assert_eq!(close(), "ORDERCLOSED");
}

#[test]
fn each_mood_spoils_an_answer_in_its_own_way() {
    let scene = Scene::new();
    let in_mood = |mood, number: &str| {
        scene.gateway.set_moods(|moods| moods.unifiedorder = mood);
        scene.call("unifiedorder", scene.order(number))
    };
    let booked = |number: &str| scene.gateway.read(|books| books.order(number).is_some());

    assert_eq!(said(&in_mood(Mood::SystemError(1), "A1").unwrap()), "SYSTEMERROR");
    assert!(!booked("A1"));
    assert!(scene.call("unifiedorder", scene.order("A1")).is_some(), "one failure was asked for");
    assert!(booked("A1"));

    assert_eq!(in_mood(Mood::Html, "A2"), None);
    assert!(!booked("A2"));
    assert_eq!(in_mood(Mood::LoseRequest, "A3"), None);
    assert!(!booked("A3"));
    assert_eq!(in_mood(Mood::LoseAnswer, "A4"), None);
    assert!(booked("A4"));

    let key = ApiKey::parse(KEY).unwrap();
    let altered = in_mood(Mood::WrongSign, "A5").unwrap();
    assert!(protocol::sign::verify(altered, &key, SignType::HmacSha256).is_err());
    assert!(booked("A5"));
}

#[test]
fn a_gateway_that_is_down_refuses_and_comes_back_at_the_same_address() {
    let scene = Scene::new();
    scene.open("A1");
    scene.gateway.set_down(true).unwrap();
    assert!(scene.gateway.is_down());
    assert_eq!(scene.query("A1"), None);
    scene.gateway.set_down(false).unwrap();
    assert_eq!(said(&scene.query("A1").unwrap()), "NOTPAY");
}

#[test]
fn every_forgery_is_one() {
    let scene = Scene::new().answers([FAIL]);
    scene.open("A1");
    let key = ApiKey::parse(KEY).unwrap();
    #[rustfmt::skip]
    let table = [
        // Whether the sign is right in the merchant's mode, and the amount.
        (Forgery::NoSign,         false, Some("350")),
        (Forgery::WrongKey,       false, Some("350")),
        (Forgery::AlteredAmount,  false, Some("1")),
        (Forgery::OtherAmount,    true,  Some("1")),
        (Forgery::OtherSignType,  false, Some("350")),
        (Forgery::ReplayedAnswer, true,  None),
    ];
    for (count, (forgery, signed, amount)) in (1..).zip(table) {
        assert_eq!(scene.gateway.forge("A1", forgery).unwrap(), FAIL);
        let told = xml::parse(scene.told(count)[count - 1].as_bytes()).unwrap();
        assert_eq!(told.get("total_fee"), amount, "{forgery:?}");
        let verified = protocol::sign::verify(told, &key, SignType::HmacSha256);
        assert_eq!(verified.is_ok(), signed, "{forgery:?}");
    }
    assert_eq!(said(&scene.query("A1").unwrap()), "NOTPAY", "nobody paid");
}
