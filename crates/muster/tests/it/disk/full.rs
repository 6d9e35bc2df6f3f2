//! A disk that is full: writes are refused and say why, reads go on, and all goes on when there is room

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use testkit::{ServerOptions, TestDatabase, TestServer};

use crate::MUSTER;
use crate::samples::configuration;

/// The bytes of the disk. A new database with its log takes less than half.
const DISK_BYTES: usize = 8 << 20;

/// A disk of memory in a folder, until it is dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None where disks cannot be made.
    fn mount(folder: &Path) -> Option<SmallDisk> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={DISK_BYTES}"), "none"]).arg(folder);
        let output = mount.output().ok()?;
        output.status.success().then(|| SmallDisk(folder.to_owned()))
    }

    /// Leaves no room.
    fn fill(&self) {
        let ballast = self.0.join("ballast");
        let mut size = DISK_BYTES;
        while size > 0 {
            use std::io::Write;
            let mut file = fs::File::options().create(true).append(true).open(&ballast).unwrap();
            if file.write_all(&vec![1; size]).is_err() {
                size /= 2;
            }
        }
    }

    fn make_room(&self) {
        fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Also while a server has files there.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_refuses_writes_and_heals_when_there_is_room() {
    let options = ServerOptions { plain_http: true, ..ServerOptions::default() };
    let mut server = TestServer::start(MUSTER, TestDatabase::Sqlite, options);
    server.stop();
    let (data, aside) = (server.data(), server.data().with_file_name("aside"));
    fs::rename(&data, &aside).unwrap();
    fs::create_dir(&data).unwrap();
    let Some(disk) = SmallDisk::mount(&data) else {
        eprintln!("SKIPPED: no disk can be made here; run this as root");
        return;
    };
    let copied = Command::new("cp").arg("-a").arg(aside.join(".")).arg(&data).status().unwrap();
    assert!(copied.success());
    server.start_again();
    fill_and_make_room(&server, &disk);
    server.kill();
    drop(disk);
}

fn fill_and_make_room(server: &TestServer, disk: &SmallDisk) {
    let caller = server.caller();
    let path = "hardwareConfigurations";
    let create = |number: usize| {
        let mut body = configuration(&format!("Configuration {number}"));
        body["description"] = json!("a".repeat(900));
        caller.post(path).json(&body).send()
    };
    let mut acknowledged = 0;
    for round in 0..3 {
        disk.fill();
        let mut refused = 0;
        // The log may have room within it.
        for number in 0.. {
            match create(number).status {
                201 => acknowledged += 1,
                _ => break,
            }
            assert!(number < 10_000, "the disk is never full");
        }
        for number in 0..5 {
            create(number).refused(507, &["disk is full", "nothing was written", "frees some"]);
            refused += 1;
        }
        assert_eq!(caller.list(path).len(), acknowledged, "round {round}, on a full disk");
        let log = server.log_when(|log| log.contains("free some of it, and writes go on"));
        let complaints = log.lines().filter(|line| line.contains("\"ERROR\"") || line.contains("\"WARN\""));
        assert!(complaints.count() <= 2 * (round + 1) * (refused + 1), "{log}");
        disk.make_room();
        create(0).is(201);
        acknowledged += 1;
        assert_eq!(caller.list(path).len(), acknowledged, "round {round}, with room again");
    }
}
