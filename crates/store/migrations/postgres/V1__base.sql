-- Whose turn it is to change the schema, and the version of the layout of the entity sets' tables.
create table schema_lock (id integer primary key check (id = 1), layout bigint not null);
insert into schema_lock values (1, 1);

-- Names that were given a number once and keep it: entity sets, slots of a type's hierarchy, its discriminators.
create table numbered (list text not null, number integer not null, name text not null, primary key (list, number));

-- The last sequence number of each tenant's journal. A unit locks its tenant's row, so commits are in order.
create table tenant (id uuid primary key, sequence bigint not null);

-- What changed, in the order of commits. `keys` holds one key, or several with their lengths.
create table journal (
    tenant uuid not null,
    sequence bigint not null,
    at bigint not null,
    entity_set integer not null,
    kind smallint not null,
    actor uuid not null,
    application uuid not null,
    request_id uuid not null,
    keys bytea not null,
    primary key (tenant, sequence)
);

-- Data keys, each wrapped by the key-encryption key.
create table tenant_key (tenant uuid not null, version integer not null, wrapped bytea not null,
    primary key (tenant, version));
