//! What WeChat says when a call failed, and what to do then.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::calls::CallName;

/// What an [`ErrCode`] asks of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Nothing was decided: send exactly the same again, soon.
    RepeatSame,
    /// Nothing was done, as we ask too often: exactly the same again, after a minute or more.
    RepeatLater,
    /// A person must act, and then exactly the same works: tell them, and go on trying.
    AlarmAndRepeat,
    /// The order is in another state than thought: ask which, with orderquery, for a refund with
    /// refundquery.
    Query,
    /// This order, or this payment code, is at its end, or never was: the same cannot work later.
    GiveUp,
    /// The settings or the program are wrong, or the rules forbid it: trying again does not help,
    /// a person must look.
    Alarm,
    /// A code that is not known of this call. It decides nothing about money: ask with orderquery,
    /// for a refund with refundquery.
    Unknown,
}

macro_rules! err_codes {
    ($(
        $(#[$doc:meta])*
        $variant:ident = $code:literal => $verdict:ident $([$($call:ident: $of_call:ident),*])?,
    )*) => {
        /// The `err_code` of a signed answer. APIv2, each call's "error codes".
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum ErrCode {
            $($(#[$doc])* $variant,)*
            /// A code that is not in this table, or none (the empty text).
            Other(String),
        }

        impl ErrCode {
            /// As WeChat spells it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Other(code) => code,
                }
            }

            /// What to do when `call` was answered so.
            pub fn verdict(&self, call: CallName) -> Verdict {
                let (verdict, of_calls): (Verdict, &[(CallName, Verdict)]) = match self {
                    $(Self::$variant => (
                        Verdict::$verdict,
                        &[$($((CallName::$call, Verdict::$of_call)),*)?],
                    ),)*
                    Self::Other(_) => (Verdict::Unknown, &[]),
                };
                let of_call = of_calls.iter().find(|(name, _)| *name == call);
                of_call.map_or(verdict, |(_, verdict)| *verdict)
            }

            /// All codes of the table.
            #[cfg(test)]
            fn known() -> Vec<Self> {
                vec![$(Self::$variant),*]
            }
        }

        impl From<&str> for ErrCode {
            fn from(code: &str) -> Self {
                match code {
                    $($code => Self::$variant,)*
                    _ => Self::Other(code.to_owned()),
                }
            }
        }
    };
}

// Each code with its verdict for any call, then for the calls where it means something else.
err_codes! {
    // Of any call.

    /// A time-out inside of WeChat: the call may have worked.
    SystemError         = "SYSTEMERROR"           => RepeatSame [MicroPay: Query, Reverse: Query],
    /// Too many calls; the limit is shared by all machines of the merchant. Also for questions
    /// about, and refunds of, orders older than a month.
    FrequencyLimited    = "FREQUENCY_LIMITED"     => RepeatLater [MicroPay: Query],
    /// The merchant may not use this product.
    NoAuth              = "NOAUTH"                => Alarm,
    /// The account does not exist.
    AppIdNotExist       = "APPID_NOT_EXIST"       => Alarm,
    /// The merchant does not exist.
    MchIdNotExist       = "MCHID_NOT_EXIST"       => Alarm,
    /// Account and merchant do not belong together.
    AppIdMchIdNotMatch  = "APPID_MCHID_NOT_MATCH" => Alarm,
    /// Our signature is wrong: key or mode.
    SignError           = "SIGNERROR"             => Alarm,
    /// A parameter is missing.
    LackParams          = "LACK_PARAMS"           => Alarm,
    /// A parameter is wrong.
    ParamError          = "PARAM_ERROR"           => Alarm,
    /// A request that cannot be: an order made again with other values, a missing permission, a
    /// wrong client certificate.
    InvalidRequest      = "INVALID_REQUEST"       => Alarm,
    /// Our body is not XML.
    XmlFormatError      = "XML_FORMAT_ERROR"      => Alarm,
    /// Our body is empty.
    PostDataEmpty       = "POST_DATA_EMPTY"       => Alarm,
    /// We did not use POST.
    RequirePostMethod   = "REQUIRE_POST_METHOD"   => Alarm,
    /// Our body is not UTF-8.
    NotUtf8             = "NOT_UTF8"              => Alarm,

    // Of orders.

    /// The order is already paid.
    OrderPaid           = "ORDERPAID"             => Query,
    /// The order is closed; for closeorder this means done.
    OrderClosed         = "ORDERCLOSED"           => Unknown
        [UnifiedOrder: GiveUp, CloseOrder: GiveUp, MicroPay: GiveUp],
    /// No order of this number was ever made. For a moment it may also follow a creation, which the
    /// specification does not exclude: it never outweighs a payment that was seen. For refund it
    /// may also mean that the order is not paid.
    OrderNotExist       = "ORDERNOTEXIST"         => Unknown
        [OrderQuery: GiveUp, CloseOrder: GiveUp, Refund: Query],
    /// The number was used with other parameters.
    OutTradeNoUsed      = "OUT_TRADE_NO_USED"     => Query,
    /// The order's state does not allow the call.
    TradeStateError     = "TRADE_STATE_ERROR"     => Query,
    /// The balance is too low: the payer's, who may pay in another way; for refund the merchant's,
    /// who must fill it up.
    NotEnough           = "NOTENOUGH"             => Query
        [MicroPay: GiveUp, Refund: AlarmAndRepeat],

    // Of refunds.

    /// Two refunds got in each other's way; this one was not taken.
    BizerrNeedRetry     = "BIZERR_NEED_RETRY"     => Unknown [Refund: RepeatSame],
    /// Too many wrong requests: all of them are refused for about a minute.
    InvalidReqTooMuch   = "INVALID_REQ_TOO_MUCH"  => Unknown [Refund: RepeatLater],
    /// The order was paid more than a year ago; the money must go back in another way.
    TradeOverdue        = "TRADE_OVERDUE"         => Unknown [Refund: Alarm],
    /// The payer has closed the account; the money must go back in another way.
    UserAccountAbnormal = "USER_ACCOUNT_ABNORMAL" => Unknown [Refund: Alarm],
    /// Anything else; only `err_code_des` says what, such as that all was paid back already.
    Error               = "ERROR"                 => Unknown [Refund: Query],
    /// More than is left of the order: something was paid back already. Older documentation.
    RefundFeeInvalid    = "REFUND_FEE_INVALID"    => Unknown [Refund: Query],
    /// WeChat's number of a payment is wrong.
    InvalidTransactionId = "INVALID_TRANSACTIONID" => Unknown
        [Refund: Alarm, RefundQuery: Alarm, Reverse: Alarm],
    /// Nothing of this order was paid back yet. A refund that got no answer may be sent again, with
    /// its own number.
    RefundNotExist      = "REFUNDNOTEXIST"        => Unknown [RefundQuery: GiveUp],

    // Of payment codes.

    /// The customer is asked for the password: the money may still come.
    UserPaying          = "USERPAYING"            => Query,
    /// A time-out at the bank: the money may have been taken.
    BankError           = "BANKERROR"             => Query,
    /// The code is too old; the customer's phone shows a new one.
    AuthCodeExpire      = "AUTHCODEEXPIRE"        => Unknown
        [MicroPay: GiveUp, AuthCodeToOpenId: GiveUp],
    /// The code is ill-formed or was used before.
    AuthCodeError       = "AUTH_CODE_ERROR"       => Unknown
        [MicroPay: GiveUp, AuthCodeToOpenId: GiveUp],
    /// Not a payment code of WeChat's.
    AuthCodeInvalid     = "AUTH_CODE_INVALID"     => Unknown
        [MicroPay: GiveUp, AuthCodeToOpenId: GiveUp],
    /// The customer's card cannot pay this (spelt as WeChat does).
    NotSupportCard      = "NOTSUPORTCARD"         => Unknown [MicroPay: GiveUp],
    /// The order was reversed.
    OrderReversed       = "ORDERREVERSED"         => Unknown [MicroPay: GiveUp],
    /// Two customers' codes for one number.
    BuyerMismatch       = "BUYER_MISMATCH"        => Unknown [MicroPay: GiveUp],
    /// The payer's account is abnormal or under risk control; for reverse, a rule is in the way.
    TradeError          = "TRADE_ERROR"           => Unknown [MicroPay: GiveUp, Reverse: Query],
    /// More than 7 days old: the money goes back by refund.
    ReverseExpire       = "REVERSE_EXPIRE"        => Unknown [Reverse: GiveUp],
}

impl FromStr for ErrCode {
    type Err = Infallible;

    fn from_str(code: &str) -> Result<Self, Infallible> {
        Ok(Self::from(code))
    }
}

impl fmt::Display for ErrCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
