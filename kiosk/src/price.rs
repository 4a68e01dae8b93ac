//! Money as the customer reads it.

/// `350` fen is `¥3.50`: always two decimals, as on a price tag.
pub(crate) fn price(fen: u32) -> String {
    format!("¥{}.{:02}", fen / 100, fen % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_have_two_decimals() {
        for (fen, text) in [
            (0, "¥0.00"),
            (5, "¥0.05"),
            (350, "¥3.50"),
            (1200, "¥12.00"),
            (u32::MAX, "¥42949672.95"),
        ] {
            assert_eq!(price(fen), text);
        }
    }
}
