//! What rests beside the entities, in one transaction: jobs and entries of the ledger, many rows a statement.

use std::sync::{Arc, LazyLock};

use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::LedgerChange;
use crate::sql::{Beside as Change, JobPlace, PreparedUnit};

static ENQUEUE: LazyLock<Arc<str>> = LazyLock::new(|| {
    "insert into job (tenant, kind, subject, content, run_at, request_id) \
     select * from unnest($1::uuid[], $2::smallint[], $3::bytea[], $4::bytea[], $5::bigint[], $6::uuid[]) \
     on conflict (tenant, kind, subject) do update set \
     content = excluded.content, run_at = least(job.run_at, excluded.run_at), request_id = excluded.request_id, \
     attempts = 0, fence = job.fence + 1, lease_until = 0 returning 1"
        .into()
});
static FINISH: LazyLock<Arc<str>> = LazyLock::new(|| {
    "delete from job using unnest($1::uuid[], $2::smallint[], $3::bytea[], $4::bigint[]) \
     as done(tenant, kind, subject, fence) where job.tenant = done.tenant and job.kind = done.kind \
     and job.subject = done.subject and job.fence = done.fence returning 1"
        .into()
});
static PUT_OFF: LazyLock<Arc<str>> = LazyLock::new(|| {
    "update job set run_at = later.run_at, lease_until = 0 \
     from unnest($1::uuid[], $2::smallint[], $3::bytea[], $4::bigint[], $5::bigint[]) \
     as later(tenant, kind, subject, fence, run_at) where job.tenant = later.tenant and job.kind = later.kind \
     and job.subject = later.subject and job.fence = later.fence returning 1"
        .into()
});
static NEW_ENTRIES: LazyLock<Arc<str>> = LazyLock::new(|| {
    "insert into ledger (key, content) select * from unnest($1::bytea[], $2::bytea[]) \
     on conflict do nothing returning 1"
        .into()
});
static CHANGED_ENTRIES: LazyLock<Arc<str>> = LazyLock::new(|| {
    "update ledger set content = next.after from unnest($1::bytea[], $2::bytea[], $3::bytea[]) \
     as next(key, before, after) where ledger.key = next.key and ledger.content = next.before returning 1"
        .into()
});
static ENDED_ENTRIES: LazyLock<Arc<str>> = LazyLock::new(|| {
    "delete from ledger using unnest($1::bytea[], $2::bytea[]) as ended(key, before) \
     where ledger.key = ended.key and ledger.content = ended.before returning 1"
        .into()
});

/// The changes, by the statement that makes them.
#[derive(Default)]
pub(super) struct Beside<'a> {
    enqueued: Jobs<'a>,
    finished: Jobs<'a>,
    put_off: Jobs<'a>,
    new: Entries<'a>,
    changed: Entries<'a>,
    ended: Entries<'a>,
}

/// Jobs, column by column.
#[derive(Default)]
struct Jobs<'a> {
    tenants: Vec<Uuid>,
    kinds: Vec<i16>,
    subjects: Vec<&'a [u8]>,
    contents: Vec<&'a [u8]>,
    fences: Vec<i64>,
    run_at: Vec<i64>,
    request_ids: Vec<Uuid>,
    units: Vec<usize>,
}

/// Entries of the ledger, column by column.
#[derive(Default)]
struct Entries<'a> {
    keys: Vec<&'a [u8]>,
    before: Vec<&'a [u8]>,
    after: Vec<&'a [u8]>,
    units: Vec<usize>,
}

/// One of the statements. It answers a row for each that it changed: if there are fewer than units, one of these units
/// was too late.
pub(super) struct Statement<'b> {
    pub text: &'static Arc<str>,
    pub parameters: Vec<&'b (dyn ToSql + Sync)>,
    pub units: &'b [usize],
}

impl<'a> Beside<'a> {
    /// Adds a change of the unit of this number.
    pub fn push(&mut self, number: usize, unit: &PreparedUnit, change: &'a Change) {
        match change {
            Change::Enqueue { place, content, run_at } => {
                self.enqueued.push(number, unit, place);
                self.enqueued.contents.push(content);
                self.enqueued.run_at.push(*run_at);
            }
            Change::Finish { place, fence } => {
                self.finished.push(number, unit, place);
                self.finished.fences.push(*fence);
            }
            Change::PutOff { place, fence, run_at } => {
                self.put_off.push(number, unit, place);
                self.put_off.fences.push(*fence);
                self.put_off.run_at.push(*run_at);
            }
            Change::Ledger(LedgerChange { key, before, after }) => {
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

    /// Whether nothing in it can quietly do nothing: a job is written whatever is there.
    pub fn is_certain(&self) -> bool {
        let Beside { enqueued: _, finished, put_off, new, changed, ended } = self;
        let units = [&finished.units, &put_off.units, &new.units, &changed.units, &ended.units];
        units.into_iter().all(Vec::is_empty)
    }

    /// The statements that there is something for.
    pub fn statements(&self) -> Vec<Statement<'_>> {
        let Beside { enqueued, finished, put_off, new, changed, ended } = self;
        let mut statements = vec![
            Statement {
                text: &ENQUEUE,
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
            Statement {
                text: &FINISH,
                parameters: vec![&finished.tenants, &finished.kinds, &finished.subjects, &finished.fences],
                units: &finished.units,
            },
            Statement {
                text: &PUT_OFF,
                parameters: vec![
                    &put_off.tenants,
                    &put_off.kinds,
                    &put_off.subjects,
                    &put_off.fences,
                    &put_off.run_at,
                ],
                units: &put_off.units,
            },
            Statement { text: &NEW_ENTRIES, parameters: vec![&new.keys, &new.after], units: &new.units },
            Statement {
                text: &CHANGED_ENTRIES,
                parameters: vec![&changed.keys, &changed.before, &changed.after],
                units: &changed.units,
            },
            Statement {
                text: &ENDED_ENTRIES,
                parameters: vec![&ended.keys, &ended.before],
                units: &ended.units,
            },
        ];
        statements.retain(|statement| !statement.units.is_empty());
        statements
    }
}

impl<'a> Jobs<'a> {
    fn push(&mut self, number: usize, unit: &PreparedUnit, place: &'a JobPlace) {
        self.tenants.push(unit.tenant);
        self.kinds.push(place.kind);
        self.subjects.push(&place.subject);
        self.request_ids.push(unit.request_id);
        self.units.push(number);
    }
}
