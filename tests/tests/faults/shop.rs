//! A machine that sells to phones, and the three books around it.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::TcpStream,
    ops::Deref,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tests::{
    board::BoardState,
    ledger::{Tally, When, compare},
    machine::{MachineSettings, SaleLine, TOKEN, kioskd},
    timeline::What,
    world::World,
};

/// No wait is longer; a machine that needs more than this has failed.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);
/// WeChat's waits are divided by this.
const TIME_SCALE: u32 = 60;
/// No machine of this world has this slot.
const NOWHERE: u16 = 99;
const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";
/// Entries after which a paid sale needs nothing more.
const LAST_ENTRIES: [&str; 2] = ["vend_succeeded", "refunded"];

/// A machine without a panel in its world.
pub(crate) struct Shop {
    world: World,
    /// The orders that the mini-program was told of.
    answered: Mutex<Vec<String>>,
}

/// What the mini-program has in hand.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) number: String,
    /// For `wx.requestPayment`.
    text: String,
}

/// Motors that turn for a fifth of a second; phones order, so that no pixels are needed. Each slot
/// has a light beam of its own: an item that still falls in one keeps nobody from another.
pub(crate) fn phones_only() -> MachineSettings {
    let mut slots = MachineSettings::default().slots;
    slots.iter_mut().for_each(|slot| slot.drop_input = slot.coil);
    MachineSettings {
        slots,
        panel: false,
        mini_program: true,
        pulse_ms: 200,
        drop_window_ms: 300,
        failures_until_blocked: 0,
        ..MachineSettings::default()
    }
}

/// The kioskd that belongs to this test program, built if need be.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| kioskd().unwrap())
}

/// Tests that emulate a whole computer take turns: one takes half of this one.
pub(crate) fn one_guest() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shop {
    /// Everything is there but the machine is off.
    pub(crate) fn dark(program: PathBuf, settings: MachineSettings) -> Self {
        let world = World::new(program, settings).unwrap();
        world.gateway.set_moods(|moods| moods.time_scale = TIME_SCALE);
        Self { world, answered: Mutex::default() }
    }

    /// Switches the machine on and waits until it sells.
    pub(crate) fn start(&self) {
        self.machine.start().unwrap();
        if let Err(error) = self.machine.wait_ready(LIMIT) {
            panic!("{error}; {}", self.story());
        }
        let begun = Instant::now();
        // No such slot: it would sell, had it one.
        while self.ask(NOWHERE).is_none_or(|(status, _)| status != 404) {
            assert!(begun.elapsed() < LIMIT, "it does not sell; {}", self.story());
        }
    }

    /// Orders as the mini-program does.
    ///
    /// # Errors
    /// Why there is none, as far as the mini-program can know: the machine does not sell, or is no
    /// more.
    pub(crate) fn order(&self, slot: u16) -> Result<Order, String> {
        let (status, text) = self.ask(slot).ok_or("no answer")?;
        if status != 200 {
            return Err(text);
        }
        // The power may go in the middle of the answer.
        let answer: Value = serde_json::from_str(&text).map_err(|_| "half an answer")?;
        let number = answer.get("out_trade_no").and_then(Value::as_str).unwrap().to_owned();
        self.answered.lock().unwrap().push(number.clone());
        Ok(Order { number, text })
    }

    /// Status and body of the answer to an order.
    pub(crate) fn ask(&self, slot: u16) -> Option<(u16, String)> {
        let body = json!({ "slot": slot, "openid": OPENID }).to_string();
        let request = format!(
            "POST /jsapi/order HTTP/1.1\r\nHost: kiosk\r\nAuthorization: Bearer {TOKEN}\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect_timeout(&self.intake, LIMIT).ok()?;
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.write_all(request.as_bytes()).ok()?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply).ok()?;
        let (head, body) = reply.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, body.to_owned()))
    }

    /// The customer confirms on the phone.
    pub(crate) fn pay(&self, order: &Order) {
        assert_eq!(self.gateway.pay_jsapi(&order.text).as_ref(), Ok(&order.number));
    }

    /// A whole sale that ends well.
    pub(crate) fn sell(&self, slot: u16) -> Order {
        let order = self.order(slot);
        let order = order.unwrap_or_else(|why| panic!("no order: {why}; {}", self.story()));
        self.pay(&order);
        self.settle();
        assert_eq!(self.state(&order.number), "vended", "{}", self.story());
        order
    }

    pub(crate) fn state(&self, number: &str) -> String {
        let sales = self.machine.sales().unwrap();
        let sale = sales.into_iter().find(|sale| sale.out_trade_no == number);
        sale.map_or_else(|| "unknown".to_owned(), |sale| sale.state)
    }

    /// Waits until each paid order was vended or paid back, and every motor is off.
    pub(crate) fn settle(&self) {
        let paid = self.paid();
        let log = if paid.is_empty() { Vec::new() } else { self.machine.sales().unwrap() };
        let ended = |number: &String| {
            let sale = log.iter().find(|sale| sale.out_trade_no == *number);
            sale.is_some_and(|sale| ["vended", "refunded"].contains(&sale.state.as_str()))
        };
        for number in paid.iter().filter(|number| !ended(number)) {
            let ended = self.machine.wait_for_line("an end", LIMIT, |line| {
                let (entry, order) = line.recorded()?;
                (order == *number && LAST_ENTRIES.contains(&entry.as_str())).then_some(())
            });
            if let Err(error) = ended {
                panic!("{error} of {number}; {}", self.story());
            }
        }
        self.wait_motors_off();
    }

    /// Waits until every relay is open.
    pub(crate) fn wait_motors_off(&self) {
        let off = |board: &BoardState| (!board.coils().contains(&true)).then_some(());
        self.board.wait("every motor to stop", LIMIT, off).unwrap();
    }

    /// Every order that WeChat was paid for.
    pub(crate) fn paid(&self) -> Vec<String> {
        self.gateway.read(|books| {
            let paid = books.orders().values().filter(|order| order.payment().is_some());
            paid.map(|order| order.out_trade_no.clone()).collect()
        })
    }

    /// How often the motor of each slot was started.
    pub(crate) fn pulses(&self) -> BTreeMap<u16, usize> {
        self.board.read(|board| {
            let slots = self.settings.slots.iter();
            slots.map(|slot| (slot.number, board.pulses_of(slot.coil))).collect()
        })
    }

    /// Compares this log with the other books.
    pub(crate) fn compare(&self, log: &[SaleLine], when: When) -> Result<Tally, Vec<String>> {
        let answered = self.answered.lock().unwrap().clone();
        let pulses = self.pulses();
        self.gateway.read(|books| compare(log, books, &pulses, &answered, when))
    }

    /// Compares the machine's log with the other books; they agree.
    pub(crate) fn audit(&self, name: &str, when: When) -> Tally {
        let log = self.machine.sales().unwrap_or_else(|error| panic!("{name}: {error}"));
        self.compare(&log, when)
            .unwrap_or_else(|faults| panic!("{name}: {faults:#?}; {}", self.story()))
    }

    /// Lets `time` pass in the world.
    pub(crate) fn pass(&self, time: Duration) {
        let never = self.timeline.wait("the time to pass", usize::MAX, time, |_| None::<()>);
        assert!(never.is_err());
    }

    /// Waits until this has happened since moment number `from`; whether it did within `limit`.
    pub(crate) fn happens(&self, from: usize, limit: Duration, it: impl Fn(&What) -> bool) -> bool {
        let found = |what: &What| it(what).then_some(());
        self.timeline.wait("a moment", from, limit, found).is_ok()
    }

    /// For the message of a test that failed: what happened and what kioskd said.
    pub(crate) fn story(&self) -> String {
        let moments = self.timeline.since(self.timeline.len().saturating_sub(60));
        let moments =
            moments.iter().map(|it| format!("\n  {:>6} ms {}", it.at.as_millis(), it.what));
        let lines = self.machine.last_lines(40);
        let lines = lines.iter().map(|line| format!("\n  {}", line.raw));
        format!("what happened:{}\n{}", moments.collect::<String>(), lines.collect::<String>())
    }
}

impl Deref for Shop {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}
