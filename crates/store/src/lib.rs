//! Entities at rest, in SQLite or PostgreSQL, behind one surface of a few generic functions.
//!
//! Knows entities, keys, tenants and the model; no HTTP, no device word. Each commit appends its changes to the
//! journal in the same transaction. What is marked secret in the model is sealed before it gets here to a file.

pub mod audit;
mod audit_keeping;
mod audit_reads;
mod audit_source;
mod backend;
mod backlog;
pub mod backup;
mod base_migrations;
mod builds;
mod carry_over_progress;
mod data_keys;
mod database;
mod database_server;
mod entity_journal;
pub mod error;
mod examination;
mod examine;
mod figures;
pub mod histogram;
pub mod idempotency;
pub mod jobs;
pub mod journal;
mod key_opening;
mod key_records;
mod key_rotation;
mod key_state;
mod layout;
pub mod ledger;
mod meter;
mod migrate;
mod note_kind;
mod pacing;
mod postgres;
mod prepare;
pub mod query;
mod quota;
mod resealed_rows;
mod resealing;
mod restoration;
mod retention;
mod row;
mod schema_version;
pub mod seal;
mod share;
mod sql;
mod sqlite;
mod store;
mod tenant_record;
mod tenants;
mod texts;
mod trigrams;
pub mod unit;

#[cfg(test)]
#[path = "../tests/support/model.rs"]
mod library;

pub use audit_source::AuditSource;
pub use backlog::Backlog;
pub use database::{Access, Database};
pub use database_server::{DatabaseServer, VERSION_MIN};
pub use entity_journal::EntityJournal;
pub use error::{OpenError, ReadError, WriteError};
pub use examination::Examination;
pub use examine::examine;
pub use figures::{ConnectionCounts, JobCount, StoreCounts};
pub use jobs::{Job, NewJob};
pub use journal::{ChangeKind, JournalEntry};
pub use key_state::{KeyState, NamedKey};
pub use ledger::{LedgerChange, LedgerKey};
pub use note_kind::NoteKind;
pub use query::{Owned, Owners, Query, ValueCount};
pub use quota::{CountedQuota, ExceededQuota, Quota, Quotas, Usage};
pub use resealing::{Resealed, TenantKeyReport};
pub use row::Row;
pub use schema_version::SchemaVersion;
pub use seal::{KeyEncryptionKey, KeyFingerprint, KeyService, KeyServiceError, OpenKey, Receipt};
pub use share::Share;
pub use store::Store;
pub use tenant_record::{TenantMark, TenantRecord};
pub use unit::{Actor, AuditDetail, Change, Committed, Unit};
