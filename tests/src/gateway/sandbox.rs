//! Where a request goes: to production, or to one of the two sandboxes, each with its own key.

/// APIv2, "sandbox": the old one's prefix of every path.
const OLD_PREFIX: &str = "/sandboxnew";
/// The new one's.
const NEW_PREFIX: &str = "/xdc/apiv2sandbox";
/// Where the new one's key is asked for; the old one's path has its usual prefix.
const NEW_KEY_PATH: &str = "/xdc/apiv2getsignkey/sign/getsignkey";
/// getsignkey behind the prefix.
pub(super) const KEY_PATH: &str = "/pay/getsignkey";

/// Which key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Realm {
    /// Real money.
    #[default]
    Production,
    /// `/sandboxnew`, MD5 only.
    OldSandbox,
    /// `/xdc/apiv2sandbox`.
    NewSandbox,
}

impl Realm {
    /// The realm of a path, and the path within it. gopay posts refund and reverse of the old
    /// sandbox without `/secapi`.
    pub(super) fn of_path(path: &str) -> (Self, &str) {
        if path == NEW_KEY_PATH {
            return (Self::NewSandbox, KEY_PATH);
        }
        match (path.strip_prefix(OLD_PREFIX), path.strip_prefix(NEW_PREFIX)) {
            (Some("/pay/refund"), _) => (Self::OldSandbox, "/secapi/pay/refund"),
            (Some("/pay/reverse"), _) => (Self::OldSandbox, "/secapi/pay/reverse"),
            (Some(rest), _) => (Self::OldSandbox, rest),
            (None, Some(rest)) => (Self::NewSandbox, rest),
            (None, None) => (Self::Production, path),
        }
    }

    /// The key that getsignkey gives out; production has none of these.
    pub(super) const fn sign_key(self) -> Option<&'static str> {
        match self {
            Self::Production => None,
            Self::OldSandbox => Some("5a4db0b001d5a4db0b001d5a4db0b001"),
            Self::NewSandbox => Some("5a4db0b002d5a4db0b002d5a4db0b002"),
        }
    }
}
