//! The life of the program: how it ends, and how it begins again.

use std::time::{Duration, Instant};

use daemon::{
    journal::OpenOptions,
    order_log::OrderLog,
    sale::{Books, CLOCK_OFF_MAX_MS, Event, Health, Machine, Retention, Timestamp},
    wheel::Wheel,
};

use super::{
    build::Build,
    chance::mix,
    ledger::Violation,
    outbox::Outbox,
    script::Cut,
    world::{FULL, Happening, TICK_MS, World},
};

/// Sales stay in the log for days, so that some machines move them to the archive.
const RETENTION: Retention = Retention { keep: Duration::from_secs(7 * 86_400), newest: 100 };

impl World {
    pub(super) fn cut(&mut self, cut: Cut, off_ms: u64) {
        self.network.off_ms = off_ms;
        match cut {
            Cut::Now => self.power_off(),
            Cut::AtWrite(nth) => self.drive.cut_at(nth),
            Cut::BeforeActing => self.before_acting = true,
        }
    }

    pub(super) fn power_off(&mut self) {
        if self.wheel.is_none() {
            return;
        }
        self.tell(|| "the power is gone".to_owned());
        self.drive.lose_power(&mut self.chance);
        let pushed = self.chance.one_in(2);
        self.cabinet.lose_program(true, pushed);
        self.end_life();
        self.after(self.network.off_ms, Happening::Boot);
    }

    pub(super) fn kill(&mut self, off_ms: u64) {
        self.tell(|| "the program is killed".to_owned());
        self.drive.lose_process();
        let pushed = self.chance.one_in(2);
        self.cabinet.lose_program(false, pushed);
        self.end_life();
        self.after(off_ms, Happening::Boot);
    }

    /// What the motor pushed over the edge in its last moment has fallen.
    fn end_life(&mut self) {
        self.wheel = None;
        self.life += 1;
        self.restarts += 1;
        (self.before_acting, self.scheduler_dead, self.refilling) = (false, false, false);
        for tag in self.cabinet.take_fallen() {
            if let Err(violation) = self.ledger.fell(tag) {
                self.broken(violation);
            }
        }
    }

    /// The technician has waited for the program's end.
    pub(super) fn end_if_asked(&mut self) {
        if !self.machine().is_some_and(Machine::may_stop) {
            return;
        }
        self.drive.lose_process();
        self.cabinet.lose_program(false, false);
        let refill = self.refilling;
        self.end_life();
        if refill {
            self.settle();
            self.filled += 1;
            self.cabinet.fill(FULL);
            self.ledger.filled();
        }
        self.after(5_000, Happening::Boot);
    }

    pub(super) fn boot(&mut self) {
        if self.wheel.is_some() {
            return;
        }
        let mut books = Books::new(Build::planogram(self.filled));
        let begun = Instant::now();
        let opened = match &self.home {
            Some(dir) => OrderLog::open(dir, &OpenOptions::default(), &mut books),
            None => OrderLog::open_on(Box::new(self.drive.clone()), &mut books),
        };
        self.opened_in = begun.elapsed();
        let log = match opened {
            Ok((log, _findings)) => log,
            Err(error) => {
                let text = format!("{error}: {:?}", std::error::Error::source(&error));
                self.tell(|| format!("the log cannot be opened: {text}"));
                // As the program does: again and again. A drive in order must open.
                if self.drive.is_in_order() {
                    let kind = "the log opens after any power cut";
                    self.broken(Violation { kind, details: text });
                }
                self.after(10_000, Happening::Boot);
                return;
            }
        };
        self.booted_ms = self.now_ms;
        let last_at = books.last_at();
        let machine = Machine::new(self.build.settings(), books);
        let outbox = Outbox {
            drive: self.drive.clone(),
            monotonic: Duration::ZERO,
            wall_ms: 0,
            correction_ms: 0,
            draws: mix(self.life.into()),
            commands: Vec::new(),
        };
        self.wheel = Some(Wheel::new(machine, log, RETENTION, outbox));
        self.tell(|| "the machine is on".to_owned());
        let wall = Timestamp::from_unix_ms(self.wall_ms() + self.clock_off_ms);
        if !Health::clock_is_sane(wall) || last_at.is_some_and(|last| last > wall) {
            self.after(1_000, Happening::LearnTime(self.life));
        }
        self.turn("resume", Wheel::resume);
        let soon = self.cabinet.up();
        self.soon(soon);
        self.after(TICK_MS, Happening::Tick(self.life));
    }

    /// A question whose answer's `Date` is all that is wanted.
    pub(super) fn learn_time(&mut self) {
        if self.now_ms < self.network.gateway_away_until || self.tls_fails() {
            self.after(10_000, Happening::LearnTime(self.life));
        } else {
            self.compare_clocks();
        }
    }

    /// A certificate is not yet valid, or not any more, for a clock that is years off.
    pub(super) const fn tls_fails(&self) -> bool {
        self.clock_off_ms.abs() > 300 * 86_400_000
    }

    /// WeChat's `Date` came with an answer.
    pub(super) fn compare_clocks(&mut self) {
        let Some(wheel) = &self.wheel else { return };
        let ahead_ms = -self.clock_off_ms;
        if (ahead_ms - wheel.edges().correction_ms).abs() >= CLOCK_OFF_MAX_MS {
            self.hear("clock", Event::ClockCompared(ahead_ms));
        }
    }
}
