//! Why there is no bill, or not a whole one.

use std::io;

use crate::value::clip;
use crate::xml::XmlError;
use crate::{Fields, Verdict};

/// Longest reason that is kept, in characters. APIv2 common parameters, `return_msg` String(128).
const REASON_MAX: usize = 128;

/// Why there is no bill, or not a whole one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BillError {
    /// There was no trade on that day. Not a fault, unless the order log knows of one.
    #[error("WeChat has no bill of that day: nothing was traded")]
    NoBillExist,
    /// The bill is being made: ask again after 10:00 of the day that follows.
    #[error("the bill is not ready yet: ask again after 10:00 Beijing time of the next day")]
    NotReady,
    /// `return_code` FAIL for any other reason. Not signed, so a hint for people.
    #[error("WeChat refused the bill: {return_msg} {error_code}")]
    Refused {
        /// The reason, as far as it is known.
        code: BillCode,
        /// WeChat's reason.
        return_msg: String,
        /// WeChat's reason as a number; may be empty.
        error_code: String,
    },
    /// Neither a bill nor WeChat's error: a proxy, a captive portal, a gateway in trouble.
    #[error("answer is not a bill")]
    NotXml(#[source] XmlError),
    /// The first line lacks a column without which a row says nothing; so does any foreign text.
    #[error("answer is not a bill: its first line has no column {0}")]
    Column(&'static str),
    /// A line that cannot be read. Those after it are still given.
    #[error("line {number} of the bill: {what}")]
    Line {
        /// Its number, from 1.
        number: u64,
        /// What is wrong with it.
        what: String,
    },
    /// The answer broke off, was packed wrongly, or has a line that no bill has.
    #[error("bill cannot be read: {what}")]
    Reading {
        /// What kind of fault.
        kind: io::ErrorKind,
        /// What the reader says.
        what: String,
    },
    /// The bill ends without its summary, so rows may be missing.
    #[error("bill is cut off after {rows} rows: it has no summary")]
    CutOff {
        /// How many rows were seen.
        rows: u64,
    },
    /// The bill does not have as many rows as it says, so rows may be missing.
    #[error("bill has {rows} rows and says that it has {told}")]
    Count {
        /// How many rows were seen.
        rows: u64,
        /// How many there should be, `总交易单数`.
        told: u64,
    },
}

impl BillError {
    /// What a signed answer would call `err_code`. APIv2 downloadbill, "error codes".
    pub(super) fn said(fields: &Fields) -> Self {
        let text = |name| clip(fields.get(name).unwrap_or_default(), REASON_MAX);
        let return_msg = text("return_msg");
        let is = |code: &str| return_msg.trim().eq_ignore_ascii_case(code);
        // The documentation writes "NO Bill Exist", the gateway "No Bill Exist".
        if is("No Bill Exist") {
            return Self::NoBillExist;
        }
        if is("Bill Creating") {
            return Self::NotReady;
        }
        let code = BillCode::of(&return_msg);
        Self::Refused { code, return_msg, error_code: text("error_code") }
    }

    pub(super) fn reading(error: io::Error) -> Self {
        Self::Reading { kind: error.kind(), what: error.to_string() }
    }

    /// What the CSV reader objects to. Without quoting and with rows of any length that is the
    /// reader below it, and text that is not UTF-8.
    pub(super) fn of_csv(error: csv::Error) -> Self {
        let number = error.position().map_or(0, csv::Position::line);
        if let csv::ErrorKind::Utf8 { err, .. } = error.kind() {
            return Self::Line { number, what: format!("value {} is not UTF-8", err.field() + 1) };
        }
        let kind = if let csv::ErrorKind::Io(error) = error.kind() {
            error.kind()
        } else {
            io::ErrorKind::InvalidData
        };
        Self::Reading { kind, what: error.to_string() }
    }
}

/// Why WeChat gives no bill. APIv2 downloadbill, "error codes", which come in `return_msg`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BillCode {
    /// A time-out inside of WeChat.
    SystemError,
    /// The bill could not be packed.
    CompressGzip,
    /// The bill could not be unpacked.
    UncompressGzip,
    /// A `bill_type` that WeChat does not know.
    InvalidBillType,
    /// A field is ill-formed.
    DataFormat,
    /// A field is missing.
    MissingParameter,
    /// The request's signature is wrong: most often the key is.
    SignError,
    /// A reason that is not in this table.
    Other,
}

impl BillCode {
    /// As WeChat spells them.
    const TABLE: [(&str, Self); 7] = [
        ("SYSTEMERROR", Self::SystemError),
        ("CompressGZip Error", Self::CompressGzip),
        ("UnCompressGZip Error", Self::UncompressGzip),
        ("invalid bill_type", Self::InvalidBillType),
        ("data format error", Self::DataFormat),
        ("missing parameter", Self::MissingParameter),
        ("SIGN ERROR", Self::SignError),
    ];

    fn of(return_msg: &str) -> Self {
        let is = |code: &str| return_msg.trim().eq_ignore_ascii_case(code);
        Self::TABLE.iter().find(|(code, _)| is(code)).map_or(Self::Other, |(_, code)| *code)
    }

    /// What to do.
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::SystemError | Self::CompressGzip | Self::UncompressGzip => Verdict::RepeatSame,
            Self::InvalidBillType | Self::DataFormat | Self::MissingParameter | Self::SignError => {
                Verdict::Alarm
            }
            Self::Other => Verdict::Unknown,
        }
    }
}
