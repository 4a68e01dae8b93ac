//! Thousands of stalls, clock steps and dead schedulers: what is due is asked within a second of
//! going on, every time.
//!
//! The loop is turned as `Wheel::pass_time` and `run` turn it, in a time of its own.

use std::io::{Write as _, stdout};
use std::time::Duration;

use protocol::OutTradeNo;

use super::World;
use crate::sale::{Command, Event, Queried, Timestamp};
use crate::ticks::Ticks;

/// How late a question may be.
const LATE_MAX: Duration = Duration::from_secs(1);
/// A dead scheduler is replaced within this.
const REBUILT_WITHIN: Duration = Duration::from_secs(10);
/// Each a life of a machine with many disturbances.
const LIVES: u64 = 400;
/// Disturbances of one life.
const TRIALS: u32 = 25;
/// What the inbox holds of the ticks that came while nobody listened.
const INBOX: usize = 64;
/// Also what a clock jumps by when summer begins or ends.
const HOUR_MS: i64 = 3_600_000;
const TEN_YEARS_MS: i64 = 87_660 * HOUR_MS;

#[test]
fn what_is_due_is_asked_within_a_second_of_going_on() {
    let mut total = Tally::default();
    for seed in 1..=LIVES {
        let mut life = Life::new(seed);
        for _ in 0..TRIALS {
            life.disturb();
            life.go_on();
        }
        total.add(&life.tally);
    }
    let Tally { stalls, steps, deaths, awaited, questions, rebuilt } = total;
    let trials = LIVES * u64::from(TRIALS);
    let told = writeln!(
        stdout().lock(),
        "{trials} trials: {stalls} stalls, {steps} clock steps, {deaths} dead schedulers; \
         {questions} questions, {awaited} of them due when the loop went on; the scheduler was \
         started anew {rebuilt} times"
    );
    assert!(told.is_ok());
    // The trials are worth something only if all of it happened often.
    for count in [stalls, steps, deaths, awaited, rebuilt] {
        assert!(count > 1_000, "{total:?}");
    }
}

#[derive(Debug, Default)]
struct Tally {
    stalls: u64,
    steps: u64,
    deaths: u64,
    /// Questions that were due when the loop went on after a stall.
    awaited: u64,
    questions: u64,
    rebuilt: u64,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.stalls += other.stalls;
        self.steps += other.steps;
        self.deaths += other.deaths;
        self.awaited += other.awaited;
        self.questions += other.questions;
        self.rebuilt += other.rebuilt;
    }
}

/// How the scheduler ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheduler {
    /// Every second, and some.
    Well,
    /// Up to four seconds late, and then several at once.
    Bursts,
    Dead,
}

struct Life {
    world: World,
    ticks: Ticks,
    scheduler: Scheduler,
    next_tick: Duration,
    /// Answers on their way.
    answers: Vec<(Duration, OutTradeNo)>,
    /// When the loop went on after a stall.
    resumed: Duration,
    chance: u64,
    seed: u64,
    tally: Tally,
}

impl Life {
    fn new(seed: u64) -> Self {
        let mut world = World::new();
        for line in ["board up", "touch 1", "opened"] {
            world.hear(line);
        }
        let now = world.now.monotonic;
        let mut ticks = Ticks::default();
        ticks.begin(now);
        Self {
            world,
            ticks,
            scheduler: Scheduler::Well,
            next_tick: now + Duration::from_secs(1),
            answers: Vec::new(),
            resumed: now,
            chance: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            seed,
            tally: Tally::default(),
        }
    }

    /// Something goes wrong.
    fn disturb(&mut self) {
        match self.below(4) {
            0 => {
                let size = if self.below(2) == 0 { HOUR_MS } else { TEN_YEARS_MS };
                let step = if self.below(2) == 0 { size } else { -size };
                self.world.now.wall = Timestamp::from_unix_ms(self.world.now.wall.unix_ms() + step);
                // A clock that is set back silences it, one that is set forward may.
                if step < 0 || self.below(2) == 0 {
                    self.scheduler = Scheduler::Dead;
                }
                self.tally.steps += 1;
            }
            1 => {
                self.scheduler = Scheduler::Dead;
                self.tally.deaths += 1;
            }
            2 => self.scheduler = Scheduler::Bursts,
            _ => {
                // From a second to some hours, short ones more often.
                let ms = 1_000_u64 << self.below(14);
                let ms = ms + self.below(ms);
                self.stand_still(Duration::from_millis(ms));
                if self.below(3) == 0 {
                    self.scheduler = Scheduler::Dead;
                }
                self.tally.stalls += 1;
            }
        }
    }

    /// Nothing runs for so long; then everything that piled up is there at once.
    fn stand_still(&mut self, time: Duration) {
        self.pass(time);
        let now = self.world.now.monotonic;
        self.resumed = now;
        let due = self.world.machine.memory().plans.values().filter(|plan| plan.is_due(now));
        self.tally.awaited += due.count() as u64;
        let missed = now.saturating_sub(self.next_tick).as_secs();
        // A stopped process has no ticks; a blocked loop finds them in its inbox.
        let piled_up = usize::try_from(missed).unwrap_or(usize::MAX).min(INBOX);
        if self.scheduler == Scheduler::Bursts {
            for _ in 0..piled_up {
                self.tick();
            }
        }
        self.next_tick = self.next_tick.max(now + Duration::from_millis(self.below(1_500)));
    }

    /// Lets the loop run for a while, at least until the scheduler ticks again.
    fn go_on(&mut self) {
        let begun = self.world.now.monotonic;
        let until = begun + Duration::from_secs(3 + self.below(20));
        while self.world.now.monotonic < until || self.scheduler == Scheduler::Dead {
            self.turn();
            let on = self.world.now.monotonic - begun;
            assert!(on < until - begun + REBUILT_WITHIN, "{}", self.context());
        }
    }

    /// One turn of the loop: waits for an event or a due time, hears it, lets the time pass.
    fn turn(&mut self) {
        self.begin_order_if_none();
        let now = self.world.now.monotonic;
        let wake = self.world.machine.next_wake(&self.world.now);
        let wake = wake.map_or(self.ticks.due(), |wake| wake.min(self.ticks.due()));
        let tick = (self.scheduler != Scheduler::Dead).then_some(self.next_tick);
        let answer = self.answers.iter().map(|(at, _)| *at).min();
        let next = [Some(wake), tick, answer].into_iter().flatten().min().unwrap();
        // The loop's own work takes a moment, too.
        let work = Duration::from_micros(100 + self.below(20_000));
        self.pass(next.saturating_sub(now) + work);
        let now = self.world.now.monotonic;
        if tick.is_some_and(|at| at <= now) {
            self.tick();
            if self.scheduler == Scheduler::Bursts {
                self.tick();
            }
            let late = if self.scheduler == Scheduler::Bursts { self.below(4_000) } else { 0 };
            let pause = Duration::from_millis(1_000 + self.below(500) + late);
            self.next_tick += pause;
        } else if let Some(index) = self.answers.iter().position(|(at, _)| *at <= now) {
            let (_, out_trade_no) = self.answers.remove(index);
            self.answer(out_trade_no);
        }
        self.pass_time();
        self.check();
    }

    fn pass_time(&mut self) {
        let now = self.world.now.monotonic;
        if self.world.machine.next_wake(&self.world.now).is_some_and(|at| at <= now) {
            self.hear(&Event::Woke);
        }
        if self.ticks.missed(now).is_some() {
            self.scheduler = Scheduler::Well;
            self.next_tick = now + Duration::from_millis(500 + self.below(1_000));
            self.tally.rebuilt += 1;
        }
    }

    fn tick(&mut self) {
        self.ticks.heard(self.world.now.monotonic);
        self.hear(&Event::SweepDue);
    }

    fn hear(&mut self, event: &Event) {
        let now = self.world.now.monotonic;
        let before = self.world.machine.memory().plans.clone();
        let decision = self.world.machine.decide(event, &self.world.now);
        for command in &decision.commands {
            if let Command::QueryOrder(out_trade_no) = command {
                self.tally.questions += 1;
                if let Some(plan) = before.get(out_trade_no) {
                    let late = now.saturating_sub(plan.wakes_at().max(self.resumed));
                    assert!(late <= LATE_MAX, "asked {late:?} late: {}", self.context());
                }
                // One answer in ten is lost.
                if self.below(10) > 0 {
                    let at = now + Duration::from_millis(30 + self.below(2_000));
                    self.answers.push((at, out_trade_no.clone()));
                }
            }
        }
        self.world.take(decision);
    }

    fn answer(&mut self, out_trade_no: OutTradeNo) {
        let ours = self.world.order.as_ref().is_some_and(|it| it.out_trade_no == out_trade_no);
        if !ours {
            return; // An order of before: nothing is found any more.
        }
        let answer = Ok(self.world.found("NOTPAY"));
        self.hear(&Event::Queried(Queried { out_trade_no, answer }));
    }

    /// Nothing that is due is left lying.
    fn check(&self) {
        let now = self.world.now.monotonic;
        for (order, plan) in &self.world.machine.memory().plans {
            let late = now.saturating_sub(plan.wakes_at().max(self.resumed));
            assert!(late <= LATE_MAX, "{order} waits since {late:?}: {}", self.context());
        }
    }

    /// The next customer, when the machine has let the last one go.
    fn begin_order_if_none(&mut self) {
        if self.world.machine.memory().plans.is_empty() {
            // Years have passed on some of these clocks.
            self.world.hear("back");
            let (_, commands) = self.world.hear("touch 1");
            if commands.contains("open_order") {
                self.world.hear("opened");
            } else {
                self.world.now.wall = Timestamp::from_unix_ms(super::START_MS);
            }
        }
    }

    fn pass(&mut self, time: Duration) {
        self.world.now.monotonic += time;
        self.world.now.wall = self.world.now.wall.plus(time);
    }

    fn context(&self) -> String {
        format!(
            "seed {}, at {:?}, on since {:?}, the scheduler is {:?}",
            self.seed, self.world.now.monotonic, self.resumed, self.scheduler
        )
    }

    /// xorshift64: the same life for the same seed.
    fn below(&mut self, end: u64) -> u64 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        self.chance % end
    }
}
