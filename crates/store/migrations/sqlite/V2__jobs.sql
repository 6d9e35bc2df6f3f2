-- What is to be done later, at most one piece of work of a kind for a subject. A claim leases it until a time (in
-- milliseconds since 1970, by the system's clock) and counts the fence, by which only the last claim can end it.
create table job (
    tenant blob not null,
    kind integer not null,
    subject blob not null,
    content blob not null,
    run_at integer not null,
    attempts integer not null default 0,
    request_id blob not null,
    fence integer not null default 0,
    lease_owner blob,
    lease_until integer not null default 0,
    primary key (tenant, kind, subject)
);
create index job_due on job (run_at);

-- What belongs to no tenant: small entries under digests.
create table ledger (key blob primary key, content blob not null) without rowid;
