//! People: who touches, scans, shows a code, pays once or twice, too late or not at all.

use daemon::sale::{Event, RemoteOrder, RemoteRefusal, RemoteTicket, Session, Slot};
use protocol::{AuthCode, OpenId, OutTradeNo};

use super::{
    script::{Plan, Way},
    world::{Happening, World},
};
use crate::gateway::Password;

/// How often somebody looks whether the code is there.
const LOOK_MS: u64 = 700;

/// A customer gives up looking for a code after so many looks.
const LOOKS_MAX: u32 = 24;

/// WeChat sends the first notify so long after the payment.
const NOTIFY_MS: u64 = 250;

/// Something that a customer is about to do.
#[derive(Debug)]
pub(super) enum Act {
    /// Looks for the nth time whether the code of the touched item is on the panel.
    Looks(OutTradeNo, Way, Plan, u32),
    Pays(OutTradeNo),
    Cancels(OutTradeNo),
    ShowsCode(OutTradeNo, Password),
}

impl World {
    pub(super) fn customer_comes(&mut self, way: Way, slot: u16, plan: Plan) {
        let Ok(slot) = Slot::try_from(slot) else { return };
        match way {
            Way::Panel | Way::Code(_) => {
                self.hear("touch", Event::Touched(kiosk::Touch::Select(slot.number())));
                let session = self.machine().map(|machine| &machine.memory().session);
                if let Some(Session::Ordering { order, .. }) = session {
                    let looks = Act::Looks(order.out_trade_no.clone(), way, plan, 0);
                    self.after(LOOK_MS, Happening::Customer(looks));
                }
            }
            Way::Sticker | Way::MiniProgram => {
                let ticket = RemoteTicket(self.next_ticket());
                self.remotes.insert(ticket, plan);
                let payer = (way == Way::MiniProgram)
                    .then(|| OpenId::parse("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o").ok())
                    .flatten();
                let door = Self::door(way);
                self.hear("phone", Event::RemoteOrdered { ticket, slot, door, payer });
            }
        }
    }

    pub(super) fn customer_acts(&mut self, act: Act) {
        match act {
            Act::Looks(number, way, plan, nth) => self.looks(number, way, plan, nth),
            Act::Pays(number) => self.pays(&number),
            Act::Cancels(number) => {
                if self.session_is_about(&number) {
                    self.hear("cancel", Event::Touched(kiosk::Touch::Cancel));
                }
            }
            Act::ShowsCode(number, password) => {
                if self.session_is_about(&number)
                    && let Ok(code) = AuthCode::parse("120061098828009406")
                {
                    self.network.password = Some(password);
                    self.hear("code", Event::CodeShown(code));
                }
            }
        }
    }

    fn looks(&mut self, number: OutTradeNo, way: Way, plan: Plan, nth: u32) {
        let Some(machine) = self.machine() else { return };
        let session = &machine.memory().session;
        if !session.is_about(&number) {
            return;
        }
        let (is_opening, is_payable) = (
            matches!(session, Session::Ordering { .. }),
            matches!(session, Session::Paying { .. }),
        );
        if is_opening && nth < LOOKS_MAX {
            let looks = Act::Looks(number, way, plan, nth + 1);
            self.after(LOOK_MS, Happening::Customer(looks));
        } else if let (true, Way::Code(password)) = (is_payable, way) {
            self.after(5_000, Happening::Customer(Act::ShowsCode(number, password)));
        } else if is_payable {
            self.follow(&number, plan);
        }
    }

    /// There is something to pay.
    fn follow(&mut self, number: &OutTradeNo, plan: Plan) {
        let (cancel_ms, pay_ms) = match plan {
            Plan::Pays(ms) => (None, vec![ms]),
            Plan::PaysTwice(one_ms, two_ms) => (None, vec![one_ms, two_ms]),
            Plan::Cancels(ms) => (Some(ms), Vec::new()),
            Plan::CancelsAndPays(cancel_ms, pay_ms) => (Some(cancel_ms), vec![pay_ms]),
            Plan::WalksAway => (None, Vec::new()),
        };
        if let Some(ms) = cancel_ms {
            self.after(ms, Happening::Customer(Act::Cancels(number.clone())));
        }
        for ms in pay_ms {
            self.after(ms, Happening::Customer(Act::Pays(number.clone())));
        }
    }

    fn pays(&mut self, number: &OutTradeNo) {
        let paid = self.gateway.pay(number, self.wall_ms());
        self.tell(|| format!("a phone pays {number}: {paid:?}"));
        if paid.is_ok() {
            self.after(NOTIFY_MS, Happening::Notify(number.clone(), 0));
        }
    }

    pub(super) fn remote_answered(
        &mut self,
        ticket: RemoteTicket,
        answer: &Result<RemoteOrder, RemoteRefusal>,
    ) {
        let Some(plan) = self.remotes.remove(&ticket) else { return };
        if let Ok(order) = answer {
            self.follow(&order.out_trade_no, plan);
        }
    }

    fn session_is_about(&self, number: &OutTradeNo) -> bool {
        let session = self.machine().map(|machine| &machine.memory().session);
        session.is_some_and(|session| session.is_about(number))
    }
}
