//! One turn of one motor for an order: the first, or the one of a twin slot after the first failed.

use hardware::board::VendTag;

use super::order::Slot;

/// Marks the tag of a twin's turn: a late word about the first is never taken for one about it.
/// Running numbers do not come near it.
const TWIN_BIT: VendTag = 1 << 63;

/// Which slot is asked, and whether it is the second one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The motor.
    pub slot: Slot,
    /// The slot that the customer chose has failed before.
    pub is_twin: bool,
}

impl Attempt {
    /// By what the board knows this turn for the order with this running number.
    pub fn tag(self, number: u64) -> VendTag {
        if self.is_twin { number | TWIN_BIT } else { number }
    }
}

/// The running number of the order that a turn was for.
pub(super) fn number_of(tag: VendTag) -> u64 {
    tag & !TWIN_BIT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_turns_lead_to_the_order_and_differ() {
        let slot = Slot::try_from(1).expect("a good slot");
        let tags = [false, true].map(|is_twin| Attempt { slot, is_twin }.tag(17));
        assert_eq!(tags.map(number_of), [17, 17]);
        assert_ne!(tags.first(), tags.last());
    }
}
