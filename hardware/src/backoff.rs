//! How long to wait before a device that went away is looked for again.

use std::time::{Duration, Instant};

/// The first wait: a replug takes longer than this, a glitch of the hub does not.
const FIRST: Duration = Duration::from_millis(500);
/// The longest wait: a technician who plugs the cable in looks at the screen for about so long.
const LONGEST: Duration = Duration::from_secs(5);

/// Doubling waits from 0.5 s to 5 s.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
    due: Option<Instant>,
}

impl Backoff {
    /// Due at once.
    pub(crate) const fn new() -> Self {
        Self { next: FIRST, due: None }
    }

    /// When the next attempt may be made; `None` is at once.
    pub(crate) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Whether an attempt may be made now.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.due.is_none_or(|due| due <= now)
    }

    /// An attempt failed, or the device went away.
    pub(crate) fn failed(&mut self, now: Instant) {
        self.due = Some(now + self.next);
        self.next = (self.next * 2).min(LONGEST);
    }

    /// The device is there again.
    pub(crate) const fn succeeded(&mut self) {
        *self = Self::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let start = Instant::now();
        let mut backoff = Backoff::new();
        assert!(backoff.is_due(start));
        let waits: Vec<_> = (0..6)
            .map(|_| {
                backoff.failed(start);
                backoff.due().map(|due| (due - start).as_millis())
            })
            .collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 5000, 5000].map(Some));
        assert!(!backoff.is_due(start));
        backoff.succeeded();
        assert!(backoff.is_due(start));
    }
}
