//! A batch from its rows to what became of them.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use domain::device_list::exchange::{self, Known};
use domain::device_list::{Identity, RowOutcome, import_body};
use futures_util::future::LocalBoxFuture;
use reqwest::Method;
use uuid::Uuid;

use super::batch::{BatchRow, RowBatch};
use super::state::ImportState;
use crate::graph_client::{GraphClient, GraphReply, KeyedBody, RequestFailure, Retries, Stopped};

/// The pause before the server is asked whether a batch is registered: a share of the time that it has taken so far,
/// within bounds, so that the import neither lags behind nor asks too often.
const LOOK_SHARE: u32 = 4;
const LOOK_FIRST: Duration = Duration::from_millis(50);
const LOOK_MAX: Duration = Duration::from_secs(2);
/// The longest time in which nothing happens to a batch that the server has taken.
const STANDSTILL_MAX: Duration = Duration::from_secs(900);

/// A row that is sent.
#[derive(Clone, Copy)]
struct SentRow<'b> {
    number: u64,
    identity: &'b Identity,
}

impl<'b> SentRow<'b> {
    fn of(row: &'b BatchRow) -> Option<SentRow<'b>> {
        Some(SentRow { number: row.number, identity: row.identity.as_ref().ok()? })
    }
}

/// The importer, which carries out batches.
pub struct Importer<'c> {
    client: &'c GraphClient,
    run: Uuid,
    is_rehearsal: bool,
    /// Whether a rehearsal has found that there is no server to ask.
    is_alone: AtomicBool,
}

impl<'c> Importer<'c> {
    pub fn new(client: &'c GraphClient, state: &ImportState, is_rehearsal: bool) -> Importer<'c> {
        Importer { client, run: state.run, is_rehearsal, is_alone: AtomicBool::new(false) }
    }

    /// Carries out a batch. `may_be_there` says that it may have been sent by a run that was interrupted.
    pub async fn carry_out(
        &self,
        batch: Result<RowBatch, Stopped>,
        may_be_there: bool,
    ) -> Result<(RowBatch, Vec<RowOutcome>), Stopped> {
        let batch = batch?;
        let whole: Vec<SentRow<'_>> = batch.rows.iter().filter_map(SentRow::of).collect();
        let outcomes = match self.is_rehearsal {
            true => self.rehearse(&whole).await?,
            false => self.import(&whole, may_be_there).await?,
        };
        let mut outcomes = self.completed(&whole, outcomes).await?.into_iter();
        let outcome = |row: &BatchRow| match &row.identity {
            Ok(_) => outcomes.next().unwrap_or_else(RowOutcome::lost),
            Err(failure) => RowOutcome::Failed(failure.clone()),
        };
        let outcomes = batch.rows.iter().map(outcome).collect();
        Ok((batch, outcomes))
    }

    /// Imports rows, in halves if the server refuses them because of some.
    fn import<'a>(
        &'a self,
        rows: &'a [SentRow<'a>],
        mut may_be_there: bool,
    ) -> LocalBoxFuture<'a, Result<Vec<RowOutcome>, Stopped>> {
        Box::pin(async move {
            let Some(first) = rows.first() else { return Ok(Vec::new()) };
            let name = format!("{}+{}", first.number, rows.len());
            let import_id = Uuid::new_v5(&self.run, name.as_bytes()).to_string();
            let mut retries = Retries::default();
            loop {
                if may_be_there && self.is_there(&import_id).await? {
                    break;
                }
                let json = import_body(rows.iter().map(|row| &*row.identity.json), &import_id);
                // A request of an interrupted run may be under way in the server: it takes only one of the two.
                let body = KeyedBody { json, idempotency_key: &import_id };
                match self.client.ask(Method::POST, &exchange::import_path(), Some(body)).await {
                    Ok(GraphReply { status, .. }) if status.is_success() => break,
                    Ok(GraphReply { status, body }) if rows.len() == 1 => {
                        return Ok(vec![exchange::refusal(status.as_u16(), &body)]);
                    }
                    Ok(_) => {
                        let (one, other) = rows.split_at(rows.len() / 2);
                        let mut outcomes = self.import(one, may_be_there).await?;
                        outcomes.extend(self.import(other, may_be_there).await?);
                        return Ok(outcomes);
                    }
                    Err(RequestFailure::Temporary(reason, retry_after)) => {
                        retries.wait(reason, retry_after).await?;
                        // It may have been taken all the same.
                        may_be_there = true;
                    }
                    Err(RequestFailure::Refused(_, stop) | RequestFailure::Final(stop)) => return Err(stop),
                }
            }
            self.outcomes(rows.len(), &import_id).await
        })
    }

    /// Whether an import was taken: all of its records are there, or none.
    async fn is_there(&self, import_id: &str) -> Result<bool, Stopped> {
        Ok(!self.client.page(&exchange::any_record_path(import_id)).await?.items.is_empty())
    }

    /// Waits until all records of an import have come to their end.
    async fn outcomes(&self, count: usize, import_id: &str) -> Result<Vec<RowOutcome>, Stopped> {
        let taken = Instant::now();
        let (mut since, mut left) = (taken, usize::MAX);
        loop {
            tokio::time::sleep((taken.elapsed() / LOOK_SHARE).clamp(LOOK_FIRST, LOOK_MAX)).await;
            let records = self.client.list(&exchange::records_path(import_id)).await?;
            let under_way = records.iter().filter(|record| exchange::is_under_way(record)).count();
            if under_way == 0 && records.len() == count {
                return Ok(records.iter().map(exchange::end_of).collect());
            }
            if under_way == 0 {
                // One is missing, and who knows whose it was.
                return Ok((0..count).map(|_| RowOutcome::lost()).collect());
            }
            if under_way != left {
                (left, since) = (under_way, Instant::now());
            } else if since.elapsed() > STANDSTILL_MAX {
                return Err(Stopped(format!(
                    "the server has taken {under_way} rows, and has registered none of them for {} minutes",
                    STANDSTILL_MAX.as_secs() / 60
                )));
            }
        }
    }

    /// The outcomes that rows would have.
    async fn rehearse(&self, rows: &[SentRow<'_>]) -> Result<Vec<RowOutcome>, Stopped> {
        let mut known = Known::new();
        if !self.is_alone.load(Ordering::Relaxed) {
            // Once is enough: a rehearsal is of use without a server.
            match self.client.ask(Method::GET, &exchange::any_registered_path(), None).await {
                Ok(_) => known = self.registered(rows.iter().map(|row| row.identity)).await?,
                Err(RequestFailure::Refused(_, stop) | RequestFailure::Final(stop)) => return Err(stop),
                Err(RequestFailure::Temporary(reason, _)) => {
                    if !self.is_alone.swap(true, Ordering::Relaxed) {
                        // If standard error is closed there is nobody to tell.
                        let _ = writeln!(
                            std::io::stderr(),
                            "muster: {reason}; what is registered already is not known"
                        );
                    }
                }
            }
        }
        Ok(rows.iter().map(|row| exchange::foretold(row.identity, &known)).collect())
    }

    /// Completes the outcomes: the identities that were registered before, and the rows that stand twice.
    async fn completed(
        &self,
        rows: &[SentRow<'_>],
        mut outcomes: Vec<RowOutcome>,
    ) -> Result<Vec<RowOutcome>, Stopped> {
        let identities: Vec<&Identity> = rows.iter().map(|row| row.identity).collect();
        let pairs = identities.iter().zip(&outcomes);
        let nameless: Vec<&Identity> = pairs
            .filter(|(_, outcome)| !self.is_rehearsal && exchange::is_nameless(outcome))
            .map(|(identity, _)| *identity)
            .collect();
        let known = self.registered(nameless.into_iter()).await?;
        exchange::complete(&identities, &mut outcomes, &known);
        Ok(outcomes)
    }

    /// The identities that the tenant has with these serial numbers.
    async fn registered<'r>(&self, identities: impl Iterator<Item = &'r Identity>) -> Result<Known, Stopped> {
        let mut known = Known::new();
        for path in exchange::registered_paths(identities) {
            self.client.list(&path).await?.iter().for_each(|found| exchange::note(&mut known, found));
        }
        Ok(known)
    }
}
