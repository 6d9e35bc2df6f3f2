//! Backups and restores that are killed: what they leave is no backup, and no database that starts

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use testkit::{TestDatabase, TestServer};

use super::{back_up, done, failed, lose, place, restore, run, started, verify};
use crate::MUSTER;
use crate::at_rest::{meddle, notes};
use crate::audit::audit;

const IMPORTS: &str = "importedWindowsAutopilotDeviceIdentities";
const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const ROWS: usize = 500;
/// How often a command is killed, each time a little later.
const KILLS: u64 = 4;
const LATER_MILLIS: u64 = 70;

/// Begins a command on the server's database, and kills it after a time, if it is still at work.
fn killed(server: &TestServer, command: &str, folder: &Path, after: Duration) {
    let mut begun = Command::new(MUSTER);
    begun.arg(command).arg(folder).arg("--data").arg(server.data());
    if let Some(url) = server.database_url() {
        begun.args(["--database", url]);
    }
    let mut begun = begun.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    let _ = begun.kill();
    begun.wait().unwrap();
}

fn filled(database: TestDatabase) -> TestServer {
    let server = started(database);
    let devices = (0..ROWS).map(|at| json!({"hardwareIdentifier": "QQ==", "serialNumber": format!("S{at}")}));
    let caller = server.caller();
    caller.act(&format!("{IMPORTS}/import"), &json!({IMPORTS: devices.collect::<Vec<Value>>()})).is(200);
    server
}

#[test]
fn a_killed_backup_is_none_and_the_next_one_is_whole() {
    for database in TestDatabase::ALL {
        let server = filled(database);
        let to = place(&server, "backup");
        for kill in 0..KILLS {
            killed(&server, "backup", &to, Duration::from_millis(kill * LATER_MILLIS));
            if to.exists() {
                assert!(verify(&to).status.success(), "{database:?}, kill {kill}");
                fs::remove_dir_all(&to).unwrap();
            }
        }
        // As a kill in the middle leaves it.
        let partial = place(&server, "backup.partial");
        let _ = fs::remove_dir_all(&partial);
        fs::create_dir(&partial).unwrap();
        fs::write(partial.join("muster.db"), "half").unwrap();
        assert!(failed(&verify(&partial)).contains("never finished"));
        back_up(&server, &to);
        assert!(verify(&to).status.success() && !partial.exists());
    }
}

#[test]
fn a_killed_restore_starts_as_nothing_and_is_done_again() {
    for database in TestDatabase::ALL {
        let mut server = filled(database);
        let (from, tenant) = (place(&server, "backup"), server.caller().tenant_id());
        server.caller().tenant(tenant).create("hardwarePasswordInfo", &json!({"serialNumber": "1"}));
        back_up(&server, &from);
        server.stop();
        lose(&server);
        for kill in 0..KILLS {
            killed(&server, "restore", &from, Duration::from_millis(kill * LATER_MILLIS));
            let again = run(&server, "restore", &[&from.display().to_string()]);
            if !again.status.success() {
                // It was whole already.
                let said = failed(&again);
                assert!(said.contains("never replaces a database"), "{database:?}, kill {kill}: {said}");
            }
            // Opening it ends what a kill has left to be done.
            done(&server, "tenant", &["list"]);
            assert_eq!(audit(&server, "verify", &[]).0, Some(0));
            let notes = notes(&server, tenant);
            assert_eq!(notes, ["databaseRestored"], "{database:?}, kill {kill}");
            lose(&server);
        }
        // As a kill in the middle leaves it.
        match database {
            TestDatabase::Sqlite => {
                fs::copy(from.join("muster.db"), server.data().join("muster.db.restoring")).unwrap();
            }
            TestDatabase::Postgres | TestDatabase::PooledPostgres | TestDatabase::ContendedPostgres => {
                meddle(&server, "create table unfinished_restore ()")
            }
        }
        let start = run(&server, "serve", &["--dev", "--listen", "127.0.0.1:0"]);
        let said = failed(&start);
        assert!(said.contains("has not ended; run muster restore again"), "{said}");
        restore(&server, &from);
        server.start_again();
        let tenants = done(&server, "tenant", &["list"]);
        assert!(tenants.contains(&format!("  {ROWS}")), "{tenants}");
    }
}

#[test]
fn a_restore_that_fails_leaves_the_place_empty() {
    for database in TestDatabase::ALL {
        let mut server = filled(database);
        let from = place(&server, "backup");
        back_up(&server, &from);
        server.stop();
        lose(&server);
        let told = |_| {};
        let backup = store::backup::verify(&from, &told).unwrap();
        // What is verified is gone before it is read again.
        for file in &backup.manifest.files {
            fs::write(from.join(&file.name), "\\copy x from 'y' with (format binary)").unwrap();
        }
        let url = server.database_url().map(str::to_owned);
        let url = url.unwrap_or_else(|| format!("sqlite:{}", server.data().join("muster.db").display()));
        let key = fs::read_to_string(server.data().join("secrets.key")).unwrap();
        let key = store::KeyEncryptionKey::parse(&key).unwrap();
        let at = odata::date_time::Ticks::parse("2999-01-01T00:00:00Z").unwrap();
        let database_url = store::Database::parse(&url).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let restored = store::backup::restore(&database_url, &key, &backup, at, &told);
        let said = runtime.block_on(restored).unwrap_err();
        assert!(said.starts_with("cannot restore into"), "{database:?}: {said}");
        server.start_again();
        assert!(server.caller().list(DEVICES).is_empty());
    }
}
