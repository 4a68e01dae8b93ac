//! What people do at the gateway besides calling it: they pay, they pay back by hand, they forge.

use std::sync::{Arc, mpsc};

use super::{
    Gateway,
    answer::Failure,
    bill::PlantedTrade,
    books::Books,
    desk::circumstances,
    notify::{self, Forgery, Notice},
    order::PayError,
};
use crate::timeline::What;

impl Gateway {
    /// Pays what stands behind the code, as a phone does; the notify leaves by itself.
    ///
    /// # Errors
    /// [`PayError`] is what the phone shows instead.
    pub fn pay(&self, code_url: &str) -> Result<String, PayError> {
        self.pay_by(|books, now_ms| books.pay(code_url, now_ms))
    }

    /// Pays the order that the phone shows, after a scan of mode 1 for example.
    ///
    /// # Errors
    /// [`PayError`] is what the phone shows instead.
    pub fn pay_prepaid(&self, prepay_id: &str) -> Result<String, PayError> {
        self.pay_by(|books, now_ms| books.pay_prepaid(prepay_id, now_ms))
    }

    fn pay_by(
        &self,
        pay: impl FnOnce(&mut Books, i64) -> Result<String, PayError>,
    ) -> Result<String, PayError> {
        let number = self.core.take_payment(pay)?;
        let notice = Notice::Payment(number.clone());
        self.host.background.spawn(notify::deliver(Arc::clone(&self.core), notice));
        Ok(number)
    }

    /// Posts a forged notify about an order and gives the machine's reply.
    ///
    /// # Errors
    /// [`ForgeError`] when there is no such order or no reply.
    pub fn forge(&self, out_trade_no: &str, forgery: Forgery) -> Result<String, ForgeError> {
        let order = self.core.books.read(|books| books.order(out_trade_no).cloned());
        let order = order.ok_or_else(|| ForgeError::NoSuchOrder(out_trade_no.to_owned()))?;
        let body = notify::forge(&order, forgery, self.core.key(order.realm));
        let url = order.request.get("notify_url").unwrap_or_default().to_owned();
        let (answer, answered) = mpsc::channel();
        let core = Arc::clone(&self.core);
        self.host.background.spawn(async move {
            // Nobody waits any longer: then nobody misses it.
            let _ = answer.send(notify::post(&core, &url, body).await);
        });
        match answered.recv_timeout(notify::REPLY_LIMIT * 2) {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(error)) => Err(ForgeError::Post(error)),
            Err(_) => Err(ForgeError::NoReply),
        }
    }

    /// Pays back in the merchant platform, as the operator does: `fen`, or all that is left of the
    /// order. Gives the `out_refund_no`, which is of WeChat's making.
    ///
    /// # Errors
    /// [`RefundError`] is what the platform shows instead.
    pub fn refund_by_hand(
        &self,
        out_trade_no: &str,
        fen: Option<u32>,
    ) -> Result<String, RefundError> {
        let circumstances = circumstances(&self.core);
        let number = self
            .core
            .books
            .change(|books| books.refund_by_hand(out_trade_no, fen, circumstances))
            .map_err(|Failure { err_code, message }| RefundError { err_code, message })?;
        self.core.timeline.mark(What::Refunded(number.clone()));
        Ok(number)
    }

    /// Puts a trade into the bills that is in nobody's log.
    pub fn plant_in_bill(&self, trade: PlantedTrade) {
        self.core.books.change(|books| books.bill_edits.planted.push(trade));
    }

    /// Leaves a payment (by its `out_trade_no`) or a refund (by its `out_refund_no`) out of the
    /// bills; the books keep it.
    pub fn drop_from_bill(&self, number: &str) {
        self.core.books.change(|books| books.bill_edits.dropped.push(number.to_owned()));
    }
}

/// The merchant platform does not pay back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not refunded: {err_code} {message}")]
pub struct RefundError {
    /// As refund would answer.
    pub err_code: &'static str,
    /// In words.
    pub message: &'static str,
}

/// A forged notify brought no reply.
#[derive(Debug, thiserror::Error)]
pub enum ForgeError {
    /// The attacker knows no such order.
    #[error("there is no order {0}")]
    NoSuchOrder(String),
    /// It could not be posted.
    #[error("cannot post the forged notify")]
    Post(#[source] reqwest::Error),
    /// The machine is silent.
    #[error("no reply to the forged notify")]
    NoReply,
}
