//! getsignkey: fetches the key of a sandbox, in which no money moves.

use std::time::Duration;

use crate::call::{Request, UnsignedCall, sealed};
use crate::calls::CallName;
use crate::sign::{self, ApiKey, SignType};
use crate::{Fields, Merchant, Mismatch, NonceStr, ValueError};

/// Which of WeChat's sandboxes. APIv2 sandbox.
///
/// A sandbox has its own key, which [`GetSignKey`] fetches and which is kept for
/// [`KEY_LIFE`](Self::KEY_LIFE); all other calls go to [`path`](Self::path) and are signed as
/// [`merchant`](Self::merchant).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sandbox {
    /// Below `/sandboxnew`; takes MD5 only.
    Old,
    /// Below `/xdc/apiv2sandbox`; has cases for micropay only.
    New,
}

impl Sandbox {
    /// How long a key is kept. How long it lives is not published; others keep it 1 to 24 hours.
    pub const KEY_LIFE: Duration = Duration::from_secs(60 * 60);

    /// What stands before the path of a call.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Old => "/sandboxnew",
            Self::New => "/xdc/apiv2sandbox",
        }
    }

    /// Where the key is fetched, from the gateway's root.
    pub const fn key_path(self) -> &'static str {
        match self {
            Self::Old => "/sandboxnew/pay/getsignkey",
            Self::New => GetSignKey::PATH,
        }
    }

    /// The path of a call within the sandbox, from the gateway's root.
    pub fn path<R: Request>(self) -> String {
        match R::NAME {
            CallName::GetSignKey => self.key_path().to_owned(),
            CallName::UnifiedOrder
            | CallName::OrderQuery
            | CallName::CloseOrder
            | CallName::Refund
            | CallName::RefundQuery
            | CallName::MicroPay
            | CallName::Reverse
            | CallName::DownloadBill
            | CallName::ShortUrl
            | CallName::AuthCodeToOpenId
            | CallName::Report => format!("{}{}", self.prefix(), R::PATH),
        }
    }

    /// Our merchant as the sandbox knows it: with `key` alone.
    pub fn merchant(self, merchant: &Merchant, key: ApiKey) -> Merchant {
        let sign_type = match self {
            Self::Old => SignType::Md5,
            Self::New => merchant.sign_type,
        };
        Merchant { key, previous_key: None, sign_type, ..merchant.clone() }
    }
}

/// The question, asked and signed with the real key. APIv2 sandbox, getsignkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GetSignKey;

impl sealed::Request for GetSignKey {}

impl Request for GetSignKey {
    const NAME: CallName = CallName::GetSignKey;
    /// That of the new sandbox; see [`Sandbox::key_path`].
    const PATH: &'static str = "/xdc/apiv2getsignkey/sign/getsignkey";
    const REPEATABLE: bool = true;
    const SIGNED_ANSWER: bool = false;

    fn fields(&self) -> Fields {
        Fields::new()
    }

    /// Only these two, and always MD5.
    fn signed_fields(&self, merchant: &Merchant, nonce: &NonceStr) -> Fields {
        let mut fields = self.fields();
        fields.set("mch_id", merchant.mch_id.as_str()).set("nonce_str", nonce.as_str());
        let sign = sign::sign(&fields, &merchant.key, SignType::Md5);
        fields.set("sign", sign);
        fields
    }
}

impl UnsignedCall for GetSignKey {
    type Answer = ApiKey;

    fn answer(&self, answer: &Fields) -> Result<ApiKey, Mismatch> {
        let name = "sandbox_signkey";
        ApiKey::parse(answer.required(name)?).map_err(|_| Mismatch::IllFormed {
            name,
            error: ValueError { name, rule: "32 of 0-9 A-Z a-z" },
        })
    }
}
