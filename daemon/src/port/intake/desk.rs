//! Requests that wait for the loop's word: each has a number, and leaves with an answer or without.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::inbox::Inbox;
use crate::sale::Event;

/// Those who wait for an answer of the kind `R`.
pub(super) struct Desk<R> {
    waiting: Mutex<Waiting<R>>,
}

struct Waiting<R> {
    last: u64,
    senders: BTreeMap<u64, oneshot::Sender<R>>,
}

impl<R> Desk<R> {
    pub(super) fn new() -> Self {
        Self { waiting: Mutex::new(Waiting { last: 0, senders: BTreeMap::new() }) }
    }

    /// Hands an event to the loop, made with the number to answer under, and waits for its word.
    /// `None` when it does not come in time, or the loop ends.
    pub(super) async fn ask(
        &self,
        inbox: &Inbox,
        time_max: Duration,
        event: impl FnOnce(u64) -> Event,
    ) -> Option<R> {
        let (sender, receiver) = oneshot::channel();
        let place = {
            let mut waiting = self.waiting();
            waiting.last += 1;
            let number = waiting.last;
            waiting.senders.insert(number, sender);
            Place { desk: self, number }
        };
        if !inbox.put_later(event(place.number)).await {
            return None;
        }
        tokio::time::timeout(time_max, receiver).await.ok()?.ok()
    }

    /// The loop's word. Nothing happens when nobody waits for it any more.
    pub(super) fn answer(&self, number: u64, reply: R) {
        if let Some(sender) = self.waiting().senders.remove(&number) {
            let _ = sender.send(reply);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<R>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A number at the desk, given back also when the connection breaks off.
struct Place<'a, R> {
    desk: &'a Desk<R>,
    number: u64,
}

impl<R> Drop for Place<'_, R> {
    fn drop(&mut self) {
        self.desk.waiting().senders.remove(&self.number);
    }
}
