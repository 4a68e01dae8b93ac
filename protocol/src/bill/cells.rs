//! One line of a bill as cells: found by the name of their column, read as money or time.

use csv::StringRecord;

use crate::{BeijingTime, Fen};

/// The names of the columns, in their order. Names, because accounts differ in how many they get.
#[derive(Debug, Clone)]
pub(super) struct Heading(Vec<String>);

impl Heading {
    pub(super) fn of(record: &StringRecord) -> Self {
        Self(record.iter().map(|name| name.trim().to_owned()).collect())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Where the first of `names` stands that is there at all: newer names come first.
    pub(super) fn index(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.0.iter().position(|column| column == name))
    }
}

/// The text in a column; none is the same as an empty one.
pub(super) fn cell(record: &StringRecord, index: Option<usize>) -> &str {
    index.and_then(|index| record.get(index)).unwrap_or_default()
}

/// Yuan with decimals as fen, exactly: `6.00`, `0.0` and `0` are amounts, `0.005` is none.
pub(super) fn fen_of_yuan(text: &str) -> Option<Fen> {
    let (yuan, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_number(yuan) || !is_number(decimals) {
        return None;
    }
    let (fen, less) = decimals.split_at_checked(2).unwrap_or((decimals, ""));
    if less.bytes().any(|b| b != b'0') {
        return None;
    }
    let yuan: u32 = yuan.parse().ok()?;
    let fen: u32 = format!("{fen:0<2}").parse().ok()?;
    yuan.checked_mul(100)?.checked_add(fen).map(Fen::new)
}

/// `2019-07-25 08:35:41`, and as old bills have it: without the blank, with full-width colons.
pub(super) fn time(text: &str) -> Option<BeijingTime> {
    let digits: String = text.chars().filter(|c| !matches!(c, '-' | ' ' | ':' | '：')).collect();
    BeijingTime::parse(&digits).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yuan_become_fen_without_rounding() {
        for (text, fen) in [
            ("6.00", 600),
            ("0.01", 1),
            ("0.1", 10),
            ("0.0", 0),
            ("0", 0),
            ("12", 1200),
            ("1.42000", 142),
            ("007.50", 750),
            ("42949672.95", u32::MAX),
        ] {
            assert_eq!(fen_of_yuan(text), Some(Fen::new(fen)), "{text:?}");
        }
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-0.01",
            "+1.00",
            "1,00",
            "1.001",
            "0.01001",
            " 1.00",
            "1.00 ",
            "1.0.0",
            "1e2",
            "٣.00",
            "1.é0",
            "42949672.96",
            "99999999999",
        ] {
            assert_eq!(fen_of_yuan(text), None, "{text:?}");
        }
    }

    #[test]
    fn times_are_read_in_the_spellings_that_were_seen() {
        let moment = BeijingTime::parse("20141110163345").ok();
        assert!(moment.is_some());
        for text in ["2014-11-10 16:33:45", "2014-11-1016：33：45", "20141110163345"] {
            assert_eq!(time(text), moment, "{text:?}");
        }
        for text in ["", "2014-11-10", "2014-11-10T16:33:45", "2014-13-10 16:33:45", "0"] {
            assert_eq!(time(text), None, "{text:?}");
        }
    }
}
