//! What follows from one event.

use super::command::{Alarm, Command};
use super::entry::Entry;
use super::memory::Memory;

/// The outcome of a decision: facts to record, then wishes to carry out, then what to keep in mind.
#[derive(Debug)]
pub struct Decision {
    /// To be on disk, all of them or none, before anything else happens.
    pub entries: Vec<Entry>,
    /// To be carried out after that, in this order.
    pub commands: Vec<Command>,
    /// The new memory, valid when the entries are on disk.
    pub memory: Memory,
}

impl Decision {
    /// The decision that nothing follows.
    pub fn nothing(memory: &Memory) -> Self {
        Self { entries: Vec::new(), commands: Vec::new(), memory: memory.clone() }
    }

    pub(super) fn record(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    pub(super) fn command(&mut self, command: Command) {
        self.commands.push(command);
    }

    pub(super) fn alarm(&mut self, alarm: Alarm) {
        self.commands.push(Command::Alarm(alarm));
    }
}
