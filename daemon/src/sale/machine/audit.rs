//! The audit of the day before: when the bill is asked for, and what its answer means.
//!
//! The cron scheduler says that it is time. Should it fail, or should the machine be switched on
//! later in the day, a sweep or the loop's own clock finds the audit due all the same.

use std::time::Duration;

use protocol::downloadbill::BillDate;

use super::Machine;
use crate::audit::{self, BillFault, MachineBill, TimeOfDay};
use crate::report::Chain;
use crate::sale::command::{Alarm, Command};
use crate::sale::decision::Decision;
use crate::sale::health::Health;
use crate::sale::memory::AuditPlan;
use crate::sale::time::Now;

/// A start has more urgent questions.
const START_PAUSE: Duration = Duration::from_secs(20);

/// The pause before another try: the bill is late, or WeChat did not answer.
const AGAIN_AFTER: Duration = Duration::from_secs(10 * 60);

/// A bill that was asked for and never came is asked for again: the port's own limit is shorter.
const LOST_AFTER: Duration = Duration::from_secs(20 * 60);

/// Two hours of tries: a bill that is there at 10:00 is there by noon.
const TRIES_MAX: u32 = 12;

/// So many differences are told one by one: whoever reads them knows that something is wrong.
const ALARMS_MAX: usize = 20;

impl Machine {
    pub(super) fn audit_if_due(&self, now: &Now, decision: &mut Decision) {
        if self.audit_due_at(now).is_none_or(|due| now.monotonic < due) {
            return;
        }
        let day = audit::yesterday(now.wall);
        let plan = &self.memory.audit;
        let tries = if plan.day == Some(day) { plan.tries + 1 } else { 1 };
        let due = now.monotonic + LOST_AFTER;
        decision.memory.audit = AuditPlan { day: Some(day), done: false, tries, due };
        decision.command(Command::Audit { day, machine: self.settings.machine.clone() });
    }

    /// When, on the monotonic clock, the bill of the day before is asked for; `None` = not before
    /// midnight.
    pub(super) fn audit_due_at(&self, now: &Now) -> Option<Duration> {
        if self.memory.health.stopping || !Health::clock_is_sane(now.wall) {
            return None;
        }
        let plan = &self.memory.audit;
        let is_planned = plan.day == Some(audit::yesterday(now.wall));
        if is_planned && plan.done {
            return None;
        }
        let due = if is_planned { plan.due } else { START_PAUSE };
        let wait = TimeOfDay::of_audit(&self.settings.machine).wait(now.wall);
        Some(due.max(now.monotonic + wait))
    }

    pub(super) fn bill_answered(
        &self,
        day: BillDate,
        answer: &Result<MachineBill, BillFault>,
        now: &Now,
        decision: &mut Decision,
    ) {
        let plan = &mut decision.memory.audit;
        if plan.day != Some(day) || plan.done {
            return; // An answer to a question that was given up.
        }
        match answer {
            Ok(bill) => {
                plan.done = true;
                self.tell_audit(day, bill, decision);
            }
            Err(_) if plan.tries < TRIES_MAX => plan.due = now.monotonic + AGAIN_AFTER,
            Err(fault) => {
                plan.done = true;
                decision.alarm(Alarm::NotAudited { day, why: Chain(fault).to_string() });
            }
        }
    }

    fn tell_audit(&self, day: BillDate, bill: &MachineBill, decision: &mut Decision) {
        let audit = audit::compare(&self.books, day, bill);
        decision.command(Command::TellAudit(audit.tally));
        let more = audit.differences.len().saturating_sub(ALARMS_MAX);
        for difference in audit.differences.into_iter().take(ALARMS_MAX) {
            decision.alarm(Alarm::BillDiffers { day, difference });
        }
        if more > 0 {
            decision.alarm(Alarm::BillDiffersMore { day, more });
        }
    }
}
