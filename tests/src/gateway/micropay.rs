//! Payment codes: a customer shows one, the merchant charges it, and may reverse that.
//!
//! ```text
//!  micropay ──no password──► Paid ─────────reverse──► REVOKED ■ (paid back)
//!      └──USERPAYING──right──┘ │
//!            ├──wrong──► PAYERROR ──reverse──► REVOKED ■
//!            └──45 s, or reverse──► REVOKED ■
//! ```

use protocol::{Fields, sign::SignType};

use super::{
    Gateway,
    answer::Failure,
    books::Books,
    order::{Order, OrderState, parameters},
};

/// The phone shows a new code every minute.
const CODE_MS: i64 = 60_000;
/// APIv2 micropay: an order that is not paid so long after it was made is reversed by WeChat.
const LAPSE_MS: i64 = 45_000;
/// APIv2 micropay: `time_expire` is at least so far off.
pub(super) const EXPIRE_MS_MIN: i64 = 60_000;
/// APIv2 reverse: REVERSE_EXPIRE.
const REVERSE_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// APIv2 micropay, `auth_code`: 18 digits.
const CODE_DIGITS: usize = 18;

/// What is peculiar to an order that was made with a payment code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Micropay {
    /// Whose code it was.
    pub openid: String,
    /// Whether the customer has to type a password, and how that goes.
    pub password: Password,
    /// When it was reversed, by the merchant or by WeChat: milliseconds since 1970.
    pub reversed_at_ms: Option<i64>,
}

/// Whether a customer has to type a password after showing a payment code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Password {
    /// It is paid at once.
    NotAsked,
    /// So many orderqueries find USERPAYING, the next one finds it paid.
    Right(u32),
    /// So many orderqueries find USERPAYING, the next one finds PAYERROR.
    Wrong(u32),
    /// The payment has failed.
    Failed,
}

/// A code on somebody's phone.
#[derive(Debug, Clone)]
pub(super) struct PaymentCode {
    openid: String,
    minted_at_ms: i64,
    used: bool,
}

impl Gateway {
    /// The payment code that the phone of `openid` shows now: 18 digits, good for a minute.
    #[must_use]
    pub fn payment_code(&self, openid: &str) -> String {
        let now_ms = self.core.now_ms();
        self.core.books.change(|books| books.mint_payment_code(openid, now_ms))
    }
}

impl Books {
    fn mint_payment_code(&mut self, openid: &str, now_ms: i64) -> String {
        let digits = self.dated_number("", now_ms);
        let code = PaymentCode { openid: openid.to_owned(), minted_at_ms: now_ms, used: false };
        // The day and the count are 18 digits; no payment code begins like a year.
        let digits = format!("13{}", digits.get(2..).unwrap_or_default());
        self.payment_codes.insert(digits.clone(), code);
        digits
    }

    /// Who shows this code now.
    pub(super) fn code_owner(&self, auth_code: &str, now_ms: i64) -> Result<&str, Failure> {
        let digits =
            auth_code.len() == CODE_DIGITS && auth_code.bytes().all(|b| b.is_ascii_digit());
        if !digits {
            return Err(failure("AUTH_CODE_ERROR"));
        }
        let code = self.payment_codes.get(auth_code).ok_or(failure("AUTH_CODE_INVALID"))?;
        if code.used {
            return Err(failure("AUTH_CODE_ERROR"));
        }
        if now_ms - code.minted_at_ms > CODE_MS {
            return Err(failure("AUTHCODEEXPIRE"));
        }
        Ok(&code.openid)
    }

    /// micropay: a new order, or the same one again.
    pub(super) fn micropay(
        &mut self,
        fields: &Fields,
        sign_type: SignType,
        password: Password,
        now_ms: i64,
    ) -> Result<&Order, Failure> {
        let number = fields.get("out_trade_no").unwrap_or_default().to_owned();
        let auth_code = fields.get("auth_code").unwrap_or_default();
        self.lapse(&number, now_ms);
        if self.order(&number).is_none() {
            let openid = self.code_owner(auth_code, now_ms)?.to_owned();
            let micropay = Micropay { openid, password, reversed_at_ms: None };
            self.enter_micropay(&number, fields, sign_type, micropay, now_ms)?;
            if let Some(code) = self.payment_codes.get_mut(auth_code) {
                code.used = true;
            }
        } else {
            self.may_charge_again(&number, fields)?;
        }
        let order = self.order(&number).ok_or(failure("SYSTEMERROR"))?;
        match order.trade_state() {
            "SUCCESS" => Ok(order),
            "USERPAYING" => Err(failure("USERPAYING")),
            _ => Err(failure("TRADE_ERROR")),
        }
    }

    fn may_charge_again(&self, number: &str, fields: &Fields) -> Result<(), Failure> {
        let order = self.order(number).ok_or(failure("SYSTEMERROR"))?;
        let same_merchant = order.request.get("mch_id") == fields.get("mch_id");
        let Some(micropay) = order.micropay.as_ref().filter(|_| same_merchant) else {
            return Err(failure("OUT_TRADE_NO_USED"));
        };
        if micropay.reversed_at_ms.is_some() {
            return Err(failure("ORDERREVERSED"));
        }
        if order.request == parameters(fields) {
            return Ok(());
        }
        let shown = self.payment_codes.get(fields.get("auth_code").unwrap_or_default());
        let stranger = shown.is_some_and(|code| code.openid != micropay.openid);
        Err(failure(match order.state {
            _ if stranger => "BUYER_MISMATCH",
            OrderState::Paid(_) => "ORDERPAID",
            OrderState::Closed => "ORDERCLOSED",
            OrderState::Open => "INVALID_REQUEST",
        }))
    }

    /// orderquery looks at a micropay order: the customer has typed on.
    pub(super) fn type_password(&mut self, number: &str, now_ms: i64) {
        self.lapse(number, now_ms);
        let Some(order) = self.order_mut(number) else { return };
        let open = order.state == OrderState::Open;
        let Some(micropay) = order.micropay.as_mut().filter(|_| open) else { return };
        match micropay.password {
            Password::Right(0) => {
                micropay.password = Password::NotAsked;
                // It is open: nothing refuses the money.
                let _ = self.take(number, now_ms);
            }
            Password::Right(left) => micropay.password = Password::Right(left - 1),
            Password::Wrong(0) => micropay.password = Password::Failed,
            Password::Wrong(left) => micropay.password = Password::Wrong(left - 1),
            Password::NotAsked | Password::Failed => {}
        }
    }

    /// WeChat itself reverses what was not paid in time.
    fn lapse(&mut self, number: &str, now_ms: i64) {
        let Some(order) = self.order_mut(number) else { return };
        let late = order.state == OrderState::Open && now_ms - order.opened_at_ms > LAPSE_MS;
        if let Some(micropay) = order.micropay.as_mut().filter(|_| late) {
            micropay.reversed_at_ms = Some(now_ms);
            order.state = OrderState::Closed;
        }
    }

    /// reverse: what is open is closed, what is paid is paid back. Not before `wait_ms`.
    pub(super) fn reverse(
        &mut self,
        fields: &Fields,
        now_ms: i64,
        wait_ms: i64,
    ) -> Result<(), Failure> {
        let number = self.number_of(fields).ok_or(failure("INVALID_TRANSACTIONID"))?;
        self.lapse(&number, now_ms);
        let order =
            self.merchants_order(&number, fields).map_err(|_| failure("INVALID_TRANSACTIONID"))?;
        let age_ms = now_ms - order.opened_at_ms;
        let Some(micropay) = order.micropay.as_mut() else {
            return Err(Failure::new("INVALID_REQUEST", "支付场景错误"));
        };
        if micropay.reversed_at_ms.is_some() {
            return Ok(());
        }
        if age_ms < wait_ms {
            return Err(Failure::new("TRADE_ERROR", "支付后15秒内不能撤销"));
        }
        if age_ms > REVERSE_MS {
            return Err(failure("REVERSE_EXPIRE"));
        }
        micropay.reversed_at_ms = Some(now_ms);
        if order.state == OrderState::Open {
            order.state = OrderState::Closed;
        }
        Ok(())
    }
}

/// With the words of the table.
fn failure(err_code: &'static str) -> Failure {
    Failure::new(err_code, super::err_code::words(err_code))
}
