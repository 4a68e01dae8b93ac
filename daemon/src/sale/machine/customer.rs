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

impl Machine {
    pub(super) fn touched(&self, touch: kiosk::Touch, now: &Now, decision: &mut Decision) {
        use kiosk::Touch;
        // Somebody is there, whatever the touch means.
        decision.memory.idle_since = now.monotonic;
        match touch {
            Touch::Wake => {}
            Touch::Select(number) if self.settings.product_page => {
                self.looked_at(number, now, decision);
            }
            Touch::Select(number) => self.ordered(number, now, decision),
            Touch::Buy(number) => {
                if self.memory.viewing.is_some_and(|slot| slot.number() == number) {
                    self.ordered(number, now, decision);
                }
            }
            Touch::Cancel => self.cancelled(now, decision),
            Touch::Back => self.left(now, decision),
            Touch::Languages => self.languages_asked_for(now, decision),
            Touch::Language(language) => self.translated(language, now, decision),
            Touch::Page(page) => self.turned(page, now, decision),
            Touch::Keypad => self.keypad_asked_for(now, decision),
            Touch::Digit(digit) => self.typed(digit, now, decision),
            Touch::Erase => self.erased(now, decision),
        }
        self.goes_on_browsing(now, decision);
    }

    /// The slot of this number, if a customer may have it now: nobody is served, and it can sell.
    pub(super) fn choice(&self, number: u16, now: &Now) -> Option<(Slot, &Position)> {
        let slot = Slot::try_from(number).ok()?;
        let position = self.books.planogram().position(slot)?;
        let limit = self.settings.failures_until_blocked;
        let available = self.books.availability(slot, limit) == Some(Availability::Available);
        (available && self.is_open_to_all(now)).then_some((slot, position))
    }

    /// A second touch while an order is being placed, or one on a slot that cannot sell, does
    /// nothing.
    fn ordered(&self, number: u16, now: &Now, decision: &mut Decision) {
        let Some((slot, position)) = self.choice(number, now) else { return };
        let order = self.order(slot, position, Door::Panel, now);
        if self.memory.health.blocked_sensors.contains(&position.drop_input) {
            let (trouble, until) =
                (kiosk::Trouble::SlotBlocked, now.monotonic + self.settings.sorry);
            decision.memory.begin_session(Session::Sorry { order, trouble, until });
            return;
        }
        let until = now.monotonic + ORDERING_MAX;
        let age = Age::new(now.monotonic, Duration::ZERO);
        decision.memory.ages.insert(order.out_trade_no.clone(), age);
        decision.record(Entry::OrderCreated { order: order.clone() });
        decision.command(Command::OpenOrder { order: order.clone(), payer: None });
        decision.memory.begin_session(Session::Ordering { order, until });
    }

    fn cancelled(&self, now: &Now, decision: &mut Decision) {
        let Session::Paying { order, .. } = &self.memory.session else { return };
        let Some(sale) = self.books.sale(&order.out_trade_no) else { return };
        self.hear(sale, Heard::Abandoned(Abandonment::Cancelled), now, decision);
    }

    fn left(&self, now: &Now, decision: &mut Decision) {
        match self.memory.session {
            Session::Farewell { .. } | Session::Sorry { .. } => {
                decision.memory.end_session(self.settings.language, now.monotonic);
            }
            Session::Idle if self.memory.viewing.is_some() => decision.memory.viewing = None,
            Session::Idle => decision.memory.typed = None,
            Session::Ordering { .. }
            | Session::Paying { .. }
            | Session::Checking { .. }
            | Session::Vending { .. } => {}
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
