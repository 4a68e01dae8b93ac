//! Time as an argument: the wall clock for records, the monotonic clock for deadlines.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01 UTC, as the wall clock told them. May jump; never used for a
/// deadline of a customer's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    pub const fn from_unix_ms(unix_ms: i64) -> Self {
        Self(unix_ms)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// The time that passed since `earlier`; zero when the clock went back.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// This time and `later` more.
    pub fn plus(self, later: Duration) -> Self {
        let later_ms = i64::try_from(later.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(later_ms))
    }
}

/// How old something is, by the monotonic clock: a wall clock that jumps changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    at: Duration,
    then: Duration,
}

impl Age {
    /// Of something that was `then` old at the monotonic time `at`.
    pub fn new(at: Duration, then: Duration) -> Self {
        Self { at, then }
    }

    /// At the monotonic time `now`.
    pub fn at(self, now: Duration) -> Duration {
        self.then.saturating_add(now.saturating_sub(self.at))
    }
}

/// The moment of a decision, and a fresh random number for it.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// Since the program started; never goes back, never jumps.
    pub monotonic: Duration,
    /// What the wall clock says.
    pub wall: Timestamp,
    /// Fresh for every decision; makes order numbers unguessable and unique over a lost log.
    pub random: u32,
}
