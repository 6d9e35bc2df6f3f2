//! Counts the entities of one set by their state, for whoever watches: page by page in the background, with most of the time left
//! to others, and only while somebody asks. So what is told has an age.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use odata::edm::Kind;
use odata::payload::document::element_of;
use odata::query::Cursor;
use store::{Query, ReadError};
use uuid::Uuid;

use crate::engine::Engine;
use crate::state_counts::StateFigures;

/// The entities that are read at once.
const PAGE_SIZE: u64 = 1_000;
/// After each page, the rest for others: so many times what the page took.
const REST_FACTOR: u32 = 9;
/// The least time between two counts.
const COUNT_INTERVAL: Duration = Duration::from_secs(60);

impl Engine {
    /// Counts while somebody asks, for as long as this is polled.
    pub(crate) async fn keep_counting(&self) -> Infallible {
        loop {
            self.states.wanted.notified().await;
            match self.count_states().await {
                Ok(counts) => {
                    let mut taken = self.states.taken.lock().unwrap_or_else(PoisonError::into_inner);
                    *taken = Some((counts, Instant::now()));
                }
                Err(error) => tracing::warn!(%error, "the entities could not be counted by their state"),
            }
            tokio::time::sleep(COUNT_INTERVAL).await;
        }
    }

    /// What was counted last, and a wish for newer counts; none before anything was counted.
    pub(crate) fn state_figures(&self) -> Option<StateFigures> {
        self.states.wanted.notify_one();
        let (set, property) = self.settings.counted_set.zip(self.settings.counted_state)?;
        let Kind::Enum(states) = self.model().property(property).type_ref.kind else { return None };
        let taken = self.states.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let (counts, at) = taken.as_ref()?;
        let members = self.model().enum_type(states).members.iter();
        let of = |value: i64| counts.get(&value).copied().unwrap_or(0);
        Some(StateFigures {
            set: self.model().set(set).path.to_string(),
            counts: members.map(|member| (member.name.to_string(), of(member.value))).collect(),
            age: at.elapsed(),
        })
    }

    async fn count_states(&self) -> Result<BTreeMap<i64, u64>, ReadError> {
        let mut counts = BTreeMap::new();
        for tenant in self.store.tenants_seen().await? {
            self.count_states_of(tenant, &mut counts).await?;
        }
        Ok(counts)
    }

    async fn count_states_of(&self, tenant: Uuid, counts: &mut BTreeMap<i64, u64>) -> Result<(), ReadError> {
        let Some((set, property)) = self.settings.counted_set.zip(self.settings.counted_state) else {
            return Ok(());
        };
        let element = element_of(self.model().property(property).slot);
        let mut query = Query::all(tenant, set, PAGE_SIZE);
        loop {
            let begun = Instant::now();
            let rows = self.store.list(&query).await?;
            for row in &rows {
                // What is cut off at the end is null, which no state is.
                let state = row.document.elements().nth(element).and_then(number);
                *counts.entry(state.unwrap_or_default()).or_default() += 1;
            }
            tokio::time::sleep(begun.elapsed() * REST_FACTOR).await;
            match rows.last() {
                Some(last) if rows.len() as u64 == PAGE_SIZE => {
                    query.after = Some(Cursor { values: Vec::new(), key: last.key.clone() });
                }
                _ => return Ok(()),
            }
        }
    }
}

fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}
