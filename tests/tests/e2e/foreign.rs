//! Clients that others wrote: they trade with the simulated gateway, and what they sign is taken
//! by kioskd. Their known faults are told where they matter.

mod client;

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    time::Duration,
};

use protocol::{
    Fields,
    sign::{ApiKey, SignType, sign},
    xml,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{
    customer::Seen,
    gateway::{Gateway, GatewaySettings, Key, Mood},
    machine::{API_KEY, APPID, MCH_ID, MachineSettings},
    timeline::Timeline,
};

use self::client::{
    Client, Installed,
    Library::{self, Axios, Tenpay, Wechatpy},
    Place, installed,
};
use crate::{
    hostile::intake,
    http::post,
    scene::{LIMIT, Scene, quick},
};

/// closeorder is refused before.
const CLOSE_AFTER: Duration = Duration::from_secs(300);
/// Two refunds of one order lie so far apart.
const REFUND_PAUSE: Duration = Duration::from_secs(60);
const MODES: [SignType; 2] = [SignType::Md5, SignType::HmacSha256];

#[test]
fn foreign_clients_place_query_and_close_orders() {
    let Some(installed) = installed() else { return };
    let office = Office::open();
    for (library, mode) in every_client() {
        let mut client = office.client(library, &installed, mode);
        let name = format!("{library:?}-{}", mode.as_str());

        let (paid, closed) = (format!("{name}-1"), format!("{name}-2"));
        let placed = client.ask("place", office.order(&paid)).unwrap();
        let code = text(&placed, "code_url");
        office.gateway.read(|books| {
            let order = books.order(&paid).unwrap();
            assert_eq!(order.codes, [code.to_owned()], "{name}");
            assert_eq!(order.request.get("body"), Some("自动售货机 A&B <可乐>"), "{name}");
            assert_eq!(order.sign_type, mode, "{name}");
        });
        signed_as_asked(&mut client, library, mode, &placed);

        let query = json!({"out_trade_no": paid});
        let state = granted(&mut client, library, "query", query.clone());
        assert_eq!(text(&state, "trade_state"), "NOTPAY", "{name}");
        office.gateway.pay(code).unwrap();
        let state = granted(&mut client, library, "query", query);
        assert_eq!(text(&state, "trade_state"), "SUCCESS", "{name}");
        assert_eq!(text(&state, "total_fee"), "350", "{name}");
        let id = text(&state, "transaction_id");
        let state = granted(&mut client, library, "query", json!({"transaction_id": id}));
        assert_eq!(text(&state, "out_trade_no"), paid, "{name}");

        client.ask("place", office.order(&closed)).unwrap();
        let close = json!({"out_trade_no": closed});
        let refused = client.ask("close", close.clone()).unwrap_err();
        assert!(refused.contains("TRADE_STATE_ERROR"), "{name}: {refused}");
        office.gateway.advance(CLOSE_AFTER);
        granted(&mut client, library, "close", close.clone());
        let state = granted(&mut client, library, "query", close);
        assert_eq!(text(&state, "trade_state"), "CLOSED", "{name}");
        let stranger = client.ask("query", json!({"out_trade_no": "NOBODYS"})).unwrap_err();
        assert!(stranger.contains("ORDERNOTEXIST"), "{name}: {stranger}");
    }
}

#[test]
fn foreign_clients_pay_back() {
    let Some(installed) = installed() else { return };
    let office = Office::open();
    let Some(place) = Place::certified(&office.gateway) else { return };
    for (library, mode) in every_client() {
        let mut client = Client::start(library, &installed, mode, &place);
        let name = format!("{library:?}-{}", mode.as_str());
        office.buy(&mut client, &name);
        let refund = |part: &str, fen: u32| refund(&name, &format!("{name}-{part}"), fen);
        let first = granted(&mut client, library, "refund", refund("R1", 100));
        let again = granted(&mut client, library, "refund", refund("R1", 100));
        assert_eq!(text(&first, "refund_id"), text(&again, "refund_id"), "{name}");
        assert_eq!(office.gateway.read(|books| books.refunded(&name)), 100, "{name}");
        let hasty = client.ask("refund", refund("R2", 250)).unwrap_err();
        assert!(hasty.contains("FREQUENCY_LIMITED"), "{name}: {hasty}");
        office.gateway.advance(REFUND_PAUSE);
        granted(&mut client, library, "refund", refund("R2", 250));
        office.gateway.advance(REFUND_PAUSE);
        let too_much = client.ask("refund", refund("R3", 1)).unwrap_err();
        assert!(too_much.contains("ERROR"), "{name}: {too_much}");

        let number = format!("{name}-R2");
        let one = granted(&mut client, library, "refundquery", json!({"out_refund_no": number}));
        assert_eq!(text(&one, "refund_fee_0"), "250", "{name}");
        assert_eq!(text(&one, "refund_status_0"), "SUCCESS", "{name}");
        let both = granted(&mut client, library, "refundquery", json!({"out_trade_no": name}));
        assert_eq!(text(&both, "refund_count"), "2", "{name}");
        let state = granted(&mut client, library, "query", json!({"out_trade_no": name}));
        assert_eq!(text(&state, "trade_state"), "REFUND", "{name}");
        office.gateway.read(|books| {
            assert_eq!(books.refunded(&name), 350, "{name}");
            assert_eq!(books.refunds_of(&name).count(), 2, "{name}");
        });
    }
}

#[test]
fn without_the_certificate_nothing_goes_back() {
    let Some(installed) = installed() else { return };
    let office = Office::open();
    for library in Library::ALL {
        let mut client = office.client(library, &installed, SignType::Md5);
        let number = format!("{library:?}");
        office.buy(&mut client, &number);
        let refused = client.ask("refund", refund(&number, &number, 350)).unwrap_err();
        assert!(refused.contains("证书验证失败"), "{library:?}: {refused}");
        assert_eq!(office.gateway.read(|books| books.refunded(&number)), 0);
    }
}

#[test]
fn the_refund_notify_is_decrypted_by_others() {
    let Some(installed) = installed() else { return };
    let office = Office::open();
    let Some(place) = Place::certified(&office.gateway) else { return };
    office.gateway.set_moods(|moods| moods.lose_notifies = false);
    for library in Library::ALL {
        let mut client = Client::start(library, &installed, SignType::HmacSha256, &place);
        let number = format!("{library:?}");
        office.buy(&mut client, &number);
        let ear = Ear::open();
        let mut refund = refund(&number, &format!("R-{number}"), 350);
        refund.as_object_mut().unwrap().insert("notify_url".to_owned(), json!(ear.url()));
        client.ask("refund", refund).unwrap();
        let told = client.ask("decrypt", json!({"xml": ear.hear()})).unwrap();
        assert_eq!(text(&told, "out_refund_no"), format!("R-{number}"));
        assert_eq!(text(&told, "refund_status"), "SUCCESS", "{library:?}");
    }
}

/// wechatpy looks at no sign of any answer: a merchant who uses it must do so himself.
#[test]
fn an_answer_altered_on_its_way_is_refused_by_all_but_wechatpy() {
    let Some(installed) = installed() else { return };
    let office = Office::open();
    for (library, mode) in every_client() {
        let mut client = office.client(library, &installed, mode);
        let number = format!("{library:?}-{}", mode.as_str());
        client.ask("place", office.order(&number)).unwrap();
        office.gateway.set_moods(|moods| moods.orderquery = Mood::WrongSign);
        let answer = client.ask("query", json!({"out_trade_no": number}));
        office.gateway.set_moods(|moods| moods.orderquery = Mood::Normal);
        match (library, answer) {
            (Axios, Err(refused)) => {
                assert!(refused.starts_with("EV2_RES_SIGNATURE_NOT_EQUAL"), "{refused}");
            }
            (Tenpay, Err(refused)) => assert_eq!(refused, "Error: sign签名错误"),
            (Wechatpy, Ok(answer)) => {
                assert_eq!(text(&answer, "altered"), "1");
                let holds = client.ask("check", json!({"fields": answer})).unwrap();
                assert_eq!(holds, json!(false));
            }
            (_, answer) => panic!("{library:?} {mode:?}: {answer:?}"),
        }
    }
}

/// What a client sends wrongly is refused; nothing is booked on a guess.
#[test]
fn what_foreign_clients_write_wrongly_is_refused() {
    let Some(installed) = installed() else { return };
    let office = Office::open();
    #[rustfmt::skip]
    let table = [
        // A CDATA section cannot contain its own end; only tenpay begins another one.
        (Axios,    "body",      json!("a]]>b"), Err("签名错误")),
        (Tenpay,   "body",      json!("a]]>b"), Ok("a]]>b")),
        (Wechatpy, "body",      json!("a]]>b"), Err("签名错误")),
        // JavaScript's null is signed as "" or "null" and sent as an empty element.
        (Axios,    "detail",    Value::Null,    Err("签名错误")),
        (Tenpay,   "detail",    Value::Null,    Err("签名错误")),
        (Wechatpy, "detail",    Value::Null,    Ok("")),
        // wechatpy takes the number 0 for nothing.
        (Axios,    "total_fee", json!(0),       Err("total_fee参数格式校验错误")),
        (Tenpay,   "total_fee", json!(0),       Err("total_fee参数格式校验错误")),
        (Wechatpy, "total_fee", json!(0),       Err("缺少参数total_fee")),
    ];
    for (count, (library, name, value, expected)) in table.into_iter().enumerate() {
        let mut client = office.client(library, &installed, SignType::Md5);
        let number = format!("W{count}");
        let mut order = office.order(&number);
        order.as_object_mut().unwrap().insert(name.to_owned(), value);
        let answer = client.ask("place", order);
        let booked = office.gateway.read(|books| {
            let order = books.order(&number)?;
            Some(order.request.get(name).unwrap_or_default().to_owned())
        });
        assert_eq!(booked.as_deref(), expected.ok(), "{library:?} {name}: {answer:?}");
        if let (Err(said), Err(expected)) = (answer, expected) {
            assert!(said.contains(expected), "{library:?} {name}: {said}");
        }
    }
}

/// A message that we sign holds for others too, whatever its mode and form, but for their faults.
#[test]
fn what_we_sign_is_verified_by_others() {
    let Some(installed) = installed() else { return };
    let office = Office::open();
    let signed = |mode: SignType, more: &[(&str, &str)]| {
        let mut fields = payment("VM0001-1", "350");
        for (name, value) in more {
            fields.set(name, *value);
        }
        let mark = sign(&fields, &ApiKey::parse(API_KEY).unwrap(), mode);
        fields.set("sign", mark);
        xml::write(&fields)
    };
    let (md5, hmac) = (SignType::Md5, SignType::HmacSha256);
    let reference = signed(md5, &[("attach", "中")]).replace("中", "&#20013;");
    let in_cdata = |message: String| message.replace("> x <", "><![CDATA[ x ]]><");
    let blanks = in_cdata(signed(md5, &[("attach", " x ")]));
    let blanks_added = in_cdata(signed(md5, &[("attach", "x")]).replace(">x<", "> x <"));
    #[rustfmt::skip]
    let table = [
        //                                                                 axios  tenpay wechatpy
        ("MD5",                   signed(md5, &[]),                        [true,  true,  true]),
        ("MD5, named",            signed(md5, &[("sign_type", "MD5")]),    [true,  true,  true]),
        ("an empty element",      signed(md5, &[("device_info", "")]),     [true,  true,  true]),
        ("HMAC, named",           signed(hmac, &[("sign_type", hmac.as_str())]), [true, true, false]),
        // As live notifies are; tenpay takes them for MD5, wechatpy takes everything for MD5.
        ("HMAC, not named",       signed(hmac, &[]),                       [true,  false, false]),
        ("a character reference", reference,                               [false, true,  true]),
        // Two of them trim, and then neither believe a true message nor see that one was altered.
        ("blanks at the ends",    blanks,                                  [true,  false, false]),
        ("blanks added later",    blanks_added,                            [false, true,  true]),
    ];
    for (at, library) in Library::ALL.into_iter().enumerate() {
        let mut client = office.client(library, &installed, md5);
        for (name, message, holds) in &table {
            let read = client.ask("read", json!({"xml": message}));
            assert_eq!(read.is_ok(), *holds.get(at).unwrap(), "{library:?}, {name}: {read:?}");
        }
    }
}

#[test]
fn kioskd_takes_what_others_signed_and_nothing_altered() {
    let Some(installed) = installed() else { return };
    for mode in MODES {
        let scene = Scene::open(MachineSettings { sign_type: mode, ..quick() });
        for (slot, library) in (1..).zip(Library::ALL) {
            let mut client = Client::start(library, &installed, mode, &Place::of(&scene.gateway));
            let chosen = scene.choose(slot);
            let intake = intake(&scene, &chosen.number);
            let item = scene.settings.slots.iter().find(|item| item.number == slot).unwrap();
            let fields = payment(&chosen.number, &item.price_fen.to_string());
            let mut notify = |mode: SignType| {
                let fields: serde_json::Map<_, _> =
                    fields.iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
                let notify = json!({"mode": mode.as_str(), "fields": fields});
                client.ask("notify", notify).unwrap().as_str().unwrap().to_owned()
            };
            let good = notify(mode);
            for (name, altered) in altered(&good, &fields) {
                let reply = post(intake, "/notify", altered.as_bytes());
                assert!(reply.refuses(), "{library:?} {mode:?}, {name}: {reply:?}\n{altered}");
            }
            for other in MODES.into_iter().filter(|other| *other != mode) {
                let reply = post(intake, "/notify", notify(other).as_bytes());
                assert!(reply.refuses(), "{library:?}, {mode:?} is not {other:?}: {reply:?}");
            }
            assert_eq!(scene.sale(&chosen.number).unwrap().state, "awaiting_payment");
            assert_eq!(scene.pulses(slot), 0, "{library:?} {mode:?}");

            let reply = post(intake, "/notify", good.as_bytes());
            let taken = reply.status == Some(200) && reply.text.contains("SUCCESS");
            assert!(taken, "{library:?} {mode:?}: {reply:?}\n{good}");
            scene.see("the farewell", |seen| seen == Seen::Farewell);
            assert_eq!(scene.outcome(&chosen.number).state, "vended", "{library:?} {mode:?}");
            assert_eq!(scene.pulses(slot), 1, "{library:?} {mode:?}");
            scene.leave(slot);
        }
    }
}

/// A gateway that knows one merchant, who signs in the mode that he likes.
struct Office {
    gateway: Gateway,
    _dir: TempDir,
}

impl Office {
    fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let settings = GatewaySettings {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            dir: dir.path().to_owned(),
            key: Key::parse(API_KEY).unwrap(),
            sign_type: None,
            merchant: Some((APPID.to_owned(), MCH_ID.to_owned())),
        };
        let gateway = Gateway::start(settings, Timeline::new()).unwrap();
        // Nobody listens at the address that the orders name.
        gateway.set_moods(|moods| moods.lose_notifies = true);
        Self { gateway, _dir: dir }
    }

    fn client(&self, library: Library, installed: &Installed, sign_type: SignType) -> Client {
        Client::start(library, installed, sign_type, &Place::of(&self.gateway))
    }

    /// An order that is paid.
    fn buy(&self, client: &mut Client, out_trade_no: &str) {
        let placed = client.ask("place", self.order(out_trade_no)).unwrap();
        self.gateway.pay(text(&placed, "code_url")).unwrap();
    }

    fn order(&self, out_trade_no: &str) -> Value {
        json!({
            "body": "自动售货机 A&B <可乐>",
            "out_trade_no": out_trade_no,
            "total_fee": 350,
            "spbill_create_ip": "127.0.0.1",
            "notify_url": "http://127.0.0.1:9/notify",
            "trade_type": "NATIVE",
            "product_id": "1",
        })
    }
}

/// A merchant's address at which one notify is heard.
struct Ear(TcpListener);

impl Ear {
    fn open() -> Self {
        Self(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap())
    }

    fn url(&self) -> String {
        format!("http://{}/refund", self.0.local_addr().unwrap())
    }

    /// The body of the first request.
    fn hear(&self) -> String {
        let (stream, _) = self.0.accept().unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            } else if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let reply = "<xml><return_code>SUCCESS</return_code></xml>";
        write!(
            reader.get_mut(),
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{reply}",
            reply.len()
        )
        .unwrap();
        String::from_utf8(body).unwrap()
    }
}

fn refund(number: &str, out_refund_no: &str, fen: u32) -> Value {
    json!({
        "out_trade_no": number,
        "out_refund_no": out_refund_no,
        "total_fee": 350,
        "refund_fee": fen,
    })
}

fn every_client() -> impl Iterator<Item = (Library, SignType)> {
    Library::ALL.into_iter().flat_map(|library| MODES.map(|mode| (library, mode)))
}

/// An answer whose sign holds: the others look by themselves, wechatpy is told to. It signs all but
/// unifiedorder in MD5 and so is answered in MD5.
fn granted(client: &mut Client, library: Library, what: &str, parameters: Value) -> Value {
    let answer = client.ask(what, parameters).unwrap();
    if library == Wechatpy {
        let holds = client.ask("check", json!({"fields": answer})).unwrap();
        assert_eq!(holds, json!(true), "{what}: {answer}");
    }
    answer
}

/// The answer was signed in the mode of its request; wechatpy cannot tell for HMAC-SHA256.
fn signed_as_asked(client: &mut Client, library: Library, mode: SignType, answer: &Value) {
    let length = match mode {
        SignType::Md5 => 32,
        SignType::HmacSha256 => 64,
    };
    assert_eq!(text(answer, "sign").len(), length, "{library:?}");
    if library == Wechatpy {
        let holds = client.ask("check", json!({"fields": answer})).unwrap();
        assert_eq!(holds, json!(mode == SignType::Md5));
    }
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("no {name} in {answer}"))
}

/// A notify with what makes signing hard: coupons, signs of XML, an element that nobody knows.
fn payment(number: &str, total_fee: &str) -> Fields {
    let mut fields = Fields::new();
    fields
        .set("return_code", "SUCCESS")
        .set("result_code", "SUCCESS")
        .set("appid", APPID)
        .set("mch_id", MCH_ID)
        .set("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS")
        .set("openid", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")
        .set("is_subscribe", "N")
        .set("trade_type", "NATIVE")
        .set("bank_type", "OTHERS")
        .set("fee_type", "CNY")
        .set("total_fee", total_fee)
        .set("cash_fee", "1")
        .set("coupon_count", "3")
        .set("coupon_fee_0", "10")
        .set("coupon_fee_10", "20")
        .set("coupon_fee_2", "0")
        .set("attach", "深圳分店 A&B <x> \"q\" 'p' 100% a+b=c")
        .set("transaction_id", format!("42000012342026112100{total_fee:0>8}"))
        .set("time_end", "20261121120000")
        .set("unheard_of", "{\"slot\":1}")
        .set("out_trade_no", number);
    fields
}

/// The message with one byte changed in the value of each field, and of its sign.
fn altered(message: &str, fields: &Fields) -> Vec<(String, String)> {
    let names = fields.iter().map(|(name, _)| name).chain(["sign"]);
    let changed = names.map(|name| {
        let tag = format!("<{name}>");
        let start = message.find(&tag).unwrap() + tag.len();
        let (head, rest) = message.split_at(start);
        let skip = if rest.starts_with("<![CDATA[") { "<![CDATA[".len() } else { 0 };
        let at = skip + rest[skip..].find(|c: char| c.is_ascii_alphanumeric()).unwrap();
        let other = if rest[at..].starts_with('1') { "2" } else { "1" };
        (name.to_owned(), format!("{head}{}{other}{}", &rest[..at], &rest[at + 1..]))
    });
    changed.collect()
}
