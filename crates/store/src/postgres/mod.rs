//! PostgreSQL, or another database that speaks its protocol: may be shared by several processes.
//!
//! The tenant's row in the table `tenant` orders writers: it is locked from the first statement of a transaction to its
//! commit. That makes the journal's numbers gap-free and in the order of commits, with nothing but row locks.

mod address;
mod audit_keeping;
mod audit_rows;
mod backend;
mod backup;
mod conflicts;
mod connection;
mod connection_config;
mod connection_figures;
mod connection_holder;
mod error;
mod examine;
mod jobs;
mod key_records;
mod measure;
mod migrate;
mod pooler;
mod readers;
mod restoration;
mod restore;
mod sealed_rows;
mod tenant_records;
mod value;
mod writer;

pub(crate) use address::check_url;
pub(crate) use audit_rows::PostgresAudit;
pub(crate) use backend::PostgresBackend;
pub(crate) use backup::PostgresSource;
pub(crate) use examine::examine;
pub(crate) use restore::restore;
