//! `simulate year` and `simulate replay`: their arguments, and what they print.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use clap::Args;

use super::{
    CUSTOMERS, Failure, Tally, build::Build, ledger::Counts, play, script::script, shrink,
    world::World,
};

/// A long run is for a night.
const SEEDS_MAX: u64 = 1_000_000;

/// Play years of sales with every fault there is, and check the promises at every step.
///
/// Each seed is a machine in a street of its own for some days: the real loop, middle and order
/// log, on a simulated drive and with a simulated WeChat, board and customers. Prints sales, faults
/// and violations. A seed that fails prints the shortest script of events it can find.
#[derive(Debug, Args)]
pub struct YearArgs {
    /// How many seeds
    #[arg(long, value_name = "N", default_value_t = 3_150,
          value_parser = clap::value_parser!(u64).range(1..=SEEDS_MAX))]
    seeds: u64,
    /// The first seed
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    from: u64,
    /// Stop at the first seed that fails, and do not look for a shorter script
    #[arg(long)]
    first: bool,
    /// On so many threads; each seed is played by one
    #[arg(long, value_name = "N", default_value_t = 2,
          value_parser = clap::value_parser!(u64).range(1..=64))]
    threads: u64,
}

/// Play one seed again and tell what happens in it.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// The seed that `simulate year` named
    seed: u64,
    /// Tell the whole story, not the shortest one that fails
    #[arg(long)]
    whole: bool,
}

/// Plays all seeds; `false` when a promise was broken.
pub fn year(args: &YearArgs, say: &mut dyn FnMut(&str)) -> bool {
    let begun = Instant::now();
    let (next, played) = (AtomicU64::new(args.from), Mutex::new(Played::default()));
    let end = args.from.saturating_add(args.seeds);
    std::thread::scope(|scope| {
        for _ in 0..args.threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    let outcome = play(seed);
                    if args.first && outcome.is_err() {
                        next.store(end, Ordering::Relaxed);
                    }
                    played.lock().unwrap_or_else(PoisonError::into_inner).take(outcome);
                }
            });
        }
    });
    let played = played.into_inner().unwrap_or_else(PoisonError::into_inner);
    tell(&played.tally, args.seeds, say);
    let violations = played.failures.len() + usize::from(!adds_up(&played.tally.counts));
    let seconds = begun.elapsed().as_secs_f64();
    say(&format!("{violations} violations in {seconds:.0} s"));
    if let Some((_, failure)) = played.failures.into_iter().next() {
        if args.first {
            tell_violation(&failure, say);
        } else {
            tell_failure(failure, say);
        }
    }
    violations == 0
}

/// Plays one seed and tells its story; `false` when a promise was broken.
pub fn replay(args: &ReplayArgs, say: &mut dyn FnMut(&str)) -> bool {
    match play(args.seed) {
        Ok(tally) if !args.whole => {
            tell(&tally, 1, say);
            say("no violation; --whole tells the story");
            true
        }
        Err(failure) if !args.whole => {
            tell_failure(*failure, say);
            false
        }
        outcome => {
            let script = script(args.seed, CUSTOMERS, Build::SLOTS.into());
            story(args.seed, script, say);
            outcome.is_ok()
        }
    }
}

#[derive(Default)]
struct Played {
    tally: Tally,
    failures: BTreeMap<u64, Failure>,
}

impl Played {
    fn take(&mut self, outcome: Result<Tally, Box<Failure>>) {
        match outcome {
            Ok(tally) => self.tally.add(&tally),
            Err(failure) => drop(self.failures.insert(failure.seed, *failure)),
        }
    }
}

/// All orders together, to the fen.
const fn adds_up(counts: &Counts) -> bool {
    counts.paid_fen == counts.vended_fen + counts.refunded_fen + counts.owed_fen
}

fn tell(tally: &Tally, seeds: u64, say: &mut dyn FnMut(&str)) {
    let counts = &tally.counts;
    let days = tally.simulated_ms / 86_400_000;
    say(&format!(
        "{} sales on {seeds} machines, {days} days in all: {} paid, {} vended ({} by a twin slot), \
         {} refunded ({} of them in doubt), {} taken back by reverse, {} left to a person, {} closed",
        counts.orders,
        counts.paid,
        counts.vended,
        counts.by_twin,
        counts.refunded,
        counts.refunded_in_doubt,
        counts.reversed,
        counts.owed,
        counts.closed,
    ));
    say(&format!(
        "paid {} fen = vended {} + refunded {} + owed {}",
        counts.paid_fen, counts.vended_fen, counts.refunded_fen, counts.owed_fen
    ));
    say(&format!(
        "{} turns of a motor, {} syncs of the drive, {} restarts",
        tally.turns, tally.syncs, tally.restarts
    ));
    let faults: u64 = tally.faults.values().sum();
    say(&format!("{faults} faults in the scripts:"));
    for (kind, count) in &tally.faults {
        say(&format!("{count:>9}  {kind}"));
    }
}

fn tell_violation(failure: &Failure, say: &mut dyn FnMut(&str)) {
    let Failure { seed, orders, kind, details, .. } = failure;
    say(&format!("seed {seed}, order {orders}: {kind}: {details}"));
}

fn tell_failure(failure: Failure, say: &mut dyn FnMut(&str)) {
    let seed = failure.seed;
    tell_violation(&failure, say);
    let shortest = shrink::shortest(failure);
    say(&format!("the shortest script that was found, {} steps:", shortest.script.len()));
    for step in &shortest.script {
        say(&step.to_string());
    }
    say("and what happens then:");
    story(seed, shortest.script, say);
    say(&format!("again: simulate replay {seed}"));
}

fn story(seed: u64, script: Vec<super::script::Step>, say: &mut dyn FnMut(&str)) {
    let mut world = World::new(seed, script, true);
    world.play();
    for line in world.story.unwrap_or_default() {
        say(&line);
    }
}
