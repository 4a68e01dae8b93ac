//! WeChat's answers: signed, written, and read again by the protocol, as there is no other way to
//! have a verified value.

use daemon::sale;
use protocol::{
    BeijingTime, Body, Call, Fen, Fields, NotifyUrl, OpenId, OutRefundNo, OutTradeNo, Payment,
    ProductId, RefundId,
    closeorder::{CloseOrder, Closed},
    notify,
    orderquery::{OrderQuery, OrderState},
    read_answer, refund,
    refund::RefundAccepted,
    refund_notify::RefundHint,
    refundquery::{PAGE, RefundQuery, RefundStatus, Refunds},
    reverse::{Recall, Reverse},
    sign::{self, Verified},
    unifiedorder::{Opened, Trade, UnifiedOrder},
    xml,
};

use super::{
    gateway::{Account, Money, Refund},
    merchant,
};

/// Whoever pays when the order does not say.
const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";

pub(super) fn opened(order: &sale::Order, payer: Option<&OpenId>) -> Verified<Opened> {
    let number = order.out_trade_no.as_str();
    let mut fields = good();
    fields
        .set("trade_type", order.door.trade_type())
        .set("prepay_id", format!("wx{number}"))
        .set("code_url", format!("weixin://wxpay/bizpayurl?pr={number}"));
    let time = |at: sale::Timestamp| BeijingTime::from_unix_ms(at.unix_ms());
    let call = UnifiedOrder {
        body: Body::fit(&order.name_zh),
        out_trade_no: order.out_trade_no.clone(),
        total_fee: order.price,
        spbill_create_ip: [127, 0, 0, 1].into(),
        time_start: time(order.created_at),
        time_expire: time(order.time_expire),
        notify_url: NotifyUrl::parse("http://127.0.0.1/notify")
            .unwrap_or_else(|error| unreachable!("{error}")),
        trade: match payer {
            Some(payer) => Trade::Jsapi { openid: payer.clone() },
            None => Trade::Native {
                product_id: ProductId::parse("1").unwrap_or_else(|error| unreachable!("{error}")),
            },
        },
        device_info: None,
        attach: None,
    };
    read(&call, fields)
}

pub(super) fn state(account: &Account) -> Verified<OrderState> {
    let out_trade_no = account.order.out_trade_no.clone();
    let mut fields = match account.money {
        Money::Paid { .. } => payment_fields(account),
        Money::Open | Money::Closed | Money::Reversed { .. } => good(),
    };
    fields.set("out_trade_no", out_trade_no.as_str()).set("trade_state", account.trade_state());
    read(&OrderQuery { out_trade_no }, fields)
}

pub(super) fn closed(out_trade_no: &OutTradeNo) -> Verified<Closed> {
    read(&CloseOrder { out_trade_no: out_trade_no.clone() }, good())
}

pub(super) fn reversed(out_trade_no: &OutTradeNo) -> Verified<Recall> {
    let mut fields = good();
    fields.set("recall", "N");
    read(&Reverse { out_trade_no: out_trade_no.clone() }, fields)
}

/// `nth` among the order's refunds, from 0.
pub(super) fn refund_accepted(refund: &sale::Refund, nth: usize) -> Verified<RefundAccepted> {
    let out_trade_no = refund.out_trade_no().clone();
    let mut fields = good();
    fields
        .set("transaction_id", transaction_id(&out_trade_no))
        .set("out_trade_no", out_trade_no.as_str())
        .set("out_refund_no", refund.out_refund_no().as_str())
        .set("refund_id", refund_id(&out_trade_no, nth))
        .set("refund_fee", refund.refund_fee().to_string())
        .set("total_fee", refund.total_fee().to_string())
        .set("cash_fee", refund.total_fee().to_string());
    let call = refund::Refund {
        out_trade_no,
        out_refund_no: refund.out_refund_no().clone(),
        total_fee: refund.total_fee(),
        refund_fee: refund.refund_fee(),
        refund_desc: None,
        notify_url: None,
    };
    read(&call, fields)
}

pub(super) fn refunds(account: &Account, now_ms: i64) -> Verified<Refunds> {
    let out_trade_no = account.order.out_trade_no.clone();
    let page = account.refunds.iter().take(PAGE as usize);
    let mut fields = good();
    fields
        .set("transaction_id", transaction_id(&out_trade_no))
        .set("out_trade_no", out_trade_no.as_str())
        .set("total_fee", account.order.price.to_string())
        .set("cash_fee", account.order.price.to_string())
        .set("refund_count", page.len().to_string());
    for (nth, refund) in page.enumerate() {
        fields
            .set(&format!("out_refund_no_{nth}"), refund.out_refund_no.as_str())
            .set(&format!("refund_id_{nth}"), refund_id(&out_trade_no, nth))
            .set(&format!("refund_fee_{nth}"), refund.fen.to_string())
            .set(&format!("refund_status_{nth}"), refund.status(now_ms));
    }
    read(&RefundQuery { out_trade_no, offset: None }, fields)
}

pub(super) fn notify(account: &Account) -> Verified<Payment> {
    notify::read(&signed(payment_fields(account)), merchant())
        .unwrap_or_else(|error| unreachable!("what is signed here is believed here: {error}"))
}

/// As micropay answers: the very fields of a notify.
pub(super) fn code_paid(account: &Account) -> Verified<Payment> {
    notify(account)
}

/// Such a notify is not signed, so there is nothing to read.
pub(super) fn refund_hint(account: &Account, nth: usize, refund: &Refund) -> RefundHint {
    let out_trade_no = account.order.out_trade_no.clone();
    let refund_id = RefundId::parse(&refund_id(&out_trade_no, nth))
        .unwrap_or_else(|error| unreachable!("{error}"));
    RefundHint {
        out_trade_no,
        out_refund_no: refund.out_refund_no.clone(),
        refund_id,
        refund_fee: Fen::new(refund.fen),
        refund_status: RefundStatus::from(refund.end.as_str()),
    }
}

/// The number that WeChat makes for a person's refund.
pub(super) fn number_by_hand(account: &Account) -> OutRefundNo {
    let number = refund_id(&account.order.out_trade_no, account.refunds.len());
    OutRefundNo::parse(&format!("H{number}")).unwrap_or_else(|error| unreachable!("{error}"))
}

fn payment_fields(account: &Account) -> Fields {
    let order = &account.order;
    let paid_at_ms = match account.money {
        Money::Paid { at_ms } => at_ms,
        Money::Open | Money::Closed | Money::Reversed { .. } => account.opened_at_ms,
    };
    let payer = account.payer.as_ref().map_or(OPENID, OpenId::as_str);
    let mut fields = good();
    fields
        .set("out_trade_no", order.out_trade_no.as_str())
        .set("transaction_id", transaction_id(&order.out_trade_no))
        .set("total_fee", order.price.to_string())
        .set("cash_fee", order.price.to_string())
        .set("fee_type", "CNY")
        .set("trade_type", order.door.trade_type())
        .set("bank_type", "OTHERS")
        .set("openid", payer)
        .set("time_end", BeijingTime::from_unix_ms(paid_at_ms).to_string());
    fields
}

fn good() -> Fields {
    let merchant = merchant();
    let mut fields = Fields::new();
    fields
        .set("return_code", "SUCCESS")
        .set("result_code", "SUCCESS")
        .set("appid", merchant.appid.as_str())
        .set("mch_id", merchant.mch_id.as_str())
        .set("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS");
    fields
}

fn signed(mut fields: Fields) -> Vec<u8> {
    let sign = sign::sign(&fields, &merchant().key, merchant().sign_type);
    fields.set("sign", sign);
    xml::write(&fields).into_bytes()
}

fn read<C: Call>(call: &C, fields: Fields) -> Verified<C::Answer> {
    read_answer(call, merchant(), &signed(fields))
        .unwrap_or_else(|error| unreachable!("what is signed here is believed here: {error}"))
}

/// At most 30 of 32 characters; one payment of an order is all there is.
fn transaction_id(out_trade_no: &OutTradeNo) -> String {
    format!("42{}", bare(out_trade_no))
}

/// At most 32 of 32 characters.
fn refund_id(out_trade_no: &OutTradeNo, nth: usize) -> String {
    format!("50{nth:02}{}", bare(out_trade_no))
}

fn bare(out_trade_no: &OutTradeNo) -> String {
    out_trade_no.as_str().replace('-', "")
}
