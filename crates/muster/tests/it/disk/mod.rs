//! A disk that fails, is full, or loses its power, under a real server on SQLite. A library stands between the server and its
//! file (`disk.c`); this file tells it what to do.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cuts;
mod faults;
mod full;
mod replay;
mod workload;

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use rusqlite::Connection;
use tempfile::TempDir;
use testkit::{ServerOptions, TestDatabase, TestServer};

use crate::MUSTER;

/// Has these tests take many minutes: every call fails in turn, and the power is cut a hundred times. For instance
/// `LONG_DISK_TESTS=1 cargo test --workspace --test it -- --nocapture disk::`.
fn is_long() -> bool {
    std::env::var_os("LONG_DISK_TESTS").is_some()
}

/// The bytes of the page that the library shares.
const CONTROL_BYTES: u64 = 4_096;
/// The fields of that page, as `disk.c` numbers them.
const ARMED: u64 = 0;
const RECORDS: u64 = 9;
const COUNTS: u64 = 10;
/// Every call from the chosen one on.
const FOREVER: u64 = u64::MAX >> 1;

/// A call of the system, as `disk.c` numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Write,
    Sync,
    Truncate,
    Open,
    Read,
    Map,
    Unlink,
    Stat,
    Lock,
}

const CALLS: [Call; 9] = [
    Call::Write,
    Call::Sync,
    Call::Truncate,
    Call::Open,
    Call::Read,
    Call::Map,
    Call::Unlink,
    Call::Stat,
    Call::Lock,
];

/// One of the files of a database, as `disk.c` numbers them; 0 is none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DiskFile {
    Main = 1,
    Log,
    Shared,
}

const FILES: [DiskFile; 3] = [DiskFile::Main, DiskFile::Log, DiskFile::Shared];

/// What becomes of a call that is chosen.
#[derive(Clone, Copy, Debug)]
enum Failure {
    /// The device fails (EIO).
    Device,
    /// There is no room (ENOSPC).
    NoRoom,
    /// Half is done, and said to be.
    Shortened,
    /// Half is done, and an error is said.
    Torn,
}

const EIO: u64 = 5;
const ENOSPC: u64 = 28;

/// The calls that fail.
#[derive(Clone, Copy, Debug)]
struct Fault {
    call: Call,
    file: DiskFile,
    /// The number of calls that go well before.
    skipped: u64,
    failure: Failure,
    /// The number of calls that fail.
    times: u64,
}

/// The library's end of a test.
struct Disk {
    folder: TempDir,
    control: File,
}

impl Disk {
    /// A disk on which all goes well.
    fn new() -> Disk {
        let folder = tempfile::tempdir().unwrap();
        let control = folder.path().join("control");
        let control = File::options().read(true).write(true).create_new(true).open(control).unwrap();
        control.set_len(CONTROL_BYTES).unwrap();
        Disk { folder, control }
    }

    /// Starts a server whose file is on this disk; `is_recorded` says whether all that is written is recorded.
    fn start(&self, is_recorded: bool) -> TestServer {
        let control = self.folder.path().join("control").display().to_string();
        let mut environment =
            vec![("LD_PRELOAD".into(), library().display().to_string()), ("DISK_CONTROL".into(), control)];
        if is_recorded {
            environment.push(("DISK_RECORD".into(), self.record().display().to_string()));
        }
        let options = ServerOptions { environment, plain_http: true, ..ServerOptions::default() };
        TestServer::start(MUSTER, TestDatabase::Sqlite, options)
    }

    fn record(&self) -> PathBuf {
        self.folder.path().join("record")
    }

    /// Has calls fail from now on.
    fn arm(&self, fault: Fault) {
        let (mode, error) = match fault.failure {
            Failure::Device => (0, EIO),
            Failure::NoRoom => (0, ENOSPC),
            Failure::Shortened => (1, 0),
            Failure::Torn => (2, EIO),
        };
        let fields = [0, fault.call as u64, fault.file as u64, fault.skipped, mode, error, fault.times, 0, 0];
        fields.iter().zip(0..).for_each(|(value, at)| self.set(at, *value));
        self.set(ARMED, 1);
    }

    /// Has all go well from now on; gives the number of calls that have failed.
    fn disarm(&self) -> u64 {
        self.set(ARMED, 0);
        self.field(8)
    }

    /// How often a call was made on a file since the disk is there.
    fn count(&self, call: Call, file: DiskFile) -> u64 {
        self.field(COUNTS + call as u64 * 4 + file as u64)
    }

    /// The number of entries of the record.
    fn records(&self) -> u64 {
        self.field(RECORDS)
    }

    fn set(&self, field: u64, value: u64) {
        self.control.write_all_at(&value.to_le_bytes(), field * 8).unwrap();
    }

    fn field(&self, field: u64) -> u64 {
        let mut bytes = [0; 8];
        self.control.read_exact_at(&mut bytes, field * 8).unwrap();
        u64::from_le_bytes(bytes)
    }
}

/// The library, compiled once in each process by the compiler that SQLite is compiled by.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let made = LIBRARY.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("disk.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/disk/disk.c");
        let mut compile = Command::new("cc");
        compile.args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library).arg(source).args(["-ldl", "-lpthread"]);
        let output = compile.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (folder, library)
    });
    &made.1
}

/// Has SQLite check the file of a server that does not run.
#[track_caller]
fn check_integrity(file: &Path) {
    // A copy, so that the server finds what it left.
    let folder = tempfile::tempdir().unwrap();
    for end in ["", "-wal"] {
        let from = file.with_file_name(format!("muster.db{end}"));
        if from.exists() {
            fs::copy(&from, folder.path().join(format!("muster.db{end}"))).unwrap();
        }
    }
    let connection = Connection::open(folder.path().join("muster.db")).unwrap();
    let found: String = connection.query_row("pragma integrity_check", (), |row| row.get(0)).unwrap();
    assert_eq!(found, "ok");
}
