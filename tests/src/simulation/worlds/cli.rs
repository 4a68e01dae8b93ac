//! `simulate worlds`: looks at all of a small world and prints how large it is.

use std::{process::ExitCode, time::Instant};

use clap::{Args, ValueEnum};
use daemon::sale;

use super::{Budgets, Plan, Report};

/// With two sales the same budgets make a hundred times as many states.
const OF_ONE_SALE: Budgets = Budgets {
    losses: 1,
    repeats: 1,
    cuts: 1,
    board_failures: 1,
    troubles: 1,
    delays: 0,
    late_sweeps: 0,
};
/// See [`OF_ONE_SALE`].
const OF_TWO_SALES: Budgets = Budgets {
    losses: 0,
    repeats: 0,
    cuts: 1,
    board_failures: 0,
    troubles: 0,
    delays: 0,
    late_sweeps: 0,
};
/// The least number of new transitions between two lines of progress.
const TELL_EVERY: u64 = 500_000;

/// Every state that one or two sales can reach, with every order of events.
///
/// The search has no limit of depth: what bounds it is how often each thing may go wrong. In every
/// state the five promises are checked, and that all sales settle from there on when nothing more
/// goes wrong. A broken promise is printed with the shortest script that leads to it.
#[derive(Debug, Args)]
pub struct WorldsArgs {
    /// How many customers come: the first at the panel, the second with the phone
    #[arg(long, value_name = "N", default_value_t = 1,
          value_parser = clap::value_parser!(u8).range(1..=2))]
    sales: u8,
    /// Where they come instead, in any order
    #[arg(long, value_delimiter = ',', num_args = 1..=2, conflicts_with = "sales")]
    doors: Vec<Door>,
    /// How many calls are lost or late, with or without effect
    #[arg(long, value_name = "N")]
    losses: Option<u8>,
    /// How many answers, notifies and words of the board are heard twice
    #[arg(long, value_name = "N")]
    repeats: Option<u8>,
    /// How many power cuts
    #[arg(long, value_name = "N")]
    cuts: Option<u8>,
    /// How often the board fails
    #[arg(long, value_name = "N")]
    board_failures: Option<u8>,
    /// How often WeChat is busy or out of money, or does not end a refund well
    #[arg(long, value_name = "N")]
    troubles: Option<u8>,
    /// How many moments pass while WeChat or the board owes an answer
    #[arg(long, value_name = "N")]
    delays: Option<u8>,
    /// How many due questions the scheduler does not ask
    #[arg(long, value_name = "N")]
    late_sweeps: Option<u8>,
}

/// The ways on which customers come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Door {
    /// Touches the panel and scans the QR.
    Panel,
    /// Orders in the mini-program.
    Phone,
    /// Touches the panel and shows a payment code.
    Code,
}

impl WorldsArgs {
    fn plan(&self) -> Plan {
        let doors = match (self.doors.as_slice(), self.sales) {
            ([], 1) => &[Door::Panel][..],
            ([], _) => &[Door::Panel, Door::Phone],
            (doors, _) => doors,
        };
        let full = if doors.len() == 1 { OF_ONE_SALE } else { OF_TWO_SALES };
        let budgets = Budgets {
            losses: self.losses.unwrap_or(full.losses),
            repeats: self.repeats.unwrap_or(full.repeats),
            cuts: self.cuts.unwrap_or(full.cuts),
            board_failures: self.board_failures.unwrap_or(full.board_failures),
            troubles: self.troubles.unwrap_or(full.troubles),
            delays: self.delays.unwrap_or(full.delays),
            late_sweeps: self.late_sweeps.unwrap_or(full.late_sweeps),
        };
        let doors = doors.iter().map(|door| match door {
            Door::Panel => sale::Door::Panel,
            Door::Phone => sale::Door::MiniProgram,
            Door::Code => sale::Door::Scanner,
        });
        Plan::new(doors.collect(), budgets)
    }
}

/// Looks at all states and prints what was found. Exit code 1 = a broken promise.
pub fn run_worlds(args: &WorldsArgs, say: &mut dyn FnMut(&str)) -> ExitCode {
    let (plan, begun) = (args.plan(), Instant::now());
    say(&format!("customers at {:?}; {:?}", plan.doors, plan.budgets));
    let mut told = 0;
    let report = plan.explore(&mut |report| {
        if report.transitions - told >= TELL_EVERY {
            told = report.transitions;
            say(&format!("  at depth {}: {}", report.depth, counts(report)));
        }
    });
    let seconds = begun.elapsed().as_secs_f64();
    say(&format!("{}, depth {}, {seconds:.1} s", counts(&report), report.depth));
    let Some(found) = &report.found else {
        say(&format!(
            "every promise holds in every state, and from each all is settled within {} calm steps",
            report.calm_steps
        ));
        return ExitCode::SUCCESS;
    };
    say("a promise is broken; the shortest script:");
    for line in &found.script {
        say(line);
    }
    ExitCode::FAILURE
}

fn counts(report: &Report) -> String {
    format!("{} states, {} transitions, {} ends", report.states, report.transitions, report.ends)
}
