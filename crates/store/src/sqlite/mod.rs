//! SQLite: a file of this process alone, with one writer and several readers.

mod apply;
mod audit;
mod audit_keeping;
mod backend;
mod backup;
mod binder;
mod candidates;
#[cfg(test)]
mod carry_over_tests;
mod connection;
mod error;
mod examine;
mod function;
mod identities;
mod key_records;
mod measure;
mod migrate;
mod notes_beside;
mod read;
mod readers;
mod resealing;
mod restoration;
mod restore;
mod retention;
mod row_update;
mod running_reads;
mod sealed_rows;
mod side_writes;
mod tenant_records;
#[cfg(test)]
mod tests;
mod text_changes;
mod trigrams;
#[cfg(test)]
mod trigrams_tests;
mod writer;

pub(crate) use audit::SqliteAudit;
pub(crate) use backend::SqliteBackend;
pub(crate) use backup::SqliteSource;
pub(crate) use examine::examine;
pub(crate) use restore::restore;
