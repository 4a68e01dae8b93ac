//! One machine in a street: the real loop on a simulated drive, and everything around it, in one
//! thread and in a time of its own.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, Instant},
};

use daemon::{
    order_log::OrderLog,
    sale::{
        Alarm, Books, Command, Door, Event, Machine, NotifyReply, NotifyTicket, Now, RemoteTicket,
        Slot, State, Timestamp,
    },
    wheel::Wheel,
};
use protocol::OutTradeNo;

use super::{
    build::Build,
    cabinet::{Cabinet, Happening as Cabinets, Soon},
    chance::{Chance, mix},
    customer::Act,
    drive::Drive,
    ledger::{Ledger, Violation},
    network::Network,
    outbox::Outbox,
    script::{Input, Plan, Step, Way},
};
use crate::simulation::gateway::Gateway;

/// 2027-01-15, 8 o'clock in Beijing.
const START_MS: i64 = 1_799_971_200_000;

/// Items in a full slot.
pub(super) const FULL: u32 = 60;

/// The cron scheduler looks for due questions so often.
pub(super) const TICK_MS: u64 = 1_000;

/// The ledger looks for orders at their end so often.
const SETTLE_MS: u64 = 60_000;

/// So long after everything was mended every order must be at its end.
const QUIET_MAX_MS: u64 = 86_400_000;

/// What is going to happen.
#[derive(Debug)]
pub(super) enum Happening {
    /// A step of the script.
    Input(usize),
    /// A fault of the script ends.
    Ends(Input),
    /// The cron scheduler, in this life of the program.
    Tick(u32),
    /// A request of the program in this life reaches WeChat; `true`: an answer is wanted.
    Arrives(u32, Box<Command>, Answering),
    /// The program in this life hears something; `true`: WeChat said it, and the time with it.
    Heard(u32, Box<Event>, bool),
    /// WeChat tells of a payment, for the nth time.
    Notify(OutTradeNo, u32),
    /// WeChat tells that a refund has ended.
    RefundNotify(OutTradeNo),
    /// In the cabinet, in this life of the program.
    Cabinet(u32, Cabinets),
    /// A customer does something.
    Customer(Act),
    /// The machine is switched on.
    Boot,
    /// The program looks whether WeChat tells the time.
    LearnTime(u32),
    /// The ledger looks for orders at their end.
    Settle,
}

/// How a request that arrives is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answering {
    /// As it should be, after so many milliseconds.
    After(u64),
    /// The answer is lost.
    Lost,
    /// SYSTEMERROR, although it took effect.
    SystemError,
    /// It is altered on its way.
    Altered,
}

/// The machine and its street.
pub(super) struct World {
    pub(super) now_ms: u64,
    queue: BTreeMap<(u64, u64), Happening>,
    numbered: u64,
    script: Vec<Step>,
    pub(super) build: Build,
    pub(super) life: u32,
    pub(super) wheel: Option<Wheel<Outbox>>,
    pub(super) booted_ms: u64,
    /// What the system's clock is ahead of the true time.
    pub(super) clock_off_ms: i64,
    /// The nth filling of the slots.
    pub(super) filled: u32,
    pub(super) scheduler_dead: bool,
    pub(super) before_acting: bool,
    /// A technician waits for the program to end.
    pub(super) refilling: bool,
    pub(super) chance: Chance,
    pub(super) drive: Drive,
    /// The log is in this real directory, with its copy, and not on the simulated drive.
    pub(super) home: Option<PathBuf>,
    /// How long the log took to open at the last start, really.
    pub(super) opened_in: Duration,
    /// The longest turn of the loop, really; the archive of old sales is one.
    pub(super) longest_turn: Duration,
    pub(super) gateway: Gateway,
    pub(super) network: Network,
    pub(super) cabinet: Cabinet,
    pub(super) ledger: Ledger,
    pub(super) tickets: BTreeMap<NotifyTicket, (OutTradeNo, bool)>,
    pub(super) remotes: BTreeMap<RemoteTicket, Plan>,
    pub(super) restarts: u64,
    /// Something changed since the promises were checked last.
    unchecked: bool,
    pub(super) violation: Option<Violation>,
    /// What happened, when somebody wants to read it.
    pub(super) story: Option<Vec<String>>,
}

impl World {
    pub(super) fn new(seed: u64, script: Vec<Step>, with_story: bool) -> Self {
        let build = Build::of(seed);
        let mut world = Self {
            now_ms: 0,
            queue: BTreeMap::new(),
            numbered: 0,
            script,
            build,
            life: 0,
            wheel: None,
            booted_ms: 0,
            clock_off_ms: 0,
            filled: 1,
            scheduler_dead: false,
            before_acting: false,
            refilling: false,
            chance: Chance::new(mix(seed)),
            drive: Drive::default(),
            home: None,
            opened_in: Duration::ZERO,
            longest_turn: Duration::ZERO,
            gateway: Gateway::default(),
            network: Network::default(),
            cabinet: Cabinet::new(1..=Build::SLOTS, FULL, build.remembers),
            ledger: Ledger::default(),
            tickets: BTreeMap::new(),
            remotes: BTreeMap::new(),
            restarts: 0,
            unchecked: true,
            violation: None,
            story: with_story.then(Vec::new),
        };
        for (index, step) in world.script.clone().into_iter().enumerate() {
            world.at(step.at_ms, Happening::Input(index));
        }
        world.at(0, Happening::Boot);
        world.at(SETTLE_MS, Happening::Settle);
        world
    }

    /// Plays the script, mends everything, and waits until every order is at its end.
    pub(super) fn play(&mut self) {
        let end_ms = self.script.last().map_or(0, |step| step.at_ms) + 1;
        self.until(end_ms, |_| false);
        self.rest();
    }

    /// Mends everything, and waits until every order is at its end.
    pub(super) fn rest(&mut self) {
        let end_ms = self.now_ms;
        self.mend();
        let quiet = |world: &Self| world.ledger_is_empty();
        self.until(end_ms + QUIET_MAX_MS, quiet);
        if self.violation.is_none() {
            self.check_the_end();
        }
    }

    /// Lets things happen until `end_ms`, something is broken, or `done`.
    pub(super) fn until(&mut self, end_ms: u64, done: impl Fn(&Self) -> bool) {
        while self.violation.is_none() && !done(self) {
            let next = self.queue.first_key_value().map(|((at, _), _)| *at);
            let wake = self.wakes_at();
            let at = [next, wake].into_iter().flatten().min().unwrap_or(end_ms);
            if at >= end_ms {
                self.now_ms = end_ms;
                return;
            }
            self.now_ms = self.now_ms.max(at);
            if wake == Some(at) {
                self.turn("time passes", Wheel::pass_time);
            } else if let Some((_, happening)) = self.queue.pop_first() {
                self.happen(happening);
            }
        }
    }

    pub(super) fn at(&mut self, at_ms: u64, happening: Happening) {
        self.numbered += 1;
        self.queue.insert((at_ms.max(self.now_ms), self.numbered), happening);
    }

    pub(super) fn after(&mut self, ms: u64, happening: Happening) {
        self.at(self.now_ms + ms, happening);
    }

    /// The true time.
    pub(super) fn wall_ms(&self) -> i64 {
        START_MS + i64::try_from(self.now_ms).unwrap_or(i64::MAX)
    }

    /// What happens without any choice, the same in every run: 0 to `end` - 1.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.chance.below(end)
    }

    pub(super) fn next_ticket(&mut self) -> u64 {
        self.numbered += 1;
        self.numbered
    }

    pub(super) fn machine(&self) -> Option<&Machine> {
        self.wheel.as_ref().map(Wheel::machine)
    }

    fn wakes_at(&self) -> Option<u64> {
        let wheel = self.wheel.as_ref()?;
        let edges = wheel.edges();
        let wall = self.wall_ms() + self.clock_off_ms + edges.correction_ms;
        let monotonic = Duration::from_millis(self.now_ms - self.booted_ms);
        let now = Now { monotonic, wall: Timestamp::from_unix_ms(wall), random: 0 };
        let wake = wheel.wakes_at(&now);
        let left = wake.saturating_sub(monotonic);
        let left_ms = u64::try_from(left.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
        Some(self.now_ms.saturating_add(left_ms))
    }

    pub(super) fn tell(&mut self, text: impl FnOnce() -> String) {
        if let Some(story) = &mut self.story {
            let (seconds, ms) = (self.now_ms / 1_000, self.now_ms % 1_000);
            story.push(format!("{seconds:>7}.{ms:03} s  {}", text()));
        }
    }

    /// The loop turns, and what came out of it is done.
    pub(super) fn turn(&mut self, why: &str, turn: impl FnOnce(&mut Wheel<Outbox>)) {
        let (monotonic, wall_ms) = (
            Duration::from_millis(self.now_ms - self.booted_ms),
            self.wall_ms() + self.clock_off_ms,
        );
        let Some(wheel) = self.wheel.as_mut() else { return };
        (wheel.edges_mut().monotonic, wheel.edges_mut().wall_ms) = (monotonic, wall_ms);
        let synced = self.drive.synced();
        self.drive.turn_begins();
        let begun = Instant::now();
        turn(wheel);
        self.longest_turn = self.longest_turn.max(begun.elapsed());
        let commands = std::mem::take(&mut wheel.edges_mut().commands);
        let recorded = self.drive.synced() != synced;
        self.unchecked |= self.home.is_some();
        let dark = self.drive.is_dark();
        if recorded || !commands.is_empty() {
            self.unchecked = true;
            self.tell(|| {
                let said: Vec<_> = commands.iter().map(|(it, _)| name(it)).collect();
                format!("{why}: {}", said.join(", "))
            });
        }
        if self.before_acting && recorded && !dark {
            self.before_acting = false;
            self.power_off();
            return;
        }
        for (command, durable) in commands {
            self.act(command, durable);
        }
        if dark {
            self.power_off();
            return;
        }
        self.check();
        self.end_if_asked();
    }

    pub(super) fn hear(&mut self, why: &str, event: Event) {
        self.turn(why, |wheel| wheel.hear(event));
    }

    fn act(&mut self, command: Command, durable: bool) {
        let Some(wheel) = &self.wheel else { return };
        let books = wheel.machine().books();
        if let Err(violation) = self.ledger.act(&command, durable, books, &self.gateway) {
            self.broken(violation);
        }
        match command {
            Command::Vend(vend) => {
                let soon = self.cabinet.vend(&vend);
                self.soon(soon);
            }
            Command::RecallVend { tag, .. } => {
                let soon = self.cabinet.recall(tag);
                self.soon(soon);
            }
            Command::AnswerNotify { ticket, reply } => self.notify_answered(ticket, reply),
            Command::AnswerRemote { ticket, answer } => self.remote_answered(ticket, &answer),
            Command::RebuildSchedule => {
                if self.scheduler_dead {
                    self.scheduler_dead = false;
                    self.after(TICK_MS, Happening::Tick(self.life));
                }
            }
            Command::OpenOrder { .. }
            | Command::PayByCode { .. }
            | Command::Reverse(_)
            | Command::QueryOrder(_)
            | Command::CloseOrder(_)
            | Command::Refund(_)
            | Command::QueryRefunds(_) => self.call(command),
            Command::Alarm(Alarm::LogDown(why)) if !self.drive.is_failing() => {
                self.broken(Violation { kind: "the log is up on a drive in order", details: why });
            }
            Command::Audit { .. }
            | Command::TellAudit(_)
            | Command::CorrectClock(_)
            | Command::Alarm(_) => {}
        }
    }

    pub(super) fn soon(&mut self, soon: Soon) {
        for (ms, happening) in soon {
            self.after(ms, Happening::Cabinet(self.life, happening));
        }
    }

    fn happen(&mut self, happening: Happening) {
        let life = self.life;
        // The program may do something when its scheduler ticks; nobody else does.
        self.unchecked |= !matches!(happening, Happening::Tick(_));
        match happening {
            Happening::Input(index) => {
                if let Some(step) = self.script.get(index).copied() {
                    self.tell(|| format!("-- {:?}", step.input));
                    self.input(step.input);
                }
            }
            Happening::Ends(input) => self.ends(input),
            Happening::Tick(of) if of == life => {
                if !self.scheduler_dead {
                    self.after(TICK_MS, Happening::Tick(life));
                    self.hear("sweep", Event::SweepDue);
                }
            }
            Happening::Arrives(of, command, answering) => self.arrives(of, *command, answering),
            Happening::Heard(of, event, carries_date) if of == life => {
                self.answer_heard(*event, carries_date);
            }
            Happening::Notify(number, nth) => self.notify(number, nth),
            Happening::RefundNotify(number) => self.refund_notify(&number),
            Happening::Cabinet(of, happening) => self.in_cabinet(of, happening),
            Happening::Customer(act) => self.customer_acts(act),
            Happening::Boot => self.boot(),
            Happening::LearnTime(of) if of == life => self.learn_time(),
            Happening::Settle => {
                self.settle();
                self.after(SETTLE_MS, Happening::Settle);
            }
            // Meant for a program that has ended.
            Happening::Tick(_) | Happening::Heard(..) | Happening::LearnTime(_) => {}
        }
    }

    fn in_cabinet(&mut self, of: u32, happening: Cabinets) {
        match happening {
            Cabinets::TurnEnds(nth) => {
                let soon = self.cabinet.turn_ends(nth);
                self.soon(soon);
                for tag in self.cabinet.take_fallen() {
                    self.tell(|| format!("an item falls for {tag}"));
                    if let Err(violation) = self.ledger.fell(tag) {
                        self.broken(violation);
                    }
                }
            }
            Cabinets::Says(event) if of == self.life && self.wheel.is_some() => {
                let soon = self.cabinet.said(&event);
                self.hear("board", Event::Board(event));
                self.soon(soon);
            }
            Cabinets::Says(_) => {}
        }
    }

    /// Everything works again: the faults end, the clock is set, and people see to what is owed.
    fn mend(&mut self) {
        self.tell(|| "-- everything is mended".to_owned());
        self.clock_off_ms = 0;
        self.drive.set_fault(None);
        self.network = Network::default();
        (self.cabinet.deaf, self.cabinet.slow_ms) = (None, 0);
        for slot in 1..=Build::SLOTS {
            self.cabinet.jam(slot, false);
            let soon = self.cabinet.block(slot, false);
            self.soon(soon);
        }
        if self.cabinet.unplugged {
            let soon = self.cabinet.plug();
            self.soon(soon);
        }
        if self.wheel.is_none() {
            self.after(0, Happening::Boot);
        }
    }

    fn check(&mut self) {
        let Some(wheel) = self.wheel.as_ref().filter(|_| self.unchecked) else { return };
        self.unchecked = false;
        let books = wheel.machine().books();
        if let Err(violation) = self.ledger.check(books, &self.gateway) {
            self.broken(violation);
        }
    }

    pub(super) fn settle(&mut self) {
        self.refund_by_hand();
        let wall_ms = self.wall_ms();
        let Some(wheel) = &self.wheel else { return };
        let books = wheel.machine().books();
        let settled = self.ledger.settle(books, &self.gateway, wall_ms);
        // A week is more than any question is late, or a payment by code can be taken back.
        self.gateway.forget_settled(wall_ms - 9 * 86_400_000);
        if let Err(violation) = settled {
            self.broken(violation);
        }
    }

    /// The operator reads the list of what is owed once in an hour or so.
    fn refund_by_hand(&mut self) {
        if self.below(60) != 0 {
            return;
        }
        let wall_ms = self.wall_ms();
        let Some(wheel) = &self.wheel else { return };
        let open = wheel.machine().books().open_sales();
        let owed = open.filter(|sale| matches!(sale.state, State::RefundOwed { .. }));
        let numbers: Vec<_> = owed.map(|sale| sale.order.out_trade_no.clone()).collect();
        for number in numbers {
            // WeChat itself refuses what is paid back already.
            let _ = self.gateway.refund_by_hand(&number, None, wall_ms);
        }
    }

    fn ledger_is_empty(&self) -> bool {
        self.wheel.is_some() && self.ledger.is_empty()
    }

    /// The world is quiet: nothing is unsettled, and the stock is what was loaded less what was
    /// vended.
    fn check_the_end(&mut self) {
        let Some(machine) = self.machine() else { return };
        let books = machine.books();
        if self.home.is_none() && !self.log_tells(books) {
            let details = "read again, the log tells something else".to_owned();
            self.broken(Violation { kind: "on disk before it is done", details });
            return;
        }
        if let Some(details) = self.ledger.unsettled(books, &self.gateway) {
            self.broken(Violation { kind: "nothing stays unsettled", details });
            return;
        }
        for slot in 1..=Build::SLOTS {
            let position = Slot::try_from(slot).ok().and_then(|it| books.planogram().position(it));
            let left = position.and_then(|position| position.stock);
            let loaded_less_vended = FULL - self.ledger.vended(slot);
            if left != Some(loaded_less_vended) || self.cabinet.items(slot) > loaded_less_vended {
                let details = format!(
                    "slot {slot}: {left:?} by the log, {loaded_less_vended} by its sales, {} in it",
                    self.cabinet.items(slot)
                );
                self.broken(Violation { kind: "stock = loaded - vended", details });
                return;
            }
        }
    }

    /// Whether the drive holds what the program believes.
    fn log_tells(&self, books: &Books) -> bool {
        let mut read = Books::new(Build::planogram(self.filled));
        let opened = OrderLog::open_on(Box::new(self.drive.clone()), &mut read);
        opened.is_ok() && read.sales().eq(books.sales())
    }

    pub(super) fn broken(&mut self, violation: Violation) {
        self.tell(|| format!("BROKEN: {}: {}", violation.kind, violation.details));
        self.violation.get_or_insert(violation);
    }

    fn notify_answered(&mut self, ticket: NotifyTicket, reply: NotifyReply) {
        let Some((number, answer_lost)) = self.tickets.remove(&ticket) else { return };
        self.ledger.notify_answered(&number, reply);
        if reply == NotifyReply::Success && !answer_lost {
            self.network.told.insert(number);
        }
    }

    /// By which door an order on this way comes.
    pub(super) const fn door(way: Way) -> Door {
        match way {
            Way::Panel | Way::Code(_) => Door::Panel,
            Way::Sticker => Door::Sticker,
            Way::MiniProgram => Door::MiniProgram,
        }
    }
}

fn name(command: &Command) -> String {
    let text = format!("{command:?}");
    let end = text.find([' ', '(']).unwrap_or(text.len());
    if let Command::Alarm(alarm) = command {
        return format!("! {alarm}");
    }
    text.get(..end).unwrap_or_default().to_owned()
}
