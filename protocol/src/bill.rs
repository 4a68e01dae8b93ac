//! The bill: what WeChat has on record for a day, row by row. APIv2 downloadbill.
//!
//! ```text
//! answer ── gzip? ── BOM? ──┬── '<' ──► error XML ──────────────► BillError
//!                           └── names,of,the,columns
//!                               `value,`value ... ──────────────► BillRow, one a line
//!                               names,of,the,summary
//!                               `value,`value ... ──────────────► Summary, at the end
//! ```
//!
//! It is not signed: it shows what to look at and decides nothing about money.

use std::io::Read;

use csv::StringRecord;

use crate::value::clip;

mod cells;
mod error;
mod lines;
mod row;
mod summary;
mod text;

use cells::Heading;
pub use error::{BillCode, BillError};
use lines::Separated;
use row::Columns;
pub use row::{BillRefund, BillRow, BillTradeState};
pub use summary::Summary;
use text::Text;

/// How much of a stranger's text an error repeats, in characters.
const QUOTE_MAX: usize = 80;

/// Reads the answer to [`DownloadBill`](crate::downloadbill::DownloadBill), packed or not. Nothing
/// but the line at hand is kept in memory.
///
/// # Errors
///
/// WeChat has no bill, refuses, or the answer is something else. See [`BillError`].
pub fn read<R: Read>(answer: R) -> Result<Bill<R>, BillError> {
    let text = text::open(answer)?;
    let mut lines = csv::ReaderBuilder::new()
        .delimiter(lines::SEPARATOR)
        .quoting(false)
        .terminator(csv::Terminator::Any(b'\n'))
        // A row with too few or too many values is one bad row, not the end.
        .flexible(true)
        .from_reader(Separated::new(text));
    let heading = Heading::of(lines.headers().map_err(BillError::of_csv)?);
    let columns = Columns::of(&heading)?;
    Ok(Bill { lines, columns, rows: 0, refunds: 0, place: Place::InRows, summary: None })
}

/// A bill, half read. It gives the rows in WeChat's order, and at its end an error unless it was
/// whole.
///
/// After a [`BillError::Line`] the next rows still come. A caller that has seen any error at all
/// must not say that a trade is missing from the bill.
#[derive(Debug)]
pub struct Bill<R: Read> {
    lines: csv::Reader<Separated<Text<R>>>,
    columns: Columns,
    /// How many rows were seen, good or bad.
    rows: u64,
    /// How many of them are refunds.
    refunds: u64,
    place: Place,
    summary: Option<Summary>,
}

/// Where in the bill the reader is.
///
/// ```text
/// InRows ── 总交易单数,.. ──► BeforeSummary(names) ── `48,.. ──► AfterSummary ──► End
/// ```
#[derive(Debug)]
enum Place {
    InRows,
    BeforeSummary(Heading),
    AfterSummary,
    End,
}

impl<R: Read> Bill<R> {
    /// The last line, once the iterator has come to its end without the bill being cut off.
    pub fn summary(&self) -> Option<&Summary> {
        match self.place {
            Place::End => self.summary.as_ref(),
            Place::InRows | Place::BeforeSummary(_) | Place::AfterSummary => None,
        }
    }

    fn take(&mut self, record: &StringRecord) -> Option<Result<BillRow, BillError>> {
        let number = record.position().map_or(0, csv::Position::line);
        let line = |what: String| BillError::Line { number, what };
        match std::mem::replace(&mut self.place, Place::InRows) {
            Place::InRows if Summary::begins(record) => {
                self.place = Place::BeforeSummary(Heading::of(record));
                None
            }
            Place::InRows => {
                self.rows += 1;
                let row = self.columns.read(record);
                self.refunds += u64::from(row.as_ref().is_ok_and(|row| row.refund.is_some()));
                Some(row.map_err(line))
            }
            Place::BeforeSummary(heading) => {
                self.place = Place::AfterSummary;
                match Summary::read(&heading, record) {
                    Ok(summary) => {
                        self.summary = Some(summary);
                        None
                    }
                    Err(what) => Some(Err(line(what))),
                }
            }
            after @ (Place::AfterSummary | Place::End) => {
                self.place = after;
                let first = clip(record.get(0).unwrap_or_default(), QUOTE_MAX);
                Some(Err(line(format!("something stands after the summary: {first:?}"))))
            }
        }
    }

    /// Half a bill must never be taken for a whole one. The specification does not say whether the
    /// count of the summary has the refunds in it: either will do.
    fn end(&mut self) -> Option<Result<BillRow, BillError>> {
        self.place = Place::End;
        let told = self.summary.as_ref().map(|summary| summary.rows);
        let rows = self.rows;
        match told {
            None => Some(Err(BillError::CutOff { rows })),
            Some(told) if told == rows || told == rows.saturating_sub(self.refunds) => None,
            Some(told) => {
                self.summary = None;
                Some(Err(BillError::Count { rows, told }))
            }
        }
    }
}

impl<R: Read> Iterator for Bill<R> {
    type Item = Result<BillRow, BillError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = StringRecord::new();
        while !matches!(self.place, Place::End) {
            let told = match self.lines.read_record(&mut record) {
                Ok(true) => self.take(&record),
                Ok(false) => self.end(),
                Err(error) => {
                    let error = BillError::of_csv(error);
                    if matches!(error, BillError::Line { .. }) {
                        self.rows += 1;
                    } else {
                        self.place = Place::End;
                        // Even if it was seen: the check sum behind it may be what is missing.
                        self.summary = None;
                    }
                    Some(Err(error))
                }
            };
            if told.is_some() {
                return told;
            }
        }
        None
    }
}
