//! The trial of the copy in a child process: a sled that hangs there can be ended.

use std::{
    io,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How often we look whether the child has ended.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// How a trial ended without the child's consent.
#[derive(Debug)]
pub(super) enum ProbeError {
    /// The copy must not be opened.
    Refused(String),
    /// The program could not be run: nothing is known of the copy.
    NotRun(io::Error),
}

/// Runs `program probe-store dir` and ends it at `deadline`.
pub(super) fn run(program: &Path, dir: &Path, deadline: Instant) -> Result<(), ProbeError> {
    let mut child = Command::new(program)
        .arg("probe-store")
        .arg(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(ProbeError::NotRun)?;
    match wait(&mut child, deadline).map_err(ProbeError::NotRun)? {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(ProbeError::Refused(format!("trying it ended with {status}"))),
        None => Err(ProbeError::Refused("trying it did not end in time".to_owned())),
    }
}

/// The child's end; `None` when it had to be killed.
fn wait(child: &mut Child, deadline: Instant) -> io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            // Its lock on the copy is free only when it is really gone.
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(LOOK_EVERY);
    }
}
