-- What requests that may be sent again came to: by whom and which (`name`), with which body (`content`; both are seals),
-- and the entity that was created, as its creator was shown it.
create table idempotency (
    tenant integer not null,
    name blob not null,
    content blob not null,
    at integer not null,
    key blob not null,
    version integer not null,
    document text not null,
    primary key (tenant, name)
) without rowid;
create index idempotency_at on idempotency (tenant, at);
