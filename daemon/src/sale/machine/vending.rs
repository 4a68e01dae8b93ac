//! What follows from the vending board's words.

use hardware::board::BoardEvent;

use super::Machine;
use crate::sale::command::Alarm;
use crate::sale::decide::Heard;
use crate::sale::decision::Decision;
use crate::sale::entry::Abandonment;
use crate::sale::planogram::Availability;
use crate::sale::state::Sale;
use crate::sale::time::Now;

impl Machine {
    pub(super) fn board(&self, event: &BoardEvent, now: &Now, decision: &mut Decision) {
        match event {
            BoardEvent::Up { .. } => {
                decision.memory.health.board_up = Some(true);
                decision.memory.health.blocked_sensors.clear();
            }
            BoardEvent::Down { reason } => self.board_down(reason, now, decision),
            BoardEvent::DropSensor { input, blocked: true } => {
                decision.memory.health.blocked_sensors.insert(*input);
            }
            BoardEvent::DropSensor { input, blocked: false } => {
                decision.memory.health.blocked_sensors.remove(input);
            }
            BoardEvent::VendSucceeded { tag } => {
                self.vend_ended(*tag, Heard::VendSucceeded, now, decision);
            }
            BoardEvent::VendFailed { tag, fault } => {
                self.vend_ended(*tag, Heard::VendFailed(*fault), now, decision);
            }
            BoardEvent::VendUnknown { tag, why } => {
                self.vend_ended(*tag, Heard::VendUnknown(why.clone()), now, decision);
            }
            BoardEvent::VendStarted { tag } => self.vend_started(*tag, decision),
            BoardEvent::Idle => {}
        }
    }

    /// Whoever is to pay is told not to: a payment from now on could not be served.
    fn board_down(&self, reason: &str, now: &Now, decision: &mut Decision) {
        if self.memory.health.board_up != Some(false) {
            decision.alarm(Alarm::BoardDown(reason.to_owned()));
        }
        decision.memory.health.board_up = Some(false);
        self.abandon_all(Abandonment::MachineFault, now, decision);
    }

    fn vend_started(&self, tag: u64, decision: &mut Decision) {
        let Some(sale) = self.books.sale_by_tag(tag) else { return };
        if let Some(vend) = decision.memory.vends.get_mut(&sale.order.out_trade_no) {
            vend.started = true;
        }
    }

    fn vend_ended(&self, tag: u64, heard: Heard, now: &Now, decision: &mut Decision) {
        let Some(sale) = self.books.sale_by_tag(tag) else { return };
        if tag != sale.attempt().tag(sale.order.number) {
            self.earlier_vend_ended(sale, &heard, decision);
            return;
        }
        let failed = matches!(&heard, Heard::VendFailed(fault) if fault.is_of_the_slot());
        self.hear(sale, heard, now, decision);
        if failed && !decision.entries.is_empty() {
            self.report_blocked_slot(sale, decision);
        }
    }

    /// A late word about the first turn, after a twin was asked because it had failed for certain.
    fn earlier_vend_ended(&self, sale: &Sale, heard: &Heard, decision: &mut Decision) {
        if matches!(heard, Heard::VendSucceeded) {
            let order = sale.order.out_trade_no.clone();
            let said = "the item fell that it had said did not";
            decision.alarm(Alarm::BoardContradicts(order, sale.state.name(), said));
        }
    }

    fn report_blocked_slot(&self, sale: &Sale, decision: &mut Decision) {
        let slot = sale.attempt().slot;
        let limit = self.settings.failures_until_blocked;
        let Some(position) = self.books.planogram().position(slot) else { return };
        let failures = position.failures_in_row + 1;
        if position.availability(limit) != Availability::Blocked && limit > 0 && failures >= limit {
            decision.alarm(Alarm::SlotBlocked(slot, failures));
        }
    }
}
