//! Programs from outside, run to their end.

use std::process::{Command, Output};

pub(crate) use crate::found::{find, skip};

/// Runs a program that succeeds; what it printed.
pub(crate) fn run(command: &mut Command) -> String {
    let output = end(command);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{said}{complained}", output.status);
    said
}

/// Runs a program to its end.
pub(crate) fn end(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}
