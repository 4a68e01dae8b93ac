//! A reduced run, and that it is the same every time.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use super::*;

/// Some thousands of sales; `simulate year` plays a million.
const SEEDS: u64 = 6;

#[test]
fn no_promise_is_broken() {
    let mut tally = Tally::default();
    for seed in 1..=SEEDS {
        match play(seed) {
            Ok(more) => tally.add(&more),
            Err(failure) => panic!("seed {seed}: {}: {}", failure.kind, failure.details),
        }
    }
    let counts = &tally.counts;
    assert!(counts.vended > 0 && counts.refunded > 0 && counts.closed > 0, "{counts:?}");
    assert!(tally.restarts > 0, "nothing was ever switched off");
}

#[test]
fn a_seed_is_the_same_every_time() {
    let [one, other] = [play(7), play(7)].map(|played| format!("{:?}", played.unwrap()));
    assert_eq!(one, other);
}
