//! Whether the scheduler lives: it is to tick every second, also when nothing is due.

use std::time::Duration;

/// A scheduler that says nothing for so long is started anew. It ticks every second, give or take
/// half of one; on a busy machine a tick may come a second or two later.
pub const SILENCE_MAX: Duration = Duration::from_secs(5);

/// A loop that looks so much later than it wanted to has stood still itself, and the scheduler with
/// it: the process was stopped, or the machine slept.
const STOOD_STILL: Duration = Duration::from_millis(500);

/// Then the scheduler gets so much time to show that it lives.
const GRACE: Duration = Duration::from_secs(2);

/// What was heard of the scheduler. Times are on the monotonic clock.
#[derive(Clone, Debug, Default)]
pub struct Ticks {
    count: u64,
    /// Since when the next one is awaited.
    awaited_since: Duration,
    /// The last one that came.
    last: Duration,
    /// The operator knows that it is silent.
    told: bool,
}

/// It has been silent for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Since its last tick.
    pub lasts: Duration,
    /// Whether the operator is to be told: once, until it ticks again.
    pub is_news: bool,
}

impl Ticks {
    /// From now on it is listened to.
    pub fn begin(&mut self, now: Duration) {
        (self.awaited_since, self.last) = (now, now);
    }

    /// It has ticked.
    pub fn heard(&mut self, now: Duration) {
        self.count += 1;
        self.begin(now);
        self.told = false;
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// When [`missed`](Self::missed) has something to say.
    pub fn due(&self) -> Duration {
        self.awaited_since + SILENCE_MAX
    }

    /// Whether it has to be started anew now; a new one is given as long again.
    pub fn missed(&mut self, now: Duration) -> Option<Silence> {
        if now < self.due() {
            return None;
        }
        if now >= self.due() + STOOD_STILL {
            self.awaited_since = now.saturating_sub(SILENCE_MAX - GRACE);
            return None;
        }
        let is_news = !self.told;
        (self.told, self.awaited_since) = (true, now);
        Some(Silence { lasts: now.saturating_sub(self.last), is_news })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_scheduler_that_ticks_is_left_alone() {
        let mut ticks = Ticks::default();
        ticks.begin(at(60_000));
        for second in 61..300 {
            assert_eq!(ticks.missed(at(second * 1_000)), None);
            ticks.heard(at(second * 1_000));
        }
        assert_eq!(ticks.count(), 239);
    }

    #[test]
    fn a_silent_one_is_told_once_and_started_anew_again_and_again() {
        let mut ticks = Ticks::default();
        ticks.heard(at(1_000));
        assert_eq!(ticks.missed(at(5_999)), None);
        let silence = |lasts, is_news| Some(Silence { lasts: at(lasts), is_news });
        assert_eq!(ticks.missed(at(6_000)), silence(5_000, true));
        assert_eq!(ticks.missed(at(6_001)), None, "the new one is given time");
        assert_eq!(ticks.missed(at(11_000)), silence(10_000, false));
        ticks.heard(at(12_000));
        assert_eq!(ticks.missed(at(17_000)), silence(5_000, true));
    }

    #[test]
    fn a_loop_that_stood_still_blames_nobody_else() {
        let mut ticks = Ticks::default();
        ticks.heard(at(1_000));
        let hour = 3_600_000;
        assert_eq!(ticks.missed(at(hour)), None);
        assert_eq!(ticks.due(), at(hour + 2_000));
        // It was dead all the same.
        let silence = Silence { lasts: at(hour + 1_000), is_news: true };
        assert_eq!(ticks.missed(at(hour + 2_000)), Some(silence));
    }
}
