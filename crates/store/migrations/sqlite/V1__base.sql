-- Whose turn it is to change the schema, and the version of the layout of the entity sets' tables.
create table schema_lock (id integer primary key check (id = 1), layout integer not null);
insert into schema_lock values (1, 1);

-- Names that were given a number once and keep it: entity sets, slots of a type's hierarchy, its discriminators.
create table numbered (list text not null, number integer not null, name text not null, primary key (list, number))
    without rowid;

-- UUIDs that stand in many rows (tenants, actors, applications), each once; rows hold the number.
create table identity (number integer primary key, uuid blob not null unique);

-- What changed, in the order of commits. `keys` holds one key, or several with their lengths.
create table journal (
    sequence integer primary key,
    tenant integer not null,
    at integer not null,
    entity_set integer not null,
    kind integer not null,
    actor integer not null,
    application integer not null,
    request_id blob not null,
    keys blob not null
);
create index journal_tenant on journal (tenant);

-- Data keys, each wrapped by the key-encryption key.
create table tenant_key (tenant blob not null, version integer not null, wrapped blob not null,
    primary key (tenant, version)) without rowid;
