//! The shortest script that still breaks the same promise: steps are left out while it does.

use super::{Failure, play_script, script::Step};

/// How often a script is played at most while it is shortened.
const TRIES_MAX: u32 = 600;

/// Shortens the script of `failure` (after Zeller's delta debugging: big parts first).
pub(super) fn shortest(failure: Failure) -> Failure {
    let mut best = failure;
    let mut tries = 0;
    let mut part = best.script.len().div_ceil(2);
    while part > 0 {
        let mut at = 0;
        let mut shorter = false;
        while at < best.script.len() && tries < TRIES_MAX {
            let left_out = without(&best.script, at, part);
            tries += 1;
            match play_script(best.seed, left_out) {
                Err(failure) if failure.kind == best.kind => {
                    best = *failure;
                    shorter = true;
                }
                Ok(_) | Err(_) => at += part,
            }
        }
        if !shorter || part > 1 {
            part /= 2;
        }
        if tries >= TRIES_MAX {
            break;
        }
    }
    best
}

fn without(script: &[Step], at: usize, part: usize) -> Vec<Step> {
    let outside = |index: usize| index < at || index >= at + part;
    script.iter().enumerate().filter(|(index, _)| outside(*index)).map(|(_, step)| *step).collect()
}
