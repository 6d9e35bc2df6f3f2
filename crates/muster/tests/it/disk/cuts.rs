//! Cuts of power: what was acknowledged before is there after

use std::collections::HashSet;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::json;
use testkit::{ServerOptions, TestDatabase, TestServer};
use uuid::Uuid;

use super::replay::{Record, Replay};
use super::{Call, Disk, DiskFile, Failure, Fault, check_integrity};
use crate::MUSTER;
use crate::samples::Dice;

const PATH: &str = "hardwarePasswordInfo";
/// The clients that write at once.
const WRITERS: usize = 8;
/// The sizes of sectors: of disks, and of the pages that a system writes.
const SECTORS_BYTES: [usize; 2] = [512, 4_096];
const SEED: u64 = 20_261_130;

/// A write that was acknowledged, and the entries that the record had then.
struct Acknowledged {
    serial: String,
    entries: usize,
}

/// Lets clients write until so many writes are acknowledged.
fn write(disk: &Disk, server: &TestServer, tenant: Uuid, count: usize) -> Vec<Acknowledged> {
    let (begun, acknowledged) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    server.caller().tenant(tenant).token();
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                let caller = server.caller().tenant(tenant);
                while begun.fetch_add(1, Ordering::Relaxed) < count {
                    acknowledged.lock().unwrap().extend(create(disk, &caller));
                }
            });
        }
    });
    acknowledged.into_inner().unwrap()
}

/// Creates a record of passwords; none if that was not acknowledged.
fn create(disk: &Disk, caller: &testkit::TestCaller<'_>) -> Option<Acknowledged> {
    let serial = Uuid::new_v4().simple().to_string();
    let body = json!({"serialNumber": serial, "currentPassword": serial});
    let answer = caller.post(PATH).json(&body).send();
    assert!([201, 503].contains(&answer.status), "answered {}: {}", answer.status, answer.text());
    (answer.status == 201).then(|| Acknowledged { serial, entries: usize::try_from(disk.records()).unwrap() })
}

/// A server that looks at what a disk holds.
fn examiner(of: &TestServer) -> TestServer {
    let options = ServerOptions { plain_http: true, ..ServerOptions::default() };
    let mut examiner = TestServer::start(MUSTER, TestDatabase::Sqlite, options);
    examiner.kill();
    for entry in fs::read_dir(of.data()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), examiner.data().join(entry.file_name())).unwrap();
        }
    }
    examiner
}

/// Starts a server on what is on the disk, and compares it with what was acknowledged.
#[track_caller]
fn examine(examiner: &mut TestServer, tenant: Uuid, expected: &[&str], what: &str) {
    check_integrity(&examiner.data().join("muster.db"));
    examiner.start_again();
    let stored = examiner.caller().tenant(tenant).list(&format!("{PATH}?$top=1000"));
    let text = |item: &serde_json::Value, name: &str| item[name].as_str().unwrap().to_owned();
    let serials: HashSet<String> = stored.iter().map(|item| text(item, "serialNumber")).collect();
    assert_eq!(serials.len(), stored.len(), "{what}: something is there twice");
    let lost: Vec<_> = expected.iter().filter(|serial| !serials.contains(**serial)).collect();
    assert!(lost.is_empty(), "{what}: {} of {} acknowledged are lost", lost.len(), expected.len());
    // What was sealed opens.
    assert!(stored.iter().all(|item| item["currentPassword"] == item["serialNumber"]), "{what}");
    examiner.kill();
}

/// Cuts the power so many times, and examines what is left each time.
fn survive_cuts(writes: usize, cuts: usize) {
    let disk = Disk::new();
    let mut server = disk.start(true);
    let tenant = server.caller().tenant_id();
    let begin = Instant::now();
    let acknowledged = write(&disk, &server, tenant, writes);
    assert_eq!(acknowledged.len(), writes);
    server.kill();
    let record = Record::read(&disk.record());
    let mut examiner = examiner(&server);
    let mut dice = Dice(SEED);
    let mut moments: Vec<usize> = (0..cuts).map(|_| dice.below(record.len()) + 1).collect();
    // The first entries make the file.
    let first = acknowledged.iter().map(|one| one.entries).min().unwrap_or_default();
    moments.iter_mut().for_each(|moment| *moment = (*moment).max(first));
    moments.sort_unstable();
    let mut replay = Replay::new(&record, SEED);
    for (number, moment) in moments.into_iter().enumerate() {
        let sector_bytes = SECTORS_BYTES[number % SECTORS_BYTES.len()];
        replay.go_on(moment, sector_bytes);
        replay.cut(&examiner.data(), sector_bytes);
        let before = acknowledged.iter().filter(|one| one.entries <= moment);
        let expected: Vec<&str> = before.map(|one| one.serial.as_str()).collect();
        examine(&mut examiner, tenant, &expected, &format!("cut {number}, at {moment}"));
    }
    eprintln!(
        "{cuts} cuts, {writes} acknowledged writes, {} calls on record, {} s",
        record.len(),
        begin.elapsed().as_secs()
    );
}

/// In its long form a hundred cuts and five thousand writes.
#[test]
fn what_was_acknowledged_survives_cuts_of_power() {
    match super::is_long() {
        true => survive_cuts(5_000, 100),
        false => survive_cuts(150, 4),
    }
}

/// A sync that fails may have lost what was written, and the system shows it all the same until the power is cut. So what is
/// found after a crash must be written anew before anything is added to it.
fn survive_failed_syncs(rounds: usize) {
    let disk = Disk::new();
    let mut server = disk.start(true);
    let tenant = server.caller().tenant_id();
    let mut acknowledged = write(&disk, &server, tenant, WRITERS);
    for round in 0..rounds {
        let fault = Fault {
            call: Call::Sync,
            file: [DiskFile::Log, DiskFile::Main][usize::from(round % 5 == 4)],
            skipped: 0,
            failure: Failure::Device,
            times: 1 + (round % 3) as u64,
        };
        disk.arm(fault);
        acknowledged.extend(write(&disk, &server, tenant, 2));
        if round % 2 == 0 {
            server.kill();
            // A sync at the start may fail, too, and then the server does not start.
            let _ = server.tries_to_start();
            disk.disarm();
            server.kill();
            server.start_again();
        }
        disk.disarm();
        acknowledged.extend(write(&disk, &server, tenant, 1));
    }
    server.kill();
    let record = Record::read(&disk.record());
    let mut examiner = examiner(&server);
    let mut replay = Replay::new(&record, SEED);
    acknowledged.sort_by_key(|one| one.entries);
    let mut moments: Vec<usize> = acknowledged.iter().map(|one| one.entries).collect();
    moments.dedup();
    let last_moments = moments.split_off(moments.len() - rounds.min(moments.len()));
    for moment in last_moments {
        replay.go_on(moment, SECTORS_BYTES[0]);
        replay.cut(&examiner.data(), SECTORS_BYTES[0]);
        let before = acknowledged.iter().filter(|one| one.entries <= moment);
        let expected: Vec<&str> = before.map(|one| one.serial.as_str()).collect();
        examine(&mut examiner, tenant, &expected, &format!("a cut at {moment}"));
    }
}

#[test]
fn what_is_acknowledged_after_a_failed_sync_survives_a_cut_of_power() {
    survive_failed_syncs(if super::is_long() { 100 } else { 4 });
}
