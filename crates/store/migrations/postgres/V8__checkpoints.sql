-- The signed ends of each tenant's chain of records for an audit.
create table audit_checkpoint (tenant uuid not null, sequence bigint not null, at bigint not null, hash bytea not null,
    public_key bytea not null, signature bytea not null, primary key (tenant, sequence));

-- How far each tenant's records were delivered to a sink, and which process is at it until when.
create table audit_position (sink text not null, tenant uuid not null, sequence bigint not null, owner uuid not null,
    lease_until bigint not null, primary key (sink, tenant));
