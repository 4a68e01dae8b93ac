//! The languages of the machine, and the operator's texts in them.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// A language the machine speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Language {
    /// Simplified Chinese, written `zh` in a configuration.
    #[serde(rename = "zh")]
    Chinese,
    /// English, written `en` in a configuration.
    #[serde(rename = "en")]
    English,
    /// Japanese, written `ja` in a configuration.
    #[serde(rename = "ja")]
    Japanese,
    /// Korean, written `ko` in a configuration.
    #[serde(rename = "ko")]
    Korean,
    /// Russian, written `ru` in a configuration.
    #[serde(rename = "ru")]
    Russian,
    /// French, written `fr` in a configuration.
    #[serde(rename = "fr")]
    French,
}

impl Language {
    /// All languages, in the order in which a customer is offered them.
    pub const ALL: [Self; 6] =
        [Self::Chinese, Self::English, Self::Japanese, Self::Korean, Self::Russian, Self::French];

    /// The language as a configuration writes it (ISO 639-1).
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
            Self::Japanese => "ja",
            Self::Korean => "ko",
            Self::Russian => "ru",
            Self::French => "fr",
        }
    }
}

/// A text of the operator, such as the name of an item: in Chinese and English, and in whatever
/// other languages it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "BTreeMap<Language, String>")]
pub struct Label {
    /// In Chinese.
    pub zh: String,
    /// In English; may be empty.
    pub en: String,
    others: BTreeMap<Language, String>,
}

impl Label {
    /// A text in Chinese and English.
    #[must_use]
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into(), others: BTreeMap::new() }
    }

    /// The same text, with these words in this language.
    #[must_use]
    pub fn with(mut self, language: Language, text: impl Into<String>) -> Self {
        let text = text.into();
        match language {
            Language::Chinese => self.zh = text,
            Language::English => self.en = text,
            Language::Japanese | Language::Korean | Language::Russian | Language::French => {
                self.others.insert(language, text);
            }
        }
        self
    }

    /// The text in this language. Where there is none, a foreigner gets it in English, and in
    /// Chinese when there is no English either.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        let own = match language {
            Language::Chinese => return &self.zh,
            Language::English => None,
            Language::Japanese | Language::Korean | Language::Russian | Language::French => {
                self.others.get(&language)
            }
        };
        own.into_iter().chain([&self.en]).find(|text| !text.is_empty()).unwrap_or(&self.zh)
    }
}

impl<'de> Deserialize<'de> for Label {
    /// From a table of languages; Chinese and English have to be among them.
    fn deserialize<D: Deserializer<'de>>(table: D) -> Result<Self, D::Error> {
        let mut texts = BTreeMap::<Language, String>::deserialize(table)?;
        let mut take = |language: Language| {
            texts.remove(&language).ok_or_else(|| D::Error::missing_field(language.code()))
        };
        Ok(Self { zh: take(Language::Chinese)?, en: take(Language::English)?, others: texts })
    }
}

impl From<Label> for BTreeMap<Language, String> {
    fn from(label: Label) -> Self {
        let mut texts = label.others;
        texts.insert(Language::Chinese, label.zh);
        texts.insert(Language::English, label.en);
        texts
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn languages_are_written_as_in_a_configuration() {
        for language in Language::ALL {
            let text = format!("\"{}\"", language.code());
            assert_eq!(serde_json::from_str::<Language>(&text).unwrap(), language);
            assert_eq!(serde_json::to_string(&language).unwrap(), text);
        }
        assert!(serde_json::from_str::<Language>("\"de\"").is_err());
    }

    #[test]
    fn a_label_speaks_the_language_it_is_asked_in() {
        let label: Label =
            serde_json::from_str(r#"{"zh":"可乐","en":"Cola","ja":"コーラ"}"#).unwrap();
        assert_eq!(label, Label::new("可乐", "Cola").with(Language::Japanese, "コーラ"));
        let said = Language::ALL.map(|language| label.in_language(language));
        assert_eq!(said, ["可乐", "Cola", "コーラ", "Cola", "Cola", "Cola"]);
    }

    #[test]
    fn a_label_without_english_speaks_chinese() {
        let label =
            Label::new("可乐", "").with(Language::French, "Coca").with(Language::Korean, "");
        let said = Language::ALL.map(|language| label.in_language(language));
        assert_eq!(said, ["可乐", "可乐", "可乐", "可乐", "可乐", "Coca"]);
        assert_eq!(Label::new("", "Cola").in_language(Language::Chinese), "");
    }

    #[test]
    fn a_text_is_replaced_by_a_later_one() {
        let mut label = Label::new("a", "b");
        for language in Language::ALL {
            label = label.with(language, "old").with(language, language.code());
        }
        assert_eq!(
            Language::ALL.map(|it| label.in_language(it)),
            Language::ALL.map(Language::code)
        );
    }

    #[test]
    fn a_label_is_a_flat_table() {
        let label = Label::new("可乐", "Cola").with(Language::French, "Coca");
        let text = r#"{"zh":"可乐","en":"Cola","fr":"Coca"}"#;
        assert_eq!(serde_json::to_string(&label).unwrap(), text);
        assert_eq!(serde_json::from_str::<Label>(text).unwrap(), label);
    }

    #[test]
    fn a_label_that_cannot_be_shown_is_refused() {
        for (text, why) in [
            (
                r#"{"zh":"可乐","en":"Cola","de":"Cola"}"#,
                "unknown variant `de`, expected one of `zh`",
            ),
            (r#"{"en":"Cola"}"#, "missing field `zh`"),
            (r#"{"zh":"可乐","fr":"Coca"}"#, "missing field `en`"),
        ] {
            let error = serde_json::from_str::<Label>(text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
