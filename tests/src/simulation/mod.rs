//! Simulated machines in a time of their own: the real middle, and around it worlds that are
//! values. No socket, thread, file or clock: what happens, and when, is the caller's word.

mod answers;
mod faults;
pub mod gateway;
pub mod worlds;
pub mod year;

use std::{collections::BTreeMap, sync::LazyLock, time::Duration};

use daemon::sale::{InDoubt, Load, MachineId, Planogram, Position, Settings, Slot};
use protocol::{
    AppId, Fen, MchId, Merchant,
    sign::{ApiKey, SignType},
};

pub use faults::{system_error, unreachable, wrongly_signed};

use crate::machine::{API_KEY, APPID, MCH_ID};

/// Signs with MD5, which is the cheaper one of the two: millions of answers are signed and checked.
static MERCHANT: LazyLock<Merchant> = LazyLock::new(|| Merchant {
    appid: AppId::parse(APPID).unwrap_or_else(|error| unreachable!("{error}")),
    mch_id: MchId::parse(MCH_ID).unwrap_or_else(|error| unreachable!("{error}")),
    key: ApiKey::parse(API_KEY).unwrap_or_else(|error| unreachable!("{error}")),
    previous_key: None,
    sign_type: SignType::Md5,
});

/// Whose money it is in all simulated machines.
#[must_use]
pub fn merchant() -> &'static Merchant {
    &MERCHANT
}

/// The rules of a simulated machine, much as the configuration's defaults are.
#[must_use]
pub fn rules() -> Settings {
    Settings {
        machine: MachineId::parse("VM1").unwrap_or_else(|error| unreachable!("{error}")),
        appid: merchant().appid.clone(),
        mch_id: merchant().mch_id.clone(),
        payment_window: Duration::from_secs(90),
        grace: Duration::from_secs(6),
        farewell: Duration::from_secs(6),
        sorry: Duration::from_secs(20),
        vend_limit: Duration::from_secs(600),
        failures_until_blocked: 1,
        in_doubt: InDoubt::Refund,
        can_refund: true,
        language: kiosk::Language::English,
        phone: String::new(),
        attract_after: None,
        product_page: false,
        keypad: false,
        cheapest_first: false,
        names: BTreeMap::new(),
    }
}

/// What lies in one slot of a simulated machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// The slot's number, 1 to 999.
    pub slot: u16,
    /// What one costs, in fen.
    pub price: u32,
    /// How many were filled in; `None` = not counted.
    pub stock: Option<u32>,
}

/// A planogram of `items`. Each slot has a drop sensor of its own.
///
/// # Panics
///
/// When a slot's number is 0 or greater than 999.
#[must_use]
pub fn planogram(items: &[Item]) -> Planogram {
    let positions = items.iter().map(|item| {
        let slot = Slot::try_from(item.slot).expect("a slot number is 1 to 999");
        let position = Position {
            name_zh: format!("商品{slot}"),
            name_en: format!("Item {slot}"),
            price: Fen::new(item.price),
            drop_input: item.slot - 1,
            configured_stock: item.stock.map(|count| Load { count, filled: None }),
            stock: None,
            loaded: None,
            failures_in_row: 0,
        };
        (slot, position)
    });
    Planogram::new(positions)
}
