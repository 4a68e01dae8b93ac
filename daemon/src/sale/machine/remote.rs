//! What follows from orders that come from a customer's phone.

use protocol::unifiedorder::Opened;
use protocol::{OpenId, OutTradeNo};
use std::time::Duration;

use super::Machine;
use super::customer::ORDERING_MAX;
use crate::sale::command::{Command, RemoteOrder};
use crate::sale::decide::Heard;
use crate::sale::decision::Decision;
use crate::sale::entry::{Abandonment, Entry};
use crate::sale::order::Slot;
use crate::sale::planogram::Availability;
use crate::sale::queries::{self, Plan};
use crate::sale::remote::{Door, REMOTE_MAX, Remote, RemoteRefusal, RemoteTicket};
use crate::sale::state::Sale;
use crate::sale::time::{Age, Now};

/// APIv2 mode 1, callback: the answer is due within 5 s, the way back included.
const SCANNED_MAX: Duration = Duration::from_secs(4);

/// What somebody wants, and on which way.
#[derive(Clone, Copy)]
pub(super) struct RemoteWish {
    pub(super) ticket: RemoteTicket,
    pub(super) slot: Slot,
    pub(super) door: Door,
}

impl Machine {
    /// A sticker is scanned, or the mini-program's button touched. Other than at the panel, several
    /// may be about to pay at once: each has an order, and the slot keeps an item for each.
    pub(super) fn remote_ordered(
        &self,
        wish: RemoteWish,
        payer: Option<&OpenId>,
        now: &Now,
        decision: &mut Decision,
    ) {
        let RemoteWish { ticket, slot, door } = wish;
        if let Err(refusal) = self.may_order(slot, now) {
            decision.command(Command::AnswerRemote { ticket, answer: Err(refusal) });
            return;
        }
        let Some(position) = self.books.planogram().position(slot) else { return };
        let order = self.order(slot, position, door, now);
        let out_trade_no = order.out_trade_no.clone();
        let age = Age::new(now.monotonic, Duration::ZERO);
        decision.memory.ages.insert(out_trade_no.clone(), age);
        // WeChat waits 5 s for the answer to a scan: what comes later is an order nobody can pay.
        let wait = match door {
            Door::Sticker => SCANNED_MAX,
            Door::Panel | Door::MiniProgram | Door::Scanner => ORDERING_MAX,
        };
        let remote = Remote { ticket: Some(ticket), until: now.monotonic + wait };
        decision.memory.remotes.insert(out_trade_no, remote);
        decision.record(Entry::OrderCreated { order: order.clone() });
        decision.command(Command::OpenOrder { order, payer: payer.cloned() });
    }

    /// No order that cannot be served.
    fn may_order(&self, slot: Slot, now: &Now) -> Result<(), RemoteRefusal> {
        if self.memory.health.closed_for(now.wall).is_some() {
            return Err(RemoteRefusal::OutOfService);
        }
        let limit = self.settings.failures_until_blocked;
        match self.books.availability(slot, limit) {
            None => return Err(RemoteRefusal::NoSuchSlot),
            Some(Availability::SoldOut) => return Err(RemoteRefusal::SoldOut),
            Some(Availability::Blocked) => return Err(RemoteRefusal::Blocked),
            Some(Availability::Available) => {}
        }
        let position = self.books.planogram().position(slot).ok_or(RemoteRefusal::NoSuchSlot)?;
        if self.memory.health.blocked_sensors.contains(&position.drop_input) {
            return Err(RemoteRefusal::Blocked);
        }
        if self.memory.remotes.len() >= REMOTE_MAX {
            return Err(RemoteRefusal::Busy);
        }
        Ok(())
    }

    pub(super) fn remote_opened(
        &self,
        sale: &Sale,
        opened: &Opened,
        now: &Now,
        decision: &mut Decision,
    ) {
        let out_trade_no = &sale.order.out_trade_no;
        let Some(remote) = decision.memory.remotes.get_mut(out_trade_no) else { return };
        remote.until = now.monotonic + self.settings.payment_window + self.settings.grace;
        let ticket = remote.ticket.take();
        let due = now.monotonic + queries::first_pause(self.books.road());
        decision.memory.plans.insert(out_trade_no.clone(), Plan::due_at(due));
        if let Some(ticket) = ticket {
            let (out_trade_no, prepay_id) = (out_trade_no.clone(), opened.prepay_id.clone());
            let answer = Ok(RemoteOrder { out_trade_no, prepay_id });
            decision.command(Command::AnswerRemote { ticket, answer });
        }
    }

    pub(super) fn remote_not_opened(&self, out_trade_no: &OutTradeNo, decision: &mut Decision) {
        let ticket = self.memory.remotes.get(out_trade_no).and_then(|remote| remote.ticket);
        if let Some(ticket) = ticket {
            let answer = Err(RemoteRefusal::NotOpened);
            decision.command(Command::AnswerRemote { ticket, answer });
        }
    }

    pub(super) fn pass_remotes(&self, now: &Now, decision: &mut Decision) {
        for (out_trade_no, remote) in &self.memory.remotes {
            if now.monotonic >= remote.until {
                let unanswered = remote.ticket.is_some();
                let why = if unanswered { Abandonment::Unanswered } else { Abandonment::Expired };
                self.abandon_remote(out_trade_no, why, now, decision);
            }
        }
    }

    pub(super) fn abandon_remote(
        &self,
        out_trade_no: &OutTradeNo,
        why: Abandonment,
        now: &Now,
        decision: &mut Decision,
    ) {
        self.remote_not_opened(out_trade_no, decision);
        decision.memory.remotes.remove(out_trade_no);
        if let Some(sale) = self.books.sale(out_trade_no) {
            self.hear(sale, Heard::Abandoned(why), now, decision);
        }
    }
}
