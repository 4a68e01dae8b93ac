//! Bills of the day before, in the dialogues' words.

use protocol::bill::{BillError, BillRow};

use super::World;
use crate::audit::tests::{refund, trade};
use crate::audit::{BillFault, MachineBill, yesterday};
use crate::sale::{Event, GatewayFault};

impl World {
    /// `bill: ...` answers an audit.
    pub(super) fn bill_event(&self, words: &[&str]) -> Event {
        let mut rows = self.billed();
        let stranger = |count: usize| trade(&format!("VM1-STRANGER-{count}"), "4299", 100);
        let answer = match words {
            ["as", "sold"] => Ok(rows),
            ["without", "a", "trade"] => Ok(rows.split_off(1)),
            ["with", "strangers:", count] => {
                rows.extend((0..count.parse().unwrap()).map(stranger));
                Ok(rows)
            }
            ["not", "ready"] => Err(BillFault::NotReady),
            ["cut", "off"] => Err(BillFault::Unusable(BillError::CutOff { rows: 3 })),
            ["no", "answer"] => Err(GatewayFault::Unreachable("timed out".to_owned()).into()),
            words => panic!("nobody understands {words:?}"),
        };
        let machine = &self.settings.machine;
        let answer = answer.and_then(|rows| MachineBill::read(machine, rows.into_iter().map(Ok)));
        Event::BillAnswered { day: yesterday(self.now.wall), answer }
    }

    /// What WeChat has on record if the log is right.
    fn billed(&self) -> Vec<BillRow> {
        let sales = self.machine.books().sales().filter(|sale| sale.receipt().is_some());
        let rows = sales.flat_map(|sale| {
            let (number, receipt) = (sale.order.out_trade_no.as_str(), sale.receipt().unwrap());
            let fen = receipt.total_fee().get();
            let back = sale.refund().map(|owed| {
                refund(number, owed.out_refund_no.as_str(), owed.refund_fee.get(), "SUCCESS")
            });
            [trade(number, receipt.transaction_id().as_str(), fen)].into_iter().chain(back)
        });
        rows.collect()
    }
}
