//! The statements that read entities, ready to be run.

use std::sync::Arc;

use odata::edm::{Kind, SetId};
use uuid::Uuid;

use super::value::SqlValue;
use crate::trigrams::TrigramPattern;

/// A statement that reads.
///
/// Parameter 1 (`?1`, `$1`) is always the tenant: PostgreSQL binds its UUID, SQLite the small integer that stands
/// for it in that file. `parameters` follow from 2 on. A list or get yields the columns key, version, document
/// (text), sealed and detached (null where there are none); a count yields one integer.
#[derive(Clone, Debug)]
pub(crate) struct ReadStatement {
    pub text: Arc<str>,
    pub tenant: Uuid,
    pub parameters: Vec<SqlValue>,
    pub cost: Cost,
    pub candidate_read: Option<Box<CandidateRead>>,
    /// The kinds of the columns after a row's own: the values of other entities by which it is ordered.
    pub sorted_by: Vec<Kind>,
}

/// The same statement over a few candidates that indexes of trigrams have found; all that it yields are among them.
#[derive(Clone, Debug)]
pub(crate) struct CandidateRead {
    /// The set that the rows rest in.
    pub set: SetId,
    pub pattern: TrigramPattern,
    /// The number of candidates beyond which the statement itself is quicker.
    pub worth: usize,
    /// Tenant. Yields number and document of all rows, in the order of their numbers.
    pub documents: Arc<str>,
    /// The slots of the texts that a search looks at.
    pub searched: Box<[u16]>,
    pub text: Arc<str>,
    /// The parameters from 2 on; the first stands for the candidates, an array in JSON.
    pub parameters: Vec<SqlValue>,
}

/// The number of rows that a statement may have to read, as far as its form tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// A bounded, small number of rows found by an index: microseconds.
    Point,
    /// Possibly all of a tenant's rows.
    Scan,
}
