//! Small worlds, looked at completely: every state that one or two sales can reach with every order
//! of events, every lost or repeated message and every power cut that the budgets allow.
//!
//! The search is breadth first over the real middle, with no limit of depth: it ends when no state
//! has a successor that was not seen. In every state the promises hold (`promises.rs`). Nothing
//! stays unsettled: each state has one *calm* successor (nothing is lost, breaks or is cut any
//! more, nobody comes or pays, no notify arrives; a person refunds what the machine has handed
//! over), and from each state the way over calm successors is followed to a state without one,
//! where all is settled. A way that turns in a circle is a fault.
//!
//! What is exact, and what is not:
//!
//! * Exact: the middle itself, its log, WeChat's answers (signed and read), the order of everything
//!   that is on its way, the loop's turn (one event, then what time alone brings), a start step by
//!   step, a cut before or after every record and between any two wishes.
//! * A cut before an event's record is the cut before the event: nothing is left of either. A batch
//!   of entries is on disk wholly or not at all, as the journal has it. With every sale settled
//!   there is no cut any more.
//! * A call that is given up before WeChat has it may still take effect there for as long as the
//!   port would have waited for it. What the machine's own parts tell each other waits in no queue
//!   while time passes.
//! * Time stands still but for the moments at which time alone changes something: a deadline of the
//!   middle, a refund's end, the last moment to pay. Between two such moments events come in every
//!   order, at the earlier one. Countdown and grace are short, so that they have few such moments.
//! * Bounded, each by its budget: calls lost or late, messages heard twice, cuts, failures of the
//!   board, WeChat's troubles, moments that pass while WeChat or the board owes an answer, late
//!   sweeps. There is one slot, with an item for each customer.
//! * Two states are one when they differ only in what can matter no more: absolute times, the ages
//!   of paid orders, more than ten tries of a refund. They are told apart by 128 bits.
//! * Left out: a log that fails, clocks that jump, the audit, an orderly stop.
//!
//! The `stateright` crate was considered. It tells states apart by 64 bits, and its "eventually" is
//! sound on acyclic paths only, as its documentation says: what is asked for ever would not be
//! found. The search itself is the smallest part here.

mod action;
mod board;
mod canon;
pub mod cli;
mod promises;
mod search;
mod state;

use daemon::sale::{Decision, Door, Event, Machine, ResumeStep, Slot};

pub use search::{Found, Report};

use super::Item;

/// One small world: who comes, what lies in the machine, and how much may go wrong.
#[derive(Clone)]
pub struct Plan {
    /// One customer for each, who come in any order.
    pub doors: Vec<Door>,
    /// The slots; everybody wants the first.
    pub items: Vec<Item>,
    /// How much may go wrong.
    pub budgets: Budgets,
    /// A fault that is planted into the middle, to see that it is found.
    pub tamper: Option<Tamper>,
}

/// How often each thing may go wrong in one history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budgets {
    /// Calls that are given up: the request or the answer is lost or late.
    pub losses: u8,
    /// Answers, notifies or words of the board that are heard a second time.
    pub repeats: u8,
    /// Power cuts, at any moment.
    pub cuts: u8,
    /// The board: nothing falls, nobody sees whether it falls, the line breaks.
    pub board_failures: u8,
    /// WeChat: SYSTEMERROR, no balance, a refund that is slow, closed or refused by the bank.
    pub troubles: u8,
    /// Moments that pass while WeChat or the board owes an answer. Without any, every answer comes
    /// before time alone changes something; with it what was overtaken by time comes after it.
    pub delays: u8,
    /// Due questions that the scheduler does not ask.
    pub late_sweeps: u8,
}

/// Changes what the middle decided.
pub type Tamper = fn(&Machine, Heard<'_>, &mut Decision);

/// What a decision is about.
#[derive(Clone, Copy, Debug)]
pub enum Heard<'a> {
    /// A step of a start.
    Start(&'a ResumeStep),
    /// An event.
    Event(&'a Event),
}

impl Plan {
    /// Customers at `doors`, in front of one slot that has an item for each.
    #[must_use]
    pub fn new(doors: Vec<Door>, budgets: Budgets) -> Self {
        let stock = u32::try_from(doors.len()).unwrap_or(u32::MAX);
        let items = vec![Item { slot: 1, price: 350, stock: Some(stock) }];
        Self { doors, items, budgets, tamper: None }
    }

    fn slot(&self) -> Result<Slot, String> {
        let number = self.items.first().map_or(0, |item| item.slot);
        Slot::try_from(number).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests;
