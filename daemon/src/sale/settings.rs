//! What the operator chose, as far as the middle must know it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use protocol::{AppId, MchId};
use serde::{Deserialize, Serialize};

use super::order::Slot;

/// The rules of one machine.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Prefix of every `out_trade_no`.
    pub machine: MachineId,
    /// Whose money it is.
    pub appid: AppId,
    /// Whose money it is.
    pub mch_id: MchId,
    /// How long the QR stays on the panel.
    pub payment_window: Duration,
    /// How long after that a payment of the same customer still counts.
    pub grace: Duration,
    /// How long "take your item" stays.
    pub farewell: Duration,
    /// How long bad news stays.
    pub sorry: Duration,
    /// Longest that a board may take to tell how a vend ended; after that it is unknown.
    pub vend_limit: Duration,
    /// A slot that failed so often in a row sells no more until the machine is started again; 0 =
    /// never.
    pub failures_until_blocked: u32,
    /// What becomes of a sale of which nobody can say whether the item fell.
    pub in_doubt: InDoubt,
    /// The machine holds the merchant's certificate and pays back by itself.
    pub can_refund: bool,
    /// The language of the panel while nobody chose one.
    pub language: kiosk::Language,
    /// Whom a customer may call; may be empty.
    pub phone: String,
    /// With nobody there for so long the panel shows what there is, one after the other; `None` =
    /// never.
    pub attract_after: Option<Duration>,
    /// An item is shown on a page of its own before it is ordered.
    pub product_page: bool,
    /// An item can also be chosen by the number of its slot.
    pub keypad: bool,
    /// The catalogue begins with the cheapest item, not with the first slot.
    pub cheapest_first: bool,
    /// What lies in the slots, in all languages that the operator gave.
    pub names: BTreeMap<Slot, kiosk::Label>,
}

impl Settings {
    /// WeChat's least distance between an order and its `time_expire`, and a margin (APIv2 refuses
    /// less than five minutes for NATIVE).
    const TIME_EXPIRE_MIN: Duration = Duration::from_secs(5 * 60 + 30);

    /// How long WeChat is told to accept a payment. Longer than the QR is shown, because WeChat
    /// wants five minutes: what is paid after the window goes back.
    pub fn payable(&self) -> Duration {
        (self.payment_window + self.grace).max(Self::TIME_EXPIRE_MIN)
    }

    /// The name of what lies, or lay, in this slot, in as many languages as are known: the order
    /// log has two of them.
    pub(super) fn label(&self, slot: Slot, name_zh: &str, name_en: &str) -> kiosk::Label {
        let known = self.names.get(&slot).filter(|label| label.zh == name_zh);
        known.cloned().unwrap_or_else(|| kiosk::Label::new(name_zh, name_en))
    }
}

/// The end of a sale in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InDoubt {
    /// The customer gets the money back.
    Refund,
    /// A technician looks and says what happened.
    Technician,
}

/// The prefix of this machine's order numbers: 1 to 10 of `[0-9A-Za-z]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineId(String);

impl MachineId {
    /// With day, count and salt an `out_trade_no` has 32 characters at the most.
    const LEN_MAX: usize = 10;

    /// # Errors
    ///
    /// When `text` is empty, too long, or has other characters.
    pub fn parse(text: &str) -> Result<Self, MachineIdError> {
        let good = !text.is_empty()
            && text.len() <= Self::LEN_MAX
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if good { Ok(Self(text.to_owned())) } else { Err(MachineIdError(text.to_owned())) }
    }
}

impl fmt::Display for MachineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that cannot name a machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a machine id is 1 to 10 letters and digits, not {0:?}")]
pub struct MachineIdError(String);
