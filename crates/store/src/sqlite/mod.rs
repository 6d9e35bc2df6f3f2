//! SQLite: a file of this process alone, with one writer and several readers.

mod apply;
mod audit;
mod backend;
mod binder;
mod candidates;
#[cfg(test)]
mod carry_over_tests;
mod connection;
mod error;
mod function;
mod identities;
mod measure;
mod migrate;
mod notes_beside;
mod read;
mod readers;
mod retention;
mod row_update;
mod running_reads;
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
