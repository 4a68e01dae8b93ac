//! The last line of a bill: how many rows there are and what they add up to.

use csv::StringRecord;

use super::cells::{Heading, cell, fen_of_yuan};
use crate::Fen;

/// How many rows the bill has. The only column whose absence would hide that rows are missing.
const ROWS: &str = "总交易单数";

/// What a whole bill adds up to, over all machines of the merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How many rows the bill has, trades and refunds: it was compared with those that came.
    pub rows: u64,
    /// What the trades add up to, coupons included. Absent when the bill has no such column.
    pub total_fee: Option<Fen>,
    /// What was asked back. Absent when the bill has no such column.
    pub refund_fee: Option<Fen>,
    /// WeChat's own fee in yuan, with up to 5 decimals and perhaps negative; may be empty.
    pub fee: String,
}

impl Summary {
    /// Whether this line has the names of the summary's columns.
    pub(super) fn begins(record: &StringRecord) -> bool {
        cell(record, Some(0)).trim() == ROWS
    }

    pub(super) fn read(heading: &Heading, record: &StringRecord) -> Result<Self, String> {
        if record.len() != heading.len() {
            let (found, wanted) = (record.len(), heading.len());
            return Err(format!("summary has {found} values for {wanted} columns"));
        }
        // Old bills do not tell coupons apart: the only total there is stands last.
        let total = heading.index(&["订单总金额", "应结订单总金额", "总交易额"]);
        let refund = heading.index(&["申请退款总金额", "退款总金额", "总退款金额"]);
        let fen = |index: Option<usize>| match index {
            None => Ok(None),
            Some(_) => fen_of_yuan(cell(record, index))
                .map(Some)
                .ok_or("summary has a total that is no amount in yuan".to_owned()),
        };
        let rows = cell(record, heading.index(&[ROWS]));
        Ok(Self {
            rows: rows.parse().map_err(|_| format!("{ROWS} is not a number"))?,
            total_fee: fen(total)?,
            refund_fee: fen(refund)?,
            fee: cell(record, heading.index(&["手续费总金额"])).to_owned(),
        })
    }
}
