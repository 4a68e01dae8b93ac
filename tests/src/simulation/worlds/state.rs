//! One state of a small world: the machine with its log, WeChat, the board, the customers, and
//! everything that is on its way between them.

use std::{rc::Rc, time::Duration};

use daemon::sale::{
    Books, Command, Decision, Door, Entry, Event, Machine, NotifyReply, Now, Recorded, ResumeStep,
    Session, State, Timestamp, Vend, order_number,
};
use hardware::board::VendTag;
use protocol::{OutRefundNo, OutTradeNo};

use super::{Budgets, Heard, Plan, board::Board};
use crate::simulation::{gateway::Gateway, planogram, rules};

/// 2027-01-15, half past midnight in Beijing: the audit is hours away.
const START_MS: i64 = 1_799_944_200_000;
/// The gateway port gives up an order after so long.
const OPEN_MAX_MS: i64 = 10_000;
/// And any other call.
const CALL_MAX_MS: i64 = 30_000;

/// More orders than two customers can make: each may touch, and then show a code.
const NUMBERS_MAX: u64 = 4;

/// Why a world is not as it has to be.
pub(super) type Broken = String;

/// One state.
#[derive(Clone)]
pub(super) struct World {
    /// Milliseconds since the world began.
    pub(super) now_ms: i64,
    /// When the program was started last.
    pub(super) started_ms: i64,
    /// The program; `None` while it is down.
    pub(super) machine: Option<Machine>,
    /// While the program is down: what it will find on disk.
    asleep: Option<Rc<Books>>,
    /// Steps of the start that are not done yet.
    pub(super) resuming: Vec<ResumeStep>,
    /// Time has just passed: the loop may take one event before it looks at the clock.
    pub(super) may_hear_first: bool,
    /// What is on disk.
    pub(super) log: Vec<Rc<Recorded>>,
    pub(super) gateway: Gateway,
    pub(super) flights: Vec<Flight>,
    pub(super) board: Board,
    pub(super) customers: Vec<Customer>,
    /// Orders of which a phone has seen the code.
    pub(super) scanned: Vec<OutTradeNo>,
    /// Orders of which the machine has acknowledged the notify.
    pub(super) acknowledged: Vec<OutTradeNo>,
    /// Every wish for a vend that was carried out.
    pub(super) vends_asked: Vec<u64>,
    pub(super) left: Budgets,
    /// Fresh random numbers for the orders that follow.
    randoms: Rc<[u32]>,
    /// Of the last event: whether something was recorded, and how many wishes followed.
    pub(super) turn: Turn,
}

/// One call to WeChat, until the machine has heard what came of it.
#[derive(Clone)]
pub(super) struct Flight {
    pub(super) command: Rc<Command>,
    /// The port waits until then.
    pub(super) until_ms: i64,
    /// WeChat has answered.
    pub(super) answer: Option<Rc<Event>>,
    /// Nobody waits for the answer any more, but the request may still arrive.
    pub(super) is_given_up: bool,
}

/// Somebody who wants one item.
#[derive(Clone, Debug)]
pub(super) struct Customer {
    pub(super) door: Door,
    pub(super) came: bool,
    pub(super) showed_code: bool,
}

/// What an event led to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Turn {
    pub(super) has_recorded: bool,
    pub(super) wishes: usize,
}

impl World {
    /// A machine that was just switched on, before its first step.
    pub(super) fn new(plan: &Plan) -> Self {
        let customers = plan.doors.iter();
        let mut world = Self {
            now_ms: 0,
            started_ms: 0,
            machine: None,
            asleep: Some(Rc::new(Books::new(planogram(&plan.items)))),
            resuming: Vec::new(),
            may_hear_first: false,
            log: Vec::new(),
            gateway: Gateway::default(),
            flights: Vec::new(),
            board: Board::default(),
            customers: customers
                .map(|door| Customer { door: *door, came: false, showed_code: false })
                .collect(),
            scanned: Vec::new(),
            acknowledged: Vec::new(),
            vends_asked: Vec::new(),
            left: plan.budgets,
            randoms: (1..=NUMBERS_MAX).map(random_of).collect(),
            turn: Turn::default(),
        };
        world.start(plan);
        world
    }

    /// WeChat's clock, and the machine's.
    pub(super) fn wall_ms(&self) -> i64 {
        START_MS + self.now_ms
    }

    pub(super) fn now(&self) -> Now {
        let since_start = u64::try_from(self.now_ms - self.started_ms).unwrap_or(0);
        let next = self.machine.as_ref().map_or(1, |machine| machine.books().next_number());
        let nth = usize::try_from(next - 1).unwrap_or(usize::MAX);
        Now {
            monotonic: Duration::from_millis(since_start),
            wall: Timestamp::from_unix_ms(self.wall_ms()),
            random: self.randoms.get(nth).copied().unwrap_or(0),
        }
    }

    /// A moment of the machine's clock, from now on.
    pub(super) fn ms_from_now(&self, monotonic: Duration) -> i64 {
        let at_ms = i64::try_from(monotonic.as_millis()).unwrap_or(i64::MAX);
        at_ms - (self.now_ms - self.started_ms)
    }

    /// What is on disk, as values.
    pub(super) fn books(&self) -> Option<&Books> {
        self.machine.as_ref().map(Machine::books).or(self.asleep.as_deref())
    }

    /// The program is started, with what is on disk.
    pub(super) fn start(&mut self, plan: &Plan) {
        let Some(books) = self.asleep.take() else { return };
        let machine = Machine::new(plan.rules(), (*books).clone());
        self.resuming = machine.resume_steps();
        self.resuming.reverse();
        self.machine = Some(machine);
        self.started_ms = self.now_ms;
    }

    /// The next step of the start; the board is up after the last one.
    pub(super) fn resume(&mut self, plan: &Plan, cut: Option<usize>) -> Result<(), Broken> {
        let (Some(machine), Some(step)) = (&self.machine, self.resuming.pop()) else {
            return Ok(());
        };
        let mut decision = machine.resume(&step, "0", &self.now());
        plan.tamper(machine, Heard::Start(&step), &mut decision);
        self.carry_out(plan, decision, cut)?;
        if self.machine.is_some() && self.resuming.is_empty() {
            self.board.restarted();
        }
        Ok(())
    }

    /// The machine hears `event`. With `cut`, power fails when so many of its wishes are out.
    pub(super) fn hear(
        &mut self,
        plan: &Plan,
        event: &Event,
        cut: Option<usize>,
    ) -> Result<(), Broken> {
        let Some(machine) = &self.machine else { return Ok(()) };
        self.may_hear_first = false;
        let mut decision = machine.decide(event, &self.now());
        plan.tamper(machine, Heard::Event(event), &mut decision);
        self.carry_out(plan, decision, cut)
    }

    fn carry_out(
        &mut self,
        plan: &Plan,
        decision: Decision,
        cut: Option<usize>,
    ) -> Result<(), Broken> {
        let at = Timestamp::from_unix_ms(self.wall_ms());
        let Some(machine) = &mut self.machine else { return Ok(()) };
        for entry in &decision.entries {
            self.log.push(Rc::new(Recorded { at, entry: entry.clone() }));
        }
        machine.settle(&decision, at).map_err(|error| error.to_string())?;
        if let Session::Paying { order, .. } = &machine.memory().session
            && !self.scanned.contains(&order.out_trade_no)
        {
            self.scanned.push(order.out_trade_no.clone());
        }
        let has_recorded = !decision.entries.is_empty();
        self.turn = Turn { has_recorded, wishes: 0 };
        for command in decision.commands {
            if cut.is_none_or(|cut| self.turn.wishes < cut) {
                self.act(command)?;
            }
        }
        if cut.is_some() {
            self.cut(plan)?;
        }
        Ok(())
    }

    fn act(&mut self, command: Command) -> Result<(), Broken> {
        if let Command::Refund(refund) = &command
            && !self.log.iter().any(|recorded| requests(&recorded.entry, refund.out_refund_no()))
        {
            return Err(format!(
                "{} is asked for, and that is not on disk",
                refund.out_refund_no()
            ));
        }
        let patience_ms = match &command {
            Command::OpenOrder { .. } => OPEN_MAX_MS,
            Command::PayByCode { .. }
            | Command::Reverse(_)
            | Command::QueryOrder(_)
            | Command::CloseOrder(_)
            | Command::Refund(_)
            | Command::QueryRefunds(_) => CALL_MAX_MS,
            Command::Vend(vend) => {
                self.turn.wishes += 1;
                return self.vend(vend);
            }
            Command::RecallVend { tag, .. } => {
                self.turn.wishes += 1;
                self.board.recalls.push(*tag);
                return Ok(());
            }
            Command::AnswerNotify { ticket, reply } => {
                self.turn.wishes += 1;
                let accounts = self.gateway.accounts().map(|it| &it.order);
                let told = accounts.into_iter().find(|order| order.number == ticket.0);
                if let (NotifyReply::Success, Some(told)) = (reply, told) {
                    self.acknowledged.push(told.out_trade_no.clone());
                }
                return Ok(());
            }
            Command::AnswerRemote { answer, .. } => {
                self.turn.wishes += 1;
                self.scanned.extend(answer.as_ref().ok().map(|order| order.out_trade_no.clone()));
                return Ok(());
            }
            // Nothing comes back of these, and nothing is lost with them.
            Command::Audit { .. }
            | Command::TellAudit(_)
            | Command::RebuildSchedule
            | Command::CorrectClock(_)
            | Command::Alarm(_) => return Ok(()),
        };
        self.turn.wishes += 1;
        let until_ms = self.now_ms + patience_ms;
        let command = Rc::new(command);
        self.flights.push(Flight { command, until_ms, answer: None, is_given_up: false });
        Ok(())
    }

    /// The one place where goods leave: what justifies it must be on disk.
    fn vend(&mut self, vend: &Vend) -> Result<(), Broken> {
        let of_order =
            |recorded: &&Rc<Recorded>| recorded.entry.out_trade_no() == Some(vend.out_trade_no());
        let entries: Vec<&Entry> = self.log.iter().filter(of_order).map(|it| &it.entry).collect();
        let is_paid = entries.iter().any(|entry| matches!(entry, Entry::Paid { .. }));
        let requests =
            entries.iter().filter(|it| matches!(it, Entry::VendRequested { .. })).count();
        self.vends_asked.push(vend.tag());
        let asked = self.vends_asked.iter().filter(|number| **number == vend.tag()).count();
        self.board.vend(vend.tag(), self.now_ms);
        let account = self.gateway.account(vend.out_trade_no());
        if !is_paid || account.is_none_or(|account| account.paid() == 0) {
            return Err(format!("order {} is vended without money", vend.tag()));
        }
        if asked > requests {
            return Err(format!("order {} is vended, and that is not on disk", vend.tag()));
        }
        Ok(())
    }

    /// The program is gone, whatever it was at: its memory, the answers that were on their way to
    /// it, what its port held. Requests that were sent may still arrive.
    pub(super) fn cut(&mut self, plan: &Plan) -> Result<(), Broken> {
        let mut folded = Books::new(planogram(&plan.items));
        for recorded in &self.log {
            folded.apply(recorded).map_err(|error| format!("the log cannot be read: {error}"))?;
        }
        let live = self.machine.take();
        let sales = |books: &Books| books.sales().cloned().collect::<Vec<_>>();
        if live.is_some_and(|machine| sales(machine.books()) != sales(&folded)) {
            return Err("the log tells another story than the books".to_owned());
        }
        self.asleep = Some(Rc::new(folded));
        self.left.cuts -= 1;
        self.resuming.clear();
        self.may_hear_first = false;
        self.board.unheard();
        self.flights.retain(|flight| flight.answer.is_none() && flight.has_effect());
        for flight in &mut self.flights {
            flight.is_given_up = true;
        }
        Ok(())
    }

    /// Whether the loop looks at the clock before anything else.
    pub(super) fn is_due(&self) -> bool {
        let now = self.now();
        let wake = self.machine.as_ref().and_then(|machine| machine.next_wake(&now));
        wake.is_some_and(|wake| wake <= now.monotonic)
    }

    /// Whether the age of an order can still matter.
    pub(super) fn has_age(&self, out_trade_no: &OutTradeNo) -> bool {
        let sale = self.books().and_then(|books| books.sale(out_trade_no));
        sale.is_some_and(|sale| sale.is_open() && sale.receipt().is_none())
    }

    /// Whether the log waits for the end of this vend.
    pub(super) fn is_vending(&self, tag: VendTag) -> bool {
        let sale = self.books().and_then(|books| books.sale_by_tag(tag));
        sale.is_some_and(|sale| matches!(sale.state, State::Vending { .. }))
    }
}

fn requests(entry: &Entry, number: &OutRefundNo) -> bool {
    matches!(entry, Entry::RefundRequested { out_refund_no, .. } if out_refund_no == number)
}

/// A random number that makes an order number whose pauses have no jitter: questions about
/// different orders, or after different delays, then meet at the same moments.
fn random_of(number: u64) -> u32 {
    let wall = Timestamp::from_unix_ms(START_MS);
    let jitter = |random: &u32| {
        let now = Now { monotonic: Duration::ZERO, wall, random: *random };
        let number = order_number(&rules().machine, number, &now);
        // As in the middle's plan of questions.
        number.as_str().bytes().fold(0, |sum, byte| (sum * 31 + u64::from(byte)) % 100)
    };
    (0..100_000).find(|random| jitter(random) == 0).unwrap_or(0)
}

impl Flight {
    /// Whether it changes anything at WeChat.
    pub(super) fn has_effect(&self) -> bool {
        !matches!(&*self.command, Command::QueryOrder(_) | Command::QueryRefunds(_))
    }
}

impl Plan {
    fn rules(&self) -> daemon::sale::Settings {
        // Short, so that the countdown has few moments: the order of events is what matters.
        let (payment_window, grace) = (Duration::from_secs(5), Duration::from_secs(3));
        daemon::sale::Settings { payment_window, grace, failures_until_blocked: 3, ..rules() }
    }

    fn tamper(&self, machine: &Machine, heard: Heard<'_>, decision: &mut Decision) {
        if let Some(tamper) = self.tamper {
            tamper(machine, heard, decision);
        }
    }
}
