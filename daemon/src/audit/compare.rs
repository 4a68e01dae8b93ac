//! The comparison itself: every trade and every refund, from both sides.
//!
//! A payment belongs to the day of its `time_end`, which is WeChat's own word on both sides. When
//! WeChat made a refund is not in the log. It did so after the money was owed and before it was
//! known to be taken: a refund is missed only in the bill of a day that holds both moments. One
//! that a person made days later, or that was made around midnight, is not.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use protocol::downloadbill::BillDate;
use protocol::{Fen, OutTradeNo};

use super::bill::{BilledRefund, BilledTrade, MachineBill};
use super::{Audit, Difference, Tally, day, sum};
use crate::sale::{Books, Door, Sale, State};

/// So near to midnight our clock and WeChat's may not agree on the day.
const MIDNIGHT_MARGIN: Duration = Duration::from_secs(5 * 60);

/// Compares what the bill of `day` says of this machine with the order log.
pub fn compare(books: &Books, day: BillDate, bill: &MachineBill) -> Audit {
    let mut comparison = Comparison { books, day, bill, differences: Vec::new() };
    comparison.unread();
    comparison.trades();
    comparison.refunds();
    comparison.missing();
    let differences = comparison.differences;
    let kept = |trade: &&BilledTrade| !bill.reversed.contains(&trade.out_trade_no);
    let tally = Tally {
        day,
        trades: bill.trades.iter().filter(kept).count(),
        taken: sum(bill.trades.iter().filter(kept).map(|trade| trade.total_fee)),
        reversed: bill.reversed.len(),
        refunds: bill.refunds.len(),
        paid_back: sum(bill.refunds.iter().map(|refund| refund.refund_fee)),
        others: bill.others,
        differences: differences.len(),
    };
    Audit { tally, differences }
}

struct Comparison<'a> {
    books: &'a Books,
    day: BillDate,
    bill: &'a MachineBill,
    differences: Vec<Difference>,
}

impl Comparison<'_> {
    fn unread(&mut self) {
        if let Some(first) = self.bill.first_unread.clone() {
            self.differences.push(Difference::Unread { count: self.bill.unread, first });
        }
    }

    fn trades(&mut self) {
        let mut seen = BTreeSet::new();
        for trade in &self.bill.trades {
            let difference = if seen.insert(&trade.transaction_id) {
                self.trade(trade)
            } else {
                Some(Difference::BilledTwice { out_trade_no: trade.out_trade_no.clone() })
            };
            self.differences.extend(difference);
        }
        let reversed = self.bill.reversed.iter().filter_map(|it| self.reversed(it));
        let reversed = reversed.collect::<Vec<_>>();
        self.differences.extend(reversed);
        let odd = self.bill.odd.iter().map(|row| Difference::OtherState {
            out_trade_no: row.out_trade_no.clone(),
            trade_state: row.trade_state.clone(),
        });
        self.differences.extend(odd);
    }

    fn trade(&self, trade: &BilledTrade) -> Option<Difference> {
        let BilledTrade { out_trade_no, transaction_id, total_fee } = trade.clone();
        let Some(sale) = self.books.sale(&out_trade_no) else {
            return Some(Difference::NotInLog { out_trade_no, transaction_id, total_fee });
        };
        let Some(receipt) = sale.receipt() else {
            if is_taken_back(sale) && self.bill.reversed.contains(&out_trade_no) {
                return None;
            }
            let state = sale.state.name();
            return Some(Difference::NotPaidInLog {
                out_trade_no,
                transaction_id,
                total_fee,
                state,
            });
        };
        if *receipt.transaction_id() != transaction_id {
            let log = receipt.transaction_id().clone();
            return Some(Difference::OtherPayment {
                out_trade_no,
                bill: transaction_id,
                total_fee,
                log,
            });
        }
        let log = receipt.total_fee();
        (log != total_fee).then_some(Difference::OtherAmount { out_trade_no, bill: total_fee, log })
    }

    /// A payment by payment code that the machine has let go is taken back (APIv2 reverse).
    fn reversed(&self, out_trade_no: &OutTradeNo) -> Option<Difference> {
        let sale = self.books.sale(out_trade_no);
        if sale.is_some_and(is_taken_back) {
            return None;
        }
        let state = sale.map_or("unknown", |sale| sale.state.name());
        Some(Difference::Reversed { out_trade_no: out_trade_no.clone(), state })
    }

    fn refunds(&mut self) {
        let mut of_orders = BTreeMap::<&OutTradeNo, Vec<&BilledRefund>>::new();
        for refund in &self.bill.refunds {
            of_orders.entry(&refund.out_trade_no).or_default().push(refund);
        }
        for (out_trade_no, refunds) in of_orders {
            match self.books.sale(out_trade_no).and_then(|sale| Some((sale, sale.refund()?))) {
                Some((sale, owed)) => {
                    let difference = self.refunds_of(sale, owed.refund_fee, &refunds);
                    self.differences.extend(difference);
                }
                None => self.differences.extend(refunds.into_iter().map(|refund| {
                    let BilledRefund { out_trade_no, out_refund_no, refund_fee } = refund.clone();
                    Difference::RefundNotInLog { out_trade_no, out_refund_no, refund_fee }
                })),
            }
        }
    }

    /// The refunds of a sale whose money goes or went back. A person may have paid it back in
    /// parts, and the parts may stand in several bills.
    fn refunds_of(&self, sale: &Sale, owed: Fen, refunds: &[&BilledRefund]) -> Option<Difference> {
        let out_trade_no = sale.order.out_trade_no.clone();
        let (count, log) = (refunds.len(), owed);
        let bill = sum(refunds.iter().map(|refund| refund.refund_fee));
        if bill > owed && count > 1 {
            return Some(Difference::RefundedTwice { out_trade_no, count, bill, log });
        }
        let too_little = bill < owed && self.is_refund_of_this_day(sale);
        (bill > owed || too_little).then_some(Difference::OtherRefundAmount {
            out_trade_no,
            bill,
            log,
        })
    }

    /// What the log has and the bill lacks; nobody can say while lines of it are not read.
    fn missing(&mut self) {
        if self.bill.unread > 0 {
            return;
        }
        let trades = self.bill.trades.iter().map(|trade| &trade.out_trade_no);
        let odd = self.bill.odd.iter().map(|row| &row.out_trade_no);
        let traded = trades.chain(&self.bill.reversed).chain(odd).collect::<BTreeSet<_>>();
        let refunded = self.bill.refunds.iter().map(|it| &it.out_trade_no).collect::<BTreeSet<_>>();
        for sale in self.books.sales() {
            let out_trade_no = &sale.order.out_trade_no;
            let Some(receipt) = sale.receipt().filter(|_| self.bill.is_about(out_trade_no)) else {
                continue;
            };
            let paid_on = receipt.time_end().map(BillDate::of);
            if paid_on == Some(self.day) && !traded.contains(out_trade_no) {
                self.differences.push(Difference::NotInBill {
                    out_trade_no: out_trade_no.clone(),
                    transaction_id: receipt.transaction_id().clone(),
                    total_fee: receipt.total_fee(),
                });
            }
            if let Some(refund) = sale.refund()
                && self.is_refund_of_this_day(sale)
                && !refunded.contains(out_trade_no)
            {
                self.differences.push(Difference::RefundNotInBill {
                    out_trade_no: out_trade_no.clone(),
                    out_refund_no: refund.out_refund_no.clone(),
                    refund_fee: refund.refund_fee,
                });
            }
        }
    }

    /// Whether the money is back, and was given back on this day for certain.
    fn is_refund_of_this_day(&self, sale: &Sale) -> bool {
        let is_back = matches!(sale.state, State::Refunded { .. });
        sale.owed_at.zip(sale.taken_at).is_some_and(|(owed_at, taken_at)| {
            is_back && day::holds(self.day, owed_at, taken_at, MIDNIGHT_MARGIN)
        })
    }
}

/// Whether WeChat may have taken the payment of this sale back at the machine's own wish.
fn is_taken_back(sale: &Sale) -> bool {
    sale.order.door == Door::Scanner && sale.receipt().is_none()
}
