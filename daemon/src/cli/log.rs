//! `kioskd log`: the order log for people and programs.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use jiff::Timestamp as Instant;
use jiff::tz::{Offset, TimeZone};
use serde::Serialize;

use super::{UNREADABLE, WRONG, existing_log, fail};
use crate::config::Config;
use crate::order_log::{self, BackupError};
use crate::run::bare_books;
use crate::sale::{Sale, State, Timestamp};

/// One sale, as `--json` prints it. Programs read this: fields are added, never renamed.
#[derive(Serialize)]
struct Line<'a> {
    out_trade_no: &'a str,
    slot: u16,
    name: &'a str,
    fen: u32,
    state: &'static str,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_refund_no: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_fen: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// Prints the sales in the log, or `all` with those in its archives, or those that are not settled;
/// the oldest first.
pub(super) fn print(path: &Path, json: bool, open: bool, all: bool) -> ExitCode {
    let config = match Config::read(path) {
        Ok(config) => config,
        Err(error) => return fail(UNREADABLE, &error),
    };
    let dir = match existing_log(&config, WRONG) {
        Ok(dir) => dir,
        Err(code) => return code,
    };
    let mut books = bare_books();
    let read = if all {
        order_log::read_all(&dir).map(|read| books = read)
    } else {
        order_log::read(&dir, &mut books).map_err(BackupError::from)
    };
    if let Err(error) = read {
        return fail(WRONG, &error);
    }
    let sales = books.sales().filter(|sale| !open || sale.is_open());
    let mut out = BufWriter::new(io::stdout().lock());
    let printed = sales.map(line).try_for_each(|line| {
        if json { print_json(&mut out, &line) } else { print_text(&mut out, &line) }
    });
    match printed.and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        // `kioskd log | head` closes the pipe: that is no fault.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => fail(UNREADABLE, &error),
    }
}

fn line(sale: &Sale) -> Line<'_> {
    let refund = sale.refund();
    let refund_id = if let State::Refunded { refund_id, .. } = &sale.state {
        Some(refund_id.as_str())
    } else {
        None
    };
    Line {
        out_trade_no: sale.order.out_trade_no.as_str(),
        slot: sale.order.slot.number(),
        name: &sale.order.name_en,
        fen: sale.order.price.get(),
        state: sale.state.name(),
        created_at: beijing(sale.order.created_at),
        paid_at: sale.paid_at.map(beijing),
        settled_at: (!sale.is_open()).then(|| beijing(sale.changed_at)),
        transaction_id: sale.receipt().map(|receipt| receipt.transaction_id().as_str()),
        out_refund_no: refund.map(|refund| refund.out_refund_no.as_str()),
        refund_fen: refund.map(|refund| refund.refund_fee.get()),
        refund_id,
        reason: refund.map(|refund| refund.reason.in_words()),
    }
}

fn print_json(out: &mut impl Write, line: &Line<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    writeln!(out)
}

fn print_text(out: &mut impl Write, line: &Line<'_>) -> io::Result<()> {
    write!(
        out,
        "{}  {:32}  slot {:3}  {:>7.2} yuan  {:16}",
        line.created_at,
        line.out_trade_no,
        line.slot,
        f64::from(line.fen) / 100.0,
        line.state,
    )?;
    if let Some(paid_at) = &line.paid_at {
        write!(out, "  paid {paid_at}")?;
    }
    if let Some(settled_at) = &line.settled_at {
        write!(out, "  settled {settled_at}")?;
    }
    if let (Some(reason), Some(out_refund_no)) = (line.reason, line.out_refund_no) {
        match line.state {
            "refund_owed" => write!(out, "  {reason}; refund it in the merchant platform")?,
            "refunding" => write!(out, "  {reason}; is being refunded as {out_refund_no}")?,
            _ => write!(out, "  {reason}; refunded as {out_refund_no}")?,
        }
    }
    writeln!(out)
}

/// RFC 3339 with milliseconds, in Beijing time like WeChat's own bills.
pub(super) fn beijing(at: Timestamp) -> String {
    let zone = TimeZone::fixed(Offset::constant(8));
    match Instant::from_millisecond(at.unix_ms()) {
        Ok(instant) => instant.to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%.3f+08:00").to_string(),
        Err(_) => at.unix_ms().to_string(),
    }
}
