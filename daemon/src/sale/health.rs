//! What the machine knows of its own parts.

use std::collections::BTreeSet;

use super::time::Timestamp;

/// The state of everything that a sale needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether entries can be written.
    pub log: LogHealth,
    /// Whether the vending board answers; `None` until it did once, or surely did not.
    pub board_up: Option<bool>,
    /// An order could not be opened because nothing came back that was WeChat's, and no answer to a
    /// question about it since. Every open order asks whether WeChat is back.
    pub gateway_down: bool,
    /// Drop sensors that are interrupted while nothing moves: they would see nothing fall.
    pub blocked_sensors: BTreeSet<u16>,
    /// What is added to the system's clock, in milliseconds, because WeChat's says otherwise.
    pub clock_correction_ms: i64,
    /// The clock was told to be wrong already.
    pub clock_alarmed: bool,
    /// The program is about to end: nothing new is begun.
    pub stopping: bool,
}

/// Whether entries can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogHealth {
    /// They can.
    Up,
    /// They cannot, for this reason.
    Down(String),
}

impl Health {
    /// No order can be older than this program: 2026-01-01. A clock that says less was never set.
    const EARLIEST: Timestamp = Timestamp::from_unix_ms(1_767_225_600_000);

    /// At the start: the log was just read, nothing is known of the board.
    pub fn at_start() -> Self {
        Self {
            log: LogHealth::Up,
            board_up: None,
            gateway_down: false,
            blocked_sensors: BTreeSet::new(),
            clock_correction_ms: 0,
            clock_alarmed: false,
            stopping: false,
        }
    }

    /// Whether the wall clock can be right.
    pub fn clock_is_sane(wall: Timestamp) -> bool {
        wall >= Self::EARLIEST
    }

    /// The first thing that keeps the machine from beginning a sale; `None` = it can.
    pub fn closed_for(&self, wall: Timestamp) -> Option<kiosk::Outage> {
        self.outage(wall).or_else(|| self.gateway_down.then_some(kiosk::Outage::GatewayDown))
    }

    /// The first thing that keeps the machine from serving what is paid; `None` = it can.
    pub fn outage(&self, wall: Timestamp) -> Option<kiosk::Outage> {
        if self.stopping {
            Some(kiosk::Outage::Stopping)
        } else if self.log != LogHealth::Up {
            Some(kiosk::Outage::LogDown)
        } else if self.board_up != Some(true) {
            Some(kiosk::Outage::BoardDown)
        } else if Self::clock_is_sane(wall) {
            None
        } else {
            Some(kiosk::Outage::ClockWrong)
        }
    }
}
