-- What an entry that is kept for an audit says, as a JSON object, and its link to the one before it in its tenant: the hash of
-- that one and its own. Entries from before have neither.
alter table journal add column record text;
alter table journal add column link blob;
create index journal_audit on journal (tenant, sequence) where record is not null;

-- The end of each tenant's chain of such entries.
create table audit_head (tenant integer primary key, sequence integer not null, hash blob not null);
