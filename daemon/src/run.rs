//! The loop: wait, decide, record, act, draw; for ever, on one thread.

mod devices;
mod watch;
mod watchdog;

use std::path::PathBuf;
use std::time::Duration;

use hardware::board::BoardEvent;
use tokio::runtime::{Builder, Runtime};

use crate::audit::TimeOfDay;
use crate::clock::Clock;
use crate::config::{Config, SecretError};
use crate::inbox::{Outlet, inbox};
use crate::journal::OpenOptions;
use crate::order_log::OrderLogError;
use crate::port::gateway::{Gateway, GatewayError};
use crate::port::intake::Intake;
use crate::port::schedule::Schedule;
use crate::port::service_manager::ServiceManager;
use crate::port::vending::Vending;
use crate::report::Chain;
use crate::sale::{Books, Command, Health, Machine, Now, Planogram, order_number};
use crate::wheel::{Edges, Wheel};

pub use devices::DeviceError;
use devices::Front;
use watchdog::Watchdog;

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
    let manager = ServiceManager::of_environment();
    let tasks = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("tasks")
        .enable_all()
        .build()
        .map_err(RunError::Tasks)?;
    let (inbox, outlet) = inbox();
    let mut front = Front::open(config, &inbox, clock.now().monotonic);
    watch::signals(&tasks, inbox.clone()).map_err(RunError::Tasks)?;
    let Some((log, books)) = watch::open_log(config, &mut front, &manager, &outlet, &clock)? else {
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
    let watchdog = Watchdog::new(manager, clock.now().monotonic);
    let ports = Ports { clock, gateway, intake, vending, schedule, front };
    let wheel = Wheel::new(machine, log, config.retention, ports);
    turn(wheel, watchdog, outlet);
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

/// The loop, until the machine may stop.
fn turn(mut wheel: Wheel<Ports>, mut watchdog: Watchdog, outlet: Outlet) {
    wheel.resume();
    tracing::info!(machine = "up", "ready");
    let mut shown = None;
    while !wheel.machine().may_stop() {
        let screen = draw(&mut wheel, &mut shown);
        let now = wheel.edges_mut().now();
        watchdog.look(&wheel, &screen, now.monotonic);
        let wait = wait(&mut wheel, &watchdog);
        if let Some(event) = outlet.take(wait) {
            wheel.hear(event);
        }
        let now = wheel.edges_mut().now();
        wheel.edges_mut().front.look_for_panel(now.monotonic);
        wheel.pass_time();
    }
    draw(&mut wheel, &mut shown);
    watchdog.stopping();
    tracing::info!("stopping: no vend is open, every entry is on disk");
    // An edge that waits for room in the inbox is let go.
    drop(outlet);
    let ports = wheel.into_edges();
    ports.vending.stop();
    ports.front.stop();
}

/// Shows what is to be seen now, and gives it back.
fn draw(wheel: &mut Wheel<Ports>, shown: &mut Option<kiosk::View>) -> kiosk::Screen {
    let now = wheel.edges_mut().now();
    let view = wheel.machine().view(&now);
    if shown.as_ref() != Some(&view) {
        wheel.edges_mut().front.show(view.clone());
        *shown = Some(view.clone());
    }
    view.screen
}

/// How long nothing is due.
fn wait(wheel: &mut Wheel<Ports>, watchdog: &Watchdog) -> Duration {
    let now = wheel.edges_mut().now();
    let wake = wheel.wakes_at(&now);
    let others = [wheel.edges().front.look_at(), watchdog.due()];
    let wake = others.into_iter().flatten().fold(wake, Duration::min);
    wake.saturating_sub(now.monotonic)
}

/// The real edges.
struct Ports {
    clock: Clock,
    gateway: Gateway,
    intake: Intake,
    vending: Vending,
    schedule: Schedule,
    front: Front,
}

impl Edges for Ports {
    fn now(&mut self) -> Now {
        self.clock.now()
    }

    fn act(&mut self, command: Command) {
        match command {
            Command::OpenOrder { order, payer } => self.gateway.open_order(&order, payer),
            Command::PayByCode { order, code } => self.gateway.pay_by_code(&order, code),
            Command::Reverse(out_trade_no) => self.gateway.reverse(&out_trade_no),
            Command::QueryOrder(out_trade_no) => self.gateway.query_order(&out_trade_no),
            Command::CloseOrder(out_trade_no) => self.gateway.close_order(&out_trade_no),
            Command::Refund(refund) => self.gateway.refund(&refund),
            Command::QueryRefunds(out_trade_no) => self.gateway.query_refunds(&out_trade_no),
            Command::Vend(vend) => self.vending.vend(&vend),
            Command::RecallVend { tag, .. } => self.vending.recall(tag),
            Command::AnswerNotify { ticket, reply } => self.intake.answer(ticket, reply),
            Command::AnswerRemote { ticket, answer } => self.intake.answer_remote(ticket, answer),
            Command::Audit { day, machine } => self.gateway.audit(day, machine),
            Command::TellAudit(tally) => tracing::info!("audit of {tally}"),
            Command::CorrectClock(correction_ms) => self.clock.correct(correction_ms),
            Command::RebuildSchedule => self.schedule.rebuild(),
            Command::Alarm(alarm) => tracing::warn!("{alarm}"),
        }
    }

    fn board_said(&mut self, event: &BoardEvent) {
        self.vending.heard(event);
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
