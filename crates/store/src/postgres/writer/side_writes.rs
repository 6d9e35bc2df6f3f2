//! The changes of jobs and of the ledger in one transaction, many rows a statement.

use std::sync::Arc;

use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::ledger::LedgerChange;
use crate::sql::{JobKey, PreparedUnit, SideWrite, jobs, ledger};

/// The changes, by the statement that makes them.
#[derive(Default)]
pub(super) struct SideWrites<'a> {
    enqueued: JobArrays<'a>,
    finished: JobArrays<'a>,
    put_off: JobArrays<'a>,
    new: LedgerArrays<'a>,
    changed: LedgerArrays<'a>,
    ended: LedgerArrays<'a>,
}

/// Changes of jobs, column by column.
#[derive(Default)]
struct JobArrays<'a> {
    tenants: Vec<Uuid>,
    kinds: Vec<i16>,
    subjects: Vec<&'a [u8]>,
    contents: Vec<&'a [u8]>,
    fences: Vec<i64>,
    run_at: Vec<i64>,
    request_ids: Vec<Uuid>,
    units: Vec<usize>,
}

/// Changes of the ledger, column by column.
#[derive(Default)]
struct LedgerArrays<'a> {
    keys: Vec<&'a [u8]>,
    before: Vec<&'a [u8]>,
    after: Vec<&'a [u8]>,
    units: Vec<usize>,
}

/// A statement of many changes. It answers a row for each that it made: if there are fewer than units, one of these
/// units was too late.
pub(super) struct SideWriteStatement<'b> {
    pub text: &'static Arc<str>,
    pub parameters: Vec<&'b (dyn ToSql + Sync)>,
    pub units: &'b [usize],
}

impl<'a> SideWrites<'a> {
    /// Adds a change of the unit of this number.
    pub fn push(&mut self, number: usize, unit: &PreparedUnit, change: &'a SideWrite) {
        match change {
            SideWrite::Enqueue { job, content, run_at } => {
                self.enqueued.push(number, unit, job);
                self.enqueued.contents.push(content);
                self.enqueued.run_at.push(*run_at);
            }
            SideWrite::Finish { job, fence } => {
                self.finished.push(number, unit, job);
                self.finished.fences.push(*fence);
            }
            SideWrite::PutOff { job, fence, run_at } => {
                self.put_off.push(number, unit, job);
                self.put_off.fences.push(*fence);
                self.put_off.run_at.push(*run_at);
            }
            SideWrite::Ledger(LedgerChange { key, before, after }) => {
                let entries = match (before, after) {
                    (None, None) => return,
                    (None, Some(_)) => &mut self.new,
                    (Some(_), Some(_)) => &mut self.changed,
                    (Some(_), None) => &mut self.ended,
                };
                entries.keys.push(key);
                entries.before.extend(before.as_deref());
                entries.after.extend(after.as_deref());
                entries.units.push(number);
            }
        }
    }

    /// Whether no statement can quietly do nothing: a job is written whatever is there.
    pub fn is_certain(&self) -> bool {
        let SideWrites { enqueued: _, finished, put_off, new, changed, ended } = self;
        let units = [&finished.units, &put_off.units, &new.units, &changed.units, &ended.units];
        units.into_iter().all(Vec::is_empty)
    }

    /// The statements that there is something for.
    pub fn statements(&self) -> Vec<SideWriteStatement<'_>> {
        let SideWrites { enqueued, finished, put_off, new, changed, ended } = self;
        let mut statements = vec![
            SideWriteStatement {
                text: jobs::ENQUEUE.postgres(),
                parameters: vec![
                    &enqueued.tenants,
                    &enqueued.kinds,
                    &enqueued.subjects,
                    &enqueued.contents,
                    &enqueued.run_at,
                    &enqueued.request_ids,
                ],
                units: &enqueued.units,
            },
            SideWriteStatement {
                text: jobs::FINISH.postgres(),
                parameters: vec![&finished.tenants, &finished.kinds, &finished.subjects, &finished.fences],
                units: &finished.units,
            },
            SideWriteStatement {
                text: jobs::PUT_OFF.postgres(),
                parameters: vec![
                    &put_off.tenants,
                    &put_off.kinds,
                    &put_off.subjects,
                    &put_off.fences,
                    &put_off.run_at,
                ],
                units: &put_off.units,
            },
            SideWriteStatement {
                text: ledger::INSERT.postgres(),
                parameters: vec![&new.keys, &new.after],
                units: &new.units,
            },
            SideWriteStatement {
                text: ledger::UPDATE.postgres(),
                parameters: vec![&changed.keys, &changed.before, &changed.after],
                units: &changed.units,
            },
            SideWriteStatement {
                text: ledger::DELETE.postgres(),
                parameters: vec![&ended.keys, &ended.before],
                units: &ended.units,
            },
        ];
        statements.retain(|statement| !statement.units.is_empty());
        statements
    }
}

impl<'a> JobArrays<'a> {
    fn push(&mut self, number: usize, unit: &PreparedUnit, job: &'a JobKey) {
        self.tenants.push(unit.tenant);
        self.kinds.push(job.kind);
        self.subjects.push(&job.subject);
        self.request_ids.push(unit.request_id);
        self.units.push(number);
    }
}
