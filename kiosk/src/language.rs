//! The two languages of the machine, and the operator's texts in both.

use serde::{Deserialize, Serialize};

/// A language the machine speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// Simplified Chinese, written `zh` in a configuration.
    #[serde(rename = "zh")]
    Chinese,
    /// English, written `en` in a configuration.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// Both languages, for tests and tables.
    pub const ALL: [Self; 2] = [Self::Chinese, Self::English];

    /// The language that the switch on every screen leads to.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Chinese => Self::English,
            Self::English => Self::Chinese,
        }
    }
}

/// A text of the operator in both languages, such as the name of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Label {
    /// The text in this language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn languages_are_written_as_in_a_configuration() {
        for (text, language) in [("\"zh\"", Language::Chinese), ("\"en\"", Language::English)] {
            assert_eq!(serde_json::from_str::<Language>(text).unwrap(), language);
            assert_eq!(serde_json::to_string(&language).unwrap(), text);
        }
        assert!(serde_json::from_str::<Language>("\"fr\"").is_err());
    }

    #[test]
    fn a_label_speaks_the_language_it_is_asked_in() {
        let label: Label = serde_json::from_str(r#"{"zh":"可乐","en":"Cola"}"#).unwrap();
        assert_eq!(label.in_language(Language::Chinese), "可乐");
        assert_eq!(label.in_language(Language::English), "Cola");
        assert!(serde_json::from_str::<Label>(r#"{"zh":"可乐","en":"Cola","fr":"Coca"}"#).is_err());
    }
}
