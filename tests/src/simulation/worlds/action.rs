//! Everything that can happen next in a small world, and what it does.

#![expect(clippy::wildcard_enum_match_arm, reason = "it picks the few that it is about")]

use std::{fmt, rc::Rc, time::Duration};

use daemon::sale::{
    Availability, Command, Door, Event, NotifyTicket, RemoteTicket, SWEEP_LATE_MAX, Session, State,
};
use protocol::{AuthCode, OpenId, OutTradeNo};

use super::{
    Plan,
    board::{Ending, Word},
    state::{Broken, World},
};
use crate::{
    gateway::{Password, RefundEnd},
    simulation::{
        gateway::{Account, Money, RefundMood},
        system_error, unreachable,
    },
};

/// A due question that the scheduler did not ask is asked by the loop so much later.
const SWEEP_LATE_MS: i64 = SWEEP_LATE_MAX.subsec_millis().cast_signed() as i64;
/// A refund that is not done at once.
const REFUND_TAKES_MS: i64 = 4_000;
/// More questions than anybody asks before WeChat itself gives a payment by code up.
const PATIENT: u32 = 99;

/// WeChat asks for a password no longer than this.
const LAPSE_MS: i64 = 45_000;

/// One thing that happens. Numbers are places in the lists of [`World`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Start,
    Resume,
    Woke,
    Sweep,
    Touch(u8),
    Cancel,
    Back,
    ShowCode(u8),
    Pay(u8),
    Notify(u8),
    Arrive(u8, Answering),
    Deliver(u8),
    DeliverTwice(u8),
    Lose(u8),
    MotorEnds(Ending),
    Word,
    WordTwice,
    Recalled(bool),
    BoardDown,
    BoardUp,
    RefundByHand(u8),
    Pass,
    Cut,
}

/// How WeChat takes a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answering {
    /// As it should.
    Well,
    /// SYSTEMERROR, and nothing was done.
    Busy,
    /// A refund is under way for a while.
    Slowly,
    /// A refund is taken and closed later.
    Closing,
    /// A refund is taken, and the bank refuses it.
    Changing,
    /// The merchant has not enough money.
    Poor,
    /// A payment by code wants a password.
    Password,
}

impl Plan {
    /// Everything that can happen next.
    pub(super) fn actions(&self, world: &World) -> Vec<Action> {
        let mut actions = Vec::new();
        let Some(machine) = &world.machine else {
            actions.push(Action::Start);
            world.outside(&mut actions);
            world.pass_if_possible(&mut actions);
            return actions;
        };
        if !world.resuming.is_empty() || world.is_due() {
            // The loop hears nothing else now; what happens outside meanwhile may as well have
            // happened before.
            actions.push(if world.resuming.is_empty() { Action::Woke } else { Action::Resume });
            world.cut_if_possible(&mut actions);
            if !(world.resuming.is_empty() && world.may_hear_first) {
                return actions;
            }
        } else {
            world.cut_if_possible(&mut actions);
        }
        world.outside(&mut actions);
        world.customers_act(machine, &mut actions);
        world.messages(&mut actions);
        if !world.is_due() {
            if world.is_sweep_due() {
                actions.push(Action::Sweep);
            }
            world.pass_if_possible(&mut actions);
        }
        actions
    }

    /// What happens next when nothing goes wrong any more and nobody comes or pays any more;
    /// `None` when nothing does.
    pub(super) fn calm(world: &World, actions: &[Action]) -> Option<Action> {
        use Action::{
            Arrive, BoardUp, Deliver, MotorEnds, Pass, Recalled, RefundByHand, Resume, Start,
            Sweep, Woke,
        };
        let rank = |action: &Action| {
            Some(match action {
                Start | Resume | Woke => 0,
                Action::Word => 1,
                BoardUp => 2,
                Deliver(_) => 3,
                Arrive(nth, Answering::Well) if world.is_awaited(*nth) => 4,
                Recalled(is_latched) => 6 - i32::from(*is_latched),
                MotorEnds(Ending::Fell) => 7,
                Sweep => 8,
                RefundByHand(_) => 9,
                Pass => 10,
                _ => return None,
            })
        };
        let calm = actions.iter().filter_map(|action| Some((rank(action)?, *action)));
        calm.min_by_key(|(rank, _)| *rank).map(|(_, action)| action)
    }

    /// The world after `action`. With `cut`, power fails when so many wishes of the machine are
    /// out.
    pub(super) fn after(
        &self,
        world: &World,
        action: Action,
        cut: Option<usize>,
    ) -> Result<World, Broken> {
        let mut world = world.clone();
        world.turn = super::state::Turn::default();
        self.happen(&mut world, action, cut)?;
        Ok(world)
    }

    fn happen(&self, world: &mut World, action: Action, cut: Option<usize>) -> Result<(), Broken> {
        let touch = |touch| Event::Touched(touch);
        match action {
            Action::Start => world.start(self),
            Action::Resume => world.resume(self, cut)?,
            Action::Woke => world.hear(self, &Event::Woke, cut)?,
            Action::Sweep => world.hear(self, &Event::SweepDue, cut)?,
            Action::Touch(nth) => self.come(world, nth, cut)?,
            Action::Cancel => world.hear(self, &touch(kiosk::Touch::Cancel), cut)?,
            Action::Back => world.hear(self, &touch(kiosk::Touch::Back), cut)?,
            Action::ShowCode(nth) => {
                if let Some(customer) = world.customers.get_mut(usize::from(nth)) {
                    customer.showed_code = true;
                }
                let code = AuthCode::parse("120061098828009406").map_err(|it| it.to_string())?;
                world.hear(self, &Event::CodeShown(code), cut)?;
            }
            Action::Notify(nth) => self.notify(world, nth, cut)?,
            Action::Deliver(nth) => {
                let answer = world.flights.remove(usize::from(nth)).answer;
                world.hear(self, &*answer.ok_or("no answer")?, cut)?;
            }
            Action::DeliverTwice(nth) => {
                world.left.repeats -= 1;
                let flight = world.flights.get(usize::from(nth));
                let answer = flight.and_then(|flight| flight.answer.clone());
                world.hear(self, &*answer.ok_or("no answer")?, cut)?;
            }
            Action::Lose(nth) => self.lose(world, nth, cut)?,
            Action::Word => {
                let word = world.board.words.remove(0);
                world.board.heard(word, world.now_ms);
                world.hear(self, &word.event(), cut)?;
            }
            Action::WordTwice => {
                world.left.repeats -= 1;
                let word = world.board.words.first().copied().ok_or("no word")?;
                world.hear(self, &word.event(), cut)?;
            }
            Action::Cut => world.cut(self)?,
            outside => world.happen_outside(outside)?,
        }
        Ok(())
    }

    fn come(&self, world: &mut World, nth: u8, cut: Option<usize>) -> Result<(), Broken> {
        let Some(customer) = world.customers.get_mut(usize::from(nth)) else { return Ok(()) };
        customer.came = true;
        let door = customer.door;
        let slot = self.slot()?;
        let event = match door {
            Door::Panel | Door::Scanner => Event::Touched(kiosk::Touch::Select(slot.number())),
            Door::Sticker | Door::MiniProgram => Event::RemoteOrdered {
                ticket: RemoteTicket(u64::from(nth)),
                slot,
                door,
                payer: (door == Door::MiniProgram)
                    .then(|| OpenId::parse("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"))
                    .transpose()
                    .map_err(|error| error.to_string())?,
            },
        };
        world.hear(self, &event, cut)
    }

    fn notify(&self, world: &mut World, nth: u8, cut: Option<usize>) -> Result<(), Broken> {
        let Some(account) = world.account(nth) else { return Ok(()) };
        let (number, ticket) = (account.order.out_trade_no.clone(), account.order.number);
        if world.acknowledged.contains(&number) {
            world.left.repeats -= 1;
        }
        match world.gateway.notify(&number, NotifyTicket(ticket)) {
            Some(event) => world.hear(self, &event, cut),
            None => Ok(()),
        }
    }

    /// The port gives a call up: its request or its answer was lost, or the request is late.
    fn lose(&self, world: &mut World, nth: u8, cut: Option<usize>) -> Result<(), Broken> {
        world.left.losses -= 1;
        let nth = usize::from(nth);
        let flight = world.flights.get_mut(nth).ok_or("no such flight")?;
        let command = Rc::clone(&flight.command);
        if flight.answer.is_none() && flight.has_effect() {
            flight.is_given_up = true;
        } else {
            world.flights.remove(nth);
        }
        match unreachable(&command) {
            Some(event) => world.hear(self, &event, cut),
            None => Ok(()),
        }
    }
}

impl World {
    /// What the machine does not hear of at once.
    fn happen_outside(&mut self, action: Action) -> Result<(), Broken> {
        match action {
            Action::Pay(nth) => {
                if let Some(number) = self.number(nth) {
                    let wall_ms = self.wall_ms();
                    self.gateway.pay(&number, wall_ms).map_err(|error| error.to_string())?;
                }
            }
            Action::Arrive(nth, answering) => self.arrive(nth, answering),
            Action::MotorEnds(ending) => {
                if ending != Ending::Fell {
                    self.left.board_failures -= 1;
                }
                self.board.end(ending, self.machine.is_some());
            }
            Action::Recalled(is_latched) => {
                self.board.words.extend(self.board.recalled(is_latched));
                self.board.recalls.remove(0);
            }
            Action::BoardDown => {
                self.left.board_failures -= 1;
                self.board.go_down();
            }
            Action::BoardUp => {
                self.board.is_down = false;
                self.board.words.push(Word::Up);
            }
            Action::RefundByHand(nth) => {
                if let Some(number) = self.number(nth) {
                    let wall_ms = self.wall_ms();
                    self.gateway.refund_by_hand(&number, None, wall_ms)?;
                }
            }
            Action::Pass => self.pass(),
            _ => {}
        }
        Ok(())
    }

    /// What happens whether the program runs or not.
    fn outside(&self, actions: &mut Vec<Action>) {
        let wall_ms = self.wall_ms();
        for (nth, account) in (0..).zip(self.gateway.accounts()) {
            if self.can_be_paid(account) && wall_ms <= account.order.time_expire.unix_ms() {
                actions.push(Action::Pay(nth));
            }
            if self.is_owed_by_person(account) && account.back(wall_ms) < account.paid() {
                let mut gateway = self.gateway.clone();
                let number = &account.order.out_trade_no;
                if gateway.refund_by_hand(number, None, wall_ms).is_ok() {
                    actions.push(Action::RefundByHand(nth));
                }
            }
        }
        for (nth, flight) in (0..).zip(&self.flights) {
            if flight.answer.is_none() {
                self.arrivals(nth, &flight.command, flight.is_given_up, actions);
            }
        }
        if self.board.running.is_some() {
            actions.push(Action::MotorEnds(Ending::Fell));
            if self.left.board_failures > 0 {
                actions.push(Action::MotorEnds(Ending::NoDrop));
                actions.push(Action::MotorEnds(Ending::Unseen));
            }
        }
    }

    fn arrivals(&self, nth: u8, command: &Command, given_up: bool, actions: &mut Vec<Action>) {
        actions.push(Action::Arrive(nth, Answering::Well));
        if matches!(command, Command::PayByCode { .. }) {
            actions.push(Action::Arrive(nth, Answering::Password));
        }
        if self.left.troubles == 0 || given_up {
            return;
        }
        actions.push(Action::Arrive(nth, Answering::Busy));
        if matches!(command, Command::Refund(_)) {
            for answering in
                [Answering::Slowly, Answering::Closing, Answering::Changing, Answering::Poor]
            {
                actions.push(Action::Arrive(nth, answering));
            }
        }
    }

    fn customers_act(&self, machine: &daemon::sale::Machine, actions: &mut Vec<Action>) {
        let memory = machine.memory();
        let sells = memory.health.closed_for(self.now().wall).is_none();
        let mut slots = machine.books().planogram().iter();
        let has_item = slots.any(|(slot, _)| {
            machine.books().availability(slot, 3) == Some(Availability::Available)
        });
        let is_idle = memory.session == Session::Idle;
        for (nth, customer) in (0..).zip(&self.customers) {
            let remote = matches!(customer.door, Door::Sticker | Door::MiniProgram);
            if !customer.came && sells && has_item && (remote || is_idle) {
                actions.push(Action::Touch(nth));
            }
            let paying = matches!(memory.session, Session::Paying { .. });
            if customer.door == Door::Scanner && customer.came && !customer.showed_code && paying {
                actions.push(Action::ShowCode(nth));
            }
        }
        match memory.session {
            Session::Paying { .. } => actions.push(Action::Cancel),
            Session::Farewell { .. } | Session::Sorry { .. }
                if self.customers.iter().any(|customer| !customer.came) =>
            {
                actions.push(Action::Back);
            }
            Session::Idle
            | Session::Ordering { .. }
            | Session::Checking { .. }
            | Session::Vending { .. }
            | Session::Farewell { .. }
            | Session::Sorry { .. } => {}
        }
    }

    /// What is on its way to the machine.
    fn messages(&self, actions: &mut Vec<Action>) {
        for (nth, account) in (0..).zip(self.gateway.accounts()) {
            let is_new = !self.acknowledged.contains(&account.order.out_trade_no);
            let is_told = matches!(account.money, Money::Paid { .. }) && account.password.is_none();
            if is_told && (is_new || self.left.repeats > 0) {
                actions.push(Action::Notify(nth));
            }
        }
        for (nth, flight) in (0..).zip(&self.flights) {
            if flight.answer.is_some() {
                actions.push(Action::Deliver(nth));
                if self.left.repeats > 0 {
                    actions.push(Action::DeliverTwice(nth));
                }
            }
            if self.left.losses > 0 && !flight.is_given_up {
                actions.push(Action::Lose(nth));
            }
        }
        if !self.board.words.is_empty() {
            actions.push(Action::Word);
            if self.left.repeats > 0 {
                actions.push(Action::WordTwice);
            }
        }
        if !self.board.recalls.is_empty() {
            actions.push(Action::Recalled(false));
            if self.board.recalled(true).is_some() {
                actions.push(Action::Recalled(true));
            }
        }
        if self.board.is_down {
            actions.push(Action::BoardUp);
        } else if self.left.board_failures > 0 {
            actions.push(Action::BoardDown);
        }
    }

    fn cut_if_possible(&self, actions: &mut Vec<Action>) {
        let Some(machine) = &self.machine else { return };
        // With every sale settled a restart leads to a world that is looked at anyway.
        if self.left.cuts > 0 && machine.books().open_sales().next().is_some() {
            actions.push(Action::Cut);
        }
    }

    fn pass_if_possible(&self, actions: &mut Vec<Action>) {
        // The inbox is in the same program, and the port gives up in time.
        let waits = self.flights.iter().any(|it| !it.is_given_up && it.until_ms <= self.now_ms);
        let too_late = self.is_asking() && self.left.delays == 0
            || self.is_sweep_due() && self.left.late_sweeps == 0;
        if !waits && !too_late && self.board.words.is_empty() && self.next_moment_ms().is_some() {
            actions.push(Action::Pass);
        }
    }

    /// Somebody is asked and has not answered: WeChat, or the board.
    fn is_asking(&self) -> bool {
        self.flights.iter().any(|flight| !flight.is_given_up)
            || self.board.running.is_some()
            || !self.board.recalls.is_empty()
    }

    fn is_sweep_due(&self) -> bool {
        let now = self.now().monotonic;
        let plans = self.machine.as_ref().map(|machine| &machine.memory().plans);
        plans.is_some_and(|plans| plans.values().any(|plan| plan.is_due(now)))
    }

    /// The next moment at which time alone changes something.
    fn next_moment_ms(&self) -> Option<i64> {
        let mut moments = Vec::new();
        if let Some(machine) = &self.machine {
            let memory = machine.memory();
            let on_clock = |at: Duration| self.now_ms + self.ms_from_now(at);
            moments.extend(memory.session.until().map(on_clock));
            moments.extend(memory.vends.values().map(|vend| on_clock(vend.until)));
            moments.extend(memory.remotes.values().map(|remote| on_clock(remote.until)));
            moments.extend(memory.plans.values().map(|plan| {
                let wakes_at = on_clock(plan.wakes_at());
                if wakes_at > self.now_ms { wakes_at } else { wakes_at + SWEEP_LATE_MS }
            }));
        }
        let awaited = self.flights.iter().filter(|flight| !flight.is_given_up);
        moments.extend(awaited.map(|flight| flight.until_ms));
        let began_ms = self.wall_ms() - self.now_ms;
        for account in self.gateway.accounts() {
            if self.can_be_paid(account) {
                moments.push(account.order.time_expire.unix_ms() - began_ms + 1);
            }
            moments.extend(account.refunds.iter().map(|refund| refund.settles_at_ms - began_ms));
        }
        moments.into_iter().filter(|moment| *moment > self.now_ms).min()
    }

    fn pass(&mut self) {
        self.left.delays -= u8::from(self.is_asking());
        self.left.late_sweeps -= u8::from(self.is_sweep_due());
        self.now_ms = self.next_moment_ms().unwrap_or(self.now_ms);
        let now_ms = self.now_ms;
        self.flights.retain(|flight| !flight.is_given_up || flight.until_ms > now_ms);
        self.may_hear_first = self.is_due();
    }

    /// A request comes to WeChat.
    fn arrive(&mut self, nth: u8, answering: Answering) {
        let nth = usize::from(nth);
        let Some(flight) = self.flights.get(nth) else { return };
        let (command, is_given_up) = (Rc::clone(&flight.command), flight.is_given_up);
        if !matches!(answering, Answering::Well | Answering::Password) {
            self.left.troubles -= 1;
        }
        let answer = if answering == Answering::Busy {
            system_error(&command)
        } else {
            self.answer(&command, answering)
        };
        if is_given_up {
            self.flights.remove(nth);
        } else if let Some(flight) = self.flights.get_mut(nth) {
            flight.answer = answer.map(Rc::new);
        }
    }

    fn answer(&mut self, command: &Command, answering: Answering) -> Option<Event> {
        let wall_ms = self.wall_ms();
        let gateway = &mut self.gateway;
        Some(match command {
            Command::OpenOrder { order, payer } => gateway.open(order, payer.as_ref(), wall_ms),
            Command::PayByCode { order, .. } => {
                let asked = answering == Answering::Password;
                let password = if asked { Password::Right(PATIENT) } else { Password::NotAsked };
                gateway.pay_by_code(order, password, wall_ms)
            }
            Command::Reverse(number) => gateway.reverse(number, wall_ms),
            Command::QueryOrder(number) => gateway.query(number, wall_ms),
            Command::CloseOrder(number) => gateway.close(number, wall_ms),
            Command::Refund(refund) => gateway.refund(refund, answering.refund(), wall_ms),
            Command::QueryRefunds(number) => gateway.query_refunds(number, wall_ms),
            _ => return None,
        })
    }

    fn account(&self, nth: u8) -> Option<&Account> {
        self.gateway.accounts().nth(usize::from(nth))
    }

    fn number(&self, nth: u8) -> Option<OutTradeNo> {
        self.account(nth).map(|account| account.order.out_trade_no.clone())
    }

    /// A phone has the code before it, or asks for the password.
    pub(super) fn can_be_paid(&self, account: &Account) -> bool {
        let has_code = self.scanned.contains(&account.order.out_trade_no);
        let age_ms = self.wall_ms() - account.opened_at_ms;
        let asks = matches!(account.password, Some(Password::Right(_))) && age_ms <= LAPSE_MS;
        account.money == Money::Open && (has_code || asks)
    }

    /// A person pays back what the log says is theirs to pay, and nothing else.
    fn is_owed_by_person(&self, account: &Account) -> bool {
        let machine = self.machine.as_ref();
        let sale = machine.and_then(|it| it.books().sale(&account.order.out_trade_no));
        sale.is_some_and(|sale| matches!(sale.state, State::RefundOwed { .. }))
    }

    fn is_awaited(&self, nth: u8) -> bool {
        self.flights.get(usize::from(nth)).is_some_and(|flight| !flight.is_given_up)
    }
}

impl Answering {
    fn refund(self) -> RefundMood {
        match self {
            Self::Well | Self::Busy | Self::Password => RefundMood::Takes(0, RefundEnd::Success),
            Self::Slowly => RefundMood::Takes(REFUND_TAKES_MS, RefundEnd::Success),
            Self::Closing => RefundMood::Takes(REFUND_TAKES_MS, RefundEnd::Close),
            Self::Changing => RefundMood::Takes(REFUND_TAKES_MS, RefundEnd::Change),
            Self::Poor => RefundMood::NotEnough,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
