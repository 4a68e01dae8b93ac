//! The program `simulate`: its arguments, its exit codes, its one way to print.

use std::{
    ffi::OsString,
    fs, io,
    io::{BufRead as _, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use clap::{Args, Parser, Subcommand, ValueEnum, error::ErrorKind};
use kiosk::Appearance;
use protocol::sign::SignType;

use crate::{
    background::Background,
    board::{Board, BoardSettings},
    demo::{self, DemoSettings, Verdict, signals},
    gateway::{Gateway, GatewaySettings, Key, console},
    screens::{ScreensArgs, screens},
    simulation::worlds::cli::{WorldsArgs, run_worlds},
    simulation::year::cli::{self as year, ReplayArgs, YearArgs},
    simulation::year::month::{MonthArgs, month},
    timeline::Timeline,
};

/// A sale did not settle as it should, or the world could not be brought up.
const EXIT_WRONG: u8 = 1;
/// As clap has it.
const EXIT_USAGE: u8 = 2;
/// A person buys one thing at a time; a long run is for a night.
const SALES_MAX: i64 = 10_000;
/// How often a lone board looks for news to print.
const LOOK: Duration = Duration::from_millis(100);

/// The simulated world around a vending machine that sells by WeChat Pay: WeChat's servers, a
/// relay board with motors, a panel, a phone.
///
/// Exit codes: 0 done, 1 a sale did not settle as it should, 2 bad usage.
#[derive(Debug, Parser)]
#[command(name = "simulate", disable_version_flag = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(DemoArgs),
    Gateway(GatewayArgs),
    Board(BoardArgs),
    Year(YearArgs),
    Replay(ReplayArgs),
    Month(MonthArgs),
    Worlds(WorldsArgs),
    Screens(ScreensArgs),
}

/// Run the real kioskd in the whole world.
///
/// Without --headless a page shows panel, phone, board and timeline, and lets you buy and make
/// trouble. With --headless a robot buys through touches and pixels, and every sale is judged:
/// its log, the gateway's books and the motor must agree.
#[derive(Debug, Args)]
struct DemoArgs {
    /// Let a robot buy instead of serving the page
    #[arg(long)]
    headless: bool,
    /// How many items the robot buys
    #[arg(long, value_name = "N", default_value_t = 3, requires = "headless",
          value_parser = clap::value_parser!(u16).range(1..=SALES_MAX))]
    sales: u16,
    /// Lose every notify: only orderquery tells that somebody paid
    #[arg(long)]
    lose_notifies: bool,
    /// Jam every spiral: the motor turns and nothing falls
    #[arg(long)]
    jam: bool,
    /// The page's port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "P", default_value_t = 0)]
    port: u16,
    /// The panel's size in pixels
    #[arg(long, value_name = "WxH", default_value = "800x480", value_parser = parse_size)]
    size: (u32, u32),
    /// Dark letters on light paper, or the other way round
    #[arg(long, value_enum, default_value_t = Theme::Light)]
    theme: Theme,
}

/// How the screens look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Theme {
    Light,
    Dark,
}

impl From<Theme> for Appearance {
    fn from(theme: Theme) -> Self {
        match theme {
            Theme::Light => Self::Light,
            Theme::Dark => Self::Dark,
        }
    }
}

/// WeChat's servers alone, for a kioskd of your own.
///
/// Accepts every appid and mch_id whose requests are signed with the key. Writes into DIR what a
/// client needs: ca.pem to trust (kioskd's extra_ca_file), apiclient_cert.pem and
/// apiclient_key.pem to show for a refund; they are new at every start, so start kioskd again
/// too. A code_url that is typed is paid, "orders" shows it; "help" names what else can be typed.
#[derive(Debug, Args)]
struct GatewayArgs {
    /// Where to listen, such as 127.0.0.1:8443
    #[arg(long, value_name = "ADDR")]
    listen: SocketAddr,
    /// A file with the merchant's APIv2 key, 32 letters and digits
    #[arg(long, value_name = "FILE")]
    key_file: PathBuf,
    /// Where to write ca.pem, apiclient_cert.pem and apiclient_key.pem
    #[arg(long)]
    dir: PathBuf,
    /// Where to post the callback of mode 1 when a printed code is scanned
    #[arg(long, value_name = "URL")]
    mode1_callback: Option<String>,
    /// The only mode accepted, MD5 or HMAC-SHA256; without it requests choose
    #[arg(long, value_name = "MODE")]
    sign_type: Option<SignType>,
}

/// A relay board alone, with a motor behind each of its eight relays.
#[derive(Debug, Args)]
struct BoardArgs {
    /// The name of its serial port, such as /tmp/vend-relay
    #[arg(long, value_name = "PATH")]
    link: PathBuf,
}

/// Reads the arguments and does what they say.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(without_separator(arguments)) {
        Ok(cli) => cli,
        Err(error) => {
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            // Nowhere to print to: the exit code says it all.
            let _ = error.print();
            return ExitCode::from(if asked { 0 } else { EXIT_USAGE });
        }
    };
    let done = match cli.command {
        Command::Demo(args) => run_demo(&args),
        Command::Gateway(args) => run_gateway(args),
        Command::Board(args) => run_board(args),
        Command::Year(args) => Ok(code(year::year(&args, &mut say))),
        Command::Replay(args) => Ok(code(year::replay(&args, &mut say))),
        Command::Month(args) => Ok(code(month(&args, &mut say))),
        Command::Worlds(args) => Ok(run_worlds(&args, &mut say)),
        Command::Screens(args) => run_screens(&args),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            say_error(&*error);
            ExitCode::from(EXIT_WRONG)
        }
    }
}

type Done = Result<ExitCode, Box<dyn std::error::Error>>;

fn code(held: bool) -> ExitCode {
    if held { ExitCode::SUCCESS } else { ExitCode::from(EXIT_WRONG) }
}

fn run_demo(args: &DemoArgs) -> Done {
    let settings = DemoSettings {
        headless: args.headless,
        sales: args.sales,
        lose_notifies: args.lose_notifies,
        jam: args.jam,
        port: args.port,
        size: args.size,
        theme: args.theme.into(),
    };
    Ok(match demo::run(&settings, &mut say)? {
        Verdict::AsItShould => ExitCode::SUCCESS,
        Verdict::Wrong(_) => ExitCode::from(EXIT_WRONG),
    })
}

fn run_screens(args: &ScreensArgs) -> Done {
    screens(args, &mut say)?;
    Ok(ExitCode::SUCCESS)
}

fn run_gateway(args: GatewayArgs) -> Done {
    let key = read_key(&args.key_file)?;
    fs::create_dir_all(&args.dir)?;
    let settings = GatewaySettings {
        listen: args.listen,
        dir: args.dir,
        key,
        sign_type: args.sign_type,
        merchant: None,
    };
    let gateway = Gateway::start(settings, Timeline::new())?;
    if let Some(url) = &args.mode1_callback {
        gateway.set_mode1_callback(url);
    }
    say(&format!("listening on {}", gateway.base_url()));
    say(&format!("trust {}", gateway.ca_file().display()));
    say(&format!("certificate {}", gateway.client_cert_file().display()));
    say(&format!("certificate key {}", gateway.client_key_file().display()));
    for line in io::stdin().lock().lines() {
        say(&console::obey(&gateway, &line?));
    }
    // Nobody types: serve until the program is ended from outside.
    loop {
        std::thread::park();
    }
}

fn run_board(args: BoardArgs) -> Done {
    let timeline = Timeline::new();
    let board = Board::start(BoardSettings::new(args.link), timeline.clone())?;
    say(&format!("a board is behind {}", board.link().display()));
    let (ended, _signals) = end_on_signal()?;
    let mut next = 0;
    while !ended.load(Ordering::Relaxed) {
        let moments = timeline.since(next);
        next += moments.len();
        for moment in moments {
            say(&format!("{:>12.1} ms  {}", moment.at.as_secs_f64() * 1000.0, moment.what));
        }
        std::thread::sleep(LOOK);
    }
    Ok(ExitCode::SUCCESS)
}

/// Becomes true on Ctrl-C, a closed terminal or SIGTERM: then the board takes its link away.
fn end_on_signal() -> io::Result<(Arc<AtomicBool>, Background)> {
    let ended = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&ended);
    let background = Background::start("signals")?;
    background.spawn(async move {
        signals::end().await;
        heard.store(true, Ordering::Relaxed);
    });
    Ok((ended, background))
}

fn read_key(file: &Path) -> Result<Key, Box<dyn std::error::Error>> {
    let text = fs::read_to_string(file)
        .map_err(|error| format!("cannot read the key from {}: {error}", file.display()))?;
    Ok(Key::parse(text.trim_end())?)
}

/// `cargo demo -- --headless` hands over `demo -- --headless`.
fn without_separator(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.get(1).is_some_and(|it| it == "demo")
        && arguments.get(2).is_some_and(|it| it == "--")
    {
        arguments.remove(2);
    }
    arguments
}

pub(crate) fn parse_size(text: &str) -> Result<(u32, u32), String> {
    let parsed = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    parsed
        .filter(|(w, h)| (240..=1920).contains(w) && (240..=1920).contains(h))
        .ok_or_else(|| "must be width x height, each 240 to 1920, such as 800x480".to_owned())
}

/// The program's one way to standard output. Whoever stops reading does not stop the world.
fn say(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

/// The whole chain, once, on standard error.
fn say_error(error: &dyn std::error::Error) {
    let mut text = format!("simulate: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    let _ = writeln!(io::stderr().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use clap::CommandFactory as _;

    use super::*;

    fn demo(line: &str) -> Result<DemoArgs, ErrorKind> {
        let arguments = line.split(' ').map(OsString::from);
        match Cli::try_parse_from(without_separator(arguments)) {
            Ok(Cli { command: Command::Demo(args) }) => Ok(args),
            Ok(_) => Err(ErrorKind::InvalidSubcommand),
            Err(error) => Err(error.kind()),
        }
    }

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_separator_of_the_cargo_alias_is_dropped() {
        let args =
            demo("simulate demo -- --headless --sales 5 --size 320x240 --theme dark").unwrap();
        assert!(args.headless);
        assert_eq!((args.sales, args.size), (5, (320, 240)));
        assert_eq!(args.theme, Theme::Dark);
    }

    #[test]
    fn bad_usage_is_refused() {
        #[rustfmt::skip]
        let table = [
            ("simulate demo --headless --sales 0", ErrorKind::ValueValidation),
            ("simulate demo --size 800",           ErrorKind::ValueValidation),
            ("simulate demo --size 10x10",         ErrorKind::ValueValidation),
            ("simulate demo --theme blue",         ErrorKind::InvalidValue),
            ("simulate demo --sales 2",            ErrorKind::MissingRequiredArgument),
            ("simulate gateway",                   ErrorKind::MissingRequiredArgument),
            ("simulate explode",                   ErrorKind::InvalidSubcommand),
        ];
        for (line, kind) in table {
            assert_eq!(demo(line).map(|_| ()), Err(kind), "{line}");
        }
    }
}
