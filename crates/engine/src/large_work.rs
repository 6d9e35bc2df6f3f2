//! Large work: long pages, scans, large bodies and their answers. A few are at work at once; the others wait in their order, and
//! those for whom that would take too long are told at once.
//!
//! Each keeps a core busy for milliseconds and holds megabytes meanwhile, so hundreds of them would keep everybody waiting, and
//! none would be done in time.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{OnceCell, oneshot};
use tokio::time::timeout;

/// The longest time that anyone waits for a place.
const WAIT_TIME_MAX: Duration = Duration::from_secs(30);
/// The number of those who wait at most, however short it would take.
const WAITING_MAX: usize = 1_000;
/// The shortest time after which whoever was refused shall try again.
const RETRY_TIME_MIN: Duration = Duration::from_secs(2);
/// The part that the latest work has in the time that work is expected to take.
const LATEST_PART: u32 = 8;

/// The places of large work.
#[derive(Debug)]
pub struct WorkPlaces {
    places: usize,
    now: Mutex<WorkNow>,
}

#[derive(Debug, Default)]
struct WorkNow {
    taken: usize,
    waiting: VecDeque<oneshot::Sender<WorkPlace>>,
    /// The time that a place is held, on average, since all were free; zero until one was given back.
    held: Duration,
}

/// A place, which is taken until the last copy of it is dropped.
#[derive(Clone, Debug)]
pub struct WorkPlace {
    _taken: Arc<TakenPlace>,
}

#[derive(Debug)]
struct TakenPlace {
    places: Arc<WorkPlaces>,
    since: Instant,
}

/// The refusal of work that would wait for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// The time after which it may be tried again.
    pub retry_after: Duration,
}

/// Where a call takes a place if it turns out to be large.
#[derive(Clone, Debug, Default)]
pub enum WorkLine {
    /// Nowhere: it has no bound.
    #[default]
    Unbounded,
    /// Among all others, for itself.
    Own(Arc<WorkPlaces>),
    /// Together with the other calls of its request, which have one place.
    Shared(Arc<SharedPlace>),
}

/// A place that several calls have together, once one of them needs it.
#[derive(Debug)]
pub struct SharedPlace {
    places: Arc<WorkPlaces>,
    place: OnceCell<WorkPlace>,
}

impl WorkPlaces {
    /// So many places.
    pub fn new(places: usize) -> Arc<WorkPlaces> {
        Arc::new(WorkPlaces { places, now: Mutex::default() })
    }

    /// Takes a place, and waits for it if it is expected in time.
    pub async fn take(self: &Arc<Self>) -> Result<WorkPlace, Busy> {
        let waiting = {
            let mut now = self.now();
            if now.taken < self.places {
                return Ok(self.place(&mut now));
            }
            now.waiting.retain(|sender| !sender.is_closed());
            if now.waiting.len() >= now.waiting_max(self.places) {
                return Err(now.busy(self.places));
            }
            let (sender, receiver) = oneshot::channel();
            now.waiting.push_back(sender);
            receiver
        };
        let given = timeout(WAIT_TIME_MAX, waiting).await.ok().and_then(Result::ok);
        given.ok_or_else(|| self.now().busy(self.places))
    }

    fn place(self: &Arc<Self>, now: &mut WorkNow) -> WorkPlace {
        now.taken += 1;
        WorkPlace { _taken: Arc::new(TakenPlace { places: Arc::clone(self), since: Instant::now() }) }
    }

    fn now(&self) -> MutexGuard<'_, WorkNow> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WorkNow {
    /// The number of those who may expect a place in time.
    fn waiting_max(&self, places: usize) -> usize {
        let held = self.held.as_micros();
        let served = (WAIT_TIME_MAX.as_micros() * places as u128).checked_div(held);
        served.and_then(|served| usize::try_from(served).ok()).unwrap_or(WAITING_MAX).min(WAITING_MAX)
    }

    fn note(&mut self, held: Duration) {
        let is_first = self.held.is_zero();
        self.held = if is_first { held } else { (self.held * (LATEST_PART - 1) + held) / LATEST_PART };
    }

    /// The refusal of who would wait for too long, with the time that it would take.
    fn busy(&self, places: usize) -> Busy {
        let waiting = u32::try_from(self.waiting.len() / places + 1).unwrap_or(u32::MAX);
        Busy { retry_after: self.held.saturating_mul(waiting).clamp(RETRY_TIME_MIN, WAIT_TIME_MAX) }
    }
}

impl Drop for TakenPlace {
    fn drop(&mut self) {
        let (given, turned_away) = {
            let mut now = self.places.now();
            now.note(self.since.elapsed());
            now.taken -= 1;
            // The last of them, if work takes longer than it did when they came.
            let keep = now.waiting_max(self.places.places).min(now.waiting.len());
            let turned_away = now.waiting.split_off(keep);
            let mut given = Vec::new();
            while now.taken < self.places.places
                && let Some(sender) = now.waiting.pop_front()
            {
                if !sender.is_closed() {
                    given.push((sender, self.places.place(&mut now)));
                }
            }
            if now.taken == 0 {
                // What comes next may be of another kind.
                now.held = Duration::ZERO;
            }
            (given, turned_away)
        };
        drop(turned_away);
        for (sender, place) in given {
            // A place that nobody wants any more is given back as it is dropped.
            let _ = sender.send(place);
        }
    }
}

impl SharedPlace {
    /// A place that is not taken yet.
    pub fn of(places: &Arc<WorkPlaces>) -> Arc<SharedPlace> {
        Arc::new(SharedPlace { places: Arc::clone(places), place: OnceCell::new() })
    }

    /// Takes the place, unless it is taken.
    pub async fn take(&self) -> Result<WorkPlace, Busy> {
        self.place.get_or_try_init(|| self.places.take()).await.cloned()
    }

    /// The place, if it is taken.
    pub fn taken(&self) -> Option<WorkPlace> {
        self.place.get().cloned()
    }
}

/// Does what keeps a core busy while the other tasks of its thread go on elsewhere.
pub fn aside<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// The outcome of work that keeps a core busy whenever it goes on.
pub async fn all_aside<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    poll_fn(|context| aside(|| work.as_mut().poll(context))).await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{Busy, SharedPlace, WAIT_TIME_MAX, WAITING_MAX, WorkPlace, WorkPlaces};

    fn waiting(places: &Arc<WorkPlaces>) -> tokio::task::JoinHandle<Result<WorkPlace, Busy>> {
        let places = Arc::clone(places);
        tokio::spawn(async move { places.take().await })
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_have_their_turn_in_their_order() {
        let places = WorkPlaces::new(2);
        let (first, second) = (places.take().await.unwrap(), places.take().await.unwrap());
        let (third, fourth, gone) = (waiting(&places), waiting(&places), waiting(&places));
        tokio::task::yield_now().await;
        gone.abort();
        drop(first);
        let third = third.await.unwrap().unwrap();
        assert!(!fourth.is_finished());
        drop(second);
        let fourth = fourth.await.unwrap().unwrap();
        drop((third, fourth));
        assert_eq!(places.now().taken, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_longer_than_for_so_long() {
        let places = WorkPlaces::new(1);
        let _held = places.take().await.unwrap();
        let begin = Instant::now();
        assert!(places.take().await.is_err());
        assert_eq!(begin.elapsed().as_secs(), WAIT_TIME_MAX.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn who_would_wait_for_too_long_is_told_at_once() {
        let places = WorkPlaces::new(2);
        let held = [places.take().await.unwrap(), places.take().await.unwrap()];
        let many: Vec<_> = (0..WAITING_MAX).map(|_| waiting(&places)).collect();
        tokio::task::yield_now().await;
        assert!(places.take().await.is_err());
        // Ten of them could be served in time, if each took six seconds.
        places.now().held = Duration::from_secs(6);
        assert_eq!(places.now().waiting_max(2), 10);
        let begin = Instant::now();
        drop(held);
        let mut served = Vec::new();
        let mut told = 0;
        for task in many {
            match task.await.unwrap() {
                Ok(place) => served.push(place),
                Err(error) => {
                    assert!(error.retry_after >= Duration::from_secs(2));
                    told += usize::from(begin.elapsed().is_zero());
                }
            }
        }
        assert!(served.len() == 2 && told > WAITING_MAX - 20, "{} {told}", served.len());
    }

    #[tokio::test(start_paused = true)]
    async fn a_shared_place_is_one() {
        let places = WorkPlaces::new(1);
        let shared = SharedPlace::of(&places);
        let (one, other) = (shared.take().await.unwrap(), shared.take().await.unwrap());
        drop((one, other));
        assert_eq!(places.now().taken, 1, "it is held for those who come");
        drop(shared);
        assert_eq!(places.now().taken, 0);
    }
}
