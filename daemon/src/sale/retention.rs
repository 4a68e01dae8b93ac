//! How long settled sales stay in the order log, and when the old ones go to the archive.

use std::collections::BTreeSet;
use std::time::Duration;

use protocol::OutTradeNo;

use super::books::Books;
use super::health::Health;
use super::time::Timestamp;

/// What stays in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Settled sales stay at least so long.
    pub keep: Duration,
    /// So many of the newest sales stay whatever the clock says: one that runs years ahead must not
    /// empty the log, nor make a late payment that of an unknown order.
    pub newest: usize,
}

/// Entries of the machine itself, such as its starts, are carried along until they are this many
/// for each sale that stays.
const RECORDS_PER_SALE_MAX: u64 = 100;

/// So many records are never worth the work.
const RECORDS_MIN: u64 = 2_000;

impl Retention {
    /// So many of the newest sales stay in a machine's log: some days' sales of a busy one.
    pub const NEWEST: usize = 1_000;

    /// The sales that may go to the archive: settled, old and not among the newest.
    pub fn departing(&self, books: &Books, now: Timestamp) -> BTreeSet<OutTradeNo> {
        if !Health::clock_is_sane(now) {
            return BTreeSet::new();
        }
        let older = books.sales().count().saturating_sub(self.newest);
        let is_old = |at: Timestamp| at.plus(self.keep) <= now;
        let departing = books.sales().take(older);
        let departing = departing.filter(|sale| !sale.is_open() && is_old(sale.changed_at));
        departing.map(|sale| sale.order.out_trade_no.clone()).collect()
    }

    /// Whether it is time: the log, which has so many `records`, would be half as long. The work of
    /// it stays in proportion to what was recorded since the last time.
    pub fn is_due(books: &Books, departing: &BTreeSet<OutTradeNo>, records: u64) -> bool {
        let staying = books.sales().count().saturating_sub(departing.len());
        let few = (staying as u64).saturating_mul(RECORDS_PER_SALE_MAX).max(RECORDS_MIN);
        (!departing.is_empty() && departing.len() >= staying) || records > few
    }
}
