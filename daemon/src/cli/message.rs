//! `kioskd sign` and `kioskd verify`: one message on stdin.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use protocol::sign::{self, ApiKey, SignType};
use protocol::{Fields, xml};

use super::{UNREADABLE, WRONG, complain, fail};
use crate::config::{KeySource, SecretError, read_key, read_unguarded_key};
use crate::report::Chain;

/// Prints the sign of the message on stdin.
pub(super) fn sign(key_file: &Path, sign_type: Option<SignType>, explain: bool) -> ExitCode {
    let (key, fields) = match input(key_file) {
        Ok(input) => input,
        Err(code) => return code,
    };
    let sign_type = match sign_type.map_or_else(|| own_sign_type(&fields), Ok) {
        Ok(sign_type) => sign_type,
        Err(reason) => {
            complain(&reason);
            return ExitCode::from(UNREADABLE);
        }
    };
    if explain {
        let text = sign::string_to_sign(&fields);
        let _ = writeln!(io::stderr(), "{text}");
    }
    let printed = writeln!(io::stdout(), "{}", sign::sign(&fields, &key, sign_type));
    if printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(UNREADABLE) }
}

/// Checks the sign of the message on stdin.
pub(super) fn verify(key_file: &Path) -> ExitCode {
    let (key, fields) = match input(key_file) {
        Ok(input) => input,
        Err(code) => return code,
    };
    match sign::verify_any(fields, &key) {
        Ok((_, sign_type)) => {
            let _ = writeln!(io::stderr(), "kioskd: the {sign_type} sign holds");
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(&format!("the sign does not hold: {}", Chain(&error)));
            ExitCode::from(WRONG)
        }
    }
}

fn input(key_file: &Path) -> Result<(ApiKey, Fields), ExitCode> {
    let key = key(key_file).map_err(|error| fail(UNREADABLE, &error))?;
    let mut body = Vec::new();
    // One byte more than allowed, so that a body that is too long is seen as such.
    let limit = u64::try_from(xml::BODY_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    io::stdin().take(limit).read_to_end(&mut body).map_err(|error| fail(UNREADABLE, &error))?;
    let fields = xml::parse(&body).map_err(|error| {
        complain(&format!("the message on stdin cannot be read: {}", Chain(&error)));
        ExitCode::from(UNREADABLE)
    })?;
    Ok((key, fields))
}

/// These commands are for trying things out, also with the keys of test vectors: a key that is open
/// to others is complained of and used. The machine itself refuses it.
fn key(key_file: &Path) -> Result<ApiKey, SecretError> {
    let key = read_key(&KeySource::File(key_file.to_owned()));
    if let Err(error @ (SecretError::OpenToOthers { .. } | SecretError::OtherOwner { .. })) = &key {
        complain(&error.to_string());
        return read_unguarded_key(key_file);
    }
    key
}

fn own_sign_type(fields: &Fields) -> Result<SignType, String> {
    match fields.get("sign_type") {
        None | Some("") => Ok(SignType::Md5),
        Some(text) => text.parse().map_err(|_| {
            format!("the message's sign_type is {text:?}; it must be MD5 or HMAC-SHA256")
        }),
    }
}
