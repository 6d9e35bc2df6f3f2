//! Tables, columns and indexes of the entity sets: the only file that knows where a property rests.

use std::sync::Arc;

use odata::Key;
use odata::edm::{PropertyId, SetId, TypeId};
use odata::payload::Document;

use crate::sql::Dialect;
use crate::sql::write::Statements;

/// A stored entity as it comes out of the database.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its key.
    pub key: Key,
    /// Its version: the journal's sequence number of its last change.
    pub version: i64,
    /// All its properties; sealed secrets read null in it.
    pub document: Document,
    /// Its sealed secrets, if it holds any. Opened only by [`crate::Store::open_secrets`].
    pub sealed: Option<Box<[u8]>>,
}

/// Where everything rests, for one model and one dialect. Built by [`crate::migrate::plan`].
#[derive(Debug)]
pub(crate) struct Layout {
    pub dialect: Dialect,
    /// By [`SetId`].
    tables: Vec<Table>,
    /// The set of each number in the journal; None if it has left the model.
    sets: Vec<Option<SetId>>,
}

/// The table of an entity set: `tenant`, `parent` (if the set has one), `key`, `version`, the columns,
/// `document`, `sealed` (if its types have secrets).
#[derive(Debug)]
pub(crate) struct Table {
    pub set: SetId,
    /// What the journal calls the set: never changes, whatever becomes of the model.
    pub number: i32,
    /// Unquoted.
    pub name: Box<str>,
    /// The declared type of its entities.
    pub entity_type: TypeId,
    pub parent: Option<SetId>,
    pub columns: Vec<Column>,
    /// Slots of secret properties: null in the document, sealed in `sealed`.
    pub secrets: Vec<u16>,
    /// Whether there is a column `sealed`.
    pub sealed: bool,
    /// Reads one row: tenant, [parent,] key.
    pub get: Arc<str>,
    pub write: Statements,
}

/// A column of a property or reference, with an index of its own.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    /// `p_…` or `r_…`, unquoted.
    pub name: Box<str>,
    /// The slot whose value it repeats.
    pub slot: u16,
    pub source: Source,
    pub kind: ColumnKind,
    pub unique: bool,
    /// The index's name, unquoted: on `(tenant, column)` if unique, else `(tenant, column, key)`.
    pub index: Box<str>,
}

/// What a column repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Property(PropertyId),
    /// The key of a reference's target.
    Reference,
}

/// The type of a column, or of an element of the document as a filter sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    /// `text`, in PostgreSQL with `collate "C"`: strings, GUIDs (lower case), base64.
    Text,
    /// 64-bit integers: numbers, ticks, enumerations, Booleans (0, 1).
    Integer,
    /// Doubles.
    Real,
    /// [`Key::to_bytes`] of a reference's target.
    Key,
}

/// What an insert or update ran into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    Key,
    Unique(PropertyId),
}

impl Layout {
    /// The table of a set.
    pub fn table(&self, set: SetId) -> &Table {
        &self.tables[set.index()]
    }

    /// The set that the journal calls by this number, if the model still has it.
    pub fn set_of(&self, number: i32) -> Option<SetId> {
        self.sets.get(usize::try_from(number).ok()?).copied().flatten()
    }
}

impl Table {
    /// What a violated index or constraint means. PostgreSQL names it; the primary key is `<table>_pkey`.
    pub fn violated(&self, index: &str) -> Violation {
        let column = self.columns.iter().find(|column| &*column.index == index);
        match column.map(|column| column.source) {
            Some(Source::Property(property)) => Violation::Unique(property),
            Some(Source::Reference) | None => Violation::Key,
        }
    }
}
