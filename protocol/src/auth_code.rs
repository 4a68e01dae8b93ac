//! The payment code on a customer's phone; whoever has it can take their money.

use std::fmt;
use std::str::FromStr;

use crate::ValueError;

/// A payment code: 18 digits that begin with 10 to 15, good for one payment and about a minute.
/// APIv2 micropay, `auth_code` String(128).
///
/// It has no `Display`, and its `Debug` hides it. Other codes that a scanner may read (goods,
/// other payment systems) are none.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthCode(String);

impl AuthCode {
    /// Accepts 18 digits that begin with 10 to 15. A scanner's line end is the caller's to take
    /// off.
    ///
    /// # Errors
    ///
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let rule = "18 digits that begin with 10 to 15";
        match text.as_bytes() {
            [b'1', b'0'..=b'5', rest @ ..]
                if rest.len() == 16 && rest.iter().all(u8::is_ascii_digit) =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(ValueError { name: "auth_code", rule }),
        }
    }

    /// The code as it stands in a message. Not for logs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AuthCode {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::parse(text)
    }
}

impl fmt::Debug for AuthCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthCode(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_payment_codes_of_wechat_are_taken() {
        for good in ["120061098828009406", "100000000000000000", "159999999999999999"] {
            assert_eq!(AuthCode::parse(good).as_ref().map(AuthCode::as_str), Ok(good));
        }
        for bad in [
            "",
            "12006109882800940",
            "1200610988280094060",
            "160061098828009406",
            "280061098828009406",
            "12006109882800940x",
            "120061098828009406\n",
            " 120061098828009406",
            "12006109882800940٣",
            "6901234567892",
            "https://example.com/",
        ] {
            assert!(AuthCode::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn it_shows_nowhere() {
        let shown = format!("{:?}", AuthCode::parse("120061098828009406"));
        assert_eq!(shown, "Ok(AuthCode(***))");
    }
}
