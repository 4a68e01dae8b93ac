//! The inputs that are kept: each named by what it is, `good...` or `bad...`.

use std::{fs, path::PathBuf};

/// One file of the corpus.
pub(crate) struct Seed {
    pub(crate) name: String,
    pub(crate) data: Vec<u8>,
}

impl Seed {
    pub(crate) fn is_good(&self) -> bool {
        self.name.starts_with("good")
    }
}

/// The seeds of a target, in the order of their names.
pub(crate) fn seeds(target: &str) -> Vec<Seed> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut seeds: Vec<Seed> = fs::read_dir(&dir)
        .unwrap_or_else(|error| panic!("{}: {error}", dir.display()))
        .map(|entry| entry.unwrap())
        .map(|entry| Seed {
            name: entry.file_name().into_string().unwrap(),
            data: fs::read(entry.path()).unwrap(),
        })
        // What libFuzzer has added here says nothing of itself.
        .filter(|seed| seed.name.starts_with("good") || seed.name.starts_with("bad"))
        .collect();
    seeds.sort_by(|one, other| one.name.cmp(&other.name));
    seeds
}
