//! The edges of the simulated loop: what it wants done is collected, and its clocks are set.

use std::time::Duration;

use daemon::{
    sale::{Command, Now, Timestamp},
    wheel::Edges,
};
use hardware::board::BoardEvent;

use super::{chance::mix, drive::Drive};

/// The edges of the loop: what it wants done is collected, and done when it has come to rest.
#[derive(Debug)]
pub(super) struct Outbox {
    pub(super) drive: Drive,
    pub(super) monotonic: Duration,
    pub(super) wall_ms: i64,
    pub(super) correction_ms: i64,
    pub(super) draws: u64,
    /// Commands, and whether the log had nothing that could be lost when each came out.
    pub(super) commands: Vec<(Command, bool)>,
}

impl Edges for Outbox {
    fn now(&mut self) -> Now {
        self.draws += 1;
        let random = u32::try_from(mix(self.draws) >> 32).unwrap_or(0);
        let wall = Timestamp::from_unix_ms(self.wall_ms.saturating_add(self.correction_ms));
        Now { monotonic: self.monotonic, wall, random }
    }

    fn act(&mut self, command: Command) {
        if self.drive.is_dark() {
            return; // The power went in the middle: nothing comes out any more.
        }
        if let Command::CorrectClock(correction_ms) = command {
            self.correction_ms = correction_ms;
        }
        let doubtful = self.drive.has_failed() && is_of_this_turn(&command);
        self.commands.push((command, self.drive.is_clean() && !doubtful));
    }

    fn board_said(&mut self, _event: &BoardEvent) {}
}

/// Whether the entry that justifies it can only be of the turn in which it comes out.
fn is_of_this_turn(command: &Command) -> bool {
    matches!(
        command,
        Command::OpenOrder { .. }
            | Command::PayByCode { .. }
            | Command::Vend(_)
            | Command::AnswerRemote { answer: Ok(_), .. }
    )
}
