-- The restores from backups that this database comes from. The journal goes on behind `sequence`, which no number before
-- the restore has reached. `is_recorded` (0 or 1) says whether each tenant's audit tells of the restore.
create table restoration (
    sequence bigint primary key,
    at bigint not null,
    taken_at bigint not null,
    digest text not null,
    is_recorded bigint not null default 0
);
