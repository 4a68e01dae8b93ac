//! downloadbill: asks for the list of a day's trades and refunds, which [`crate::bill`] reads.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::beijing_time::BEIJING;
use crate::call::{Request, sealed};
use crate::calls::CallName;
use crate::{BeijingTime, DeviceInfo, Fields, ValueError};

/// The question. APIv2 downloadbill.
///
/// It moves no money, so it may be sent again. WeChat makes a day's bill from 9:00 of the next day;
/// fetch it after 10:00, and within three months.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadBill {
    /// The day. APIv2 downloadbill, `bill_date` String(8).
    pub bill_date: BillDate,
    /// What the bill shall list. APIv2 downloadbill, `bill_type` String(8).
    pub bill_type: BillType,
    /// Whether the answer shall be packed. APIv2 downloadbill, `tar_type` String(8), `GZIP`.
    pub gzip: bool,
    /// Only what this machine sold; left out: all machines of the merchant.
    pub device_info: Option<DeviceInfo>,
}

impl sealed::Request for DownloadBill {}

impl Request for DownloadBill {
    const NAME: CallName = CallName::DownloadBill;
    const PATH: &'static str = "/pay/downloadbill";
    const REPEATABLE: bool = true;
    // Neither the bill nor the error XML is: TLS alone vouches for them.
    const SIGNED_ANSWER: bool = false;

    fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields
            .set("bill_date", self.bill_date.to_string())
            .set("bill_type", self.bill_type.as_str());
        if self.gzip {
            fields.set("tar_type", "GZIP");
        }
        if let Some(device_info) = &self.device_info {
            fields.set("device_info", device_info.as_str());
        }
        fields
    }
}

/// What a bill lists. APIv2 downloadbill, `bill_type` String(8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BillType {
    /// Trades and refunds.
    All,
    /// Trades alone.
    Success,
    /// Refunds alone.
    Refund,
    /// Refunds of recharge coupons.
    RechargeRefund,
}

impl BillType {
    /// As `bill_type` spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Success => "SUCCESS",
            Self::Refund => "REFUND",
            Self::RechargeRefund => "RECHARGE_REFUND",
        }
    }
}

/// A day in Beijing, from 1970 to 9999. APIv2 downloadbill, `bill_date` String(8).
///
/// A trade is in the bill of the day on which it was paid, a refund in that of the day on which it
/// was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BillDate(Date);

impl BillDate {
    /// The day on which the moment falls.
    pub fn of(time: BeijingTime) -> Self {
        Self(BEIJING.to_datetime(time.timestamp()).date())
    }

    /// Midnight, with which the day begins.
    pub fn begin(self) -> BeijingTime {
        BeijingTime::at_midnight(self.0)
    }

    /// The day before; the first day that there is stays itself.
    pub fn previous(self) -> Self {
        self.0.yesterday().ok().filter(|day| day.year() >= 1970).map_or(self, Self)
    }

    /// Accepts a day as `yyyyMMdd` or, as people write it, `yyyy-MM-dd`.
    ///
    /// # Errors
    ///
    /// Anything else, a day that no calendar has, and a year before 1970.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let error =
            ValueError { name: "bill_date", rule: "a day as yyyyMMdd or yyyy-MM-dd, from 1970 on" };
        // strptime alone would take "2024-1-2" and a sign before the year.
        let pattern = match (text.len(), text.bytes().filter(u8::is_ascii_digit).count()) {
            (8, 8) => "%Y%m%d",
            (10, 8) => "%Y-%m-%d",
            _ => return Err(error),
        };
        let day = Date::strptime(pattern, text).map_err(|_| error)?;
        if day.year() < 1970 { Err(error) } else { Ok(Self(day)) }
    }
}

/// `yyyyMMdd`, as messages carry it.
impl fmt::Display for BillDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.strftime("%Y%m%d").fmt(f)
    }
}

impl FromStr for BillDate {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for BillDate {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        Self::parse(&text)
    }
}

impl From<BillDate> for String {
    fn from(day: BillDate) -> String {
        day.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn a_day_is_read_in_both_spellings_and_written_in_one() {
        for text in ["20240229", "2024-02-29"] {
            assert_eq!(BillDate::parse(text).unwrap().to_string(), "20240229");
        }
        for text in [
            "",
            "2024029",
            "202402290",
            "20240230",
            "2024-2-29",
            "2024/02/29",
            "20-24-0229",
            "-20240229",
            "+2024-0229",
            "19691231",
            "2024022x",
        ] {
            assert!(BillDate::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_moment_belongs_to_its_day_in_beijing() {
        for (time, day, before) in [
            ("20240229235959", "20240229", "20240228"),
            ("20240301000000", "20240301", "20240229"),
            ("20250101000000", "20250101", "20241231"),
            ("19700101080000", "19700101", "19700101"),
        ] {
            let found = BillDate::of(BeijingTime::parse(time).unwrap());
            assert_eq!(found.to_string(), day);
            assert_eq!(found.previous().to_string(), before);
        }
    }
}
