//! Calls of the system that fail: nothing acknowledged is lost, nothing else is acknowledged, and the server heals by itself

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use testkit::TestServer;

use super::workload::Workload;
use super::{CALLS, Call, Disk, DiskFile, FILES, FOREVER, Failure, Fault, check_integrity};
use crate::samples::Dice;

/// The time in which the log of a server without writes is moved into the file, and more.
const MOVED_AFTER: Duration = Duration::from_millis(1_100);
/// The calls of each kind on each file that the long form has fail.
const SITES_EACH: u64 = 64;
/// The faults after which a server of the long form is killed and started again.
const FAULTS_BETWEEN_STARTS: usize = 4;
/// The locks that are refused one after another.
const LOCKS_REFUSED: u64 = 3;
/// The faults of the short form, and the seed by which they are drawn.
const DRAWN: usize = 10;
const SEED: u64 = 20_261_130;

/// What can go wrong with a call.
fn failures(call: Call) -> &'static [Failure] {
    match call {
        Call::Write => &[Failure::Device, Failure::NoRoom, Failure::Shortened, Failure::Torn],
        Call::Read => &[Failure::Device, Failure::Shortened],
        Call::Sync | Call::Truncate | Call::Open | Call::Map => &[Failure::Device, Failure::NoRoom],
        Call::Unlink | Call::Stat | Call::Lock => &[Failure::Device],
    }
}

/// Whether a call is made only when the log is moved into the file.
fn is_of_move(call: Call, file: DiskFile) -> bool {
    matches!((call, file), (Call::Write | Call::Sync, DiskFile::Main) | (Call::Truncate, _))
}

/// The calls that one round makes, and the start of a server.
struct Census {
    round: BTreeMap<(usize, usize), u64>,
    start: BTreeMap<(usize, usize), u64>,
}

impl Census {
    fn take(disk: &Disk, server: &mut TestServer, workload: &mut Workload) -> Census {
        let before = counts(disk);
        workload.round(server);
        std::thread::sleep(MOVED_AFTER);
        let between = counts(disk);
        server.kill();
        let killed = counts(disk);
        server.start_again();
        let after = counts(disk);
        let difference = |from: &BTreeMap<_, u64>, to: &BTreeMap<_, u64>| {
            to.iter().map(|(site, count)| (*site, count - from[site])).collect()
        };
        Census { round: difference(&before, &between), start: difference(&killed, &after) }
    }
}

fn counts(disk: &Disk) -> BTreeMap<(usize, usize), u64> {
    let mut counts = BTreeMap::new();
    for (at, call) in CALLS.into_iter().enumerate() {
        for (of, file) in FILES.into_iter().enumerate() {
            counts.insert((at, of), disk.count(call, file));
        }
    }
    counts
}

/// All faults at so many calls of each kind, spread over those that are made.
fn faults(counts: &BTreeMap<(usize, usize), u64>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for ((call, file), count) in counts {
        let (call, file) = (CALLS[*call], FILES[*file]);
        let sites = (*count).min(SITES_EACH);
        for site in 0..sites {
            for failure in failures(call) {
                // SQLite tries a lock again for ten seconds: that is a test of patience.
                let many = if call == Call::Lock { LOCKS_REFUSED } else { FOREVER };
                let times = [1, many][usize::try_from(site % 2).unwrap()];
                faults.push(Fault { call, file, skipped: site * count / sites, failure: *failure, times });
            }
        }
    }
    faults
}

/// A fault while callers write and read; whether it was met.
fn fault_in_round(disk: &Disk, server: &TestServer, workload: &mut Workload, fault: Fault) -> bool {
    let what = format!("{fault:?}");
    disk.arm(fault);
    workload.round(server);
    if is_of_move(fault.call, fault.file) {
        std::thread::sleep(MOVED_AFTER);
    }
    let hits = disk.disarm();
    workload.heal(server, &what);
    workload.check(server, &what);
    hits > 0
}

fn start_anew(server: &mut TestServer, workload: &mut Workload, what: &str) {
    server.kill();
    check_integrity(&server.data().join("muster.db"));
    server.start_again();
    workload.check(server, what);
}

/// A fault while a server starts: it starts, or says in one line why not; and starts when the fault is gone.
fn fault_at_start(disk: &Disk, server: &mut TestServer, workload: &mut Workload, fault: Fault) -> bool {
    let what = format!("at start: {fault:?}");
    // Something is left in the log.
    workload.round(server);
    server.kill();
    disk.arm(fault);
    let started = server.tries_to_start();
    let hits = disk.disarm();
    if let Err(said) = started {
        let lines: Vec<&str> = said.lines().collect();
        assert!(lines.len() == 1 && said.contains("muster.db"), "{what}: {said}");
    }
    server.kill();
    check_integrity(&server.data().join("muster.db"));
    server.start_again();
    workload.check(server, &what);
    hits > 0
}

/// A few of all faults, each run the same ones.
#[test]
fn what_fails_loses_nothing_and_heals() {
    if super::is_long() {
        return every_fault();
    }
    let disk = Disk::new();
    let mut server = disk.start(false);
    let workload = &mut Workload::begin(&server);
    let census = Census::take(&disk, &mut server, workload);
    let mut dice = Dice(SEED);
    let all: Vec<Fault> = faults(&census.round);
    let fixed = [(Call::Sync, DiskFile::Log), (Call::Write, DiskFile::Log), (Call::Read, DiskFile::Log)];
    let fixed =
        fixed.map(|(call, file)| Fault { call, file, skipped: 0, failure: Failure::Device, times: FOREVER });
    let quick: Vec<&Fault> = all.iter().filter(|fault| !is_of_move(fault.call, fault.file)).collect();
    let drawn = (0..DRAWN).map(|_| *quick[dice.below(quick.len())]);
    let moved = Fault {
        call: Call::Sync,
        file: DiskFile::Main,
        skipped: 0,
        failure: Failure::Device,
        times: FOREVER,
    };
    let mut met = 0;
    for fault in fixed.into_iter().chain(drawn).chain([moved]) {
        met += usize::from(fault_in_round(&disk, &server, workload, fault));
    }
    assert!(met > DRAWN / 2, "only {met} faults were met");
    start_anew(&mut server, workload, "at the end");
    let at_start = faults(&census.start);
    for _ in 0..2 {
        fault_at_start(&disk, &mut server, workload, at_start[dice.below(at_start.len())]);
    }
}

/// All of them.
fn every_fault() {
    let disk = Disk::new();
    let mut server = disk.start(false);
    let workload = &mut Workload::begin(&server);
    let census = Census::take(&disk, &mut server, workload);
    let (round, start) = (faults(&census.round), faults(&census.start));
    eprintln!("{} faults while callers write and read, {} while a server starts", round.len(), start.len());
    let begin = Instant::now();
    let (mut met, mut sites) = ([0, 0], [const { BTreeMap::<String, u64>::new() }; 2]);
    for (at, fault) in round.iter().enumerate() {
        let is_met = fault_in_round(&disk, &server, workload, *fault);
        met[0] += usize::from(is_met);
        *sites[0].entry(format!("{:?} {:?}", fault.call, fault.file)).or_default() += u64::from(is_met);
        if at % FAULTS_BETWEEN_STARTS == 0 {
            start_anew(&mut server, workload, &format!("after {fault:?}"));
        }
    }
    for fault in &start {
        let is_met = fault_at_start(&disk, &mut server, workload, *fault);
        met[1] += usize::from(is_met);
        *sites[1].entry(format!("{:?} {:?}", fault.call, fault.file)).or_default() += u64::from(is_met);
    }
    eprintln!("met: {met:?}, in {} s; by call and file: {sites:#?}", begin.elapsed().as_secs());
    eprintln!("answers by status: {:?}", workload.statuses);
}
