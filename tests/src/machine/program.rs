//! Where the program kioskd is, and how it is built when cargo is at hand.

use std::{
    env, io,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    sync::{Mutex, PoisonError},
};

/// One build at a time in this process; cargo itself takes care of others.
static BUILDING: Mutex<()> = Mutex::new(());

/// The path of kioskd beside the running program. Under cargo it is built first, with the same
/// profile, and together with this package so that both see the same features.
///
/// # Errors
/// [`ProgramError`] says what to do.
pub fn kioskd() -> Result<PathBuf, ProgramError> {
    let own = env::current_exe().map_err(ProgramError::Own)?;
    let beside = own.parent().unwrap_or(Path::new("."));
    // Test programs are one level deeper.
    let dir = if beside.ends_with("deps") { beside.parent().unwrap_or(beside) } else { beside };
    if let (Some(cargo), Some(package)) = (env::var_os("CARGO"), env::var_os("CARGO_MANIFEST_DIR"))
    {
        build(Path::new(&cargo), Path::new(&package), dir)?;
    }
    let program = dir.join("kioskd");
    if program.is_file() { Ok(program) } else { Err(ProgramError::Missing(program)) }
}

fn build(cargo: &Path, package: &Path, dir: &Path) -> Result<(), ProgramError> {
    let _one = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
    let profile = match dir.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(other) => other,
    };
    let mut command = Command::new(cargo);
    command
        .args(["build", "--quiet", "--profile", profile, "-p", "tests", "-p", "daemon", "--bins"])
        .current_dir(package);
    // What `cargo run` told this program is about this package: build scripts that watch it would
    // find it changed, and half of the dependencies would be built anew each time.
    for (name, _) in std::env::vars_os() {
        let is_ours = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        if is_ours {
            command.env_remove(name);
        }
    }
    if let Some(target) = dir.parent() {
        command.arg("--target-dir").arg(target);
    }
    let status = command.status().map_err(ProgramError::Cargo)?;
    if status.success() { Ok(()) } else { Err(ProgramError::Build(status)) }
}

/// There is no kioskd to start.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// The system does not tell where this program is.
    #[error("cannot find out where this program is")]
    Own(#[source] io::Error),
    /// Cargo is named in the environment but does not start.
    #[error("cannot start cargo to build kioskd")]
    Cargo(#[source] io::Error),
    /// Its messages stand above.
    #[error("cargo cannot build kioskd: {0}")]
    Build(ExitStatus),
    /// Not built, not installed.
    #[error("there is no {}; build it: cargo build -p daemon --bin kioskd", .0.display())]
    Missing(PathBuf),
}
