//! One machine in its world, and the moves that every test makes.

use std::{
    ops::Deref,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

use tests::{
    board::BoardState,
    customer::Seen,
    gateway::Refund,
    machine::{LogLine, MachineSettings, SaleLine, kioskd},
    timeline::What,
    world::World,
};

/// No wait is longer; a machine that needs more than this has failed.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);
/// WeChat's waits are divided by this: notifies are repeated after 0.25, 0.25, 0.5, 3 s.
const TIME_SCALE: u32 = 60;
/// How long a touch may take to have an effect before it is repeated.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);
/// A machine that hears none of these is broken.
const TOUCHES_MAX: u32 = 5;
/// Entries after which a sale needs nothing more from anybody at the machine.
const LAST_ENTRIES: [&str; 3] = ["vend_succeeded", "refunded", "order_closed"];

/// A world whose machine turns quickly; dropping it kills the machine.
pub(crate) struct Scene {
    world: Arc<World>,
}

/// What a customer has in hand after the QR was read.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    pub(crate) slot: u16,
    pub(crate) number: String,
    pub(crate) code: String,
    /// The timeline's length when the finger went down.
    pub(crate) from: usize,
}

/// A motor that turns for a third of a second and drops its item half way.
pub(crate) fn quick() -> MachineSettings {
    MachineSettings {
        pulse_ms: 300,
        drop_window_ms: 500,
        failures_until_blocked: 0,
        ..MachineSettings::default()
    }
}

/// The kioskd that belongs to this test program, built if need be.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| kioskd().unwrap())
}

impl Scene {
    /// Everything is there but the machine is off.
    pub(crate) fn dark(settings: MachineSettings) -> Self {
        Self::with_program(program().to_owned(), settings)
    }

    /// As [`Scene::dark`], with another program in the place of kioskd.
    pub(crate) fn with_program(program: PathBuf, settings: MachineSettings) -> Self {
        let world = Arc::new(World::new(program, settings).unwrap());
        world.gateway.set_moods(|moods| moods.time_scale = TIME_SCALE);
        Self { world }
    }

    /// The machine shows its catalogue.
    pub(crate) fn open(settings: MachineSettings) -> Self {
        let scene = Self::dark(settings);
        scene.start();
        scene
    }

    /// Switches the machine on and waits for the catalogue.
    pub(crate) fn start(&self) {
        self.machine.start().unwrap();
        self.machine.wait_ready(LIMIT).unwrap();
        self.wait_catalogue();
    }

    pub(crate) fn wait_catalogue(&self) {
        self.see("the catalogue", |seen| matches!(seen, Seen::Catalogue(_)));
    }

    /// For what lives beside the test.
    pub(crate) fn world(&self) -> Arc<World> {
        Arc::clone(&self.world)
    }

    /// Waits for a screen that the customer knows.
    pub(crate) fn see(&self, what: &str, accept: impl Fn(Seen) -> bool) {
        let seen = self.customer.wait_for(what, LIMIT, |seen| accept(seen).then_some(()));
        if let Err(error) = seen {
            panic!("{error}; the panel shows {:?}; {}", self.customer.look(), self.story());
        }
    }

    /// Touches again until it had an effect. Who touches a picture in the very moment in which it
    /// appears still means the one before, as the machine sees it.
    pub(crate) fn insist<R>(&self, touch: impl Fn(), effect: impl Fn() -> Option<R>) -> R {
        for _ in 0..TOUCHES_MAX {
            touch();
            if let Some(effect) = effect() {
                return effect;
            }
        }
        panic!("no touch had an effect; {}", self.story());
    }

    /// Touches `slot` and gives the number of the order that the machine begins.
    pub(crate) fn order(&self, slot: u16) -> String {
        let known = entries(&self.machine.lines(), "order_created").len();
        let touch = || self.customer.select(slot, LIMIT).unwrap();
        self.insist(touch, || {
            let begun = self.machine.wait_for_lines("an order", PATIENCE, |lines| {
                entries(lines, "order_created").get(known).cloned()
            });
            begun.ok()
        })
    }

    /// Touches "cancel" on the payment screen of `slot`.
    pub(crate) fn cancel(&self, slot: u16) {
        let touch = || self.customer.cancel(slot).unwrap();
        self.insist(touch, || {
            let left = |seen| matches!(seen, Seen::Catalogue(_)).then_some(());
            self.customer.wait_for("the catalogue", PATIENCE, left).ok()
        });
    }

    /// Touches `slot` and reads the QR from the pixels.
    pub(crate) fn choose(&self, slot: u16) -> Chosen {
        let from = self.timeline.len();
        let number = self.order(slot);
        let code = self.timeline.wait("the QR", from, LIMIT, |what| match what {
            What::CodeShown(code) => Some(code.clone()),
            _ => None,
        });
        let code = code.unwrap_or_else(|error| panic!("{error}; {}", self.story()));
        let codes = self.gateway.read(|books| books.order(&number).unwrap().codes.clone());
        assert!(codes.contains(&code), "{code} is another order's");
        Chosen { slot, number, code, from }
    }

    /// Pays with the phone.
    pub(crate) fn pay(&self, chosen: &Chosen) {
        assert_eq!(self.gateway.pay(&chosen.code).as_ref(), Ok(&chosen.number));
    }

    /// A whole sale that ends well; the customer leaves.
    pub(crate) fn buy(&self, slot: u16) -> Chosen {
        let chosen = self.choose(slot);
        self.pay(&chosen);
        self.see("the farewell", |seen| seen == Seen::Farewell);
        assert_eq!(self.outcome(&chosen.number).state, "vended");
        self.leave(slot);
        chosen
    }

    /// A sale whose item does not fall, from the touch to the payment.
    pub(crate) fn buy_jammed(&self, slot: u16) -> Chosen {
        self.jam(slot, true);
        let chosen = self.choose(slot);
        self.customer.expect_trouble(slot, &chosen.number).unwrap();
        self.pay(&chosen);
        chosen
    }

    /// Waits for the refund of a sale: one, of all that was paid, under the number in the log.
    pub(crate) fn wait_refunded_once(&self, chosen: &Chosen) -> Refund {
        let sale = self.outcome(&chosen.number);
        let refunds = self.refunds_of(&chosen.number);
        let [refund] = refunds.as_slice() else {
            panic!("{} refunds: {refunds:?}; {}", refunds.len(), self.story());
        };
        assert_eq!(sale.state, "refunded", "{}", self.story());
        assert_eq!(sale.out_refund_no.as_ref(), Some(&refund.out_refund_no), "{}", self.story());
        assert_eq!((refund.refund_fee, sale.refund_fen), (sale.fen, Some(sale.fen)));
        assert_eq!(refund.refund_status(self.gateway.now_ms()), "SUCCESS");
        refund.clone()
    }

    /// The order's refunds in the gateway's books, the oldest first.
    pub(crate) fn refunds_of(&self, number: &str) -> Vec<Refund> {
        self.gateway.read(|books| books.refunds_of(number).cloned().collect())
    }

    /// How often the gateway was asked with `call` for the order.
    pub(crate) fn calls(&self, call: &'static str, number: &str) -> usize {
        let wanted = What::CallHeard(call, number.to_owned());
        self.timeline.since(0).iter().filter(|moment| moment.what == wanted).count()
    }

    /// Waits until the gateway has answered `call` for the order, since moment number `from`.
    pub(crate) fn wait_for_call(&self, call: &'static str, number: &str, from: usize) {
        let answered = |what: &What| {
            matches!(what, What::CallAnswered(it, of, _) if *it == call && of == number)
                .then_some(())
        };
        if let Err(error) = self.timeline.wait(call, from, LIMIT, answered) {
            panic!("{error}; {}", self.story());
        }
    }

    /// Waits for a WARN line with `part` in it, and says how many there are.
    pub(crate) fn wait_for_warning(&self, part: &str) -> usize {
        let found = self.machine.wait_for_lines(part, LIMIT, |lines| {
            match warnings(lines).filter(|line| line.message.contains(part)).count() {
                0 => None,
                count => Some(count),
            }
        });
        found.unwrap_or_else(|error| panic!("{error}; {}", self.story()))
    }

    /// From the last screen of a sale back to the catalogue.
    pub(crate) fn leave(&self, slot: u16) {
        self.customer.go_back(slot).unwrap();
        self.wait_catalogue();
    }

    /// The sale in the order log, now.
    pub(crate) fn sale(&self, number: &str) -> Option<SaleLine> {
        self.machine.sales().unwrap().into_iter().find(|sale| sale.out_trade_no == number)
    }

    /// Waits until the order log has ended the sale, one way or another.
    pub(crate) fn outcome(&self, number: &str) -> SaleLine {
        let before = self.sale(number).filter(has_ended);
        before.unwrap_or_else(|| {
            self.wait_for_entry(number, &LAST_ENTRIES);
            self.sale(number).filter(has_ended).unwrap()
        })
    }

    /// Waits until one of `entries` of this order is on disk, written since the last start.
    pub(crate) fn wait_for_entry(&self, number: &str, entries: &[&str]) {
        let found = self.machine.wait_for_line("an entry of the order", LIMIT, |line| {
            let (entry, order) = line.recorded()?;
            (order == number && entries.contains(&entry.as_str())).then_some(())
        });
        if let Err(error) = found {
            panic!("{error} {number}; {}", self.story());
        }
    }

    /// How often the motor of `slot` was started.
    pub(crate) fn pulses(&self, slot: u16) -> usize {
        let coil = self.settings.coil_of(slot).unwrap();
        self.board.read(|board| board.pulses_of(coil))
    }

    /// How many items fell from `slot`.
    pub(crate) fn drops(&self, slot: u16) -> usize {
        let coil = self.settings.coil_of(slot).unwrap();
        self.board.read(|board| board.drops().iter().filter(|fall| fall.coil == coil).count())
    }

    /// Waits until every relay is open.
    pub(crate) fn wait_motors_off(&self) {
        let off = |board: &BoardState| (!board.coils().contains(&true)).then_some(());
        self.board.wait("every motor to stop", LIMIT, off).unwrap();
    }

    /// The WARN lines since the machine was ready; those before are about its start.
    pub(crate) fn warnings(&self) -> Vec<LogLine> {
        warnings(&self.machine.lines()).cloned().collect()
    }

    /// For the message of a test that failed: what happened and what kioskd said.
    pub(crate) fn story(&self) -> String {
        let moments = self.timeline.since(0);
        let skip = moments.len().saturating_sub(30);
        let moments = moments.iter().skip(skip);
        let moments =
            moments.map(|moment| format!("\n  {:>6} ms {}", moment.at.as_millis(), moment.what));
        let lines = self.machine.last_lines(20);
        let lines = lines.iter().map(|line| format!("\n  {}", line.raw));
        format!("what happened:{}\n{}", moments.collect::<String>(), lines.collect::<String>())
    }
}

impl Deref for Scene {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

/// The WARN lines after the machine was ready.
pub(crate) fn warnings(lines: &[LogLine]) -> impl Iterator<Item = &LogLine> {
    let since = lines.iter().skip_while(|line| line.message != "ready");
    since.filter(|line| line.level == "WARN")
}

/// The orders of which these lines say that `entry` is on disk.
fn entries(lines: &[LogLine], entry: &str) -> Vec<String> {
    lines
        .iter()
        .filter_map(LogLine::recorded)
        .filter(|(it, _)| it == entry)
        .map(|(_, of)| of)
        .collect()
}

fn has_ended(sale: &SaleLine) -> bool {
    ["vended", "refunded", "closed"].contains(&sale.state.as_str())
}
