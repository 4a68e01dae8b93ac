//! One flat message: names and values, in the order in which they are signed.

use std::collections::BTreeMap;
use std::fmt;

/// Longest name of a field; the longest in the specification has 25 characters.
pub(crate) const NAME_BYTES_MAX: usize = 64;

/// Values that a log must not show: people, and what could pay or sign in somebody's name.
const HIDDEN: [&str; 5] = ["auth_code", "key", "openid", "sandbox_signkey", "sub_openid"];

/// The fields of one message, sorted by the byte value of the name. A value may be empty.
///
/// Every name and every character can be carried by XML, so that what is signed is what is sent.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fields(BTreeMap<String, String>);

impl Fields {
    /// A message without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field of ours. Characters that XML cannot carry are left out of the value.
    ///
    /// The name is a literal of the specification, 1 to 64 of `0-9 A-Z a-z _`: a debug build
    /// asserts it. Names from outside come through [`crate::xml::parse`].
    pub fn set(&mut self, name: &str, value: impl Into<String>) -> &mut Self {
        debug_assert!(is_name(name), "not a field name: {name:?}");
        let mut value = value.into();
        value.retain(is_xml_char);
        self.0.insert(name.to_owned(), value);
        self
    }

    /// The value of a field; an empty one is `Some("")`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Takes a field out.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// All fields, sorted by the byte value of the name: digits, `A-Z`, `_`, `a-z`.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Names and values, but for the values that a log must not show.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |name, value| if HIDDEN.contains(&name) { "***" } else { value };
        f.debug_map().entries(self.iter().map(|(name, value)| (name, shown(name, value)))).finish()
    }
}

/// Whether a field may have this name.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Whether XML can carry the character. XML 1.0, production 2, `Char`.
pub(crate) fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_by_byte_value() {
        let mut fields = Fields::new();
        for name in ["b", "ab", "a_b", "aB", "a0", "B"] {
            fields.set(name, "1");
        }
        let names: Vec<_> = fields.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["B", "a0", "aB", "a_b", "ab", "b"]);
    }

    #[test]
    fn debug_hides_people_and_keys() {
        let mut fields = Fields::new();
        fields.set("openid", "oUpF8uMEb4").set("auth_code", "1200610").set("total_fee", "350");
        let shown = format!("{fields:?}");
        assert_eq!(shown, r#"{"auth_code": "***", "openid": "***", "total_fee": "350"}"#);
    }

    #[test]
    fn what_xml_cannot_carry_is_not_kept() {
        let mut fields = Fields::new();
        fields.set("attach", "a\u{0}b\u{b}c\u{ffff}d\te");
        assert_eq!(fields.get("attach"), Some("abcd\te"));
    }
}
