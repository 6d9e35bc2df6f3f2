//! SQL of both dialects: pure functions from queries and changes to text and bound parameters.
//!
//! Nothing here touches a database. Every literal is bound; only names that the layout made and numbers of slots
//! stand in the text.

pub(crate) mod ddl;
pub(crate) mod dialect;
pub(crate) mod each;
pub(crate) mod filter;
pub(crate) mod function;
pub(crate) mod idempotency;
mod order;
mod scope;
mod search;
pub(crate) mod select;
#[cfg(test)]
mod tests;
pub(crate) mod trigrams;
pub(crate) mod write;

use std::sync::Arc;

use odata::date_time::Ticks;
use odata::edm::{Kind, Primitive, SetId};
use odata::{Key, Value};
use uuid::Uuid;

use crate::idempotency::PreparedMemory;
use crate::journal::ChangeKind;
use crate::{Actor, LedgerChange};
pub(crate) use dialect::Dialect;

/// A value bound to a parameter.
///
/// Date-times and durations are their ticks, enumerations their numbers, Booleans 0 and 1: all `Integer`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SqlValue {
    Null,
    Integer(i64),
    Real(f64),
    Text(Box<str>),
    Bytes(Box<[u8]>),
}

/// A statement that reads.
///
/// Parameter 1 (`?1`, `$1`) is always the tenant: PostgreSQL binds its UUID, SQLite the small integer that stands
/// for it in that file. `parameters` follow from 2 on. A list or get yields the columns key, version, document
/// (text), sealed (null where there is none); a count yields one integer.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub text: Arc<str>,
    pub tenant: Uuid,
    pub parameters: Vec<SqlValue>,
    pub cost: Cost,
    pub narrowed: Option<Box<Narrowed>>,
    /// The kinds of the columns after a row's own: what it is ordered by in other entities.
    pub sorted_by: Vec<Kind>,
}

/// The same of a few candidates that an index of trigrams has found; all that a statement yields are among them.
#[derive(Clone, Debug)]
pub(crate) struct Narrowed {
    /// Yields the candidates' numbers: tenant, pattern.
    pub candidates: Arc<str>,
    pub pattern: String,
    /// If there are more candidates, the statement itself is quicker.
    pub most: u64,
    pub text: Arc<str>,
    /// From 2 on; the first is in the place of the candidates, an array in JSON.
    pub parameters: Vec<SqlValue>,
}

/// How much a statement may have to look at, as far as its form tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// A bounded, small number of rows found by an index: microseconds.
    Point,
    /// Possibly all of a tenant's rows.
    Scan,
}

/// A unit of work in the database's terms: encoded and sealed on the caller's task, so that the writer only binds.
#[derive(Clone, Debug)]
pub(crate) struct PreparedUnit {
    pub tenant: Uuid,
    pub actor: Actor,
    pub request_id: Uuid,
    pub at: Ticks,
    /// Applied in order; each appends one journal entry, whose sequence number is the answer's element.
    pub changes: Vec<PreparedChange>,
    /// Written after the changes. Where one is known already the unit is `Repeated`.
    pub remembered: Vec<PreparedMemory>,
}

/// One change. Keys are [`odata::Key::to_bytes`]; `parent` is there exactly where the set has a parent.
/// `columns` follow [`crate::layout::Table::columns`] one to one.
///
/// The statements are in [`crate::layout::Table::write`]; what they mean when they change no row, and in which
/// order parameters are bound, is written there.
#[derive(Clone, Debug)]
pub(crate) enum PreparedChange {
    Insert {
        set: SetId,
        parent: Option<Vec<u8>>,
        key: Vec<u8>,
        columns: Vec<SqlValue>,
        document: Box<str>,
        /// Bound only if [`crate::layout::Table::sealed`].
        sealed: Option<Vec<u8>>,
    },
    Update {
        set: SetId,
        parent: Option<Vec<u8>>,
        key: Vec<u8>,
        expected: i64,
        columns: Vec<SqlValue>,
        document: Box<str>,
        sealed: Option<Vec<u8>>,
    },
    Delete {
        set: SetId,
        parent: Option<Vec<u8>>,
        key: Vec<u8>,
        expected: i64,
    },
    /// Only a journal entry of a kind that changes nothing, with [`crate::journal::encode_keys`] of all keys.
    Note {
        kind: ChangeKind,
        set: SetId,
        keys: Vec<Key>,
    },
    /// Looked at before anything of the unit is written: `Overtaken` if the journal has something newer of the set.
    Unchanged {
        set: SetId,
        since: i64,
    },
    /// Beside the entities, and without a journal entry: its number in the answer is 0.
    Beside(Beside),
}

/// A change of what rests beside the entities.
#[derive(Clone, Debug)]
pub(crate) enum Beside {
    /// Takes the place of a job of the same kind and subject.
    Enqueue { place: JobPlace, content: Box<[u8]>, run_at: i64 },
    /// `Overtaken` unless the fence is the job's.
    Finish { place: JobPlace, fence: i64 },
    /// The same.
    PutOff { place: JobPlace, fence: i64, run_at: i64 },
    /// `Overtaken` unless the entry is as it was.
    Ledger(LedgerChange),
}

/// Which job of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct JobPlace {
    pub kind: i16,
    pub subject: Vec<u8>,
}

impl PreparedChange {
    /// Whether it appends an entry to the journal, and so takes a number.
    pub fn is_journaled(&self) -> bool {
        !matches!(self, PreparedChange::Beside(_) | PreparedChange::Unchanged { .. })
    }

    /// Whether it writes a job.
    pub fn is_enqueued(&self) -> bool {
        matches!(self, PreparedChange::Beside(Beside::Enqueue { .. }))
    }
}

/// A statement of a schema change or of the persistent numbering. It may be run twice without harm. Parameters are
/// bound from 1 on; there is no tenant in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub text: String,
    pub parameters: Vec<SqlValue>,
}

impl SqlValue {
    /// What stands for a value in a column or comparison; null for what is neither (complex values, collections).
    pub fn from_value(value: &Value) -> SqlValue {
        match value {
            Value::Boolean(flag) => SqlValue::Integer(i64::from(*flag)),
            Value::Int(number) | Value::Enum(number) | Value::Duration(number) => SqlValue::Integer(*number),
            Value::DateTimeOffset(Ticks(ticks)) => SqlValue::Integer(*ticks),
            Value::Double(number) => SqlValue::Real(*number),
            Value::String(text) | Value::Binary(text) => SqlValue::Text(text.clone()),
            Value::Guid(guid) => SqlValue::Text(guid.to_string().into()),
            Value::Null | Value::Complex(_) | Value::Collection(_) | Value::Sealed(_) => SqlValue::Null,
        }
    }

    /// The value of a kind that it stands for; null for what is none.
    pub fn into_value(self, kind: Kind) -> Value {
        match (self, kind) {
            (SqlValue::Integer(number), Kind::Enum(_)) => Value::Enum(number),
            (SqlValue::Integer(number), Kind::Primitive(Primitive::Boolean)) => Value::Boolean(number != 0),
            (SqlValue::Integer(ticks), Kind::Primitive(Primitive::DateTimeOffset)) => {
                Value::DateTimeOffset(Ticks(ticks))
            }
            (SqlValue::Integer(ticks), Kind::Primitive(Primitive::Duration)) => Value::Duration(ticks),
            (SqlValue::Integer(number), _) => Value::Int(number),
            (SqlValue::Real(number), _) => Value::Double(number),
            (SqlValue::Text(text), Kind::Primitive(Primitive::Guid)) => {
                Uuid::try_parse(&text).map_or(Value::Null, Value::Guid)
            }
            (SqlValue::Text(text), _) => Value::String(text),
            (SqlValue::Null | SqlValue::Bytes(_), _) => Value::Null,
        }
    }

    /// A key's stored form.
    pub fn key(key: &Key) -> SqlValue {
        SqlValue::Bytes(key.to_bytes().into())
    }
}
