//! What differs from one simulated machine to the next, and what lies in it.

use daemon::sale::{InDoubt, Load, Planogram, Settings};

use super::{chance::Chance, world::FULL};
use crate::simulation::{Item, planogram, rules};

/// What differs from one machine to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Build {
    pub(super) can_refund: bool,
    in_doubt: InDoubt,
    failures_until_blocked: u32,
    /// The board keeps its last outcome.
    pub(super) remembers: bool,
}

impl Build {
    /// Slots 1 to 6; 5 and 6 hold the same.
    pub(super) const SLOTS: u16 = 6;

    pub(super) fn of(seed: u64) -> Self {
        let mut chance = Chance::new(!seed);
        Self {
            can_refund: !chance.one_in(8),
            in_doubt: if chance.one_in(8) { InDoubt::Technician } else { InDoubt::Refund },
            failures_until_blocked: chance.pick(&[(3, 1), (1, 0), (2, 3)]).unwrap_or(1),
            remembers: chance.one_in(2),
        }
    }

    pub(super) fn settings(self) -> Settings {
        Settings {
            can_refund: self.can_refund,
            in_doubt: self.in_doubt,
            failures_until_blocked: self.failures_until_blocked,
            ..rules()
        }
    }

    pub(super) fn planogram(filled: u32) -> Planogram {
        let items = (1..=Self::SLOTS).map(|slot| {
            let price = 150 + 50 * u32::from(slot.min(5));
            Item { slot, price, stock: Some(FULL) }
        });
        let items: Vec<_> = items.collect();
        let same = "5".to_owned();
        let plain = planogram(&items);
        let positions = plain.iter().map(|(slot, position)| {
            let mut position = position.clone();
            if slot.number() == Self::SLOTS {
                (position.name_zh, position.name_en) =
                    (format!("商品{same}"), format!("Item {same}"));
            }
            let load = Load { count: FULL, filled: Some(filled.to_string()) };
            position.configured_stock = Some(load);
            (slot, position)
        });
        Planogram::new(positions.collect::<Vec<_>>())
    }
}
