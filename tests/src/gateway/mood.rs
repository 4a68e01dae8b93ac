//! The gateway's moods: switches for everything that goes wrong between a merchant and WeChat.

use std::time::Duration;

use super::{call::CallName, err_code, micropay::Password, refunds::RefundEnd};

/// All switches; the default is a perfect day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moods {
    /// How unifiedorder is answered.
    pub unifiedorder: Mood,
    /// How orderquery is answered.
    pub orderquery: Mood,
    /// How closeorder is answered.
    pub closeorder: Mood,
    /// How refund is answered.
    pub refund: Mood,
    /// How refundquery is answered.
    pub refundquery: Mood,
    /// How downloadbill is answered.
    pub downloadbill: Mood,
    /// How micropay is answered.
    pub micropay: Mood,
    /// How reverse is answered.
    pub reverse: Mood,
    /// How shorturl is answered.
    pub shorturl: Mood,
    /// How authcodetoopenid is answered.
    pub authcodetoopenid: Mood,
    /// How report is answered.
    pub report: Mood,
    /// How getsignkey is answered.
    pub getsignkey: Mood,
    /// Notifies are lost on the way, those of payments and those of refunds.
    pub lose_notifies: bool,
    /// A notify leaves so long after the payment, or after the end of the refund.
    pub notify_delay: Duration,
    /// Every notify is sent so many times at once, as different servers of WeChat do.
    pub notify_copies: u32,
    /// Every order is paid, and its notify delivered, before unifiedorder is answered.
    pub pay_before_answer: bool,
    /// Whether the customer has to type a password after micropay.
    pub password: Password,
    /// A refund that is accepted stays PROCESSING so long on the gateway's clock.
    pub refund_takes: Duration,
    /// What a refund that is accepted becomes in the end.
    pub refund_ends: RefundEnd,
    /// The next so many logins (jscode2session) are answered with -1, "busy".
    pub logins_busy: u32,
    /// A day's bill is there from this hour of the next day on, in Beijing; until then it is "Bill
    /// Creating". `None`: at any time, even today's.
    pub bill_ready_hour: Option<u8>,
    /// Bills have the columns of accounts without coupons.
    pub old_bill_columns: bool,
    /// The waits of the notify schedule, the five minutes before closeorder, the minute between two
    /// refunds and the 15 s before reverse are divided by this; 1 is real time.
    pub time_scale: u32,
}

impl Default for Moods {
    fn default() -> Self {
        Self {
            unifiedorder: Mood::Normal,
            orderquery: Mood::Normal,
            closeorder: Mood::Normal,
            refund: Mood::Normal,
            refundquery: Mood::Normal,
            downloadbill: Mood::Normal,
            micropay: Mood::Normal,
            reverse: Mood::Normal,
            shorturl: Mood::Normal,
            authcodetoopenid: Mood::Normal,
            report: Mood::Normal,
            getsignkey: Mood::Normal,
            lose_notifies: false,
            notify_delay: Duration::ZERO,
            notify_copies: 1,
            pay_before_answer: false,
            password: Password::NotAsked,
            refund_takes: Duration::ZERO,
            refund_ends: RefundEnd::Success,
            logins_busy: 0,
            bill_ready_hour: None,
            old_bill_columns: false,
            time_scale: 1,
        }
    }
}

impl Moods {
    /// Sets the mood of every call.
    pub fn set_calls(&mut self, mood: Mood) {
        for call in CallName::ALL {
            self.set(call, mood);
        }
    }

    /// Sets the mood of one call.
    pub const fn set(&mut self, call: CallName, mood: Mood) {
        *self.of(call) = mood;
    }

    /// A time of the specification in this gateway's pace.
    pub(super) fn scaled(&self, real: Duration) -> Duration {
        real / self.time_scale.max(1)
    }

    /// The same in milliseconds.
    pub(super) fn scaled_ms(&self, real: Duration) -> i64 {
        i64::try_from(self.scaled(real).as_millis()).unwrap_or(i64::MAX)
    }

    /// The mood for one request of this call; counted moods count down.
    pub(super) const fn next(&mut self, call: CallName) -> Mood {
        let mood = self.of(call);
        let now = *mood;
        *mood = now.after_one();
        now
    }

    /// Whether this login is answered with "busy".
    pub(super) const fn take_busy(&mut self) -> bool {
        let busy = self.logins_busy > 0;
        self.logins_busy = self.logins_busy.saturating_sub(1);
        busy
    }

    const fn of(&mut self, call: CallName) -> &mut Mood {
        match call {
            CallName::Unifiedorder => &mut self.unifiedorder,
            CallName::Orderquery => &mut self.orderquery,
            CallName::Closeorder => &mut self.closeorder,
            CallName::Refund => &mut self.refund,
            CallName::Refundquery => &mut self.refundquery,
            CallName::Downloadbill => &mut self.downloadbill,
            CallName::Micropay => &mut self.micropay,
            CallName::Reverse => &mut self.reverse,
            CallName::Shorturl => &mut self.shorturl,
            CallName::Authcodetoopenid => &mut self.authcodetoopenid,
            CallName::Report => &mut self.report,
            CallName::Getsignkey => &mut self.getsignkey,
        }
    }
}

/// How a call is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// As the specification says.
    Normal,
    /// The next so many requests get SYSTEMERROR, and nothing is done.
    SystemError(u32),
    /// The next so many requests get another error, and nothing is done.
    Fail {
        /// As the specification spells it, such as `NOTENOUGH`.
        err_code: &'static str,
        /// How many.
        times: u32,
    },
    /// An HTML page of some proxy, and nothing is done.
    Html,
    /// Done, but the answer is signed wrongly.
    WrongSign,
    /// Accepted and never answered; nothing is done.
    LoseRequest,
    /// The next so many requests are accepted and never answered; nothing is done.
    LoseRequests(u32),
    /// Accepted and never answered, although it is done.
    LoseAnswer,
    /// The next so many requests are done and never answered.
    LoseAnswers(u32),
}

impl Mood {
    /// In words, as a person types it: `normal`, `html`, `wrong-sign`, `lose-request`,
    /// `lose-answer`, or an error code; the last three may be counted, and an error code is once.
    #[must_use]
    pub fn parse(word: &str, times: Option<u32>) -> Option<Self> {
        match (word, times) {
            ("normal", None) => Some(Self::Normal),
            ("html", None) => Some(Self::Html),
            ("wrong-sign", None) => Some(Self::WrongSign),
            ("lose-request", None) => Some(Self::LoseRequest),
            ("lose-request", Some(times)) => Some(Self::LoseRequests(times)),
            ("lose-answer", None) => Some(Self::LoseAnswer),
            ("lose-answer", Some(times)) => Some(Self::LoseAnswers(times)),
            ("SYSTEMERROR", times) => Some(Self::SystemError(times.unwrap_or(1))),
            (code, times) => err_code::find(code)
                .map(|err_code| Self::Fail { err_code, times: times.unwrap_or(1) }),
        }
    }

    /// What it is after one more request.
    const fn after_one(self) -> Self {
        match self {
            Self::SystemError(left) if left > 1 => Self::SystemError(left - 1),
            Self::LoseRequests(left) if left > 1 => Self::LoseRequests(left - 1),
            Self::LoseAnswers(left) if left > 1 => Self::LoseAnswers(left - 1),
            Self::Fail { err_code, times } if times > 1 => {
                Self::Fail { err_code, times: times - 1 }
            }
            Self::SystemError(_)
            | Self::LoseRequests(_)
            | Self::LoseAnswers(_)
            | Self::Fail { .. } => Self::Normal,
            lasting @ (Self::Normal
            | Self::Html
            | Self::WrongSign
            | Self::LoseRequest
            | Self::LoseAnswer) => lasting,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_mood_counts_down_to_normal() {
        let taken = |mood| {
            let mut moods = Moods { orderquery: mood, ..Moods::default() };
            let taken = [(); 3].map(|()| moods.next(CallName::Orderquery));
            assert_eq!(moods.next(CallName::Unifiedorder), Mood::Normal);
            taken
        };
        let two = Mood::SystemError(2);
        assert_eq!(taken(two), [two, Mood::SystemError(1), Mood::Normal]);
        let two = Mood::LoseAnswers(2);
        assert_eq!(taken(two), [two, Mood::LoseAnswers(1), Mood::Normal]);
        let two = Mood::LoseRequests(2);
        assert_eq!(taken(two), [two, Mood::LoseRequests(1), Mood::Normal]);
        let fail = |times| Mood::Fail { err_code: "NOTENOUGH", times };
        assert_eq!(taken(fail(2)), [fail(2), fail(1), Mood::Normal]);
        assert_eq!(taken(Mood::LoseAnswer), [Mood::LoseAnswer; 3]);
    }

    #[test]
    fn a_mood_can_be_typed() {
        #[rustfmt::skip]
        let table = [
            ("normal",       None,    Some(Mood::Normal)),
            ("lose-request", Some(2), Some(Mood::LoseRequests(2))),
            ("lose-answer",  None,    Some(Mood::LoseAnswer)),
            ("lose-answer",  Some(2), Some(Mood::LoseAnswers(2))),
            ("SYSTEMERROR",  None,    Some(Mood::SystemError(1))),
            ("NOTENOUGH",    Some(3), Some(Mood::Fail { err_code: "NOTENOUGH", times: 3 })),
            ("html",         Some(3), None),
            ("SUNSHINE",     None,    None),
        ];
        for (word, times, mood) in table {
            assert_eq!(Mood::parse(word, times), mood, "{word}");
        }
    }
}
