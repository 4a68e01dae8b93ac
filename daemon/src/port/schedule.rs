//! The cron scheduler: says that it is time to look at open orders, or at the bill of the day
//! before; what is due is decided in the middle.

use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use crate::audit::TimeOfDay;
use crate::inbox::Inbox;
use crate::sale::Event;

/// Every second of every day. An expression, not a repeated job: those die for good after one stall
/// that is longer than their interval.
const SWEEP: &str = "* * * * * *";

/// A scheduler is started and ended within milliseconds, or never.
const PATIENCE: Duration = Duration::from_secs(2);

/// The running scheduler.
#[derive(Clone, Debug)]
pub struct Schedule {
    rebuild: mpsc::Sender<()>,
}

impl Schedule {
    /// Starts a scheduler that puts [`Event::SweepDue`] into the inbox, and [`Event::AuditDue`]
    /// every day at `audit`.
    pub fn start(inbox: Inbox, audit: TimeOfDay, tasks: &Handle) -> Self {
        let (rebuild, asked) = mpsc::channel(1);
        tasks.spawn(keep_running(inbox, audit, asked));
        Self { rebuild }
    }

    /// Throws the scheduler away and starts another: the loop has heard nothing of it, as after a
    /// clock that was set back.
    pub fn rebuild(&self) {
        // A full channel means that it is being rebuilt already.
        let _ = self.rebuild.try_send(());
    }
}

async fn keep_running(inbox: Inbox, audit: TimeOfDay, mut asked: mpsc::Receiver<()>) {
    let mut is_told = false;
    loop {
        let scheduler = timeout(PATIENCE, start_one(inbox.clone(), audit)).await;
        let fault = match &scheduler {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("it does not start".to_owned()),
        };
        if let Some(error) = fault.as_ref().filter(|_| !is_told) {
            tracing::warn!(error, "the scheduler cannot be started; the loop sweeps by itself");
        }
        is_told = fault.is_some();
        let more = asked.recv().await.is_some();
        if let Ok(Ok(mut scheduler)) = scheduler {
            // One that hangs is left behind: there must be a new one whatever became of it.
            let ended = timeout(PATIENCE, scheduler.shutdown()).await;
            if !matches!(ended, Ok(Ok(()))) {
                tracing::debug!(?ended, "the old scheduler did not end");
            }
        }
        if !more {
            return;
        }
    }
}

async fn start_one(inbox: Inbox, audit: TimeOfDay) -> Result<JobScheduler, JobSchedulerError> {
    let scheduler = JobScheduler::new().await?;
    let audits = inbox.clone();
    let sweep = Job::new(SWEEP, move |_id, _scheduler| {
        // A full inbox is busy enough; the next second tries again.
        inbox.offer(Event::SweepDue);
    })?;
    scheduler.add(sweep).await?;
    let audit = Job::new(audit.as_cron(), move |_id, _scheduler| {
        // With a full inbox the next sweep finds the audit due.
        audits.offer(Event::AuditDue);
    })?;
    scheduler.add(audit).await?;
    scheduler.start().await?;
    Ok(scheduler)
}
