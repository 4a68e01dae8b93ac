//! Orders from the mini-program beside what its script in `jsapi.rs` does: the panel, the refusals.

use kiosk::{Progress, Refund, Screen, Trouble, View};
use protocol::sign::SignType;
use serde_json::{Value, json};
use tests::{
    customer::Seen,
    gateway::APP_SECRET,
    machine::{API_KEY, MachineSettings, TOKEN},
};

use crate::{
    hostile::{payment, signed},
    http::{Reply, post, send},
    scene::{Scene, program, quick},
    stickers::start_dark,
    tools::{run, said},
};

const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";

#[test]
fn an_order_from_a_phone_takes_the_idle_panel_when_it_is_paid() {
    let scene = Scene::open(MachineSettings { pulse_ms: 1500, ..with_mini_program() });
    let order = order(&scene, &json!({ "slot": 2, "openid": OPENID }));
    scene.see("the catalogue", |seen| seen == Seen::Catalogue(0));
    let number = pay(&scene, &order);
    let view = |screen| View::new(scene.settings.language, screen);
    scene.shows(&view(Screen::Vending { item: scene.item(2), progress: Progress::Turning }));
    scene.shows(&view(Screen::Farewell { item: scene.item(2) }));
    assert_eq!(scene.outcome(&number).state, "vended");
    scene.leave(2);
    scene.buy(2);
    assert_eq!((scene.pulses(2), scene.drops(2)), (2, 2));
}

#[test]
fn a_jam_of_an_order_from_a_phone_is_refunded_and_told_on_the_panel() {
    let scene = Scene::open(with_mini_program());
    scene.jam(2, true);
    let order = order(&scene, &json!({ "slot": 2, "openid": OPENID }));
    scene.customer.expect_trouble(2, number_of(&order)).unwrap();
    let number = pay(&scene, &order);
    assert_eq!(scene.outcome(&number).state, "refunded");
    scene.see("sorry", |seen| seen == Seen::Sorry(Trouble::NotVended(Refund::Done)));
    assert_eq!((scene.pulses(2), scene.drops(2)), (1, 0));
}

#[test]
fn who_stands_at_the_panel_keeps_the_qr_while_a_phone_buys() {
    let scene = Scene::open(with_mini_program());
    let chosen = scene.choose(1);
    let order = order(&scene, &json!({ "slot": 2, "openid": OPENID }));
    let number = pay(&scene, &order);
    assert_eq!(scene.outcome(&number).state, "vended");
    assert_eq!(scene.phone.code().as_ref(), Some(&chosen.code));
    scene.pay(&chosen);
    scene.see("the farewell", |seen| seen == Seen::Farewell);
    assert_eq!(scene.outcome(&chosen.number).state, "vended");
    assert_eq!([1, 2].map(|slot| (scene.pulses(slot), scene.drops(slot))), [(1, 1), (1, 1)]);
}

#[test]
fn a_machine_without_a_panel_sells_through_the_mini_program() {
    let settings = MachineSettings { panel: false, sign_type: SignType::Md5, ..quick() };
    let scene = Scene::dark(MachineSettings { mini_program: true, ..settings });
    let checked =
        run(program(), ["check".as_ref(), "--config".as_ref(), scene.machine.config()], b"");
    assert!(checked.status.success(), "{}", said(&checked));
    assert!(said(&checked).contains("ok     panel          there is none"), "{}", said(&checked));
    start_dark(&scene);
    let js_code = scene.gateway.js_code(OPENID);
    let order = order(&scene, &json!({ "slot": 8, "js_code": js_code }));
    let number = pay(&scene, &order);
    assert_eq!(scene.outcome(&number).state, "vended");
    assert_eq!((scene.pulses(8), scene.drops(8)), (1, 1));
}

#[test]
fn only_a_payment_within_wechat_pays_such_an_order() {
    let scene = Scene::open(with_mini_program());
    let order = order(&scene, &json!({ "slot": 1, "openid": OPENID }));
    // Truly signed and of the right amount, but paid by a QR that this order never had.
    let native = signed(&payment(number_of(&order)), API_KEY);
    let reply = post(scene.intake, "/notify", native.as_bytes());
    assert!(reply.refuses(), "{reply:?}");
    assert_eq!(scene.pulses(1), 0);
    let number = pay(&scene, &order);
    assert_eq!(scene.outcome(&number).state, "vended");
    assert_eq!((scene.pulses(1), scene.drops(1)), (1, 1));
}

#[test]
fn what_is_no_order_is_refused_and_nothing_is_opened() {
    let mut settings = with_mini_program();
    settings.slots.iter_mut().find(|slot| slot.number == 3).unwrap().stock = Some(0);
    let scene = Scene::dark(settings);
    start_dark(&scene);
    let (token, prefix) = (format!("Bearer {TOKEN}"), format!("Bearer {}", &TOKEN[..31]));
    let (basic, bare) = (format!("Basic {TOKEN}"), TOKEN.to_owned());
    let (good, long) = (r#"{"slot":1,"openid":"oU"}"#, " ".repeat(70_000));
    #[rustfmt::skip]
    let table = [
        ("no token",       "",      good,                                          401, "unauthorized"),
        ("a part of it",   &prefix, good,                                          401, "unauthorized"),
        ("another scheme", &basic,  good,                                          401, "unauthorized"),
        ("no scheme",      &bare,   good,                                          401, "unauthorized"),
        ("sold out",       &token,  r#"{"slot":3,"openid":"oU"}"#,                 409, "sold_out"),
        ("no such slot",   &token,  r#"{"slot":9,"openid":"oU"}"#,                 404, "no_such_slot"),
        ("slot 0",         &token,  r#"{"slot":0,"openid":"oU"}"#,                 400, "bad_request"),
        ("slot 70000",     &token,  r#"{"slot":70000,"openid":"oU"}"#,             400, "bad_request"),
        ("slot in words",  &token,  r#"{"slot":"1","openid":"oU"}"#,               400, "bad_request"),
        ("nobody",         &token,  r#"{"slot":1}"#,                               400, "bad_request"),
        ("two buyers",     &token,  r#"{"slot":1,"openid":"oU","js_code":"0a"}"#,  400, "bad_request"),
        ("a price",        &token,  r#"{"slot":1,"openid":"oU","total_fee":1}"#,   400, "bad_request"),
        ("half an order",  &token,  r#"{"slot":1,"#,                               400, "bad_request"),
        ("XML",            &token,  "<xml><slot>1</slot></xml>",                   400, "bad_request"),
        ("nothing",        &token,  "",                                            400, "bad_request"),
        ("far too much",   &token,  &long,                                         413, "bad_request"),
    ];
    for (name, authorization, body, status, error) in table {
        let reply = ask(&scene, authorization, body);
        assert_eq!(reply.status, Some(status), "{name}: {reply:?}");
        assert_eq!(word(&body_of(&reply), "error"), error, "{name}: {reply:?}");
        assert!(!word(&body_of(&reply), "message").is_empty(), "{name}: {reply:?}");
        for secret in [TOKEN, APP_SECRET, API_KEY] {
            assert!(!reply.text.contains(secret), "{name}: {reply:?}");
        }
    }
    assert_eq!(scene.machine.sales().unwrap(), []);
    assert_eq!(scene.gateway.read(|books| books.orders().len()), 0);
}

#[test]
fn a_machine_without_a_mini_program_takes_no_order_for_it() {
    let scene = Scene::open(quick());
    let reply = ask(&scene, &format!("Bearer {TOKEN}"), r#"{"slot":1,"openid":"oU"}"#);
    assert_eq!(reply.status, Some(404), "{reply:?}");
    assert_eq!(word(&body_of(&reply), "error"), "not_configured");
}

fn with_mini_program() -> MachineSettings {
    MachineSettings { mini_program: true, ..quick() }
}

/// What the back end gets for an order that the machine opens.
pub(crate) fn order(scene: &Scene, wish: &Value) -> Value {
    let reply = ask(scene, &format!("Bearer {TOKEN}"), &wish.to_string());
    assert_eq!(reply.status, Some(200), "{reply:?}; {}", scene.story());
    body_of(&reply)
}

fn number_of(order: &Value) -> &str {
    word(order, "out_trade_no")
}

/// The phone's part: the mini-program hands everything to `wx.requestPayment`.
pub(crate) fn pay(scene: &Scene, order: &Value) -> String {
    let number = scene.gateway.pay_jsapi(&order.to_string()).unwrap();
    assert_eq!(number, number_of(order));
    number
}

fn ask(scene: &Scene, authorization: &str, body: &str) -> Reply {
    let shown = match authorization {
        "" => String::new(),
        shown => format!("Authorization: {shown}\r\n"),
    };
    let request = format!(
        "POST /jsapi/order HTTP/1.1\r\nHost: kiosk\r\n{shown}Content-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    send(scene.intake, request.as_bytes())
}

fn body_of(reply: &Reply) -> Value {
    let (_, body) = reply.text.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap()
}

fn word<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).unwrap().as_str().unwrap()
}
