//! A value that threads change and tests wait on, so that nobody ever has to sleep.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// A value behind a lock whose changes wake everyone who waits for something to become true.
#[derive(Debug, Default)]
pub struct Watched<T> {
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> Watched<T> {
    /// Starts with `value`.
    pub const fn new(value: T) -> Self {
        Self { value: Mutex::new(value), changed: Condvar::new() }
    }

    /// Looks at the value.
    pub fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.lock())
    }

    /// Changes the value and wakes all who wait.
    pub fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    /// Waits until `look` finds what it looks for, at most `limit`.
    ///
    /// # Errors
    /// [`TooLate`] names `what` was waited for.
    pub fn wait<R>(
        &self,
        what: &str,
        limit: Duration,
        mut look: impl FnMut(&T) -> Option<R>,
    ) -> Result<R, TooLate> {
        let deadline = Instant::now() + limit;
        let mut value = self.lock();
        loop {
            if let Some(found) = look(&value) {
                return Ok(found);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(TooLate { what: what.to_owned(), limit });
            }
            value =
                self.changed.wait_timeout(value, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// A thread that panicked while it held the lock has failed its own test; the others go on.
    fn lock(&self) -> MutexGuard<'_, T> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The limit passed and it did not happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("waited {:.1} s in vain for {what}", .limit.as_secs_f64())]
pub struct TooLate {
    /// What was waited for.
    pub what: String,
    /// How long.
    pub limit: Duration,
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_change_by_another_thread_ends_the_wait() {
        let count = Watched::new(0);
        let seen = thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..3 {
                    count.change(|n| *n += 1);
                }
            });
            count.wait("three", Duration::from_secs(5), |n| (*n == 3).then_some(*n))
        });
        assert_eq!(seen, Ok(3));
    }

    #[test]
    fn the_limit_ends_the_wait_and_says_for_what() {
        let never = Watched::new(0);
        let error = never
            .wait("a drop", Duration::from_millis(1), |_| None::<()>)
            .map_err(|error| error.to_string());
        assert_eq!(error, Err("waited 0.0 s in vain for a drop".to_owned()));
    }
}
