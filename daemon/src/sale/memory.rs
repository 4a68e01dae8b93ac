//! What may be lost in a restart: who stands in front of the machine, how its parts are, what was
//! asked.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use protocol::OutTradeNo;
use protocol::downloadbill::BillDate;

use super::health::Health;
use super::order::Slot;
use super::queries::{Plan, RefundTries};
use super::remote::Remote;
use super::session::Session;
use super::time::Age;

/// Everything the middle knows that is not in the order log.
#[derive(Clone, Debug)]
pub struct Memory {
    /// The customer.
    pub session: Session,
    /// The language of the panel.
    pub language: kiosk::Language,
    /// The page of the catalogue.
    pub page: u16,
    /// The slot whose item is looked at on a page of its own.
    pub viewing: Option<Slot>,
    /// The digits on the keypad; `None` = it is closed.
    pub typed: Option<String>,
    /// When the list of languages closes; `None` = it is closed.
    pub languages_until: Option<Duration>,
    /// When whoever has begun to look around is taken to have gone.
    pub browsing_until: Option<Duration>,
    /// When the last customer touched the panel, or was done.
    pub idle_since: Duration,
    /// The parts of the machine.
    pub health: Health,
    /// How old each open order is. After a restart this begins with what the wall clock says.
    pub ages: BTreeMap<OutTradeNo, Age>,
    /// When each open order is asked for next.
    pub plans: BTreeMap<OutTradeNo, Plan>,
    /// Orders of which a refused payment message was told to the operator already.
    pub disputed: BTreeSet<OutTradeNo>,
    /// How often WeChat was asked about each refund that is not at its end.
    pub refunds: BTreeMap<OutTradeNo, RefundTries>,
    /// Orders by payment code that are to be reversed, not asked about, when they are due.
    pub reversing: BTreeSet<OutTradeNo>,
    /// Customers who order with the phone.
    pub remotes: BTreeMap<OutTradeNo, Remote>,
    /// The running vends.
    pub vends: BTreeMap<OutTradeNo, AwaitedVend>,
    /// The audit of the day before.
    pub audit: AuditPlan,
}

/// A vend whose end the board has not told yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AwaitedVend {
    /// When the board must have told it, on the monotonic clock.
    pub until: Duration,
    /// It was requested before the program was started: nobody knows who is still there.
    pub recalled: bool,
    /// The board has told that a motor turns for it.
    pub started: bool,
}

/// What became of an audit, and when there is another try. Times are on the monotonic clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditPlan {
    /// The day that the rest is about; `None` = nothing was tried since the program started.
    pub day: Option<BillDate>,
    /// The operator knows how it ended.
    pub done: bool,
    /// How often the bill was asked for.
    pub tries: u32,
    /// When it is asked for again.
    pub due: Duration,
}

impl Memory {
    /// Whether a customer, at the panel or with a phone, waits to pay for `out_trade_no`.
    pub fn awaits_payment_of(&self, out_trade_no: &OutTradeNo) -> bool {
        self.session.awaits_payment_of(out_trade_no) || self.remotes.contains_key(out_trade_no)
    }

    /// A customer is served: what was looked at is looked at no more.
    pub fn begin_session(&mut self, session: Session) {
        self.session = session;
        self.viewing = None;
        self.typed = None;
        self.languages_until = None;
    }

    /// The next customer begins with the catalogue's first page in the machine's own language.
    pub fn end_session(&mut self, language: kiosk::Language, now: Duration) {
        self.forget_customer(language);
        self.idle_since = now;
    }

    /// The same for one who has gone without a word.
    pub fn forget_customer(&mut self, language: kiosk::Language) {
        self.begin_session(Session::Idle);
        self.language = language;
        self.page = 0;
        self.browsing_until = None;
    }

    /// At the start of the program, which is also that of the monotonic clock.
    pub fn at_start(language: kiosk::Language) -> Self {
        Self {
            session: Session::Idle,
            language,
            page: 0,
            viewing: None,
            typed: None,
            languages_until: None,
            browsing_until: None,
            idle_since: Duration::ZERO,
            health: Health::at_start(),
            ages: BTreeMap::new(),
            disputed: BTreeSet::new(),
            plans: BTreeMap::new(),
            refunds: BTreeMap::new(),
            reversing: BTreeSet::new(),
            remotes: BTreeMap::new(),
            vends: BTreeMap::new(),
            audit: AuditPlan::default(),
        }
    }
}
