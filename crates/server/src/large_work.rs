//! What is large work of a request, and how much of it is done at once.

use std::sync::Arc;

use engine::{SharedPlace, WorkLine, WorkPlaces, all_aside};
use tokio::sync::Semaphore;

use crate::request_error::RequestError;

/// The bytes from which a body or an answer is large: a parser or a packer takes a millisecond for some of these.
const LARGE_BYTES_MIN: usize = 64 << 10;
/// The bytes of a query from which reading it is large work: a long filter takes milliseconds.
const LONG_QUERY_BYTES_MIN: usize = 2 << 10;
/// The large requests that are at work at once, as many as the store reads for.
const PLACES: usize = 4;
/// The batches that are at work at once and have large requests. One holds twenty large answers, for which the store reads at
/// once; of two, each would keep the other from its room.
const BATCH_PLACES: usize = 1;

/// The places of large work.
#[derive(Debug)]
pub struct LargeWork {
    /// Those of requests that come alone.
    pub alone: Arc<WorkPlaces>,
    /// Those of batches.
    pub batches: Arc<WorkPlaces>,
    /// Those of bulks, for some lines each: whoever sends lines waits for what became of those before.
    pub bulks: Semaphore,
}

impl Default for LargeWork {
    fn default() -> LargeWork {
        LargeWork {
            alone: WorkPlaces::new(PLACES),
            batches: WorkPlaces::new(BATCH_PLACES),
            bulks: Semaphore::new(PLACES),
        }
    }
}

impl LargeWork {
    /// The outcome of the work on a large body. The calls that it makes have its place.
    pub async fn with_place<T, E, F>(&self, work: impl FnOnce(WorkLine) -> F) -> Result<T, RequestError>
    where
        F: Future<Output = Result<T, E>>,
        RequestError: From<E>,
    {
        let shared = SharedPlace::of(&self.alone);
        let _place = shared.take().await?;
        Ok(all_aside(work(WorkLine::Shared(shared))).await?)
    }
}

/// Whether a query is large work to read.
pub fn is_long(query: &str) -> bool {
    query.len() >= LONG_QUERY_BYTES_MIN
}

/// Whether a body or an answer of so many bytes is large.
pub fn is_large(bytes: usize) -> bool {
    bytes >= LARGE_BYTES_MIN
}
