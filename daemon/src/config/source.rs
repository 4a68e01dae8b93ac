//! The text of the configuration file, and errors that point into it.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// The file as it was read.
#[derive(Debug)]
pub(super) struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// A machine has a few dozen slots; more than this is another file.
    const BYTES_MAX: u64 = 1 << 20;

    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
        let length = fs::metadata(path).map_err(unreadable)?.len();
        if length > Self::BYTES_MAX {
            return Err(unreadable(io::Error::other("it has more than a megabyte")));
        }
        let text = fs::read_to_string(path).map_err(unreadable)?;
        Ok(Self { path: path.to_owned(), text })
    }

    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        toml::from_str(&self.text).map_err(|error| match error.span() {
            Some(span) => self.error(span, in_words(error.message())),
            None => self.error(0..0, in_words(error.message())),
        })
    }

    /// An error at the bytes `span` of the file.
    pub(super) fn error(&self, span: Range<usize>, reason: impl Into<String>) -> ConfigError {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let rest = self.text.get(start..).unwrap_or_default();
        // Only the key: a secret that was written in the wrong place must not be shown.
        let shown = rest.lines().next().unwrap_or_default().split('=').next().unwrap_or_default();
        let shown = shown.trim().to_owned();
        ConfigError::Wrong { path: self.path.clone(), line, shown, reason: reason.into() }
    }

    /// An error about the table `[name]` as a whole.
    pub(super) fn error_in_table(&self, name: &str, reason: &str) -> ConfigError {
        let start = self.text.find(&format!("[{name}]")).unwrap_or(0);
        self.error(start..start, reason)
    }

    /// A path of the file: relative ones start in its directory.
    pub(super) fn resolve(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }
}

/// What the parser found wrong, for people who do not know its types, and without the value: that
/// may be a secret in the wrong place.
fn in_words(message: &str) -> String {
    if message == "invalid socket address syntax" {
        return "must be an address and a port, such as \"127.0.0.1:8080\"".to_owned();
    }
    let wanted = if message == "wanted string or table" {
        "a string"
    } else {
        let mistyped =
            message.starts_with("invalid type: ") || message.starts_with("invalid value: ");
        match message.rsplit_once(", expected ") {
            Some((_, wanted)) if mistyped => wanted,
            Some(_) | None => return message.to_owned(),
        }
    };
    let wanted = match wanted {
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" => "a whole number, 0 or more",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" | "path string" => "a text in quotation marks",
        "a sequence" => "a list in brackets: [ ..., ... ]",
        "a map" => "a table in braces: { ... = ..., ... = ... }",
        other => other,
    };
    format!("must be {wanted}")
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file {path:?} cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A line of it is wrong.
    #[error("{}, line {line}: {reason}\n  {line} | {shown}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// The line up to the value.
        shown: String,
        /// What is wrong and what is allowed.
        reason: String,
    },
}
