//! The ways on which orders come in; and orders from afar: the customer stands at the machine and
//! orders with the phone, by a sticker's code or in the operator's mini-program.

use std::time::Duration;

use serde::{Deserialize, Serialize};

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
            Self::NoSuchSlot => "没有这个货道 No such slot",
            Self::SoldOut => "已售完 Sold out",
            Self::Blocked => "此商品暂停销售 Not for sale now",
            Self::Busy => "前面还有人，请稍后再试 Busy, please try again",
            Self::NotOpened => "下单未成功，请稍后再试 Please try again",
        }
    }
}
