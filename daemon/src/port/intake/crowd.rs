//! Room for so many connections at once: when it is used up, whoever has dawdled longest must go.
//!
//! Who has said all of a request cannot be sent away any more, so that a crowd that says nothing
//! keeps no true notify out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Connections at once; one machine gets one notify a sale. Each may hold a request's head and
/// body.
pub(super) const CONNECTIONS_MAX: usize = 128;

/// All that are connected.
#[derive(Clone)]
pub(super) struct Crowd {
    places: Arc<Semaphore>,
    dawdlers: Arc<Mutex<Dawdlers>>,
}

/// Those whose request is not read yet, the oldest first.
#[derive(Default)]
struct Dawdlers {
    last: u64,
    waiting: BTreeMap<u64, oneshot::Sender<()>>,
}

/// One connection; its place is free again when all of its copies are gone.
#[derive(Clone)]
pub(super) struct Guest(Arc<Place>);

struct Place {
    number: u64,
    dawdlers: Arc<Mutex<Dawdlers>>,
    _permit: OwnedSemaphorePermit,
}

impl Crowd {
    pub(super) fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(CONNECTIONS_MAX)), dawdlers: Arc::default() }
    }

    /// Takes a connection in; for its sake the oldest dawdler is sent away. The receiver hears of
    /// it when this one has to go.
    pub(super) async fn enter(&self) -> Option<(Guest, oneshot::Receiver<()>)> {
        let places = Arc::clone(&self.places);
        let permit = match Arc::clone(&places).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                lock(&self.dawdlers).send_oldest_away();
                places.acquire_owned().await.ok()?
            }
        };
        let (go, leave) = oneshot::channel();
        let number = {
            let mut dawdlers = lock(&self.dawdlers);
            dawdlers.last += 1;
            let number = dawdlers.last;
            dawdlers.waiting.insert(number, go);
            number
        };
        let dawdlers = Arc::clone(&self.dawdlers);
        Some((Guest(Arc::new(Place { number, dawdlers, _permit: permit })), leave))
    }
}

impl Guest {
    /// The whole request was read: from now on it stays until it is answered.
    pub(super) fn has_spoken(&self) {
        lock(&self.0.dawdlers).waiting.remove(&self.0.number);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.dawdlers).waiting.remove(&self.number);
    }
}

impl Dawdlers {
    fn send_oldest_away(&mut self) {
        if let Some((number, go)) = self.waiting.pop_first() {
            tracing::debug!(number, "the intake is full: the slowest connection is shut");
            let _ = go.send(()); // It may just have ended by itself.
        }
    }
}

fn lock(dawdlers: &Mutex<Dawdlers>) -> MutexGuard<'_, Dawdlers> {
    dawdlers.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `enter` gives at once.
    async fn enter(crowd: &Crowd) -> (Guest, oneshot::Receiver<()>) {
        crowd.enter().await.expect("the crowd is never closed")
    }

    #[tokio::test]
    async fn the_oldest_that_has_not_spoken_goes_first() {
        let crowd = Crowd::new();
        let mut guests = Vec::new();
        for _ in 0..CONNECTIONS_MAX {
            guests.push(enter(&crowd).await);
        }
        guests.iter().take(2).for_each(|(guest, _)| guest.has_spoken());
        let newcomer = tokio::spawn({
            let crowd = crowd.clone();
            async move { enter(&crowd).await }
        });
        let (third, leave) = guests.remove(2);
        assert_eq!(leave.await, Ok(()), "the third has to go");
        drop(third);
        assert!(newcomer.await.is_ok());
        let told = guests.iter_mut().filter_map(|(_, leave)| leave.try_recv().ok()).count();
        assert_eq!(told, 0, "nobody else has to go");
    }

    #[tokio::test]
    async fn who_leaves_makes_room() {
        let crowd = Crowd::new();
        for _ in 0..3 * CONNECTIONS_MAX {
            drop(enter(&crowd).await);
        }
        assert!(lock(&crowd.dawdlers).waiting.is_empty());
    }
}
