//! From what was heard about one sale to entries, commands, and what the customer sees of it.

use std::time::Duration;

use super::Machine;
use crate::sale::Now;
use crate::sale::decide::{Heard, Surroundings};
use crate::sale::decision::Decision;
use crate::sale::entry::{Abandonment, RefundReason};
use crate::sale::memory::Memory;
use crate::sale::order::Slot;
use crate::sale::planogram::{Availability, Position};
use crate::sale::remote::Door;
use crate::sale::session::Session;
use crate::sale::settings::Settings;
use crate::sale::state::{Sale, State};

impl Machine {
    /// Decides about one sale and lets the session follow it. Returns the sale as it will be.
    pub(super) fn hear(
        &self,
        sale: &Sale,
        heard: Heard,
        now: &Now,
        decision: &mut Decision,
    ) -> Option<Sale> {
        let before = decision.entries.len();
        sale.decide(heard, self.surroundings(sale, now), decision);
        if sale.order.door == Door::Scanner {
            self.leave_questions_to_plan(sale, now, decision);
        }
        let mut after = sale.clone();
        for entry in decision.entries.iter().skip(before) {
            after = after.apply(entry, now.wall).ok()?;
        }
        follow(&mut decision.memory, &self.settings, sale, &after, now.monotonic);
        if !matches!(after.state, State::Vending { .. }) {
            decision.memory.vends.remove(&after.order.out_trade_no);
        }
        if !matches!(after.state, State::Opening | State::AwaitingPayment) {
            decision.memory.remotes.remove(&after.order.out_trade_no);
        }
        self.plan_refund(sale, &after, now, decision);
        self.plan_commands(now, decision);
        Some(after)
    }

    pub(super) fn surroundings(&self, sale: &Sale, now: &Now) -> Surroundings {
        let order = &sale.order;
        Surroundings {
            customer_waits: self.memory.awaits_payment_of(&order.out_trade_no),
            can_vend: self.memory.health.outage(now.wall).is_none()
                && self.sensor_is_clear(sale.attempt().slot),
            motor_is_free: !self.books.is_vending(),
            can_refund: self.settings.can_refund,
            age: self.age(sale, now),
            in_doubt: self.settings.in_doubt,
            waited: sale.paid_at.map_or(Duration::ZERO, |at| now.wall.since(at)),
            twin: self.twin(sale, now),
        }
    }

    pub(super) fn age(&self, sale: &Sale, now: &Now) -> Duration {
        let age = self.memory.ages.get(&sale.order.out_trade_no);
        age.map_or_else(|| now.wall.since(sale.order.created_at), |age| age.at(now.monotonic))
    }

    /// Another slot that holds the very item that is being vended, and can sell it.
    fn twin(&self, sale: &Sale, now: &Now) -> Option<Slot> {
        let order = &sale.order;
        let awaited = self.memory.vends.get(&order.out_trade_no);
        // Told after its time, as by a log that was away for hours, it finds nobody any more.
        if awaited.is_none_or(|vend| vend.recalled || now.monotonic >= vend.until) {
            return None;
        }
        let is_same = |position: &Position| {
            position.name_zh == order.name_zh
                && position.name_en == order.name_en
                && position.price == order.price
        };
        let limit = self.settings.failures_until_blocked;
        let mut twins = self.books.planogram().iter().filter(|(slot, position)| {
            *slot != order.slot
                && is_same(position)
                && self.sensor_is_clear(*slot)
                && self.books.availability(*slot, limit) == Some(Availability::Available)
        });
        twins.next().map(|(slot, _)| slot)
    }

    fn sensor_is_clear(&self, slot: Slot) -> bool {
        let position = self.books.planogram().position(slot);
        position.is_some_and(|position| {
            !self.memory.health.blocked_sensors.contains(&position.drop_input)
        })
    }
}

/// Lets the session follow the sale it is about; other sessions are left alone.
fn follow(memory: &mut Memory, settings: &Settings, before: &Sale, sale: &Sale, now: Duration) {
    let out_trade_no = &sale.order.out_trade_no;
    if memory.session.is_about(out_trade_no) {
        if let Some(session) = follow_own(&memory.session, settings, sale, now) {
            if session == Session::Idle {
                memory.end_session(settings.language, now);
            } else {
                // What has happened is not to be missed behind a list.
                memory.begin_session(session);
            }
        }
    } else if memory.session == Session::Idle && before.receipt().is_none() {
        // Whoever paid just now, late or with the phone, most likely still stands there. What
        // becomes of older money is no news for whoever comes next.
        match &sale.state {
            State::Paid { .. } | State::Vending { .. } => {
                memory.begin_session(Session::Vending { order: sale.order.clone() });
            }
            State::RefundOwed { refund, .. } | State::Refunding { refund, accepted: false, .. }
                if is_of_this_moment(refund.reason) =>
            {
                let news = sorry(settings, sale, trouble(refund.reason, owed(sale)), now);
                memory.begin_session(news);
            }
            State::Opening
            | State::AwaitingPayment
            | State::Closing { .. }
            | State::Closed
            | State::Vended { .. }
            | State::NotVended { .. }
            | State::InDoubt { .. }
            | State::RefundOwed { .. }
            | State::Refunding { .. }
            | State::Refunded { .. } => {}
        }
    }
}

fn is_of_this_moment(reason: RefundReason) -> bool {
    match reason {
        RefundReason::PaidTooLate | RefundReason::MachineFault => true,
        RefundReason::NotVended | RefundReason::InDoubt => false,
    }
}

/// The session after its own sale changed; `None` = as it was.
fn follow_own(
    session: &Session,
    settings: &Settings,
    sale: &Sale,
    now: Duration,
) -> Option<Session> {
    use kiosk::Trouble;
    match &sale.state {
        State::Opening | State::AwaitingPayment | State::NotVended { .. } => None,
        State::Paid { .. } | State::Vending { .. } => {
            Some(Session::Vending { order: sale.order.clone() })
        }
        State::Vended { .. } => {
            Some(Session::Farewell { order: sale.order.clone(), until: now + settings.farewell })
        }
        State::InDoubt { .. } => Some(sorry(settings, sale, Trouble::InDoubt, now)),
        State::RefundOwed { refund, .. }
        | State::Refunding { refund, .. }
        | State::Refunded { refund, .. } => {
            let news = sorry(settings, sale, trouble(refund.reason, owed(sale)), now);
            // What stands there already stays as long as it would have.
            (session.trouble() != news.trouble()).then_some(news)
        }
        State::Closed if session.awaits_payment_of(&sale.order.out_trade_no) => {
            Some(sorry(settings, sale, Trouble::OrderRefused, now))
        }
        State::Closing { why, .. } if session.awaits_payment_of(&sale.order.out_trade_no) => {
            Some(match why {
                Abandonment::Cancelled | Abandonment::Expired | Abandonment::Interrupted => {
                    Session::Idle
                }
                Abandonment::Unanswered => sorry(settings, sale, Trouble::GatewayDown, now),
                Abandonment::NotAccepted => sorry(settings, sale, Trouble::OrderRefused, now),
                Abandonment::MachineFault => sorry(settings, sale, Trouble::MachineFault, now),
            })
        }
        // An order that ends after its customer was let go changes no screen.
        State::Closed | State::Closing { .. } => None,
    }
}

/// How far the refund is, in the customer's eyes.
fn owed(sale: &Sale) -> kiosk::Refund {
    if matches!(sale.state, State::Refunded { .. }) {
        kiosk::Refund::Done
    } else if matches!(sale.state, State::Refunding { .. }) {
        kiosk::Refund::UnderWay
    } else {
        kiosk::Refund::Owed
    }
}

fn trouble(reason: RefundReason, refund: kiosk::Refund) -> kiosk::Trouble {
    match reason {
        RefundReason::NotVended | RefundReason::MachineFault => kiosk::Trouble::NotVended(refund),
        RefundReason::InDoubt => kiosk::Trouble::InDoubtRefund(refund),
        RefundReason::PaidTooLate => kiosk::Trouble::PaidTooLate(refund),
    }
}

fn sorry(settings: &Settings, sale: &Sale, trouble: kiosk::Trouble, now: Duration) -> Session {
    Session::Sorry { order: sale.order.clone(), trouble, until: now + settings.sorry }
}
