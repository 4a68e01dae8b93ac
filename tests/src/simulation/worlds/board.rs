//! The vending board and its port: one motor, one vend that may wait for it, and words on their
//! way to the machine, in their order.

use daemon::sale::Event;
use hardware::board::{BoardEvent, Fault, VendTag};

/// The port starts no motor so long after it was asked.
const START_MAX_MS: i64 = 15_000;

/// The board; it goes on while the program is down.
#[derive(Clone, Debug, Default)]
pub(super) struct Board {
    pub(super) is_down: bool,
    /// The motor turns for this vend.
    pub(super) running: Option<VendTag>,
    /// The vend that waits for the motor, and when it was asked for.
    pub(super) waiting: Option<(VendTag, i64)>,
    /// How each turn ended; `None` = nobody saw it.
    pub(super) ended: Vec<(VendTag, Option<bool>)>,
    /// Said and not yet heard.
    pub(super) words: Vec<Word>,
    /// Asked how it ended, and not yet answered.
    pub(super) recalls: Vec<VendTag>,
    /// Every turn of the motor.
    pub(super) turned: Vec<VendTag>,
}

/// What the board says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Word {
    Up,
    Down,
    Fell(VendTag),
    Failed(VendTag, Fate),
    Unknown(VendTag),
}

/// Why nothing fell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Fate {
    NoDrop,
    NotStarted,
    Busy,
    BoardDown,
    Expired,
}

/// How a turn of the motor ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The sensor sees the item fall.
    Fell,
    /// The sensor sees that nothing fell.
    NoDrop,
    /// The line breaks: nobody saw.
    Unseen,
}

impl Word {
    pub(super) fn event(self) -> Event {
        Event::Board(match self {
            Self::Up => BoardEvent::Up { identity: "a board".to_owned() },
            Self::Down => BoardEvent::Down { reason: "unplugged".to_owned() },
            Self::Fell(tag) => BoardEvent::VendSucceeded { tag },
            Self::Failed(tag, fate) => BoardEvent::VendFailed { tag, fault: fate.fault() },
            Self::Unknown(tag) => BoardEvent::VendUnknown { tag, why: "nobody saw".to_owned() },
        })
    }
}

impl Fate {
    fn fault(self) -> Fault {
        match self {
            Self::NoDrop => Fault::NoDrop,
            Self::NotStarted => Fault::NotStarted,
            Self::Busy => Fault::Busy,
            Self::BoardDown => Fault::BoardDown,
            Self::Expired => Fault::Expired,
        }
    }
}

impl Board {
    pub(super) fn vend(&mut self, tag: VendTag, now_ms: i64) {
        if self.is_down {
            self.words.push(Word::Failed(tag, Fate::BoardDown));
        } else if self.running.is_none() {
            self.turn(tag);
        } else if let Some((pushed_out, _)) = self.waiting.replace((tag, now_ms)) {
            self.words.push(Word::Failed(pushed_out, Fate::Busy));
        }
    }

    pub(super) fn end(&mut self, ending: Ending, is_heard: bool) {
        let Some(tag) = self.running.take() else { return };
        let (fell, word) = match ending {
            Ending::Fell => (Some(true), Word::Fell(tag)),
            Ending::NoDrop => (Some(false), Word::Failed(tag, Fate::NoDrop)),
            Ending::Unseen => (None, Word::Unknown(tag)),
        };
        self.ended.push((tag, fell));
        if is_heard {
            self.words.push(word);
        }
    }

    /// The machine has heard the next word; the port starts what waits for the motor.
    pub(super) fn heard(&mut self, word: Word, now_ms: i64) {
        let frees = !matches!(word, Word::Failed(_, Fate::Busy | Fate::BoardDown | Fate::Expired));
        if !frees || self.running.is_some() {
            return;
        }
        if let Some((tag, asked_ms)) = self.waiting.take() {
            if self.is_down {
                self.words.push(Word::Failed(tag, Fate::BoardDown));
            } else if now_ms - asked_ms > START_MAX_MS {
                self.words.push(Word::Failed(tag, Fate::Expired));
            } else {
                self.turn(tag);
            }
        }
    }

    /// What the board can say of the vend that it is asked about: a board with a latched result
    /// tells it, one without can never.
    pub(super) fn recalled(&self, is_latched: bool) -> Option<Word> {
        let tag = *self.recalls.first()?;
        if !is_latched {
            return Some(Word::Unknown(tag));
        }
        match self.ended.iter().rev().find(|(ended, _)| *ended == tag) {
            Some((_, Some(true))) => Some(Word::Fell(tag)),
            Some((_, Some(false))) => Some(Word::Failed(tag, Fate::NoDrop)),
            Some((_, None)) => None,
            None => Some(Word::Failed(tag, Fate::NotStarted)),
        }
    }

    /// The line breaks: a turn that runs is not seen to its end.
    pub(super) fn go_down(&mut self) {
        self.end(Ending::Unseen, true);
        self.is_down = true;
        self.words.push(Word::Down);
    }

    /// The program is gone, and with it its ears and what waited in it.
    pub(super) fn unheard(&mut self) {
        self.words.clear();
        self.recalls.clear();
        self.waiting = None;
    }

    /// A new program switches every motor off before it says that the board is up.
    pub(super) fn restarted(&mut self) {
        self.end(Ending::Unseen, false);
        if !self.is_down {
            self.words.push(Word::Up);
        }
    }

    fn turn(&mut self, tag: VendTag) {
        self.running = Some(tag);
        self.turned.push(tag);
    }
}
