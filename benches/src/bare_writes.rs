//! Writers of the bare databases: so many clients, each of which hands over a row and waits until it is on disk.
//!
//! Whoever takes the rows commits all that wait together, in both databases: that is the best there is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::sync::{mpsc, oneshot};

use crate::random::Random;
use crate::round::Round;
use crate::rows::{Cell, Columns, Sample, Target, overwrite};
use crate::seed;

/// The most rows of one commit.
pub(crate) const GROUP_MAX: usize = 512;

/// Rows to write, of a device and of the journal.
pub(crate) struct Job {
    pub entity: Vec<Cell>,
    pub journal: Vec<Cell>,
    /// Told when they are on disk.
    pub reply: oneshot::Sender<()>,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Insert,
    Update,
}

/// Where rows come from.
#[derive(Clone)]
pub(crate) struct Source {
    pub write: Write,
    pub columns: Columns,
    pub samples: Arc<Vec<Sample>>,
    pub targets: Arc<Vec<Target>>,
}

impl Source {
    /// A row for one of so many clients.
    fn rows(&self, client: usize, clients: usize, random: &mut Random) -> Result<(Vec<Cell>, Vec<Cell>)> {
        let sample = self.samples.get(random.below(self.samples.len())).context("no sample")?;
        if self.write == Write::Insert {
            let fresh = sample.renew(random);
            return Ok((fresh.entity, fresh.journal));
        }
        let own = self.targets.len().saturating_sub(client).div_ceil(clients);
        let target = self.targets.get(client + clients * random.below(own)).context("no target")?;
        let mut entity = target.entity.clone();
        let tag = seed::tag(random);
        if let Some(cell) = self.columns.tag.and_then(|place| entity.get_mut(place)) {
            overwrite(cell, 0, tag.as_bytes());
        }
        if let Some(cell @ Cell::Text(_)) = entity.get_mut(self.columns.document) {
            let at = if let Cell::Text(text) = &*cell { text.find(seed::TAG_PREFIX) } else { None };
            overwrite(cell, at.context("no group tag in the document")?, tag.as_bytes());
        }
        Ok((entity, sample.journal_of(target.id)))
    }
}

/// So many clients write for a while.
pub(crate) async fn clients(
    queue: mpsc::Sender<Job>,
    source: Source,
    clients: usize,
    time: Duration,
) -> Result<Round> {
    let begin = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|client| tokio::spawn(client_loop(queue.clone(), source.clone(), client, clients, begin + time)))
        .collect();
    drop(queue);
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await??);
    }
    Ok(Round::from(latencies, begin.elapsed()))
}

async fn client_loop(
    queue: mpsc::Sender<Job>,
    source: Source,
    client: usize,
    clients: usize,
    until: Instant,
) -> Result<Vec<Duration>> {
    let mut random = Random::new(uuid::Uuid::now_v7().as_u64_pair().1 ^ client as u64);
    let mut latencies = Vec::with_capacity(1 << 12);
    while Instant::now() < until {
        let (entity, journal) = source.rows(client, clients, &mut random)?;
        let (reply, written) = oneshot::channel();
        let begin = Instant::now();
        queue.send(Job { entity, journal, reply }).await.ok().context("the writer has stopped")?;
        written.await.context("the writer has failed")?;
        latencies.push(begin.elapsed());
    }
    Ok(latencies)
}
