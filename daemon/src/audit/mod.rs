//! The audit: what WeChat's bill of a day says of this machine, against the order log.
//!
//! ```text
//! bill of the merchant ── rows of this machine ──► MachineBill ─┐
//!                                                               ├─ compare ──► Audit
//! order log ─────────────────────────────────────► Books ───────┘
//! ```
//!
//! Pure, like the middle that uses it. The bill is not signed: it shows what a person has to look
//! at, and moves no money.

mod bill;
mod compare;
mod day;
mod difference;

#[cfg(test)]
pub(crate) mod tests;

use std::fmt;

use protocol::Fen;
use protocol::downloadbill::BillDate;

pub use bill::{BillFault, MachineBill};
pub use compare::compare;
pub use day::{TimeOfDay, in_words, is_over, today, yesterday};
pub use difference::Difference;

/// What came of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// How much there was.
    pub tally: Tally,
    /// Where bill and log differ; empty when they agree.
    pub differences: Vec<Difference>,
}

/// What the bill of a day says of this machine, in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The day, in Beijing.
    pub day: BillDate,
    /// How many payments.
    pub trades: usize,
    /// What they add up to, coupons included.
    pub taken: Fen,
    /// How many refunds.
    pub refunds: usize,
    /// What they add up to.
    pub paid_back: Fen,
    /// How many payments were taken back whole; they are not among the others.
    pub reversed: usize,
    /// How many rows are not about this machine.
    pub others: u64,
    /// In how many places bill and log differ.
    pub differences: usize,
}

/// As a person reads it: `2026-11-20: 41 trades, 143.50 yuan; 2 refunds, 7.00 yuan; the bill and
/// the log agree`.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}, {} yuan; {}, {} yuan; ",
            in_words(self.day),
            counted(self.trades, "trade"),
            self.taken.yuan(),
            counted(self.refunds, "refund"),
            self.paid_back.yuan(),
        )?;
        if self.reversed > 0 {
            write!(f, "{} taken back; ", counted(self.reversed, "payment"))?;
        }
        match self.differences {
            0 => f.write_str("the bill and the log agree"),
            more => f.write_str(&counted(more, "difference")),
        }
    }
}

/// `1 trade`, `2 trades`.
fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// What amounts add up to; a sum that no amount can hold is the largest one.
fn sum(amounts: impl Iterator<Item = Fen>) -> Fen {
    Fen::new(amounts.fold(0, |sum, amount| sum.saturating_add(amount.get())))
}
