//! How many calls there were of each operation, how they ended, and how long they took.
//!
//! An operation is a verb on a set, or an operation of the model: the model bounds how many there are, and every one has its
//! counts from the start, so that a call only adds to numbers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use odata::edm::{Model, OperationId, SetId};
use store::histogram::{DURATION_BOUNDS_MICROS, Histogram, HistogramCounts};

use crate::call_target::CallTarget;
use crate::{Answer, Error, ErrorKind, Status, Verb};

/// The verbs, in the order of their numbers.
const VERBS: [(Verb, &str); 5] = [
    (Verb::Get, "GET"),
    (Verb::Post, "POST"),
    (Verb::Patch, "PATCH"),
    (Verb::Put, "PUT"),
    (Verb::Delete, "DELETE"),
];

/// The ways in which a call ends, in the order of their numbers.
const OUTCOMES: [CallOutcome; 21] = [
    CallOutcome::Answered(Status::Ok),
    CallOutcome::Answered(Status::Created),
    CallOutcome::Answered(Status::Accepted),
    CallOutcome::Answered(Status::NoContent),
    CallOutcome::Answered(Status::NotModified),
    CallOutcome::Failed(ErrorKind::BadRequest),
    CallOutcome::Failed(ErrorKind::Forbidden),
    CallOutcome::Failed(ErrorKind::NotFound),
    CallOutcome::Failed(ErrorKind::MethodNotAllowed),
    CallOutcome::Failed(ErrorKind::NotAcceptable),
    CallOutcome::Failed(ErrorKind::Conflict),
    CallOutcome::Failed(ErrorKind::PreconditionFailed),
    CallOutcome::Failed(ErrorKind::SyncStateNotFound),
    CallOutcome::Failed(ErrorKind::FailedDependency),
    CallOutcome::Failed(ErrorKind::Unprocessable),
    CallOutcome::Failed(ErrorKind::TooManyRequests),
    CallOutcome::Failed(ErrorKind::NotImplemented),
    CallOutcome::Failed(ErrorKind::InsufficientStorage),
    CallOutcome::Failed(ErrorKind::Unavailable),
    CallOutcome::Failed(ErrorKind::Overdue),
    CallOutcome::Failed(ErrorKind::Internal),
];

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// It was answered.
    Answered(Status),
    /// It was refused, or failed.
    Failed(ErrorKind),
}

/// The counts of all operations.
pub(crate) struct CallFigures {
    sets: usize,
    cells: Box<[CallCell]>,
}

/// The counts of one operation.
struct CallCell {
    ends: [AtomicU64; OUTCOMES.len()],
    micros: Histogram,
}

/// The calls of one operation, as they are told.
#[derive(Clone, Debug)]
pub struct OperationCalls {
    /// The verb, and the set or the operation.
    pub operation: String,
    /// How many ended in which way.
    pub ends: Vec<(CallOutcome, u64)>,
    /// The time that they took, in microseconds.
    pub micros: HistogramCounts,
}

impl CallFigures {
    /// No call was made yet.
    pub fn new(model: &Model) -> CallFigures {
        let targets = 2 + model.sets.len() + model.operations.len();
        let cell = |_| CallCell {
            ends: std::array::from_fn(|_| AtomicU64::new(0)),
            micros: Histogram::new(&DURATION_BOUNDS_MICROS),
        };
        CallFigures { sets: model.sets.len(), cells: (0..targets * VERBS.len()).map(cell).collect() }
    }

    /// Counts a call.
    pub fn note(&self, verb: Verb, target: CallTarget, outcome: &Result<Answer, Error>, took: Duration) {
        let target = match target {
            CallTarget::Unknown => 0,
            CallTarget::Document => 1,
            CallTarget::Set(id) => 2 + usize::from(id.0),
            CallTarget::Operation(id) => 2 + self.sets + usize::from(id.0),
        };
        let end = match outcome {
            Ok(answer) => CallOutcome::Answered(answer.status),
            Err(error) => CallOutcome::Failed(error.kind),
        };
        let verb = VERBS.iter().position(|(known, _)| *known == verb).unwrap_or_default();
        let Some(cell) = self.cells.get(target * VERBS.len() + verb) else { return };
        cell.micros.note_duration(took);
        if let Some(at) = OUTCOMES.iter().position(|known| *known == end) {
            cell.ends[at].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The operations that were called.
    pub fn told(&self, model: &Model) -> Vec<OperationCalls> {
        let name = |target: usize| {
            let target = match target {
                0 => CallTarget::Unknown,
                1 => CallTarget::Document,
                set if set - 2 < self.sets => CallTarget::Set(SetId(u16::try_from(set - 2).ok()?)),
                other => CallTarget::Operation(OperationId(u16::try_from(other - 2 - self.sets).ok()?)),
            };
            Some(target.name(model))
        };
        let called = self.cells.iter().enumerate().filter_map(|(at, cell)| {
            let ends: Vec<(CallOutcome, u64)> = OUTCOMES
                .iter()
                .zip(&cell.ends)
                .map(|(outcome, count)| (*outcome, count.load(Ordering::Relaxed)))
                .filter(|(_, count)| *count > 0)
                .collect();
            let (_, verb) = VERBS[at % VERBS.len()];
            let operation = format!("{verb} {}", name(at / VERBS.len())?);
            (!ends.is_empty()).then(|| OperationCalls { operation, ends, micros: cell.micros.counts() })
        });
        called.collect()
    }
}
