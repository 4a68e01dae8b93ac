//! A merchant, and WeChat's side of the signature.

use std::error::Error;

use protocol::sign::{self, ApiKey, SignType};
use protocol::{AppId, Fields, MchId, Merchant, xml};

/// The key of most vectors.
pub(crate) const KEY: &str = "k0000000000000000000000000000002";

/// Both modes, for tests that must hold in each.
pub(crate) const MODES: [SignType; 2] = [SignType::Md5, SignType::HmacSha256];

/// A merchant with [`KEY`].
pub(crate) fn merchant(appid: &str, mch_id: &str, sign_type: SignType) -> Merchant {
    Merchant {
        appid: AppId::parse(appid).unwrap(),
        mch_id: MchId::parse(mch_id).unwrap(),
        key: ApiKey::parse(KEY).unwrap(),
        previous_key: None,
        sign_type,
    }
}

/// The merchant that most tests are about.
pub(crate) fn our_merchant(sign_type: SignType) -> Merchant {
    merchant("wx8888888888888888", "1900000109", sign_type)
}

/// Fields from `name=value` lines.
pub(crate) fn fields(lines: &str) -> Fields {
    let mut fields = Fields::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once('=').unwrap();
        fields.set(name, value);
    }
    fields
}

/// The body that WeChat sends when it says `fields` to `merchant`.
pub(crate) fn signed(mut fields: Fields, merchant: &Merchant) -> String {
    fields.remove("sign");
    let sign = sign::sign(&fields, &merchant.key, merchant.sign_type);
    fields.set("sign", sign);
    xml::write(&fields)
}

/// An error with its causes, as a log shows it.
pub(crate) fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}
