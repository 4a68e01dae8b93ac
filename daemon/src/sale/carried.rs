//! What the books know besides the sales: it stays in the log when old sales go to the archive.

use serde::{Deserialize, Serialize};

use super::order::Slot;
use super::planogram::Load;
use super::queries::NotifyRoad;

/// All that a log has told, but for its sales.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// The running number of the next order.
    pub next_number: u64,
    /// Whether notifies arrive.
    pub road: NotifyRoad,
    /// The slots of which anything is known, also such as the configuration has no longer.
    pub slots: Vec<CarriedSlot>,
}

/// What the log has told of one slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedSlot {
    /// Which one.
    pub slot: Slot,
    /// How many are left, by the last load and the vends since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<u32>,
    /// The last load.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loaded: Option<Load>,
    /// Vends that failed one after the other since the program was started.
    pub failures_in_row: u32,
}
