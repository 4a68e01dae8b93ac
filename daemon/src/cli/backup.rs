//! `kioskd log verify`, `export` and `restore`: the order log as a whole, for the operator.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use super::log::beijing;
use super::{UNREADABLE, WRONG, existing_log, fail};
use crate::config::Config;
use crate::journal::VerifyError;
use crate::order_log::{self, BackupError, Tally};
use crate::run::log_dir;

/// Checks the log and prints what it holds.
pub(super) fn verify(config: &Path) -> ExitCode {
    done(config, Log::Existing, "whole", order_log::verify)
}

/// Saves the log in one file.
pub(super) fn export(config: &Path, out: &Path) -> ExitCode {
    let what = format!("saved in {}", out.display());
    done(config, Log::Existing, &what, |dir| order_log::export(dir, out))
}

/// Brings a log back from such a file.
pub(super) fn restore(config: &Path, from: &Path) -> ExitCode {
    let what = format!("restored from {}", from.display());
    done(config, Log::New, &what, |dir| order_log::restore(dir, from))
}

/// What the work needs to be there.
enum Log {
    Existing,
    New,
}

fn done(
    config: &Path,
    log: Log,
    what: &str,
    work: impl FnOnce(&Path) -> Result<Tally, BackupError>,
) -> ExitCode {
    let config = match Config::read(config) {
        Ok(config) => config,
        Err(error) => return fail(UNREADABLE, &error),
    };
    let dir = match log {
        Log::Existing => existing_log(&config, UNREADABLE),
        Log::New => Ok(log_dir(&config)),
    };
    let dir = match dir {
        Ok(dir) => dir,
        Err(code) => return code,
    };
    match work(&dir) {
        Ok(tally) => print(&dir, what, &tally),
        Err(error @ BackupError::Files(VerifyError::Open(_))) => fail(UNREADABLE, &error),
        Err(error) => fail(WRONG, &error),
    }
}

fn print(dir: &Path, what: &str, tally: &Tally) -> ExitCode {
    let mut out = io::stdout().lock();
    let time = |at: Option<_>| at.map_or_else(|| "-".to_owned(), beijing);
    let mut text = format!(
        "the order log in {} is {what}\n\
         records {}\nsales {}\narchives {}\nfirst {}\nlast {}\nhead {}\n",
        dir.display(),
        tally.records,
        tally.sales,
        tally.archives,
        time(tally.first_at),
        time(tally.last_at),
        tally.head,
    );
    if tally.unfinished > 0 {
        text += &format!(
            "the last {} bytes are being written, or were when the power went: the next start \
             removes them\n",
            tally.unfinished
        );
    }
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => fail(UNREADABLE, &error),
    }
}
