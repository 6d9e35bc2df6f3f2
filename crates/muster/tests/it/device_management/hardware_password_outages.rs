//! Looks while the audit is down, full or slow: no password is shown, the answer is 503, and the rest of the service goes on

use serde_json::json;
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};

use crate::MUSTER;
use crate::at_rest::{hold, looks, meddle};
use crate::samples::id;

const SETS: [&str; 2] = ["hardwarePasswordDetails", "hardwarePasswordInfo"];
const SECRET: &str = "S3cret-without-a-record";

/// A server, a caller, and the path of a record of passwords of its tenant.
fn prepared(server: &TestServer) -> (TestCaller<'_>, String) {
    let caller = server.caller();
    let record = json!({"serialNumber": "1", "currentPassword": SECRET});
    let path = format!("{}/{}", SETS[0], id(&caller.create(SETS[0], &record)));
    (caller, path)
}

/// Each way of looking is answered 503, without a password.
fn nothing_is_shown(caller: &TestCaller<'_>, path: &str, state: &str) {
    for (method, path) in [
        ("GET", path.to_owned()),
        ("GET", SETS[1].to_owned()),
        ("GET", format!("{path}/currentPassword/$value")),
        ("POST", format!("{path}/muster.reveal")),
    ] {
        let answer = caller.request(method, &path).send();
        assert!(!answer.text().contains(SECRET), "{state}: {method} {path} shows it");
        assert_eq!(answer.status, 503, "{state}: {method} {path}: {}", answer.text());
    }
}

fn all_is_well(server: &TestServer, caller: &TestCaller<'_>, path: &str, state: &str) {
    let before = looks(server, caller.tenant_id());
    assert_eq!(caller.read(path)["currentPassword"], SECRET, "after {state}");
    assert_eq!(looks(server, caller.tenant_id()), before + 1, "after {state}");
}

fn start(database: TestDatabase) -> TestServer {
    TestServer::start(MUSTER, database, ServerOptions::default())
}

/// Does something to the database behind its server's back.
fn behind(server: &TestServer, statement: &str) {
    match server.database_url() {
        Some(_) => meddle(server, statement),
        None => {
            let file = rusqlite::Connection::open(server.data().join("muster.db")).expect("the file");
            file.busy_timeout(std::time::Duration::from_secs(10)).expect("a wait");
            file.execute_batch(statement).expect("a statement");
        }
    }
}

#[test]
fn the_audit_is_down() {
    for database in TestDatabase::ALL {
        let server = start(database);
        let (caller, path) = prepared(&server);
        let (broken, mended) = match server.database_url() {
            Some(_) => {
                ("alter table audit_head rename to audit_away", "alter table audit_away rename to audit_head")
            }
            None => (
                "create trigger audit_is_down before insert on audit_head begin select raise(fail, 'down'); end",
                "drop trigger audit_is_down",
            ),
        };
        behind(&server, broken);
        nothing_is_shown(&caller, &path, "down");
        caller.read(&format!("{path}?$select=serialNumber"));
        caller.create(SETS[0], &json!({"serialNumber": "2"}));
        behind(&server, mended);
        all_is_well(&server, &caller, &path, "an audit that was down");
    }
}

#[test]
fn postgres_is_stopped() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (cluster, url) = runtime.block_on(async {
        let cluster =
            scratch_postgres::Cluster::start(scratch_postgres::Fsync::Off).await.expect("PostgreSQL");
        let url = cluster.database().await.expect("a database");
        (cluster, url)
    });
    // A database of its own: the other tests need theirs.
    let config = Some(format!("database = \"{url}\"\n"));
    let server =
        TestServer::start(MUSTER, TestDatabase::Sqlite, ServerOptions { config, ..ServerOptions::default() });
    let (caller, path) = prepared(&server);
    cluster.crash().expect("a crash");
    nothing_is_shown(&caller, &path, "stopped");
    runtime.block_on(cluster.start_again()).expect("PostgreSQL");
    // The first call after that may find the connection gone.
    caller.get("").send();
    assert_eq!(caller.read(&path)["currentPassword"], SECRET);
}

#[test]
fn postgres_is_full() {
    let server = start(TestDatabase::Postgres);
    let (caller, path) = prepared(&server);
    // What a full disk is answered with.
    meddle(
        &server,
        "create function no_space() returns trigger language plpgsql as \
         $$ begin raise exception 'no space left on device' using errcode = '53100'; end $$; \
         create trigger no_space before insert or update on audit_head for each row execute function no_space()",
    );
    nothing_is_shown(&caller, &path, "full");
    meddle(&server, "drop trigger no_space on audit_head");
    all_is_well(&server, &caller, &path, "a full disk");
}

#[test]
fn sqlite_is_full() {
    /// Nothing is written behind this place in a file. A commit takes more pages than fit before it.
    const FILE_BYTES_MAX: u64 = 8 << 10;
    let server = start(TestDatabase::Sqlite);
    let (caller, path) = prepared(&server);
    let limit = |bytes: &str| {
        let process = server.process_id().to_string();
        let mut command = std::process::Command::new("prlimit");
        command.args(["--pid", &process, &format!("--fsize={bytes}:")]);
        assert!(command.status().expect("prlimit").success());
    };
    limit(&FILE_BYTES_MAX.to_string());
    nothing_is_shown(&caller, &path, "full");
    caller.read(&format!("{path}?$select=serialNumber"));
    limit("unlimited");
    all_is_well(&server, &caller, &path, "a full disk");
}

#[test]
fn the_audit_is_slow() {
    for database in TestDatabase::ALL {
        let server = start(database);
        let (caller, path) = prepared(&server);
        let answer = match database {
            TestDatabase::Postgres | TestDatabase::PooledPostgres | TestDatabase::ContendedPostgres => {
                let _held = hold(&server, "lock table audit_head in access exclusive mode");
                caller.get(&path).send()
            }
            TestDatabase::Sqlite => {
                let file = rusqlite::Connection::open(server.data().join("muster.db")).expect("the file");
                file.execute_batch("begin immediate").expect("the lock of the writer");
                caller.get(&path).send()
            }
        };
        assert!(!answer.text().contains(SECRET), "{database:?}");
        assert_eq!(answer.status, 503, "{database:?}");
        all_is_well(&server, &caller, &path, "a slow one");
    }
}
