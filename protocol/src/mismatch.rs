//! A signed message that is not what it was taken for, and reading fields so that this shows.

use std::str::FromStr;

use crate::{Fen, Fields, ValueError};

/// A message of WeChat's that is about something else, or lacks something.
///
/// Names are those of the specification; values are left out, they may be personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// A field that must be there is absent or empty.
    #[error("message has no {0}")]
    Missing(&'static str),
    /// A field whose value the specification does not allow.
    #[error("message has an ill-formed {name}: {rule}", rule = error.rule)]
    IllFormed {
        /// The field.
        name: &'static str,
        /// What its value must be.
        error: ValueError,
    },
    /// A code that does not say SUCCESS.
    #[error("message's {0} is not SUCCESS")]
    NotSuccess(&'static str),
    /// A field that says this message is about another merchant, account, order or amount.
    #[error("message is about another {0}")]
    Other(&'static str),
    /// A field that shows this message is of another kind: somebody plays back a signed message
    /// in the wrong place.
    #[error("message has a {0}, so it is of another kind")]
    Foreign(&'static str),
    /// A field that was moved into the value of another, where the signature still covers it.
    #[error("message hides its {0} in the value of another field")]
    Hidden(&'static str),
}

impl Fields {
    /// A field that must be there; an empty value counts as none.
    pub(crate) fn required(&self, name: &'static str) -> Result<&str, Mismatch> {
        self.get(name).filter(|value| !value.is_empty()).ok_or(Mismatch::Missing(name))
    }

    /// A field that must be there, as a value.
    pub(crate) fn read<T: FromStr<Err = ValueError>>(
        &self,
        name: &'static str,
    ) -> Result<T, Mismatch> {
        self.required(name)?.parse().map_err(|error| Mismatch::IllFormed { name, error })
    }

    /// A field that must be there and name what is ours.
    pub(crate) fn ours(&self, name: &'static str, value: &str) -> Result<(), Mismatch> {
        if self.required(name)? == value { Ok(()) } else { Err(Mismatch::Other(name)) }
    }

    /// An amount that must be there and be ours.
    pub(crate) fn our_amount(&self, name: &'static str, fee: Fen) -> Result<(), Mismatch> {
        if self.read::<Fen>(name)? == fee { Ok(()) } else { Err(Mismatch::Other(name)) }
    }

    /// A field of the `n`-th thing in a list, which must be there. The name is spelt as in the
    /// specification, with `$n` for the number.
    pub(crate) fn nth(&self, name: &'static str, n: u32) -> Result<&str, Mismatch> {
        let value = self.get(&name.replace("$n", &n.to_string()));
        value.filter(|value| !value.is_empty()).ok_or(Mismatch::Missing(name))
    }

    /// The same, as a value.
    pub(crate) fn read_nth<T: FromStr<Err = ValueError>>(
        &self,
        name: &'static str,
        n: u32,
    ) -> Result<T, Mismatch> {
        self.nth(name, n)?.parse().map_err(|error| Mismatch::IllFormed { name, error })
    }

    /// A code that must be there and say SUCCESS.
    pub(crate) fn success(&self, name: &'static str) -> Result<(), Mismatch> {
        if self.required(name)? == "SUCCESS" { Ok(()) } else { Err(Mismatch::NotSuccess(name)) }
    }

    /// A field whose absence says something; an empty value counts as none.
    ///
    /// `a=1`, `b=2` and `a=1&b=2` are signed alike, so a stranger can make a signed field vanish
    /// in the value of the one before it: that is not an absence.
    pub(crate) fn optional(&self, name: &'static str) -> Result<Option<&str>, Mismatch> {
        let hidden = format!("&{name}=");
        if self.iter().any(|(_, value)| value.contains(&hidden)) {
            return Err(Mismatch::Hidden(name));
        }
        Ok(self.required(name).ok())
    }

    /// A field that must not be there, as only messages of another kind have it.
    pub(crate) fn refuse(&self, name: &'static str) -> Result<(), Mismatch> {
        match self.optional(name)? {
            None => Ok(()),
            Some(_) => Err(Mismatch::Foreign(name)),
        }
    }
}
