//! One unit of work inside the writer's transaction.

use std::collections::HashMap;

use odata::Key;
use odata::edm::SetId;
use rusqlite::types::{ToSql, ToSqlOutput};
use rusqlite::{CachedStatement, Connection, Error};
use uuid::Uuid;

use super::identities::Identities;
use super::{beside, failure};
use crate::journal::encode_keys;
use crate::layout::{Layout, Table, Violation};
use crate::sql::{Dialect, PreparedChange, PreparedUnit, SqlValue, idempotency};
use crate::{ChangeKind, WriteError};

/// Why a unit was not applied.
pub(super) enum Failure {
    /// It alone cannot be: it has left no trace in the transaction.
    Unit(WriteError),
    /// It alone cannot be, but has left traces: the transaction must be undone, and done with savepoints.
    Traces,
    /// Nothing in the transaction can be committed.
    Group(WriteError),
}

/// Applies units in the writer's open transaction.
pub(super) struct Applier<'a> {
    pub connection: &'a Connection,
    pub layout: &'a Layout,
    pub identities: &'a Identities,
    /// Numbers given in this transaction.
    pub pending: &'a mut HashMap<Uuid, i64>,
    /// The last sequence number given.
    pub sequence: &'a mut i64,
    /// Whether a unit is undone alone. SQLite then writes each page twice, so it is done only where a unit fails.
    pub savepoints: bool,
}

/// The numbers under which a unit stands in the file.
struct Origin<'u> {
    tenant: i64,
    actor: i64,
    application: i64,
    unit: &'u PreparedUnit,
}

impl Applier<'_> {
    /// Applies a unit, all of it or nothing; gives the sequence number of each change.
    pub fn apply(&mut self, unit: &PreparedUnit) -> Result<Vec<i64>, Failure> {
        // Before the savepoint: they stay, whatever becomes of the unit.
        let origin = self.origin(unit).map_err(group)?;
        let before = *self.sequence;
        let several = unit.changes.len() > 1 || !unit.remembered.is_empty();
        let savepoint = self.savepoints && several;
        if savepoint {
            self.run("savepoint unit").map_err(group)?;
        }
        let mut versions = Vec::with_capacity(unit.changes.len());
        let mut applied = self.changes(&origin, &mut versions);
        if let Err(Failure::Unit(_)) = &applied {
            *self.sequence = before;
            match (savepoint, versions.is_empty()) {
                (true, _) => self.run("rollback to unit").map_err(group)?,
                (false, true) => {}
                (false, false) => applied = Err(Failure::Traces),
            }
        }
        if savepoint && !matches!(&applied, Err(Failure::Group(_))) {
            self.run("release unit").map_err(group)?;
        }
        applied.map(|()| versions)
    }

    /// Applies the changes; after an error, `versions` has those that left traces.
    fn changes(&mut self, origin: &Origin<'_>, versions: &mut Vec<i64>) -> Result<(), Failure> {
        for change in &origin.unit.changes {
            self.check_unchanged(origin, change)?;
        }
        for change in &origin.unit.changes {
            versions.push(self.change(origin, change)?);
        }
        self.remember(origin, versions)
    }

    fn origin<'u>(&mut self, unit: &'u PreparedUnit) -> rusqlite::Result<Origin<'u>> {
        let mut number = |uuid| self.identities.number_or_new(self.connection, uuid, self.pending);
        let (tenant, actor) = (number(unit.tenant)?, number(unit.actor.id)?);
        Ok(Origin { tenant, actor, application: number(unit.actor.application)?, unit })
    }

    fn run(&self, text: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(text)?.raw_execute().map(|_| ())
    }

    /// Applies one change. It fails for itself alone only while it has changed nothing.
    fn change(&mut self, origin: &Origin<'_>, change: &PreparedChange) -> Result<i64, Failure> {
        if !change.is_journaled() {
            return match change {
                PreparedChange::Beside(beside) => {
                    beside::apply(self.connection, origin.unit, beside).map(|()| 0)
                }
                _ => Ok(0),
            };
        }
        *self.sequence += 1;
        let (set, kind, journaled) = match change {
            PreparedChange::Insert { set, parent, key, columns, document, sealed } => {
                let table = self.layout.table(*set);
                self.check_parent(origin, table, parent.as_deref())?;
                let mut statement = self.prepare(&table.write.insert)?;
                let mut place = identify(&mut statement, origin, parent.as_deref(), key)?;
                place.bind(&*self.sequence)?;
                place.state(table, columns, document, sealed.as_deref())?;
                statement.raw_execute().map_err(|error| violation(error, table, *set, key))?;
                if let Some(notes) = &table.write.notes {
                    self.prepare(&notes.inserted)?.execute([origin.tenant]).map_err(group)?;
                }
                (set, ChangeKind::Created, key.clone())
            }
            PreparedChange::Update { set, parent, key, expected, columns, document, sealed } => {
                let table = self.layout.table(*set);
                if let Some(notes) = &table.write.notes {
                    self.note(origin, &notes.updated, key, *expected, columns.get(notes.texts))?;
                }
                let mut statement = self.prepare(&table.write.update)?;
                let mut place = identify(&mut statement, origin, parent.as_deref(), key)?;
                place.bind(expected)?;
                place.bind(&*self.sequence)?;
                place.state(table, columns, document, sealed.as_deref())?;
                let rows = statement.raw_execute().map_err(|error| violation(error, table, *set, key))?;
                unless_changed(rows, *set, key)?;
                (set, ChangeKind::Updated, key.clone())
            }
            PreparedChange::Delete { set, parent, key, expected } => {
                let table = self.layout.table(*set);
                if let Some(notes) = &table.write.notes {
                    self.note(origin, &notes.deleted, key, *expected, None)?;
                }
                let mut statement = self.prepare(&table.write.delete)?;
                identify(&mut statement, origin, parent.as_deref(), key)?.bind(expected)?;
                unless_changed(statement.raw_execute().map_err(group)?, *set, key)?;
                for contained in &table.write.cascade {
                    let mut statement = self.prepare(contained)?;
                    identify(&mut statement, origin, None, key)?;
                    statement.raw_execute().map_err(group)?;
                }
                (set, ChangeKind::Deleted, key.clone())
            }
            PreparedChange::Note { kind, set, keys } => (set, *kind, encode_keys(keys)),
            PreparedChange::Beside(_) | PreparedChange::Unchanged { .. } => return Ok(0),
        };
        self.journal(origin, *set, kind, &journaled)?;
        Ok(*self.sequence)
    }

    /// Keeps what the unit's requests came to, and forgets some of what is too old.
    fn remember(&self, origin: &Origin<'_>, versions: &[i64]) -> Result<(), Failure> {
        for memory in &origin.unit.remembered {
            let forget = idempotency::forget(Dialect::Sqlite);
            self.prepare(&forget)?.execute((origin.tenant, memory.since)).map_err(group)?;
            let remember = idempotency::remember(Dialect::Sqlite);
            let version = versions.get(memory.change).copied().unwrap_or_default();
            let values = (
                origin.tenant,
                memory.name,
                memory.content,
                origin.unit.at.0,
                &memory.key,
                version,
                &memory.document,
                memory.since,
            );
            if self.prepare(&remember)?.execute(values).map_err(group)? == 0 {
                return Err(Failure::Unit(WriteError::Repeated));
            }
        }
        Ok(())
    }

    fn check_unchanged(&self, origin: &Origin<'_>, change: &PreparedChange) -> Result<(), Failure> {
        let PreparedChange::Unchanged { set, since } = change else { return Ok(()) };
        const NEWER: &str =
            "select 1 from journal where sequence > ?1 and tenant = ?2 and entity_set = ?3 limit 1";
        let number = self.layout.table(*set).number;
        match self.prepare(NEWER)?.exists((since, origin.tenant, number)).map_err(group)? {
            true => Err(Failure::Unit(WriteError::Overtaken)),
            false => Ok(()),
        }
    }

    fn check_parent(&self, origin: &Origin<'_>, table: &Table, parent: Option<&[u8]>) -> Result<(), Failure> {
        let (Some(text), Some(parent)) = (&table.write.parent_exists, parent) else { return Ok(()) };
        let mut statement = self.prepare(text)?;
        identify(&mut statement, origin, None, parent)?;
        match statement.raw_query().next() {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(Failure::Unit(WriteError::NoParent)),
            Err(error) => Err(group(error)),
        }
    }

    /// Notes that a row is about to have other texts, or none.
    fn note(
        &self,
        origin: &Origin<'_>,
        text: &str,
        key: &[u8],
        expected: i64,
        texts: Option<&SqlValue>,
    ) -> Result<(), Failure> {
        let mut statement = self.prepare(text)?;
        let mut place = identify(&mut statement, origin, None, key)?;
        place.bind(&expected)?;
        texts.map_or(Ok(()), |texts| place.bind(texts))?;
        statement.raw_execute().map(|_| ()).map_err(group)
    }

    fn journal(&self, origin: &Origin<'_>, set: SetId, kind: ChangeKind, keys: &[u8]) -> Result<(), Failure> {
        const INSERT: &str = "insert into journal (sequence, tenant, at, entity_set, kind, actor, application, \
             request_id, keys) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let mut statement = self.prepare(INSERT)?;
        let (number, request_id) = (self.layout.table(set).number, origin.unit.request_id);
        let values = (
            *self.sequence,
            origin.tenant,
            origin.unit.at.0,
            number,
            kind.number(),
            origin.actor,
            origin.application,
            request_id.as_bytes(),
            keys,
        );
        statement.execute(values).map(|_| ()).map_err(group)
    }

    fn prepare(&self, text: &str) -> Result<CachedStatement<'_>, Failure> {
        self.connection.prepare_cached(text).map_err(group)
    }
}

/// Where the next parameter of a statement is bound.
struct Place<'s, 'c> {
    statement: &'s mut CachedStatement<'c>,
    next: usize,
}

/// Binds what every statement begins with: tenant, [parent,] key.
fn identify<'s, 'c>(
    statement: &'s mut CachedStatement<'c>,
    origin: &Origin<'_>,
    parent: Option<&[u8]>,
    key: &[u8],
) -> Result<Place<'s, 'c>, Failure> {
    let mut place = Place { statement, next: 1 };
    place.bind(&origin.tenant)?;
    if let Some(parent) = parent {
        place.bind(&parent)?;
    }
    place.bind(&key)?;
    Ok(place)
}

impl Place<'_, '_> {
    fn bind(&mut self, value: &dyn ToSql) -> Result<(), Failure> {
        self.statement.raw_bind_parameter(self.next, value).map_err(group)?;
        self.next += 1;
        Ok(())
    }

    /// Columns, document, [sealed].
    fn state(
        &mut self,
        table: &Table,
        columns: &[SqlValue],
        document: &str,
        sealed: Option<&[u8]>,
    ) -> Result<(), Failure> {
        columns.iter().try_for_each(|value| self.bind(value))?;
        self.bind(&ToSqlOutput::from(document))?;
        if table.sealed {
            self.bind(&sealed)?;
        }
        Ok(())
    }
}

fn unless_changed(rows: usize, set: SetId, key: &[u8]) -> Result<(), Failure> {
    match (rows, Key::from_bytes(key)) {
        (1, _) => Ok(()),
        (_, Some(key)) => Err(Failure::Unit(WriteError::Changed { set, key })),
        (_, None) => Err(Failure::Unit(WriteError::Corrupt(format!("the key {key:02x?}")))),
    }
}

/// What a refused insert or update means. SQLite names the columns: `UNIQUE constraint failed: t.tenant, t.p_x`.
fn violation(error: Error, table: &Table, set: SetId, key: &[u8]) -> Failure {
    if !failure::is_of_statement(&error) {
        return group(error);
    }
    let text = match &error {
        Error::SqliteFailure(code, Some(text))
            if code.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE =>
        {
            text
        }
        _ => return Failure::Unit(failure::write(error)),
    };
    let named = |name: &str| text.rsplit('.').next().is_some_and(|last| last == name);
    let column = table.columns.iter().find(|column| column.unique && named(&column.name));
    let violated = column.map_or(Violation::Key, |column| table.violated(&column.index));
    Failure::Unit(match (violated, Key::from_bytes(key)) {
        (Violation::Unique(property), _) => WriteError::NotUnique { set, property },
        (Violation::Key, Some(key)) => WriteError::Exists { set, key },
        (Violation::Key, None) => WriteError::Corrupt(format!("the key {key:02x?}")),
    })
}

fn group(error: Error) -> Failure {
    Failure::Group(failure::write(error))
}
