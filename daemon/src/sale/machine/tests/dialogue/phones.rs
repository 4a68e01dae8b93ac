//! What customers do with their phones, in the dialogues' words.

use protocol::reverse::Reverse;
use protocol::{CallError, ErrCode, OpenId, notify};

use super::{World, good, merchant, payment_fields, read, signed};
use crate::sale::{Door, Event, GatewayFault, RemoteTicket, Slot};

impl World {
    /// `code: ...` answers a micropay, `reverse: ...` a reverse.
    pub(super) fn code_event(&self, words: &[&str]) -> Event {
        let out_trade_no = self.out_trade_no();
        let failed = |code: &str| {
            let (err_code, err_code_des) = (ErrCode::from(code), String::new());
            GatewayFault::Call(CallError::Failed { err_code, err_code_des })
        };
        let unreachable = || GatewayFault::Unreachable("timed out".to_owned());
        match words {
            ["code:", "paid"] => {
                let payment = payment_fields(self.order.as_ref().unwrap());
                let payment = notify::read(&signed(payment, &merchant()), &merchant()).unwrap();
                Event::CodePaid { out_trade_no, answer: Ok(payment) }
            }
            ["code:", "no", "answer"] => {
                Event::CodePaid { out_trade_no, answer: Err(unreachable()) }
            }
            ["code:", code] => Event::CodePaid { out_trade_no, answer: Err(failed(code)) },
            ["reverse:", "no", "answer"] => {
                Event::ReverseAnswered { out_trade_no, answer: Err(unreachable()) }
            }
            ["reverse:", code] if !["Y", "N"].contains(code) => {
                Event::ReverseAnswered { out_trade_no, answer: Err(failed(code)) }
            }
            ["reverse:", recall] => {
                let mut fields = good();
                fields.set("recall", *recall);
                let call = Reverse { out_trade_no: out_trade_no.clone() };
                Event::ReverseAnswered { out_trade_no, answer: Ok(read(&call, fields)) }
            }
            words => panic!("nobody understands {words:?}"),
        }
    }

    pub(super) fn remote(&mut self, slot: &str, door: Door) -> Event {
        self.tickets += 1;
        let slot = Slot::try_from(slot.parse::<u16>().unwrap()).unwrap();
        let openid = OpenId::parse("oUpF8uMEb4qRXf22hE3X68TekukE").unwrap();
        let payer = (door == Door::MiniProgram).then_some(openid);
        Event::RemoteOrdered { ticket: RemoteTicket(self.tickets), slot, door, payer }
    }
}
