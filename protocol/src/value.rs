//! What all values share: the error of an ill-formed one, and the shape of a text type.

/// A text that is not a value of the named field.
///
/// The text itself is left out: it may come from a stranger, or be somebody's `openid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{name} must be {rule}")]
pub struct ValueError {
    /// The field as the specification spells it.
    pub name: &'static str,
    /// What the field accepts, to be read after "must be".
    pub rule: &'static str,
}

/// A type around a text that was checked once, where it came in.
macro_rules! text_value {
    ($(#[$doc:meta])* $type:ident = $name:literal, $rule:literal, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            #[doc = concat!("Accepts ", $rule, ".\n\n# Errors\n\nAnything else.")]
            pub fn parse(text: &str) -> Result<Self, $crate::ValueError> {
                Self::try_from(text.to_owned())
            }

            /// The text as it stands in a message.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $type {
            type Error = $crate::ValueError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(&text) {
                    Ok(Self(text))
                } else {
                    Err($crate::ValueError { name: $name, rule: $rule })
                }
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::ValueError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> String {
                value.0
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

pub(crate) use text_value;

/// Whether `text` has 1 to `max` bytes, all of them accepted.
pub(crate) fn made_of(text: &str, max: usize, accepts: fn(u8) -> bool) -> bool {
    (1..=max).contains(&text.len()) && text.bytes().all(accepts)
}

/// Visible ASCII without `&` and `=`.
///
/// These two would move the field borders of the string that is signed: `attach=x&total_fee=1`
/// is hashed alike as one field and as two.
pub(crate) fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'&' && byte != b'='
}

/// The beginning of a stranger's text, fit for a log line: no control characters, `max` characters.
pub(crate) fn clip(text: &str, max: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clipped_text_is_one_short_line() {
        for (text, clipped) in [
            ("签名错误", "签名错误"),
            ("a\nWARN all is well\r\u{1b}[0m", "aWARN all i"),
            ("很很很很很很很很很很很很", "很很很很很很很很很很很"),
            ("", ""),
        ] {
            assert_eq!(clip(text, 11), clipped);
        }
    }
}
