//! Days in Beijing, when their bills are made, and when this machine asks for them.

use std::time::Duration;

use protocol::BeijingTime;
use protocol::downloadbill::BillDate;

use crate::sale::{MachineId, Timestamp};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Beijing is ahead of GMT all year.
const BEIJING_AHEAD: Duration = Duration::from_secs(8 * 60 * 60);

/// The bill of a day is there from this time of the next day on (APIv2 downloadbill).
const READY: Duration = Duration::from_secs(10 * 60 * 60);

/// WeChat keeps bills for three months (APIv2 downloadbill); the shortest three have 89 days.
const KEPT_DAYS: u32 = 89;

/// The day on which `now` falls.
pub fn today(now: Timestamp) -> BillDate {
    BillDate::of(BeijingTime::from_unix_ms(now.unix_ms()))
}

/// The day before that.
pub fn yesterday(now: Timestamp) -> BillDate {
    today(now).previous()
}

/// As people write it: `2026-11-20`.
pub fn in_words(day: BillDate) -> String {
    let digits = day.to_string();
    let part = |range| digits.get(range).unwrap_or_default();
    format!("{}-{}-{}", part(0..4), part(4..6), part(6..8))
}

/// Whether every bill of the day is made, as far as the clock knows.
pub fn is_over(day: BillDate, now: Timestamp) -> bool {
    now >= begin(day).plus(DAY).plus(READY)
}

/// Whether WeChat has forgotten the day.
pub(super) fn is_forgotten(day: BillDate, now: Timestamp) -> bool {
    now >= begin(day).plus(DAY * KEPT_DAYS)
}

/// Whether everything from `since` to `until` happened on that day, on any clock that is not more
/// than `margin` off.
pub(super) fn holds(day: BillDate, since: Timestamp, until: Timestamp, margin: Duration) -> bool {
    let begin = begin(day);
    since >= begin.plus(margin) && until.plus(margin) < begin.plus(DAY)
}

/// Midnight.
fn begin(day: BillDate) -> Timestamp {
    Timestamp::from_unix_ms(day.begin().unix_ms())
}

/// A time of the day in Beijing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(Duration);

impl TimeOfDay {
    /// Audits begin at 10:10, and end to begin at 10:30: limits are per merchant, so a fleet does
    /// not ask in step.
    const FIRST: Duration = Duration::from_secs(10 * 60 * 60 + 10 * 60);
    const SPREAD_SECONDS: u64 = 20 * 60;

    /// When `machine` audits the day before: the same time every day.
    pub fn of_audit(machine: &MachineId) -> Self {
        Self(Self::FIRST + Duration::from_secs(spread(machine) % Self::SPREAD_SECONDS))
    }

    /// How long it is until then on the day of `now`; zero when it has passed.
    pub fn wait(self, now: Timestamp) -> Duration {
        self.0.saturating_sub(now.since(begin(today(now))))
    }

    /// As the scheduler wants it, which counts in GMT: every day at this time.
    pub fn as_cron(self) -> String {
        let gmt = (self.0 + DAY - BEIJING_AHEAD).as_secs() % DAY.as_secs();
        let (hour, minute) = (gmt / HOUR.as_secs(), gmt % HOUR.as_secs() / MINUTE.as_secs());
        format!("{} {minute} {hour} * * *", gmt % MINUTE.as_secs())
    }
}

/// A number that is the machine's own and spread evenly over machines that are counted through.
fn spread(machine: &MachineId) -> u64 {
    // FNV-1a.
    machine.to_string().bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
