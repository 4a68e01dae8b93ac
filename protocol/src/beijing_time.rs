//! The 14-digit time of all messages: `yyyyMMddHHmmss` in Beijing.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

use crate::ValueError;

/// Beijing is 8 hours ahead of GMT all year.
pub(crate) const BEIJING: Offset = Offset::constant(8);

/// The pattern of `time_start`, `time_expire` and `time_end`.
const PATTERN: &str = "%Y%m%d%H%M%S";

/// The pattern of refunds and bills.
const SPACED_PATTERN: &str = "%Y-%m-%d %H:%M:%S";

/// A moment, to the second, from 1970 on. APIv2 unifiedorder, `time_start` String(14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BeijingTime(Timestamp);

impl BeijingTime {
    /// The second in which the moment falls. What is before 1970 or after 9999 (a clock without
    /// its battery) becomes the nearest moment that 14 digits can say.
    pub fn from_unix_ms(ms: i64) -> Self {
        let second = ms.div_euclid(1000).max(0);
        Self(Timestamp::from_second(second).unwrap_or(latest()))
    }

    /// Accepts 14 digits that are a date and a time.
    ///
    /// # Errors
    ///
    /// Anything else, and a year before 1970.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let error = ValueError { name: "time", rule: "a time as yyyyMMddHHmmss, from 1970 on" };
        if text.len() != 14 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(error);
        }
        in_pattern(text, PATTERN).ok_or(error)
    }

    /// Accepts `yyyy-MM-dd HH:mm:ss`. APIv2 refundquery, `refund_success_time_$n` String(20), and
    /// downloadbill.
    ///
    /// # Errors
    ///
    /// Anything else, and a year before 1970.
    pub fn parse_spaced(text: &str) -> Result<Self, ValueError> {
        let error =
            ValueError { name: "time", rule: "a time as yyyy-MM-dd HH:mm:ss, from 1970 on" };
        let is_shaped = text.bytes().enumerate().all(|(at, b)| match at {
            4 | 7 => b == b'-',
            10 => b == b' ',
            13 | 16 => b == b':',
            _ => b.is_ascii_digit(),
        });
        if text.len() != 19 || !is_shaped {
            return Err(error);
        }
        in_pattern(text, SPACED_PATTERN).ok_or(error)
    }

    /// The first second of a day; of one before 1970, that of 1970.
    pub(crate) fn at_midnight(day: Date) -> Self {
        let midnight = BEIJING.to_timestamp(day.to_datetime(Time::midnight()));
        Self(midnight.map_or(latest(), |moment| moment.max(Timestamp::UNIX_EPOCH)))
    }

    /// The moment, for other types of time.
    pub(crate) fn timestamp(self) -> Timestamp {
        self.0
    }

    /// Milliseconds since 1970 in GMT; the last three digits are zero.
    pub fn unix_ms(self) -> i64 {
        self.0.as_millisecond()
    }
}

impl fmt::Display for BeijingTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        BEIJING.to_datetime(self.0).strftime(PATTERN).fmt(f)
    }
}

impl FromStr for BeijingTime {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for BeijingTime {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        Self::parse(&text)
    }
}

impl From<BeijingTime> for String {
    fn from(time: BeijingTime) -> String {
        time.to_string()
    }
}

fn in_pattern(text: &str, pattern: &str) -> Option<BeijingTime> {
    let civil = DateTime::strptime(pattern, text).ok()?;
    let moment = BEIJING.to_timestamp(civil).ok()?;
    if moment < Timestamp::UNIX_EPOCH { None } else { Some(BeijingTime(moment)) }
}

fn latest() -> Timestamp {
    Timestamp::from_second(Timestamp::MAX.as_second()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn fourteen_digits_there_and_back() {
        for (text, ms) in [
            ("19700101080000", 0),
            ("20140903131540", 1_409_721_340_000),
            ("20240229235959", 1_709_222_399_000),
            ("20240101000000", 1_704_038_400_000),
        ] {
            assert_eq!(BeijingTime::parse(text).unwrap().unix_ms(), ms, "{text}");
            assert_eq!(BeijingTime::from_unix_ms(ms).to_string(), text);
            assert_eq!(BeijingTime::from_unix_ms(ms + 999).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2014090313154",
            "201409031315400",
            "20140903 31540",
            "20140230000000",
            "20141301000000",
            "20140101240000",
            "20140101006000",
            "19691231235959",
            "2014-09-03T13:",
        ] {
            assert!(BeijingTime::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn refunds_and_bills_write_the_same_time_otherwise() {
        let time = BeijingTime::parse("20160725152626").unwrap();
        assert_eq!(BeijingTime::parse_spaced("2016-07-25 15:26:26"), Ok(time));
        for text in [
            "",
            "20160725152626",
            "2016-07-25 15:26",
            "2016-07-25T15:26:26",
            "2016-07-25  5:26:26",
            "2016-02-30 15:26:26",
            "2016-07-25 24:00:00",
            "1969-12-31 23:59:59",
            "2016-07-25 15:26:26 ",
        ] {
            assert!(BeijingTime::parse_spaced(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_mad_clock_gives_the_nearest_time() {
        assert_eq!(BeijingTime::from_unix_ms(i64::MIN).to_string(), "19700101080000");
        let latest = BeijingTime::from_unix_ms(i64::MAX);
        assert_eq!(BeijingTime::parse(&latest.to_string()), Ok(latest));
        assert!(latest.to_string().starts_with("9999"));
    }
}
