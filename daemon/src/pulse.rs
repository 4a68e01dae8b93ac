//! The watchdog's rule: who watches this program is told that it lives only while every part of it
//! makes progress.
//!
//! The loop itself looks, so it is the witness of its own life, and of the log's: an append that
//! hangs hangs the loop, and a log that is down is tried by it again and again. Of the other parts
//! it sees counters and flags. What counts is how long the loop has watched a part without any
//! progress, not what a clock says: after a stop of the whole process nothing is blamed for it.

use std::fmt;
use std::time::Duration;

/// Parts with a life of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The board's thread: a serial port may hold it for ever.
    Board,
    /// The tasks that ask WeChat.
    Gateway,
    /// The cron scheduler.
    Scheduler,
}

/// What the loop sees of the other parts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signs {
    /// How often the board's thread has turned: at least once a second.
    pub board_turns: u64,
    /// A question to WeChat is without an answer although its own limits are over.
    pub gateway_overdue: bool,
    /// How often the scheduler has ticked: once a second. A silent one is started anew after 5 s.
    pub scheduler_ticks: u64,
}

/// A port is closed, opened and cleared within a few seconds, even on a slow bus.
const BOARD_MAX: Duration = Duration::from_secs(15);

/// An answer takes a moment from its limit into the inbox.
const GATEWAY_MAX: Duration = Duration::from_secs(15);

/// A scheduler that was started anew so often, some ten times, and still does not tick never will.
const SCHEDULER_MAX: Duration = Duration::from_secs(60);

/// One look counts for no more: what is longer, the loop stood still itself.
const LOOK_MAX: Duration = Duration::from_secs(2);

/// What was seen of all parts so far.
#[derive(Clone, Debug, Default)]
pub struct Pulse {
    looked_at: Duration,
    seen: Signs,
    /// For how long each part was watched without progress.
    board: Duration,
    gateway: Duration,
    scheduler: Duration,
}

impl Pulse {
    /// Everything is well until it was watched for a while, from `now` on the monotonic clock.
    pub fn new(now: Duration) -> Self {
        Self { looked_at: now, ..Self::default() }
    }

    /// Looks at `signs`; returns the parts that are stuck.
    pub fn look(&mut self, signs: Signs, now: Duration) -> Stuck {
        let watched = now.saturating_sub(self.looked_at).min(LOOK_MAX);
        let board_moves = signs.board_turns != self.seen.board_turns;
        let scheduler_moves = signs.scheduler_ticks != self.seen.scheduler_ticks;
        (self.looked_at, self.seen) = (now, signs);
        for (still, moves) in [
            (&mut self.board, board_moves),
            (&mut self.gateway, !signs.gateway_overdue),
            (&mut self.scheduler, scheduler_moves),
        ] {
            *still = if moves { Duration::ZERO } else { *still + watched };
        }
        let stuck = [
            (Part::Board, self.board >= BOARD_MAX),
            (Part::Gateway, self.gateway >= GATEWAY_MAX),
            (Part::Scheduler, self.scheduler >= SCHEDULER_MAX),
        ];
        Stuck(stuck.into_iter().filter_map(|(part, is)| is.then_some(part)).collect())
    }
}

/// The parts that make no progress.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stuck(pub Vec<Part>);

impl Stuck {
    /// Whether all of the program makes progress.
    pub fn is_nothing(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Board => "the board's thread",
            Self::Gateway => "the questions to WeChat",
            Self::Scheduler => "the scheduler",
        })
    }
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is stuck after so many seconds with a look each, of which in every one the board turns,
    /// the scheduler ticks and an answer is overdue, as said.
    fn after(seconds: u64, board: bool, scheduler: bool, overdue: bool) -> Vec<Part> {
        let mut pulse = Pulse::new(Duration::ZERO);
        let mut stuck = Stuck::default();
        for second in 1..=seconds {
            let signs = Signs {
                board_turns: if board { second } else { 0 },
                scheduler_ticks: if scheduler { second } else { 0 },
                gateway_overdue: overdue,
            };
            stuck = pulse.look(signs, Duration::from_secs(second));
        }
        stuck.0
    }

    #[test]
    fn each_part_has_its_time() {
        use Part::{Board, Gateway, Scheduler};
        #[rustfmt::skip]
        let table = [
            // seconds, board turns, scheduler ticks, answer overdue, stuck
            (9_999,     true,        true,            false,          vec![]),
            (   14,     false,       true,            false,          vec![]),
            (   15,     false,       true,            false,          vec![Board]),
            (   14,     true,        true,            true,           vec![]),
            (   15,     true,        true,            true,           vec![Gateway]),
            (   59,     true,        false,           false,          vec![]),
            (   60,     true,        false,           false,          vec![Scheduler]),
            (   60,     false,       false,           true,           vec![Board, Gateway, Scheduler]),
        ];
        for (seconds, board, scheduler, overdue, stuck) in table {
            let row = (seconds, board, scheduler, overdue);
            assert_eq!(after(seconds, board, scheduler, overdue), stuck, "{row:?}");
        }
    }

    #[test]
    fn a_part_that_moves_again_is_well() {
        let mut pulse = Pulse::new(Duration::ZERO);
        let signs = Signs::default();
        let at = Duration::from_secs;
        for second in 1..=20 {
            pulse.look(signs, at(second));
        }
        assert_eq!(pulse.look(signs, at(21)), Stuck(vec![Part::Board]));
        assert!(pulse.look(Signs { board_turns: 1, ..signs }, at(22)).is_nothing());
    }

    #[test]
    fn a_process_that_was_stopped_blames_no_part() {
        let mut pulse = Pulse::new(Duration::ZERO);
        let signs = Signs { gateway_overdue: true, ..Signs::default() };
        // A minute of looks, with an hour between them.
        for hour in 1..=7 {
            let stuck = pulse.look(signs, Duration::from_secs(hour * 3_600));
            assert!(stuck.is_nothing(), "{stuck} after {hour} looks");
        }
    }
}
