//! What follows from a finger on the panel.

use std::time::Duration;

use super::Machine;
use crate::sale::command::Command;
use crate::sale::decide::Heard;
use crate::sale::decision::Decision;
use crate::sale::entry::{Abandonment, Entry};
use crate::sale::number::order_number;
use crate::sale::order::{Order, Slot};
use crate::sale::planogram::{Availability, Position};
use crate::sale::remote::Door;
use crate::sale::session::Session;
use crate::sale::state::Sale;
use crate::sale::time::{Age, Now};

/// How long a customer waits for a QR before the machine gives up; the gateway port's own limits
/// are shorter, so this only acts when the port has died.
pub(super) const ORDERING_MAX: Duration = Duration::from_secs(15);

/// Whoever touched the catalogue and has not touched it for so long has gone.
const BROWSING_MAX: Duration = Duration::from_secs(45);

impl Machine {
    pub(super) fn touched(&self, touch: kiosk::Touch, now: &Now, decision: &mut Decision) {
        match touch {
            kiosk::Touch::Select(number) => {
                if let Ok(slot) = Slot::try_from(number) {
                    self.selected(slot, now, decision);
                }
            }
            kiosk::Touch::Cancel => self.cancelled(now, decision),
            kiosk::Touch::Back => self.left(decision),
            kiosk::Touch::Language(language) => {
                decision.memory.language = language;
                decision.memory.browsing_until = Some(now.monotonic + BROWSING_MAX);
            }
            kiosk::Touch::Page(page) => {
                decision.memory.page = page;
                decision.memory.browsing_until = Some(now.monotonic + BROWSING_MAX);
            }
        }
    }

    /// A second touch while an order is being placed, or one on a slot that cannot sell, does
    /// nothing.
    fn selected(&self, slot: Slot, now: &Now, decision: &mut Decision) {
        if self.memory.session != Session::Idle || self.memory.health.closed_for(now.wall).is_some()
        {
            return;
        }
        let Some(position) = self.books.planogram().position(slot) else { return };
        let limit = self.settings.failures_until_blocked;
        if self.books.availability(slot, limit) != Some(Availability::Available) {
            return;
        }
        let order = self.order(slot, position, Door::Panel, now);
        if self.memory.health.blocked_sensors.contains(&position.drop_input) {
            let (trouble, until) =
                (kiosk::Trouble::SlotBlocked, now.monotonic + self.settings.sorry);
            decision.memory.session = Session::Sorry { order, trouble, until };
            return;
        }
        let until = now.monotonic + ORDERING_MAX;
        let age = Age::new(now.monotonic, Duration::ZERO);
        decision.memory.ages.insert(order.out_trade_no.clone(), age);
        decision.record(Entry::OrderCreated { order: order.clone() });
        decision.command(Command::OpenOrder { order: order.clone(), payer: None });
        decision.memory.session = Session::Ordering { order, until };
    }

    fn cancelled(&self, now: &Now, decision: &mut Decision) {
        let Session::Paying { order, .. } = &self.memory.session else { return };
        let Some(sale) = self.books.sale(&order.out_trade_no) else { return };
        self.hear(sale, Heard::Abandoned(Abandonment::Cancelled), now, decision);
    }

    fn left(&self, decision: &mut Decision) {
        if matches!(self.memory.session, Session::Farewell { .. } | Session::Sorry { .. }) {
            decision.memory.end_session(self.settings.language);
        }
    }

    /// Ends the wait of the customer at the panel, for the reason `why`.
    pub(super) fn abandon_awaited(&self, why: Abandonment, now: &Now, decision: &mut Decision) {
        if let Some(sale) = self.awaited_sale() {
            self.hear(sale, Heard::Abandoned(why), now, decision);
        }
    }

    /// Ends the wait of everybody who is to pay, for the reason `why`.
    pub(super) fn abandon_all(&self, why: Abandonment, now: &Now, decision: &mut Decision) {
        self.abandon_awaited(why, now, decision);
        for out_trade_no in self.memory.remotes.keys() {
            self.abandon_remote(out_trade_no, why, now, decision);
        }
    }

    fn awaited_sale(&self) -> Option<&Sale> {
        self.books.sale(&self.memory.session.awaited_order()?.out_trade_no)
    }

    pub(super) fn order(&self, slot: Slot, position: &Position, door: Door, now: &Now) -> Order {
        let number = self.books.next_number();
        Order {
            out_trade_no: order_number(&self.settings.machine, number, now),
            number,
            slot,
            name_zh: position.name_zh.clone(),
            name_en: position.name_en.clone(),
            price: position.price,
            created_at: now.wall,
            time_expire: now.wall.plus(self.settings.payable()),
            door,
        }
    }
}
