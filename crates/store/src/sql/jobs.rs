//! The statements about jobs. SQLite writes them one by one; PostgreSQL many at once, from an array for each column.

use super::fixed::FixedStatement;

/// Writes jobs in place of those with the same key: tenant, kind, subject, content, run_at, request_id.
pub(crate) static ENQUEUE: FixedStatement = FixedStatement::by_database(
    "insert into job (tenant, kind, subject, content, run_at, request_id) \
     values (?1, ?2, ?3, ?4, ?5, ?6) on conflict (tenant, kind, subject) do update set \
     content = excluded.content, run_at = min(job.run_at, excluded.run_at), request_id = excluded.request_id, \
     attempts = 0, fence = job.fence + 1, lease_until = 0",
    "insert into job (tenant, kind, subject, content, run_at, request_id) \
     select * from unnest($1::uuid[], $2::smallint[], $3::bytea[], $4::bytea[], $5::bigint[], $6::uuid[]) \
     on conflict (tenant, kind, subject) do update set \
     content = excluded.content, run_at = least(job.run_at, excluded.run_at), request_id = excluded.request_id, \
     attempts = 0, fence = job.fence + 1, lease_until = 0 returning 1",
);

/// Ends jobs: tenant, kind, subject, fence. No row: `Overtaken`.
pub(crate) static FINISH: FixedStatement = FixedStatement::by_database(
    "delete from job where tenant = ?1 and kind = ?2 and subject = ?3 and fence = ?4",
    "delete from job using unnest($1::uuid[], $2::smallint[], $3::bytea[], $4::bigint[]) \
     as done(tenant, kind, subject, fence) where job.tenant = done.tenant and job.kind = done.kind \
     and job.subject = done.subject and job.fence = done.fence returning 1",
);

/// Puts jobs off: tenant, kind, subject, fence, run_at. No row: `Overtaken`.
pub(crate) static PUT_OFF: FixedStatement = FixedStatement::by_database(
    "update job set run_at = ?5, lease_until = 0 \
     where tenant = ?1 and kind = ?2 and subject = ?3 and fence = ?4",
    "update job set run_at = later.run_at, lease_until = 0 \
     from unnest($1::uuid[], $2::smallint[], $3::bytea[], $4::bigint[], $5::bigint[]) \
     as later(tenant, kind, subject, fence, run_at) where job.tenant = later.tenant and job.kind = later.kind \
     and job.subject = later.subject and job.fence = later.fence returning 1",
);

/// Leases jobs that are due: due, now, owner, end of the lease, limit. Yields tenant, kind, subject, content, run_at,
/// attempts, request_id, fence.
///
/// An SQLite file is one process's alone, so a lease of another owner there is one of a process that is gone. In
/// PostgreSQL, who claims at the same time passes over what this one takes.
pub(crate) static CLAIM: FixedStatement = FixedStatement::by_database(
    "update job set lease_until = ?4, lease_owner = ?3, fence = fence + 1, attempts = attempts + 1 \
     where rowid in (select rowid from job where run_at <= ?1 and (lease_until <= ?2 or lease_owner <> ?3) \
     order by run_at limit ?5) \
     returning tenant, kind, subject, content, run_at, attempts, request_id, fence",
    "update job set lease_until = $4, lease_owner = $3, fence = job.fence + 1, attempts = job.attempts + 1 \
     from (select tenant, kind, subject from job where run_at <= $1 and lease_until <= $2 \
     order by run_at limit $5 for update skip locked) as due \
     where job.tenant = due.tenant and job.kind = due.kind and job.subject = due.subject \
     returning job.tenant, job.kind, job.subject, job.content, job.run_at, job.attempts, job.request_id, job.fence",
);

/// The time of the next job that is not leased: now, in SQLite also the owner.
pub(crate) static NEXT: FixedStatement = FixedStatement::by_database(
    "select run_at from job where lease_until <= ?1 or lease_owner <> ?2 order by run_at limit 1",
    "select run_at from job where lease_until <= $1 order by run_at limit 1",
);

/// Yields a row if any job is due: due.
pub(crate) static ANY_DUE: FixedStatement =
    FixedStatement::common("select 1 as due from job where run_at <= ?1 limit 1");

/// Counts the jobs that are due, up to ten thousand; and yields the time of the first: due.
pub(crate) static COUNT_DUE: FixedStatement = FixedStatement::common(
    "select count(*), min(run_at) from (select run_at from job where run_at <= ?1 order by run_at limit 10000) as due",
);

/// Counts the jobs that are not done, by kind, and yields the time of the first of each: kind, count, time.
pub(crate) static COUNT_BY_KIND: FixedStatement =
    FixedStatement::common("select kind, count(*), min(run_at) from job group by kind order by kind");

/// The time of a job: tenant, kind, subject.
pub(crate) static DUE: FixedStatement =
    FixedStatement::common("select run_at from job where tenant = ?1 and kind = ?2 and subject = ?3");
