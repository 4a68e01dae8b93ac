//! The fuzz targets on stable: every seed of the corpus, and thousands of seeds gone wrong.
//!
//! A rule that a fuzzer once broke stays checked here: put its input into
//! `protocol/fuzz/corpus`, named by what it is.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

#[path = "../../fuzz/targets.rs"]
mod targets;

type Target = fn(&[u8]) -> bool;

const TARGETS: [(&str, Target); 5] = [
    ("xml", targets::xml),
    ("notify", targets::notify),
    ("bill", targets::bill),
    ("mode1_callback", targets::mode1_callback),
    ("refund_notify", targets::refund_notify),
];

/// For each target.
const MUTATIONS: usize = 8000;

/// Pieces with a meaning in one of the formats.
const PIECES: [&[u8]; 20] = [
    b"<",
    b">",
    b"&",
    b"]]>",
    b"<![CDATA[",
    b"&#0;",
    b"&#xD800;",
    b"<!DOCTYPE x>",
    b"</xml>",
    b"`",
    b",`",
    b",",
    b"\n",
    b"\r\n",
    b"\x1f",
    b"\x1f\x8b\x08",
    b"\xef\xbb\xbf",
    b"\xff",
    b"=",
    b"\0",
];

#[test]
fn every_seed_is_what_its_name_says() {
    for (name, target) in TARGETS {
        let seeds = seeds(name);
        for kind in ["good", "bad"] {
            assert!(seeds.iter().any(|seed| seed.name.starts_with(kind)), "{name} has no {kind}");
        }
        for seed in seeds {
            assert_eq!(run(target, &seed.data), seed.name.starts_with("good"), "{name}/{seed:?}");
        }
    }
}

#[test]
fn no_seed_gone_wrong_breaks_a_rule() {
    for (name, target) in TARGETS {
        let seeds = seeds(name);
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
        for _ in 0..MUTATIONS {
            let mut data = chance.pick(&seeds).data.clone();
            for _ in 0..=chance.below(3) {
                mutate(&mut data, &seeds, &mut chance);
            }
            run(target, &data);
        }
    }
}

/// One file of the corpus.
struct Seed {
    name: String,
    data: Vec<u8>,
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

fn seeds(target: &str) -> Vec<Seed> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut seeds: Vec<Seed> = fs::read_dir(&dir)
        .unwrap()
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

/// Runs a target; when it panics, shows what it was given.
fn run(target: Target, data: &[u8]) -> bool {
    catch_unwind(AssertUnwindSafe(|| target(data)))
        .unwrap_or_else(|_| panic!("broken by b\"{}\"", data.escape_ascii()))
}

fn mutate(data: &mut Vec<u8>, seeds: &[Seed], chance: &mut Chance) {
    let at = chance.below(data.len() + 1);
    let end = at + chance.below(data.len() - at + 1);
    match chance.below(8) {
        0 => data.truncate(at),
        1 => drop(data.drain(at..end)),
        2 => data.splice(at..at, chance.pick(&PIECES).iter().copied()).for_each(drop),
        3 => data.splice(at..end, chance.pick(&PIECES).iter().copied()).for_each(drop),
        4 => {
            let copy = data[at..end].to_vec();
            data.splice(at..at, copy).for_each(drop);
        }
        5 => {
            let other = &chance.pick(seeds).data;
            let from = chance.below(other.len() + 1);
            data.truncate(at);
            data.extend_from_slice(&other[from..]);
        }
        6 => {
            for byte in &mut data[at..end] {
                byte.make_ascii_uppercase();
            }
        }
        _ => {
            if let Some(byte) = data.get_mut(at) {
                *byte ^= 1 << chance.below(8);
            }
        }
    }
}

/// Marsaglia's xorshift64: the same chance every time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}
