//! The server end to end: the documented calls, over TLS, on both databases. The modules mirror the URLs; what holds
//! for every URL is in a module of its own beside them.

/// Makes two tests of each of these functions: one on the server with SQLite, one on the server with PostgreSQL. The
/// tests of a process share both servers; each function asks for a new caller, whose tenant keeps it apart.
macro_rules! both {
    ($($name:ident),* $(,)?) => {
        $(mod $name {
            #[test]
            fn on_sqlite() {
                super::$name(crate::server(testkit::TestDatabase::Sqlite));
            }

            #[test]
            fn on_postgres() {
                super::$name(crate::server(testkit::TestDatabase::Postgres));
            }
        })*
    };
}

/// Makes a test of each of these functions on the server with PostgreSQL behind a pooler.
macro_rules! pooled {
    ($($name:ident),* $(,)?) => {
        mod on_pooled_postgres {
            $(#[test]
            fn $name() {
                super::$name(crate::server(testkit::TestDatabase::PooledPostgres));
            })*
        }
    };
}

mod agents;
mod at_rest;
mod audit;
mod audit_sink;
mod backup;
mod batch;
mod bulk;
mod client_traces;
mod clock;
mod console;
mod contention;
mod crash;
mod delta;
mod device_code;
mod device_management;
mod devices;
mod directory_tools;
mod directory_traces;
mod disk;
mod doctor;
mod edge;
mod error_codes;
mod errors;
mod examples;
mod groups;
mod high_availability;
mod hostile;
mod idempotency;
mod journal;
mod kept_pages;
mod keys;
mod limits;
mod lists;
mod metadata;
mod metrics;
mod model;
mod model_wide;
mod oidc_provider;
mod openapi;
mod payload;
mod permissions_used;
mod preconditions;
mod properties;
mod property_changes;
mod query;
mod recent_requests;
mod references;
mod registration_traces;
mod reload;
mod replicas;
mod representation;
mod samples;
mod sdk;
mod secrets_at_rest;
mod server_timing;
mod sign_in;
mod stopping;
mod surfaces;
mod tenants;
mod throttling;
mod tokens;
mod traces;
mod upgrade;
mod v1;
mod vault;

/// The binary under test.
const MUSTER: &str = env!("CARGO_BIN_EXE_muster");

/// The server that tests share.
fn server(database: testkit::TestDatabase) -> &'static testkit::TestServer {
    testkit::shared(MUSTER, database)
}
