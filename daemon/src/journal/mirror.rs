//! The thread that owns the copy and follows the segment, some milliseconds behind it.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, channel, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    error::Finding,
    scan::Scan,
    store::{Comparison, Row, Store},
};

/// Batches that may wait for the copy. A machine records some batches a minute: whoever is this far
/// behind hangs.
const WAITING_MAX: usize = 1024;

/// Rows after which a flush does not wait for more.
const GROUP_ROWS: usize = 1000;

/// How long closing waits for the copy's last flush. Nothing is lost when it does not come: the
/// segment has it all.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);

/// sled gives its lock back a little after the last handle is gone; how often we look.
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// A handle to the thread.
#[derive(Debug)]
pub(super) struct Mirror {
    work: Option<SyncSender<Work>>,
    ended: Receiver<()>,
    stopped: Arc<OnceLock<Finding>>,
}

enum Work {
    /// Write the segment's records from this number on.
    Fill(Arc<Scan>, u64),
    /// Write one durable batch.
    Rows(Vec<Row>),
}

impl Mirror {
    /// Opens the copy in `dir` on a thread of its own and compares it with `scan`. Gives up at
    /// `deadline`; a thread that hangs in sled is then left alone.
    pub(super) fn open(
        dir: &Path,
        scan: &Arc<Scan>,
        deadline: Instant,
    ) -> Result<(Self, Comparison), String> {
        let (work, inbox) = sync_channel(WAITING_MAX);
        let (opened, result) = sync_channel(1);
        let (ending, ended) = channel();
        let stopped = Arc::new(OnceLock::new());
        let owner = Owner { dir: dir.to_owned(), inbox, stopped: Arc::clone(&stopped) };
        let scan = Arc::clone(scan);
        thread::Builder::new()
            .name("log-copy".to_owned())
            .spawn(move || {
                let _tells_by_being_dropped = ending;
                owner.run(scan, deadline, &opened);
            })
            .map_err(|error| format!("its thread did not start: {error}"))?;
        match result.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Ok(comparison)) => Ok((Self { work: Some(work), ended, stopped }, comparison)),
            Ok(Err(fault)) => Err(fault),
            Err(RecvTimeoutError::Timeout) => Err("it did not open in time".to_owned()),
            Err(RecvTimeoutError::Disconnected) => Err("its thread ended".to_owned()),
        }
    }

    /// Has the copy filled from the segment, beginning with record `from`.
    pub(super) fn fill(&self, scan: Arc<Scan>, from: u64) {
        self.send(Work::Fill(scan, from));
    }

    /// Hands over a batch that is durable in the segment. Never waits.
    pub(super) fn push(&self, rows: Vec<Row>) {
        self.send(Work::Rows(rows));
    }

    /// Why the copy no longer follows, if so.
    pub(super) fn stopped(&self) -> Option<&Finding> {
        self.stopped.get()
    }

    fn send(&self, work: Work) {
        let Some(sender) = self.work.as_ref().filter(|_| self.stopped.get().is_none()) else {
            return;
        };
        let fault = match sender.try_send(work) {
            Ok(()) => return,
            Err(TrySendError::Full(_)) => format!("it fell {WAITING_MAX} batches behind"),
            Err(TrySendError::Disconnected(_)) => "its thread ended".to_owned(),
        };
        // From here on nothing is sent, so the copy keeps a beginning of the log without gaps.
        self.stopped.get_or_init(|| Finding::CopyStopped { fault });
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.work = None;
        let _closed_or_left_alone = self.ended.recv_timeout(CLOSE_LIMIT);
    }
}

/// What the thread holds.
struct Owner {
    dir: PathBuf,
    inbox: Receiver<Work>,
    stopped: Arc<OnceLock<Finding>>,
}

impl Owner {
    fn run(
        self,
        scan: Arc<Scan>,
        deadline: Instant,
        opened: &SyncSender<Result<Comparison, String>>,
    ) {
        // The store lives inside, so that even closing it may panic.
        let outcome = guarded(|| {
            let store = open_patiently(&self.dir, deadline)?;
            let comparison = store.compare(&scan)?;
            drop(scan);
            if opened.send(Ok(comparison)).is_ok() {
                self.follow(&store)?;
            }
            Ok(())
        });
        if let Err(fault) = outcome {
            self.stopped.get_or_init(|| Finding::CopyStopped { fault: fault.clone() });
            let _nobody_waits_once_it_was_open = opened.try_send(Err(fault));
        }
    }

    /// Writes what comes, all that waits together with one flush.
    fn follow(&self, store: &Store) -> Result<(), sled::Error> {
        while let Ok(first) = self.inbox.recv() {
            let mut rows = Vec::new();
            let mut waiting = Some(first);
            while let Some(work) = waiting {
                match work {
                    Work::Fill(scan, from) => store.fill(&scan, from)?,
                    Work::Rows(more) => rows.extend(more),
                }
                let room = rows.len() < GROUP_ROWS;
                waiting = room.then(|| self.inbox.try_recv().ok()).flatten();
            }
            store.write(&rows)?;
        }
        Ok(())
    }
}

/// Opens the copy; while only its lock is still held by a handle that is being closed, tries again.
fn open_patiently(dir: &Path, deadline: Instant) -> Result<Store, sled::Error> {
    loop {
        match Store::open(dir) {
            Err(sled::Error::Io(error))
                if error.to_string().contains("could not acquire lock")
                    && Instant::now() + LOCK_PAUSE < deadline =>
            {
                thread::sleep(LOCK_PAUSE);
            }
            other => return other,
        }
    }
}

/// Runs sled so that neither its errors nor its panics get further than this.
fn guarded(work: impl FnOnce() -> Result<(), sled::Error>) -> Result<(), String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(outcome) => outcome.map_err(|error| error.to_string()),
        Err(panic) => Err(format!("sled panicked: {}", panic_text(panic.as_ref()))),
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}
