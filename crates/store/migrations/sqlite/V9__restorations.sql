-- The restores from backups that this database comes from. The journal goes on behind `sequence`, which no number before
-- the restore has reached. `is_recorded` (0 or 1) says whether each tenant's audit tells of the restore.
create table restoration (
    sequence integer primary key,
    at integer not null,
    taken_at integer not null,
    digest text not null,
    is_recorded integer not null default 0
);
