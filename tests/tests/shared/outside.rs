//! Programs from outside: found, or loudly missed.

use std::{env, path::PathBuf};

/// The path of an outside program; `None` when the test is to be skipped for want of it.
///
/// `KIOSK_TESTS_NEVER_SKIP=1` makes its absence a failure.
pub(crate) fn find(program: &str, debian_package: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Debian keeps an administrator's programs out of other people's PATH.
    let dirs = env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    let found = dirs.map(|dir| dir.join(program)).find(|it| it.is_file());
    if found.is_none() {
        skip(&format!("there is no {program}: apt-get install {debian_package}"));
    }
    found
}

/// Says what is missing, or fails when nothing may be.
pub(crate) fn skip(missing: &str) {
    let never_skip = env::var_os("KIOSK_TESTS_NEVER_SKIP").is_some_and(|value| value == "1");
    assert!(!never_skip, "{missing}");
    println!("SKIPPED: {missing}");
}
