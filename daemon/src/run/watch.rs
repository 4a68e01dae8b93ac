//! What happens around the loop: signals, and an order log that cannot be opened yet.

use std::io;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use super::{Front, empty_books, log_dir, log_error_in_words, log_options};
use crate::clock::Clock;
use crate::config::Config;
use crate::inbox::{Inbox, Outlet};
use crate::journal::{self, OpenError};
use crate::order_log::{OrderLog, OrderLogError};
use crate::port::service_manager::ServiceManager;
use crate::sale::{Books, Event};

/// How often a log that cannot be opened is tried again: a disk may come late, or be mended.
const OPEN_RETRY: Duration = Duration::from_secs(10);

/// One try and the wait after it take less, also with a log of many years on a slow card.
const OPEN_TIME_MAX: Duration = Duration::from_secs(120);

/// SIGTERM and SIGINT ask the loop to stop.
pub(super) fn signals(tasks: &Runtime, inbox: Inbox) -> io::Result<()> {
    let _guard = tasks.enter();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tasks.spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if !inbox.put_later(Event::StopRequested).await {
                return;
            }
        }
    });
    Ok(())
}

/// Opens the order log; while it cannot be opened the panel says so. `None` = asked to stop
/// meanwhile.
pub(super) fn open_log(
    config: &Config,
    front: &mut Front,
    manager: &ServiceManager,
    outlet: &Outlet,
    clock: &Clock,
) -> Result<Option<(OrderLog, Books)>, OrderLogError> {
    front.show(view(config, kiosk::Screen::Starting));
    let dir = log_dir(config);
    let mut options = log_options();
    if !dir.exists() {
        tracing::warn!(
            "there is no order log in {}: a new one is begun; if this machine has sold before, stop \
             it and look for its disk",
            dir.display()
        );
    }
    loop {
        manager.not_yet(OPEN_TIME_MAX);
        let mut books = empty_books(config);
        match OrderLog::open(&dir, &options, &mut books) {
            Ok((log, findings)) => {
                for finding in findings {
                    tracing::warn!("order log: {finding}");
                }
                let ms = u64::try_from(clock.now().monotonic.as_millis()).unwrap_or(u64::MAX);
                tracing::info!(sales = books.sales().count(), ms, "order log read");
                return Ok(Some((log, books)));
            }
            // Waiting would leave two machines behind one panel.
            Err(error @ OrderLogError::Open(OpenError::InUse { .. })) => {
                front.leave_console();
                return Err(error);
            }
            Err(error) => {
                // What somebody takes away to mend it must not be replaced by an empty one.
                options.may_begin &= !journal::is_there(&dir).unwrap_or(true);
                let error = log_error_in_words(&error);
                tracing::error!(error, "nothing is sold until the order log can be opened");
                let phone = config.settings.phone.clone();
                manager.status("out of service: the order log cannot be opened");
                let reason = kiosk::Outage::LogDown;
                front.show(view(config, kiosk::Screen::OutOfService { reason, phone }));
            }
        }
        if asked_to_stop(front, outlet, clock) {
            return Ok(None);
        }
    }
}

/// Waits for the next try; touches of nobody's screen are dropped.
fn asked_to_stop(front: &mut Front, outlet: &Outlet, clock: &Clock) -> bool {
    let until = clock.now().monotonic + OPEN_RETRY;
    loop {
        let now = clock.now().monotonic;
        front.look_for_panel(now);
        let wake = front.look_at().map_or(until, |at| at.min(until));
        match outlet.take(wake.saturating_sub(now)) {
            Some(Event::StopRequested) => return true,
            Some(_) => {}
            None if wake == until => return false,
            None => {}
        }
    }
}

fn view(config: &Config, screen: kiosk::Screen) -> kiosk::View {
    kiosk::View::new(config.settings.language, screen)
}
