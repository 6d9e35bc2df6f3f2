//! The indexes of trigrams that are kept in memory: one for each tenant, set and text that queries look into.
//!
//! The first query that wants an index looks at all rows; then the index is made from them, when the query has its answer.
//! What a group of writes changes meanwhile is collected, and from then on added before the group is committed: a snapshot
//! never has a row that the index has not.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use odata::edm::SetId;

use super::text_changes::{TextChange, TextChanges};
use crate::texts::each_folded;
use crate::trigrams::{TextSource, TrigramIndex};

/// The largest number of bytes of all indexes.
const INDEX_BYTES_MAX: usize = 48 << 20;
/// The largest number of bytes that are collected while an index is made; it is given up if there are more.
const COLLECTED_BYTES_MAX: usize = 16 << 20;
/// The number of rows that may stand in an index for texts they no longer have, beside as many as it was made of. Then
/// it is made anew.
const STALE_MIN: usize = 4_096;

/// The indexes, and what becomes of them.
#[derive(Debug, Default)]
pub(super) struct TrigramIndexes {
    registry: Mutex<Registry>,
    group_ended: Condvar,
    /// Whether no more are to be made: the file is being closed.
    stopped: AtomicBool,
    /// Held while one is made: the others wait, because each takes a reader.
    pub turn: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Registry {
    indexes: HashMap<IndexKey, KeptIndex>,
    /// Those that nobody has begun to make.
    wanted: Vec<WantedIndex>,
    /// Counts up with each use of an index.
    clock: u64,
    /// The number of the group that is being written, and of the next one.
    writing: Option<u64>,
    groups: u64,
}

/// What an index is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct IndexKey {
    pub tenant: i64,
    pub set: SetId,
    pub source: TextSource,
}

#[derive(Debug)]
struct KeptIndex {
    state: IndexState,
    /// The slots of its texts.
    slots: Box<[u16]>,
    /// When it was begun: another one of the same key has another number.
    begun: u64,
    used: u64,
}

#[derive(Debug)]
enum IndexState {
    Wanted,
    /// It is being made, and this has changed meanwhile.
    Making {
        collected: Vec<TextChange>,
        bytes: usize,
    },
    Made {
        index: TrigramIndex,
        rows: usize,
        stale: usize,
    },
    /// It alone would take more than all may.
    TooLarge,
}

/// An index that a query would have used.
#[derive(Clone, Debug)]
pub(super) struct WantedIndex {
    pub key: IndexKey,
    /// The slots of its texts.
    pub slots: Box<[u16]>,
    /// The statement that yields number and document of all rows of the tenant.
    pub documents: Arc<str>,
}

/// An index that is being made. Where it is dropped undone, the next query wants it again.
pub(super) struct IndexInMaking<'i> {
    indexes: &'i TrigramIndexes,
    key: IndexKey,
    begun: u64,
    made: Option<(TrigramIndex, usize)>,
}

impl TrigramIndexes {
    /// When an index was begun that is there; if it is not, and there may be one, it is wanted from now on.
    pub fn begun(&self, wanted: WantedIndex) -> Option<u64> {
        let mut registry = self.registry();
        registry.clock += 1;
        let now = registry.clock;
        if let Some(kept) = registry.indexes.get_mut(&wanted.key) {
            kept.used = now;
            return matches!(kept.state, IndexState::Made { .. }).then_some(kept.begun);
        }
        let (state, slots) = (IndexState::Wanted, wanted.slots.clone());
        registry.indexes.insert(wanted.key, KeptIndex { state, slots, begun: now, used: now });
        registry.wanted.push(wanted);
        None
    }

    /// An index that is to be made.
    pub fn next_wanted(&self) -> Option<WantedIndex> {
        self.registry().wanted.pop()
    }

    /// Begins to make an index, from a snapshot that is begun from now on: when this returns, every commit that the index
    /// is not told of has ended.
    pub fn make(&self, key: IndexKey) -> Option<IndexInMaking<'_>> {
        let mut registry = self.registry();
        let kept = registry.indexes.get_mut(&key)?;
        kept.state = IndexState::Making { collected: Vec::new(), bytes: 0 };
        let begun = kept.begun;
        let writing = registry.writing;
        let untold = |registry: &mut Registry| writing.is_some() && registry.writing == writing;
        drop(self.group_ended.wait_while(registry, untold).unwrap_or_else(PoisonError::into_inner));
        Some(IndexInMaking { indexes: self, key, begun, made: Some((TrigramIndex::default(), 0)) })
    }

    /// Has no more indexes made.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// The rows that may hold a folded part, by the index that was begun then.
    pub fn candidates(&self, key: IndexKey, begun: u64, part: &str, worth: usize) -> Option<Vec<u64>> {
        let registry = self.registry();
        match registry.indexes.get(&key) {
            Some(KeptIndex { state: IndexState::Made { index, .. }, begun: then, .. }) if *then == begun => {
                index.candidates(part, worth)
            }
            _ => None,
        }
    }

    /// Begins a group of writes, which has to tell its changes of the sets given.
    pub fn begin_group(&self) -> TextChanges {
        let mut registry = self.registry();
        registry.groups += 1;
        registry.writing = Some(registry.groups);
        let mut indexed: Vec<(i64, SetId)> =
            registry.indexes.keys().map(|key| (key.tenant, key.set)).collect();
        indexed.dedup();
        TextChanges::of(indexed)
    }

    /// Tells the changes of a group, before it is committed.
    pub fn tell(&self, changes: TextChanges) {
        let changes = changes.into_changes();
        if changes.is_empty() {
            return;
        }
        let mut registry = self.registry();
        registry.indexes.retain(|key, kept| {
            let of_index =
                changes.iter().filter(|change| change.tenant == key.tenant && change.set == key.set);
            of_index.for_each(|change| kept.tell(change));
            kept.is_worth_keeping()
        });
        registry.shrink();
    }

    /// Ends a group, whether it was committed or not.
    pub fn end_group(&self) {
        self.registry().writing = None;
        self.group_ended.notify_all();
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IndexInMaking<'_> {
    /// Adds a row; false if there is no need of more.
    pub fn add(&mut self, slots: &[u16], row: u64, document: &[u8]) -> bool {
        let Some((index, rows)) = &mut self.made else { return false };
        each_folded(document, slots, |text| index.add(row, text));
        *rows += 1;
        index.bytes() <= INDEX_BYTES_MAX && !self.indexes.stopped.load(Ordering::Relaxed)
    }

    /// Keeps the index, or that it is too large.
    pub fn keep(mut self) {
        if self.indexes.stopped.load(Ordering::Relaxed) {
            return;
        }
        let Some((mut index, rows)) = self.made.take() else { return };
        let mut registry = self.indexes.registry();
        let Some(kept) = registry.indexes.get_mut(&self.key).filter(|kept| kept.begun == self.begun) else {
            return;
        };
        if let IndexState::Making { collected, .. } = &kept.state {
            for change in collected {
                change.add_to(&mut index, &kept.slots);
            }
        }
        kept.state = match index.bytes() > INDEX_BYTES_MAX {
            true => IndexState::TooLarge,
            false => IndexState::Made { index, rows, stale: 0 },
        };
        registry.shrink();
    }
}

impl Drop for IndexInMaking<'_> {
    fn drop(&mut self) {
        if self.made.is_some() {
            let mut registry = self.indexes.registry();
            if registry.indexes.get(&self.key).is_some_and(|kept| kept.begun == self.begun) {
                registry.indexes.remove(&self.key);
            }
        }
    }
}

impl Registry {
    /// Lets go of indexes, the least recently used first, until all together are within their bound.
    fn shrink(&mut self) {
        while self.indexes.values().map(KeptIndex::bytes).sum::<usize>() > INDEX_BYTES_MAX {
            let made = self.indexes.iter().filter(|(_, kept)| matches!(kept.state, IndexState::Made { .. }));
            let Some(oldest) = made.min_by_key(|(_, kept)| kept.used).map(|(key, _)| *key) else { return };
            self.indexes.remove(&oldest);
        }
    }
}

impl KeptIndex {
    fn bytes(&self) -> usize {
        match &self.state {
            IndexState::Made { index, .. } => index.bytes(),
            IndexState::Wanted | IndexState::Making { .. } | IndexState::TooLarge => 0,
        }
    }

    fn tell(&mut self, change: &TextChange) {
        match &mut self.state {
            IndexState::Making { collected, bytes } => {
                *bytes += change.bytes();
                collected.push(change.clone());
            }
            IndexState::Made { index, stale, .. } => *stale += change.add_to(index, &self.slots),
            IndexState::Wanted | IndexState::TooLarge => {}
        }
    }

    fn is_worth_keeping(&self) -> bool {
        match &self.state {
            IndexState::Making { bytes, .. } => *bytes <= COLLECTED_BYTES_MAX,
            IndexState::Made { rows, stale, .. } => *stale <= rows + STALE_MIN,
            IndexState::Wanted | IndexState::TooLarge => true,
        }
    }
}
