//! `simulate month`: days of a busy machine on a real directory, and what they leave in memory, in
//! handles and on disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::Args;
use daemon::{
    order_log::{self, BackupError},
    sale::Books,
};

use super::{
    build::Build,
    script::{Input, busy_days},
    world::World,
};

const DAY_MS: u64 = 86_400_000;

/// Old sales leave the log when there are as many as younger ones: twice the days that they stay,
/// and the day on which nobody has looked yet.
const SETTLED_IN_DAYS: usize = 15;

/// What memory and log may differ by once settled in, in parts of a hundred: no two days sell the
/// same.
const SPREAD_PERCENT: u64 = 15;

/// The same for the copy: sled takes whole segments of 512 KiB, sooner or later, as its threads
/// happen to run.
const COPY_SPREAD_PERCENT: u64 = 30;

/// Play a month of a busy machine on a real directory, and look whether it grows.
///
/// The real loop, middle and order log with its copy in sled, a simulated WeChat, board and
/// customers. Each night the slots are filled and the program is started anew. Prints memory,
/// handles, log, start-up time and the loop's longest turn of each day. At the end the log is
/// saved, brought back elsewhere, and must tell the same. Sales stay in the log for 7 days, the
/// shortest there is.
#[derive(Debug, Args)]
pub struct MonthArgs {
    /// How many days, 23 to 3660: the first fifteen only fill the log
    #[arg(long, value_name = "N", default_value_t = 30,
          value_parser = clap::value_parser!(u64).range(23..=3_660))]
    days: u64,
    /// Customers a day
    #[arg(long, value_name = "N", default_value_t = 300,
          value_parser = clap::value_parser!(u64).range(50..=2_000))]
    customers: u64,
    /// Decides what happens
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
    /// Where to put the logs; a directory that is taken away again, without this
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// How the program is at the end of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sample {
    orders: u64,
    /// Sales in the log.
    sales: usize,
    memory_kib: u64,
    handles: u64,
    /// The log proper.
    segment_kib: u64,
    /// Its copy in sled.
    copy_kib: u64,
    archives: usize,
    archives_kib: u64,
    start: Duration,
    turn: Duration,
}

/// What is compared between days.
type Measure = fn(&Sample) -> u64;

/// Times are told and not judged: the computer has other work.
const TIMES: [(&str, Measure); 2] =
    [("start ms", |it| millis(it.start)), ("turn ms", |it| millis(it.turn))];

/// Plays the days; `false` when a promise was broken, something grew, or the backup differs.
pub fn month(args: &MonthArgs, say: &mut dyn FnMut(&str)) -> bool {
    let place = match &args.dir {
        Some(dir) => Ok((dir.clone(), None)),
        None => tempfile::tempdir().map(|dir| (dir.path().to_owned(), Some(dir))),
    };
    let played = place.map_err(Trouble::from).and_then(|(dir, _gone_at_the_end)| {
        let log = dir.join("orders");
        if log.exists() {
            let text = format!("{} is there already: take an empty directory", log.display());
            return Err(Trouble::Wrong(text));
        }
        days(args, &log, say)?;
        backup(&log, &dir, say)
    });
    if let Err(trouble) = &played {
        say(&trouble.to_string());
    }
    played.is_ok()
}

/// Why a month was not as it should be.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}")]
    Wrong(String),
    #[error("the month cannot be measured: {0}")]
    Io(#[from] io::Error),
    #[error("the log cannot be saved or brought back: {0}")]
    Backup(#[from] BackupError),
    #[error("the log cannot be read: {0}")]
    Log(#[from] order_log::OrderLogError),
}

fn days(args: &MonthArgs, log: &Path, say: &mut dyn FnMut(&str)) -> Result<(), Trouble> {
    let begun = Instant::now();
    let script = busy_days(args.seed, args.days, args.customers, Build::SLOTS.into());
    let refills = script.iter().filter(|step| step.input == Input::Refill).count();
    let mut world = World::new(args.seed, script, false);
    world.home = Some(log.to_owned());
    say(
        "day  orders  in the log  memory KiB  handles  log KiB  copy KiB    archives KiB  start ms  turn ms",
    );
    let mut samples = Vec::new();
    for day in 1..=args.days {
        world.until(day * DAY_MS - 1, |_| false);
        let sample = Sample::take(&mut world, log)?;
        say(&format!("{day:>3}  {sample}"));
        samples.push(sample);
    }
    world.rest();
    if let Some(broken) = &world.violation {
        return Err(Trouble::Wrong(format!("{}: {}", broken.kind, broken.details)));
    }
    let counts = &world.ledger.counts;
    say(&format!(
        "{} sales on one machine in {} days: {} vended, {} refunded, {refills} refills, {} restarts",
        counts.orders, args.days, counts.vended, counts.refunded, world.restarts
    ));
    let seconds = begun.elapsed().as_secs_f64();
    say(&format!("0 violations in {seconds:.0} s"));
    flat(&samples, say)
}

/// From the first full load on, nothing grows.
fn flat(samples: &[Sample], say: &mut dyn FnMut(&str)) -> Result<(), Trouble> {
    let settled = samples.get(SETTLED_IN_DAYS..).unwrap_or_default();
    let (early, late) = settled.split_at(settled.len() / 2);
    let most = |of: Measure| {
        let [early, late] = [early, late].map(|days| days.iter().map(of).max().unwrap_or(0));
        (early, late)
    };
    let measures: [(&str, Measure, u64); 4] = [
        ("memory KiB", |it| it.memory_kib, SPREAD_PERCENT),
        ("handles", |it| it.handles, 0),
        ("log KiB", |it| it.segment_kib, SPREAD_PERCENT),
        ("copy KiB", |it| it.copy_kib, COPY_SPREAD_PERCENT),
    ];
    for (name, of, spread) in measures {
        let (early, late) = most(of);
        say(&format!("{name}: {early} at most in days settled in, then {late}"));
        if late * 100 > early * (100 + spread) {
            return Err(Trouble::Wrong(format!("{name} grow")));
        }
    }
    for (name, of) in TIMES {
        let (early, late) = most(of);
        say(&format!("{name}: {early} at most in days settled in, then {late}"));
    }
    Ok(())
}

/// What is brought back tells the same as what was saved.
fn backup(log: &Path, dir: &Path, say: &mut dyn FnMut(&str)) -> Result<(), Trouble> {
    let (file, again) = (dir.join("backup"), dir.join("again"));
    let saved = order_log::export(log, &file)?;
    let restored = order_log::restore(&again, &file)?;
    let [there, back] = [log, &again].map(|dir| {
        let mut books = Books::new(Build::planogram(1));
        order_log::read(dir, &mut books).map(|()| books)
    });
    if there? != back? || saved.head != restored.head {
        return Err(Trouble::Wrong("what was brought back tells something else".to_owned()));
    }
    order_log::verify(&again)?;
    say(&format!(
        "saved and brought back: {} records, {} sales, the same books",
        restored.records, restored.sales
    ));
    Ok(())
}

impl Sample {
    fn take(world: &mut World, log: &Path) -> io::Result<Self> {
        let segments = sizes(&log.join("segments"))?;
        let archives = sizes(&log.join("archive"))?;
        let kib = |sizes: &[u64]| sizes.iter().sum::<u64>() / 1_024;
        Ok(Self {
            orders: world.ledger.counts.orders,
            sales: world.machine().map_or(0, |machine| machine.books().sales().count()),
            memory_kib: resident_kib()?,
            handles: fs::read_dir("/proc/self/fd")?.count() as u64,
            segment_kib: kib(&segments),
            copy_kib: kib(&sizes(&log.join("sled"))?),
            archives: archives.len(),
            archives_kib: kib(&archives),
            start: world.opened_in,
            turn: std::mem::take(&mut world.longest_turn),
        })
    }
}

impl std::fmt::Display for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:>6}  {:>10}  {:>10}  {:>7}  {:>7}  {:>8}  {:>3} {:>8}  {:>8}  {:>7}",
            self.orders,
            self.sales,
            self.memory_kib,
            self.handles,
            self.segment_kib,
            self.copy_kib,
            self.archives,
            self.archives_kib,
            millis(self.start),
            millis(self.turn),
        )
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The sizes of all files below a directory; none when it is not there.
fn sizes(dir: &Path) -> io::Result<Vec<u64>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut all = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            all.extend(sizes(&entry.path())?);
        } else {
            all.push(entry.metadata()?.len());
        }
    }
    Ok(all)
}

/// What the kernel keeps in memory for this process (proc_pid_status(5), `VmRSS`).
fn resident_kib() -> io::Result<u64> {
    let text = fs::read_to_string("/proc/self/status")?;
    let field = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = field.and_then(|field| field.trim().strip_suffix(" kB"));
    kib.and_then(|kib| kib.parse().ok()).ok_or(io::ErrorKind::InvalidData.into())
}
