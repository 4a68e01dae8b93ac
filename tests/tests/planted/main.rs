//! Faults are planted into the middle, the loop and the log, and the simulated street finds each.
//!
//! The product's own source has none of them: a copy of the repository is changed below `target/`,
//! every fault behind its number, and built once. A fault whose place has changed fails the test:
//! then it has to be planted anew.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]
#![expect(clippy::print_stdout, reason = "the list of faults, with what it took to find each")]

mod faults;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use faults::{FAULTS, Fault, SWITCH};

/// So many seeds are played at most to find one.
const SEEDS: u32 = 60;

/// What is not copied.
const LEFT_OUT: [&str; 2] = ["target", ".git"];

#[test]
fn every_planted_fault_is_found() {
    let copy = copy_of_the_repository();
    for (number, fault) in (1..).zip(&FAULTS) {
        plant(&copy, number, fault);
    }
    let program = build(&copy);
    let clean = play(&program, 0, SEEDS);
    assert!(clean.status.success(), "without a fault: {}", text(&clean));
    let mut missed = Vec::new();
    for (number, fault) in (1..).zip(&FAULTS) {
        let played = play(&program, number, SEEDS);
        let said = text(&played);
        let found = said.lines().find(|line| line.starts_with("seed ")).unwrap_or_default();
        println!("{}: {found}", fault.name);
        if played.status.success() || !found.contains(&format!(": {}: ", fault.breaks)) {
            missed.push(fault.name);
        }
    }
    assert!(missed.is_empty(), "not found in {SEEDS} seeds: {missed:?}");
    println!("{} planted faults, each found", FAULTS.len());
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The directory that this test program was built into, such as `target`.
fn target() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.ancestors().nth(3).unwrap().to_owned()
}

fn copy_of_the_repository() -> PathBuf {
    let copy = target().join("planted");
    if copy.exists() {
        fs::remove_dir_all(&copy).unwrap();
    }
    copy_dir(root(), &copy);
    // A name of its own, so that it never takes the place of the real one.
    let bin = copy.join("tests/src/bin");
    fs::rename(bin.join("simulate.rs"), bin.join("simulate-planted.rs")).unwrap();
    fs::write(copy.join("daemon/src/planted.rs"), SWITCH).unwrap();
    // A version of its own, or cargo takes its libraries for those of the repository, with which it
    // shares a target.
    replace(&copy.join("Cargo.toml"), "version = \"0.0.0\"", "version = \"0.0.0-planted\"");
    replace(&copy.join("daemon/src/lib.rs"), "pub mod wheel;", "pub mod planted;\npub mod wheel;");
    copy
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (name, target) = (entry.file_name(), to.join(entry.file_name()));
        if LEFT_OUT.iter().any(|it| name == *it) || name == "node_modules" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn plant(copy: &Path, number: u32, fault: &Fault) {
    let file = copy.join(fault.file);
    let planted = fault.planted.replace("PLANTED", &format!("crate::planted::is({number})"));
    replace(&file, fault.right, &planted);
}

fn replace(file: &Path, old: &str, new: &str) {
    let source = fs::read_to_string(file).unwrap();
    let places = source.matches(old).count();
    assert_eq!(places, 1, "{}: {places} places of:\n{old}", file.display());
    fs::write(file, source.replace(old, new)).unwrap();
}

fn build(copy: &Path) -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--quiet", "--offline"])
        .args(["-p", "tests", "--bin", "simulate-planted"])
        .arg("--target-dir")
        .arg(target())
        .current_dir(copy);
    for (name, _) in std::env::vars_os() {
        let of_this_package = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        if of_this_package {
            command.env_remove(name);
        }
    }
    let built = command.output().unwrap();
    if !built.status.success() {
        panic!("the copy does not build: {}", String::from_utf8_lossy(&built.stderr));
    }
    target().join("debug/simulate-planted")
}

fn play(program: &Path, number: u32, seeds: u32) -> std::process::Output {
    Command::new(program)
        .args(["year", "--first", "--seeds", &seeds.to_string()])
        .env("PLANTED", number.to_string())
        .output()
        .unwrap()
}

fn text(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}
