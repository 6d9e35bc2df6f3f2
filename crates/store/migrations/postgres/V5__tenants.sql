-- What commands said of tenants: a name, a mark (0 open, 1 closed, 2 being removed, 3 removed) and the time of the mark.
create table tenant_record (id uuid primary key, display_name text, mark smallint not null, marked_at bigint not null);

-- What a tenant with a quota holds: entities, their bytes, and those of the one set that is counted. Null where nobody
-- has counted, or somebody has written without counting.
alter table tenant add column usage bigint[];
