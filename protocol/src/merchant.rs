//! Who sells: the account, the merchant number and the key that belongs to them.

use std::iter;

use crate::sign::{self, ApiKey, SignType, Verified, VerifyError};
use crate::{AppId, Fields, MchId, Mismatch};

/// A merchant in direct mode (no sub-merchants).
#[derive(Debug, Clone)]
pub struct Merchant {
    /// The official account or mini-program.
    pub appid: AppId,
    /// The merchant's number.
    pub mch_id: MchId,
    /// The key both sides sign with, and the only one we sign with.
    pub key: ApiKey,
    /// The key before this one. After a change in the merchant platform both are in use for some
    /// minutes: what WeChat signs or encrypts with either is accepted while this one is set.
    pub previous_key: Option<ApiKey>,
    /// How this merchant's orders are signed, and hence their answers and notifies.
    pub sign_type: SignType,
}

impl Merchant {
    /// Checks the signature of a message in the one mode that this merchant uses, with either key.
    ///
    /// # Errors
    ///
    /// See [`VerifyError`].
    pub fn verify(&self, fields: Fields) -> Result<Verified<Fields>, VerifyError> {
        self.verify_in(fields, self.sign_type)
    }

    /// The same for messages whose mode is not the merchant's choice.
    pub(crate) fn verify_in(
        &self,
        fields: Fields,
        expected: SignType,
    ) -> Result<Verified<Fields>, VerifyError> {
        sign::verify_with(fields, self.keys(), expected)
    }

    /// The keys that WeChat may use, the present one first.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &ApiKey> {
        iter::once(&self.key).chain(&self.previous_key)
    }

    /// Refuses a message that is about another merchant, although the key fits.
    pub(crate) fn recognise(&self, fields: &Fields) -> Result<(), Mismatch> {
        fields.ours("appid", self.appid.as_str())?;
        fields.ours("mch_id", self.mch_id.as_str())
    }
}
