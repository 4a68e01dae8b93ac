//! The signature: made over our messages, checked on theirs. APIv2, "signature algorithm".

use std::fmt;
use std::iter;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::{Fields, ValueError};

mod api_key;
mod verified;

pub use api_key::{ApiKey, ApiKeyError};
pub use verified::Verified;

/// How messages are signed. A merchant's orders, their answers and their notifies share one mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SignType {
    /// MD5, 32 digits; what WeChat takes when a request does not say.
    Md5,
    /// HMAC-SHA256, 64 digits; the better choice.
    HmacSha256,
}

impl SignType {
    /// As `sign_type` spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::HmacSha256 => "HMAC-SHA256",
        }
    }

    /// The mode that makes a `sign` of this length. Live notifies of HMAC-SHA256 orders come
    /// without `sign_type`, although the documentation says that its absence means MD5.
    fn of_length(length: usize) -> Option<Self> {
        match length {
            32 => Some(Self::Md5),
            64 => Some(Self::HmacSha256),
            _ => None,
        }
    }
}

/// Why a message is not believed. It never says what the right signature would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// No `sign`, or an empty one.
    #[error("message is not signed")]
    Absent,
    /// A `sign` that neither mode makes.
    #[error("sign has {length} characters, neither 32 nor 64")]
    Length {
        /// Length of `sign` in bytes.
        length: usize,
    },
    /// The other mode than this merchant's orders use: somebody tries the weaker one.
    #[error("message is signed with {found}, this merchant's orders with {expected}")]
    SignType {
        /// The merchant's mode.
        expected: SignType,
        /// The mode of the message.
        found: SignType,
    },
    /// A `sign_type` that contradicts the length of `sign`.
    #[error("sign_type is not {found}, which is what sign has the length of")]
    Contradiction {
        /// The mode by the length of `sign`.
        found: SignType,
    },
    /// An element named `key`: no message has one, but it has been used to bring an own key along.
    #[error("message contains an element named key")]
    KeyElement,
    /// The signature is another one: altered on the way, forged, or made with another key.
    #[error("sign does not fit the message and the merchant's key")]
    Wrong,
}

/// The `sign` of a message, in upper-case hexadecimal digits.
pub fn sign(fields: &Fields, key: &ApiKey, sign_type: SignType) -> String {
    match sign_type {
        SignType::Md5 => {
            let mut digest = Md5::new();
            feed(fields, key.as_bytes(), |bytes| digest.update(bytes));
            hex(&digest.finalize())
        }
        SignType::HmacSha256 => {
            let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes())
                .expect("HMAC takes a key of any length");
            feed(fields, key.as_bytes(), |bytes| mac.update(bytes));
            hex(&mac.finalize().into_bytes())
        }
    }
}

/// The text over which `sign` is made, with the key blotted out, for people who compare by eye.
pub fn string_to_sign(fields: &Fields) -> String {
    let mut bytes = Vec::new();
    feed(fields, b"***", |piece| bytes.extend_from_slice(piece));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Checks the signature of a message, in one mode and with one key. What comes from WeChat goes
/// through [`Merchant::verify`](crate::Merchant::verify), which knows both.
///
/// # Errors
///
/// See [`VerifyError`].
pub fn verify(
    fields: Fields,
    key: &ApiKey,
    expected: SignType,
) -> Result<Verified<Fields>, VerifyError> {
    verify_with(fields, iter::once(key), expected)
}

/// Checks the signature of a message, in one mode and with any of some keys.
pub(crate) fn verify_with<'a>(
    fields: Fields,
    keys: impl Iterator<Item = &'a ApiKey>,
    expected: SignType,
) -> Result<Verified<Fields>, VerifyError> {
    let found = mode(&fields)?;
    if found != expected {
        return Err(VerifyError::SignType { expected, found });
    }
    check(fields, keys, found)
}

/// Checks the signature of a message in the mode that the message uses, and tells which that is.
/// For people who look at a message; what is worth money goes through [`verify`].
///
/// # Errors
///
/// See [`VerifyError`].
pub fn verify_any(
    fields: Fields,
    key: &ApiKey,
) -> Result<(Verified<Fields>, SignType), VerifyError> {
    let found = mode(&fields)?;
    check(fields, iter::once(key), found).map(|verified| (verified, found))
}

/// The mode of a message, by the length of `sign`; a `sign_type` must agree.
fn mode(fields: &Fields) -> Result<SignType, VerifyError> {
    let sign = fields.get("sign").unwrap_or_default();
    if sign.is_empty() {
        return Err(VerifyError::Absent);
    }
    if fields.get("key").is_some() {
        return Err(VerifyError::KeyElement);
    }
    let length = sign.len();
    let found = SignType::of_length(length).ok_or(VerifyError::Length { length })?;
    match fields.get("sign_type") {
        None | Some("") => Ok(found),
        Some(told) if told == found.as_str() => Ok(found),
        Some(_) => Err(VerifyError::Contradiction { found }),
    }
}

/// The only place where a [`Verified`] is born.
fn check<'a>(
    fields: Fields,
    mut keys: impl Iterator<Item = &'a ApiKey>,
    mode: SignType,
) -> Result<Verified<Fields>, VerifyError> {
    let found = fields.get("sign").unwrap_or_default().as_bytes();
    // In constant time, so that nobody can guess it digit by digit.
    let fits = |key| bool::from(sign(&fields, key, mode).as_bytes().ct_eq(found));
    if keys.any(fits) { Ok(Verified::new(fields)) } else { Err(VerifyError::Wrong) }
}

/// All fields but `sign` and the empty ones, known or unknown, as `name=value&`, then the key.
fn feed(fields: &Fields, key: &[u8], mut eat: impl FnMut(&[u8])) {
    for (name, value) in fields.iter().filter(|(name, value)| *name != "sign" && !value.is_empty())
    {
        eat(name.as_bytes());
        eat(b"=");
        eat(value.as_bytes());
        eat(b"&");
    }
    eat(b"key=");
    eat(key);
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02X}");
        text
    })
}

impl fmt::Display for SignType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SignType {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        [Self::Md5, Self::HmacSha256]
            .into_iter()
            .find(|sign_type| sign_type.as_str() == text)
            .ok_or(ValueError { name: "sign_type", rule: "MD5 or HMAC-SHA256" })
    }
}

impl TryFrom<String> for SignType {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        text.parse()
    }
}

impl From<SignType> for String {
    fn from(sign_type: SignType) -> String {
        sign_type.as_str().to_owned()
    }
}
