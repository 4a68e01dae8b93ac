//! Plays a dialogue with the middle, line by line, and restarts it after every line.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a test may panic, and picks what it looks for"
)]

mod audit;
mod browsing;
mod names;
mod phones;
mod refunds;
mod stalls;

use std::collections::BTreeMap;
use std::time::Duration;

use hardware::board::{BoardEvent, Fault};
use protocol::closeorder::CloseOrder;
use protocol::orderquery::OrderQuery;
use protocol::sign::{self, ApiKey, SignType, Verified};
use protocol::unifiedorder::{Trade, UnifiedOrder};
use protocol::{AppId, AuthCode, BeijingTime, Body, Call, CallError, ErrCode, Fen, Fields, MchId};
use protocol::{Merchant, NotifyUrl, OutRefundNo, OutTradeNo, Payment, ProductId};
use protocol::{notify, read_answer, xml};

use browsing::item_names;
use names::{command_name, names, screen_name};

use crate::sale::{
    Books, Command, Decision, Door, Entry, Event, GatewayFault, InDoubt, Load, Machine, MachineId,
    NotifyTicket, Now, Order, Planogram, Position, Queried, Recorded, Settings, Slot, State,
    Timestamp,
};

/// Plays `script`: on each line what is heard, the entries, the commands and the screen that must
/// follow, in columns parted by two spaces or more.
pub(super) fn check(script: &str) {
    let mut world = World::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let columns = line.split("  ").map(str::trim).filter(|text| !text.is_empty());
        let columns = columns.collect::<Vec<_>>();
        let [heard, entries, commands, screen] = columns.as_slice() else {
            panic!("four columns, not {columns:?}");
        };
        let (found_entries, found_commands) = world.hear(heard);
        let found = [found_entries, found_commands, world.screen()];
        assert_eq!(found, [*entries, *commands, *screen].map(str::to_owned), "after {line:?}");
        world.check_promises();
    }
}

struct World {
    settings: Settings,
    /// Slot 3 holds the same as slot 1.
    twin: bool,
    machine: Machine,
    recorded: Vec<Recorded>,
    now: Now,
    /// The order that the lines are about.
    order: Option<Order>,
    /// Another one, for later.
    kept: Option<Order>,
    tickets: u64,
    /// Screens are told with their items.
    lists_items: bool,
}

const KEY: &str = "k0000000000000000000000000000002";
/// 2027-01-15, 8 o'clock in Beijing.
const START_MS: i64 = 1_799_971_200_000;

fn merchant() -> Merchant {
    Merchant {
        appid: AppId::parse("wx8888888888888888").unwrap(),
        mch_id: MchId::parse("1900000109").unwrap(),
        key: ApiKey::parse(KEY).unwrap(),
        previous_key: None,
        sign_type: SignType::HmacSha256,
    }
}

fn settings() -> Settings {
    Settings {
        machine: MachineId::parse("VM1").unwrap(),
        appid: merchant().appid,
        mch_id: merchant().mch_id,
        payment_window: Duration::from_secs(90),
        grace: Duration::from_secs(6),
        farewell: Duration::from_secs(6),
        sorry: Duration::from_secs(20),
        vend_limit: Duration::from_secs(30),
        failures_until_blocked: 1,
        in_doubt: InDoubt::Refund,
        can_refund: false,
        language: kiosk::Language::Chinese,
        phone: String::new(),
        attract_after: None,
        product_page: false,
        keypad: false,
        cheapest_first: false,
        names: BTreeMap::new(),
    }
}

fn planogram(twin: bool) -> Planogram {
    let position = |name: &str, fen, drop_input, stock| Position {
        name_zh: name.to_owned(),
        name_en: name.to_owned(),
        price: Fen::new(fen),
        drop_input,
        configured_stock: stock,
        stock: None,
        loaded: None,
        failures_in_row: 0,
    };
    let third = twin.then(|| (Slot::try_from(3).unwrap(), position("Cola", 350, 2, None)));
    let slots = [
        (Slot::try_from(1).unwrap(), position("Cola", 350, 0, None)),
        (
            Slot::try_from(2).unwrap(),
            position("Water", 200, 1, Some(Load { count: 1, filled: None })),
        ),
    ];
    Planogram::new(slots.into_iter().chain(third))
}

impl World {
    fn new() -> Self {
        let now = Now {
            monotonic: Duration::from_secs(1),
            wall: Timestamp::from_unix_ms(START_MS),
            random: 7,
        };
        let machine = Machine::new(settings(), Books::new(planogram(false)));
        let mut world = Self {
            settings: settings(),
            twin: false,
            machine,
            recorded: Vec::new(),
            now,
            order: None,
            kept: None,
            tickets: 0,
            lists_items: false,
        };
        world.resume();
        world
    }

    fn resume(&mut self) {
        for step in self.machine.resume_steps() {
            let resumed = self.machine.resume(&step, "0.0.0", &self.now);
            self.take(resumed);
        }
    }

    /// Lets the middle hear one line; returns the names of entries and commands that follow.
    fn hear(&mut self, heard: &str) -> (String, String) {
        match heard {
            "in doubt: technician" => {
                self.settings.in_doubt = InDoubt::Technician;
                self.machine = self.restarted();
                return ("-".to_owned(), "-".to_owned());
            }
            "certificate" | "no certificate" => {
                self.settings.can_refund = heard == "certificate";
                self.machine = self.restarted();
                return ("-".to_owned(), "-".to_owned());
            }
            "twin" => {
                self.twin = true;
                self.machine = self.restarted();
                return ("-".to_owned(), "-".to_owned());
            }
            heard if self.set_up(heard) => return ("-".to_owned(), "-".to_owned()),
            "restart" => return self.restart(),
            heard if heard.starts_with("keep") => {
                self.kept = self.order.take();
                return ("-".to_owned(), "-".to_owned());
            }
            "swap" => {
                std::mem::swap(&mut self.kept, &mut self.order);
                return ("-".to_owned(), "-".to_owned());
            }
            _ => {}
        }
        let event = self.event(heard);
        let decision = self.machine.decide(&event, &self.now);
        let ordered = decision.commands.iter().find_map(|command| match command {
            Command::OpenOrder { order, .. } | Command::PayByCode { order, .. } => Some(order),
            _ => None,
        });
        if let Some(order) = ordered {
            self.order = Some(order.clone());
        }
        let entries = names(decision.entries.iter().map(|entry| entry.name().to_owned()));
        let commands = names(decision.commands.iter().map(command_name));
        self.take(decision);
        (entries, commands)
    }

    /// A power cut now, and a start.
    fn restart(&mut self) -> (String, String) {
        self.machine = self.restarted();
        let (mut entries, mut commands) = (Vec::new(), Vec::new());
        for step in self.machine.resume_steps() {
            let resumed = self.machine.resume(&step, "0.0.0", &self.now);
            entries.extend(resumed.entries.iter().map(|entry| entry.name().to_owned()));
            commands.extend(resumed.commands.iter().map(command_name));
            self.take(resumed);
        }
        (names(entries.into_iter()), names(commands.into_iter()))
    }

    fn take(&mut self, decision: Decision) {
        self.machine.settle(&decision, self.now.wall).unwrap();
        let at = self.now.wall;
        self.recorded.extend(decision.entries.into_iter().map(|entry| Recorded { at, entry }));
        self.now.random = self.now.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    }

    fn pass(&mut self, seconds: &str) {
        let time = Duration::from_secs(seconds.parse().unwrap());
        self.now.monotonic += time;
        self.now.wall = self.now.wall.plus(time);
    }

    fn event(&mut self, heard: &str) -> Event {
        let words = heard.split(' ').collect::<Vec<_>>();
        if let Some(event) = self.browsing_event(&words) {
            return event;
        }
        match words.as_slice() {
            ["touch", slot] => Event::Touched(kiosk::Touch::Select(slot.parse().unwrap())),
            ["cancel"] => Event::Touched(kiosk::Touch::Cancel),
            ["back"] => Event::Touched(kiosk::Touch::Back),
            ["board", "up"] => Event::Board(BoardEvent::Up { identity: "test".to_owned() }),
            ["board", "down"] => Event::Board(BoardEvent::Down { reason: "unplugged".to_owned() }),
            ["sensor", input, state] => Event::Board(BoardEvent::DropSensor {
                input: input.parse().unwrap(),
                blocked: *state == "blocked",
            }),
            ["idle"] => Event::Board(BoardEvent::Idle),
            ["first:", end @ ..] => self.first(end),
            ["vended"] => Event::Board(BoardEvent::VendSucceeded { tag: self.tag() }),
            ["no", "drop"] => {
                Event::Board(BoardEvent::VendFailed { tag: self.tag(), fault: Fault::NoDrop })
            }
            ["unknown"] => {
                let why = "the line went dead".to_owned();
                Event::Board(BoardEvent::VendUnknown { tag: self.tag(), why })
            }
            ["wait", seconds] => {
                self.pass(seconds);
                Event::Woke
            }
            ["later", seconds, "sweep"] => {
                self.pass(seconds);
                Event::SweepDue
            }
            ["later", seconds, "audit"] => {
                self.pass(seconds);
                Event::AuditDue
            }
            ["ahead", seconds, "sweep"] => {
                let step = Duration::from_secs(seconds.parse().unwrap());
                self.now.wall = self.now.wall.plus(step);
                Event::SweepDue
            }
            ["clock", year] => {
                let ms = if *year == "1970" { 0 } else { START_MS };
                self.now.wall = Timestamp::from_unix_ms(ms);
                Event::Woke
            }
            ["log", "down"] => Event::Log(Err("disk full".to_owned())),
            ["log", "up"] => Event::Log(Ok(())),
            ["stop"] => Event::StopRequested,
            ["bill:", bill @ ..] => self.bill_event(bill),
            ["notify", "refund"] | ["refund:", ..] | ["refunds:", ..] => self.refund_event(&words),
            ["notify", what @ ..] => self.notify(what),
            ["code"] => Event::CodeShown(AuthCode::parse("120061098828009406").unwrap()),
            ["code:" | "reverse:", ..] => self.code_event(&words),
            ["scan", slot] => self.remote(slot, Door::Sticker),
            ["jsapi", slot] => self.remote(slot, Door::MiniProgram),
            ["clock", "ahead", seconds] => {
                Event::ClockCompared(seconds.parse::<i64>().unwrap() * 1_000)
            }
            words => self.answer(words),
        }
    }

    fn answer(&self, words: &[&str]) -> Event {
        let out_trade_no = self.out_trade_no();
        let fault = || GatewayFault::Unreachable("timed out".to_owned());
        let failed = |code: &str| {
            let (err_code, err_code_des) = (ErrCode::from(code), String::new());
            GatewayFault::Call(CallError::Failed { err_code, err_code_des })
        };
        let queried =
            |answer| Event::Queried(Queried { out_trade_no: self.out_trade_no(), answer });
        match words {
            ["opened"] => Event::OpenAnswered { out_trade_no, answer: Ok(self.opened()) },
            ["close:", code] => Event::CloseAnswered { out_trade_no, answer: Err(failed(code)) },
            ["open:", "no", "answer"] => Event::OpenAnswered { out_trade_no, answer: Err(fault()) },
            ["open:", code] => Event::OpenAnswered { out_trade_no, answer: Err(failed(code)) },
            ["closed"] => Event::CloseAnswered { out_trade_no, answer: Ok(self.closed()) },
            ["query:", "no", "answer"] => queried(Err(fault())),
            ["not", "found"] => queried(Err(failed("ORDERNOTEXIST"))),
            ["not", "paid"] => queried(Ok(self.found("NOTPAY"))),
            ["found", "paid"] => queried(Ok(self.found("SUCCESS"))),
            ["found", "too", "little"] => queried(Ok(self.found_with("SUCCESS", "1"))),
            ["found", "refunded"] => queried(Ok(self.found("REFUND"))),
            ["found", state] => queried(Ok(self.found(state))),
            words => panic!("nobody understands {words:?}"),
        }
    }

    fn notify(&mut self, what: &[&str]) -> Event {
        self.tickets += 1;
        let order = match what {
            ["kept"] => self.kept.as_ref(),
            _ => self.order.as_ref(),
        };
        let mut fields = payment_fields(order.unwrap());
        match what {
            [] | ["kept"] => &mut fields,
            ["too", "little"] => fields.set("total_fee", "1"),
            ["other", "merchant"] => fields.set("attach", "another key"),
            ["dollars"] => fields.set("fee_type", "USD"),
            ["micropay"] => fields.set("trade_type", "MICROPAY"),
            ["native"] => fields.set("trade_type", "NATIVE"),
            ["unknown", "order"] => fields.set("out_trade_no", "SOMEBODY-ELSE"),
            ["other", "payment"] => fields.set("transaction_id", "42000000002"),
            ["used", "payment"] => fields.set("transaction_id", used_transaction(&self.recorded)),
            other => panic!("no such notify: {other:?}"),
        };
        let ticket = NotifyTicket(self.tickets);
        if what == ["other", "merchant"] {
            // The middle checks again what `notify::read` has checked.
            return Event::Notified { ticket, payment: foreign_payment(fields) };
        }
        let payment = notify::read(&signed(fields, &merchant()), &merchant()).unwrap();
        Event::Notified { ticket, payment }
    }

    fn opened(&self) -> Verified<protocol::unifiedorder::Opened> {
        let order = self.order.as_ref().unwrap();
        let mut fields = good();
        fields.set("trade_type", "NATIVE");
        fields.set("prepay_id", "wx18171217836292e6955c892133450b0000");
        fields.set("code_url", "weixin://wxpay/bizpayurl?pr=eg3n2ttzz");
        let call = UnifiedOrder {
            body: Body::fit(&order.name_zh),
            out_trade_no: order.out_trade_no.clone(),
            total_fee: order.price,
            spbill_create_ip: [127, 0, 0, 1].into(),
            time_start: BeijingTime::from_unix_ms(START_MS),
            time_expire: BeijingTime::from_unix_ms(START_MS),
            notify_url: NotifyUrl::parse("http://127.0.0.1/notify").unwrap(),
            trade: Trade::Native { product_id: ProductId::parse("1").unwrap() },
            device_info: None,
            attach: None,
        };
        read(&call, fields)
    }

    fn closed(&self) -> Verified<protocol::closeorder::Closed> {
        read(&CloseOrder { out_trade_no: self.out_trade_no() }, good())
    }

    fn found(&self, state: &str) -> Verified<protocol::orderquery::OrderState> {
        self.found_with(state, &self.order.as_ref().unwrap().price.get().to_string())
    }

    fn found_with(
        &self,
        state: &str,
        total_fee: &str,
    ) -> Verified<protocol::orderquery::OrderState> {
        let mut fields = payment_fields(self.order.as_ref().unwrap());
        fields.set("trade_state", state);
        fields.set("trade_state_desc", "as told");
        fields.set("total_fee", total_fee);
        read(&OrderQuery { out_trade_no: self.out_trade_no() }, fields)
    }

    fn out_trade_no(&self) -> OutTradeNo {
        self.order.as_ref().unwrap().out_trade_no.clone()
    }

    /// That of the last turn.
    fn tag(&self) -> u64 {
        let sale = self.machine.books().sale(&self.out_trade_no()).unwrap();
        sale.attempt().tag(sale.order.number)
    }

    /// What the board says late of the turn before a twin's.
    fn first(&self, words: &[&str]) -> Event {
        let tag = self.order.as_ref().unwrap().number;
        Event::Board(match words {
            ["vended"] => BoardEvent::VendSucceeded { tag },
            ["no", "drop"] => BoardEvent::VendFailed { tag, fault: Fault::NoDrop },
            other => panic!("no such end: {other:?}"),
        })
    }

    fn screen(&self) -> String {
        let view = self.machine.view(&self.now);
        let mut name = screen_name(&view.screen);
        if self.lists_items {
            name.push_str(&item_names(&view.screen, view.language));
        }
        match view.language {
            kiosk::Language::Chinese => {}
            kiosk::Language::English => name.push_str(" english"),
            other => name.extend([" ", other.code()]),
        }
        if view.choosing_language {
            name.push_str(" languages");
        }
        name
    }

    /// The middle after a power cut now: everything that was only in mind is gone.
    fn restarted(&self) -> Machine {
        let mut books = Books::new(planogram(self.twin));
        for recorded in &self.recorded {
            books.apply(recorded).unwrap();
        }
        Machine::new(self.settings.clone(), books)
    }

    /// The promises, checked on what is recorded, live and after a restart at this very moment.
    fn check_promises(&self) {
        for sale in self.machine.books().sales() {
            let number = &sale.order.out_trade_no;
            let count = |name: &str| {
                let of_sale = self.recorded.iter().filter(|recorded| {
                    recorded.entry.out_trade_no() == Some(number) && recorded.entry.name() == name
                });
                of_sale.count()
            };
            assert!(count("paid") <= 1, "paid twice");
            assert!(count("vend_requested") <= 2 * count("paid"), "a vend without money");
            // A twin slot is asked only after the first has failed for certain.
            assert!(count("vend_requested") <= 1 + count("vend_failed"), "vended twice");
            assert!(count("vend_requested") <= 2, "vended for ever");
            assert!(
                count("vend_succeeded") + count("refund_owed") <= count("paid"),
                "both or twice"
            );
            assert!(count("refunded") <= count("refund_owed"), "refunded without debt, or twice");
        }
        self.check_restart();
    }

    fn check_restart(&self) {
        let mut machine = self.restarted();
        let now = Now { monotonic: Duration::ZERO, ..self.now };
        let mut asked = Vec::new();
        for step in machine.resume_steps() {
            let resumed = machine.resume(&step, "0.0.0", &now);
            machine.settle(&resumed, now.wall).unwrap();
            asked.extend(resumed.commands);
        }
        let vends = asked.iter().filter(|command| matches!(command, Command::Vend(_)));
        assert_eq!(vends.count(), 0, "a restart turned a motor");
        // The board of this machine remembers nothing of a vend before the restart.
        let recalls = asked.iter().filter_map(|command| match command {
            Command::RecallVend { tag, .. } => Some(*tag),
            _ => None,
        });
        for tag in recalls.collect::<Vec<_>>() {
            let unknown = BoardEvent::VendUnknown { tag, why: "no memory of it".to_owned() };
            let decision = machine.decide(&Event::Board(unknown), &now);
            machine.settle(&decision, now.wall).unwrap();
            asked.extend(decision.commands);
        }
        for sale in machine.books().sales() {
            let query = Command::QueryOrder(sale.order.out_trade_no.clone());
            let query_refunds = Command::QueryRefunds(sale.order.out_trade_no.clone());
            let asks = |number: &OutRefundNo| {
                asked.iter().any(
                    |it| matches!(it, Command::Refund(refund) if refund.out_refund_no() == number),
                )
            };
            match &sale.state {
                State::Closing { .. } => {
                    assert!(asked.contains(&query), "an open order is forgotten")
                }
                State::InDoubt { .. } => assert_eq!(self.settings.in_doubt, InDoubt::Technician),
                State::Refunding { refund, accepted: false, .. } if self.settings.can_refund => {
                    assert!(asks(&refund.out_refund_no), "a refund is forgotten");
                }
                State::Refunding { .. } => {
                    assert!(asked.contains(&query_refunds), "a refund is forgotten");
                }
                State::Closed
                | State::Vended { .. }
                | State::RefundOwed { .. }
                | State::Refunded { .. } => {}
                state => panic!("after a restart a sale is {}", state.name()),
            }
        }
    }
}

fn used_transaction(recorded: &[Recorded]) -> String {
    let paid = recorded.iter().find_map(|recorded| match &recorded.entry {
        Entry::Paid { receipt } => Some(receipt.transaction_id().to_string()),
        _ => None,
    });
    paid.unwrap()
}

fn good() -> Fields {
    let mut fields = Fields::new();
    fields.set("return_code", "SUCCESS");
    fields.set("result_code", "SUCCESS");
    fields.set("appid", merchant().appid.as_str());
    fields.set("mch_id", merchant().mch_id.as_str());
    fields.set("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS");
    fields
}

fn payment_fields(order: &Order) -> Fields {
    let mut fields = good();
    fields.set("out_trade_no", order.out_trade_no.as_str());
    fields.set("transaction_id", format!("4200000001{}", order.number));
    fields.set("total_fee", order.price.get().to_string());
    fields.set("cash_fee", order.price.get().to_string());
    fields.set("fee_type", "CNY");
    fields.set("trade_type", order.door.trade_type());
    fields.set("bank_type", "OTHERS");
    fields.set("openid", "oUpF8uMEb4qRXf22hE3X68TekukE");
    fields.set("time_end", "20270115160000");
    fields
}

fn signed(mut fields: Fields, merchant: &Merchant) -> Vec<u8> {
    let sign = sign::sign(&fields, &merchant.key, merchant.sign_type);
    fields.set("sign", sign);
    xml::write(&fields).into_bytes()
}

fn read<C: Call>(call: &C, fields: Fields) -> Verified<C::Answer> {
    read_answer(call, &merchant(), &signed(fields, &merchant())).unwrap()
}

fn foreign_payment(mut fields: Fields) -> Verified<Payment> {
    let mch_id = MchId::parse("1900000999").unwrap();
    fields.set("mch_id", mch_id.as_str());
    let other = Merchant { mch_id, ..merchant() };
    notify::read(&signed(fields, &other), &other).unwrap()
}
