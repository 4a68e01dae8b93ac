//! The payer, as the merchant's account knows them; personal, so it is never printed by accident.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ValueError;
use crate::value::{is_plain, made_of};

/// A user's id under one `appid`. APIv2 orderquery, `openid` String(128).
///
/// It has no `Display`, and its `Debug` hides it: logs are read by technicians.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OpenId(String);

impl OpenId {
    /// Accepts 1 to 128 visible ASCII characters without `&` and `=`.
    ///
    /// # Errors
    ///
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        if made_of(text, 128, is_plain) {
            Ok(Self(text.to_owned()))
        } else {
            let rule = "1 to 128 visible ASCII characters without & and =";
            Err(ValueError { name: "openid", rule })
        }
    }

    /// The text as it stands in a message. Not for logs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OpenId {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for OpenId {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        Self::parse(&text)
    }
}

impl From<OpenId> for String {
    fn from(open_id: OpenId) -> String {
        open_id.0
    }
}

impl fmt::Debug for OpenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenId(***)")
    }
}
