//! The key that the merchant and WeChat share.

use std::fmt;

use md5::{Digest, Md5};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The merchant's APIv2 key: 32 letters and digits, set in the merchant platform.
///
/// It is neither the mini-program's AppSecret nor the APIv3 key. Whoever has it can forge payments:
/// it is wiped from memory after use and shows itself to nobody.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ApiKey(Box<[u8; Self::LENGTH]>);

/// A text that is not an API key. The text itself is left out: it may be nearly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyError {
    /// Too short or too long.
    #[error("an API key has {} characters, this has {length}", ApiKey::LENGTH)]
    Length {
        /// Length of the text in bytes.
        length: usize,
    },
    /// A character that no key has: often a blank or a line end that was copied along.
    #[error("an API key has only 0-9 A-Z a-z, character {position} is none of them")]
    Alphabet {
        /// Position of the first such character, from 1.
        position: usize,
    },
}

impl ApiKey {
    /// Length of a key in characters.
    pub const LENGTH: usize = 32;

    /// Accepts 32 of `0-9 A-Z a-z`. A line end is the caller's to take off.
    ///
    /// # Errors
    ///
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, ApiKeyError> {
        let bytes = text.as_bytes();
        let key = bytes.try_into().map_err(|_| ApiKeyError::Length { length: bytes.len() })?;
        match bytes.iter().position(|b| !b.is_ascii_alphanumeric()) {
            None => Ok(Self(Box::new(key))),
            Some(index) => Err(ApiKeyError::Alphabet { position: index + 1 }),
        }
    }

    /// The AES-256 key of refund notifies: the 32 lower-case digits of this key's MD5, as bytes.
    /// APIv2 refund notify, "decryption".
    pub(crate) fn refund_notify_key(&self) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        for (digits, byte) in key.chunks_exact_mut(2).zip(Md5::digest(self.as_bytes())) {
            let text = Zeroizing::new(format!("{byte:02x}"));
            digits.copy_from_slice(text.as_bytes());
        }
        key
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}
