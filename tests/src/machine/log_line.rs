//! What kioskd says on its standard error: one tracing event a line, in JSON.

use serde::Deserialize;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// `INFO`, `WARN`, ... or empty for what is not a tracing event, such as a panic.
    pub level: String,
    /// The message, or the whole line.
    pub message: String,
    /// As it was written.
    pub raw: String,
}

impl LogLine {
    pub(super) fn read(raw: &str) -> Self {
        let raw = raw.to_owned();
        match serde_json::from_str::<Event>(&raw) {
            Ok(Event { level, message }) => Self { level, message, raw },
            Err(_) => Self { level: String::new(), message: raw.clone(), raw },
        }
    }

    /// Which entry of which order this line says is on disk.
    #[must_use]
    pub fn recorded(&self) -> Option<(String, String)> {
        let Recorded { entry, order } = serde_json::from_str(&self.raw).ok()?;
        (self.message == "recorded").then_some((entry, order))
    }
}

#[derive(Deserialize)]
struct Event {
    level: String,
    message: String,
}

#[derive(Deserialize)]
struct Recorded {
    entry: String,
    order: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tracing_event_is_read_and_a_panic_is_kept() {
        let event = r#"{"timestamp":"t","level":"INFO","message":"ready","target":"d"}"#;
        let line = LogLine::read(event);
        assert_eq!((line.level.as_str(), line.message.as_str()), ("INFO", "ready"));
        let line = LogLine::read("thread 'main' panicked");
        assert_eq!((line.level.as_str(), line.message.as_str()), ("", "thread 'main' panicked"));
    }
}
