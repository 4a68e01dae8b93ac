//! The heart of the loop: decide, record, act; on whatever log and with whatever edges.
//!
//! ```text
//!          ┌──────────────────────── hear ───────────────────────┐
//!  event ─►│ decide ─► append: durable ─► settle ─► act: commands │─► edges
//!          └──────────────┬──────────────────────────────────────┘
//!                         └─ failed: let go of whoever waits, act on nothing, try the log again
//! ```
//!
//! It knows no thread, clock or device: the running program turns it with real ports, the simulated
//! world with simulated ones.

mod archiving;

use std::collections::VecDeque;
use std::time::Duration;

use hardware::board::BoardEvent;

use crate::order_log::OrderLog;
use crate::sale::{Alarm, Command, Decision, Event, LogHealth, Machine, Now, Retention};
use crate::ticks::Ticks;

/// What lies around the loop.
pub trait Edges {
    /// This moment, with a fresh random number.
    fn now(&mut self) -> Now;

    /// Carries out a command; the entries that justify it are on disk.
    fn act(&mut self, command: Command);

    /// Sees every word of the board before the middle hears it.
    fn board_said(&mut self, event: &BoardEvent);
}

/// A log that failed is tried again so often.
const LOG_RETRY: Duration = Duration::from_secs(5);

/// With the log down the middle is woken no more often than this.
const LOG_DOWN_WAKE: Duration = Duration::from_secs(1);

/// Outcomes of vends that wait for a log that works; there is one motor, so more cannot be.
const UNRECORDED_MAX: usize = 16;

/// A machine, its log and its edges, turned by events.
pub struct Wheel<E> {
    machine: Machine,
    log: OrderLog,
    edges: E,
    /// What the board said while the log could not be written: it is said only once.
    unrecorded: VecDeque<Event>,
    /// The log's copy was told to be broken already.
    copy_told: bool,
    /// All steps of the start are on disk.
    resumed: bool,
    /// When the log is tried again, on the monotonic clock.
    recover_at: Duration,
    /// When the middle was woken last.
    woke_at: Duration,
    /// When old sales go to the archive, on the monotonic clock.
    archive_at: Duration,
    retention: Retention,
    /// What was heard of the scheduler.
    ticks: Ticks,
}

impl<E: Edges> Wheel<E> {
    /// A machine that was just switched on, with the log that its books were read from, and how
    /// long old sales stay in that.
    pub fn new(machine: Machine, log: OrderLog, retention: Retention, edges: E) -> Self {
        Self {
            machine,
            log,
            edges,
            unrecorded: VecDeque::new(),
            copy_told: false,
            resumed: false,
            recover_at: Duration::ZERO,
            woke_at: Duration::ZERO,
            archive_at: archiving::FIRST,
            retention,
            ticks: Ticks::default(),
        }
    }

    /// The rules, the books and what is in mind.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// What was heard of the scheduler.
    pub fn ticks(&self) -> &Ticks {
        &self.ticks
    }

    /// What lies around.
    pub fn edges(&self) -> &E {
        &self.edges
    }

    /// What lies around.
    pub fn edges_mut(&mut self) -> &mut E {
        &mut self.edges
    }

    /// The edges, when the loop has ended.
    pub fn into_edges(self) -> E {
        self.edges
    }

    /// What a start has to do, as a whole: until it is on disk it is done again whenever the log
    /// works.
    pub fn resume(&mut self) {
        let begun = self.edges.now().monotonic;
        self.ticks.begin(begun);
        for step in self.machine.resume_steps() {
            let now = self.edges.now();
            let decision = self.machine.resume(&step, env!("CARGO_PKG_VERSION"), &now);
            if let Err(why) = self.record(&decision, &now) {
                self.log_failed(why, &now);
                return;
            }
            self.act_all(decision);
        }
        self.resumed = true;
    }

    /// One event, to its end.
    pub fn hear(&mut self, event: Event) {
        let now = self.edges.now();
        if let Event::Board(board_event) = &event {
            self.edges.board_said(board_event);
        }
        if matches!(event, Event::SweepDue) {
            self.ticks.heard(now.monotonic);
        }
        let decision = self.machine.decide(&event, &now);
        match self.record(&decision, &now) {
            Ok(()) => self.act_all(decision),
            Err(why) => {
                self.log_failed(why, &now);
                self.hear_without_log(event, &now);
            }
        }
    }

    /// What time alone brings: what the middle wanted to be woken for, another try of a log that
    /// failed, a scheduler that does not tick, and the archive of old sales. To be called at every
    /// turn: it must not wait for a quiet moment.
    pub fn pass_time(&mut self) {
        let now = self.edges.now();
        if self.machine_wakes_at(&now).is_some_and(|at| at <= now.monotonic) {
            self.woke_at = now.monotonic;
            self.hear(Event::Woke);
        }
        if let Some(silence) = self.ticks.missed(now.monotonic) {
            if silence.is_news {
                let alarm = Alarm::SchedulerSilent(silence.lasts.as_secs());
                self.edges.act(Command::Alarm(alarm));
            }
            self.edges.act(Command::RebuildSchedule);
        }
        if self.log_is_down() {
            self.recover_log();
        }
        self.archive_if_due();
    }

    /// When, on the monotonic clock, [`pass_time`](Self::pass_time) has something to do although
    /// nothing was heard.
    pub fn wakes_at(&self, now: &Now) -> Duration {
        let due = self.ticks.due();
        self.machine_wakes_at(now).map_or(due, |wake| wake.min(due))
    }

    fn machine_wakes_at(&self, now: &Now) -> Option<Duration> {
        let wake = self.machine.next_wake(now);
        if !self.log_is_down() {
            return wake;
        }
        // What is due but cannot be recorded stays due: it is not tried at every turn.
        let wake = wake.map(|wake| wake.max(self.woke_at + LOG_DOWN_WAKE));
        Some(wake.map_or(self.recover_at, |wake| wake.min(self.recover_at)))
    }

    /// The promise of the whole program: nothing is done before it is on disk.
    fn record(&mut self, decision: &Decision, now: &Now) -> Result<(), String> {
        // A fault of this program: it must not make a log that nobody can read.
        self.machine.books().accept(&decision.entries, now.wall).map_err(|error| {
            tracing::error!(%error, "the program contradicts itself; nothing is recorded");
            error.to_string()
        })?;
        self.log.append(&decision.entries, now.wall).map_err(|error| error.to_string())?;
        for entry in &decision.entries {
            let order = entry.out_trade_no().map(ToString::to_string).unwrap_or_default();
            tracing::info!(entry = entry.name(), order, "recorded");
            tracing::debug!(?entry, "recorded");
        }
        self.tell_copy();
        // A fault of this program: what the books did not take must not be acted upon, or the same
        // payment could be decided a second time.
        self.machine.settle(decision, now.wall).map_err(|error| {
            tracing::error!(%error, "the program contradicts itself; the entry is on disk");
            error.to_string()
        })
    }

    fn act_all(&mut self, decision: Decision) {
        for command in decision.commands {
            self.edges.act(command);
        }
    }

    /// The log goes on without its copy; the operator is told once.
    fn tell_copy(&mut self) {
        if let Some(finding) = self.log.health().filter(|_| !self.copy_told) {
            self.copy_told = true;
            tracing::warn!("order log: {finding}");
        }
    }

    fn log_failed(&mut self, why: String, now: &Now) {
        // What fails while it is down must not put off the next try for ever.
        if !self.log_is_down() {
            self.recover_at = now.monotonic + LOG_RETRY;
        }
        let failed = self.machine.decide(&Event::Log(Err(why)), now);
        if self.record(&failed, now).is_ok() {
            self.act_all(failed);
        }
    }

    /// With the log down the middle lets go of whoever waits, so most events need no entry then.
    /// The outcome of a vend is kept: the board says it only once.
    fn hear_without_log(&mut self, event: Event, now: &Now) {
        let decision = self.machine.decide(&event, now);
        if decision.entries.is_empty() {
            if self.record(&decision, now).is_ok() {
                self.act_all(decision);
            }
            return;
        }
        let is_outcome =
            matches!(&event, Event::Board(board_event) if board_event.outcome_of().is_some());
        if is_outcome && self.unrecorded.len() < UNRECORDED_MAX {
            self.unrecorded.push_back(event);
        } // Everything else with entries is asked or touched again.
    }

    fn log_is_down(&self) -> bool {
        self.machine.memory().health.log != LogHealth::Up
    }

    fn recover_log(&mut self) {
        let now = self.edges.now();
        if now.monotonic < self.recover_at {
            return;
        }
        self.recover_at = now.monotonic + LOG_RETRY;
        if let Err(error) = self.log.recover() {
            tracing::debug!(%error, "the order log still cannot be written");
            return;
        }
        tracing::info!("the order log can be written again");
        self.hear(Event::Log(Ok(())));
        if !self.resumed {
            self.resume();
        }
        while let Some(event) = self.unrecorded.pop_front() {
            if self.log_is_down() {
                self.unrecorded.push_front(event);
                return;
            }
            self.hear(event);
        }
    }
}
