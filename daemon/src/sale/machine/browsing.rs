//! What follows from a finger that only looks: pages, one item, the keypad, the languages; and when
//! nobody is there to look.

use std::time::Duration;

use super::Machine;
use crate::sale::decision::Decision;
use crate::sale::session::Session;
use crate::sale::time::Now;

/// Whoever touched the catalogue and has not touched it for so long has gone.
const BROWSING_MAX: Duration = Duration::from_secs(45);

/// How long the list of languages stays open.
const LANGUAGES_MAX: Duration = Duration::from_secs(15);

/// More digits than any slot has, so that zeros before them do no harm.
const DIGITS_MAX: usize = 5;

impl Machine {
    /// Nobody is served, and whoever comes may look and buy.
    pub(super) fn is_open_to_all(&self, now: &Now) -> bool {
        self.memory.session == Session::Idle && self.memory.health.closed_for(now.wall).is_none()
    }

    /// An item is looked at; where it lies on the shelf needs to be typed no more.
    pub(super) fn looked_at(&self, number: u16, now: &Now, decision: &mut Decision) {
        if let Some((slot, _)) = self.choice(number, now) {
            decision.memory.viewing = Some(slot);
            decision.memory.typed = None;
            browse(now, decision);
        }
    }

    /// The list of languages opens over whatever is there, or closes.
    pub(super) fn languages_asked_for(&self, now: &Now, decision: &mut Decision) {
        decision.memory.languages_until = match self.memory.languages_until {
            None => Some(now.monotonic + LANGUAGES_MAX),
            Some(_) => None,
        };
    }

    pub(super) fn translated(&self, language: kiosk::Language, now: &Now, decision: &mut Decision) {
        decision.memory.language = language;
        decision.memory.languages_until = None;
        browse(now, decision);
    }

    pub(super) fn turned(&self, page: u16, now: &Now, decision: &mut Decision) {
        if self.is_open_to_all(now) {
            decision.memory.page = page;
            browse(now, decision);
        }
    }

    pub(super) fn keypad_asked_for(&self, now: &Now, decision: &mut Decision) {
        if self.settings.keypad && self.memory.typed.is_none() && self.is_open_to_all(now) {
            decision.memory.typed = Some(String::new());
            decision.memory.viewing = None;
            browse(now, decision);
        }
    }

    /// One more digit, as long as it can be that of a slot.
    pub(super) fn typed(&self, digit: u8, now: &Now, decision: &mut Decision) {
        let Some(typed) = decision.memory.typed.as_mut().filter(|_| self.is_open_to_all(now))
        else {
            return;
        };
        let has_room = typed.len() < DIGITS_MAX && !(typed == "0" && digit == 0);
        if let Some(digit) = char::from_digit(digit.into(), 10).filter(|_| has_room) {
            typed.push(digit);
        }
    }

    pub(super) fn erased(&self, now: &Now, decision: &mut Decision) {
        if self.is_open_to_all(now)
            && let Some(typed) = &mut decision.memory.typed
        {
            typed.pop();
        }
    }

    /// Whoever has begun to look around looks on from their last touch.
    pub(super) fn goes_on_browsing(&self, now: &Now, decision: &mut Decision) {
        if decision.memory.browsing_until.is_some() {
            browse(now, decision);
        }
    }

    pub(super) fn pass_browsing(&self, now: &Now, decision: &mut Decision) {
        let is_over = |until: Option<Duration>| until.is_some_and(|until| now.monotonic >= until);
        if is_over(self.memory.languages_until) {
            decision.memory.languages_until = None;
        }
        let gone = is_over(self.memory.browsing_until);
        if gone && decision.memory.session == Session::Idle {
            decision.memory.forget_customer(self.settings.language);
        } else if gone {
            decision.memory.browsing_until = None; // The session's own end sees to it.
        }
    }

    /// When the panel begins to show what there is to nobody in particular, on the monotonic clock;
    /// `None` = not now.
    pub(super) fn attracts_at(&self) -> Option<Duration> {
        let memory = &self.memory;
        let looks = memory.browsing_until.is_some() || memory.languages_until.is_some();
        let nobody = memory.session == Session::Idle && !looks;
        let after = self.settings.attract_after.filter(|_| nobody)?;
        Some(memory.idle_since + after)
    }
}

/// The catalogue is no more as the next customer is to find it.
fn browse(now: &Now, decision: &mut Decision) {
    decision.memory.browsing_until = Some(now.monotonic + BROWSING_MAX);
}
