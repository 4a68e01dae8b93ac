//! The motors, the spirals and the board with its driver: what turns, what falls, what is said.
//!
//! ```text
//!  Vend ─► waits for the turn before ─► turns ──2.5 s──► falls, or not ─► outcome, Idle
//! ```
//!
//! The board times the motor's pulse itself: it ends whether anybody listens or not.

use std::collections::BTreeMap;

use daemon::sale::Vend;
use hardware::board::{BoardEvent, Fault, VendTag};

/// One turn of a spiral, timed by the board.
const TURN_MS: u64 = 2_500;
/// From the drop to the word about it.
const WORD_MS: u64 = 50;
/// So long after the turn the sensor is watched before it is sure that nothing fell.
const WINDOW_MS: u64 = 3_000;
/// The driver says that it cannot tell.
const UNKNOWN_MS: u64 = 9_000;

/// Something that happens in the cabinet, and when.
#[derive(Clone, Debug)]
pub(super) enum Happening {
    /// The `nth` turn ends.
    TurnEnds(u64),
    /// The driver says something, to the program that was running then.
    Says(BoardEvent),
}

/// Happenings with the milliseconds until then.
pub(super) type Soon = Vec<(u64, Happening)>;

/// All slots behind one board.
#[derive(Debug)]
pub(super) struct Cabinet {
    spirals: BTreeMap<u16, Spiral>,
    turning: Option<Turn>,
    /// Paid while another item was on its way.
    waiting: Option<Order>,
    /// The driver has not said `Idle` yet.
    busy: bool,
    turns: u64,
    /// The last outcome, on a board that keeps it.
    latched: Option<(VendTag, bool)>,
    remembers: bool,
    pub(super) unplugged: bool,
    pub(super) deaf: Option<Deaf>,
    /// Every outcome is told so much later.
    pub(super) slow_ms: u64,
    /// What fell, by the tag of the vend.
    fallen: Vec<VendTag>,
}

/// How a board does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deaf {
    /// The driver gives up and says so.
    SaysUnknown,
    /// Nobody says anything.
    Silent,
}

#[derive(Clone, Copy, Debug)]
struct Spiral {
    items: u32,
    jammed: bool,
    blocked: bool,
}

#[derive(Clone, Copy, Debug)]
struct Order {
    tag: VendTag,
    slot: u16,
}

#[derive(Clone, Copy, Debug)]
struct Turn {
    nth: u64,
    order: Order,
    /// The program that asked still waits for the word about it.
    awaited: bool,
}

impl Cabinet {
    /// With `items` in each of these slots; a board that `remembers` keeps its last outcome.
    pub(super) fn new(slots: impl IntoIterator<Item = u16>, items: u32, remembers: bool) -> Self {
        let spiral = Spiral { items, jammed: false, blocked: false };
        Self {
            spirals: slots.into_iter().map(|slot| (slot, spiral)).collect(),
            turning: None,
            waiting: None,
            busy: false,
            turns: 0,
            latched: None,
            remembers,
            unplugged: false,
            deaf: None,
            slow_ms: 0,
            fallen: Vec::new(),
        }
    }

    /// How many motors have turned.
    pub(super) const fn turns(&self) -> u64 {
        self.turns
    }

    /// What fell since it was asked last.
    pub(super) fn take_fallen(&mut self) -> Vec<VendTag> {
        std::mem::take(&mut self.fallen)
    }

    /// What is left in a slot.
    pub(super) fn items(&self, slot: u16) -> u32 {
        self.spirals.get(&slot).map_or(0, |spiral| spiral.items)
    }

    pub(super) fn fill(&mut self, items: u32) {
        for spiral in self.spirals.values_mut() {
            spiral.items = items;
        }
    }

    pub(super) fn jam(&mut self, slot: u16, jammed: bool) {
        if let Some(spiral) = self.spirals.get_mut(&slot) {
            spiral.jammed = jammed;
        }
    }

    /// Something stands in the beam of a slot, or is taken out of it.
    pub(super) fn block(&mut self, slot: u16, blocked: bool) -> Soon {
        let Some(spiral) = self.spirals.get_mut(&slot) else { return Soon::new() };
        spiral.blocked = blocked;
        if self.unplugged {
            return Soon::new();
        }
        let said = BoardEvent::DropSensor { input: slot - 1, blocked };
        vec![(WORD_MS, Happening::Says(said))]
    }

    pub(super) fn vend(&mut self, vend: &Vend) -> Soon {
        let order = Order { tag: vend.tag(), slot: vend.slot().number() };
        let refuse = |fault| {
            let said = BoardEvent::VendFailed { tag: order.tag, fault };
            vec![(1, Happening::Says(said))]
        };
        if self.unplugged {
            refuse(Fault::BoardDown)
        } else if self.busy {
            let pushed_out = self.waiting.replace(order);
            pushed_out.map_or_else(Soon::new, |out| {
                let said = BoardEvent::VendFailed { tag: out.tag, fault: Fault::Busy };
                vec![(1, Happening::Says(said))]
            })
        } else if self.spirals.get(&order.slot).is_some_and(|spiral| spiral.blocked) {
            self.busy = true;
            let mut soon = refuse(Fault::SensorBlocked);
            soon.push((2, Happening::Says(BoardEvent::Idle)));
            soon
        } else {
            self.begin(order)
        }
    }

    fn begin(&mut self, order: Order) -> Soon {
        self.busy = true;
        self.turns += 1;
        let turn = Turn { nth: self.turns, order, awaited: true };
        self.turning = Some(turn);
        vec![
            (5, Happening::Says(BoardEvent::VendStarted { tag: order.tag })),
            (TURN_MS, Happening::TurnEnds(turn.nth)),
        ]
    }

    /// How did this vend end? A turn that still runs is told at its end by a board that remembers.
    pub(super) fn recall(&self, tag: VendTag) -> Soon {
        let why = "the board keeps no outcome of it".to_owned();
        let known = self.latched.filter(|(latched, _)| self.remembers && *latched == tag);
        let said = match known {
            Some((_, true)) => BoardEvent::VendSucceeded { tag },
            Some((_, false)) => BoardEvent::VendFailed { tag, fault: Fault::NoDrop },
            None => BoardEvent::VendUnknown { tag, why },
        };
        vec![(400, Happening::Says(said))]
    }

    pub(super) fn turn_ends(&mut self, nth: u64) -> Soon {
        let Some(turn) = self.turning.filter(|turn| turn.nth == nth) else { return Soon::new() };
        self.turning = None;
        let fell = self.falls(turn.order, true);
        let tag = turn.order.tag;
        if !turn.awaited || self.unplugged {
            return Soon::new();
        }
        let (wait, said) = match (self.deaf, fell) {
            (Some(Deaf::Silent), _) => (WORD_MS, BoardEvent::Idle),
            (Some(Deaf::SaysUnknown), _) => {
                let why = "the board did not answer".to_owned();
                (UNKNOWN_MS, BoardEvent::VendUnknown { tag, why })
            }
            (None, true) => (WORD_MS, BoardEvent::VendSucceeded { tag }),
            (None, false) => (WINDOW_MS, BoardEvent::VendFailed { tag, fault: Fault::NoDrop }),
        };
        let wait = wait + self.slow_ms;
        vec![(wait, Happening::Says(said)), (wait + 5, Happening::Says(BoardEvent::Idle))]
    }

    /// The spiral has pushed, all of its turn or a part of it.
    fn falls(&mut self, order: Order, pushed: bool) -> bool {
        let Some(spiral) = self.spirals.get_mut(&order.slot) else { return false };
        let fell = pushed && !spiral.jammed && spiral.items > 0;
        if fell {
            spiral.items -= 1;
            self.fallen.push(order.tag);
        }
        self.latched = Some((order.tag, fell));
        fell
    }

    /// The driver has said this: the next vend may begin.
    pub(super) fn said(&mut self, event: &BoardEvent) -> Soon {
        if !matches!(event, BoardEvent::Idle | BoardEvent::Up { .. } | BoardEvent::Down { .. }) {
            return Soon::new();
        }
        self.busy = false;
        let Some(order) = self.waiting.take() else { return Soon::new() };
        if self.unplugged {
            let said = BoardEvent::VendFailed { tag: order.tag, fault: Fault::BoardDown };
            return vec![(1, Happening::Says(said))];
        }
        self.begin(order)
    }

    pub(super) fn unplug(&mut self) -> Soon {
        self.unplugged = true;
        let mut soon = Soon::new();
        if let Some(turn) = self.turning.as_mut().filter(|turn| turn.awaited) {
            turn.awaited = false;
            let why = "the board was unplugged".to_owned();
            let said = BoardEvent::VendUnknown { tag: turn.order.tag, why };
            soon.push((10, Happening::Says(said)));
        }
        let reason = "unplugged".to_owned();
        soon.push((20, Happening::Says(BoardEvent::Down { reason })));
        soon
    }

    pub(super) fn plug(&mut self) -> Soon {
        self.unplugged = false;
        self.up()
    }

    /// A driver has found the board; every relay is off from then on.
    pub(super) fn up(&self) -> Soon {
        if self.unplugged {
            return Soon::new();
        }
        let identity = "simulated".to_owned();
        let mut soon = vec![(300, Happening::Says(BoardEvent::Up { identity }))];
        soon.extend(self.spirals.iter().filter(|(_, spiral)| spiral.blocked).map(|(slot, _)| {
            (310, Happening::Says(BoardEvent::DropSensor { input: slot - 1, blocked: true }))
        }));
        soon
    }

    /// The program is gone, and the motor's relay with it: `pushed` says whether the item was over
    /// the edge already. With the power an outcome that was kept is gone too.
    pub(super) fn lose_program(&mut self, power_too: bool, pushed: bool) {
        if let Some(turn) = self.turning.take() {
            self.falls(turn.order, pushed);
        }
        if power_too {
            self.latched = None;
        }
        (self.waiting, self.busy) = (None, false);
    }
}
