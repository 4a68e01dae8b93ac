//! Years of sales in minutes: the real loop on a simulated drive, in a street where everything that
//! can go wrong does, from one seed in one thread.
//!
//! ```text
//!   script ─► world: customers, network, cabinet, drive ◄─► wheel: the real loop, middle and log
//!                │
//!                └─► ledger: the promises, checked at every step; broken ─► the shortest script
//! ```
//!
//! What happens from outside is a script, made from the seed; everything else follows from it. So a
//! failing seed can be played again, and its script shortened while it still fails.

mod build;
mod cabinet;
mod chance;
pub mod cli;
mod customer;
mod drive;
mod inputs;
mod ledger;
mod life;
pub mod month;
mod network;
mod outbox;
mod script;
mod shrink;
#[cfg(test)]
mod tests;
mod world;

use std::collections::BTreeMap;

use build::Build;
use ledger::Counts;
use script::{Step, script};
use world::World;

/// Customers in the script of one seed: some days of a busy machine.
const CUSTOMERS: u32 = 500;

/// What became of one or many seeds.
#[derive(Clone, Debug, Default)]
struct Tally {
    counts: Counts,
    /// How often each fault stands in the scripts.
    faults: BTreeMap<&'static str, u64>,
    restarts: u64,
    turns: u64,
    syncs: u64,
    simulated_ms: u64,
}

impl Tally {
    fn add(&mut self, more: &Self) {
        self.counts.add(&more.counts);
        for (kind, count) in &more.faults {
            *self.faults.entry(kind).or_default() += count;
        }
        self.restarts += more.restarts;
        self.turns += more.turns;
        self.syncs += more.syncs;
        self.simulated_ms += more.simulated_ms;
    }
}

/// A seed with which a promise is broken.
#[derive(Clone, Debug)]
struct Failure {
    seed: u64,
    kind: &'static str,
    details: String,
    script: Vec<Step>,
    /// Orders that were made until then.
    orders: u64,
}

/// Plays a seed's script.
fn play(seed: u64) -> Result<Tally, Box<Failure>> {
    let script = script(seed, CUSTOMERS, Build::SLOTS.into());
    play_script(seed, script)
}

fn play_script(seed: u64, script: Vec<Step>) -> Result<Tally, Box<Failure>> {
    let mut world = World::new(seed, script.clone(), false);
    world.play();
    let orders = world.ledger.counts.orders;
    match world.violation {
        Some(violation) => {
            let (kind, details) = (violation.kind, violation.details);
            Err(Box::new(Failure { seed, kind, details, script, orders }))
        }
        None => {
            let mut faults = BTreeMap::new();
            for step in script.iter().filter(|step| step.input.is_fault()) {
                *faults.entry(step.input.kind()).or_default() += 1;
            }
            Ok(Tally {
                counts: world.ledger.counts,
                faults,
                restarts: world.restarts,
                turns: world.cabinet.turns(),
                syncs: world.drive.synced(),
                simulated_ms: world.now_ms,
            })
        }
    }
}
