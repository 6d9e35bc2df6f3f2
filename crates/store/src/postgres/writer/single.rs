//! The units that are written one by one: deletes, changes that meet each other, and whatever failed in a group, so
//! that it fails alone and says why.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use odata::Key;
use odata::edm::SetId;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::Tables;
use super::beside::Beside;
use super::journal::{self, Entries};
use crate::WriteError;
use crate::layout::{Table, Violation};
use crate::postgres::connection::{Connection, Parameters};
use crate::postgres::failure::Failure;
use crate::sql::{Dialect, PreparedChange, PreparedUnit, SqlValue, idempotency};

static NEWER: LazyLock<Arc<str>> = LazyLock::new(|| {
    "select 1 from journal where tenant = $1 and sequence > $2 and entity_set = $3 limit 1".into()
});
static FORGET: LazyLock<Arc<str>> = LazyLock::new(|| idempotency::forget(Dialect::Postgres).into());
static REMEMBER: LazyLock<Arc<str>> = LazyLock::new(|| idempotency::remember(Dialect::Postgres).into());

/// The numbers that a transaction took for a tenant.
#[derive(Clone, Copy)]
pub(super) struct Numbers {
    /// The next to use.
    pub next: i64,
    /// The last that was taken.
    pub last: i64,
}

/// Writes units within a transaction that has begun.
pub(super) struct Single<'a> {
    connection: &'a Connection,
    tables: &'a Tables,
    pub numbers: HashMap<Uuid, Numbers>,
    entries: Entries,
}

/// Why a change was not made.
enum Obstacle {
    /// The unit is at fault: it fails, the others go on.
    Unit(WriteError),
    /// The transaction is.
    Transaction(Failure),
}

impl<'a> Single<'a> {
    /// Goes on with these numbers.
    pub fn new(
        connection: &'a Connection,
        tables: &'a Tables,
        numbers: HashMap<Uuid, Numbers>,
    ) -> Single<'a> {
        Single { connection, tables, numbers, entries: Entries::default() }
    }

    /// Writes one unit. The inner result is the unit's; the outer one fails if the transaction has.
    pub async fn write(&mut self, unit: &PreparedUnit) -> Result<Result<Vec<i64>, WriteError>, Failure> {
        for change in &unit.changes {
            if !self.is_unchanged(unit.tenant, change).await? {
                return Ok(Err(WriteError::Overtaken));
            }
        }
        let savepoint = unit.changes.len() > 1
            || !unit.remembered.is_empty()
            || matches!(unit.changes.first(), Some(first) if may_fail(first));
        if savepoint {
            self.connection.run("savepoint unit").await?;
        }
        let Some(Numbers { mut next, last }) = self.numbers.get(&unit.tenant).copied() else {
            return Err(Failure::Refused("the tenant has no numbers".into()));
        };
        let mut versions = Vec::with_capacity(unit.changes.len());
        for change in &unit.changes {
            let version = if change.is_journaled() { next } else { 0 };
            match self.change(unit, change, next).await {
                Ok(()) => versions.push(version),
                Err(Obstacle::Transaction(failure)) => return Err(failure),
                Err(Obstacle::Unit(error)) => {
                    if savepoint {
                        self.connection.run("rollback to savepoint unit; release savepoint unit").await?;
                    }
                    return Ok(Err(error));
                }
            }
            next += i64::from(change.is_journaled());
        }
        if !self.remember(unit, &versions).await? {
            self.connection.run("rollback to savepoint unit; release savepoint unit").await?;
            return Ok(Err(WriteError::Repeated));
        }
        for (change, version) in unit.changes.iter().zip(&versions) {
            self.entries.push(&self.tables.layout, unit, change, last - version);
        }
        self.numbers.insert(unit.tenant, Numbers { next, last });
        if savepoint {
            self.connection.run("release savepoint unit").await?;
        }
        Ok(Ok(versions))
    }

    /// Whether nothing in a set is newer than it was when the unit was decided, if the change says so.
    async fn is_unchanged(&self, tenant: Uuid, change: &PreparedChange) -> Result<bool, Failure> {
        let PreparedChange::Unchanged { set, since } = change else { return Ok(true) };
        let number = self.tables.layout.table(*set).number;
        if self.entries.hold(tenant, number) {
            return Ok(false);
        }
        Ok(self.connection.query(&NEWER, &[&tenant, since, &number]).await?.is_empty())
    }

    /// Keeps what the unit's requests came to, and forgets some of what is too old; false if one is known already.
    async fn remember(&self, unit: &PreparedUnit, versions: &[i64]) -> Result<bool, Failure> {
        for memory in &unit.remembered {
            self.connection.execute(&FORGET, &[&unit.tenant, &memory.since]).await?;
            let version = versions.get(memory.change).copied().unwrap_or_default();
            let parameters: Parameters<'_> = &[
                &unit.tenant,
                &memory.name.as_slice(),
                &memory.content.as_slice(),
                &unit.at.0,
                &memory.key,
                &version,
                &&*memory.document,
                &memory.since,
            ];
            if self.connection.execute(&REMEMBER, parameters).await? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Appends the journal's entries, and gives back the numbers that failed units did not use.
    pub async fn finish(self) -> Result<(), Failure> {
        if self.entries.len() > 0 {
            self.connection.execute(&journal::APPEND, &self.entries.parameters()).await?;
        }
        for (tenant, numbers) in self.numbers {
            if numbers.next <= numbers.last {
                let text = "update tenant set sequence = $2 where id = $1".into();
                self.connection.execute(&text, &[&tenant, &(numbers.next - 1)]).await?;
            }
        }
        Ok(())
    }

    async fn change(
        &self,
        unit: &PreparedUnit,
        change: &PreparedChange,
        version: i64,
    ) -> Result<(), Obstacle> {
        let tenant = unit.tenant;
        match change {
            PreparedChange::Insert { set, parent, key, columns, document, sealed } => {
                let table = self.tables.layout.table(*set);
                self.parent_exists(table, tenant, parent.as_ref()).await?;
                let mut bound = Bound::new(tenant, parent.as_ref(), key);
                bound.extend([SqlValue::Integer(version)]);
                bound.state(table, columns, document, sealed.as_ref());
                let inserted = self.connection.execute(&table.write.insert, &bound.parameters()).await;
                inserted.map(|_| ()).map_err(|failure| obstacle(failure, table, *set, key))
            }
            PreparedChange::Update { set, parent, key, expected, columns, document, sealed } => {
                let table = self.tables.layout.table(*set);
                let mut bound = Bound::new(tenant, parent.as_ref(), key);
                bound.extend([SqlValue::Integer(*expected), SqlValue::Integer(version)]);
                bound.state(table, columns, document, sealed.as_ref());
                self.expecting(table, *set, key, &table.write.update, &bound.parameters()).await
            }
            PreparedChange::Delete { set, parent, key, expected } => {
                let table = self.tables.layout.table(*set);
                let mut bound = Bound::new(tenant, parent.as_ref(), key);
                bound.extend([SqlValue::Integer(*expected)]);
                self.expecting(table, *set, key, &table.write.delete, &bound.parameters()).await?;
                for cascade in &table.write.cascade {
                    let ended = self.connection.execute(cascade, &[&tenant, key]).await;
                    ended.map_err(|failure| obstacle(failure, table, *set, key))?;
                }
                Ok(())
            }
            PreparedChange::Note { .. } | PreparedChange::Unchanged { .. } => Ok(()),
            PreparedChange::Beside(change) => self.beside(unit, change).await,
        }
    }

    async fn beside(&self, unit: &PreparedUnit, change: &crate::sql::Beside) -> Result<(), Obstacle> {
        let mut beside = Beside::default();
        beside.push(0, unit, change);
        for statement in beside.statements() {
            let changed = self.connection.execute(statement.text, &statement.parameters).await;
            if changed.map_err(Obstacle::Transaction)? == 0 {
                return Err(Obstacle::Unit(WriteError::Overtaken));
            }
        }
        Ok(())
    }

    async fn parent_exists(
        &self,
        table: &Table,
        tenant: Uuid,
        parent: Option<&Vec<u8>>,
    ) -> Result<(), Obstacle> {
        let Some((text, parent)) = table.write.parent_exists.as_ref().zip(parent) else { return Ok(()) };
        let found = self.connection.query(text, &[&tenant, parent]).await.map_err(Obstacle::Transaction)?;
        if found.is_empty() { Err(Obstacle::Unit(WriteError::NoParent)) } else { Ok(()) }
    }

    /// Runs a statement that changes the row in the expected version, or none.
    async fn expecting(
        &self,
        table: &Table,
        set: SetId,
        key: &[u8],
        text: &std::sync::Arc<str>,
        parameters: Parameters<'_>,
    ) -> Result<(), Obstacle> {
        match self.connection.execute(text, parameters).await {
            Ok(0) => Err(Obstacle::Unit(named(key, |key| WriteError::Changed { set, key }))),
            Ok(_) => Ok(()),
            Err(failure) => Err(obstacle(failure, table, set, key)),
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
        | PreparedChange::Beside(_) => false,
    }
}

fn obstacle(failure: Failure, table: &Table, set: SetId, key: &[u8]) -> Obstacle {
    match failure {
        Failure::Taken(index) => Obstacle::Unit(match table.violated(&index) {
            Violation::Key => named(key, |key| WriteError::Exists { set, key }),
            Violation::Unique(property) => WriteError::NotUnique { set, property },
        }),
        Failure::Refused(message) => Obstacle::Unit(WriteError::Corrupt(message)),
        failure => Obstacle::Transaction(failure),
    }
}

/// An error that names an entity.
fn named(key: &[u8], error: impl Fn(Key) -> WriteError) -> WriteError {
    Key::from_bytes(key).map_or_else(|| WriteError::Corrupt("a malformed key".into()), error)
}

/// The parameters of a statement of one row.
struct Bound {
    tenant: Uuid,
    values: Vec<SqlValue>,
}

impl Bound {
    fn new(tenant: Uuid, parent: Option<&Vec<u8>>, key: &[u8]) -> Bound {
        let keys = parent.map(Vec::as_slice).into_iter().chain([key]);
        Bound { tenant, values: keys.map(|key| SqlValue::Bytes(key.into())).collect() }
    }

    fn extend(&mut self, values: impl IntoIterator<Item = SqlValue>) {
        self.values.extend(values);
    }

    /// The columns, the document, and the secrets where the table has them.
    fn state(&mut self, table: &Table, columns: &[SqlValue], document: &str, sealed: Option<&Vec<u8>>) {
        self.values.extend_from_slice(columns);
        self.values.push(SqlValue::Text(document.into()));
        if table.sealed {
            let sealed = sealed.map(|bytes| SqlValue::Bytes(bytes.as_slice().into()));
            self.values.push(sealed.unwrap_or(SqlValue::Null));
        }
    }

    fn parameters(&self) -> Vec<&(dyn ToSql + Sync)> {
        let values = self.values.iter().map(|value| value as &(dyn ToSql + Sync));
        [&self.tenant as &(dyn ToSql + Sync)].into_iter().chain(values).collect()
    }
}
