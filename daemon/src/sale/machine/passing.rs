//! What follows from time alone: deadlines, due questions, and the net below the scheduler.

use std::time::Duration;

use super::Machine;
use crate::sale::command::{Alarm, Command};
use crate::sale::decide::Heard;
use crate::sale::decision::Decision;
use crate::sale::entry::Abandonment;
use crate::sale::health::{Health, LogHealth};
use crate::sale::remote::Door;
use crate::sale::session::Session;
use crate::sale::state::{Sale, State};
use crate::sale::time::Now;

/// How late a due question may be before the loop asks it itself. The scheduler ticks every second
/// and looks at its jobs every half second, so it asks most of them; whoever comes first marks the
/// question as asked, so none is asked twice. With the loop's own few milliseconds a question is
/// always asked within a second of being due, whatever became of the scheduler.
pub const SWEEP_LATE_MAX: Duration = Duration::from_millis(800);

/// A clock that is so many milliseconds off is put right; less does no harm to an order.
pub const CLOCK_OFF_MAX_MS: i64 = 30_000;

/// How long the panel says "starting" before a board that does not answer is called an outage.
pub(in crate::sale) const STARTING_MAX: Duration = Duration::from_secs(8);

impl Machine {
    pub(super) fn woke(&self, now: &Now, decision: &mut Decision) {
        self.pass_session(now, decision);
        self.pass_browsing(now, decision);
        self.pass_remotes(now, decision);
        // A decision that cannot be recorded is not taken at all: what needs an entry must not keep
        // the panel from going on.
        if self.memory.health.log == LogHealth::Up {
            self.end_orphans(now, decision);
            self.end_overdue_vends(now, decision);
            self.serve_next(now, decision);
        }
        let overdue = |due: Duration| now.monotonic >= due + SWEEP_LATE_MAX;
        if self.memory.plans.values().any(|plan| overdue(plan.wakes_at())) {
            self.sweep(now, decision);
        }
        self.audit_if_due(now, decision);
        self.look_at_clock(now, decision);
    }

    /// Asks for every open order whose question is due.
    pub(super) fn sweep(&self, now: &Now, decision: &mut Decision) {
        for (out_trade_no, plan) in &self.memory.plans {
            // What this decision has asked already is planned anew.
            let asked = decision.memory.plans.get(out_trade_no) != Some(plan);
            if asked || !plan.is_due(now.monotonic) {
                continue;
            }
            match self.books.sale(out_trade_no) {
                Some(sale) if sale.refund().is_some() => {
                    sale.ask_for_refund(self.settings.can_refund, decision);
                }
                Some(sale) if sale.order.door == Door::Scanner => {
                    decision.command(self.code_question(sale));
                }
                _ => decision.command(Command::QueryOrder(out_trade_no.clone())),
            }
        }
        self.plan_commands(now, decision);
        self.look_at_clock(now, decision);
    }

    pub(super) fn stop(&self, now: &Now, decision: &mut Decision) {
        decision.memory.health.stopping = true;
        self.abandon_all(Abandonment::Interrupted, now, decision);
    }

    pub(super) fn wakes(&self, now: &Now) -> Option<Duration> {
        let memory = &self.memory;
        let countdown = if let Session::Paying { until, .. } = &memory.session {
            Some(next_second(now.monotonic, *until))
        } else {
            None
        };
        let plans = memory.plans.values().map(|plan| plan.wakes_at() + SWEEP_LATE_MAX);
        let starting = memory.health.board_up.is_none().then_some(STARTING_MAX);
        let starting = starting.filter(|until| *until > now.monotonic);
        let at_once = memory.health.log == LogHealth::Up
            && (self.orphans().next().is_some() || self.next_to_serve().is_some());
        memory
            .session
            .until()
            .into_iter()
            .chain(memory.browsing_until)
            .chain(memory.languages_until)
            .chain(self.attracts_at().filter(|at| *at > now.monotonic))
            .chain(countdown)
            .chain(plans.min())
            .chain(memory.vends.values().map(|vend| vend.until).min())
            .chain(starting)
            .chain(self.audit_due_at(now))
            .chain(memory.remotes.values().map(|remote| remote.until).min())
            .chain(at_once.then_some(now.monotonic))
            .min()
    }

    fn pass_session(&self, now: &Now, decision: &mut Decision) {
        if self.memory.session.until().is_none_or(|until| now.monotonic < until) {
            return;
        }
        match &self.memory.session {
            Session::Idle | Session::Vending { .. } => {}
            Session::Ordering { .. } => {
                self.abandon_awaited(Abandonment::Unanswered, now, decision);
            }
            Session::Paying { order, .. } => {
                let until = now.monotonic + self.settings.grace;
                decision.memory.session = Session::Checking { order: order.clone(), until };
                decision.command(Command::QueryOrder(order.out_trade_no.clone()));
                self.plan_commands(now, decision);
            }
            Session::Checking { .. } => self.abandon_awaited(Abandonment::Expired, now, decision),
            Session::Farewell { .. } | Session::Sorry { .. } => {
                decision.memory.end_session(self.settings.language, now.monotonic);
            }
        }
    }

    /// Orders whose customer was lost, as when the log failed and works again.
    fn orphans(&self) -> impl Iterator<Item = &Sale> {
        self.books.open_sales().filter(|sale| {
            matches!(sale.state, State::Opening | State::AwaitingPayment)
                && !self.memory.awaits_payment_of(&sale.order.out_trade_no)
        })
    }

    fn end_orphans(&self, now: &Now, decision: &mut Decision) {
        for sale in self.orphans() {
            self.hear(sale, Heard::Abandoned(Abandonment::Interrupted), now, decision);
        }
    }

    /// The sale for which the motor was not free when it was paid, and is now.
    fn next_to_serve(&self) -> Option<&Sale> {
        self.books.waiting_for_motor().filter(|_| !self.books.is_vending())
    }

    fn serve_next(&self, now: &Now, decision: &mut Decision) {
        if let Some(sale) = self.next_to_serve() {
            self.hear(sale, Heard::MotorFree, now, decision);
        }
    }

    fn end_overdue_vends(&self, now: &Now, decision: &mut Decision) {
        for (out_trade_no, vend) in &self.memory.vends {
            if now.monotonic < vend.until {
                continue;
            }
            decision.memory.vends.remove(out_trade_no);
            let Some(sale) = self.books.sale(out_trade_no) else { continue };
            let seconds = self.settings.vend_limit.as_secs();
            decision.alarm(Alarm::VendOverdue(out_trade_no.clone(), seconds));
            let why = format!("the board told nothing within {seconds} s");
            self.hear(sale, Heard::VendUnknown(why), now, decision);
        }
    }

    /// WeChat's clock is `ahead_ms` ahead of the system's; WeChat's is right.
    pub(super) fn clock_compared(&self, ahead_ms: i64, decision: &mut Decision) {
        let health = &mut decision.memory.health;
        // Compared with what is believed now, or a clock at the limit would flap.
        if (ahead_ms - health.clock_correction_ms).abs() < CLOCK_OFF_MAX_MS {
            return;
        }
        let correction_ms = if ahead_ms.abs() < CLOCK_OFF_MAX_MS { 0 } else { ahead_ms };
        health.clock_correction_ms = correction_ms;
        decision.command(Command::CorrectClock(correction_ms));
        if correction_ms != 0 {
            decision.alarm(Alarm::ClockOff(correction_ms / 1_000));
        }
    }

    fn look_at_clock(&self, now: &Now, decision: &mut Decision) {
        let sane = Health::clock_is_sane(now.wall);
        if !sane && !self.memory.health.clock_alarmed {
            decision.alarm(Alarm::ClockWrong);
        }
        decision.memory.health.clock_alarmed = !sane;
    }
}

/// The next moment at which the countdown to `until` shows another second.
fn next_second(now: Duration, until: Duration) -> Duration {
    let left_ms = u64::try_from(until.saturating_sub(now).as_millis()).unwrap_or(u64::MAX);
    let step_ms = match left_ms % 1_000 {
        0 => 1_000,
        rest => rest,
    };
    now + Duration::from_millis(step_ms)
}
