//! Money as the customer reads it.

use crate::Language;

impl Language {
    /// `350` fen is `¥3.50`, and `3,50 ¥` in Russian and French, with a space that does not break:
    /// always two decimals, as on a price tag.
    pub(crate) fn price(self, fen: u32) -> String {
        let (yuan, fen) = (fen / 100, fen % 100);
        match self {
            Self::Chinese | Self::English | Self::Japanese | Self::Korean => {
                format!("¥{yuan}.{fen:02}")
            }
            Self::Russian | Self::French => format!("{yuan},{fen:02}\u{a0}¥"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_have_two_decimals() {
        for (fen, point, comma) in [
            (0, "¥0.00", "0,00\u{a0}¥"),
            (5, "¥0.05", "0,05\u{a0}¥"),
            (350, "¥3.50", "3,50\u{a0}¥"),
            (1200, "¥12.00", "12,00\u{a0}¥"),
            (u32::MAX, "¥42949672.95", "42949672,95\u{a0}¥"),
        ] {
            let written = Language::ALL.map(|language| language.price(fen));
            assert_eq!(written, [point, point, point, point, comma, comma]);
        }
    }
}
