-- What requests that may be sent again came to: by whom and which (`name`), with which body (`content`; both are seals),
-- and the entity that was created, as its creator was shown it.
create table idempotency (
    tenant uuid not null,
    name bytea not null,
    content bytea not null,
    at bigint not null,
    key bytea not null,
    version bigint not null,
    document text not null,
    primary key (tenant, name)
);
create index idempotency_at on idempotency (tenant, at);
