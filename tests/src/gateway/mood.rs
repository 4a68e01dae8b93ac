//! The gateway's moods: switches for everything that goes wrong between a merchant and WeChat.

use std::time::Duration;

/// All switches; the default is a perfect day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moods {
    /// How unifiedorder is answered.
    pub unifiedorder: Mood,
    /// How orderquery is answered.
    pub orderquery: Mood,
    /// How closeorder is answered.
    pub closeorder: Mood,
    /// Notifies are lost on the way.
    pub lose_notifies: bool,
    /// A notify leaves so long after the payment.
    pub notify_delay: Duration,
    /// Every notify is sent so many times at once, as different servers of WeChat do.
    pub notify_copies: u32,
    /// Every order is paid, and its notify delivered, before unifiedorder is answered.
    pub pay_before_answer: bool,
    /// The waits of the notify schedule and the five minutes before closeorder are divided by
    /// this; 1 is real time.
    pub time_scale: u32,
}

impl Default for Moods {
    fn default() -> Self {
        Self {
            unifiedorder: Mood::Normal,
            orderquery: Mood::Normal,
            closeorder: Mood::Normal,
            lose_notifies: false,
            notify_delay: Duration::ZERO,
            notify_copies: 1,
            pay_before_answer: false,
            time_scale: 1,
        }
    }
}

impl Moods {
    /// Sets the mood of every call.
    pub const fn set_calls(&mut self, mood: Mood) {
        self.unifiedorder = mood;
        self.orderquery = mood;
        self.closeorder = mood;
    }

    /// A time of the specification in this gateway's pace.
    pub(super) fn scaled(&self, real: Duration) -> Duration {
        real / self.time_scale.max(1)
    }

    /// The mood for one request of this call; counted moods count down.
    pub(super) const fn next(&mut self, call: CallName) -> Mood {
        let mood = match call {
            CallName::Unifiedorder => &mut self.unifiedorder,
            CallName::Orderquery => &mut self.orderquery,
            CallName::Closeorder => &mut self.closeorder,
        };
        let now = *mood;
        if let Mood::SystemError(left) = now {
            *mood = if left > 1 { Mood::SystemError(left - 1) } else { Mood::Normal };
        }
        now
    }
}

/// How a call is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// As the specification says.
    Normal,
    /// The next so many requests get SYSTEMERROR, and nothing is done.
    SystemError(u32),
    /// An HTML page of some proxy, and nothing is done.
    Html,
    /// Done, but the answer is signed wrongly.
    WrongSign,
    /// Accepted and never answered; nothing is done.
    LoseRequest,
    /// Accepted and never answered, although it is done.
    LoseAnswer,
}

/// The calls that this gateway has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallName {
    /// POST /pay/unifiedorder
    Unifiedorder,
    /// POST /pay/orderquery
    Orderquery,
    /// POST /pay/closeorder
    Closeorder,
}

impl CallName {
    /// By its path.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        match path {
            "/pay/unifiedorder" => Some(Self::Unifiedorder),
            "/pay/orderquery" => Some(Self::Orderquery),
            "/pay/closeorder" => Some(Self::Closeorder),
            _ => None,
        }
    }

    /// As the specification spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unifiedorder => "unifiedorder",
            Self::Orderquery => "orderquery",
            Self::Closeorder => "closeorder",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_mood_counts_down_to_normal() {
        let mut moods = Moods { orderquery: Mood::SystemError(2), ..Moods::default() };
        let taken = [(); 3].map(|()| moods.next(CallName::Orderquery));
        assert_eq!(taken, [Mood::SystemError(2), Mood::SystemError(1), Mood::Normal]);
        assert_eq!(moods.next(CallName::Unifiedorder), Mood::Normal);
    }
}
