//! An index of trigrams in memory: from three characters of a text to the rows that may hold it. It finds candidates,
//! each of which the query's own conditions look at again, so that it changes no answer. Pure: what fills it, and keeps
//! it, is with the database.

mod pattern;
mod posting_list;
mod trigram_index;

pub(crate) use pattern::{TextSource, TrigramPattern, pattern};
pub(crate) use trigram_index::TrigramIndex;

/// The number of candidates for each row that is wanted, within bounds: to gather more costs more than to look at all
/// rows until there are enough.
const CANDIDATES_OF_EACH: u64 = 16;
const CANDIDATES_MIN: u64 = 512;
const CANDIDATES_MAX: u64 = 4_096;

/// The largest number of candidates that are worth being read one by one, if so many rows are wanted.
pub(crate) fn worth(limit: u64) -> usize {
    let worth = limit.saturating_mul(CANDIDATES_OF_EACH).clamp(CANDIDATES_MIN, CANDIDATES_MAX);
    usize::try_from(worth).unwrap_or(usize::MAX)
}
