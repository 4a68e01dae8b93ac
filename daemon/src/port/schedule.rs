//! The cron scheduler: says that it is time to look at open orders, or at the bill of the day
//! before; what is due is decided in the middle.

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use crate::audit::TimeOfDay;
use crate::inbox::Inbox;
use crate::sale::Event;

/// Every second of every day. An expression, not a repeated job: those die for good after one stall
/// that is longer than their interval.
const SWEEP: &str = "* * * * * *";

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

    /// Throws the scheduler away and starts another: the loop found that it missed its time, as
    /// after a clock that was set back.
    pub fn rebuild(&self) {
        // A full channel means that it is being rebuilt already.
        let _ = self.rebuild.try_send(());
    }
}

async fn keep_running(inbox: Inbox, audit: TimeOfDay, mut asked: mpsc::Receiver<()>) {
    loop {
        let scheduler = start_one(inbox.clone(), audit).await;
        if let Err(error) = &scheduler {
            tracing::warn!(%error, "the scheduler cannot be started; the loop sweeps by itself");
        }
        let more = asked.recv().await.is_some();
        if let Ok(mut scheduler) = scheduler
            && let Err(error) = scheduler.shutdown().await
        {
            tracing::warn!(%error, "the old scheduler did not end");
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
