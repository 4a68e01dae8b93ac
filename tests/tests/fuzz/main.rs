//! The fuzz targets on stable: every seed of the corpus, and thousands of seeds gone wrong.
//!
//! A rule that a fuzzer once broke stays checked here: put its input into `tests/fuzz/corpus`,
//! named by what it is. Each target runs for `FUZZ_SECONDS`, one second without it; `FUZZ_SEED`
//! repeats what a run before it did.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a test may panic, and says what it did"
)]

mod corpus;
mod mutation;
#[path = "../../fuzz/targets/mod.rs"]
mod targets;

use std::{
    env,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Mutex,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use corpus::seeds;
use mutation::{Chance, mutate};
use targets::{TARGETS, Target};

/// For each target, unless `FUZZ_SECONDS` says something else.
const SECONDS: f64 = 1.0;
/// Targets at once: some wait for a socket.
const WORKERS: usize = 2;

#[test]
fn every_seed_is_what_its_name_says() {
    let mut count = 0;
    for (name, target) in TARGETS {
        let seeds = seeds(name);
        for kind in ["good", "bad"] {
            assert!(seeds.iter().any(|seed| seed.name.starts_with(kind)), "{name} has no {kind}");
        }
        count += seeds.len();
        for seed in seeds {
            assert_eq!(run(name, target, &seed.data), seed.is_good(), "{name}/{}", seed.name);
        }
    }
    println!("{count} seeds of {} targets", TARGETS.len());
}

#[test]
fn no_seed_gone_wrong_breaks_a_rule() {
    let budget = Duration::from_secs_f64(number("FUZZ_SECONDS").unwrap_or(SECONDS));
    let seed = number("FUZZ_SEED").unwrap_or_else(fresh_seed);
    println!("FUZZ_SEED={seed}, {budget:?} for each target");
    let left = Mutex::new(TARGETS.to_vec());
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some((name, target)) = next(&left) {
                    let (tries, taken) = turn_over(name, target, seed, budget);
                    println!("{name}: {tries} inputs, {taken} of them taken");
                }
            });
        }
    });
}

fn next(left: &Mutex<Vec<(&'static str, Target)>>) -> Option<(&'static str, Target)> {
    left.lock().unwrap().pop()
}

/// Runs a target on seeds gone wrong until its time is over; at least once.
fn turn_over(name: &str, target: Target, seed: u64, budget: Duration) -> (u64, u64) {
    let seeds = seeds(name);
    let mut chance = Chance::new(seed);
    let (mut tries, mut taken) = (0, 0);
    let begun = Instant::now();
    while tries == 0 || begun.elapsed() < budget {
        let mut data = chance.pick(&seeds).data.clone();
        for _ in 0..=chance.below(3) {
            mutate(&mut data, &seeds, &mut chance);
        }
        taken += u64::from(run(name, target, &data));
        tries += 1;
    }
    (tries, taken)
}

/// Runs a target; when it panics, shows what it was given.
fn run(name: &str, target: Target, data: &[u8]) -> bool {
    catch_unwind(AssertUnwindSafe(|| target(data)))
        .unwrap_or_else(|_| panic!("{name}: broken by b\"{}\"", data.escape_ascii()))
}

fn number<T: std::str::FromStr>(name: &str) -> Option<T> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text:?} is no number")))
}

fn fresh_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs() << 20 | u64::from(now.subsec_micros())
}
