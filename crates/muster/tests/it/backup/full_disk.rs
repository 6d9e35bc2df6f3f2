//! A disk that is full: said in one line, and nothing half is left on it

use std::path::Path;
use std::process::{Command, Output};

use testkit::{TestDatabase, TestServer};

use super::{back_up, failed, place, started};
use crate::MUSTER;

/// Makes a small disk of memory, puts the key on it, runs the command that is given, and lists what is left on the disk.
const ON_A_SMALL_DISK: &str = "mount -t tmpfs -o size=64k none \"$1\" || exit 99; cp \"$2\" \"$1\"; disk=$1; shift 2; \
     \"$@\"; code=$?; ls -A \"$disk\"; exit $code";

/// Runs a command that writes to a small disk; none where disks cannot be made.
fn on_a_small_disk(server: &TestServer, disk: &Path, command: &[&str]) -> Option<Output> {
    std::fs::create_dir_all(disk).unwrap();
    let key = server.data().join("secrets.key");
    let mut run = Command::new("unshare");
    run.args(["-rm", "sh", "-c", ON_A_SMALL_DISK, "sh"]).arg(disk).arg(key).arg(MUSTER).args(command);
    match run.output() {
        Ok(output) if output.status.code() == Some(99) || !is_here(&output) => None,
        Ok(output) => Some(output),
        Err(_) => None,
    }
}

/// Whether the shell has run.
fn is_here(output: &Output) -> bool {
    String::from_utf8_lossy(&output.stdout).contains("secrets.key")
}

#[test]
fn a_full_disk_is_told_and_left_as_it_was() {
    for database in TestDatabase::ALL {
        let mut server = started(database);
        server.caller().create("hardwarePasswordInfo", &serde_json::json!({"serialNumber": "1"}));
        let (disk, data) = (place(&server, "disk"), server.data().display().to_string());
        let to = disk.join("backup").display().to_string();
        let url = server.database_url().map(str::to_owned);
        let url: Vec<&str> = url.iter().flat_map(|url| ["--database", url]).collect();
        let command = [&["backup", &to, "--data", &data], &url[..]].concat();
        let Some(output) = on_a_small_disk(&server, &disk, &command) else {
            eprintln!("SKIPPED: no disk can be made here; run this where unshare -rm works");
            return;
        };
        let said = failed(&output);
        assert!(said.contains("is full"), "{database:?}: {said}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "secrets.key\n", "{database:?}");
        if database == TestDatabase::Postgres {
            continue;
        }
        let from = place(&server, "backup");
        back_up(&server, &from);
        server.stop();
        let (from, disk_text) = (from.display().to_string(), disk.display().to_string());
        let output = on_a_small_disk(&server, &disk, &["restore", &from, "--data", &disk_text]).unwrap();
        let said = failed(&output);
        assert!(said.contains("is full"), "{said}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "muster.db.lock\nsecrets.key\n");
    }
}
