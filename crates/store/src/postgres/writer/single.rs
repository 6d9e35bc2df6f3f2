//! The units that are written one by one: deletes, changes that meet each other, and whatever failed in a group, so
//! that it fails alone and says why.

use std::collections::HashMap;
use std::sync::Arc;

use odata::Key;
use odata::edm::SetId;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::audit_rows::AuditRows;
use super::journal_rows::JournalRows;
use super::settlement::UnitResult;
use super::side_writes::SideWrites;
use super::tables::WriterTables;
use super::tenant_numbers::TakenNumbers;
use crate::error::WriteError;
use crate::layout::{Table, Violation};
use crate::meter::Meter;
use crate::postgres::connection::{Connection, Parameters};
use crate::postgres::error::PostgresError;
use crate::postgres::measure::PostgresMeasure;
use crate::quota::Usage;
use crate::sql::{
    PreparedChange, PreparedUnit, RowState, RowStatements, SideWrite, SqlValue, idempotency, journal,
    tenant_records, transaction,
};

/// The numbers that a transaction took for a tenant and has not used.
pub(super) struct UnusedNumbers {
    /// The next number to use.
    pub next: i64,
    pub taken: TakenNumbers,
    /// Whether the units written one by one have changed what the tenant holds.
    pub is_metered: bool,
}

/// Writes units within a transaction that has begun.
pub(super) struct SingleUnits<'a> {
    connection: &'a Connection,
    tables: &'a WriterTables,
    numbers: HashMap<Uuid, UnusedNumbers>,
    entries: JournalRows<'a>,
    audited: AuditRows<'a>,
}

/// The reason why a change was not made.
enum ChangeError {
    /// The unit is at fault: it fails, and the others go on.
    Unit(WriteError),
    /// The transaction has failed, with all units.
    Transaction(PostgresError),
}

impl<'a> SingleUnits<'a> {
    /// Writes units with these numbers.
    pub fn new(
        connection: &'a Connection,
        tables: &'a WriterTables,
        numbers: HashMap<Uuid, UnusedNumbers>,
    ) -> SingleUnits<'a> {
        let (entries, audited) = (JournalRows::default(), AuditRows::default());
        SingleUnits { connection, tables, numbers, entries, audited }
    }

    /// Writes one unit. The inner result is the unit's; the outer one fails if the transaction has.
    pub async fn write(&mut self, unit: &'a PreparedUnit) -> Result<UnitResult, PostgresError> {
        let Some(unused) = self.numbers.get(&unit.tenant) else {
            return Err(PostgresError::Refused("the tenant has no numbers".into()));
        };
        if unit.changes.iter().any(|change| self.is_overtaken(&unused.taken, change)) {
            return Ok(Err(WriteError::Overtaken));
        }
        if unit.sealed_under().is_some_and(|version| i64::from(version) < unused.taken.key_version) {
            return Ok(Err(WriteError::KeyReplaced));
        }
        let (next, last) = (unused.next, unused.taken.last);
        let savepoint = unit.changes.len() > 1
            || !unit.idempotency_records.is_empty()
            || matches!(unit.changes.first(), Some(first) if may_fail(first));
        if savepoint {
            self.connection.run(transaction::SAVEPOINT).await?;
        }
        let mut meter = self.meter(unit).await?;
        let mut versions = Vec::with_capacity(unit.changes.len());
        for (change, version) in unit.numbered(next - 1) {
            match self.metered_change(unit, change, version, meter.as_mut()).await {
                Ok(()) => versions.push(version),
                Err(ChangeError::Transaction(error)) => return Err(error),
                Err(ChangeError::Unit(error)) => {
                    if savepoint {
                        self.connection.run(transaction::ABANDON_SAVEPOINT).await?;
                    }
                    return Ok(Err(error));
                }
            }
        }
        if let Some(Err(error)) = meter.as_ref().map(Meter::check) {
            self.tables.note_full(unit.tenant, true);
            self.connection.run(transaction::ABANDON_SAVEPOINT).await?;
            return Ok(Err(error));
        }
        if !self.remember(unit, &versions).await? {
            self.connection.run(transaction::ABANDON_SAVEPOINT).await?;
            return Ok(Err(WriteError::Repeated));
        }
        self.entries.push(&self.tables.schema.layout, unit, last - next);
        self.audited.push(&self.tables.schema.layout, unit, next);
        if let Some(unused) = self.numbers.get_mut(&unit.tenant) {
            unused.next = next + unit.length();
            unused.taken.note(&self.tables.schema.layout, unit);
            if let Some(meter) = meter {
                self.tables.note_full(unit.tenant, false);
                unused.taken.usage = Some(meter.now);
                unused.is_metered = true;
            }
        }
        if savepoint {
            self.connection.run(transaction::RELEASE_SAVEPOINT).await?;
        }
        Ok(Ok(versions))
    }

    /// Whether a change is a condition that does not hold: something in its set is newer than the unit's decision.
    fn is_overtaken(&self, taken: &TakenNumbers, change: &PreparedChange) -> bool {
        let PreparedChange::Unchanged { set, since } = change else { return false };
        taken.is_newer(self.tables.schema.table(*set).number, *since)
    }

    /// Writes the unit's idempotency records, and expires some that are too old; false if one is known already.
    async fn remember(&self, unit: &PreparedUnit, versions: &[i64]) -> Result<bool, PostgresError> {
        for record in &unit.idempotency_records {
            self.connection.execute(idempotency::EXPIRE.postgres(), &[&unit.tenant, &record.since]).await?;
            let version = versions.get(record.change).ok_or_else(|| {
                let change = record.change;
                PostgresError::Refused(format!(
                    "an idempotency record is about change {change}, which is none"
                ))
            })?;
            let parameters: Parameters<'_> = &[
                &unit.tenant,
                &record.name.as_slice(),
                &record.content.as_slice(),
                &unit.at.0,
                &record.key,
                version,
                &&*record.document,
                &record.since,
            ];
            if self.connection.execute(idempotency::WRITE.postgres(), parameters).await? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Appends the journal's entries, and gives back the numbers that failed units did not use.
    pub async fn finish(self) -> Result<(), PostgresError> {
        if self.entries.len() > 0 {
            self.connection.execute(journal::APPEND.postgres(), &self.entries.parameters()).await?;
        }
        self.audited.append(self.connection).await?;
        for (tenant, UnusedNumbers { next, taken, is_metered }) in self.numbers {
            if let Some(Usage { records, bytes, counted }) = taken.usage.filter(|_| is_metered) {
                let text = tenant_records::SET_USAGE.postgres();
                self.connection.execute(text, &[&tenant, &[records, bytes, counted].as_slice()]).await?;
            }
            if next <= taken.last {
                let text = &journal::GIVE_BACK_NUMBERS;
                self.connection.execute(text, &[&tenant, &(next - 1)]).await?;
            }
        }
        Ok(())
    }

    /// The count of a unit, if its tenant has a quota.
    async fn meter(&self, unit: &PreparedUnit) -> Result<Option<Meter>, PostgresError> {
        let Some(quota) = self.tables.quotas.of(unit.tenant) else { return Ok(None) };
        let known = self.numbers.get(&unit.tenant).and_then(|unused| unused.taken.usage);
        let held = match known {
            Some(held) => held,
            None => self.measure(unit.tenant).all().await?,
        };
        Ok(Some(Meter::new(quota, held)))
    }

    fn measure(&self, tenant: Uuid) -> PostgresMeasure<'_> {
        let (schema, quotas) = (&self.tables.schema, &self.tables.quotas);
        PostgresMeasure { connection: self.connection, schema, quotas, tenant }
    }

    async fn metered_change(
        &self,
        unit: &PreparedUnit,
        change: &PreparedChange,
        version: i64,
        meter: Option<&mut Meter>,
    ) -> Result<(), ChangeError> {
        if let Some(meter) = meter {
            let difference = self.measure(unit.tenant).change(change).await;
            meter.add(difference.map_err(ChangeError::Transaction)?);
        }
        self.change(unit, change, version).await
    }

    async fn change(
        &self,
        unit: &PreparedUnit,
        change: &PreparedChange,
        version: i64,
    ) -> Result<(), ChangeError> {
        let tenant = unit.tenant;
        match change {
            PreparedChange::Insert { set, parent, key, state } => {
                let (table, statements) = self.table(*set);
                if !self.parent_exists(statements, tenant, parent.as_ref()).await? {
                    return Err(ChangeError::Unit(named(key, |key| WriteError::NoParent { set: *set, key })));
                }
                let mut bound = RowParameters::new(tenant, parent.as_ref(), key);
                bound.extend([SqlValue::Integer(version)]);
                bound.state(table, state);
                let inserted = self.connection.execute(&statements.insert, &bound.parameters()).await;
                inserted.map(|_| ()).map_err(|error| change_error(error, table, *set, key))
            }
            PreparedChange::Update { set, parent, key, expected, state } => {
                let (table, statements) = self.table(*set);
                let mut bound = RowParameters::new(tenant, parent.as_ref(), key);
                bound.extend([SqlValue::Integer(*expected), SqlValue::Integer(version)]);
                bound.state(table, state);
                self.expecting(table, *set, key, &statements.update, &bound.parameters()).await
            }
            PreparedChange::Delete { set, parent, key, expected } => {
                let (table, statements) = self.table(*set);
                let mut bound = RowParameters::new(tenant, parent.as_ref(), key);
                bound.extend([SqlValue::Integer(*expected)]);
                self.expecting(table, *set, key, &statements.delete, &bound.parameters()).await?;
                for cascade in &statements.cascade {
                    let ended = self.connection.execute(&cascade.delete, &[&tenant, key]).await;
                    ended.map_err(|error| change_error(error, table, *set, key))?;
                }
                Ok(())
            }
            PreparedChange::Note { .. } | PreparedChange::Unchanged { .. } => Ok(()),
            PreparedChange::SideWrite(change) => self.side_write(unit, change).await,
        }
    }

    fn table(&self, set: SetId) -> (&Table, &RowStatements) {
        (self.tables.schema.table(set), self.tables.schema.statements(set))
    }

    async fn side_write(&self, unit: &PreparedUnit, change: &SideWrite) -> Result<(), ChangeError> {
        let mut side_writes = SideWrites::default();
        side_writes.push(0, unit, change);
        for statement in side_writes.statements() {
            let changed = self.connection.execute(statement.text, &statement.parameters).await;
            if changed.map_err(ChangeError::Transaction)? == 0 {
                return Err(ChangeError::Unit(WriteError::Overtaken));
            }
        }
        Ok(())
    }

    async fn parent_exists(
        &self,
        statements: &RowStatements,
        tenant: Uuid,
        parent: Option<&Vec<u8>>,
    ) -> Result<bool, ChangeError> {
        let Some((text, parent)) = statements.parent_exists.as_ref().zip(parent) else { return Ok(true) };
        let found =
            self.connection.query(text, &[&tenant, parent]).await.map_err(ChangeError::Transaction)?;
        Ok(!found.is_empty())
    }

    /// Runs a statement that changes the row in the expected version, or none.
    async fn expecting(
        &self,
        table: &Table,
        set: SetId,
        key: &[u8],
        text: &Arc<str>,
        parameters: Parameters<'_>,
    ) -> Result<(), ChangeError> {
        match self.connection.execute(text, parameters).await {
            Ok(0) => Err(ChangeError::Unit(named(key, |key| WriteError::Changed { set, key }))),
            Ok(_) => Ok(()),
            Err(error) => Err(change_error(error, table, set, key)),
        }
    }
}

/// Whether a change alone can break the transaction: by a value the database refuses or an index that has it.
fn may_fail(change: &PreparedChange) -> bool {
    match change {
        PreparedChange::Insert { .. } | PreparedChange::Update { .. } => true,
        PreparedChange::Delete { .. }
        | PreparedChange::Note { .. }
        | PreparedChange::Unchanged { .. }
        | PreparedChange::SideWrite(_) => false,
    }
}

fn change_error(error: PostgresError, table: &Table, set: SetId, key: &[u8]) -> ChangeError {
    match error {
        PostgresError::Taken(index) => ChangeError::Unit(match table.violated(&index) {
            Violation::Key => named(key, |key| WriteError::Exists { set, key }),
            Violation::Unique(property) => named(key, |key| WriteError::NotUnique { set, key, property }),
        }),
        PostgresError::Refused(message) => ChangeError::Unit(WriteError::Corrupt(message)),
        error => ChangeError::Transaction(error),
    }
}

/// An error that names an entity.
fn named(key: &[u8], error: impl Fn(Key) -> WriteError) -> WriteError {
    Key::from_bytes(key).map_or_else(|| WriteError::Corrupt("a malformed key".into()), error)
}

/// The parameters of a statement of one row.
struct RowParameters {
    tenant: Uuid,
    values: Vec<SqlValue>,
}

impl RowParameters {
    fn new(tenant: Uuid, parent: Option<&Vec<u8>>, key: &[u8]) -> RowParameters {
        let keys = parent.map(Vec::as_slice).into_iter().chain([key]);
        RowParameters { tenant, values: keys.map(|key| SqlValue::Bytes(key.into())).collect() }
    }

    fn extend(&mut self, values: impl IntoIterator<Item = SqlValue>) {
        self.values.extend(values);
    }

    /// Adds an entity's state: the columns, the document, and secrets and binary value where the table has them.
    fn state(&mut self, table: &Table, state: &RowState) {
        let bytes = |bytes: &Option<Vec<u8>>| {
            bytes.as_deref().map_or(SqlValue::Null, |bytes| SqlValue::Bytes(bytes.into()))
        };
        self.values.extend_from_slice(&state.columns);
        self.values.push(SqlValue::Text(state.document.clone()));
        self.values.extend(table.sealed.then(|| bytes(&state.sealed)));
        self.values.extend(table.detached.map(|_| bytes(&state.detached)));
    }

    fn parameters(&self) -> Vec<&(dyn ToSql + Sync)> {
        let values = self.values.iter().map(|value| value as &(dyn ToSql + Sync));
        [&self.tenant as &(dyn ToSql + Sync)].into_iter().chain(values).collect()
    }
}
