-- What commands said of tenants: a name, a mark (0 open, 1 closed, 2 being removed, 3 removed) and the time of the mark.
-- Commands write it beside a server that has the file.
create table tenant_record (id blob primary key, display_name text, mark integer not null, marked_at integer not null)
    without rowid;
