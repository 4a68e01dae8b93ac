//! The whole middle: every event goes in here, every decision comes out.

mod audit;
mod browsing;
mod customer;
mod gateway;
mod hear;
mod micropay;
mod passing;
mod refunds;
mod remote;
mod vending;

pub(super) use passing::STARTING_MAX;
pub use passing::{CLOCK_OFF_MAX_MS, SWEEP_LATE_MAX};

#[cfg(test)]
mod tests;

use std::time::Duration;

use protocol::OutTradeNo;

use super::books::Books;
use super::command::{Alarm, Command};
use super::decision::Decision;
use super::entry::{Entry, OutOfOrder, Recorded};
use super::event::Event;
use super::health::LogHealth;
use super::memory::{AwaitedVend, Memory};
use super::order::Slot;
use super::planogram::{Availability, Load};
use super::queries::Plan;
use super::remote::RemoteRefusal;
use super::screens;
use super::session::Session;
use super::settings::Settings;
use super::state::Sale;
use super::time::{Age, Now, Timestamp};
use remote::RemoteWish;

/// One step of a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResumeStep {
    /// The start itself.
    Start,
    /// A slot was filled, as the configuration says.
    Stock(Slot, Load),
    /// An open sale: ask, close, or owe; never vend.
    Sale(OutTradeNo),
}

/// One vending machine: the rules, what is on disk, and what is only in mind.
///
/// The caller turns the wheel: [`decide`](Self::decide), put the entries on disk,
/// [`settle`](Self::settle), carry out the commands, draw [`view`](Self::view), wait until
/// [`next_wake`](Self::next_wake) or the next event.
#[derive(Clone, Debug)]
pub struct Machine {
    settings: Settings,
    books: Books,
    memory: Memory,
}

impl Machine {
    /// A machine that was just switched on, with the books of its log.
    pub fn new(settings: Settings, books: Books) -> Self {
        let memory = Memory::at_start(settings.language);
        Self { settings, books, memory }
    }

    /// What follows from `event`. Pure: changes nothing.
    pub fn decide(&self, event: &Event, now: &Now) -> Decision {
        let mut decision = Decision::nothing(&self.memory);
        match event {
            Event::Touched(touch) => self.touched(*touch, now, &mut decision),
            Event::Notified { ticket, payment } => {
                self.notified(*ticket, payment, now, &mut decision);
            }
            Event::OpenAnswered { out_trade_no, answer } => {
                self.open_answered(out_trade_no, answer, now, &mut decision);
            }
            Event::Queried(queried) => self.queried(queried, now, &mut decision),
            Event::CloseAnswered { out_trade_no, answer } => {
                self.close_answered(out_trade_no, answer, now, &mut decision);
            }
            Event::RefundAnswered { out_trade_no, answer } => {
                self.refund_answered(out_trade_no, answer, now, &mut decision);
            }
            Event::RefundsQueried { out_trade_no, answer } => {
                self.refunds_queried(out_trade_no, answer, now, &mut decision);
            }
            Event::RefundNotified { ticket, hint } => {
                self.refund_notified(*ticket, hint, now, &mut decision);
            }
            Event::RemoteOrdered { ticket, slot, door, payer } => {
                let wish = RemoteWish { ticket: *ticket, slot: *slot, door: *door };
                self.remote_ordered(wish, payer.as_ref(), now, &mut decision);
            }
            Event::CodeShown(code) => self.code_shown(code, now, &mut decision),
            Event::CodePaid { out_trade_no, answer } => {
                self.code_paid(out_trade_no, answer, now, &mut decision);
            }
            Event::ReverseAnswered { out_trade_no, answer } => {
                self.reverse_answered(out_trade_no, answer, now, &mut decision);
            }
            Event::ClockCompared(ahead_ms) => self.clock_compared(*ahead_ms, &mut decision),
            Event::Board(board_event) => self.board(board_event, now, &mut decision),
            Event::SweepDue => {
                self.sweep(now, &mut decision);
                self.audit_if_due(now, &mut decision);
            }
            Event::AuditDue => self.audit_if_due(now, &mut decision),
            Event::BillAnswered { day, answer } => {
                self.bill_answered(*day, answer, now, &mut decision);
            }
            Event::Woke => self.woke(now, &mut decision),
            Event::Log(Ok(())) => decision.memory.health.log = LogHealth::Up,
            Event::Log(Err(why)) => self.log_failed(why, now, &mut decision),
            Event::StopRequested => self.stop(now, &mut decision),
        }
        decision
    }

    /// The steps of a start, to be decided, recorded and settled one after the other. All of them
    /// may be made again when one could not be recorded.
    pub fn resume_steps(&self) -> Vec<ResumeStep> {
        let stock = self.books.planogram().unrecorded_stock();
        let stock = stock.map(|(slot, load)| ResumeStep::Stock(slot, load.clone()));
        let sales = self.books.open_sales().map(|sale| sale.order.out_trade_no.clone());
        [ResumeStep::Start].into_iter().chain(stock).chain(sales.map(ResumeStep::Sale)).collect()
    }

    /// What is to be done in one step of a start.
    pub fn resume(&self, step: &ResumeStep, version: &str, now: &Now) -> Decision {
        let mut decision = Decision::nothing(&self.memory);
        match step {
            ResumeStep::Start => {
                decision.record(Entry::Started { version: version.to_owned() });
                for sale in self.books.open_sales() {
                    let age = now.wall.since(sale.order.created_at);
                    let out_trade_no = sale.order.out_trade_no.clone();
                    decision.memory.ages.insert(out_trade_no, Age::new(now.monotonic, age));
                }
            }
            ResumeStep::Stock(slot, load) => {
                decision.record(Entry::StockLoaded { slot: *slot, load: load.clone() });
            }
            ResumeStep::Sale(out_trade_no) => {
                if let Some(sale) = self.books.sale(out_trade_no) {
                    sale.resume(self.surroundings(sale, now), &mut decision);
                    let mut entries = decision.entries.iter();
                    let after =
                        entries.try_fold(sale.clone(), |sale, entry| sale.apply(entry, now.wall));
                    if let Ok(after) = after {
                        self.plan_refund(sale, &after, now, &mut decision);
                    }
                    self.plan_commands(now, &mut decision);
                }
            }
        }
        decision
    }

    /// Takes a decision as done: its entries are on disk, `at` is their time there.
    ///
    /// # Errors
    ///
    /// When an entry cannot follow the books, which is a fault of this program.
    pub fn settle(&mut self, decision: &Decision, at: Timestamp) -> Result<(), OutOfOrder> {
        for entry in &decision.entries {
            self.books.apply(&Recorded { at, entry: entry.clone() })?;
        }
        self.memory = decision.memory.clone();
        let books = &self.books;
        let limit = self.settings.failures_until_blocked;
        // What cannot be bought any more is not looked at: the catalogue says why.
        let can_be_had =
            |slot: &Slot| books.availability(*slot, limit) == Some(Availability::Available);
        self.memory.viewing = self.memory.viewing.filter(can_be_had);
        let awaits = |order: &OutTradeNo| books.sale(order).is_some_and(Sale::awaits_gateway);
        self.memory.plans.retain(|out_trade_no, _| awaits(out_trade_no));
        self.memory.ages.retain(|out_trade_no, _| awaits(out_trade_no));
        self.memory.disputed.retain(|out_trade_no| awaits(out_trade_no));
        self.memory.refunds.retain(|out_trade_no, _| awaits(out_trade_no));
        self.memory.reversing.retain(|out_trade_no| awaits(out_trade_no));
        Ok(())
    }

    /// Goes on with these books: the same but for old sales, which went to the archive.
    pub fn turn_page(&mut self, books: Books) {
        self.books = books;
    }

    /// Whether nobody waits for the machine: nothing is ordered, paid or vended, here or by phone.
    pub fn is_quiet(&self) -> bool {
        let looks = self.memory.browsing_until.is_some() || self.memory.languages_until.is_some();
        self.memory.session == Session::Idle
            && !looks
            && self.memory.remotes.is_empty()
            && !self.books.is_vending()
            && self.books.waiting_for_motor().is_none()
    }

    /// What the panel shows.
    pub fn view(&self, now: &Now) -> kiosk::View {
        let attracts = self.attracts_at().is_some_and(|at| now.monotonic >= at);
        screens::view(&self.settings, &self.books, &self.memory, now, attracts)
    }

    /// When, on the monotonic clock, something is due although nothing was heard.
    pub fn next_wake(&self, now: &Now) -> Option<Duration> {
        self.wakes(now)
    }

    /// What is on disk.
    pub fn books(&self) -> &Books {
        &self.books
    }

    /// What is only in mind.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Whether the program may end: it was asked to, no motor turns, and nobody waits for it.
    pub fn may_stop(&self) -> bool {
        let log_up = self.memory.health.log == LogHealth::Up;
        let waits = log_up && self.books.waiting_for_motor().is_some();
        self.memory.health.stopping && !self.books.is_vending() && !waits
    }

    fn log_failed(&self, why: &str, now: &Now, decision: &mut Decision) {
        if self.memory.health.log == LogHealth::Up {
            decision.alarm(Alarm::LogDown(why.to_owned()));
        }
        decision.memory.health.log = LogHealth::Down(why.to_owned());
        // Whoever waits to pay is let go: nothing of it could be recorded.
        if self.memory.session.awaited_order().is_some() {
            decision.memory.end_session(self.settings.language, now.monotonic);
        }
        for ticket in self.memory.remotes.values().filter_map(|remote| remote.ticket) {
            let answer = Err(RemoteRefusal::OutOfService);
            decision.command(Command::AnswerRemote { ticket, answer });
        }
        decision.memory.remotes.clear();
    }

    /// Every question of a decision counts as asked now.
    fn plan_commands(&self, now: &Now, decision: &mut Decision) {
        let Decision { commands, memory, .. } = decision;
        for command in commands.iter() {
            let asked = match command {
                Command::QueryOrder(out_trade_no) => out_trade_no,
                Command::Refund(refund) => refund.out_trade_no(),
                Command::QueryRefunds(out_trade_no) | Command::Reverse(out_trade_no) => {
                    out_trade_no
                }
                Command::PayByCode { order, .. } => &order.out_trade_no,
                Command::Vend(vend) => {
                    let until = now.monotonic + self.settings.vend_limit;
                    let order = vend.out_trade_no();
                    // The customer of a twin's turn has seen the first one begin.
                    let started = memory.vends.get(order).is_some_and(|vend| vend.started);
                    let awaited = AwaitedVend { until, recalled: false, started };
                    memory.vends.insert(order.clone(), awaited);
                    continue;
                }
                Command::RecallVend { out_trade_no, .. } => {
                    let until = now.monotonic + self.settings.vend_limit;
                    let awaited = AwaitedVend { until, recalled: true, started: false };
                    memory.vends.insert(out_trade_no.clone(), awaited);
                    continue;
                }
                Command::OpenOrder { .. }
                | Command::CloseOrder(_)
                | Command::AnswerNotify { .. }
                | Command::AnswerRemote { .. }
                | Command::Audit { .. }
                | Command::TellAudit(_)
                | Command::RebuildSchedule
                | Command::CorrectClock(_)
                | Command::Alarm(_) => continue,
            };
            let plan = Plan { due: now.monotonic, asked: Some(now.monotonic) };
            memory.plans.insert(asked.clone(), plan);
        }
    }
}
