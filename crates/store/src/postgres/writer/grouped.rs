//! The units that are written together: everything is sent at once, in one pipeline, before the first answer is read.

use std::collections::{BTreeMap, HashMap};

use futures_util::future::BoxFuture;
use odata::edm::SetId;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::journal_rows::JournalRows;
use super::outcome::BatchError;
use super::pipeline::{StatementResult, in_order, unknown};
use super::plan::WritePlan;
use super::row_arrays::{RowArrays, RowToWrite};
use super::side_writes::{SideWriteStatement, SideWrites};
use super::tables::WriterTables;
use super::tenant_numbers::{NumbersToTake, TakenNumbers};
use crate::meter::Meter;
use crate::postgres::connection::Connection;
use crate::postgres::error::PostgresError;
use crate::postgres::value::column;
use crate::sql::{PreparedChange, PreparedUnit, journal};

/// The operation of a statement. Inserts come before updates, and parents before what they contain, as sets are
/// ordered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum RowOperation {
    Insert,
    Update,
}

/// The rows of one statement, and the origin of each.
#[derive(Default)]
struct RowGroup<'a> {
    rows: RowArrays<'a>,
    origins: Vec<RowOrigin>,
}

/// The unit that a row comes from, and how far back from the tenant's last number its own lies.
struct RowOrigin {
    unit: usize,
    tenant: Uuid,
    back: i64,
}

/// The units that are written in one pipeline, as rows of statements.
pub(super) struct GroupedUnits<'a> {
    groups: BTreeMap<(RowOperation, SetId), RowGroup<'a>>,
    entries: JournalRows<'a>,
    side_writes: SideWrites<'a>,
    /// The number of each tenant's numbers that are used.
    pub used: HashMap<Uuid, i64>,
    /// The distance of each unit's first number from the tenant's last one.
    pub first_back: HashMap<usize, i64>,
    conditions: Vec<UnitCondition>,
    sealed: Vec<SealedUnit>,
    /// The units of tenants that are counted.
    metered: Vec<(usize, Uuid)>,
}

/// The condition of a unit: that nothing of a set is newer than a number.
struct UnitCondition {
    unit: usize,
    tenant: Uuid,
    set_number: i32,
    since: i64,
}

/// A unit that holds something sealed, and the oldest version of a data key under which it is.
struct SealedUnit {
    unit: usize,
    tenant: Uuid,
    version: i64,
}

impl<'a> GroupedUnits<'a> {
    /// Gathers the plan's grouped units into statements.
    pub fn gather(
        tables: &WriterTables,
        units: &[&'a PreparedUnit],
        plan: &WritePlan,
    ) -> Result<GroupedUnits<'a>, BatchError> {
        let mut grouped = GroupedUnits {
            groups: BTreeMap::new(),
            entries: JournalRows::default(),
            side_writes: SideWrites::default(),
            used: HashMap::new(),
            first_back: HashMap::new(),
            conditions: Vec::new(),
            sealed: Vec::new(),
            metered: Vec::new(),
        };
        for (index, unit) in plan.grouped.iter().filter_map(|index| Some((*index, *units.get(*index)?))) {
            let total = plan.numbers.get(&unit.tenant);
            let total = total.ok_or_else(|| BatchError::defect("numbers for a tenant"))?.count;
            let used = grouped.used.entry(unit.tenant).or_default();
            let first_back = total - 1 - *used;
            *used += unit.length();
            grouped.first_back.insert(index, first_back);
            grouped.entries.push(&tables.schema.layout, unit, first_back);
            let sealed_under = unit.sealed_under().map(i64::from);
            let sealed = |version| SealedUnit { unit: index, tenant: unit.tenant, version };
            grouped.sealed.extend(sealed_under.map(sealed));
            grouped.metered.extend(tables.quotas.of(unit.tenant).map(|_| (index, unit.tenant)));
            for (change, number) in unit.numbered(0) {
                match change {
                    PreparedChange::SideWrite(change) => grouped.side_writes.push(index, unit, change),
                    PreparedChange::Unchanged { set, since } => {
                        let (tenant, set_number) = (unit.tenant, tables.schema.table(*set).number);
                        grouped.conditions.push(UnitCondition {
                            unit: index,
                            tenant,
                            set_number,
                            since: *since,
                        });
                    }
                    _ => {}
                }
                let back = first_back + 1 - number;
                let Some((operation_and_set, row)) = one_row(unit.tenant, change, back) else { continue };
                let group = grouped.groups.entry(operation_and_set).or_default();
                group.rows.push(row);
                group.origins.push(RowOrigin { unit: index, tenant: unit.tenant, back });
            }
        }
        Ok(grouped)
    }

    /// Whether nothing is left to check before the commit, which can then go with the pipeline: a unit alone that only
    /// inserts either does so or fails. An update, or an insert into what may be gone, can quietly do nothing.
    pub fn ends(&self, tables: &WriterTables, plan: &WritePlan) -> bool {
        let certain = |(operation, set): &(RowOperation, SetId)| {
            *operation == RowOperation::Insert && tables.schema.table(*set).parent.is_none()
        };
        let alone = plan.single.is_empty() && plan.grouped.len() == 1;
        alone
            && self.groups.keys().all(certain)
            && self.side_writes.is_certain()
            && self.conditions.is_empty()
            && self.sealed.is_empty()
            && self.metered.is_empty()
    }

    /// Begins the transaction, takes the numbers and writes; commits too, if that [`ends`](GroupedUnits::ends) it.
    /// After a statement that failed the commit undoes everything. Returns each tenant's numbers.
    pub async fn write(
        &self,
        connection: &Connection,
        tables: &WriterTables,
        plan: &WritePlan,
    ) -> Result<HashMap<Uuid, TakenNumbers>, BatchError> {
        let tenants: Vec<Uuid> = plan.numbers.keys().copied().collect();
        let counts: Vec<i64> = plan.numbers.values().map(|numbers| numbers.count).collect();
        let changed: Vec<String> = plan.numbers.values().map(NumbersToTake::changed_text).collect();
        let growths: Vec<Option<String>> = plan.numbers.values().map(NumbersToTake::growth_text).collect();
        let ends = self.ends(tables, plan);
        let take_numbers = connection.prepare(&journal::TAKE_NUMBERS).await?;
        let numbers: [&(dyn ToSql + Sync); 4] = [&tenants, &counts, &changed, &growths];
        let mut statements = Vec::with_capacity(self.groups.len() + 1);
        for ((operation, set), group) in &self.groups {
            let texts = tables.many_rows(*set);
            let text = match operation {
                RowOperation::Insert if ends => &texts.lone_insert,
                RowOperation::Insert => &texts.insert,
                RowOperation::Update => &texts.update,
            };
            let statement = connection.prepare(text).await?;
            statements.push((statement, group.rows.parameters(tables.schema.table(*set))));
        }
        if self.entries.len() > 0 {
            let append = connection.prepare(journal::APPEND.postgres()).await?;
            statements.push((append, self.entries.parameters().to_vec()));
        }
        let side_writes = self.side_writes.statements();
        for statement in &side_writes {
            statements.push((connection.prepare(statement.text).await?, statement.parameters.clone()));
        }
        let mut pipeline: Vec<BoxFuture<'_, StatementResult>> = vec![Box::pin(connection.begin())];
        pipeline.push(Box::pin(connection.send(&take_numbers, &numbers)));
        for (statement, parameters) in &statements {
            pipeline.push(Box::pin(connection.send(statement, parameters)));
        }
        if ends {
            pipeline.push(Box::pin(connection.commit()));
        }
        let answers = in_order(pipeline).await;
        if ends && let Some(message) = unknown(&answers) {
            return Err(BatchError::unknown(message, None));
        }
        let mut answers = answers.into_iter();
        let (_, numbered) = (answers.next().transpose()?, answers.next().transpose()?);
        let taken = TakenNumbers::read(&numbered.ok_or_else(|| BatchError::defect("answer with numbers"))?)?;
        self.check(&taken, &side_writes, answers)?;
        self.check_quotas(tables, plan, &taken)?;
        Ok(taken)
    }

    /// Suspects the units of a tenant that would hold too much with all of them, or of which nobody has counted what it holds.
    fn check_quotas(
        &self,
        tables: &WriterTables,
        plan: &WritePlan,
        taken: &HashMap<Uuid, TakenNumbers>,
    ) -> Result<(), BatchError> {
        let is_full = |tenant: Uuid| {
            let quota = tables.quotas.of(tenant)?;
            let Some(held) = taken.get(&tenant)?.usage else { return Some(()) };
            let growth = plan.numbers.get(&tenant)?.growth.unwrap_or_default();
            let mut meter = Meter::new(quota, held.plus(growth.negative()));
            meter.add(growth);
            meter.check().is_err().then_some(())
        };
        let full = self.metered.iter().filter(|(_, tenant)| is_full(*tenant).is_some());
        let suspects = full.map(|(unit, tenant)| {
            tables.note_full(*tenant, true);
            *unit
        });
        let suspects: Vec<usize> = suspects.collect();
        if suspects.is_empty() { Ok(()) } else { Err(BatchError::Suspects(suspects)) }
    }

    /// Checks that every condition holds, and that every row has been changed and has got the number meant for it.
    fn check(
        &self,
        taken: &HashMap<Uuid, TakenNumbers>,
        side_writes: &[SideWriteStatement<'_>],
        answers: impl Iterator<Item = StatementResult>,
    ) -> Result<(), BatchError> {
        let is_overtaken = |condition: &&UnitCondition| {
            let taken = taken.get(&condition.tenant);
            taken.is_none_or(|taken| taken.is_newer(condition.set_number, condition.since))
        };
        let overtaken = self.conditions.iter().filter(is_overtaken);
        let mut suspects: Vec<usize> = overtaken.map(|condition| condition.unit).collect();
        let is_replaced = |SealedUnit { tenant, version, .. }: &&SealedUnit| {
            taken.get(tenant).is_none_or(|taken| taken.key_version > *version)
        };
        suspects.extend(self.sealed.iter().filter(is_replaced).map(|sealed| sealed.unit));
        let answers = answers.collect::<Result<Vec<_>, PostgresError>>().map_err(|error| match error {
            // One of the rows is impossible; which one shows when they are written one by one.
            PostgresError::Refused(_) | PostgresError::Taken(_) => {
                BatchError::Suspects(self.first_back.keys().copied().collect())
            }
            error => BatchError::Failed(error),
        })?;
        let mut answers = answers.into_iter();
        for (group, answer) in self.groups.values().zip(answers.by_ref()) {
            if answer.len() == group.origins.len() && group.origins.len() == 1 {
                continue;
            }
            let changed: Vec<(Uuid, i64)> = answer
                .iter()
                .map(|row| Ok((column(row, 0)?, column(row, 1)?)))
                .collect::<Result<_, PostgresError>>()?;
            // Rows of one entry share a version, so they are counted.
            let mut missing: HashMap<(Uuid, i64), (usize, usize)> = HashMap::new();
            for RowOrigin { unit, tenant, back } in &group.origins {
                let taken = taken.get(tenant).ok_or_else(|| BatchError::defect("numbers of a tenant"))?;
                missing.entry((*tenant, taken.last - back)).or_insert((*unit, 0)).1 += 1;
            }
            for row in changed {
                missing.entry(row).and_modify(|(_, rows)| *rows = rows.saturating_sub(1));
            }
            suspects.extend(missing.into_values().filter(|(_, rows)| *rows > 0).map(|(unit, _)| unit));
        }
        // Behind those of the groups stands the journal's.
        let answers = answers.skip(usize::from(self.entries.len() > 0));
        for (statement, answer) in side_writes.iter().zip(answers) {
            if answer.len() < statement.units.len() {
                suspects.extend(statement.units);
            }
        }
        if suspects.is_empty() { Ok(()) } else { Err(BatchError::Suspects(suspects)) }
    }
}

fn one_row(
    tenant: Uuid,
    change: &PreparedChange,
    back: i64,
) -> Option<((RowOperation, SetId), RowToWrite<'_>)> {
    match change {
        PreparedChange::Insert { set, parent, key, state } => Some((
            (RowOperation::Insert, *set),
            RowToWrite { tenant, parent: parent.as_deref(), key, expected: None, back, state },
        )),
        PreparedChange::Update { set, parent, key, expected, state } => Some((
            (RowOperation::Update, *set),
            RowToWrite { tenant, parent: parent.as_deref(), key, expected: Some(*expected), back, state },
        )),
        PreparedChange::Delete { .. }
        | PreparedChange::Note { .. }
        | PreparedChange::Unchanged { .. }
        | PreparedChange::SideWrite(_) => None,
    }
}
