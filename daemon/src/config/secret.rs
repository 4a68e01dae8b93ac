//! Secrets: each read from a file of its own that nobody else may read.

use std::env;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use protocol::jscode2session::AppSecret;
use protocol::sign::{ApiKey, ApiKeyError};
use zeroize::Zeroizing;

/// Where the key lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// A file of its own.
    File(PathBuf),
    /// A systemd credential (`LoadCredential=NAME:...`), read from `$CREDENTIALS_DIRECTORY`.
    Credential(String),
}

/// A token is the only lock before the orders of a mini-program.
const TOKEN_BYTES_MIN: usize = 16;

/// A private key in PEM has some thousand characters; more is another file.
const BYTES_MAX: u64 = 64 * 1024;

/// Reads the key.
///
/// # Errors
///
/// When the file is missing, unreadable, open to others, or holds no key. No error shows the
/// content.
pub fn read_key(source: &KeySource) -> Result<ApiKey, SecretError> {
    match source {
        KeySource::File(path) => parse(path, &read(path, true)?),
        KeySource::Credential(name) => {
            let plain =
                Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
            if !plain {
                return Err(SecretError::BadName(name.clone()));
            }
            let directory = env::var_os("CREDENTIALS_DIRECTORY")
                .ok_or_else(|| SecretError::NoCredentials(name.clone()))?;
            let path = Path::new(&directory).join(name);
            // systemd itself sees to who may read it.
            parse(&path, &read(&path, false)?)
        }
    }
}

/// Reads a key for trying things out, whoever else may read it.
///
/// # Errors
///
/// When the file is missing, unreadable, or holds no key.
pub fn read_unguarded_key(path: &Path) -> Result<ApiKey, SecretError> {
    parse(path, &read(path, false)?)
}

/// Reads the token that the mini-program's back end shows.
///
/// # Errors
///
/// As [`read_secret_file`], and when no header can carry it or it is too easily guessed.
pub fn read_token(path: &Path) -> Result<Zeroizing<String>, SecretError> {
    let token = read_secret_file(path)?;
    let good = token.len() >= TOKEN_BYTES_MIN && token.bytes().all(|byte| byte.is_ascii_graphic());
    if good { Ok(token) } else { Err(SecretError::NoToken { path: path.to_owned() }) }
}

/// Reads the mini-program's AppSecret.
///
/// # Errors
///
/// As [`read_secret_file`], and when it is none.
pub fn read_app_secret(path: &Path) -> Result<AppSecret, SecretError> {
    AppSecret::parse(&read_secret_file(path)?)
        .map_err(|source| SecretError::NoAppSecret { path: path.to_owned(), source })
}

/// Reads another secret, without the line end behind it.
///
/// # Errors
///
/// When the file is missing, unreadable, empty, or open to others.
pub fn read_secret_file(path: &Path) -> Result<Zeroizing<String>, SecretError> {
    let mut text = read(path, true)?;
    let length = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(length);
    if text.is_empty() { Err(SecretError::Empty { path: path.to_owned() }) } else { Ok(text) }
}

fn parse(path: &Path, text: &str) -> Result<ApiKey, SecretError> {
    ApiKey::parse(text.trim_end_matches(['\r', '\n']))
        .map_err(|source| SecretError::NoKey { path: path.to_owned(), source })
}

fn read(path: &Path, guarded: bool) -> Result<Zeroizing<String>, SecretError> {
    let unreadable = |source| SecretError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if guarded {
        check_owner(path, metadata.mode(), metadata.uid())?;
    }
    let mut text = Zeroizing::new(String::new());
    file.take(BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}

fn check_owner(path: &Path, mode: u32, uid: u32) -> Result<(), SecretError> {
    let (path, mode) = (path.to_owned(), mode & 0o7777);
    if mode & 0o077 != 0 {
        return Err(SecretError::OpenToOthers { path, mode });
    }
    let ours = rustix::process::geteuid().as_raw();
    if uid != ours && uid != 0 {
        return Err(SecretError::OtherOwner { path, uid, ours });
    }
    Ok(())
}

/// A secret that cannot be had, or should not be trusted.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Missing or not ours to read.
    #[error("the key file {path:?} cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others may read or write it.
    #[error(
        "the key file {path:?} is open to others (mode {mode:04o}): chmod 600 it, and change the key"
    )]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Somebody else can change it.
    #[error("the key file {path:?} belongs to user {uid}, not to {ours} or root: chown it")]
    OtherOwner {
        /// The file.
        path: PathBuf,
        /// Its owner.
        uid: u32,
        /// The user that runs this program.
        ours: u32,
    },
    /// It holds something else.
    #[error("the key file {path:?} holds no API key")]
    NoKey {
        /// The file.
        path: PathBuf,
        /// What a key is.
        #[source]
        source: ApiKeyError,
    },
    /// It holds nothing.
    #[error("the key file {path:?} is empty")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// It holds no token.
    #[error(
        "the file {path:?} holds no token: it must be {TOKEN_BYTES_MIN} visible ASCII characters \
         or more, without blanks"
    )]
    NoToken {
        /// The file.
        path: PathBuf,
    },
    /// It holds no AppSecret.
    #[error("the key file {path:?} holds no AppSecret")]
    NoAppSecret {
        /// The file.
        path: PathBuf,
        /// What an AppSecret is.
        #[source]
        source: protocol::ValueError,
    },
    /// Not started by systemd, or without the credential.
    #[error(
        "there is no $CREDENTIALS_DIRECTORY for the credential {0:?}: use LoadCredential= in the unit"
    )]
    NoCredentials(String),
    /// A name that is a path.
    #[error("{0:?} is not the name of a credential: it must be a plain name")]
    BadName(String),
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn key_file(content: &str, mode: u32) -> (tempfile::TempDir, KeySource) {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("api_key");
        fs::write(&path, content).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("its mode");
        (dir, KeySource::File(path))
    }

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn a_guarded_key_is_read_with_and_without_line_end() {
        for content in [KEY.to_owned(), format!("{KEY}\n"), format!("{KEY}\r\n")] {
            let (_dir, source) = key_file(&content, 0o600);
            assert!(read_key(&source).is_ok());
        }
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        for mode in [0o640, 0o604, 0o660, 0o610] {
            let (_dir, source) = key_file(KEY, mode);
            assert!(matches!(read_key(&source), Err(SecretError::OpenToOthers { .. })), "{mode:o}");
        }
    }

    #[test]
    fn no_error_shows_the_content() {
        let (_dir, source) = key_file("not-a-key-but-secret", 0o600);
        let error = read_key(&source).expect_err("no key");
        let shown = format!("{} {error:?}", crate::report::Chain(&error));
        assert!(!shown.contains("but-secret"), "{shown}");
    }

    #[test]
    fn a_credential_cannot_lead_elsewhere() {
        let source = KeySource::Credential("../api_key".to_owned());
        assert!(matches!(read_key(&source), Err(SecretError::BadName(_))));
    }
}
