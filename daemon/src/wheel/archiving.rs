//! Old sales go to the archive when nobody waits for the machine.

use std::time::Duration;

use super::{Edges, Wheel};

/// How often the log is looked at.
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// After a start the first customers come first.
pub(super) const FIRST: Duration = Duration::from_secs(60);

impl<E: Edges> Wheel<E> {
    /// Once a day, at a quiet moment.
    pub(super) fn archive_if_due(&mut self) {
        let now = self.edges.now();
        if now.monotonic < self.archive_at || !self.machine.is_quiet() || self.log_is_down() {
            return;
        }
        self.archive_at = now.monotonic + EVERY;
        match self.log.archive_if_due(self.machine.books(), &self.retention, now.wall) {
            Ok(None) => {}
            Ok(Some(archived)) => {
                let took = self.edges.now().monotonic.saturating_sub(now.monotonic);
                let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                let (sales, records) = (archived.sales, archived.records);
                tracing::info!(sales, records, ms, file = %archived.file.display(), "archived");
                self.machine.turn_page(archived.books);
                self.tell_copy();
            }
            Err(error) => {
                tracing::warn!("order log: {error}");
                // Whether it can still be written shows at once, not when somebody pays.
                if let Err(error) = self.log.recover() {
                    self.log_failed(error.to_string(), &now);
                }
            }
        }
    }
}
