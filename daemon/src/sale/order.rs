//! What a customer asked for: fixed once it is written.

use std::fmt;

use protocol::{Fen, OutTradeNo};
use serde::{Deserialize, Serialize};

use super::remote::Door;
use super::time::Timestamp;

/// One order, as it was when the customer touched the item. A change of price or content is a new
/// order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Our number of it, unique within the merchant for ever (APIv2, unifiedorder).
    pub out_trade_no: OutTradeNo,
    /// The running number within this machine's log, from 1.
    pub number: u64,
    /// The motor position the item lies in.
    pub slot: Slot,
    /// The item's name in Chinese, as it stood on the screen.
    pub name_zh: String,
    /// The item's name in English, as it stood on the screen.
    pub name_en: String,
    /// What is to be paid.
    pub price: Fen,
    /// When the customer touched the item.
    pub created_at: Timestamp,
    /// The last moment at which WeChat lets the order be paid (APIv2, `time_expire`).
    pub time_expire: Timestamp,
    /// The way on which it came in.
    #[serde(default)]
    pub door: Door,
}

/// A motor position, as printed beside the item: 1 to 999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Slot(u16);

impl Slot {
    /// The largest number that three digits on a label can show.
    pub const MAX: u16 = 999;

    /// The number on the label.
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for Slot {
    type Error = SlotError;

    fn try_from(number: u16) -> Result<Self, SlotError> {
        match number {
            1..=Self::MAX => Ok(Self(number)),
            0 | 1000.. => Err(SlotError(number)),
        }
    }
}

impl From<Slot> for u16 {
    fn from(slot: Slot) -> u16 {
        slot.0
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A number that no slot can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a slot number is 1 to 999, not {0}")]
pub struct SlotError(u16);
