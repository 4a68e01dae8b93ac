//! The key that merchant and gateway share, in the two forms that the gateway needs.

use std::fmt::{self, Write as _};

use aes::{
    Aes256,
    cipher::{BlockModeEncrypt as _, KeyInit as _, block_padding::Pkcs7},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use md5::{Digest as _, Md5};
use protocol::sign::{ApiKey, ApiKeyError};

/// A merchant's key; it shows itself to nobody.
#[derive(Clone)]
pub struct Key {
    api: ApiKey,
    /// APIv2 refund notify: the lower-case hexadecimal digits of the key's MD5, as 32 characters.
    refund: [u8; 32],
}

impl Key {
    /// Accepts 32 of `0-9 A-Z a-z`, as the merchant platform does.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, ApiKeyError> {
        let api = ApiKey::parse(text)?;
        let digits = Md5::digest(text).iter().fold(String::new(), |mut digits, byte| {
            // Writing to a String cannot fail.
            let _ = write!(digits, "{byte:02x}");
            digits
        });
        let mut refund = [0; 32];
        refund.iter_mut().zip(digits.bytes()).for_each(|(to, digit)| *to = digit);
        Ok(Self { api, refund })
    }

    /// For signing and verifying.
    pub(super) const fn api(&self) -> &ApiKey {
        &self.api
    }

    /// APIv2 refund notify, `req_info`: AES-256-ECB with PKCS#7, then base64.
    #[must_use]
    pub fn encrypt(&self, plain: &str) -> String {
        let cipher = ecb::Encryptor::<Aes256>::new(&self.refund.into());
        STANDARD.encode(cipher.encrypt_padded_vec::<Pkcs7>(plain.as_bytes()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(***)")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    /// Vectors E2 and E4, decrypted by three foreign clients and by OpenSSL.
    #[test]
    fn what_is_encrypted_is_what_others_can_decrypt() {
        let key = Key::parse("k0000000000000000000000000000002").unwrap();
        assert_eq!(
            key.encrypt("<root><a>1</a><b>中</b></root>  "),
            "2rTjphoRkzI8rb7VkpR6eZU1n6LCkRqWto0aMc6SLCeLp4zLD47YNnypqZx8eEiS"
        );
        assert_eq!(key.encrypt("0123456789abcdef"), "AInSgsuYAo5LG6isydU8wUSo5VUhVBRVhGzhtaLHK6A=");
    }

    #[test]
    fn it_is_not_shown() {
        let key = Key::parse("k0000000000000000000000000000002").unwrap();
        assert_eq!(format!("{key:?}"), "Key(***)");
    }
}
