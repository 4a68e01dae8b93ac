//! unifiedorder: makes an order that a customer pays by scanning a QR (trade type NATIVE, mode 2).

use std::net::IpAddr;

use crate::call::{Call, Request, sealed};
use crate::calls::CallName;
use crate::{
    Attach, BeijingTime, Body, CodeUrl, DeviceInfo, Fen, Fields, Mismatch, NotifyUrl, OutTradeNo,
    PrepayId, ProductId,
};

/// What the customer does: scans our QR.
const NATIVE: &str = "NATIVE";

/// An order. APIv2 unifiedorder.
///
/// Sent again, every value must be the same, the times included: WeChat then answers with a fresh
/// `code_url` for the same order, and otherwise with `INVALID_REQUEST`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnifiedOrder {
    /// What the payer sees that they buy.
    pub body: Body,
    /// The order's number, never used before.
    pub out_trade_no: OutTradeNo,
    /// The price, more than 0.
    pub total_fee: Fen,
    /// The address of the machine that makes the order.
    pub spbill_create_ip: IpAddr,
    /// When the order was made.
    pub time_start: BeijingTime,
    /// The last moment in which it can be paid; at least 5 minutes after `time_start`.
    pub time_expire: BeijingTime,
    /// Where WeChat posts the notify.
    pub notify_url: NotifyUrl,
    /// What is sold.
    pub product_id: ProductId,
    /// The machine that sells.
    pub device_info: Option<DeviceInfo>,
    /// A text that comes back with the payment.
    pub attach: Option<Attach>,
}

/// An order that can be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// WeChat's number of the order.
    pub prepay_id: PrepayId,
    /// What the QR says.
    pub code_url: CodeUrl,
}

impl sealed::Request for UnifiedOrder {}

impl Request for UnifiedOrder {
    const NAME: CallName = CallName::UnifiedOrder;
    const PATH: &'static str = "/pay/unifiedorder";
    const REPEATABLE: bool = true;

    fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields
            .set("body", self.body.as_str())
            .set("out_trade_no", self.out_trade_no.as_str())
            .set("total_fee", self.total_fee.to_string())
            .set("spbill_create_ip", self.spbill_create_ip.to_string())
            .set("time_start", self.time_start.to_string())
            .set("time_expire", self.time_expire.to_string())
            .set("notify_url", self.notify_url.as_str())
            .set("trade_type", NATIVE)
            .set("product_id", self.product_id.as_str());
        if let Some(device_info) = &self.device_info {
            fields.set("device_info", device_info.as_str());
        }
        if let Some(attach) = &self.attach {
            fields.set("attach", attach.as_str());
        }
        fields
    }
}

impl Call for UnifiedOrder {
    type Answer = Opened;

    fn answer(&self, answer: &Fields) -> Result<Opened, Mismatch> {
        // Only NATIVE orders have a `code_url`.
        Ok(Opened { prepay_id: answer.read("prepay_id")?, code_url: answer.read("code_url")? })
    }
}
