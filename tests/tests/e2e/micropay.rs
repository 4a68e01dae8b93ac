//! Payment codes: the middle and its gateway port, in a time of their own, against the simulated
//! gateway. The scanner is played by an event.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use daemon::{
    clock::Clock,
    inbox::{Outlet, inbox},
    port::gateway::{Certificate, Gateway as Port, GatewaySettings as PortSettings},
    sale::{Books, Command, Decision, Event, Machine, Now, Timestamp},
};
use hardware::board::BoardEvent;
use protocol::{
    AppId, AuthCode, MchId, Merchant, NotifyUrl,
    sign::{ApiKey, SignType},
};
use tests::{
    gateway::{Gateway, GatewaySettings, Key, Mood, Password},
    machine::{API_KEY, APPID, MCH_ID},
    simulation::{Item, planogram, rules},
    timeline::Timeline,
};
use tokio::runtime::Runtime;

use crate::scene::LIMIT;

const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";
const COLA: Item = Item { slot: 1, price: 350, stock: None };

#[test]
fn a_code_without_password_is_charged_and_vended() {
    let mut shop = Shop::open();
    shop.show_code();
    assert_eq!(shop.states(), ["closing", "vending"]);
    assert_eq!(shop.trade_state(), "SUCCESS");
}

#[test]
fn a_password_is_waited_for() {
    let mut shop = Shop::open();
    shop.gateway.set_moods(|moods| moods.password = Password::Right(3));
    shop.show_code();
    assert_eq!(shop.last_state(), "vending");
    assert!((15..30).contains(&shop.passed.as_secs()), "{:?}", shop.passed);
}

#[test]
fn what_nobody_pays_is_reversed() {
    let mut shop = Shop::open();
    shop.gateway.set_moods(|moods| moods.password = Password::Right(99));
    shop.gateway.set_moods(|moods| moods.reverse = Mood::SystemError(1));
    shop.show_code();
    assert_eq!(shop.last_state(), "closed");
    assert_eq!(shop.trade_state(), "REVOKED");
}

#[test]
fn an_answer_that_was_lost_is_found_and_vended_or_taken_back_whole() {
    for (mood, state, at_wechat) in [
        (Mood::LoseAnswer, "vending", "SUCCESS"),
        (Mood::SystemError(1), "closed", "REVOKED"),
        (Mood::Html, "closed", "REVOKED"),
    ] {
        let mut shop = Shop::open();
        shop.gateway.set_moods(|moods| moods.micropay = mood);
        shop.show_code();
        let found = shop.trade_state_or("REVOKED");
        assert_eq!((shop.last_state().as_str(), found.as_str()), (state, at_wechat), "{mood:?}");
    }
}

#[test]
fn a_refused_code_ends_the_order_at_once() {
    let mut shop = Shop::open();
    let code = shop.gateway.payment_code(OPENID);
    shop.gateway.advance(Duration::from_secs(90));
    shop.show(&code);
    assert_eq!(shop.last_state(), "closed");
    assert_eq!(shop.passed, Duration::ZERO, "it is certain at once");
}

/// A machine without wheels: what it decides is carried out at the gateway, and time passes when
/// nothing is on its way.
struct Shop {
    gateway: Gateway,
    machine: Machine,
    port: Port,
    outlet: Outlet,
    clock: Clock,
    passed: Duration,
    on_the_way: usize,
    /// For the gateway's certificate; before the tasks that use it.
    _dir: tempfile::TempDir,
    _tasks: Runtime,
}

impl Shop {
    /// With a customer who has a QR before them.
    fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let settings = GatewaySettings {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            dir: dir.path().to_owned(),
            key: Key::parse(API_KEY).unwrap(),
            sign_type: Some(SignType::HmacSha256),
            merchant: Some((APPID.to_owned(), MCH_ID.to_owned())),
        };
        let gateway = Gateway::start(settings, Timeline::new()).unwrap();
        let tasks = Runtime::new().unwrap();
        let (inbox, outlet) = inbox();
        let clock = Clock::start();
        let port = PortSettings {
            machine: rules().machine,
            base_url: gateway.base_url(),
            backup_url: None,
            extra_ca_file: Some(gateway.ca_file().to_owned()),
            certificate: Some(Certificate {
                certificate_file: gateway.client_cert_file().to_owned(),
                key_file: gateway.client_key_file().to_owned(),
            }),
            notify_url: NotifyUrl::parse("http://127.0.0.1:9/notify").unwrap(),
            refund_notify_url: None,
            spbill_create_ip: Ipv4Addr::LOCALHOST.into(),
            sandbox: None,
            session_url: gateway.base_url(),
        };
        let handle = tasks.handle().clone();
        let port = Port::new(port, merchant(), inbox, clock.clone(), handle).unwrap();
        let machine = Machine::new(rules(), Books::new(planogram(&[COLA])));
        let (passed, on_the_way) = (Duration::ZERO, 0);
        let mut shop = Self {
            gateway,
            machine,
            port,
            outlet,
            clock,
            passed,
            on_the_way,
            _dir: dir,
            _tasks: tasks,
        };
        shop.hear(&Event::Board(BoardEvent::Up { identity: "none".to_owned() }));
        shop.hear(&Event::Touched(kiosk::Touch::Select(1)));
        shop.answers();
        shop
    }

    fn show_code(&mut self) {
        let code = self.gateway.payment_code(OPENID);
        self.show(&code);
    }

    /// The customer shows a code, and time passes until the order is at an end.
    fn show(&mut self, code: &str) {
        self.hear(&Event::CodeShown(AuthCode::parse(code).unwrap()));
        self.answers();
        let step = Duration::from_secs(1);
        while ["opening", "closing"].contains(&self.last_state().as_str()) {
            assert!(self.passed < Duration::from_secs(300), "{:?}", self.states());
            self.passed += step;
            self.gateway.advance(step);
            self.hear(&Event::Woke);
            self.hear(&Event::SweepDue);
            self.answers();
        }
    }

    /// Hears all answers that are on their way.
    fn answers(&mut self) {
        while self.on_the_way > 0 {
            let event = self.outlet.take(LIMIT).expect("the port answers every wish");
            self.on_the_way -= 1;
            self.hear(&event);
        }
    }

    fn hear(&mut self, event: &Event) {
        let now = self.clock.now();
        let passed_ms = i64::try_from(self.passed.as_millis()).unwrap();
        let wall = Timestamp::from_unix_ms(now.wall.unix_ms() + passed_ms);
        let now = Now { monotonic: now.monotonic + self.passed, wall, ..now };
        let decision = self.machine.decide(event, &now);
        self.machine.settle(&decision, now.wall).unwrap();
        self.act(decision);
    }

    fn act(&mut self, decision: Decision) {
        for command in decision.commands {
            self.on_the_way += 1;
            match command {
                Command::OpenOrder { order, payer } => self.port.open_order(&order, payer),
                Command::QueryOrder(number) => self.port.query_order(&number),
                Command::CloseOrder(number) => self.port.close_order(&number),
                Command::PayByCode { order, code } => self.port.pay_by_code(&order, code),
                Command::Reverse(number) => self.port.reverse(&number),
                Command::Refund(refund) => self.port.refund(&refund),
                Command::QueryRefunds(number) => self.port.query_refunds(&number),
                // Nothing comes back of these.
                _ => self.on_the_way -= 1,
            }
        }
    }

    /// The states of all sales, in their order.
    fn states(&self) -> Vec<String> {
        let sales = self.machine.books().sales();
        let states = sales.map(|sale| (sale.order.number, sale.state.name().to_owned()));
        states.collect::<BTreeMap<_, _>>().into_values().collect()
    }

    fn last_state(&self) -> String {
        self.states().pop().unwrap()
    }

    fn trade_state(&self) -> String {
        self.trade_state_or("none")
    }

    /// What the gateway's books say of the last order, which it may never have heard of.
    fn trade_state_or(&self, unknown: &str) -> String {
        let last = self.machine.books().sales().max_by_key(|sale| sale.order.number).unwrap();
        let number = last.order.out_trade_no.as_str();
        self.gateway.read(|books| {
            books.order(number).map_or(unknown, |order| order.trade_state()).to_owned()
        })
    }
}

fn merchant() -> Merchant {
    Merchant {
        appid: AppId::parse(APPID).unwrap(),
        mch_id: MchId::parse(MCH_ID).unwrap(),
        key: ApiKey::parse(API_KEY).unwrap(),
        previous_key: None,
        sign_type: SignType::HmacSha256,
    }
}
