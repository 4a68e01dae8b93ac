//! Chance that can be repeated: numbers from a seed.

use std::{
    env,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// xorshift64* (Vigna 2016); good enough to choose moments.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// The same numbers for the same `seed` and `stream`.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        // SplitMix64's increment sets neighbours far apart; 0 would stay 0.
        Self((seed ^ stream.wrapping_mul(0x9E37_79B9_7F4A_7C15)) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11
    }

    /// Less than `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// True in so many of a hundred cases.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A time shorter than `limit`.
    pub(crate) fn within(&mut self, limit: Duration) -> Duration {
        let micros = u64::try_from(limit.as_micros()).unwrap();
        Duration::from_micros(self.below(micros.max(1)))
    }

    /// One of these.
    pub(crate) fn choose<T: Copy>(&mut self, of: &[T]) -> T {
        let place = self.below(u64::try_from(of.len()).unwrap());
        *of.get(usize::try_from(place).unwrap()).unwrap()
    }
}

/// The seed of this run: that of the variable `name`, or another one each time.
pub(crate) fn seed(name: &str) -> u64 {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    number(name).unwrap_or_else(|| u64::try_from(clock).unwrap())
}

/// A number in the environment.
pub(crate) fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().unwrap())
}
