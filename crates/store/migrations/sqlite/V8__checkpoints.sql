-- The signed ends of each tenant's chain of records for an audit.
create table audit_checkpoint (tenant blob not null, sequence integer not null, at integer not null, hash blob not null,
    public_key blob not null, signature blob not null, primary key (tenant, sequence)) without rowid;

-- How far each tenant's records were delivered to a sink, and which process is at it until when.
create table audit_position (sink text not null, tenant blob not null, sequence integer not null, owner blob not null,
    lease_until integer not null, primary key (sink, tenant)) without rowid;
