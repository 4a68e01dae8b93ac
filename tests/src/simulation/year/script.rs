//! What happens to a machine from outside, as a list: made from a seed, shortened when it fails.

use std::fmt;

use super::{chance::Chance, drive::DriveFault};
use crate::gateway::{Password, RefundEnd};

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Milliseconds since the machine was set up.
    pub(super) at_ms: u64,
    pub(super) input: Input,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// Somebody comes.
    Customer(Way, u16, Plan),
    /// To the next call to WeChat.
    Call(CallMishap),
    /// To the next notify.
    Notify(NotifyMishap),
    /// To the next refund that WeChat takes.
    Refund(RefundMishap),
    /// WeChat cannot be reached for so many milliseconds.
    GatewayAway(u64),
    /// No notify comes through for so many milliseconds.
    RelayAway(u64),
    /// The power goes, and comes back so many milliseconds later.
    PowerCut(Cut, u64),
    /// The program is killed, and started again so many milliseconds later.
    Killed(u64),
    /// The drive fails for so many milliseconds.
    Drive(DriveFault, u64),
    /// The spiral of a slot is jammed for so many milliseconds.
    Jam(u16, u64),
    /// The board is unplugged for so many milliseconds.
    Unplugged(u64),
    /// The board tells no outcome for so many milliseconds: unknown, or not a word.
    Deaf { says_unknown: bool, for_ms: u64 },
    /// The board tells every outcome so much later, for a minute.
    Slow(u64),
    /// Something stands in the beam of a slot for so many milliseconds.
    Blocked(u16, u64),
    /// The wall clock jumps by so many milliseconds.
    Clock(i64),
    /// NTP sets the wall clock.
    ClockSet,
    /// The cron scheduler dies.
    SchedulerDies,
    /// Somebody claims, rightly signed, that one fen was paid for what stands on the panel.
    Claim,
    /// A technician stops the program, fills all slots, and starts it.
    Refill,
}

/// How an order comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Panel,
    Sticker,
    MiniProgram,
    /// The panel, and then a payment code before the scanner.
    Code(Password),
}

/// What a customer does once there is something to pay. All in milliseconds from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// Pays; in time, or late.
    Pays(u64),
    /// Two phones pay the same order.
    PaysTwice(u64, u64),
    /// Touches cancel.
    Cancels(u64),
    /// Touches cancel, and pays all the same.
    CancelsAndPays(u64, u64),
    /// Is gone.
    WalksAway,
}

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallMishap {
    RequestLost,
    AnswerLost,
    /// The request arrives a second time, so many milliseconds later; both are answered.
    Repeated(u64),
    /// The answer takes so many milliseconds.
    Late(u64),
    /// SYSTEMERROR; the request took effect, or not.
    SystemError {
        took_effect: bool,
    },
    /// The answer was altered.
    WrongSign,
}

/// What goes wrong with a notify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotifyMishap {
    Lost,
    /// The machine's answer to it does not reach WeChat, which tells it again.
    AnswerLost,
    /// It comes twice.
    Repeated(u64),
    /// It comes so much later.
    Late(u64),
}

/// How a refund goes otherwise than well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefundMishap {
    NotEnough,
    /// It takes so many milliseconds, and ends so.
    Ends(u64, RefundEnd),
}

/// Where a power cut falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// Between two events.
    Now,
    /// In the middle of the nth operation of the drive from then on.
    AtWrite(u32),
    /// After the next entries are on disk, before anything is done about them.
    BeforeActing,
}

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;

/// The script of a seed, with about so many customers, on a machine with `slots` slots.
pub(super) fn script(seed: u64, customers: u32, slots: u64) -> Vec<Step> {
    let mut chance = Chance::new(seed);
    let mut steps = Vec::new();
    // Some machines live in a quiet place, some in a bad one.
    let calm = chance.pick(&[(1, 40), (2, 12), (2, 5), (1, 3)]).unwrap_or(12);
    let mut at_ms = 5 * SECOND;
    for _ in 0..customers {
        at_ms += if chance.one_in(40) {
            chance.between(5 * MINUTE, 40 * MINUTE)
        } else {
            chance.between(8 * SECOND, 70 * SECOND)
        };
        steps.push(Step { at_ms, input: customer(&mut chance, slots) });
        while chance.one_in(calm) {
            // Around this customer.
            let at_ms = at_ms + chance.below(60 * SECOND);
            let input = fault(&mut chance, slots);
            steps.push(Step { at_ms, input });
            if let Input::Clock(_) = input {
                let later = chance.between(SECOND, 20 * MINUTE);
                steps.push(Step { at_ms: at_ms + later, input: Input::ClockSet });
            }
        }
        if chance.one_in(120) {
            steps.push(Step { at_ms: at_ms + 200 * SECOND, input: Input::Refill });
            at_ms += 260 * SECOND;
        }
    }
    steps.sort_by_key(|step| step.at_ms);
    steps
}

/// Days of a busy machine in a good place: `customers` a day between 7 and 23 o'clock, of whom some
/// dither and some calls fail; at night it is filled and the program started anew. The first day
/// begins with the script, at 8.
pub(super) fn busy_days(seed: u64, days: u64, customers: u64, slots: u64) -> Vec<Step> {
    const HOUR: u64 = 60 * MINUTE;
    let mut chance = Chance::new(seed);
    let mut steps = Vec::new();
    for day in 0..days {
        let opens = day * 24 * HOUR + 5 * SECOND;
        for nth in 0..customers {
            let gap = 15 * HOUR / customers;
            let at_ms = opens + nth * gap + chance.below(gap);
            steps.push(Step { at_ms, input: customer(&mut chance, slots) });
            if chance.one_in(20) {
                steps.push(Step { at_ms, input: Input::Call(call_mishap(&mut chance)) });
            }
            if chance.one_in(20) {
                let input = Input::Jam(slot(&mut chance, slots), MINUTE);
                steps.push(Step { at_ms, input });
            }
        }
        steps.push(Step { at_ms: opens + 16 * HOUR, input: Input::Refill });
    }
    steps.sort_by_key(|step| step.at_ms);
    steps
}

fn slot(chance: &mut Chance, slots: u64) -> u16 {
    u16::try_from(chance.between(1, slots)).unwrap_or(1)
}

fn customer(chance: &mut Chance, slots: u64) -> Input {
    let password = match chance.below(6) {
        0 | 1 => Password::NotAsked,
        2 | 3 => Password::Right(u32::try_from(chance.below(4)).unwrap_or(0)),
        4 => Password::Wrong(u32::try_from(chance.below(3)).unwrap_or(0)),
        _ => Password::Right(99),
    };
    let ways =
        [(20, Way::Panel), (3, Way::Sticker), (3, Way::MiniProgram), (2, Way::Code(password))];
    let way = chance.pick(&ways).unwrap_or(Way::Panel);
    let soon = chance.between(2, 40) * SECOND;
    let plan = match chance.below(20) {
        0..=11 => Plan::Pays(soon),
        12 => Plan::PaysTwice(soon, soon + chance.below(5 * SECOND)),
        13 => Plan::Cancels(soon),
        14 => Plan::CancelsAndPays(soon, soon + chance.between(0, 250 * SECOND)),
        // Around the end of countdown and grace, and up to the end of the order.
        15 => Plan::Pays(chance.between(86 * SECOND, 100 * SECOND)),
        16 => Plan::Pays(chance.between(97 * SECOND, 335 * SECOND)),
        17 => Plan::Pays(chance.between(0, 500)),
        _ => Plan::WalksAway,
    };
    Input::Customer(way, slot(chance, slots), plan)
}

fn fault(chance: &mut Chance, slots: u64) -> Input {
    let for_ms = match chance.below(4) {
        0 => chance.between(SECOND, 10 * SECOND),
        1 | 2 => chance.between(10 * SECOND, 3 * MINUTE),
        _ => chance.between(3 * MINUTE, 15 * MINUTE),
    };
    match chance.below(31) {
        0..=5 => Input::Call(call_mishap(chance)),
        6..=9 => Input::Notify(match chance.below(4) {
            0 => NotifyMishap::Lost,
            1 => NotifyMishap::AnswerLost,
            2 => NotifyMishap::Repeated(chance.below(2 * MINUTE)),
            _ => NotifyMishap::Late(chance.below(4 * MINUTE)),
        }),
        10 => Input::Refund(refund_mishap(chance)),
        11 => Input::GatewayAway(for_ms),
        12 => Input::RelayAway(for_ms),
        13..=17 => Input::PowerCut(cut(chance), chance.between(0, 2 * MINUTE)),
        18 | 19 => Input::Killed(chance.between(50, 20 * SECOND)),
        20 => Input::Drive(
            match chance.below(3) {
                0 => DriveFault::Full,
                1 => DriveFault::ReadOnly,
                _ => DriveFault::SyncFails,
            },
            for_ms,
        ),
        21 | 22 => Input::Jam(slot(chance, slots), for_ms),
        23 => Input::Unplugged(for_ms.min(2 * MINUTE)),
        24 | 25 => Input::Deaf { says_unknown: chance.one_in(2), for_ms: for_ms.min(MINUTE) },
        26 => Input::Slow(chance.between(SECOND, 40 * SECOND)),
        27 => Input::Blocked(slot(chance, slots), for_ms.min(2 * MINUTE)),
        28 => Input::Clock(clock_step(chance)),
        29 => Input::Claim,
        _ => Input::SchedulerDies,
    }
}

fn call_mishap(chance: &mut Chance) -> CallMishap {
    match chance.below(7) {
        0 => CallMishap::RequestLost,
        1 | 2 => CallMishap::AnswerLost,
        3 => CallMishap::Repeated(chance.below(20 * SECOND)),
        4 => CallMishap::Late(chance.between(SECOND, 30 * SECOND)),
        5 => CallMishap::SystemError { took_effect: chance.one_in(2) },
        _ => CallMishap::WrongSign,
    }
}

fn refund_mishap(chance: &mut Chance) -> RefundMishap {
    match chance.below(4) {
        0 => RefundMishap::NotEnough,
        1 => RefundMishap::Ends(chance.below(MINUTE), RefundEnd::Close),
        2 => RefundMishap::Ends(chance.below(MINUTE), RefundEnd::Change),
        _ => RefundMishap::Ends(chance.below(20 * MINUTE), RefundEnd::Success),
    }
}

fn cut(chance: &mut Chance) -> Cut {
    match chance.below(4) {
        0 => Cut::Now,
        1 => Cut::BeforeActing,
        _ => Cut::AtWrite(u32::try_from(chance.between(1, 12)).unwrap_or(1)),
    }
}

/// An hour or ten years either way, a few minutes, or back to 1970 as without a battery.
fn clock_step(chance: &mut Chance) -> i64 {
    const HOUR_MS: i64 = 3_600_000;
    const YEAR_MS: i64 = 365 * 24 * HOUR_MS;
    match chance.below(6) {
        0 => HOUR_MS,
        1 => -HOUR_MS,
        2 => 10 * YEAR_MS,
        3 => -10 * YEAR_MS,
        4 => 57 * -YEAR_MS,
        _ => 300_000,
    }
}

impl Input {
    /// Under what it is counted.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Customer(..) => "customer",
            Self::Call(_) => "call to WeChat lost, late, twice or altered",
            Self::Notify(_) => "notify lost, late or twice",
            Self::Refund(_) => "refund not taken, slow or closed",
            Self::GatewayAway(_) => "WeChat out of reach",
            Self::RelayAway(_) => "relay out of reach",
            Self::PowerCut(Cut::Now, _) => "power cut between two events",
            Self::PowerCut(Cut::AtWrite(_), _) => "power cut in a write",
            Self::PowerCut(Cut::BeforeActing, _) => "power cut between record and act",
            Self::Killed(_) => "program killed",
            Self::Drive(..) => "drive full, read-only or failing",
            Self::Jam(..) => "slot jammed",
            Self::Unplugged(_) => "board unplugged",
            Self::Deaf { .. } => "board deaf",
            Self::Slow(_) => "board late",
            Self::Blocked(..) => "drop sensor blocked",
            Self::Clock(_) => "clock jumped",
            Self::ClockSet => "clock set right",
            Self::SchedulerDies => "scheduler dead",
            Self::Claim => "payment of another amount",
            Self::Refill => "refilled",
        }
    }

    /// Whether it is a fault of the world, to be counted as one.
    pub(super) const fn is_fault(&self) -> bool {
        !matches!(self, Self::Customer(..) | Self::ClockSet | Self::Refill)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, ms) = (self.at_ms / 1_000, self.at_ms % 1_000);
        write!(f, "{seconds:>7}.{ms:03} s  {:?}", self.input)
    }
}
