//! The one bounded queue through which everything reaches the loop.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use crate::sale::Event;

/// More than a machine hears in the longest write to disk; what does not fit waits outside.
const EVENTS_MAX: usize = 64;

/// Where the edges put what they heard.
#[derive(Clone, Debug)]
pub struct Inbox(SyncSender<Event>);

/// Where the loop takes it from.
#[derive(Debug)]
pub struct Outlet(Receiver<Event>);

/// A new queue.
pub fn inbox() -> (Inbox, Outlet) {
    let (sender, receiver) = sync_channel(EVENTS_MAX);
    (Inbox(sender), Outlet(receiver))
}

impl Inbox {
    /// Puts `event` in, waiting while the queue is full. For threads of their own, never for
    /// tokio's.
    ///
    /// Returns `false` when the loop has ended.
    pub fn put(&self, event: Event) -> bool {
        self.0.send(event).is_ok()
    }

    /// Puts `event` in without holding up tokio. Returns `false` when the loop has ended.
    pub async fn put_later(&self, event: Event) -> bool {
        match self.0.try_send(event) {
            Ok(()) => true,
            Err(TrySendError::Disconnected(_)) => false,
            Err(TrySendError::Full(event)) => {
                let inbox = self.clone();
                tokio::task::spawn_blocking(move || inbox.put(event)).await.unwrap_or(false)
            }
        }
    }

    /// Puts `event` in if there is room. Returns whether there was.
    pub fn offer(&self, event: Event) -> bool {
        self.0.try_send(event).is_ok()
    }
}

impl Outlet {
    /// The next event; `None` when `wait` has passed without one.
    pub fn take(&self, wait: Duration) -> Option<Event> {
        match self.0.recv_timeout(wait) {
            Ok(event) => Some(event),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                // Every edge has gone, which only happens while the program ends.
                std::thread::park_timeout(wait);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_is_bounded_and_says_so() {
        let (inbox, outlet) = inbox();
        let put = (0..).take_while(|_| inbox.offer(Event::Woke)).count();
        assert_eq!(put, EVENTS_MAX);
        assert!(outlet.take(Duration::ZERO).is_some());
        assert!(inbox.offer(Event::Woke));
    }

    #[test]
    fn an_ended_loop_is_noticed() {
        let (inbox, outlet) = inbox();
        drop(outlet);
        assert!(!inbox.put(Event::Woke));
    }
}
