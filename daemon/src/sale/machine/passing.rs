//! What follows from time alone: deadlines, due questions, and the net below the scheduler.

use std::time::Duration;

use super::Machine;
use crate::sale::command::{Alarm, Command};
use crate::sale::decide::Heard;
use crate::sale::decision::Decision;
use crate::sale::entry::Abandonment;
use crate::sale::health::{Health, LogHealth};
use crate::sale::session::Session;
use crate::sale::state::{Sale, State};
use crate::sale::time::Now;

/// How long the cron scheduler may be late with a due question before the loop asks it itself. The
/// scheduler looks at its jobs every half second and the job runs every second.
const SWEEP_LATE_MAX: Duration = Duration::from_millis(2_500);

/// How long the panel says "starting" before a board that does not answer is called an outage.
pub(in crate::sale) const STARTING_MAX: Duration = Duration::from_secs(8);

impl Machine {
    pub(super) fn woke(&self, now: &Now, decision: &mut Decision) {
        self.pass_session(now, decision);
        self.pass_browsing(now, decision);
        self.end_orphans(now, decision);
        self.end_overdue_vends(now, decision);
        let overdue = |due: Duration| now.monotonic >= due + SWEEP_LATE_MAX;
        if self.memory.plans.values().any(|plan| overdue(plan.wakes_at())) {
            decision.alarm(Alarm::ScheduleOverdue);
            decision.command(Command::RebuildSchedule);
            self.sweep(now, decision);
        }
        self.look_at_clock(now, decision);
    }

    /// Asks for every open order whose question is due.
    pub(super) fn sweep(&self, now: &Now, decision: &mut Decision) {
        let due = self.memory.plans.iter().filter(|(_, plan)| plan.is_due(now.monotonic));
        for (out_trade_no, _) in due {
            let asked = Command::QueryOrder(out_trade_no.clone());
            if !decision.commands.contains(&asked) {
                decision.command(asked);
            }
        }
        self.plan_commands(now, decision);
        self.look_at_clock(now, decision);
    }

    pub(super) fn stop(&self, now: &Now, decision: &mut Decision) {
        decision.memory.health.stopping = true;
        self.abandon_awaited(Abandonment::Interrupted, now, decision);
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
        let orphans = self.orphans().next().is_some() && memory.health.log == LogHealth::Up;
        memory
            .session
            .until()
            .into_iter()
            .chain(memory.browsing_until)
            .chain(countdown)
            .chain(plans.min())
            .chain(memory.vends.values().copied().min())
            .chain(starting)
            .chain(orphans.then_some(now.monotonic))
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
                decision.memory.end_session(self.settings.language);
            }
        }
    }

    fn pass_browsing(&self, now: &Now, decision: &mut Decision) {
        let gone = self.memory.browsing_until.is_some_and(|until| now.monotonic >= until);
        if gone && decision.memory.session == Session::Idle {
            decision.memory.end_session(self.settings.language);
        } else if gone {
            decision.memory.browsing_until = None; // The session's own end sees to it.
        }
    }

    /// Orders whose customer was lost, as when the log failed and works again.
    fn orphans(&self) -> impl Iterator<Item = &Sale> {
        self.books.open_sales().filter(|sale| {
            matches!(sale.state, State::Opening | State::AwaitingPayment)
                && !self.memory.session.awaits_payment_of(&sale.order.out_trade_no)
        })
    }

    fn end_orphans(&self, now: &Now, decision: &mut Decision) {
        for sale in self.orphans() {
            self.hear(sale, Heard::Abandoned(Abandonment::Interrupted), now, decision);
        }
    }

    fn end_overdue_vends(&self, now: &Now, decision: &mut Decision) {
        for (out_trade_no, limit) in &self.memory.vends {
            if now.monotonic < *limit {
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
