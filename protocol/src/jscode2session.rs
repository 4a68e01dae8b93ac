//! jscode2session: who is logged in to a mini-program.
//!
//! Not a call of WeChat Pay: JSON, another host, another secret. Mini-program server API,
//! "auth.code2Session".

use std::fmt;

use serde::Deserialize;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::percent::encoded;
use crate::value::{clip, made_of};
use crate::{AppId, OpenId, ValueError};

/// Where the call goes. Not the gateway of WeChat Pay.
pub const BASE_URL: &str = "https://api.weixin.qq.com";

/// Longest answer that is read; a real one has 200 bytes.
pub const BODY_BYTES_MAX: usize = 16 * 1024;

/// Longest reason that is kept, in characters.
const REASON_MAX: usize = 128;

/// The mini-program's own secret, 32 letters and digits; neither the API key nor the APIv3 key.
///
/// Whoever has it can act as the mini-program: it is wiped from memory after use and shows itself
/// to nobody.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct AppSecret(String);

impl AppSecret {
    /// Accepts 32 of `0-9 A-Z a-z`. A line end is the caller's to take off.
    ///
    /// # Errors
    ///
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        if text.len() == 32 && made_of(text, 32, |b| b.is_ascii_alphanumeric()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ValueError { name: "secret", rule: "32 of 0-9 A-Z a-z" })
        }
    }
}

impl fmt::Debug for AppSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppSecret(***)")
    }
}

/// What `wx.login` gives the mini-program: good for one use within some five minutes.
#[derive(Clone, PartialEq, Eq)]
pub struct JsCode(String);

impl JsCode {
    /// Accepts 1 to 128 visible ASCII characters.
    ///
    /// # Errors
    ///
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        if made_of(text, 128, |b| b.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ValueError { name: "js_code", rule: "1 to 128 visible ASCII characters" })
        }
    }
}

/// It stands for a person who is logged in.
impl fmt::Debug for JsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsCode(***)")
    }
}

/// Path and query of the call, behind [`BASE_URL`]. It contains the secret.
pub struct Target(Zeroizing<String>);

impl Target {
    /// The GET that asks who logged in with `code`.
    pub fn new(appid: &AppId, secret: &AppSecret, code: &JsCode) -> Self {
        let mut target = Zeroizing::new(String::with_capacity(512));
        target.push_str("/sns/jscode2session?appid=");
        target.extend(encoded(appid.as_str()));
        target.push_str("&secret=");
        target.extend(encoded(&secret.0));
        target.push_str("&js_code=");
        target.extend(encoded(&code.0));
        target.push_str("&grant_type=authorization_code");
        Self(target)
    }

    /// The text. Not for logs, nor for errors of an HTTP client, which like to name the address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Target(/sns/jscode2session?***)")
    }
}

/// What a [`JsCodeError`] asks of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JsCodeVerdict {
    /// Ask again with the same code, after a pause.
    Retry,
    /// The mini-program must call `wx.login` again.
    NewCode,
    /// This user may not: nothing helps.
    Refuse,
    /// The settings are wrong: a person must look.
    Alarm,
}

macro_rules! errcodes {
    ($($(#[$doc:meta])* $variant:ident = $errcode:literal, $text:literal => $verdict:ident,)*) => {
        /// Why it is not known who is logged in. It repeats nothing of the answer but a reason of
        /// WeChat's that is not in the table.
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        pub enum JsCodeError {
            $($(#[$doc])* #[error($text)] $variant,)*
            /// An `errcode` that is not in this table.
            #[error("WeChat answered {errcode}: {errmsg}")]
            Other {
                /// WeChat's reason.
                errcode: i64,
                /// WeChat's reason in words.
                errmsg: String,
            },
            /// Not JSON of the expected form: a proxy, a captive portal, a service in trouble.
            #[error("answer is not what jscode2session says, line {line} column {column}")]
            NotJson {
                /// Where, from 1; 0 when the whole is too long.
                line: usize,
                /// Where, from 1; 0 when the whole is too long.
                column: usize,
            },
            /// No `openid`, or none that WeChat Pay takes.
            #[error("answer names nobody")]
            NoOpenId,
        }

        impl JsCodeError {
            fn of(errcode: i64, errmsg: &str) -> Self {
                match errcode {
                    $($errcode => Self::$variant,)*
                    _ => Self::Other { errcode, errmsg: clip(errmsg, REASON_MAX) },
                }
            }

            /// What to do. Whatever is not known asks for a new code: the old one may be used up,
            /// and nothing is at stake yet.
            pub fn verdict(&self) -> JsCodeVerdict {
                match self {
                    $(Self::$variant => JsCodeVerdict::$verdict,)*
                    Self::NotJson { .. } => JsCodeVerdict::Retry,
                    Self::Other { .. } | Self::NoOpenId => JsCodeVerdict::NewCode,
                }
            }
        }
    };
}

errcodes! {
    /// WeChat is busy.
    Busy          = -1,    "WeChat is busy (-1)"                              => Retry,
    /// Asked more than 100 times a minute for one user.
    TooFrequent   = 45011, "this user is asked for too often (45011)"         => Retry,
    /// No such code, or too old.
    InvalidCode   = 40029, "the js_code is invalid or too old (40029)"        => NewCode,
    /// Used before: perhaps by us, when the answer was lost.
    UsedCode      = 40163, "the js_code was used before (40163)"              => NewCode,
    /// No code came along.
    CodeMissing   = 41008, "WeChat misses the js_code (41008)"                => NewCode,
    /// WeChat takes the user for a cheat.
    HighRiskUser  = 40226, "WeChat has blocked this user (40226)"             => Refuse,
    /// The `appid` is not a mini-program's.
    InvalidAppId  = 40013, "WeChat does not know this appid (40013)"          => Alarm,
    /// The secret is not that of the `appid`.
    InvalidSecret = 40125, "the secret is not that of the appid (40125)"      => Alarm,
    /// No `appid` came along.
    AppIdMissing  = 41002, "WeChat misses the appid (41002)"                  => Alarm,
    /// No secret came along.
    SecretMissing = 41004, "WeChat misses the secret (41004)"                 => Alarm,
}

/// Reads the answer: who is logged in. The `session_key` in it, which could decrypt what the user
/// entrusts to the mini-program, is not even looked at.
///
/// # Errors
///
/// See [`JsCodeError`].
pub fn read_answer(body: &[u8]) -> Result<OpenId, JsCodeError> {
    if body.len() > BODY_BYTES_MAX {
        return Err(JsCodeError::NotJson { line: 0, column: 0 });
    }
    // The reader's own words may repeat values, so only the place is kept.
    let answer: Answer = serde_json::from_slice(body)
        .map_err(|error| JsCodeError::NotJson { line: error.line(), column: error.column() })?;
    match answer.errcode {
        None | Some(0) => {
            let openid = answer.openid.unwrap_or_default();
            OpenId::parse(&openid).map_err(|_| JsCodeError::NoOpenId)
        }
        Some(errcode) => Err(JsCodeError::of(errcode, &answer.errmsg.unwrap_or_default())),
    }
}

/// What of the answer matters here.
#[derive(Deserialize)]
struct Answer {
    errcode: Option<i64>,
    errmsg: Option<String>,
    openid: Option<String>,
}
