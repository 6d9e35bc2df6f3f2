//! A change set: several calls whose changes are committed as one unit, or not at all (protocol 4.01, 11.7).
//!
//! Each call runs as it would alone, up to the point where it commits. There it waits for the others; when all wait,
//! or have nothing to commit, what they want is committed as one unit and each goes on with its part of the result.

use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use futures_util::future::BoxFuture;
use odata::Key;
use odata::edm::{Model, SetId};
use store::idempotency::IdempotencyRecord;
use store::{Change, Committed, WriteError};

use crate::{Answer, Error, ErrorKind};

/// A call that takes part in a change set.
pub(crate) type ParticipatingCall<'a> = BoxFuture<'a, Result<Answer, Error>>;

/// The meeting of the calls of a change set before their commit.
pub(crate) struct ChangeSet {
    participants: Mutex<Vec<Participation>>,
}

/// A commit that waits for those of the other calls: changes, and what is kept of requests that may be sent again.
#[derive(Default)]
pub(crate) struct PendingCommit {
    pub(crate) changes: Vec<Change>,
    pub(crate) remembered: Vec<IdempotencyRecord>,
}

/// The progress of a call.
enum Participation {
    /// It is working up to its commit.
    Working,
    /// It waits for its changes to be committed.
    Waiting(PendingCommit),
    /// Its changes are committed, and it has not looked yet.
    Committed(Committed),
    /// It has gone on: it has had its one commit.
    Gone,
}

/// The part of one call in its change set.
#[derive(Clone, Copy)]
pub(crate) struct Participant<'a> {
    set: &'a ChangeSet,
    at: usize,
}

/// The end of an attempt.
pub(crate) enum Attempt {
    /// All calls have their answers.
    Answered(Vec<Result<Answer, Error>>),
    /// Nothing was committed, because of this call; None: because of all of them.
    Failed(Option<usize>, Error),
    /// Nothing was committed, because others got in between: the same again may succeed.
    Overtaken,
}

impl PendingCommit {
    fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.remembered.is_empty()
    }
}

impl Participant<'_> {
    /// Waits until all calls of the set want to commit, and gives this one its part of the outcome.
    pub(crate) async fn commit(&self, pending: PendingCommit) -> Result<Committed, WriteError> {
        {
            let state = &mut self.set.participants()[self.at];
            if !matches!(state, Participation::Working) {
                return Err(WriteError::Corrupt("a call of a change set commits twice".into()));
            }
            *state = Participation::Waiting(pending);
        }
        // The one who runs the set polls again when there is something to see.
        poll_fn(|_| {
            let state = &mut self.set.participants()[self.at];
            match std::mem::replace(state, Participation::Gone) {
                Participation::Committed(committed) => Poll::Ready(Ok(committed)),
                other => {
                    *state = other;
                    Poll::Pending
                }
            }
        })
        .await
    }
}

impl ChangeSet {
    /// A change set of so many calls.
    pub(crate) fn new(calls: usize) -> ChangeSet {
        ChangeSet { participants: Mutex::new((0..calls).map(|_| Participation::Working).collect()) }
    }

    /// The participant of a call.
    pub(crate) fn participant(&self, at: usize) -> Participant<'_> {
        Participant { set: self, at }
    }

    fn participants(&self) -> MutexGuard<'_, Vec<Participation>> {
        self.participants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs the calls, one for each participant; `commit` commits what they want as one unit.
    pub(crate) async fn run<C>(
        &self,
        model: &Model,
        mut calls: Vec<ParticipatingCall<'_>>,
        commit: impl FnOnce(PendingCommit) -> C,
    ) -> Attempt
    where
        C: Future<Output = Result<Committed, WriteError>>,
    {
        let mut answers: Vec<Option<Result<Answer, Error>>> = calls.iter().map(|_| None).collect();
        self.advance(&mut calls, &mut answers).await;
        let failed = answers.iter().position(|answer| matches!(answer, Some(Err(_))));
        if let Some((at, Some(Err(error)))) = failed.map(|at| (at, answers.swap_remove(at))) {
            return Attempt::Failed(Some(at), error);
        }
        let (pending, owners) = self.pending();
        let addresses: Vec<_> = pending.changes.iter().map(|change| address(model, change)).collect();
        // Calls that change nothing wait as well, and there may be no others.
        let committed = match pending.is_empty() {
            true => Ok(Committed { versions: Vec::new(), receipt: None }),
            false => commit(pending).await,
        };
        match committed {
            Ok(committed) => self.hand_out(committed, &owners),
            Err(error) => return refused(error, &addresses, &owners),
        }
        self.advance(&mut calls, &mut answers).await;
        let forgotten = || Err(Error::defect("a call of a change set was not answered after the commit"));
        Attempt::Answered(answers.into_iter().map(|answer| answer.unwrap_or_else(forgotten)).collect())
    }

    /// Polls the calls until each is answered or waits to commit.
    async fn advance(
        &self,
        calls: &mut [ParticipatingCall<'_>],
        answers: &mut [Option<Result<Answer, Error>>],
    ) {
        poll_fn(|context| {
            let mut is_busy = false;
            for (at, (call, answer)) in calls.iter_mut().zip(answers.iter_mut()).enumerate() {
                let waits = |set: &ChangeSet| matches!(set.participants()[at], Participation::Waiting(_));
                if answer.is_some() || waits(self) {
                    continue;
                }
                match call.as_mut().poll(context) {
                    Poll::Ready(done) => *answer = Some(done),
                    Poll::Pending => is_busy |= !waits(self),
                }
            }
            if is_busy { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }

    /// The commit of all calls together, and the call that each change belongs to.
    fn pending(&self) -> (PendingCommit, Vec<usize>) {
        let (mut all, mut owners) = (PendingCommit::default(), Vec::new());
        for (at, state) in self.participants().iter_mut().enumerate() {
            if let Participation::Waiting(pending) = state {
                let before = all.changes.len();
                let shifted =
                    |one: IdempotencyRecord| IdempotencyRecord { change: before + one.change, ..one };
                all.remembered.extend(pending.remembered.drain(..).map(shifted));
                owners.extend(pending.changes.iter().map(|_| at));
                all.changes.append(&mut pending.changes);
            }
        }
        (all, owners)
    }

    /// Gives each call that waits its part of the commit.
    fn hand_out(&self, committed: Committed, owners: &[usize]) {
        let Committed { versions, receipt } = committed;
        for (at, state) in self.participants().iter_mut().enumerate() {
            if matches!(state, Participation::Waiting(_)) {
                let own = versions.iter().zip(owners).filter(|(_, owner)| **owner == at);
                let versions = own.map(|(version, _)| *version).collect();
                *state = Participation::Committed(Committed {
                    versions,
                    receipt: receipt.as_ref().map(Arc::clone),
                });
            }
        }
    }
}

/// The entity that a change is about, in the set where it rests.
fn address(model: &Model, change: &Change) -> Option<(SetId, Key)> {
    match change {
        Change::Insert { set, key, .. }
        | Change::Update { set, key, .. }
        | Change::Delete { set, key, .. } => Some((model.stored_in(*set).id, key.clone())),
        _ => None,
    }
}

/// The end of an attempt whose commit was refused.
fn refused(error: WriteError, addresses: &[Option<(SetId, Key)>], owners: &[usize]) -> Attempt {
    // One of the requests was answered a moment ago: tried again, it is given that answer.
    // Or a job or an entry of the ledger was another's.
    if matches!(error, WriteError::Repeated | WriteError::Overtaken) {
        return Attempt::Overtaken;
    }
    if let WriteError::QuotaExceeded(exceeded) = &error {
        return Attempt::Failed(owners.get(exceeded.change).copied(), error.into());
    }
    let (WriteError::Changed { set, key }
    | WriteError::Exists { set, key }
    | WriteError::NoParent { set, key }
    | WriteError::NotUnique { set, key, .. }
    | WriteError::TooLarge { set, key, .. }) = &error
    else {
        return Attempt::Failed(None, error.into());
    };
    let refused = (*set, key.clone());
    let mut about = addresses.iter().zip(owners).filter(|(other, _)| other.as_ref() == Some(&refused));
    let first = about.next().map(|(_, owner)| *owner);
    match (about.next_back(), &error) {
        (Some((_, later)), WriteError::Changed { .. } | WriteError::Exists { .. }) => {
            let message = format!("Another request of the atomicity group changes the entity '{key}' too.");
            Attempt::Failed(Some(*later), Error::new(ErrorKind::Conflict, message))
        }
        (None, WriteError::Changed { .. }) => Attempt::Overtaken,
        _ => Attempt::Failed(first, error.into()),
    }
}
