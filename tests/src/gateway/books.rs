//! The gateway's books: every order and what became of it. Pure: time is an argument.
//!
//! ```text
//!  unifiedorder ──► Open ──pay, within time_expire──► Paid ■
//!                    └──closeorder, after 5 min──► Closed ■
//! ```

use std::collections::BTreeMap;

use protocol::{BeijingTime, Fields, sign::SignType};

use super::{
    answer::Failure,
    bill::Edits,
    jsapi::Login,
    micropay::{self, Micropay, Password, PaymentCode},
    order::{Order, OrderState, PayError, Payment, parameters},
    refunds::Refund,
    sandbox::Realm,
};

/// APIv2 unifiedorder: `code_url` and `prepay_id` are valid for 2 hours.
const CODE_VALID_MS: i64 = 2 * 60 * 60 * 1000;
/// The gateway's words when `time_expire` is less than five minutes off (seen live, 2024).
const EXPIRE_TOO_SOON: &str = "time_expire时间过短，刷卡至少1分钟，其他5分钟";
/// See [`EXPIRE_TOO_SOON`].
const EXPIRE_MS_MIN: i64 = 5 * 60 * 1000;

/// All orders of all merchants.
#[derive(Debug, Clone, Default)]
pub struct Books {
    orders: BTreeMap<String, Order>,
    /// To which order each code leads, and when it was given out.
    codes: BTreeMap<String, (String, i64)>,
    /// Every refund, by `out_refund_no`.
    pub(super) refunds: BTreeMap<String, Refund>,
    /// Every `js_code` that was handed out.
    pub(super) logins: BTreeMap<String, Login>,
    /// Every code that a phone has shown.
    pub(super) payment_codes: BTreeMap<String, PaymentCode>,
    /// What each short link stands for.
    pub(super) short_urls: BTreeMap<String, String>,
    pub(super) reports: Vec<Fields>,
    /// What the bills tell otherwise.
    pub(super) bill_edits: Edits,
    numbers_given: u64,
}

impl Books {
    /// Every order, by `out_trade_no`.
    #[must_use]
    pub const fn orders(&self) -> &BTreeMap<String, Order> {
        &self.orders
    }

    /// One order.
    #[must_use]
    pub fn order(&self, out_trade_no: &str) -> Option<&Order> {
        self.orders.get(out_trade_no)
    }

    /// The order with this `prepay_id`.
    pub(super) fn prepaid(&self, prepay_id: &str) -> Option<&Order> {
        self.orders.values().find(|order| order.prepay_id == prepay_id)
    }

    pub(super) fn order_mut(&mut self, out_trade_no: &str) -> Option<&mut Order> {
        self.orders.get_mut(out_trade_no)
    }

    /// unifiedorder: a new order, or a fresh code for the same one.
    pub(super) fn open(
        &mut self,
        fields: &Fields,
        sign_type: SignType,
        now_ms: i64,
    ) -> Result<Opened, Failure> {
        let number = fields.get("out_trade_no").unwrap_or_default().to_owned();
        match self.orders.get(&number) {
            Some(order) => order.may_enter_again(fields)?,
            None => self.enter(&number, fields, sign_type, now_ms, EXPIRE_MS_MIN)?,
        }
        let code_url = (fields.get("trade_type") != Some("JSAPI"))
            .then(|| format!("weixin://wxpay/bizpayurl?pr={}", self.fresh_code()));
        if let Some(code_url) = &code_url {
            self.codes.insert(code_url.clone(), (number.clone(), now_ms));
        }
        let prepay_id = self.orders.get_mut(&number).map(|order| {
            order.codes.extend(code_url.clone());
            order.prepay_id.clone()
        });
        Ok(Opened { prepay_id: prepay_id.unwrap_or_default(), code_url })
    }

    /// orderquery by `transaction_id`, which wins, or `out_trade_no`.
    pub(super) fn query(&mut self, fields: &Fields, now_ms: i64) -> Result<&Order, Failure> {
        let number = self.number_of(fields).unwrap_or_default();
        self.merchants_order(&number, fields)?;
        self.type_password(&number, now_ms);
        let order = self.merchants_order(&number, fields)?;
        order.queries += 1;
        Ok(order)
    }

    /// The `out_trade_no` of the order that a request names by either number.
    pub(super) fn number_of(&self, fields: &Fields) -> Option<String> {
        let order = match fields.get("transaction_id").filter(|id| !id.is_empty()) {
            Some(id) => self.orders.values().find(|order| order.transaction_id() == Some(id)),
            None => self.order(fields.get("out_trade_no").unwrap_or_default()),
        };
        order.map(|order| order.out_trade_no.clone())
    }

    /// closeorder, not before `after_ms` since the order was opened.
    pub(super) fn close(
        &mut self,
        fields: &Fields,
        now_ms: i64,
        after_ms: i64,
    ) -> Result<(), Failure> {
        let number = fields.get("out_trade_no").unwrap_or_default().to_owned();
        let order = self.merchants_order(&number, fields)?;
        order.closings += 1;
        match order.state {
            OrderState::Paid(_) => Err(Failure::new("ORDERPAID", "该订单已支付")),
            OrderState::Closed => Err(Failure::new("ORDERCLOSED", "该订单已关闭")),
            OrderState::Open if now_ms - order.opened_at_ms < after_ms => {
                Err(Failure::new("TRADE_STATE_ERROR", "订单生成后不能马上调用关单接口"))
            }
            OrderState::Open => {
                order.state = OrderState::Closed;
                Ok(())
            }
        }
    }

    /// A customer pays what stands behind `code_url`; gives the order's number.
    pub(super) fn pay(&mut self, code_url: &str, now_ms: i64) -> Result<String, PayError> {
        let (number, given_ms) = self.codes.get(code_url).ok_or(PayError::UnknownCode)?;
        if now_ms - given_ms > CODE_VALID_MS {
            return Err(PayError::CodeExpired);
        }
        let number = number.clone();
        self.take(&number, now_ms)?;
        Ok(number)
    }

    /// A customer pays the order that the phone shows.
    pub(super) fn pay_prepaid(&mut self, prepay_id: &str, now_ms: i64) -> Result<String, PayError> {
        let order = self.prepaid(prepay_id).ok_or(PayError::UnknownCode)?;
        if now_ms - order.opened_at_ms > CODE_VALID_MS {
            return Err(PayError::CodeExpired);
        }
        let number = order.out_trade_no.clone();
        self.take(&number, now_ms)?;
        Ok(number)
    }

    /// The money changes hands.
    pub(super) fn take(&mut self, number: &str, now_ms: i64) -> Result<(), PayError> {
        let transaction_id = self.dated_number("4200001234", now_ms);
        let order = self.orders.get_mut(number).ok_or(PayError::UnknownCode)?;
        match order.state {
            OrderState::Paid(_) => return Err(PayError::AlreadyPaid),
            OrderState::Closed => return Err(PayError::Closed),
            OrderState::Open if order.expires_at_ms.is_some_and(|expires| now_ms > expires) => {
                return Err(PayError::OrderExpired);
            }
            OrderState::Open => {}
        }
        order.state = OrderState::Paid(Payment {
            transaction_id,
            paid_at_ms: now_ms,
            time_end: BeijingTime::from_unix_ms(now_ms).to_string(),
        });
        Ok(())
    }

    fn enter(
        &mut self,
        number: &str,
        fields: &Fields,
        sign_type: SignType,
        now_ms: i64,
        expire_ms_min: i64,
    ) -> Result<(), Failure> {
        let expires_at_ms = fields
            .get("time_expire")
            .and_then(|time| BeijingTime::parse(time).ok())
            .map(BeijingTime::unix_ms);
        if expires_at_ms.is_some_and(|expires| expires - now_ms < expire_ms_min) {
            return Err(Failure::refused(EXPIRE_TOO_SOON));
        }
        self.numbers_given += 1;
        let prepay_id =
            format!("wx{}{:016x}", BeijingTime::from_unix_ms(now_ms), self.numbers_given);
        let order = Order {
            out_trade_no: number.to_owned(),
            request: parameters(fields),
            sign_type,
            prepay_id,
            opened_at_ms: now_ms,
            expires_at_ms,
            state: OrderState::Open,
            codes: Vec::new(),
            queries: 0,
            closings: 0,
            notifies: Vec::new(),
            refunded: false,
            micropay: None,
            realm: Realm::Production,
        };
        self.orders.insert(number.to_owned(), order);
        Ok(())
    }

    /// An order that was made with a payment code; without a password it is paid at once.
    pub(super) fn enter_micropay(
        &mut self,
        number: &str,
        fields: &Fields,
        sign_type: SignType,
        micropay: Micropay,
        now_ms: i64,
    ) -> Result<(), Failure> {
        self.enter(number, fields, sign_type, now_ms, micropay::EXPIRE_MS_MIN)?;
        let at_once = micropay.password == Password::NotAsked;
        if let Some(order) = self.orders.get_mut(number) {
            order.micropay = Some(micropay);
        }
        if at_once {
            // It is open: nothing refuses the money.
            let _ = self.take(number, now_ms);
        }
        Ok(())
    }

    /// The order, if it is this merchant's.
    pub(super) fn merchants_order(
        &mut self,
        number: &str,
        fields: &Fields,
    ) -> Result<&mut Order, Failure> {
        self.orders
            .get_mut(number)
            .filter(|order| order.request.get("mch_id") == fields.get("mch_id"))
            .ok_or_else(|| Failure::new("ORDERNOTEXIST", "此交易订单号不存在"))
    }

    /// 28 digits: a prefix of 10, the day, a count.
    pub(super) fn dated_number(&mut self, prefix: &str, now_ms: i64) -> String {
        self.numbers_given += 1;
        let day = BeijingTime::from_unix_ms(now_ms).to_string();
        format!("{prefix}{}{:010}", day.get(..8).unwrap_or_default(), self.numbers_given)
    }

    /// Seven characters, different every time and the same in every run.
    pub(super) fn fresh_code(&mut self) -> String {
        const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        self.numbers_given += 1;
        // Knuth's multiplicative hash: neighbours look nothing alike, and none meet for long.
        let mut scattered = self.numbers_given.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut digit = || {
            let digit = DIGITS.get((scattered % 62) as usize).copied().unwrap_or(b'0');
            scattered /= 62;
            char::from(digit)
        };
        (0..7).map(|_| digit()).collect()
    }
}

/// What unifiedorder gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Opened {
    pub(super) prepay_id: String,
    /// Of NATIVE orders alone.
    pub(super) code_url: Option<String>,
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    /// 2024-01-02 08:00:00 in Beijing.
    const NOW: i64 = 1_704_153_600_000;
    const MINUTE: i64 = 60_000;

    fn order(total_fee: &str) -> Fields {
        let mut fields = Fields::new();
        fields
            .set("mch_id", "1900000109")
            .set("nonce_str", "n")
            .set("out_trade_no", "A1")
            .set("total_fee", total_fee)
            .set("time_expire", "20240102080530");
        fields
    }

    fn open(books: &mut Books, fields: &Fields) -> Result<Opened, &'static str> {
        books.open(fields, SignType::Md5, NOW).map_err(|failure| failure.err_code)
    }

    #[test]
    fn the_same_order_again_gets_a_fresh_code_and_either_code_pays_it_once() {
        let mut books = Books::default();
        let first = open(&mut books, &order("350")).unwrap();
        let mut again = order("350");
        again.set("nonce_str", "m");
        let second = open(&mut books, &again).unwrap();
        assert_eq!(first.prepay_id, second.prepay_id);
        assert_ne!(first.code_url, second.code_url);

        assert_eq!(books.pay(&first.code_url.unwrap(), NOW), Ok("A1".to_owned()));
        assert_eq!(books.pay(&second.code_url.unwrap(), NOW), Err(PayError::AlreadyPaid));
        assert_eq!(open(&mut books, &order("350")), Err("ORDERPAID"));
    }

    #[test]
    fn the_same_number_with_other_parameters_is_refused() {
        let mut books = Books::default();
        open(&mut books, &order("350")).unwrap();
        assert_eq!(open(&mut books, &order("1")), Err("INVALID_REQUEST"));
        let mut stranger = order("350");
        stranger.set("mch_id", "1");
        assert_eq!(open(&mut books, &stranger), Err("OUT_TRADE_NO_USED"));
    }

    #[test]
    fn time_expire_must_be_five_minutes_off_and_ends_the_paying() {
        let mut books = Books::default();
        let mut hasty = order("350");
        hasty.set("time_expire", "20240102080459");
        let refused = books.open(&hasty, SignType::Md5, NOW).unwrap_err();
        assert_eq!((refused.err_code, refused.message), ("", EXPIRE_TOO_SOON));

        let code = open(&mut books, &order("350")).unwrap().code_url.unwrap();
        assert_eq!(books.pay(&code, NOW + 6 * MINUTE), Err(PayError::OrderExpired));
        assert_eq!(books.pay(&code, NOW + 121 * MINUTE), Err(PayError::CodeExpired));
        assert_eq!(books.pay("weixin://other", NOW), Err(PayError::UnknownCode));
    }

    #[test]
    fn an_order_can_be_closed_after_five_minutes_and_then_not_be_paid() {
        let mut books = Books::default();
        let code = open(&mut books, &order("350")).unwrap().code_url.unwrap();
        let close = |books: &mut Books, now| {
            books.close(&order("350"), now, 5 * MINUTE).map_err(|failure| failure.err_code)
        };
        assert_eq!(close(&mut books, NOW + 4 * MINUTE), Err("TRADE_STATE_ERROR"));
        assert_eq!(close(&mut books, NOW + 5 * MINUTE), Ok(()));
        assert_eq!(close(&mut books, NOW + 5 * MINUTE), Err("ORDERCLOSED"));
        assert_eq!(books.pay(&code, NOW + 5 * MINUTE), Err(PayError::Closed));
        assert_eq!(books.query(&order("350"), NOW).unwrap().trade_state(), "CLOSED");
    }

    #[test]
    fn nobody_sees_the_orders_of_another_merchant() {
        let mut books = Books::default();
        open(&mut books, &order("350")).unwrap();
        let mut stranger = order("350");
        stranger.set("mch_id", "1");
        let refused = books.query(&stranger, NOW).map(|_| ()).unwrap_err();
        assert_eq!(refused.err_code, "ORDERNOTEXIST");
    }
}
