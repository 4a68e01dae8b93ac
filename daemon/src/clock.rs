//! The one place that reads clocks and draws random numbers.

#![expect(clippy::disallowed_methods, reason = "somebody has to read the clocks")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::sale::{Now, Timestamp};

/// The clocks of this machine.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// Monotonic time begins now.
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// The moment `later` from now, for those who compare moments themselves.
    pub fn deadline(&self, later: Duration) -> Instant {
        Instant::now() + later
    }

    /// This moment, with a fresh random number.
    pub fn now(&self) -> Now {
        Now { monotonic: self.start.elapsed(), wall: wall(), random: random() }
    }
}

fn wall() -> Timestamp {
    let unix_ms = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    };
    Timestamp::from_unix_ms(unix_ms)
}

/// Without the kernel's random numbers an order number still has its day and running number; only
/// the guard against a lost log is weaker.
fn random() -> u32 {
    getrandom::u32().unwrap_or_else(|error| {
        tracing::warn!(%error, "the kernel gave no random number");
        0
    })
}
