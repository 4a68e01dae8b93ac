//! The one place that reads clocks and draws random numbers.

#![expect(clippy::disallowed_methods, reason = "somebody has to read the clocks")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::sale::{Now, Timestamp};

/// The clocks of this machine. All copies share one correction.
#[derive(Clone, Debug)]
pub struct Clock {
    start: Instant,
    correction_ms: Arc<AtomicI64>,
}

impl Clock {
    /// Monotonic time begins now.
    pub fn start() -> Self {
        Self { start: Instant::now(), correction_ms: Arc::default() }
    }

    /// The moment `later` from now, for those who compare moments themselves.
    pub fn deadline(&self, later: Duration) -> Instant {
        Instant::now() + later
    }

    /// This moment, with a fresh random number.
    pub fn now(&self) -> Now {
        let wall_ms = self.system_unix_ms().saturating_add(self.correction_ms());
        Now {
            monotonic: self.start.elapsed(),
            wall: Timestamp::from_unix_ms(wall_ms),
            random: random(),
        }
    }

    /// What the system says, in milliseconds since 1970, without our correction.
    pub fn system_unix_ms(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        }
    }

    /// What is added to the system's wall clock, in milliseconds.
    pub fn correction_ms(&self) -> i64 {
        self.correction_ms.load(Ordering::Relaxed)
    }

    /// From now on the wall clock is the system's and `correction_ms`.
    pub fn correct(&self, correction_ms: i64) {
        self.correction_ms.store(correction_ms, Ordering::Relaxed);
    }
}

/// Without the kernel's random numbers an order number still has its day and running number; only
/// the guard against a lost log is weaker.
fn random() -> u32 {
    getrandom::u32().unwrap_or_else(|error| {
        tracing::warn!(%error, "the kernel gave no random number");
        0
    })
}
