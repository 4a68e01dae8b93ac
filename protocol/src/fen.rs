//! Money: a whole number of fen.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ValueError;

/// An amount in fen, 1/100 yuan, at most about 42 million yuan.
///
/// Zero exists (a payment made wholly with coupons has `cash_fee` 0), but no order of zero: the
/// gateway refuses it. In JSON and TOML it is the bare number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(u32);

impl Fen {
    /// `fen` hundredths of a yuan.
    pub const fn new(fen: u32) -> Self {
        Self(fen)
    }

    /// Accepts decimal digits and nothing else: no sign, no point, no blank. APIv2, type Int.
    ///
    /// # Errors
    ///
    /// Anything else, and an amount above `u32::MAX`.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        // `u32::from_str` alone would take "+5".
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let fen = if digits { text.parse().ok() } else { None };
        let rule = "fen in decimal digits, at most 4294967295";
        fen.map(Self).ok_or(ValueError { name: "amount", rule })
    }

    /// The number of fen.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// As people read it, in yuan: 350 fen are `3.50`.
    pub fn yuan(self) -> String {
        format!("{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// The number of fen in decimal digits, as messages carry it.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Fen {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_are_money() {
        for (text, fen) in [("0", 0), ("1", 1), ("350", 350), ("007", 7), ("4294967295", u32::MAX)]
        {
            assert_eq!(Fen::parse(text), Ok(Fen::new(fen)), "{text:?}");
        }
        for text in ["", "+5", "-5", "3.50", " 3", "3 ", "3e2", "٣", "4294967296", "0x10"] {
            assert!(Fen::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn people_read_yuan_and_messages_carry_fen() {
        for (fen, yuan) in [(0, "0.00"), (5, "0.05"), (350, "3.50"), (123_456, "1234.56")] {
            assert_eq!(Fen::new(fen).yuan(), yuan);
            assert_eq!(Fen::new(fen).to_string(), fen.to_string());
        }
    }
}
