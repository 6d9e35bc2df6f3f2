//! The server end to end: the documented calls, over TLS, on both databases. The modules mirror the URLs; what holds
//! for every URL is in a module of its own beside them.

/// Tests that run on both databases, on servers that they share; a new caller keeps them apart.
macro_rules! both {
    ($($(#[$attribute:meta])* fn $name:ident($server:ident) $body:block)*) => {
        $($(#[$attribute])* mod $name {
            #[allow(unused_imports)]
            use super::*;

            fn check($server: &'static testkit::Server) $body

            #[test]
            fn on_sqlite() {
                check(crate::server(testkit::Database::Sqlite));
            }

            #[test]
            fn on_postgres() {
                check(crate::server(testkit::Database::Postgres));
            }
        })*
    };
}

mod client_traces;
mod crash;
mod device_management;
mod errors;
mod examples;
mod limits;
mod metadata;
mod model;
mod model_wide;
mod payload;
mod query;
mod samples;
mod sdk;
mod secrets_at_rest;
mod tokens;
mod v1;

/// The binary under test.
const MUSTER: &str = env!("CARGO_BIN_EXE_muster");

/// The server that tests share.
fn server(database: testkit::Database) -> &'static testkit::Server {
    testkit::shared(MUSTER, database)
}
