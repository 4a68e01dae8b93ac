//! The real kioskd as a child process: started, watched, killed, started again.

mod config;
mod log_line;
mod program;
mod screen;

use std::{
    collections::VecDeque,
    io::{self, BufRead as _, BufReader},
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;

pub use self::{
    config::{API_KEY, APPID, Connections, MCH_ID, MachineSettings, PHONE, SlotSettings, TOKEN},
    log_line::LogLine,
    program::{ProgramError, kioskd},
    screen::ScreenSettings,
};
use crate::{
    timeline::{Timeline, What},
    waiting::{TooLate, Watched},
};

/// Log lines kept; a sale makes some twenty.
const LINES_MAX: usize = 2000;
/// How long kioskd may take to end when it is told to: a vend under way is finished first.
const STOP_LIMIT: Duration = Duration::from_secs(15);
/// The message that says that kioskd sells.
const READY: &str = "ready";

/// One machine: its files and the program that runs on them. Dropping it kills the program.
#[derive(Debug)]
pub struct Machine {
    program: PathBuf,
    places: config::Places,
    timeline: Timeline,
    state: Arc<Watched<State>>,
    child: Mutex<Option<Child>>,
}

impl Machine {
    /// Writes the machine's files into `dir`; nothing runs yet.
    ///
    /// # Errors
    /// [`MachineError::Files`] when they cannot be written.
    pub fn new(
        program: PathBuf,
        dir: &Path,
        settings: &MachineSettings,
        connections: &Connections,
        timeline: Timeline,
    ) -> Result<Self, MachineError> {
        let places = config::Places::in_dir(dir);
        config::write(&places, settings, connections)
            .map_err(|source| MachineError::Files { dir: dir.to_owned(), source })?;
        let state = Arc::new(Watched::new(State::default()));
        Ok(Self { program, places, timeline, state, child: Mutex::new(None) })
    }

    /// Its configuration file.
    #[must_use]
    pub fn config(&self) -> &Path {
        &self.places.config
    }

    /// The socket of its panel.
    #[must_use]
    pub fn panel(&self) -> &Path {
        &self.places.panel
    }

    /// Starts kioskd; nothing happens when it runs.
    ///
    /// # Errors
    /// [`MachineError::Start`].
    pub fn start(&self) -> Result<(), MachineError> {
        let mut child = self.child();
        if child.is_some() && self.is_running() {
            return Ok(());
        }
        let fault = |source| MachineError::Start { program: self.program.clone(), source };
        let mut started = Command::new(&self.program)
            .arg("run")
            .arg("--config")
            .arg(&self.places.config)
            .env("KIOSKD_LOG_FORMAT", "json")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(fault)?;
        self.timeline.mark(What::MachineStarted);
        self.state.change(State::start);
        if let Some(stderr) = started.stderr.take() {
            self.follow(stderr).map_err(fault)?;
        }
        *child = Some(started);
        Ok(())
    }

    /// Waits until kioskd says that it sells.
    ///
    /// # Errors
    /// [`MachineError::NotReady`] when `limit` passes or the program ends before.
    pub fn wait_ready(&self, limit: Duration) -> Result<(), MachineError> {
        let found = self.state.wait("kioskd to be ready", limit, |state| {
            (state.ready || !state.running).then_some(state.ready)
        });
        match found {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(MachineError::NotReady { last: self.last_lines(5) }),
        }
    }

    /// Cuts the power: SIGKILL, at once, in the middle of whatever it does.
    ///
    /// # Errors
    /// [`MachineError::Stop`] when the program cannot be waited for.
    pub fn kill(&self) -> Result<(), MachineError> {
        let Some(mut child) = self.child().take() else {
            return Ok(());
        };
        // It may have ended by itself.
        let _ = child.kill();
        let status = child.wait().map_err(MachineError::Stop)?;
        self.ended("killed", status);
        Ok(())
    }

    /// Tells kioskd to end (SIGTERM) and waits until it did.
    ///
    /// # Errors
    /// [`MachineError::TooLate`] when it does not end; then it is killed.
    pub fn terminate(&self) -> Result<ExitStatus, MachineError> {
        let Some(mut child) = self.child().take() else {
            return Ok(ExitStatus::from_raw(0));
        };
        if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
            // It may have ended by itself.
            let _ = kill_process(pid, Signal::TERM);
        }
        let ended =
            self.state.wait("kioskd to end", STOP_LIMIT, |state| (!state.running).then_some(()));
        if let Err(too_late) = ended {
            let _ = child.kill();
            let status = child.wait().map_err(MachineError::Stop)?;
            self.ended("killed", status);
            return Err(too_late.into());
        }
        let status = child.wait().map_err(MachineError::Stop)?;
        self.ended("told to", status);
        Ok(status)
    }

    /// The process of kioskd, as long as it was not ended from here.
    #[must_use]
    pub fn pid(&self) -> Option<Pid> {
        self.child().as_ref().and_then(|child| Pid::from_raw(i32::try_from(child.id()).ok()?))
    }

    /// Whether kioskd runs: its standard error is open.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.state.read(|state| state.running)
    }

    /// Whether kioskd has said that it sells, since it was last started.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.state.read(|state| state.running && state.ready)
    }

    /// Waits for a log line that `look` accepts, among those since the last start.
    ///
    /// # Errors
    /// [`TooLate`] when `limit` passes before.
    pub fn wait_for_line<R>(
        &self,
        what: &str,
        limit: Duration,
        mut look: impl FnMut(&LogLine) -> Option<R>,
    ) -> Result<R, TooLate> {
        self.state.wait(what, limit, |state| state.lines.iter().find_map(&mut look))
    }

    /// As [`Machine::wait_for_line`], for what only several lines together show.
    ///
    /// # Errors
    /// [`TooLate`] when `limit` passes before.
    pub fn wait_for_lines<R>(
        &self,
        what: &str,
        limit: Duration,
        mut look: impl FnMut(&[LogLine]) -> Option<R>,
    ) -> Result<R, TooLate> {
        self.state.wait(what, limit, |state| look(&state.lines))
    }

    /// The log lines since the last start.
    #[must_use]
    pub fn lines(&self) -> Vec<LogLine> {
        self.state.read(|state| state.lines.clone())
    }

    /// The last `count` log lines, over restarts too.
    #[must_use]
    pub fn last_lines(&self, count: usize) -> Vec<LogLine> {
        self.state.read(|state| {
            let skip = state.all.len().saturating_sub(count);
            state.all.iter().skip(skip).cloned().collect()
        })
    }

    /// What the order log says: `kioskd log --json`.
    ///
    /// # Errors
    /// [`MachineError::Log`] with what the program said.
    pub fn sales(&self) -> Result<Vec<SaleLine>, MachineError> {
        let output = Command::new(&self.program)
            .args(["log", "--json", "--config"])
            .arg(&self.places.config)
            .stdin(Stdio::null())
            .output()
            .map_err(|source| MachineError::Start { program: self.program.clone(), source })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(MachineError::Log(said));
        }
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| {
                serde_json::from_str(line)
                    .map_err(|error| MachineError::Log(format!("{error} in the line {line:?}")))
            })
            .collect()
    }

    fn follow(&self, stderr: ChildStderr) -> io::Result<()> {
        let state = Arc::clone(&self.state);
        let timeline = self.timeline.clone();
        let epoch = state.read(|state| state.epoch);
        std::thread::Builder::new().name("kioskd log".to_owned()).spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let line = LogLine::read(&line);
                if line.message == READY {
                    timeline.mark(What::MachineReady);
                }
                state.change(|state| state.hear(line, epoch));
            }
            state.change(|state| state.end(epoch));
        })?;
        Ok(())
    }

    fn ended(&self, how: &str, status: ExitStatus) {
        self.state.change(|state| state.running = false);
        self.timeline.mark(What::MachineStopped(format!("{how}, {status}")));
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Nobody is left to hear of an error.
        let _ = self.kill();
    }
}

/// One sale in `kioskd log --json`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SaleLine {
    /// The order's number.
    pub out_trade_no: String,
    /// What was chosen.
    pub slot: u16,
    /// The price.
    pub fen: u32,
    /// `opening`, `awaiting_payment`, `vending`, `vended`, `closing`, `closed`, `in_doubt`,
    /// `refund_owed`, `refunding`, `refunded` and so on.
    pub state: String,
    /// What goes or went back, in fen.
    pub refund_fen: Option<u32>,
    /// Our number of the refund.
    pub out_refund_no: Option<String>,
    /// WeChat's number, once it is paid.
    pub transaction_id: Option<String>,
    /// Why the money goes back, in words.
    pub reason: Option<String>,
}

/// The machine does not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// Its files.
    #[error("cannot write the machine's files into {}", .dir.display())]
    Files {
        /// Where.
        dir: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The program.
    #[error("cannot start {}", .program.display())]
    Start {
        /// Which.
        program: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It did not say that it sells.
    #[error("kioskd did not get ready; it last said:{}", said(.last))]
    NotReady {
        /// Its last words.
        last: Vec<LogLine>,
    },
    /// Its end could not be waited for.
    #[error("cannot wait for the end of kioskd")]
    Stop(#[source] io::Error),
    /// Its order log could not be read.
    #[error("kioskd log --json failed: {0}")]
    Log(String),
    /// Something did not happen.
    #[error(transparent)]
    TooLate(#[from] TooLate),
}

fn said(lines: &[LogLine]) -> String {
    lines.iter().map(|line| format!("\n  {}", line.raw)).collect()
}

#[derive(Debug, Default)]
struct State {
    /// How often it was started: a late reader of an earlier run must not end this one.
    epoch: u64,
    running: bool,
    ready: bool,
    /// Since the last start.
    lines: Vec<LogLine>,
    all: VecDeque<LogLine>,
}

impl State {
    fn start(&mut self) {
        self.epoch += 1;
        self.running = true;
        self.ready = false;
        self.lines.clear();
    }

    fn hear(&mut self, line: LogLine, epoch: u64) {
        if self.all.len() >= LINES_MAX {
            self.all.pop_front();
        }
        self.all.push_back(line.clone());
        if epoch == self.epoch && self.lines.len() < LINES_MAX {
            self.ready |= line.message == READY;
            self.lines.push(line);
        }
    }

    const fn end(&mut self, epoch: u64) {
        if epoch == self.epoch {
            self.running = false;
        }
    }
}

#[cfg(test)]
mod tests;
