//! The ways between the machine and WeChat: what is lost, late, repeated or altered on them.

use std::collections::{BTreeSet, VecDeque};

use daemon::sale::{Command, Event, NotifyTicket};
use protocol::OutTradeNo;

use super::{
    script::{CallMishap, NotifyMishap, RefundMishap},
    world::{Answering, Happening, World},
};
use crate::{
    gateway::{Password, RefundEnd},
    simulation::{gateway::RefundMood, system_error, unreachable, wrongly_signed},
};

/// The port gives up a call after so long.
const PATIENCE_MS: u64 = 10_000;

/// WeChat tells of a payment again and again (APIv2, payment notify).
const NOTIFY_AGAIN_S: [u64; 9] = [15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800];

/// What is going to happen to the next messages.
#[derive(Debug, Default)]
pub(super) struct Network {
    pub(super) calls: VecDeque<CallMishap>,
    pub(super) notifies: VecDeque<NotifyMishap>,
    pub(super) refunds: VecDeque<RefundMishap>,
    pub(super) gateway_away_until: u64,
    pub(super) relay_away_until: u64,
    /// Payments of which WeChat knows that the machine knows.
    pub(super) told: BTreeSet<OutTradeNo>,
    /// The password of the next payment by code.
    pub(super) password: Option<Password>,
    /// How long the power is away.
    pub(super) off_ms: u64,
}

impl World {
    /// The machine asks WeChat something.
    pub(super) fn call(&mut self, command: Command) {
        let life = self.life;
        if self.now_ms < self.network.gateway_away_until || self.tls_fails() {
            self.unanswered(&command, 3_000);
            return;
        }
        let there_ms = 20 + self.below(60);
        let back_ms = 20 + self.below(120);
        let answering = match self.network.calls.pop_front() {
            None => Answering::After(back_ms),
            Some(CallMishap::RequestLost) => {
                self.unanswered(&command, PATIENCE_MS);
                return;
            }
            Some(CallMishap::AnswerLost) => Answering::Lost,
            Some(CallMishap::Repeated(later_ms)) => {
                if let Some(again) = again(&command) {
                    let answering = Answering::After(back_ms);
                    let at_ms = there_ms + later_ms;
                    self.after(at_ms, Happening::Arrives(life, Box::new(again), answering));
                }
                Answering::After(back_ms)
            }
            Some(CallMishap::Late(ms)) if ms < PATIENCE_MS => Answering::After(ms),
            Some(CallMishap::Late(_)) => Answering::Lost,
            Some(CallMishap::SystemError { took_effect: true }) => Answering::SystemError,
            Some(CallMishap::SystemError { took_effect: false }) => {
                if let Some(event) = system_error(&command) {
                    self.after(back_ms, Happening::Heard(life, Box::new(event), true));
                }
                return;
            }
            Some(CallMishap::WrongSign) => Answering::Altered,
        };
        self.after(there_ms, Happening::Arrives(life, Box::new(command), answering));
    }

    fn unanswered(&mut self, command: &Command, after_ms: u64) {
        if let Some(event) = unreachable(command) {
            self.after(after_ms, Happening::Heard(self.life, Box::new(event), false));
        }
    }

    /// A request is there: it takes effect whether the program that sent it still runs or not.
    pub(super) fn arrives(&mut self, life: u32, command: Command, answering: Answering) {
        let Some(event) = self.take(&command) else { return };
        let heard = match answering {
            Answering::After(ms) => Some((ms, event)),
            Answering::Lost => unreachable(&command).map(|event| (PATIENCE_MS, event)),
            Answering::SystemError => system_error(&command).map(|event| (50, event)),
            Answering::Altered => wrongly_signed(&command).map(|event| (50, event)),
        };
        if let Some((ms, event)) = heard {
            let carries_date = answering != Answering::Lost;
            self.after(ms, Happening::Heard(life, Box::new(event), carries_date));
        }
    }

    fn take(&mut self, command: &Command) -> Option<Event> {
        let now_ms = self.wall_ms();
        Some(match command {
            Command::OpenOrder { order, payer } => self.gateway.open(order, payer.as_ref(), now_ms),
            Command::QueryOrder(number) => self.gateway.query(number, now_ms),
            Command::CloseOrder(number) => self.gateway.close(number, now_ms),
            Command::Reverse(number) => self.gateway.reverse(number, now_ms),
            Command::QueryRefunds(number) => self.gateway.query_refunds(number, now_ms),
            Command::PayByCode { order, .. } => {
                let password = self.network.password.take().unwrap_or(Password::NotAsked);
                self.gateway.pay_by_code(order, password, now_ms)
            }
            Command::Refund(refund) => {
                let number = refund.out_trade_no();
                let before = self.gateway.account(number).map_or(0, |it| it.refunds.len());
                let mood = match self.network.refunds.pop_front() {
                    None => RefundMood::Takes(800, RefundEnd::Success),
                    Some(RefundMishap::NotEnough) => RefundMood::NotEnough,
                    Some(RefundMishap::Ends(ms, end)) => {
                        RefundMood::Takes(i64::try_from(ms).unwrap_or(i64::MAX), end)
                    }
                };
                let event = self.gateway.refund(refund, mood, now_ms);
                let account = self.gateway.account(number);
                let new = account.filter(|it| it.refunds.len() > before);
                if let Some(settles_ms) =
                    new.and_then(|it| it.refunds.last()).map(|it| it.settles_at_ms)
                {
                    let ms = u64::try_from(settles_ms - now_ms).unwrap_or(0) + 300;
                    self.after(ms, Happening::RefundNotify(number.clone()));
                }
                event
            }
            Command::Vend(_)
            | Command::RecallVend { .. }
            | Command::AnswerNotify { .. }
            | Command::AnswerRemote { .. }
            | Command::Audit { .. }
            | Command::TellAudit(_)
            | Command::RebuildSchedule
            | Command::CorrectClock(_)
            | Command::Alarm(_) => return None,
        })
    }

    /// The answer, or that there is none; what came from WeChat carries its time.
    pub(super) fn answer_heard(&mut self, event: Event, carries_date: bool) {
        self.hear("answer", event);
        if carries_date {
            self.compare_clocks();
        }
    }

    /// WeChat tells of a payment, and will again until it hears that it is known.
    pub(super) fn notify(&mut self, number: OutTradeNo, nth: u32) {
        if self.network.told.contains(&number) {
            return;
        }
        let again = usize::try_from(nth).ok().and_then(|nth| NOTIFY_AGAIN_S.get(nth));
        if let Some(seconds) = again {
            self.after(seconds * 1_000, Happening::Notify(number.clone(), nth + 1));
        }
        if self.now_ms < self.network.relay_away_until || self.machine().is_none() {
            return;
        }
        let mut answer_lost = false;
        match self.network.notifies.pop_front() {
            None => {}
            Some(NotifyMishap::Lost) => return,
            Some(NotifyMishap::AnswerLost) => answer_lost = true,
            Some(NotifyMishap::Repeated(later_ms)) => {
                self.after(later_ms, Happening::Notify(number.clone(), u32::MAX));
                answer_lost = true;
            }
            Some(NotifyMishap::Late(later_ms)) => {
                self.after(later_ms, Happening::Notify(number, u32::MAX));
                return;
            }
        }
        let ticket = NotifyTicket(self.next_ticket());
        if let Some(event) = self.gateway.notify(&number, ticket) {
            self.tickets.insert(ticket, (number, answer_lost));
            self.hear("notify", event);
        }
    }

    /// A true signature under a wrong amount.
    pub(super) fn claim(&mut self) {
        let session = self.machine().map(|machine| &machine.memory().session);
        let awaited = session.and_then(|session| session.awaited_order());
        let Some(number) = awaited.map(|order| order.out_trade_no.clone()) else { return };
        let ticket = NotifyTicket(self.next_ticket());
        if let Some(event) = self.gateway.claim(&number, 1, ticket) {
            self.hear("claim", event);
        }
    }

    pub(super) fn refund_notify(&mut self, number: &OutTradeNo) {
        if self.now_ms < self.network.relay_away_until || self.below(4) == 0 {
            return;
        }
        let ticket = NotifyTicket(self.next_ticket());
        if let Some(event) = self.gateway.refund_notify(number, ticket, self.wall_ms()) {
            self.hear("refund notify", event);
        }
    }
}

/// The same request again; what turns a motor or answers somebody is none.
fn again(command: &Command) -> Option<Command> {
    Some(match command {
        Command::OpenOrder { order, payer } => {
            Command::OpenOrder { order: order.clone(), payer: payer.clone() }
        }
        Command::QueryOrder(number) => Command::QueryOrder(number.clone()),
        Command::CloseOrder(number) => Command::CloseOrder(number.clone()),
        Command::Reverse(number) => Command::Reverse(number.clone()),
        Command::QueryRefunds(number) => Command::QueryRefunds(number.clone()),
        Command::Refund(refund) => Command::Refund(refund.clone()),
        Command::PayByCode { .. }
        | Command::Vend(_)
        | Command::RecallVend { .. }
        | Command::AnswerNotify { .. }
        | Command::AnswerRemote { .. }
        | Command::Audit { .. }
        | Command::TellAudit(_)
        | Command::RebuildSchedule
        | Command::CorrectClock(_)
        | Command::Alarm(_) => return None,
    })
}
