//! Whatever strangers send to the intake is refused and changes nothing.

use std::{
    collections::VecDeque,
    io::Write as _,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use protocol::{
    Fields, NonceStr,
    sign::{ApiKey, SignType, sign},
    xml,
};
use tests::{
    customer::Seen,
    gateway::Forgery,
    machine::{API_KEY, APPID, MCH_ID, SaleLine},
};

use crate::{
    http::{connect, dribble, post, read_reply, request, send},
    scene::{Chosen, LIMIT, Scene, quick, warnings},
};

/// Another merchant's key, as long and as random as ours.
const FOREIGN_KEY: &str = "f0000000000000000000000000000009";
/// APIv2 messages have some hundred bytes; kioskd reads no more than this.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// More than one machine hears in a year.
const CROWD: usize = 100;
/// So many at once who do not end what they say.
const SLOW_CROWD: usize = 300;
/// The crowd's next one comes so much later.
const COMES_EVERY: Duration = Duration::from_millis(1);
/// A true notify is answered within this, whoever else is there; WeChat waits 5 s.
const HEARD_MAX: Duration = Duration::from_secs(2);

#[test]
fn what_is_not_a_payment_of_this_order_is_refused_and_told_once() {
    let (scene, chosen, intake) = waiting_to_be_paid();
    let before = scene.machine.sales().unwrap();
    let mut refused = 0;
    for (name, body) in bodies(&chosen.number) {
        let reply = post(intake, "/notify", &body);
        assert!(reply.refuses(), "{name}: {reply:?}");
        refused += 1;
        told(&scene, refused, name);
    }
    for forgery in [
        Forgery::NoSign,
        Forgery::WrongKey,
        Forgery::AlteredAmount,
        Forgery::OtherAmount,
        Forgery::OtherSignType,
        Forgery::ReplayedAnswer,
    ] {
        let reply = scene.gateway.forge(&chosen.number, forgery).unwrap();
        assert!(reply.contains("FAIL") && !reply.contains("SUCCESS"), "{forgery:?}: {reply}");
        refused += 1;
        told(&scene, refused, &format!("{forgery:?}"));
    }
    still_sells(&scene, &chosen, &before);
    assert_eq!(scene.warnings().len(), refused, "{}", scene.story());
}

#[test]
fn what_is_not_a_post_to_the_notify_address_is_refused() {
    let (scene, chosen, intake) = waiting_to_be_paid();
    let before = scene.machine.sales().unwrap();
    let good = signed(&payment(&chosen.number), API_KEY);
    let good = good.as_bytes();
    #[rustfmt::skip]
    let table = [
        ("GET",          request("GET", "/notify", b"")),
        ("PUT",          request("PUT", "/notify", good)),
        ("DELETE",       request("DELETE", "/notify", b"")),
        ("root",         request("POST", "/", good)),
        ("other path",   request("POST", "/notify/../admin", good)),
        ("deep path",    request("POST", "/notify/VM0001/more", good)),
        ("not HTTP",     b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n".to_vec()),
        ("a long line",  [b"POST /".as_slice(), &[b'a'; 20_000], b" HTTP/1.1\r\n\r\n"].concat()),
        ("two lengths",  b"POST /notify HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_vec()),
    ];
    for (name, bytes) in table {
        let reply = send(intake, &bytes);
        assert!(reply.refuses(), "{name}: {reply:?}");
    }
    still_sells(&scene, &chosen, &before);
}

#[test]
fn who_sends_slowly_is_cut_off() {
    let (scene, chosen, intake) = waiting_to_be_paid();
    let before = scene.machine.sales().unwrap();
    let pace = Duration::from_millis(100);
    let whole = request("POST", "/notify", &[b'<'; 4000]);
    let head = whole.len() - 4000;
    let slow_head = dribble(intake, &whole, pace);
    assert!(slow_head.refuses(), "{slow_head:?}");
    assert!(scene.warnings().is_empty(), "there was no message: {:?}", scene.warnings());

    let mut stream = connect(intake);
    stream.write_all(whole.get(..head + 10).unwrap()).unwrap();
    let half_a_body = read_reply(stream);
    // Cut off without a word is enough: what matters is the line for the operator.
    assert!(half_a_body.refuses(), "{half_a_body:?}");
    told(&scene, 1, "half a body");
    still_sells(&scene, &chosen, &before);
}

#[test]
fn a_hundred_at_once_are_each_answered() {
    let (scene, chosen, intake) = waiting_to_be_paid();
    let before = scene.machine.sales().unwrap();
    let body = signed(&payment(&chosen.number), FOREIGN_KEY);
    let mut crowd: Vec<_> = (0..CROWD).map(|_| connect(intake)).collect();
    for stream in &mut crowd {
        stream.write_all(&request("POST", "/notify", body.as_bytes())).unwrap();
    }
    for stream in crowd {
        let reply = read_reply(stream);
        assert!(reply.status == Some(200) && reply.refuses(), "{reply:?}");
    }
    told(&scene, CROWD, "the crowd");
    still_sells(&scene, &chosen, &before);
}

#[test]
fn a_slow_crowd_keeps_no_true_notify_out() {
    let (scene, chosen, intake) = waiting_to_be_paid();
    let crowd = SlowCrowd::gather(intake);
    let notify = signed(&payment(&chosen.number), API_KEY);
    for time in 0..5 {
        let said = Instant::now();
        let reply = post(intake, "/notify", notify.as_bytes());
        assert!(reply.status == Some(200) && reply.text.contains("SUCCESS"), "{time}: {reply:?}");
        assert!(said.elapsed() < HEARD_MAX, "{time}: it waited for {:?}", said.elapsed());
        crowd.grow();
    }
    assert_eq!(scene.outcome(&chosen.number).state, "vended");
    assert_eq!(scene.pulses(chosen.slot), 1);
    let came = crowd.disperse();
    assert!(came > SLOW_CROWD, "{came} came");
}

#[test]
fn a_true_notify_is_taken_again_long_after_and_changes_nothing() {
    let (scene, chosen, intake) = waiting_to_be_paid();
    scene.pay(&chosen);
    assert_eq!(scene.outcome(&chosen.number).state, "vended");
    let sold = scene.machine.sales().unwrap();
    let mut again = payment(&chosen.number);
    again.set("transaction_id", sold.first().unwrap().transaction_id.clone().unwrap());
    let reply = post(intake, "/notify", signed(&again, API_KEY).as_bytes());
    assert!(reply.status == Some(200) && reply.text.contains("SUCCESS"), "{reply:?}");

    // Truly signed, but a second payment of the same order: somebody has to look at it.
    let second = signed(&payment(&chosen.number), API_KEY);
    let reply = post(intake, "/notify", second.as_bytes());
    assert!(reply.refuses(), "{reply:?}");
    assert_eq!(scene.machine.sales().unwrap(), sold);
    assert_eq!(scene.pulses(chosen.slot), 1);
}

/// People who begin to speak and never end: half of them in the head, half in the body. When one
/// is sent away another takes the place at once.
struct SlowCrowd {
    leave: Arc<AtomicBool>,
    came: Arc<AtomicUsize>,
    comers: thread::JoinHandle<()>,
}

impl SlowCrowd {
    fn gather(intake: SocketAddr) -> Self {
        let (leave, came) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (until, count) = (Arc::clone(&leave), Arc::clone(&came));
        let comers = thread::spawn(move || {
            let whole = request("POST", "/notify", &[b'<'; 4000]);
            let mut crowd = VecDeque::new();
            while !until.load(Ordering::Relaxed) {
                let number = count.fetch_add(1, Ordering::Relaxed);
                let said = if number % 2 == 0 { 40 } else { whole.len() - 3000 };
                let mut stream = connect(intake);
                // Whoever came first may have been sent away.
                let _ = stream.write_all(whole.get(..said).unwrap());
                crowd.push_back(stream);
                if crowd.len() > SLOW_CROWD {
                    crowd.pop_front();
                }
                // A network brings them one by one, and leaves the computer to others.
                thread::sleep(COMES_EVERY);
            }
        });
        let crowd = Self { leave, came, comers };
        crowd.grow();
        crowd
    }

    /// Waits until so many more have come.
    fn grow(&self) {
        let (begun, before) = (Instant::now(), self.came.load(Ordering::Relaxed));
        while self.came.load(Ordering::Relaxed) < before + SLOW_CROWD {
            assert!(begun.elapsed() < LIMIT, "the crowd does not grow");
            thread::sleep(COMES_EVERY);
        }
    }

    /// How many there were.
    fn disperse(self) -> usize {
        self.leave.store(true, Ordering::Relaxed);
        self.comers.join().unwrap();
        self.came.load(Ordering::Relaxed)
    }
}

/// A machine whose customer has the QR before him.
fn waiting_to_be_paid() -> (Scene, Chosen, SocketAddr) {
    let scene = Scene::open(quick());
    let chosen = scene.choose(1);
    let intake = intake(&scene, &chosen.number);
    (scene, chosen, intake)
}

pub(crate) fn intake(scene: &Scene, number: &str) -> SocketAddr {
    scene.gateway.read(|books| {
        let url = books.order(number).unwrap().request.get("notify_url").unwrap();
        url.strip_prefix("http://").unwrap().strip_suffix("/notify").unwrap().parse().unwrap()
    })
}

/// Nothing changed; then the sale goes on as if nothing had been.
fn still_sells(scene: &Scene, chosen: &Chosen, before: &[SaleLine]) {
    assert_eq!(scene.machine.sales().unwrap(), before);
    assert_eq!(scene.pulses(chosen.slot), 0);
    assert_eq!(scene.phone.code().as_ref(), Some(&chosen.code), "the QR is still there");
    scene.pay(chosen);
    scene.see("the farewell", |seen| seen == Seen::Farewell);
    assert_eq!(scene.outcome(&chosen.number).state, "vended");
    assert_eq!(scene.pulses(chosen.slot), 1);
}

/// There are exactly `count` WARN lines by now.
fn told(scene: &Scene, count: usize, name: &str) {
    let enough = scene.machine.wait_for_lines("a WARN line", LIMIT, |lines| {
        (warnings(lines).count() >= count).then_some(())
    });
    assert!(enough.is_ok(), "{name}: no WARN line number {count}; {}", scene.story());
    assert_eq!(scene.warnings().len(), count, "{name}; {}", scene.story());
}

/// Messages that must not be believed, each with what is wrong with it.
pub(crate) fn bodies(number: &str) -> Vec<(&'static str, Vec<u8>)> {
    let good = payment(number);
    let with = |name: &str, value: &str| {
        let mut fields = good.clone();
        fields.set(name, value);
        signed(&fields, API_KEY)
    };
    let without = |name: &str| {
        let mut fields = good.clone();
        fields.remove(name);
        signed(&fields, API_KEY)
    };
    let whole = signed(&good, API_KEY);
    let half: String = whole.chars().take(whole.chars().count() / 2).collect();
    let (foreign_order, unknown) = ("VM9999-20260101-000001-ABCD", "VM0001-20260101-999999-ABCD");
    let bomb = "<!DOCTYPE xml [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]>";
    let external = "<!DOCTYPE xml [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>";
    let doubled = whole.replace("</xml>", "<total_fee>350</total_fee></xml>");
    let nested = whole.replace("<total_fee>350</total_fee>", "<total_fee><b>350</b></total_fee>");
    let altered = whole.replace(">350<", ">351<");
    let table: Vec<(&'static str, String)> = vec![
        ("altered", altered),
        ("another merchant's key", signed(&good, FOREIGN_KEY)),
        ("another merchant", with("mch_id", "1900000999")),
        ("another appid", with("appid", "wx0000000000000000")),
        ("an order of another machine", with("out_trade_no", foreign_order)),
        ("an order that never was", with("out_trade_no", unknown)),
        ("too little", with("total_fee", "1")),
        ("too much", with("total_fee", "35000")),
        ("no number", with("total_fee", "3.50")),
        ("other money", with("fee_type", "USD")),
        ("failed", with("result_code", "FAIL")),
        ("not heard", with("return_code", "FAIL")),
        ("no amount", without("total_fee")),
        ("no transaction_id", without("transaction_id")),
        ("no order", without("out_trade_no")),
        ("no merchant", without("mch_id")),
        ("no sign", xml::write(&good)),
        ("an empty sign", xml::write(good.clone().set("sign", ""))),
        ("truncated", half),
        ("DOCTYPE", whole.replace("<xml>", &format!("{bomb}<xml>"))),
        ("DOCTYPE of a file", whole.replace("<xml>", &format!("{external}<xml>"))),
        ("an element twice", doubled),
        ("nested", nested),
        ("more after the end", format!("{whole}<xml></xml>")),
        ("no element", "350".to_owned()),
        ("an empty message", "<xml></xml>".to_owned()),
        ("deep", "<xml>".repeat(5000)),
        ("nothing", String::new()),
        ("JSON", r#"{"return_code":"SUCCESS"}"#.to_owned()),
        ("a million letters", "a".repeat(1_000_000)),
        ("a byte too many", format!("{whole}{}", " ".repeat(BODY_BYTES_MAX + 1 - whole.len()))),
    ];
    let mut bodies: Vec<_> =
        table.into_iter().map(|(name, body)| (name, body.into_bytes())).collect();
    bodies.push(("binary", (0..=255).cycle().take(3000).collect()));
    bodies.push(("not UTF-8", [whole.as_bytes(), b"<!-- \xFF\xFE -->"].concat()));
    bodies
}

/// A notify of `number` as WeChat would send it, not signed yet.
pub(crate) fn payment(number: &str) -> Fields {
    let mut fields = Fields::new();
    fields
        .set("return_code", "SUCCESS")
        .set("result_code", "SUCCESS")
        .set("appid", APPID)
        .set("mch_id", MCH_ID)
        .set("openid", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")
        .set("is_subscribe", "N")
        .set("trade_type", "NATIVE")
        .set("bank_type", "OTHERS")
        .set("fee_type", "CNY")
        .set("total_fee", "350")
        .set("cash_fee", "350")
        .set("transaction_id", "4200001234202611210000000099")
        .set("out_trade_no", number)
        .set("time_end", "20261121120000");
    fields
}

pub(crate) fn signed(fields: &Fields, key: &str) -> String {
    let mut fields = fields.clone();
    fields.set("nonce_str", NonceStr::random().as_str());
    let key = ApiKey::parse(key).unwrap();
    let mark = sign(&fields, &key, SignType::HmacSha256);
    fields.set("sign", mark);
    xml::write(&fields)
}
