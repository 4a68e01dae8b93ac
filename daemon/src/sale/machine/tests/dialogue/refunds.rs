//! What WeChat says about refunds, in the dialogues' words.

use protocol::refund::{self, RefundAccepted};
use protocol::refund_notify::RefundHint;
use protocol::refundquery::{RefundQuery, RefundStatus, Refunds};
use protocol::sign::Verified;
use protocol::{CallError, ErrCode, Fen, OutRefundNo, RefundId};

use super::{World, good, read};
use crate::sale::{Event, GatewayFault, NotifyTicket};

impl World {
    /// `refund: ...` answers a refund, `refunds: ...` a refundquery, `notify refund` tells of one.
    pub(super) fn refund_event(&mut self, words: &[&str]) -> Event {
        let out_trade_no = self.out_trade_no();
        let failed = |code: &str| {
            let (err_code, err_code_des) = (ErrCode::from(code), String::new());
            GatewayFault::Call(CallError::Failed { err_code, err_code_des })
        };
        let unreachable = || GatewayFault::Unreachable("timed out".to_owned());
        match words {
            ["refund:", "accepted"] => {
                Event::RefundAnswered { out_trade_no, answer: Ok(self.refund_accepted()) }
            }
            ["refund:", "no", "answer"] => {
                Event::RefundAnswered { out_trade_no, answer: Err(unreachable()) }
            }
            ["refund:", code] => Event::RefundAnswered { out_trade_no, answer: Err(failed(code)) },
            ["refunds:", "none"] => {
                Event::RefundsQueried { out_trade_no, answer: Err(failed("REFUNDNOTEXIST")) }
            }
            ["refunds:", "no", "answer"] => {
                Event::RefundsQueried { out_trade_no, answer: Err(unreachable()) }
            }
            ["refunds:", "by", "hand", fee] => {
                let answer = Ok(self.refunds("OPERATOR-1", "SUCCESS", fee));
                Event::RefundsQueried { out_trade_no, answer }
            }
            ["refunds:", status] => {
                let (number, fee) = (self.out_refund_no(), self.refund_fee());
                let answer = Ok(self.refunds(&number, status, &fee));
                Event::RefundsQueried { out_trade_no, answer }
            }
            ["notify", "refund"] => {
                self.tickets += 1;
                let hint = RefundHint {
                    out_trade_no,
                    out_refund_no: OutRefundNo::parse("anything").unwrap(),
                    refund_id: RefundId::parse("50000408942018111907145868882").unwrap(),
                    refund_fee: Fen::new(1),
                    refund_status: RefundStatus::Success,
                };
                Event::RefundNotified { ticket: NotifyTicket(self.tickets), hint }
            }
            words => panic!("nobody understands {words:?}"),
        }
    }

    fn refund_of_sale(&self) -> crate::sale::state::Refund {
        let sale = self.machine.books().sale(&self.out_trade_no()).unwrap();
        sale.refund().unwrap().clone()
    }

    fn out_refund_no(&self) -> String {
        self.refund_of_sale().out_refund_no.to_string()
    }

    fn refund_fee(&self) -> String {
        self.refund_of_sale().refund_fee.to_string()
    }

    fn refund_accepted(&self) -> Verified<RefundAccepted> {
        let order = self.order.as_ref().unwrap();
        let refund = self.refund_of_sale();
        let mut fields = good();
        fields.set("transaction_id", "42000000011");
        fields.set("out_trade_no", order.out_trade_no.as_str());
        fields.set("out_refund_no", refund.out_refund_no.as_str());
        fields.set("refund_id", "50000408942018111907145868882");
        fields.set("refund_fee", refund.refund_fee.to_string());
        fields.set("total_fee", order.price.to_string());
        fields.set("cash_fee", order.price.to_string());
        let call = refund::Refund {
            out_trade_no: order.out_trade_no.clone(),
            out_refund_no: refund.out_refund_no,
            total_fee: order.price,
            refund_fee: refund.refund_fee,
            refund_desc: None,
            notify_url: None,
        };
        read(&call, fields)
    }

    fn refunds(&self, out_refund_no: &str, status: &str, fee: &str) -> Verified<Refunds> {
        let order = self.order.as_ref().unwrap();
        let mut fields = good();
        fields.set("transaction_id", "42000000011");
        fields.set("out_trade_no", order.out_trade_no.as_str());
        fields.set("total_fee", order.price.to_string());
        fields.set("cash_fee", order.price.to_string());
        fields.set("refund_count", "1");
        fields.set("out_refund_no_0", out_refund_no);
        fields.set("refund_id_0", "50000408942018111907145868882");
        fields.set("refund_channel_0", "ORIGINAL");
        fields.set("refund_fee_0", fee);
        fields.set("refund_status_0", status);
        fields.set("refund_recv_accout_0", "支付用户零钱");
        read(&RefundQuery { out_trade_no: order.out_trade_no.clone(), offset: None }, fields)
    }
}
