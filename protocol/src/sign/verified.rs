//! The proof that a value came out of a message whose signature was checked.

use std::ops::Deref;

/// A value that WeChat has signed with the merchant's key.
///
/// Only [`Merchant::verify`](crate::Merchant::verify) and the functions of [`sign`](super) make
/// one, and it can only be read: code that needs a `Verified<Payment>` cannot be reached without
/// the check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    pub(super) fn new(value: T) -> Self {
        Self(value)
    }

    /// Gives the value away, and with it the proof.
    pub fn into_inner(self) -> T {
        self.0
    }

    /// The value as another form of the same message, if it has that form.
    pub(crate) fn try_map<U, E>(
        self,
        read: impl FnOnce(T) -> Result<U, E>,
    ) -> Result<Verified<U>, E> {
        read(self.0).map(Verified)
    }

    /// A part of the value, if it is there.
    pub(crate) fn part<U: Clone>(
        &self,
        part: impl FnOnce(&T) -> Option<&U>,
    ) -> Option<Verified<U>> {
        part(&self.0).cloned().map(Verified)
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
