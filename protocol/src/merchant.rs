//! Who sells: the account, the merchant number and the key that belongs to them.

use crate::sign::{ApiKey, SignType};
use crate::{AppId, Fields, MchId, Mismatch};

/// A merchant in direct mode (no sub-merchants).
#[derive(Debug, Clone)]
pub struct Merchant {
    /// The official account or mini-program.
    pub appid: AppId,
    /// The merchant's number.
    pub mch_id: MchId,
    /// The key both sides sign with.
    pub key: ApiKey,
    /// How this merchant's orders are signed, and hence their answers and notifies.
    pub sign_type: SignType,
}

impl Merchant {
    /// Refuses a message that is about another merchant, although the key fits.
    pub(crate) fn recognise(&self, fields: &Fields) -> Result<(), Mismatch> {
        fields.ours("appid", self.appid.as_str())?;
        fields.ours("mch_id", self.mch_id.as_str())
    }
}
