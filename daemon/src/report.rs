//! Errors for people: an error and all its causes on one line.

use std::error::Error;
use std::fmt;

/// Shows an error and its causes, joined by colons.
pub struct Chain<'a>(pub &'a dyn Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.0.to_string();
        f.write_str(&text)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            // Some errors tell their cause themselves.
            let next = error.to_string();
            if !text.ends_with(&next) {
                write!(f, ": {next}")?;
            }
            text = next;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the shop is shut")]
    struct Shut(#[source] std::io::Error);

    #[derive(Debug, thiserror::Error)]
    #[error("shut: {0}")]
    struct Told(#[source] std::io::Error);

    #[test]
    fn causes_follow_in_order() {
        let error = Shut(std::io::Error::other("no key"));
        assert_eq!(Chain(&error).to_string(), "the shop is shut: no key");
        let told = Told(std::io::Error::other("no key"));
        assert_eq!(Chain(&told).to_string(), "shut: no key");
    }
}
