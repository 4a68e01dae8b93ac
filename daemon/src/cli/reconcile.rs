//! `kioskd reconcile`: WeChat's bill of a day against the order log, for people and programs.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use protocol::downloadbill::BillDate;
use serde::Serialize;
use tokio::runtime::Builder;

use super::{UNREADABLE, WRONG, complain, existing_log, fail};
use crate::audit::{self, Audit, Difference, MachineBill};
use crate::clock::Clock;
use crate::config::Config;
use crate::inbox::inbox;
use crate::order_log;
use crate::port::gateway::{Gateway, GatewaySettings};

/// An audit, as `--json` prints it. Programs read this: fields are added, never renamed.
#[derive(Serialize)]
struct Line<'a> {
    day: String,
    trades: usize,
    taken_fen: u32,
    refunds: usize,
    paid_back_fen: u32,
    reversed: usize,
    other_rows: u64,
    differences: Vec<DifferenceLine<'a>>,
}

#[derive(Serialize)]
struct DifferenceLine<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_trade_no: Option<&'a str>,
    text: String,
}

/// Compares a day and prints what came of it.
pub(super) fn print(path: &Path, day: BillDate, json: bool) -> ExitCode {
    let audit = match audit(path, day) {
        Ok(audit) => audit,
        Err(code) => return code,
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let printed = if json { print_json(&mut out, &audit) } else { print_text(&mut out, &audit) };
    match printed.and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => fail(UNREADABLE, &error),
        Ok(()) | Err(_) if audit.differences.is_empty() => ExitCode::SUCCESS,
        Ok(()) | Err(_) => ExitCode::from(WRONG),
    }
}

/// The error was told already.
fn audit(path: &Path, day: BillDate) -> Result<Audit, ExitCode> {
    let config = Config::read(path).map_err(|error| fail(UNREADABLE, &error))?;
    let dir = existing_log(&config, UNREADABLE)?;
    let bill = bill(&config, day)?;
    let books = order_log::read_all(&dir).map_err(|error| fail(UNREADABLE, &error))?;
    Ok(audit::compare(&books, day, &bill))
}

fn bill(config: &Config, day: BillDate) -> Result<MachineBill, ExitCode> {
    let clock = Clock::start();
    if day > audit::today(clock.now().wall) {
        complain(&format!("{} is yet to come", audit::in_words(day)));
        return Err(ExitCode::from(UNREADABLE));
    }
    let merchant = config.merchant().map_err(|error| fail(UNREADABLE, &error))?;
    // Bills need no certificate: who may read them need not be able to pay back.
    let settings = GatewaySettings { certificate: None, ..config.gateway.clone() };
    let tasks = Builder::new_current_thread().enable_all().build();
    let tasks = tasks.map_err(|error| fail(UNREADABLE, &error))?;
    let (inbox, _outlet) = inbox();
    let gateway = Gateway::new(settings, merchant, inbox, clock, tasks.handle().clone());
    let gateway = gateway.map_err(|error| fail(UNREADABLE, &error))?;
    let bill = tasks.block_on(gateway.bill(day, config.settings.machine.clone()));
    bill.map_err(|fault| fail(UNREADABLE, &fault))
}

fn print_text(out: &mut impl Write, audit: &Audit) -> io::Result<()> {
    writeln!(out, "{}", audit.tally)?;
    audit.differences.iter().try_for_each(|difference| writeln!(out, "{difference}"))
}

fn print_json(out: &mut impl Write, audit: &Audit) -> io::Result<()> {
    let tally = &audit.tally;
    let line = Line {
        day: audit::in_words(tally.day),
        trades: tally.trades,
        taken_fen: tally.taken.get(),
        refunds: tally.refunds,
        paid_back_fen: tally.paid_back.get(),
        reversed: tally.reversed,
        other_rows: tally.others,
        differences: audit.differences.iter().map(difference_line).collect(),
    };
    serde_json::to_writer(&mut *out, &line)?;
    writeln!(out)
}

fn difference_line(difference: &Difference) -> DifferenceLine<'_> {
    DifferenceLine {
        kind: difference.kind(),
        out_trade_no: difference.out_trade_no().map(protocol::OutTradeNo::as_str),
        text: difference.to_string(),
    }
}
