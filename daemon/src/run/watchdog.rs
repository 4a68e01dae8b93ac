//! Tells the service manager how the machine is, and that it lives while every part of it does.

use std::time::Duration;

use kiosk::{Outage, Screen};

use super::Ports;
use crate::port::service_manager::ServiceManager;
use crate::pulse::{Pulse, Signs, Stuck};
use crate::wheel::Wheel;

/// The parts are looked at so often, in any case more often than the watchdog is patted.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The service manager and what it knows.
pub(super) struct Watchdog {
    manager: ServiceManager,
    pulse: Pulse,
    /// When the parts are looked at again, on the monotonic clock.
    look_at: Duration,
    /// When it is patted again.
    pat_at: Duration,
    is_ready: bool,
    status: &'static str,
    stuck: Stuck,
}

impl Watchdog {
    pub(super) fn new(manager: ServiceManager, now: Duration) -> Self {
        Self {
            manager,
            pulse: Pulse::new(now),
            look_at: now,
            pat_at: now,
            is_ready: false,
            status: "",
            stuck: Stuck::default(),
        }
    }

    /// When [`look`](Self::look) has something to do; `None` = nobody is told anything.
    pub(super) fn due(&self) -> Option<Duration> {
        self.manager.listens().then_some(self.look_at)
    }

    /// Looks whether all parts live and how the machine is, and tells it.
    pub(super) fn look(&mut self, wheel: &Wheel<Ports>, screen: &Screen, now: Duration) {
        if self.due().is_none_or(|due| now < due) {
            return;
        }
        let interval = self.manager.pat_interval();
        self.look_at = now + interval.map_or(LOOK_EVERY, |interval| interval.min(LOOK_EVERY));
        self.tell_status(screen);
        let ports = wheel.edges();
        let signs = Signs {
            board_turns: ports.vending.turns(),
            gateway_overdue: ports.gateway.is_overdue(),
            scheduler_ticks: wheel.ticks().count(),
        };
        let stuck = self.pulse.look(signs, now);
        if stuck != self.stuck && !stuck.is_nothing() {
            tracing::warn!(
                "no progress: {stuck}; the watchdog is told nothing until there is some"
            );
        } else if stuck != self.stuck {
            tracing::info!("every part of the program makes progress again");
        }
        self.stuck = stuck;
        let Some(interval) = interval.filter(|_| self.stuck.is_nothing()) else { return };
        if now >= self.pat_at {
            self.manager.pat();
            self.pat_at = now + interval;
        }
    }

    pub(super) fn stopping(&self) {
        self.manager.stopping();
    }

    fn tell_status(&mut self, screen: &Screen) {
        let status = in_words(screen);
        if status != self.status {
            self.manager.status(status);
            self.status = status;
        }
        // Whoever stands before it can buy, or is told why not.
        if !self.is_ready && *screen != Screen::Starting {
            self.manager.ready();
            self.is_ready = true;
        }
    }
}

fn in_words(screen: &Screen) -> &'static str {
    match screen {
        Screen::Starting => "starting",
        Screen::OutOfService { reason: Outage::BoardDown, .. } => {
            "out of service: the vending board does not answer"
        }
        Screen::OutOfService { reason: Outage::LogDown, .. } => {
            "out of service: the order log cannot be written"
        }
        Screen::OutOfService { reason: Outage::GatewayDown, .. } => {
            "out of service: WeChat cannot be reached"
        }
        Screen::OutOfService { reason: Outage::ClockWrong, .. } => {
            "out of service: the clock is wrong"
        }
        Screen::OutOfService { reason: Outage::NothingToSell, .. } => {
            "out of service: every slot is sold out or blocked"
        }
        Screen::OutOfService { reason: Outage::Service, .. } => {
            "out of service: a technician works on it"
        }
        Screen::OutOfService { reason: Outage::Stopping, .. } => "stopping",
        Screen::Attract { .. }
        | Screen::Keypad { .. }
        | Screen::Product { .. }
        | Screen::Catalogue { .. }
        | Screen::Preparing { .. }
        | Screen::Payment { .. }
        | Screen::Checking { .. }
        | Screen::Vending { .. }
        | Screen::Farewell { .. }
        | Screen::Sorry { .. } => "selling",
    }
}
