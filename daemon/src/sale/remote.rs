//! The ways on which orders come in; and orders from afar: the customer stands at the machine and
//! orders with the phone, by a sticker's code or in the operator's mini-program.

use std::time::Duration;

use protocol::ProductId;
use serde::{Deserialize, Serialize};

use super::order::Slot;
use super::settings::MachineId;

/// The way on which an order came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// A touch on the panel.
    #[default]
    Panel,
    /// A scan of the code on a slot (APIv2, NATIVE mode 1).
    Sticker,
    /// The operator's mini-program (APIv2, JSAPI).
    MiniProgram,
    /// A payment code before the machine's scanner (APIv2, micropay).
    Scanner,
}

impl Door {
    /// How such an order is paid, as WeChat spells it in `trade_type`.
    pub fn trade_type(self) -> &'static str {
        match self {
            Self::Panel | Self::Sticker => "NATIVE",
            Self::MiniProgram => "JSAPI",
            Self::Scanner => "MICROPAY",
        }
    }
}

/// What a sticker names, and every order of this slot: `VM0001-3`. The machine is in it because all
/// machines of a merchant share one callback (APIv2 mode 1, `product_id` String(32)).
pub fn product_id(machine: &MachineId, slot: Slot) -> ProductId {
    let text = format!("{machine}-{slot}");
    ProductId::parse(&text).unwrap_or_else(|error| {
        unreachable!("10 letters and three digits are a product_id: {text}: {error}")
    })
}

/// The slot of this machine that `product_id` names.
///
/// # Errors
///
/// It is another machine's, or no slot's.
pub fn slot_of(machine: &MachineId, product_id: &ProductId) -> Result<Slot, RemoteRefusal> {
    let (named, slot) = product_id.as_str().rsplit_once('-').ok_or(RemoteRefusal::NoSuchSlot)?;
    if named != machine.to_string() {
        return Err(RemoteRefusal::OtherMachine);
    }
    let slot = slot.parse::<u16>().ok().and_then(|slot| Slot::try_from(slot).ok());
    slot.ok_or(RemoteRefusal::NoSuchSlot)
}

/// Stands for one HTTP request that waits for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RemoteTicket(pub u64);

/// A customer with a phone: forgotten in a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Who waits for the order to be opened; `None` when that was answered.
    pub ticket: Option<RemoteTicket>,
    /// When a payment counts no more, on the monotonic clock.
    pub until: Duration,
}

/// So many orders from afar can be open at once: more than people find room in front of a machine.
pub(super) const REMOTE_MAX: usize = 4;

/// Why an order from afar is not made. Each is told to the customer in two languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoteRefusal {
    /// The machine does not sell now.
    OutOfService,
    /// The sticker is another machine's.
    OtherMachine,
    /// There is no such slot.
    NoSuchSlot,
    /// Nothing is left in it, or what is left is about to be paid by others.
    SoldOut,
    /// It cannot be sold now.
    Blocked,
    /// Too many others are about to pay.
    Busy,
    /// WeChat did not open the order.
    NotOpened,
}

impl RemoteRefusal {
    /// For the customer. APIv2 mode 1, `err_code_des` String(128).
    pub fn in_words(self) -> &'static str {
        match self {
            Self::OutOfService => "机器暂停服务 Out of service",
            Self::OtherMachine => "这是另一台机器的码 This code is of another machine",
            Self::NoSuchSlot => "没有这个货道 No such slot",
            Self::SoldOut => "已售完 Sold out",
            Self::Blocked => "此商品暂停销售 Not for sale now",
            Self::Busy => "前面还有人，请稍后再试 Busy, please try again",
            Self::NotOpened => "下单未成功，请稍后再试 Please try again",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sticker_names_its_machine_and_its_slot() {
        let machine = MachineId::parse("VM0001").expect("a good id");
        let slot = Slot::try_from(37).expect("a good slot");
        let named = product_id(&machine, slot);
        assert_eq!(named.as_str(), "VM0001-37");
        assert_eq!(slot_of(&machine, &named), Ok(slot));
        for (text, refusal) in [
            ("VM0002-37", RemoteRefusal::OtherMachine),
            ("VM00011-37", RemoteRefusal::OtherMachine),
            ("VM0001-0", RemoteRefusal::NoSuchSlot),
            ("VM0001-x", RemoteRefusal::NoSuchSlot),
            ("37", RemoteRefusal::NoSuchSlot),
        ] {
            let named = ProductId::parse(text).expect("a good product_id");
            assert_eq!(slot_of(&machine, &named), Err(refusal), "{text}");
        }
    }
}
