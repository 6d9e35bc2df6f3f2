//! What the doctor says about a database that a server shares with others.

use serde_json::Value;
use testkit::{ServerOptions, TestDatabase, TestServer};

use crate::MUSTER;

#[test]
fn it_tells_how_it_comes_to_postgres() {
    for (database, way) in [
        (TestDatabase::Postgres, "on this machine"),
        (TestDatabase::PooledPostgres, "on this machine, through a pooler in transaction mode"),
    ] {
        let server = TestServer::start(MUSTER, database, ServerOptions::default());
        let url = server.database_url().expect("a URL");
        let output = server.run("doctor", &["--json", "--database", url]);
        let findings: Value = serde_json::from_slice(&output.stdout).expect("a list of findings");
        let finding = |check: &str| {
            let found = findings.as_array().into_iter().flatten().find(|finding| finding["check"] == check);
            found.unwrap_or_else(|| panic!("no {check} in {findings}"))
        };
        assert_eq!(finding("database connection")["detail"], way);
        // The cluster of the tests leaves the disk to the kernel.
        let detail = finding("database durability")["detail"].to_string();
        assert!(detail.contains("fsync is off"), "{detail}");
        for check in ["server", "connection", "time-outs", "connections", "privileges"] {
            assert_eq!(finding(&format!("database {check}"))["health"], "ok", "{findings}");
        }
    }
}
