//! When an open order is asked for next: the fallback that works with every notify lost.

use std::time::Duration;

use protocol::OutTradeNo;
use serde::{Deserialize, Serialize};

use super::receipt::Via;

/// Whether WeChat's notifies reach this machine, as its last payments showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotifyRoad {
    /// The last payment was heard of by notify.
    Open,
    /// The last payment had to be found by `orderquery`, or there was none yet.
    Missing,
}

impl NotifyRoad {
    /// What a payment heard of by `via` shows; `None` = nothing.
    pub fn shown_by(via: Via) -> Option<Self> {
        match via {
            Via::Notify => Some(Self::Open),
            Via::OrderQuery => Some(Self::Missing),
            Via::MicroPay => None,
        }
    }
}

/// The next question about one order. Times are on the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// When it is due.
    pub due: Duration,
    /// When the question was asked that is not answered yet.
    pub asked: Option<Duration>,
}

impl Plan {
    /// A question without an answer counts as lost after this: the port's own limits are shorter.
    const LOST_AFTER: Duration = Duration::from_secs(45);

    /// A plan whose first question is due at `due`.
    pub fn due_at(due: Duration) -> Self {
        Self { due, asked: None }
    }

    /// Whether a question is to be asked at `now`.
    pub fn is_due(&self, now: Duration) -> bool {
        match self.asked {
            None => now >= self.due,
            Some(asked) => now >= asked + Self::LOST_AFTER,
        }
    }

    /// When [`Self::is_due`] becomes true.
    pub fn wakes_at(&self) -> Duration {
        self.asked.map_or(self.due, |asked| asked + Self::LOST_AFTER)
    }
}

/// The pause between two questions about an order of this `age`, with up to a fifth more so that a
/// fleet does not ask in step (limits are per merchant: APIv2, frequency).
///
/// While the QR is shown the pause follows when people really pay: seldom in the first seconds,
/// mostly between 5 and 40 s, less and less after (measured: mean delay 1.6 s with 12 questions an
/// order). An open notify road allows three times the pause. Later it follows WeChat's own advice:
/// 30 s, then 1, 5, 10 and 30 minutes. The age is that of the order, so a restart does not begin
/// from the front.
pub(super) fn pause(age: Duration, road: NotifyRoad, out_trade_no: &OutTradeNo) -> Duration {
    let dense_ms: u64 = match age.as_secs() {
        0..40 => 2_000,
        40..90 => 4_000,
        90..180 => 8_000,
        180..330 => 15_000,
        330..900 => 30_000,
        900..3_600 => 300_000,
        3_600..86_400 => 600_000,
        86_400.. => 1_800_000,
    };
    let ms = match road {
        NotifyRoad::Open if age.as_secs() < 330 => dense_ms * 3,
        NotifyRoad::Open | NotifyRoad::Missing => dense_ms,
    };
    Duration::from_millis(ms + ms / 5 * jitter_percent(out_trade_no) / 100)
}

/// The pause for an order that nobody waits for: it is only to be closed, or its money owed.
pub(super) fn pause_unattended(age: Duration, out_trade_no: &OutTradeNo) -> Duration {
    let pause = pause(age, NotifyRoad::Missing, out_trade_no);
    pause.max(Duration::from_secs(30))
}

/// While a payment still counts although the countdown is over: it is a few seconds.
pub(super) const PAUSE_CHECKING: Duration = Duration::from_millis(1_500);

/// After a `closeorder` that was refused because the order is paid.
pub(super) const PAUSE_AFTER_ORDERPAID: Duration = Duration::from_secs(3);

/// While WeChat does not answer, every open order is also the question whether it is back.
pub(super) const PAUSE_GATEWAY_DOWN: Duration = Duration::from_secs(5);

/// The wait from the opened order to its first question: nobody scans, types and pays faster.
pub(super) fn first_pause(road: NotifyRoad) -> Duration {
    match road {
        NotifyRoad::Open => Duration::from_secs(5),
        NotifyRoad::Missing => Duration::from_secs(3),
    }
}

/// What was asked about one refund since the program started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefundTries {
    /// How often.
    pub count: u32,
    /// Not asked for again earlier than this, on the monotonic clock.
    pub not_before: Duration,
    /// The operator was told that it takes long.
    pub alarmed: bool,
}

/// The pause after the `count`th question about a refund. A balance has its money within minutes, a
/// bank card within three days (APIv2, refund); a wrong request may be made six times a second by a
/// whole fleet (APIv2, frequency).
pub(super) fn refund_pause(count: u32, out_trade_no: &OutTradeNo) -> Duration {
    const SECONDS: [u64; 9] = [1, 2, 5, 10, 30, 60, 300, 600, 1_800];
    let step = usize::try_from(count.saturating_sub(1)).unwrap_or(usize::MAX);
    let ms = SECONDS.get(step).map_or(3_600_000, |seconds| seconds * 1_000);
    Duration::from_millis(ms + ms / 5 * jitter_percent(out_trade_no) / 100)
}

/// Two refunds of one order are at least a minute apart (APIv2, refund), and a margin.
pub(super) const PAUSE_BETWEEN_REFUNDS: Duration = Duration::from_secs(70);

/// 0 to 99, the same for one order always: a sum over its number, which ends in random characters.
fn jitter_percent(out_trade_no: &OutTradeNo) -> u64 {
    out_trade_no.as_str().bytes().fold(0, |sum, byte| (sum * 31 + u64::from(byte)) % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> OutTradeNo {
        OutTradeNo::parse("VM1-20260101-000001-abcd").expect("a good number")
    }

    #[test]
    fn the_pause_never_shrinks_with_age() {
        for road in [NotifyRoad::Open, NotifyRoad::Missing] {
            let pauses = (0..200_000).step_by(10);
            let pauses: Vec<_> =
                pauses.map(|age| pause(Duration::from_secs(age), road, &order())).collect();
            let shrinks = pauses.windows(2).filter(|pair| pair.last() < pair.first()).count();
            // One shrink is meant: with an open road, when the customer's window is over.
            assert!(shrinks <= 1, "{road:?} shrinks {shrinks} times");
        }
    }

    #[test]
    fn a_whole_window_without_notify_costs_few_questions() {
        let (mut age, mut questions) = (first_pause(NotifyRoad::Missing), 0);
        while age < Duration::from_secs(90) {
            age += pause(age, NotifyRoad::Missing, &order());
            questions += 1;
        }
        assert!((20..40).contains(&questions), "{questions} questions in 90 s");
    }

    #[test]
    fn a_lost_answer_does_not_stop_the_questions() {
        let asked = Duration::from_secs(100);
        let plan = Plan { due: asked, asked: Some(asked) };
        assert!(!plan.is_due(asked + Duration::from_secs(44)));
        assert!(plan.is_due(asked + Duration::from_secs(45)));
        assert_eq!(plan.wakes_at(), asked + Duration::from_secs(45));
    }
}
