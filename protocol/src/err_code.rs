//! What WeChat says when a call failed, and what to do then.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// What an [`ErrCode`] asks of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Nothing was decided: send exactly the same again, later.
    RepeatSame,
    /// The order is in another state than thought: ask which with orderquery.
    Query,
    /// The order is at its end, or never was: a new try needs a new number.
    GiveUp,
    /// The settings or the program are wrong: trying again does not help, a person must look.
    Alarm,
    /// A code that is not in this table. It decides nothing about money: ask with orderquery.
    Unknown,
}

macro_rules! err_codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal => $verdict:ident,)*) => {
        /// The `err_code` of a signed answer.
        /// APIv2 unifiedorder, orderquery, closeorder, "error codes".
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

            /// What to do. It is the same for unifiedorder, orderquery and closeorder.
            pub fn verdict(&self) -> Verdict {
                match self {
                    $(Self::$variant => Verdict::$verdict,)*
                    Self::Other(_) => Verdict::Unknown,
                }
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

err_codes! {
    /// A time-out inside of WeChat: the call may have worked.
    SystemError         = "SYSTEMERROR"           => RepeatSame,
    /// Too many calls; the limit is shared by all machines of the merchant.
    FrequencyLimited    = "FREQUENCY_LIMITED"     => RepeatSame,
    /// The order is already paid.
    OrderPaid           = "ORDERPAID"             => Query,
    /// The number was used with other parameters.
    OutTradeNoUsed      = "OUT_TRADE_NO_USED"     => Query,
    /// The order's state does not allow the call.
    TradeStateError     = "TRADE_STATE_ERROR"     => Query,
    /// The order is closed; for closeorder this means done.
    OrderClosed         = "ORDERCLOSED"           => GiveUp,
    /// No order of this number was ever made. For a moment it may also follow a creation, which the
    /// specification does not exclude: it never outweighs a payment that was seen.
    OrderNotExist       = "ORDERNOTEXIST"         => GiveUp,
    /// The payer's balance is too low; they may pay in another way.
    NotEnough           = "NOTENOUGH"             => Query,
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
    /// A request that cannot be, such as an order made again with other values.
    InvalidRequest      = "INVALID_REQUEST"       => Alarm,
    /// Our body is not XML.
    XmlFormatError      = "XML_FORMAT_ERROR"      => Alarm,
    /// Our body is empty.
    PostDataEmpty       = "POST_DATA_EMPTY"       => Alarm,
    /// We did not use POST.
    RequirePostMethod   = "REQUIRE_POST_METHOD"   => Alarm,
    /// Our body is not UTF-8.
    NotUtf8             = "NOT_UTF8"              => Alarm,
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
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_as_it_is_written() {
        for code in ErrCode::known() {
            assert_eq!(ErrCode::from(code.as_str()), code);
            assert_ne!(code.verdict(), Verdict::Unknown);
        }
    }

    #[test]
    fn a_new_code_decides_nothing() {
        for text in ["", "orderpaid", "BRAND_NEW"] {
            let code = ErrCode::from(text);
            assert_eq!((code.as_str(), code.verdict()), (text, Verdict::Unknown));
        }
    }
}
