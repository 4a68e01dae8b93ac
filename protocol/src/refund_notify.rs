//! The refund notify: WeChat hints that a refund has come to an end.
//!
//! It is the one message that is not signed. Only its content is encrypted, block by block and
//! without a check sum, so that who has seen some notifies can put new ones together from their
//! blocks, or send an old one again. What [`read`] gives is therefore no proof of anything: it is
//! a reason to ask refundquery now.

use aes::Aes256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ecb::cipher::block_padding::Pkcs7;
use ecb::cipher::{BlockModeDecrypt, KeyInit};

use crate::refundquery::RefundStatus;
use crate::sign::ApiKey;
use crate::xml::{self, XmlError};
use crate::{Fen, Fields, Merchant, Mismatch, OutRefundNo, OutTradeNo, RefundId};

/// The root element of the content.
const ROOT: &str = "root";

/// What a refund notify says, believed by nobody: ask refundquery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundHint {
    /// The order.
    pub out_trade_no: OutTradeNo,
    /// The refund's number.
    pub out_refund_no: OutRefundNo,
    /// WeChat's number of the refund.
    pub refund_id: RefundId,
    /// What goes back.
    pub refund_fee: Fen,
    /// Where the refund is said to stand: SUCCESS, CHANGE or REFUNDCLOSE.
    pub refund_status: RefundStatus,
}

/// Why a body is not a refund notify for this merchant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefundNotifyError {
    /// Not a message at all.
    #[error("refund notify is not a message")]
    NotXml(#[from] XmlError),
    /// Another kind of message, or another merchant's.
    #[error("refund notify is not to this merchant")]
    Envelope(#[source] Mismatch),
    /// `req_info` is not base64.
    #[error("refund notify's req_info is not base64")]
    NotBase64,
    /// `req_info` is not whole blocks, or was encrypted with a key that is not the merchant's.
    #[error("refund notify's req_info is not encrypted with this merchant's key")]
    Undecipherable,
    /// The content is not a message: the wrong key, or altered.
    #[error("refund notify's content is not a message")]
    ContentNotXml(#[source] XmlError),
    /// The content is not a refund.
    #[error("refund notify's content is not a refund")]
    Content(#[source] Mismatch),
}

/// Reads a refund notify. APIv2 refund notify.
///
/// The answer to it is that to a payment notify: [`Reply`](crate::notify::Reply).
///
/// # Errors
///
/// See [`RefundNotifyError`].
pub fn read(body: &[u8], merchant: &Merchant) -> Result<RefundHint, RefundNotifyError> {
    let envelope = xml::parse(body)?;
    let req_info = sealed_content(&envelope, merchant).map_err(RefundNotifyError::Envelope)?;
    let ciphertext = decode(req_info)?;
    let with_present_key = open(&ciphertext, &merchant.key);
    match &merchant.previous_key {
        Some(previous_key) => {
            with_present_key.or_else(|error| open(&ciphertext, previous_key).map_err(|_| error))
        }
        None => with_present_key,
    }
}

/// `req_info`, if the envelope is ours; one that says FAIL has none.
fn sealed_content<'a>(envelope: &'a Fields, merchant: &Merchant) -> Result<&'a str, Mismatch> {
    envelope.success("return_code")?;
    merchant.recognise(envelope)?;
    envelope.required("req_info")
}

/// Base64 as in mail: line breaks may stand anywhere.
fn decode(req_info: &str) -> Result<Vec<u8>, RefundNotifyError> {
    let digits: String = req_info.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(digits).map_err(|_| RefundNotifyError::NotBase64)
}

fn open(ciphertext: &[u8], key: &ApiKey) -> Result<RefundHint, RefundNotifyError> {
    let content = decrypt(ciphertext, key)?;
    let content = xml::parse_within(ROOT, &content).map_err(RefundNotifyError::ContentNotXml)?;
    RefundHint::read(&content).map_err(RefundNotifyError::Content)
}

/// AES-256 in ECB mode, padded as in PKCS #7.
fn decrypt(ciphertext: &[u8], key: &ApiKey) -> Result<Vec<u8>, RefundNotifyError> {
    let key = key.refund_notify_key();
    ecb::Decryptor::<Aes256>::new(&(*key).into())
        .decrypt_padded_vec::<Pkcs7>(ciphertext)
        .map_err(|_| RefundNotifyError::Undecipherable)
}

impl RefundHint {
    fn read(content: &Fields) -> Result<Self, Mismatch> {
        Ok(Self {
            out_trade_no: content.read("out_trade_no")?,
            out_refund_no: content.read("out_refund_no")?,
            refund_id: content.read("refund_id")?,
            refund_fee: content.read("refund_fee")?,
            refund_status: RefundStatus::from(content.required("refund_status")?),
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Vector {
        id: String,
        api_key: String,
        aes_key: String,
        plaintext: String,
        req_info: String,
    }

    fn vectors() -> Vec<Vector> {
        serde_json::from_str(include_str!("../tests/vectors/refund-notify.json")).unwrap()
    }

    /// E1 to E4, encrypted by others: a real one, blanks at the end, a key that begins with 0, a
    /// text of exactly one block.
    #[test]
    fn every_vector_is_decrypted_as_others_decrypt_it() {
        let vectors = vectors();
        assert_eq!(vectors.len(), 4);
        for vector in vectors {
            let key = ApiKey::parse(&vector.api_key).unwrap();
            assert_eq!(*key.refund_notify_key(), *vector.aes_key.as_bytes(), "{}", vector.id);
            let plaintext = decrypt(&decode(&vector.req_info).unwrap(), &key).unwrap();
            assert_eq!(String::from_utf8(plaintext).unwrap(), vector.plaintext, "{}", vector.id);
        }
    }

    #[test]
    fn what_is_not_whole_padded_blocks_does_not_open() {
        let vector = &vectors()[3];
        let key = ApiKey::parse(&vector.api_key).unwrap();
        let ciphertext = decode(&vector.req_info).unwrap();
        assert_eq!(ciphertext.len(), 32);
        // The last block is all padding: without it, the text's own bytes are no padding.
        for length in [0, 1, 15, 16, 17, 31] {
            let opened = decrypt(&ciphertext[..length], &key);
            assert_eq!(opened, Err(RefundNotifyError::Undecipherable), "{length} bytes");
        }
    }
}
