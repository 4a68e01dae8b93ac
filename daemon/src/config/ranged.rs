//! Numbers of the configuration that know their range, so that an error can name line and key.

use std::fmt;

use serde::Deserialize;

/// A whole number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i64")]
pub(super) struct Ranged<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Ranged<MIN, MAX> {
    /// For defaults; the range is checked when the program is compiled.
    pub(super) const fn new<const N: u32>() -> Self {
        const { assert!(MIN <= N && N <= MAX, "a default must lie within its range") };
        Self(N)
    }

    /// The number.
    pub(super) const fn get(self) -> u32 {
        self.0
    }
}

impl<const MIN: u32, const MAX: u32> TryFrom<i64> for Ranged<MIN, MAX> {
    type Error = OutOfRange;

    fn try_from(number: i64) -> Result<Self, OutOfRange> {
        u32::try_from(number)
            .ok()
            .filter(|number| (MIN..=MAX).contains(number))
            .map(Self)
            .ok_or(OutOfRange { number, min: MIN, max: MAX })
    }
}

/// A number outside of its range.
#[derive(Clone, Copy, Debug)]
pub(super) struct OutOfRange {
    number: i64,
    min: u32,
    max: u32,
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "must be {} to {}, not {}", self.min, self.max, self.number)
    }
}
