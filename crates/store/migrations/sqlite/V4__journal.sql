-- The journal, kept in the order of its key: without a second index, an entry takes half the room. Old entries are moved
-- when the file is opened, in small transactions.
drop index journal_tenant;
alter table journal rename to journal_before;

-- What changed, in the order of commits. `keys` holds one key, or several with their lengths. A tenant's newest entry
-- stays, so that no number is given twice.
create table journal (
    tenant integer not null,
    sequence integer not null,
    at integer not null,
    entity_set integer not null,
    kind integer not null,
    actor integer not null,
    application integer not null,
    request_id blob not null,
    keys blob not null,
    primary key (tenant, sequence)
) without rowid;

-- The number up to which a tenant's journal was pruned.
create table journal_pruned (tenant integer primary key, sequence integer not null);
