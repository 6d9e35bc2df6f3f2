-- The key-encryption key that wraps the data keys: its version, its fingerprint, the place it comes from; and, while it is being
-- replaced, the next one. `rotation` counts the rotations of data keys; `resealing` is 1 while values are sealed anew.
create table key_state (
    id integer primary key check (id = 1),
    kek_version bigint not null,
    kek_fingerprint bytea not null,
    kek_source text not null,
    next_fingerprint bytea,
    next_source text,
    rotation bigint not null default 0,
    resealing bigint not null default 0
);

-- While the key-encryption key is being replaced: the servers, the key that each holds last, and when it said so (in
-- milliseconds since 1970, by the database's clock).
create table key_holder (process uuid primary key, fingerprint bytea not null, seen_at bigint not null);

-- A data key as the next key-encryption key has wrapped it, and the rotation during which it was made.
alter table tenant_key add column rewrapped bytea, add column rotation bigint not null default 0;

-- The version of the tenant's data key under which values must be sealed. It changes with the tenant's row locked, as every
-- commit locks it: so nothing is sealed under an older one any more.
alter table tenant add column key_version bigint not null default 0;
