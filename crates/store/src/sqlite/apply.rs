//! One unit of work inside the writer's transaction.

use std::collections::HashMap;

use odata::Key;
use odata::edm::SetId;
use rusqlite::{CachedStatement, Connection, Error, OptionalExtension};
use uuid::Uuid;

use super::audit;
use super::binder::ParameterBinder;
use super::error::{ApplyError, is_of_statement, write_error};
use super::identities::Identities;
use super::measure::SqliteMeasure;
use super::row_update::{ExpectedRow, update};
use super::side_writes;
use super::text_changes::{TextChange, TextChanges};
use super::writer::{NewestChanges, TenantUsage};
use crate::error::WriteError;
use crate::layout::{Table, Violation};
use crate::meter::Meter;
use crate::sql::{
    self, PreparedChange, PreparedEntry, PreparedUnit, RowStatements, SqlSchema, idempotency, journal,
    tenant_keys, transaction,
};

/// Applies units in the writer's open transaction.
pub(super) struct Applier<'a> {
    pub connection: &'a Connection,
    pub schema: &'a SqlSchema,
    pub identities: &'a Identities,
    /// The numbers of identities that are new in this transaction.
    pub pending: &'a mut HashMap<Uuid, i64>,
    /// The last sequence number that was given.
    pub sequence: &'a mut i64,
    pub newest_changes: &'a mut NewestChanges,
    pub usage: &'a mut TenantUsage,
    /// Whether a unit is undone alone. SQLite then writes each page twice, so it is done only where a unit fails.
    pub savepoints: bool,
    /// What indexes of trigrams are told.
    pub text_changes: &'a mut TextChanges,
}

/// A unit, and the numbers that stand for its tenant and actor in the file.
struct UnitNumbers<'u> {
    tenant: i64,
    actor: i64,
    application: i64,
    unit: &'u PreparedUnit,
}

impl Applier<'_> {
    /// Applies a unit, all of it or nothing; gives the sequence number of each change.
    pub fn apply(&mut self, unit: &PreparedUnit) -> Result<Vec<i64>, ApplyError> {
        // Before the savepoint: they stay, whatever becomes of the unit.
        let numbers = self.numbers(unit).map_err(ApplyError::group)?;
        let before = *self.sequence;
        let several = unit.changes.len() > 1 || !unit.idempotency_records.is_empty();
        // Whether a quota is exceeded shows at the end of a unit.
        let is_metered = self.usage.quotas().of(unit.tenant).is_some();
        let savepoint = (self.savepoints || is_metered) && several;
        if savepoint {
            self.run(transaction::SAVEPOINT).map_err(ApplyError::group)?;
        }
        let mut versions = Vec::with_capacity(unit.changes.len());
        let mut applied = self.changes(&numbers, &mut versions);
        if let Err(ApplyError::Unit(_)) = &applied {
            *self.sequence = before;
            match (savepoint, versions.is_empty()) {
                (true, _) => self.run(transaction::ROLLBACK_TO_SAVEPOINT).map_err(ApplyError::group)?,
                (false, true) => {}
                (false, false) => applied = Err(ApplyError::Traces),
            }
        }
        if savepoint && !matches!(&applied, Err(ApplyError::Group(_))) {
            self.run(transaction::RELEASE_SAVEPOINT).map_err(ApplyError::group)?;
        }
        applied.map(|()| versions)
    }

    /// Applies the changes; after an error, `versions` has those that left traces.
    fn changes(&mut self, numbers: &UnitNumbers<'_>, versions: &mut Vec<i64>) -> Result<(), ApplyError> {
        for change in &numbers.unit.changes {
            self.check_unchanged(numbers, change)?;
        }
        self.check_key(numbers.unit)?;
        let mut meter = self.meter(numbers)?;
        let last = numbers.unit.changes.len().saturating_sub(1);
        for (at, (change, version)) in numbers.unit.numbered(*self.sequence).enumerate() {
            if let Some(meter) = &mut meter {
                meter.add(self.measure(numbers).change(change).map_err(ApplyError::group)?);
                // Before the last change, so that one alone leaves no traces.
                if at == last {
                    meter.check().map_err(ApplyError::Unit)?;
                }
            }
            self.change(numbers, change, version)?;
            versions.push(version);
        }
        for entry in &numbers.unit.entries {
            *self.sequence += 1;
            self.journal(numbers, entry)?;
        }
        self.remember(numbers, versions)?;
        if let Some(meter) = meter {
            self.usage.note(numbers.unit.tenant, meter.now);
        }
        for set in numbers.unit.changed_sets() {
            self.newest_changes.note(numbers.tenant, set, *self.sequence);
        }
        Ok(())
    }

    /// The count of a unit, if its tenant has a quota.
    fn meter(&self, numbers: &UnitNumbers<'_>) -> Result<Option<Meter>, ApplyError> {
        let Some((quota, held)) = self.usage.of(numbers.unit.tenant) else { return Ok(None) };
        let held = match held {
            Some(held) => held,
            None => self.measure(numbers).all().map_err(ApplyError::group)?,
        };
        Ok(Some(Meter::new(quota, held)))
    }

    fn measure(&self, numbers: &UnitNumbers<'_>) -> SqliteMeasure<'_> {
        let (connection, schema) = (self.connection, self.schema);
        SqliteMeasure { connection, schema, quotas: self.usage.quotas(), tenant: numbers.tenant }
    }

    fn numbers<'u>(&mut self, unit: &'u PreparedUnit) -> rusqlite::Result<UnitNumbers<'u>> {
        let mut number = |uuid| self.identities.number_or_new(self.connection, uuid, self.pending);
        let (tenant, actor) = (number(unit.tenant)?, number(unit.actor.id)?);
        Ok(UnitNumbers { tenant, actor, application: number(unit.actor.application)?, unit })
    }

    fn run(&self, text: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(text)?.raw_execute().map(|_| ())
    }

    /// Applies one change. It fails for itself alone only while it has changed nothing.
    fn change(
        &mut self,
        numbers: &UnitNumbers<'_>,
        change: &PreparedChange,
        version: i64,
    ) -> Result<(), ApplyError> {
        match change {
            PreparedChange::Insert { set, parent, key, state } => {
                let (table, statements) = (self.schema.table(*set), self.schema.statements(*set));
                if !self.parent_exists(numbers, statements, parent.as_deref())? {
                    return Err(about(key, |key| WriteError::NoParent { set: *set, key }));
                }
                let mut statement = self.prepare(&statements.insert)?;
                let mut binder =
                    ParameterBinder::identify(&mut statement, numbers.tenant, parent.as_deref(), key)?;
                binder.bind(&version)?;
                binder.state(table, &state.columns, state)?;
                statement.raw_execute().map_err(|error| violation(error, table, *set, key))?;
                drop(statement);
                let row = self.connection.last_insert_rowid();
                self.note_text(numbers.tenant, *set, (row, None), Some(&state.document));
                Ok(())
            }
            PreparedChange::Update { set, parent, key, expected, state } => {
                let (table, statements) = (self.schema.table(*set), self.schema.statements(*set));
                self.note_texts(numbers.tenant, *set, key, Some(&state.document))?;
                let (tenant, parent) = (numbers.tenant, parent.as_deref());
                let row = ExpectedRow { tenant, parent, key, version: *expected };
                let refused = |error| violation(error, table, *set, key);
                let rows = update(self.connection, (table, statements), &row, version, state, refused)?;
                unless_changed(rows, *set, key)
            }
            PreparedChange::Delete { set, parent, key, expected } => {
                let statements = self.schema.statements(*set);
                self.note_texts(numbers.tenant, *set, key, None)?;
                let mut statement = self.prepare(&statements.delete)?;
                ParameterBinder::identify(&mut statement, numbers.tenant, parent.as_deref(), key)?
                    .bind(expected)?;
                unless_changed(statement.raw_execute().map_err(ApplyError::group)?, *set, key)?;
                for contained in &statements.cascade {
                    let mut statement = self.prepare(&contained.delete)?;
                    ParameterBinder::identify(&mut statement, numbers.tenant, None, key)?;
                    statement.raw_execute().map_err(ApplyError::group)?;
                }
                Ok(())
            }
            PreparedChange::SideWrite(side_write) => {
                side_writes::apply(self.connection, numbers.unit, side_write)
            }
            PreparedChange::Note { .. } | PreparedChange::Unchanged { .. } => Ok(()),
        }
    }

    /// Writes the unit's idempotency records, and expires some that are too old.
    fn remember(&self, numbers: &UnitNumbers<'_>, versions: &[i64]) -> Result<(), ApplyError> {
        for record in &numbers.unit.idempotency_records {
            let expire = (numbers.tenant, record.since);
            self.prepare(idempotency::EXPIRE.sqlite())?.execute(expire).map_err(ApplyError::group)?;
            let Some(version) = versions.get(record.change) else {
                let message =
                    format!("an idempotency record is about change {}, which is none", record.change);
                return Err(ApplyError::Unit(WriteError::Corrupt(message)));
            };
            let values = (
                numbers.tenant,
                record.name,
                record.content,
                numbers.unit.at.0,
                &record.key,
                version,
                &record.document,
                record.since,
            );
            let written = self.prepare(idempotency::WRITE.sqlite())?.execute(values);
            if written.map_err(ApplyError::group)? == 0 {
                return Err(ApplyError::Unit(WriteError::Repeated));
            }
        }
        Ok(())
    }

    fn check_unchanged(&self, numbers: &UnitNumbers<'_>, change: &PreparedChange) -> Result<(), ApplyError> {
        let PreparedChange::Unchanged { set, since } = change else { return Ok(()) };
        match self.newest_changes.is_newer(numbers.tenant, *set, *since) {
            true => Err(ApplyError::Unit(WriteError::Overtaken)),
            false => Ok(()),
        }
    }

    /// What is sealed must be so under the tenant's newest data key: an older one may end.
    fn check_key(&self, unit: &PreparedUnit) -> Result<(), ApplyError> {
        let Some(version) = unit.sealed_under() else { return Ok(()) };
        let newest = self
            .prepare(tenant_keys::SEALS_UNDER)?
            .query_row([unit.tenant.as_bytes()], |row| row.get::<_, Option<u32>>(0))
            .map_err(ApplyError::group)?;
        match newest.is_none_or(|newest| version >= newest) {
            true => Ok(()),
            false => Err(ApplyError::Unit(WriteError::KeyReplaced)),
        }
    }

    fn parent_exists(
        &self,
        numbers: &UnitNumbers<'_>,
        statements: &RowStatements,
        parent: Option<&[u8]>,
    ) -> Result<bool, ApplyError> {
        let (Some(text), Some(parent)) = (&statements.parent_exists, parent) else { return Ok(true) };
        let mut statement = self.prepare(text)?;
        ParameterBinder::identify(&mut statement, numbers.tenant, None, parent)?;
        Ok(statement.raw_query().next().map_err(ApplyError::group)?.is_some())
    }

    /// Notes what becomes of a row's texts, if an index wants to know. A note too many does no harm.
    fn note_texts(
        &mut self,
        tenant: i64,
        set: SetId,
        key: &[u8],
        after: Option<&str>,
    ) -> Result<(), ApplyError> {
        let Some(text) = &self.schema.statements(set).numbered else { return Ok(()) };
        if !self.text_changes.are_wanted(tenant, set) {
            return Ok(());
        }
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, Box<str>>(1)?));
        let row = self.prepare(text)?.query_row((tenant, key), row).optional().map_err(ApplyError::group)?;
        if let Some((row, before)) = row {
            self.note_text(tenant, set, (row, Some(before)), after);
        }
        Ok(())
    }

    fn note_text(
        &mut self,
        tenant: i64,
        set: SetId,
        (row, before): (i64, Option<Box<str>>),
        after: Option<&str>,
    ) {
        if self.text_changes.are_wanted(tenant, set) {
            self.text_changes.push(TextChange { tenant, set, row, before, after: after.map(Box::from) });
        }
    }

    fn journal(&self, numbers: &UnitNumbers<'_>, entry: &PreparedEntry) -> Result<(), ApplyError> {
        if let Some(record) = &entry.record {
            return self.journal_with(numbers, entry, record);
        }
        let mut statement = self.prepare(journal::APPEND.sqlite())?;
        let (number, request_id) = (self.schema.table(entry.set).number, numbers.unit.request_id);
        let values = (
            *self.sequence,
            numbers.tenant,
            numbers.unit.at.0,
            number,
            entry.kind.number(),
            numbers.actor,
            numbers.application,
            request_id.as_bytes(),
            &entry.keys,
        );
        statement.execute(values).map(|_| ()).map_err(ApplyError::group)
    }

    /// Appends an entry with what an audit is told.
    fn journal_with(
        &self,
        numbers: &UnitNumbers<'_>,
        entry: &PreparedEntry,
        record: &str,
    ) -> Result<(), ApplyError> {
        let link = audit::chain(self.connection, numbers.tenant, *self.sequence, record);
        let (number, request_id) = (self.schema.table(entry.set).number, numbers.unit.request_id);
        let values = (
            numbers.tenant,
            *self.sequence,
            numbers.unit.at.0,
            number,
            entry.kind.number(),
            numbers.actor,
            numbers.application,
            request_id.as_bytes(),
            &entry.keys,
            record,
            link.map_err(ApplyError::group)?,
        );
        let mut statement = self.prepare(sql::audit::APPEND.sqlite())?;
        statement.execute(values).map(|_| ()).map_err(ApplyError::group)
    }

    fn prepare(&self, text: &str) -> Result<CachedStatement<'_>, ApplyError> {
        self.connection.prepare_cached(text).map_err(ApplyError::group)
    }
}

fn unless_changed(rows: usize, set: SetId, key: &[u8]) -> Result<(), ApplyError> {
    if rows == 1 { Ok(()) } else { Err(about(key, |key| WriteError::Changed { set, key })) }
}

/// The refusal of a unit that names an entity.
fn about(key: &[u8], error: impl FnOnce(Key) -> WriteError) -> ApplyError {
    ApplyError::Unit(match Key::from_bytes(key) {
        Some(key) => error(key),
        None => WriteError::Corrupt(format!("the key {key:02x?}")),
    })
}

/// The error of a refused insert or update. SQLite names the columns: `UNIQUE constraint failed: t.tenant, t.p_x`.
fn violation(error: Error, table: &Table, set: SetId, key: &[u8]) -> ApplyError {
    if !is_of_statement(&error) {
        return ApplyError::group(error);
    }
    let text = match &error {
        Error::SqliteFailure(code, Some(text))
            if code.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE =>
        {
            text
        }
        _ => return ApplyError::Unit(write_error(error)),
    };
    let named = |name: &str| text.rsplit('.').next().is_some_and(|last| last == name);
    let column = table.columns.iter().find(|column| column.unique && named(&column.name));
    let violated = column.map_or(Violation::Key, |column| table.violated(&column.index));
    about(key, |key| match violated {
        Violation::Unique(property) => WriteError::NotUnique { set, key, property },
        Violation::Key => WriteError::Exists { set, key },
    })
}
