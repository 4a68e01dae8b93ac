//! micropay: takes the money of a payment code that the customer shows to the machine's scanner.
//!
//! There is no notify: the answer says that it is paid, that it failed, or that it may become
//! either. [`flow`] says what to do then.

use std::net::IpAddr;

use crate::call::{Call, Request, sealed};
use crate::calls::CallName;
use crate::{
    Attach, AuthCode, BeijingTime, Body, DeviceInfo, Fen, Fields, Mismatch, OutTradeNo, Payment,
};

pub mod flow;

/// What the customer does: shows a code.
const MICROPAY: &str = "MICROPAY";

/// A payment. APIv2 micropay.
///
/// It is not sent again by itself: without an answer ask orderquery, which tells whether the code
/// was charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MicroPay {
    /// What the payer sees that they buy.
    pub body: Body,
    /// The order's number, never used before.
    pub out_trade_no: OutTradeNo,
    /// The price, more than 0.
    pub total_fee: Fen,
    /// The address of the machine.
    pub spbill_create_ip: IpAddr,
    /// When the order was made.
    pub time_start: BeijingTime,
    /// The last moment in which it can be paid; at least 1 minute after `time_start`.
    pub time_expire: BeijingTime,
    /// The customer's code.
    pub auth_code: AuthCode,
    /// The machine that sells.
    pub device_info: Option<DeviceInfo>,
    /// A text that comes back with the payment.
    pub attach: Option<Attach>,
}

impl sealed::Request for MicroPay {}

impl Request for MicroPay {
    const NAME: CallName = CallName::MicroPay;
    const PATH: &'static str = "/pay/micropay";
    const REPEATABLE: bool = false;

    fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields
            .set("body", self.body.as_str())
            .set("out_trade_no", self.out_trade_no.as_str())
            .set("total_fee", self.total_fee.to_string())
            .set("spbill_create_ip", self.spbill_create_ip.to_string())
            .set("time_start", self.time_start.to_string())
            .set("time_expire", self.time_expire.to_string())
            .set("auth_code", self.auth_code.as_str());
        if let Some(device_info) = &self.device_info {
            fields.set("device_info", device_info.as_str());
        }
        if let Some(attach) = &self.attach {
            fields.set("attach", attach.as_str());
        }
        fields
    }
}

impl Call for MicroPay {
    /// SUCCESS means paid.
    type Answer = Payment;

    fn answer(&self, answer: &Fields) -> Result<Payment, Mismatch> {
        answer.ours("out_trade_no", self.out_trade_no.as_str())?;
        answer.ours("trade_type", MICROPAY)?;
        // An orderquery answer says SUCCESS too, also of money that is gone.
        answer.refuse("trade_state")?;
        Payment::read(answer)
    }
}
