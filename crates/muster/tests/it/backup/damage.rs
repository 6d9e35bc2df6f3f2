//! Backups that are not whole, and places that are not empty: each is refused in one line, and nothing is written

use std::fs;
use std::path::Path;

use data_encoding::HEXLOWER;
use serde_json::json;
use testkit::{TestDatabase, TestServer};

use super::{back_up, failed, lose, place, restore, run, started, verify};

const SUMS: &str = "SHA256SUMS";
const MANIFEST: &str = "manifest.json";
/// The bytes of each file that are changed, one after the other.
const CHANGED: usize = 12;

/// A backup of a server that has ended, and whose database is lost.
fn lost(database: TestDatabase) -> TestServer {
    let mut server = started(database);
    let caller = server.caller();
    caller.create("hardwarePasswordInfo", &json!({"serialNumber": "1", "currentPassword": "one"}));
    back_up(&server, &place(&server, "backup"));
    server.stop();
    lose(&server);
    server
}

/// A file of a backup with rows in it.
fn data_file(database: TestDatabase) -> &'static str {
    match database {
        TestDatabase::Sqlite => "muster.db",
        TestDatabase::Postgres | TestDatabase::PooledPostgres | TestDatabase::ContendedPostgres => {
            "0001.copy"
        }
    }
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir(to).unwrap();
    for file in fs::read_dir(from).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// Writes the manifest with something else in it, and the checksums to match.
fn rewrite(folder: &Path, from: &str, to: &str) {
    let manifest = fs::read_to_string(folder.join(MANIFEST)).unwrap();
    assert!(manifest.contains(from), "{manifest}");
    let manifest = manifest.replace(from, to);
    fs::write(folder.join(MANIFEST), &manifest).unwrap();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, manifest.as_bytes());
    let digest = HEXLOWER.encode(digest.as_ref());
    let line = |line: &str| match line.ends_with(MANIFEST) {
        true => format!("{digest}  {MANIFEST}\n"),
        false => format!("{line}\n"),
    };
    let sums = fs::read_to_string(folder.join(SUMS)).unwrap();
    fs::write(folder.join(SUMS), sums.lines().map(line).collect::<String>()).unwrap();
}

fn change(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

fn cut(path: &Path, by: usize) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..bytes.len() - by]).unwrap();
}

#[test]
fn each_damage_has_its_line() {
    for database in TestDatabase::ALL {
        let server = lost(database);
        let (whole, damaged) = (place(&server, "backup"), place(&server, "damaged"));
        let data = data_file(database);
        type Damage<'a> = (&'a str, &'a dyn Fn(&Path), &'a str);
        let cases: [Damage<'_>; 14] = [
            ("no backup", &|folder| fs::remove_dir_all(folder).unwrap(), "is no backup"),
            ("never finished", &|folder| fs::remove_file(folder.join(SUMS)).unwrap(), "never finished"),
            ("sums cut off", &|folder| cut(&folder.join(SUMS), 1), "is damaged in line"),
            (
                "sums empty",
                &|folder| fs::write(folder.join(SUMS), "").unwrap(),
                "does not name manifest.json",
            ),
            (
                "sums without a line",
                &|folder| {
                    let sums = fs::read_to_string(folder.join(SUMS)).unwrap();
                    let lines = sums.lines().filter(|line| !line.ends_with(data));
                    fs::write(folder.join(SUMS), lines.map(|line| format!("{line}\n")).collect::<String>())
                        .unwrap();
                },
                &format!("does not name {data}"),
            ),
            (
                "manifest changed",
                &|folder| change(&folder.join(MANIFEST), 30),
                "manifest.json was changed: its SHA-256",
            ),
            (
                "manifest missing",
                &|folder| fs::remove_file(folder.join(MANIFEST)).unwrap(),
                "manifest.json is missing",
            ),
            ("data cut off", &|folder| cut(&folder.join(data), 1), "was cut off: it has"),
            (
                "data longer",
                &|folder| {
                    let mut bytes = fs::read(folder.join(data)).unwrap();
                    bytes.push(0);
                    fs::write(folder.join(data), bytes).unwrap();
                },
                "bytes instead of",
            ),
            ("data changed", &|folder| change(&folder.join(data), 9), "was changed: its SHA-256"),
            (
                "data missing",
                &|folder| fs::remove_file(folder.join(data)).unwrap(),
                &format!("{data} is missing"),
            ),
            (
                "a newer schema",
                &|folder| rewrite(folder, "\"layout\": ", "\"layout\": 9"),
                "the backup has schema version 9",
            ),
            (
                "a newer format",
                &|folder| rewrite(folder, "\"format\": 1", "\"format\": 2, \"other\": 1"),
                "the backup has format 2, this program knows up to 1; run a newer muster",
            ),
            (
                "a name that leads elsewhere",
                &|folder| {
                    let sums = fs::read_to_string(folder.join(SUMS)).unwrap();
                    fs::write(folder.join(SUMS), sums.replace(data, "../secrets.key")).unwrap();
                },
                "is damaged in line",
            ),
        ];
        for (case, damage, expected) in cases {
            copy(&whole, &damaged);
            damage(&damaged);
            let from = damaged.display().to_string();
            for output in [verify(&damaged), run(&server, "restore", &[&from])] {
                let said = failed(&output);
                assert!(said.contains(expected), "{database:?}, {case}: {said}");
            }
        }
        assert!(verify(&whole).status.success());
        // Nothing was written: the place is still empty.
        restore(&server, &whole);
    }
}

#[test]
fn one_changed_byte_anywhere_is_found() {
    for database in TestDatabase::ALL {
        let server = lost(database);
        let (whole, damaged) = (place(&server, "backup"), place(&server, "damaged"));
        let quiet = |_| {};
        assert!(store::backup::verify(&whole, &quiet).is_ok());
        copy(&whole, &damaged);
        for file in fs::read_dir(&damaged).unwrap().map(|file| file.unwrap().path()) {
            let length = fs::read(&file).unwrap().len();
            for at in (0..CHANGED).map(|part| part * (length - 1) / (CHANGED - 1)) {
                change(&file, at);
                assert!(store::backup::verify(&damaged, &quiet).is_err(), "{} at {at}", file.display());
                change(&file, at);
            }
        }
        assert!(store::backup::verify(&damaged, &quiet).is_ok());
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut servers = TestDatabase::ALL.map(lost);
    let backups = servers.each_ref().map(|server| place(server, "backup"));
    let refused =
        |server: &TestServer, from: &Path| failed(&run(server, "restore", &[&from.display().to_string()]));
    for (at, server) in servers.iter_mut().enumerate() {
        let (own, other) = (&backups[at], &backups[1 - at]);
        let said = refused(server, other);
        assert!(said.contains("cannot be restored into"), "{said}");
        // Another key.
        let key = server.data().join("secrets.key");
        let kept = fs::read(&key).unwrap();
        fs::write(&key, format!("{}=", "A".repeat(43))).unwrap();
        let said = refused(server, own);
        assert!(said.contains("needs the key-encryption key with the fingerprint"), "{said}");
        fs::write(&key, kept).unwrap();
        // A clock that is behind.
        let later = place(server, "later");
        copy(own, &later);
        rewrite(&later, "\"takenAt\": \"2", "\"takenAt\": \"3");
        let said = refused(server, &later);
        assert!(said.contains("set the clock"), "{said}");
        // A place that is not empty, with a server and without.
        server.start_again();
        let said = refused(server, own);
        assert!(said.contains("never replaces a database") || said.contains("in use"), "{said}");
        server.stop();
        assert!(refused(server, own).contains("never replaces a database"));
        let to = own.display().to_string();
        let said = failed(&run(server, "backup", &[&to]));
        assert!(said.contains("is there already; a backup never replaces anything"), "{said}");
    }
}
