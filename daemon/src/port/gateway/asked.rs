//! Questions on their way, each with the time at which its answer must be there: whoever watches
//! sees whether the port lives.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// All questions without an answer. Times are on the monotonic clock.
#[derive(Clone, Default)]
pub(super) struct Asked(Arc<Mutex<Questions>>);

#[derive(Default)]
struct Questions {
    last: u64,
    answer_by: BTreeMap<u64, Duration>,
}

/// One question; dropped when its answer was handed on.
pub(super) struct Question {
    asked: Asked,
    number: u64,
}

impl Asked {
    /// A question is asked now.
    pub(super) fn ask(&self, answer_by: Duration) -> Question {
        let mut questions = self.lock();
        questions.last += 1;
        let number = questions.last;
        questions.answer_by.insert(number, answer_by);
        Question { asked: self.clone(), number }
    }

    /// Whether an answer is missing that should be there.
    pub(super) fn is_overdue(&self, now: Duration) -> bool {
        self.lock().answer_by.values().any(|by| *by < now)
    }

    fn lock(&self) -> MutexGuard<'_, Questions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        self.asked.lock().answer_by.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_overdue_until_it_is_answered() {
        let (asked, now) = (Asked::default(), Duration::from_secs(100));
        let (first, second) = (asked.ask(now), asked.ask(now + Duration::from_secs(5)));
        assert!(!asked.is_overdue(now));
        let later = now + Duration::from_secs(1);
        assert!(asked.is_overdue(later));
        drop(first);
        assert!(!asked.is_overdue(later));
        drop(second);
        assert!(!asked.is_overdue(now + Duration::from_secs(60)));
    }
}
