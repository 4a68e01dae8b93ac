//! What lies in which slot, at what price, how many, and whether it can be sold.

use std::collections::BTreeMap;

use protocol::Fen;
use serde::{Deserialize, Serialize};

use super::carried::CarriedSlot;
use super::order::Slot;

/// All slots of the machine, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Planogram {
    positions: BTreeMap<Slot, Position>,
}

/// One slot: what the configuration says of it, and what the log says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The item's name in Chinese.
    pub name_zh: String,
    /// The item's name in English.
    pub name_en: String,
    /// What one costs.
    pub price: Fen,
    /// The discrete input of the drop sensor below it.
    pub drop_input: u16,
    /// How many the configuration says were loaded; `None` = not counted.
    pub configured_stock: Option<Load>,
    /// How many are left by the log; `None` = not counted.
    pub stock: Option<u32>,
    /// The last `configured_stock` that the log knows.
    pub loaded: Option<Load>,
    /// Vends that failed one after the other since the program was started.
    pub failures_in_row: u32,
}

/// One filling of a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// Items in it from then on.
    pub count: u32,
    /// The operator's word for it, such as a date: filling up to the same count is told by another
    /// word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filled: Option<String>,
}

/// Whether a slot can sell, as the customer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It can.
    Available,
    /// Nothing is left in it.
    SoldOut,
    /// It failed too often.
    Blocked,
}

impl Planogram {
    /// The slots as configured; what the log knows is applied after.
    pub fn new(positions: impl IntoIterator<Item = (Slot, Position)>) -> Self {
        Self { positions: positions.into_iter().collect() }
    }

    /// Every slot that there can be, each counted: what a log says of slots is kept whole, whatever
    /// the configuration says of them today.
    pub(super) fn of_all_slots() -> Self {
        let position = Position {
            name_zh: String::new(),
            name_en: String::new(),
            price: Fen::new(0),
            drop_input: 0,
            configured_stock: Some(Load { count: 0, filled: None }),
            stock: None,
            loaded: None,
            failures_in_row: 0,
        };
        let slots = (1..=Slot::MAX).filter_map(|number| Slot::try_from(number).ok());
        Self::new(slots.map(|slot| (slot, position.clone())))
    }

    /// The same slots as before the log was read.
    pub(super) fn unread(&self) -> Self {
        let unread = |position: &Position| Position {
            stock: None,
            loaded: None,
            failures_in_row: 0,
            ..position.clone()
        };
        Self::new(self.iter().map(|(slot, position)| (slot, unread(position))))
    }

    /// What the log has told of all slots.
    pub(super) fn carried(&self) -> Vec<CarriedSlot> {
        let slots = self.iter().map(|(slot, position)| CarriedSlot {
            slot,
            stock: position.stock,
            loaded: position.loaded.clone(),
            failures_in_row: position.failures_in_row,
        });
        let is_told = |slot: &CarriedSlot| slot.loaded.is_some() || slot.failures_in_row > 0;
        slots.filter(is_told).collect()
    }

    /// Takes over what the log had told of all slots, in place of what is known.
    pub(super) fn carry(&mut self, slots: &[CarriedSlot]) {
        *self = self.unread();
        for carried in slots {
            if let Some(position) = self.positions.get_mut(&carried.slot) {
                position.stock = carried.stock.filter(|_| position.configured_stock.is_some());
                position.loaded.clone_from(&carried.loaded);
                position.failures_in_row = carried.failures_in_row;
            }
        }
    }

    /// All slots in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (Slot, &Position)> {
        self.positions.iter().map(|(slot, position)| (*slot, position))
    }

    /// One slot; `None` when the configuration does not have it.
    pub fn position(&self, slot: Slot) -> Option<&Position> {
        self.positions.get(&slot)
    }

    /// The slots whose configured stock the log does not know yet.
    pub fn unrecorded_stock(&self) -> impl Iterator<Item = (Slot, &Load)> {
        self.positions.iter().filter_map(|(slot, position)| {
            let configured = position.configured_stock.as_ref()?;
            (position.loaded.as_ref() != Some(configured)).then_some((*slot, configured))
        })
    }

    /// Somebody filled the slot. A slot that the configuration no longer has is passed over.
    pub(super) fn load(&mut self, slot: Slot, load: &Load) {
        if let Some(position) = self.positions.get_mut(&slot) {
            position.loaded = Some(load.clone());
            position.stock = position.configured_stock.is_some().then_some(load.count);
        }
    }

    pub(super) fn vended(&mut self, slot: Slot) {
        if let Some(position) = self.positions.get_mut(&slot) {
            position.failures_in_row = 0;
            position.stock = position.stock.map(|stock| stock.saturating_sub(1));
        }
    }

    pub(super) fn failed(&mut self, slot: Slot) {
        if let Some(position) = self.positions.get_mut(&slot) {
            position.failures_in_row = position.failures_in_row.saturating_add(1);
        }
    }

    /// The machine was switched on again: every slot gets another chance.
    pub(super) fn forgive(&mut self) {
        for position in self.positions.values_mut() {
            position.failures_in_row = 0;
        }
    }
}

impl Position {
    /// Whether a customer may choose it, when slots are blocked after `failures_until_blocked`
    /// failures (0 = never).
    pub fn availability(&self, failures_until_blocked: u32) -> Availability {
        if self.stock == Some(0) {
            Availability::SoldOut
        } else if failures_until_blocked > 0 && self.failures_in_row >= failures_until_blocked {
            Availability::Blocked
        } else {
            Availability::Available
        }
    }
}
