-- The key-encryption key that wraps the data keys: its version, its fingerprint, the place it comes from; and, while it is being
-- replaced, the next one. `rotation` counts the rotations of data keys; `resealing` is 1 while values are sealed anew.
create table key_state (
    id integer primary key check (id = 1),
    kek_version integer not null,
    kek_fingerprint blob not null,
    kek_source text not null,
    next_fingerprint blob,
    next_source text,
    rotation integer not null default 0,
    resealing integer not null default 0
);

-- While the key-encryption key is being replaced: the servers, the key that each holds last, and when it said so (in
-- milliseconds since 1970, by the database's clock).
create table key_holder (process blob primary key, fingerprint blob not null, seen_at integer not null) without rowid;

-- A data key as the next key-encryption key has wrapped it, and the rotation during which it was made.
alter table tenant_key add column rewrapped blob;
alter table tenant_key add column rotation integer not null default 0;
