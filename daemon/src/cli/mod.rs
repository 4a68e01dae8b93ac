//! The command line of `kioskd`: what others script, so it changes with care.

mod backup;
mod log;
mod message;
mod reconcile;
mod stickers;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use protocol::downloadbill::BillDate;
use protocol::sign::SignType;
use tracing_subscriber::EnvFilter;

use crate::config::Config;
use crate::report::Chain;
use crate::run::log_dir;
use crate::{check, journal, run};

/// A vending machine that sells by WeChat Pay.
///
/// Exit codes: 0 done, 1 the thing asked about is wrong, 2 bad usage or unreadable input.
///
/// KIOSKD_LOG filters the log lines on stderr (such as "info" or "debug,hardware::wire=trace";
/// default "info"); KIOSKD_LOG_FORMAT=json prints them as one JSON object a line.
#[derive(Debug, Parser)]
#[command(name = "kioskd", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the machine until SIGTERM or SIGINT; a running vend is finished first
    Run {
        /// The machine's configuration (TOML)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Say of every setting, file, device and permission whether it will work
    ///
    /// Exits 0 when all of it will, 1 when something will not. Nothing is changed and no motor
    /// turns.
    Check {
        /// The machine's configuration (TOML)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Print the order log, one line a sale; also while the machine runs
    ///
    /// Sales older than keep_days are in the log's archives: --all prints them too; verify, export
    /// and restore always include them.
    #[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Log {
        #[command(subcommand)]
        command: Option<LogCommand>,
        /// The machine's configuration (TOML)
        #[arg(long, value_name = "FILE", required = true)]
        config: Option<PathBuf>,
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
        /// Only sales for which something is still to be done, such as a refund that is owed
        #[arg(long)]
        open: bool,
        /// Also sales that went to the archives
        #[arg(long)]
        all: bool,
    },
    /// Compare WeChat's bill of a day with the order log; also while the machine runs
    ///
    /// Exits 0 when they agree, 1 when they differ, 2 when they cannot be compared. The bill of a
    /// day is there after 10:00 Beijing time of the next day, for three months.
    Reconcile {
        /// The machine's configuration (TOML)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// The day, in Beijing
        #[arg(long, value_name = "YYYY-MM-DD")]
        date: BillDate,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Draw a sticker with a QR code for each slot: a scan of it sells the slot's item
    ///
    /// Writes sheets of A4 for the printer and a picture of each sticker, in place of those of an
    /// earlier run. The codes are good until the API key is changed.
    Stickers {
        /// The machine's configuration (TOML)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Where to write sheet-1.png, slot-01.png and so on; made if it is not there
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Print the prices too; they are wrong as soon as you change them
        #[arg(long)]
        show_price: bool,
    },
    /// Read an XML message on stdin and print its sign alone
    Sign {
        /// A file that holds the API key; should be readable by its owner only
        #[arg(long, value_name = "K")]
        key_file: PathBuf,
        /// MD5 or HMAC-SHA256; without it the message's own sign_type, or MD5
        #[arg(long, value_name = "TYPE")]
        sign_type: Option<SignType>,
        /// Also show on stderr the string that is signed, with the key blotted out
        #[arg(long)]
        explain: bool,
    },
    /// Read an XML message on stdin and check its sign
    ///
    /// Exits 0 when it holds, 1 when it does not, 2 when the message or the key cannot be read. The
    /// reason stands on stderr.
    Verify {
        /// A file that holds the API key; should be readable by its owner only
        #[arg(long, value_name = "K")]
        key_file: PathBuf,
    },
    /// Open the sled copy of the order log and read all of it (kioskd asks itself this at its
    /// start)
    #[command(hide = true)]
    ProbeStore {
        /// The copy's directory
        dir: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum LogCommand {
    /// Check every check sum and the chain of hashes over archives and log; also while the machine
    /// runs
    ///
    /// Prints what is there, and the head: the hash of the last record, and through the chain of
    /// all others. It only changes when something is recorded; compare it with an earlier print.
    /// Exits 1 when something is not as it was written, 2 when it cannot be read.
    Verify {
        /// The machine's configuration (TOML)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Save the log and its archives in one compressed file; also while the machine runs
    Export {
        /// The machine's configuration (TOML)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Where to write; takes the place of an older file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Bring the log back from such a file, where there is none
    ///
    /// Exits 1 when there is a log or when the file is not whole, 2 when the machine runs or the
    /// file cannot be read: nothing is written then.
    Restore {
        /// The machine's configuration (TOML)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// What export has written
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
    },
}

/// The thing asked about is wrong.
const WRONG: u8 = 1;

/// Bad usage or unreadable input.
const UNREADABLE: u8 = 2;

/// The log lines of a machine that nobody looks at; the scheduler's own are about nothing.
const LINES: &str = "info,tokio_cron_scheduler=warn";

/// All of `kioskd`.
pub fn main() -> ExitCode {
    // clap prints its own help and errors, and exits with 2 on bad usage.
    match Cli::parse().command {
        Command::Run { config } => run_machine(&config),
        Command::Check { config } => check::check(&config, &mut io::stdout().lock()),
        Command::Log { command: None, config, json, open, all } => {
            log::print(&config.unwrap_or_default(), json, open, all)
        }
        Command::Log { command: Some(command), .. } => log_as_a_whole(&command),
        Command::Reconcile { config, date, json } => reconcile::print(&config, date, json),
        Command::Stickers { config, out, show_price } => stickers::write(&config, &out, show_price),
        Command::Sign { key_file, sign_type, explain } => {
            message::sign(&key_file, sign_type, explain)
        }
        Command::Verify { key_file } => message::verify(&key_file),
        Command::ProbeStore { dir } => journal::probe_store(&dir),
    }
}

fn log_as_a_whole(command: &LogCommand) -> ExitCode {
    match command {
        LogCommand::Verify { config } => backup::verify(config),
        LogCommand::Export { config, out } => backup::export(config, out),
        LogCommand::Restore { config, from } => backup::restore(config, from),
    }
}

fn run_machine(path: &std::path::Path) -> ExitCode {
    start_log_lines();
    // What the machine writes holds who has paid what: it is for its own user, whoever starts it.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let config = match Config::read(path) {
        Ok(config) => config,
        Err(error) => return fail(UNREADABLE, &error),
    };
    match run::run(&config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(WRONG, &error),
    }
}

/// An error that ends the program, on stderr.
fn fail(code: u8, error: &dyn std::error::Error) -> ExitCode {
    complain(&Chain(error).to_string());
    ExitCode::from(code)
}

/// Where the order log lies. Where there is none that is said, and the exit code is `code`.
fn existing_log(config: &Config, code: u8) -> Result<PathBuf, ExitCode> {
    let dir = log_dir(config);
    if dir.exists() {
        return Ok(dir);
    }
    complain(&format!("there is no order log in {} yet", dir.display()));
    Err(ExitCode::from(code))
}

/// A line for the person at the terminal. A stderr that is gone changes nothing.
fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "kioskd: {text}");
}

fn start_log_lines() {
    let filter = EnvFilter::try_from_env("KIOSKD_LOG").unwrap_or_else(|_| EnvFilter::new(LINES));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    if std::env::var("KIOSKD_LOG_FORMAT").is_ok_and(|format| format == "json") {
        lines.json().flatten_event(true).init();
    } else {
        lines.with_target(false).init();
    }
}
