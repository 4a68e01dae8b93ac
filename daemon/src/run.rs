//! The loop: wait, decide, record, act, draw; for ever, on one thread.

mod devices;
mod watch;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::audit::TimeOfDay;
use crate::clock::Clock;
use crate::config::{Config, SecretError};
use crate::inbox::{Outlet, inbox};
use crate::journal::OpenOptions;
use crate::order_log::{OrderLog, OrderLogError};
use crate::port::gateway::{Gateway, GatewayError};
use crate::port::intake::Intake;
use crate::port::schedule::Schedule;
use crate::port::vending::Vending;
use crate::report::Chain;
use crate::sale::{
    Books, Command, Decision, Event, Health, LogHealth, Machine, Now, Planogram, order_number,
};

pub use devices::DeviceError;
use devices::Front;

/// Runs the machine until it is asked to stop.
///
/// # Errors
///
/// When it cannot start at all: no key, a certificate it names that cannot be used, no thread. A
/// panel, a board, a gateway or an order log that do not work are no such reason: the machine says
/// so on its panel or in a WARN line, and goes on trying.
pub fn run(config: &Config) -> Result<(), RunError> {
    let merchant = config.merchant()?;
    let clock = Clock::start();
    let tasks = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("tasks")
        .enable_all()
        .build()
        .map_err(RunError::Tasks)?;
    let (inbox, outlet) = inbox();
    let front = Front::open(config, &inbox, clock.now().monotonic);
    watch::signals(&tasks, inbox.clone()).map_err(RunError::Tasks)?;
    let Some((log, books)) = watch::open_log(config, &front, &outlet, &clock)? else {
        front.stop();
        return Ok(());
    };
    let gateway = Gateway::new(
        config.gateway.clone(),
        merchant.clone(),
        inbox.clone(),
        clock.clone(),
        tasks.handle().clone(),
    )?;
    let now = clock.now();
    if !Health::clock_is_sane(now.wall) || books.last_at().is_some_and(|last| last > now.wall) {
        tracing::warn!("the clock is earlier than the order log: WeChat is asked for the time");
        gateway.learn_time(order_number(&config.settings.machine, 0, &now));
    }
    if config.gateway.sandbox.is_some() {
        tracing::warn!("[gateway] sandbox: items are vended, and no money moves");
    }
    let mini_program = config.mini_program(&gateway)?;
    let intake = Intake::new(
        config.settings.machine.clone(),
        merchant,
        mini_program,
        inbox.clone(),
        clock.clone(),
    );
    listen(config, &intake, &tasks)?;
    let vending =
        Vending::start(devices::board(config), config.wiring(), inbox.clone(), clock.clone())
            .map_err(DeviceError::Board)?;
    let audit = TimeOfDay::of_audit(&config.settings.machine);
    let schedule = Schedule::start(inbox.clone(), audit, tasks.handle());
    let machine = Machine::new(config.settings.clone(), books);
    let ports = Ports { gateway, intake, vending, schedule, front };
    let wheel = Wheel {
        machine,
        log,
        clock,
        ports,
        unrecorded: VecDeque::new(),
        shown: None,
        copy_told: false,
        resumed: false,
        recover_at: Duration::ZERO,
        woke_at: Duration::ZERO,
    };
    wheel.turn(outlet);
    tasks.shutdown_timeout(SHUTDOWN_TIME_MAX);
    Ok(())
}

/// The books of the log before it is read.
pub(crate) fn empty_books(config: &Config) -> Books {
    Books::new(config.planogram())
}

/// The books for a program that only reads the log: it has no slots.
pub(crate) fn bare_books() -> Books {
    Books::new(Planogram::default())
}

/// The order log's options for the running program: a suspicious sled is tried in a child first.
pub(crate) fn log_options() -> OpenOptions {
    OpenOptions { probe: std::env::current_exe().ok(), ..OpenOptions::default() }
}

/// Where the order log lies.
pub(crate) fn log_dir(config: &Config) -> PathBuf {
    config.data_dir.join("orders")
}

/// Why the machine cannot start.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The API key, or another secret.
    #[error("a secret of the configuration cannot be used")]
    Key(#[from] SecretError),
    /// Threads or signals.
    #[error("the program's threads cannot be started")]
    Tasks(#[source] std::io::Error),
    /// The gateway port.
    #[error("the gateway port cannot be set up")]
    Gateway(#[from] GatewayError),
    /// The board's thread.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// Another kioskd runs this machine.
    #[error(transparent)]
    Log(#[from] OrderLogError),
    /// The intake's address.
    #[error("the intake cannot listen on {address}: choose a free address under [intake] listen")]
    Intake {
        /// The configured address.
        address: std::net::SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Answers to WeChat that are still being written may take this long.
const SHUTDOWN_TIME_MAX: Duration = Duration::from_secs(2);

/// With nothing else due the loop still looks around so often.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// A log that failed is tried again so often.
const LOG_RETRY: Duration = Duration::from_secs(5);

/// With the log down the middle is woken no more often than this.
const LOG_DOWN_WAKE: Duration = Duration::from_secs(1);

/// Outcomes of vends that wait for a log that works; there is one motor, so more cannot be.
const UNRECORDED_MAX: usize = 16;

struct Ports {
    gateway: Gateway,
    intake: Intake,
    vending: Vending,
    schedule: Schedule,
    front: Front,
}

struct Wheel {
    machine: Machine,
    log: OrderLog,
    clock: Clock,
    ports: Ports,
    /// What the board said while the log could not be written: it is said only once.
    unrecorded: VecDeque<Event>,
    shown: Option<kiosk::View>,
    /// The log's copy was told to be broken already.
    copy_told: bool,
    /// All steps of the start are on disk.
    resumed: bool,
    /// When the log is tried again, on the monotonic clock.
    recover_at: Duration,
    /// When the middle was woken last.
    woke_at: Duration,
}

impl Wheel {
    fn turn(mut self, outlet: Outlet) {
        self.resume();
        tracing::info!(machine = "up", "ready");
        while !self.machine.may_stop() {
            self.draw();
            let heard = outlet.take(self.wait());
            if let Some(event) = heard {
                self.hear(event);
            }
            if self.ports.front.look_for_panel(self.clock.now().monotonic) {
                self.shown = None;
            }
            // Events come all the time: what time alone brings must not wait for a quiet moment.
            if self.wait().is_zero() {
                self.woke_at = self.clock.now().monotonic;
                self.hear(Event::Woke);
            }
            if self.log_is_down() {
                self.recover_log();
            }
        }
        self.draw();
        tracing::info!("stopping: no vend is open, every entry is on disk");
        // An edge that waits for room in the inbox is let go.
        drop(outlet);
        self.ports.vending.stop();
        self.ports.front.stop();
    }

    /// What a start has to do, as a whole: until it is on disk it is done again whenever the log
    /// works.
    fn resume(&mut self) {
        for step in self.machine.resume_steps() {
            let now = self.clock.now();
            let decision = self.machine.resume(&step, env!("CARGO_PKG_VERSION"), &now);
            if let Err(why) = self.record(&decision, &now) {
                self.log_failed(why, &now);
                return;
            }
            self.act_all(decision);
        }
        self.resumed = true;
    }

    fn hear(&mut self, event: Event) {
        let now = self.clock.now();
        if let Event::Board(board_event) = &event {
            self.ports.vending.heard(board_event);
        }
        let decision = self.machine.decide(&event, &now);
        match self.record(&decision, &now) {
            Ok(()) => self.act_all(decision),
            Err(why) => {
                self.log_failed(why, &now);
                self.hear_without_log(event, &now);
            }
        }
    }

    /// The promise of the whole program: nothing is done before it is on disk.
    fn record(&mut self, decision: &Decision, now: &Now) -> Result<(), String> {
        self.log.append(&decision.entries, now.wall).map_err(|error| error.to_string())?;
        for entry in &decision.entries {
            let order = entry.out_trade_no().map(ToString::to_string).unwrap_or_default();
            tracing::info!(entry = entry.name(), order, "recorded");
            tracing::debug!(?entry, "recorded");
        }
        self.tell_copy();
        // A fault of this program: what the books did not take must not be acted upon, or the same
        // payment could be decided a second time.
        self.machine.settle(decision, now.wall).map_err(|error| {
            tracing::error!(%error, "the program contradicts itself; the entry is on disk");
            error.to_string()
        })
    }

    fn act_all(&mut self, decision: Decision) {
        for command in decision.commands {
            self.act(command);
        }
    }

    /// The log goes on without its copy; the operator is told once.
    fn tell_copy(&mut self) {
        if let Some(finding) = self.log.health().filter(|_| !self.copy_told) {
            self.copy_told = true;
            tracing::warn!("order log: {finding}");
        }
    }

    fn log_failed(&mut self, why: String, now: &Now) {
        self.recover_at = now.monotonic + LOG_RETRY;
        let failed = self.machine.decide(&Event::Log(Err(why)), now);
        if self.record(&failed, now).is_ok() {
            self.act_all(failed);
        }
    }

    /// With the log down the middle lets go of whoever waits, so most events need no entry then.
    /// The outcome of a vend is kept: the board says it only once.
    fn hear_without_log(&mut self, event: Event, now: &Now) {
        let decision = self.machine.decide(&event, now);
        if decision.entries.is_empty() {
            if self.record(&decision, now).is_ok() {
                self.act_all(decision);
            }
            return;
        }
        let is_outcome =
            matches!(&event, Event::Board(board_event) if board_event.outcome_of().is_some());
        if is_outcome && self.unrecorded.len() < UNRECORDED_MAX {
            self.unrecorded.push_back(event);
        } // Everything else with entries is asked or touched again.
    }

    fn log_is_down(&self) -> bool {
        self.machine.memory().health.log != LogHealth::Up
    }

    fn recover_log(&mut self) {
        let now = self.clock.now();
        if now.monotonic < self.recover_at {
            return;
        }
        self.recover_at = now.monotonic + LOG_RETRY;
        if let Err(error) = self.log.recover() {
            tracing::debug!(%error, "the order log still cannot be written");
            return;
        }
        tracing::info!("the order log can be written again");
        self.hear(Event::Log(Ok(())));
        if !self.resumed {
            self.resume();
        }
        while let Some(event) = self.unrecorded.pop_front() {
            if self.log_is_down() {
                self.unrecorded.push_front(event);
                return;
            }
            self.hear(event);
        }
    }

    fn act(&mut self, command: Command) {
        match command {
            Command::OpenOrder { order, payer } => self.ports.gateway.open_order(&order, payer),
            Command::PayByCode { order, code } => self.ports.gateway.pay_by_code(&order, code),
            Command::Reverse(out_trade_no) => self.ports.gateway.reverse(&out_trade_no),
            Command::QueryOrder(out_trade_no) => self.ports.gateway.query_order(&out_trade_no),
            Command::CloseOrder(out_trade_no) => self.ports.gateway.close_order(&out_trade_no),
            Command::Refund(refund) => self.ports.gateway.refund(&refund),
            Command::QueryRefunds(out_trade_no) => self.ports.gateway.query_refunds(&out_trade_no),
            Command::Vend(vend) => self.ports.vending.vend(&vend),
            Command::RecallVend { number, .. } => self.ports.vending.recall(number),
            Command::AnswerNotify { ticket, reply } => self.ports.intake.answer(ticket, reply),
            Command::AnswerRemote { ticket, answer } => {
                self.ports.intake.answer_remote(ticket, answer);
            }
            Command::Audit { day, machine } => self.ports.gateway.audit(day, machine),
            Command::TellAudit(tally) => tracing::info!("audit of {tally}"),
            Command::CorrectClock(correction_ms) => self.clock.correct(correction_ms),
            Command::RebuildSchedule => self.ports.schedule.rebuild(),
            Command::Alarm(alarm) => tracing::warn!("{alarm}"),
        }
    }

    fn draw(&mut self) {
        let view = self.machine.view(&self.clock.now());
        if self.shown.as_ref() != Some(&view) {
            self.ports.front.show(view.clone());
            self.shown = Some(view);
        }
    }

    /// How long nothing is due.
    fn wait(&self) -> Duration {
        let now = self.clock.now();
        let wake = self.machine.next_wake(&now).unwrap_or(now.monotonic + WAIT_MAX);
        // What is due but cannot be recorded stays due: it is not tried at every turn.
        let wake = if self.log_is_down() { wake.max(self.woke_at + LOG_DOWN_WAKE) } else { wake };
        let wake = self.ports.front.retry_at().map_or(wake, |at| wake.min(at));
        wake.saturating_sub(now.monotonic).min(WAIT_MAX)
    }
}

fn listen(config: &Config, intake: &Intake, tasks: &Runtime) -> Result<(), RunError> {
    let Some(address) = config.intake else {
        tracing::info!("no [intake]: payments are found by orderquery alone");
        return Ok(());
    };
    let listening = tasks.block_on(intake.listen(address));
    let address = listening.map_err(|source| RunError::Intake { address, source })?;
    tracing::info!(%address, "notifies are taken at /notify");
    Ok(())
}

/// A log that cannot be opened, for the panel and the operator.
pub(crate) fn log_error_in_words(error: &OrderLogError) -> String {
    Chain(error).to_string()
}
