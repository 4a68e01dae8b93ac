//! The second signature: what a page or mini-program inside of WeChat needs to ask for the payment.

use serde::Serialize;

use crate::sign::{self, SignType};
use crate::{AppId, Fields, Merchant, NonceStr, PrepayId};

/// The parameters of `wx.requestPayment`. APIv2 JSAPI, "getBrandWCPayRequest".
///
/// In JSON the names are the specification's: `timeStamp`, `nonceStr`, `package`, `signType`,
/// `paySign`. `appId` is signed too; a mini-program does not pass it on, a page does. The older
/// `wx.chooseWXPay` wants the same number under the name `timestamp`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PayParams {
    /// The account or mini-program in which it is paid.
    pub app_id: AppId,
    /// Seconds since 1970 as text, 10 digits.
    pub time_stamp: String,
    /// A random text.
    pub nonce_str: NonceStr,
    /// `prepay_id=` and the order that is paid.
    pub package: String,
    /// The mode of `pay_sign`, that of the order.
    pub sign_type: SignType,
    /// The signature: not the `sign` of any message.
    pub pay_sign: String,
}

/// Signs the parameters with which the order behind `prepay_id` can be paid, at `unix_seconds`
/// since 1970.
///
/// Nothing else is ever signed here: whoever could choose the text of `package` could have a
/// notify signed.
pub fn pay_params(
    merchant: &Merchant,
    prepay_id: &PrepayId,
    unix_seconds: u64,
    nonce: &NonceStr,
) -> PayParams {
    let time_stamp = unix_seconds.to_string();
    let package = format!("prepay_id={prepay_id}");
    let mut fields = Fields::new();
    fields
        .set("appId", merchant.appid.as_str())
        .set("timeStamp", time_stamp.as_str())
        .set("nonceStr", nonce.as_str())
        .set("package", package.as_str())
        .set("signType", merchant.sign_type.as_str());
    PayParams {
        app_id: merchant.appid.clone(),
        time_stamp,
        nonce_str: nonce.clone(),
        package,
        sign_type: merchant.sign_type,
        pay_sign: sign::sign(&fields, &merchant.key, merchant.sign_type),
    }
}
