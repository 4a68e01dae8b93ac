//! A spiral and its motor: while the coil is on it turns, and once in a turn an item falls.

use std::time::{Duration, Instant};

/// How a spiral moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Motion {
    /// One whole turn.
    pub turn: Duration,
    /// From the start of a turn until its item falls; less than `turn`.
    pub fall: Duration,
    /// How long a falling item interrupts the light beam.
    pub shade: Duration,
}

impl Default for Motion {
    /// A usual motor (24 rpm) with the item at the very end of its spiral.
    fn default() -> Self {
        Self {
            turn: Duration::from_millis(2500),
            fall: Duration::from_millis(400),
            shade: Duration::from_millis(150),
        }
    }
}

/// One spiral.
#[derive(Debug, Clone, Default)]
pub(super) struct Spiral {
    /// Items left; `None` never runs out.
    pub(super) stock: Option<u32>,
    /// The motor turns, but nothing comes off.
    pub(super) jammed: bool,
    /// How far the present turn had come when `turning_since` began.
    phase: Duration,
    turning_since: Option<Instant>,
}

impl Spiral {
    /// At the start of a turn.
    pub(super) fn holding(stock: Option<u32>) -> Self {
        Self { stock, ..Self::default() }
    }

    /// The coil closed.
    pub(super) fn start(&mut self, at: Instant) {
        self.turning_since.get_or_insert(at);
    }

    /// The coil opened; the spiral stays where it is.
    pub(super) fn stop(&mut self, at: Instant, motion: &Motion) {
        if let Some(since) = self.turning_since.take() {
            let phase = self.phase + at.saturating_duration_since(since);
            let whole_turns = phase.as_nanos() / motion.turn.as_nanos().max(1);
            let whole_turns = u32::try_from(whole_turns).unwrap_or(u32::MAX);
            self.phase = phase.saturating_sub(motion.turn * whole_turns);
        }
    }

    /// When the next item reaches the edge, if it keeps turning.
    pub(super) fn next_fall(&self, motion: &Motion) -> Option<Instant> {
        let ahead = if self.phase < motion.fall {
            motion.fall - self.phase
        } else {
            (motion.turn + motion.fall).saturating_sub(self.phase)
        };
        Some(self.turning_since? + ahead)
    }

    /// The turn has come to its edge at `at`: whether an item falls.
    pub(super) fn reach_edge(&mut self, at: Instant, motion: &Motion) -> bool {
        self.phase = motion.fall;
        self.turning_since = Some(at);
        if self.jammed || self.stock == Some(0) {
            return false;
        }
        if let Some(stock) = &mut self.stock {
            *stock -= 1;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn each_whole_turn_drops_one_item_at_the_same_place() {
        let motion = Motion::default();
        let mut spiral = Spiral::default();
        let mut now = Instant::now();
        for _ in 0..5 {
            spiral.start(now);
            assert_eq!(spiral.next_fall(&motion), Some(now + 400 * MS));
            assert!(spiral.reach_edge(now + 400 * MS, &motion));
            now += motion.turn;
            spiral.stop(now, &motion);
        }
    }

    #[test]
    fn half_a_turn_is_remembered() {
        let motion = Motion::default();
        let mut spiral = Spiral::default();
        let now = Instant::now();
        spiral.start(now);
        spiral.stop(now + 300 * MS, &motion);
        spiral.start(now + 900 * MS);
        assert_eq!(spiral.next_fall(&motion), Some(now + 1000 * MS));
    }

    #[test]
    fn nothing_falls_from_a_jammed_or_empty_spiral() {
        let motion = Motion::default();
        let now = Instant::now();
        let mut jammed = Spiral { jammed: true, ..Spiral::default() };
        assert!(!jammed.reach_edge(now, &motion));
        let mut last = Spiral::holding(Some(1));
        assert!(last.reach_edge(now, &motion));
        assert!(!last.reach_edge(now, &motion));
    }
}
