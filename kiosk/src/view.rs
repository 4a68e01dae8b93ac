//! What the customer is to see: one language, one screen, as plain values.

use crate::{Label, Language};

/// Everything the picture depends on; two equal views give the same picture, pixel by pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The language of all fixed words and of the labels.
    pub language: Language,
    /// What stands there.
    pub screen: Screen,
    /// Whether the list of languages is open over it.
    pub choosing_language: bool,
}

impl View {
    /// The screen in this language, the list of languages closed.
    #[must_use]
    pub const fn new(language: Language, screen: Screen) -> Self {
        Self { language, screen, choosing_language: false }
    }
}

/// One screen of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    /// The machine has power but does not sell yet.
    Starting,
    /// Nobody is there: what the machine has is shown one after the other.
    Attract {
        /// What can be bought; what cannot be chosen is not shown.
        items: Vec<Item>,
    },
    /// The customer enters the number of a slot.
    Keypad {
        /// The digits so far.
        typed: String,
        /// What lies in the slot of this number.
        item: Option<Item>,
    },
    /// One item, to look at before it is bought.
    Product {
        /// Which.
        item: Item,
    },
    /// What can be bought.
    Catalogue {
        /// All items, in the order in which they are shown.
        items: Vec<Item>,
        /// The page to show, from 0; beyond the last page the last one is shown.
        page: u16,
        /// Whether there is a way to the keypad.
        keypad: bool,
    },
    /// The order is being placed with WeChat.
    Preparing {
        /// What was chosen.
        item: Item,
    },
    /// The customer can pay.
    Payment {
        /// What was chosen.
        item: Item,
        /// What the QR code says (APIv2 unifiedorder, `code_url`).
        code_url: String,
        /// Seconds until the code goes away.
        seconds_left: u16,
        /// Seconds the code was to be shown in all.
        seconds_total: u16,
    },
    /// The QR code is gone, WeChat is asked once more whether the order was paid.
    Checking {
        /// What was chosen.
        item: Item,
    },
    /// Paid; it is to fall.
    Vending {
        /// What was bought.
        item: Item,
        /// How far the board has told it is.
        progress: Progress,
    },
    /// The item fell.
    Farewell {
        /// What was bought.
        item: Item,
    },
    /// The sale did not end as it should.
    Sorry {
        /// What was chosen.
        item: Item,
        /// What happened, and so what happens to the money.
        trouble: Trouble,
        /// The order number that a person on the telephone will ask for; may be empty when there is
        /// no order.
        order: String,
        /// The operator's telephone number, shown where a person has to settle the matter; may be
        /// empty.
        phone: String,
    },
    /// The machine does not sell now.
    OutOfService {
        /// Why.
        reason: Outage,
        /// The operator's telephone number; may be empty.
        phone: String,
    },
}

/// One thing that is for sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The motor position, as the customer reads it on the shelf.
    pub slot: u16,
    /// The operator's name for it.
    pub name: Label,
    /// Price in fen (1 yuan = 100 fen).
    pub price_fen: u32,
    /// Whether it can be chosen.
    pub availability: Availability,
}

/// Whether an item can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It can.
    Available,
    /// Nothing is left of it.
    SoldOut,
    /// The slot is out of order.
    Blocked,
}

/// How far a paid sale is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The payment was received; the board has not told yet that the motor turns.
    Paid,
    /// The board has told that the motor turns.
    Turning,
}

/// What went wrong with a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Paid, and surely nothing fell: the money goes back.
    NotVended(Refund),
    /// Paid, and nobody knows whether it fell: it is looked into, and refunded if it did not.
    InDoubt,
    /// Paid, and nobody can see whether it fell: the money goes back in any case.
    InDoubtRefund(Refund),
    /// Paid after the time was up: the money goes back.
    PaidTooLate(Refund),
    /// WeChat cannot be reached; nothing was charged.
    GatewayDown,
    /// WeChat did not accept the order; nothing was charged.
    OrderRefused,
    /// The machine lost its board while the customer was to pay: do not pay; what was paid comes
    /// back.
    MachineFault,
    /// This slot cannot be sold now; nothing was charged.
    SlotBlocked,
}

/// How far the money is on its way back to the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refund {
    /// The machine cannot send it: the operator does, by hand.
    Owed,
    /// WeChat was asked, or is about to be: a balance has it in minutes, a bank card in up to three
    /// working days (APIv2 refundquery, `refund_status` PROCESSING).
    UnderWay,
    /// WeChat has returned it (APIv2 refundquery, `refund_status` SUCCESS).
    Done,
}

impl Trouble {
    /// How far the money is on its way back; none where it was not taken, or where it is not
    /// decided whether it goes back.
    #[must_use]
    pub fn refund(self) -> Option<Refund> {
        match self {
            Self::NotVended(refund) | Self::InDoubtRefund(refund) | Self::PaidTooLate(refund) => {
                Some(refund)
            }
            Self::InDoubt
            | Self::GatewayDown
            | Self::OrderRefused
            | Self::MachineFault
            | Self::SlotBlocked => None,
        }
    }
}

/// Why the machine does not sell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// The vend controller does not answer.
    BoardDown,
    /// The order log cannot be written.
    LogDown,
    /// WeChat cannot be reached.
    GatewayDown,
    /// The clock cannot be trusted.
    ClockWrong,
    /// Every slot is sold out or blocked.
    NothingToSell,
    /// The machine is being shut down.
    Stopping,
    /// A technician works on it.
    Service,
}
