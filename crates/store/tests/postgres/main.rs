//! The suite on PostgreSQL, and what only it can get wrong: batches of many writers, several processes, conflicts,
//! lost connections.
#![allow(clippy::unwrap_used)]

mod batches;
mod connecting;
mod contended;
mod encrypted;
mod failures;
mod hosts;

mod plans;
mod pooled;
mod processes;
#[path = "../suite/mod.rs"]
mod suite;
#[path = "../support/mod.rs"]
mod support;
mod units;

use store::Database;

/// The cluster lives as long as the process; there is nothing to guard.
async fn database() -> ((), Database) {
    ((), Database::Postgres(scratch_postgres::database().await))
}

suite!(crate::database);
