-- What is to be done later, at most one piece of work of a kind for a subject. A claim leases it until a time (in
-- milliseconds since 1970, by the system's clock) and counts the fence, by which only the last claim can end it.
create table job (
    tenant uuid not null,
    kind smallint not null,
    subject bytea not null,
    content bytea not null,
    run_at bigint not null,
    attempts integer not null default 0,
    request_id uuid not null,
    fence bigint not null default 0,
    lease_owner uuid,
    lease_until bigint not null default 0,
    primary key (tenant, kind, subject)
);
create index job_due on job (run_at);

-- What belongs to no tenant: small entries under digests.
create table ledger (key bytea primary key, content bytea not null);
