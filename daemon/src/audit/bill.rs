//! What a bill says of this machine: its rows are picked from those of the whole merchant.

use std::collections::BTreeSet;

use protocol::bill::{BillError, BillRow, BillTradeState};
use protocol::downloadbill::BillDate;
use protocol::refundquery::RefundStatus;
use protocol::{Fen, OutTradeNo, TransactionId};

use super::day;
use crate::sale::{GatewayFault, MachineId, Timestamp};

/// More than one motor can sell in a day: what has more rows of one machine is no bill of it.
const ROWS_MAX: usize = 50_000;

/// Longest foreign text that is kept, in characters. APIv2 refund, `out_refund_no` String(64).
const TEXT_MAX: usize = 64;

/// The rows of one machine. They are all that is kept of a bill, which may have any length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineBill {
    /// What all order numbers of the machine begin with.
    prefix: String,
    pub(super) trades: Vec<BilledTrade>,
    pub(super) refunds: Vec<BilledRefund>,
    /// The orders whose payments were taken back.
    pub(super) reversed: BTreeSet<OutTradeNo>,
    pub(super) odd: Vec<OddRow>,
    /// How many rows are about somebody else.
    pub(super) others: u64,
    /// How many lines could not be read.
    pub(super) unread: u64,
    /// What is wrong with the first of them.
    pub(super) first_unread: Option<String>,
}

/// A payment of an order of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BilledTrade {
    pub(super) out_trade_no: OutTradeNo,
    pub(super) transaction_id: TransactionId,
    pub(super) total_fee: Fen,
}

/// A refund of an order of ours, which was not rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BilledRefund {
    pub(super) out_trade_no: OutTradeNo,
    /// Ours, or one that a person or WeChat made up.
    pub(super) out_refund_no: String,
    pub(super) refund_fee: Fen,
}

/// An order of ours in a state that no sale of this machine ends in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OddRow {
    pub(super) out_trade_no: OutTradeNo,
    pub(super) trade_state: String,
}

impl MachineBill {
    /// A day without trades.
    pub fn empty(machine: &MachineId) -> Self {
        Self {
            prefix: format!("{machine}-"),
            trades: Vec::new(),
            refunds: Vec::new(),
            reversed: BTreeSet::new(),
            odd: Vec::new(),
            others: 0,
            unread: 0,
            first_unread: None,
        }
    }

    /// Picks the rows of `machine` and forgets all others one by one.
    ///
    /// A line that cannot be read does not end it, since it may be somebody else's: it is counted.
    ///
    /// # Errors
    ///
    /// The bill is not whole, or has more rows of this machine than it can have.
    pub fn read(
        machine: &MachineId,
        rows: impl IntoIterator<Item = Result<BillRow, BillError>>,
    ) -> Result<Self, BillFault> {
        let mut bill = Self::empty(machine);
        for row in rows {
            match row {
                Ok(row) if row.out_trade_no.starts_with(&bill.prefix) => bill.take(row)?,
                Ok(_) => bill.others += 1,
                Err(error @ BillError::Line { .. }) => bill.count_unread(error.to_string()),
                Err(error) => return Err(BillFault::Unusable(error)),
            }
        }
        Ok(bill)
    }

    /// What to think of it when WeChat says that it has no bill of the day: that nothing was
    /// traded, or that the bill cannot be had.
    ///
    /// # Errors
    ///
    /// The bill may come yet, or WeChat does not keep it any more.
    pub fn none(machine: &MachineId, day: BillDate, now: Timestamp) -> Result<Self, BillFault> {
        if !day::is_over(day, now) {
            Err(BillFault::NotReady)
        } else if day::is_forgotten(day, now) {
            Err(BillFault::Forgotten)
        } else {
            Ok(Self::empty(machine))
        }
    }

    /// Whether the order is this machine's.
    pub(super) fn is_about(&self, out_trade_no: &OutTradeNo) -> bool {
        out_trade_no.as_str().starts_with(&self.prefix)
    }

    fn take(&mut self, row: BillRow) -> Result<(), BillFault> {
        let rows = self.trades.len() + self.refunds.len() + self.reversed.len() + self.odd.len();
        if rows >= ROWS_MAX {
            return Err(BillFault::TooLong);
        }
        let out_trade_no = match OutTradeNo::parse(&row.out_trade_no) {
            Ok(out_trade_no) => out_trade_no,
            Err(error) => {
                self.count_unread(format!("商户订单号: {error}"));
                return Ok(());
            }
        };
        match (row.trade_state, row.refund) {
            (BillTradeState::Success, _) => {
                let BillRow { transaction_id, total_fee, .. } = row;
                self.trades.push(BilledTrade { out_trade_no, transaction_id, total_fee });
            }
            (BillTradeState::Refund, Some(refund)) => {
                // A rejected refund has moved no money, and another may stand beside it.
                let status = RefundStatus::from(refund.refund_status.as_str());
                if !matches!(status, RefundStatus::RefundClose | RefundStatus::Fail) {
                    let (refund_fee, out_refund_no) =
                        (refund.refund_fee, plain(&refund.out_refund_no));
                    self.refunds.push(BilledRefund { out_trade_no, out_refund_no, refund_fee });
                }
            }
            (BillTradeState::Refund, None) => self.odd(out_trade_no, "REFUND"),
            (BillTradeState::Revoked, _) => {
                self.reversed.insert(out_trade_no);
            }
            (BillTradeState::Other(state), _) => self.odd(out_trade_no, &state),
        }
        Ok(())
    }

    fn odd(&mut self, out_trade_no: OutTradeNo, trade_state: &str) {
        self.odd.push(OddRow { out_trade_no, trade_state: plain(trade_state) });
    }

    fn count_unread(&mut self, what: String) {
        self.unread += 1;
        self.first_unread.get_or_insert(what);
    }
}

/// A foreign text for a line that a person reads.
fn plain(text: &str) -> String {
    text.chars().take(TEXT_MAX).flat_map(char::escape_debug).collect()
}

/// Why bill and log cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum BillFault {
    /// There is none yet, not even an empty one.
    #[error("there is no bill of that day yet: ask again after 10:00 Beijing time of the next day")]
    NotReady,
    /// There is none any more.
    #[error("there is no bill of that day any more: WeChat keeps them for three months")]
    Forgotten,
    /// WeChat did not answer, or not to the end.
    #[error(transparent)]
    NoAnswer(#[from] GatewayFault),
    /// WeChat refused, or what it sent is not a whole bill.
    #[error("the bill cannot be used")]
    Unusable(#[source] BillError),
    /// A bill that is none.
    #[error("the bill has more than {ROWS_MAX} rows of this machine: it cannot be one of its days")]
    TooLong,
}

impl From<BillError> for BillFault {
    fn from(error: BillError) -> Self {
        if error == BillError::NotReady { Self::NotReady } else { Self::Unusable(error) }
    }
}
