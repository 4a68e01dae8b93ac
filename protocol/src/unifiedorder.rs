//! unifiedorder: makes an order that a customer pays by scanning a QR, or inside of WeChat.

use std::net::IpAddr;

use crate::call::{Call, Request, sealed};
use crate::calls::CallName;
use crate::{
    Attach, BeijingTime, Body, CodeUrl, DeviceInfo, Fen, Fields, Mismatch, NotifyUrl, OpenId,
    OutTradeNo, PrepayId, ProductId,
};

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
    /// The address of the machine that makes the order; for [`Trade::Jsapi`] the payer's.
    pub spbill_create_ip: IpAddr,
    /// When the order was made.
    pub time_start: BeijingTime,
    /// The last moment in which it can be paid; at least 5 minutes after `time_start`.
    pub time_expire: BeijingTime,
    /// Where WeChat posts the notify.
    pub notify_url: NotifyUrl,
    /// How it will be paid.
    pub trade: Trade,
    /// The machine that sells.
    pub device_info: Option<DeviceInfo>,
    /// A text that comes back with the payment.
    pub attach: Option<Attach>,
}

/// How an order will be paid. APIv2 unifiedorder, `trade_type` String(16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trade {
    /// The customer scans a QR: the one we get (mode 2), or one that was printed (mode 1).
    Native {
        /// What is sold.
        product_id: ProductId,
    },
    /// The customer pays in a page or a mini-program inside of WeChat, and nobody else can.
    Jsapi {
        /// The payer, as known to the merchant's very `appid`.
        openid: OpenId,
    },
}

/// An order that can be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// WeChat's number of the order.
    pub prepay_id: PrepayId,
    /// What the QR says, if and only if the order is a [`Trade::Native`].
    pub code_url: Option<CodeUrl>,
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
            .set("notify_url", self.notify_url.as_str());
        match &self.trade {
            Trade::Native { product_id } => {
                fields.set("trade_type", "NATIVE").set("product_id", product_id.as_str())
            }
            Trade::Jsapi { openid } => {
                fields.set("trade_type", "JSAPI").set("openid", openid.as_str())
            }
        };
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
        let prepay_id = answer.read("prepay_id")?;
        let code_url = match &self.trade {
            Trade::Native { .. } => Some(answer.read("code_url")?),
            Trade::Jsapi { .. } => None,
        };
        Ok(Opened { prepay_id, code_url })
    }
}
