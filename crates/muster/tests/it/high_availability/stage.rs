//! A pair of databases, servers before it, and what befalls them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use scratch_postgres::{FaultyProxy, ReplicatedPair, Traffic};
use testkit::{ServerOptions, TestDatabase, TestServer};
use tokio::runtime::Runtime;
use uuid::Uuid;

use super::figures::RoundFigures;
use super::known::Known;
use super::load::{Client, KillableServer, Round};
use crate::MUSTER;

const DATABASE: &str = "muster";
/// The clients of each server.
const CLIENTS_EACH: usize = 3;
/// The writes that each server must have acknowledged before a fault, and after it.
const ACKNOWLEDGED_MIN: usize = 3;
/// How long to wait for them.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(2);
/// How long a primary that came back without its standby is left to itself.
const ALONE: Duration = Duration::from_millis(500);

/// What befalls the database or a server.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// The primary is killed, and the standby takes its place.
    PromoteAfterKill,
    /// The primary is asked to stop, and the standby takes its place.
    PromoteAfterStop,
    /// The standby takes the place of a primary that runs on, cut off.
    PromoteAfterCut,
    /// The primary is killed, comes back without its standby, is killed again, and the standby takes its place.
    PromoteAfterReturn,
    /// The primary is killed, and starts again.
    KillPrimary,
    /// A server is killed, and starts again.
    KillServer,
    /// The connections are reset.
    Reset,
    /// Connections are refused for a time.
    Refuse(Duration),
    /// Nothing arrives for a time.
    Silence(Duration),
    /// Nothing arrives ever again on the connections that are open.
    Lose,
    /// Nothing arrives for a time between the primary and its standby, for which commits wait.
    SilenceStandby(Duration),
}

impl Fault {
    /// Whether the standby becomes the primary.
    pub fn promotes(self) -> bool {
        use Fault::{PromoteAfterCut, PromoteAfterKill, PromoteAfterReturn, PromoteAfterStop};
        matches!(self, PromoteAfterKill | PromoteAfterStop | PromoteAfterCut | PromoteAfterReturn)
    }
}

/// The stage. The first server knows the addresses of both databases, the second the one that leads to the primary.
pub struct Stage {
    servers: Vec<KillableServer>,
    pair: ReplicatedPair,
    // Last, because the proxies of the pair end in it.
    runtime: Runtime,
}

impl Stage {
    pub fn new(servers: usize) -> Stage {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let pair = runtime.block_on(async {
            let pair = ReplicatedPair::start().await.expect("PostgreSQL");
            pair.database(DATABASE).await.expect("a database");
            pair
        });
        let config = |url: &str| format!("database = \"{url}\"\n");
        let options =
            ServerOptions { config: Some(config(&pair.url_of_both(DATABASE))), ..ServerOptions::default() };
        // The configuration names the database.
        let mut all = vec![TestServer::start(MUSTER, TestDatabase::Sqlite, options)];
        for _ in 1..servers {
            let mut another = all[0].another();
            another.reconfigure(&config(&pair.url_of_service(DATABASE)));
            all.push(another);
        }
        let servers = all.into_iter().map(KillableServer::new).collect();
        Stage { servers, pair, runtime }
    }

    /// Has clients work while a fault befalls what they use, until all is well again; then compares what they know with
    /// what is there.
    pub fn round(&mut self, number: usize, fault: Fault) -> RoundFigures {
        let Stage { servers, pair, runtime } = self;
        let tenant = Uuid::new_v4();
        let round = Round {
            servers,
            tenant,
            stop: AtomicBool::new(false),
            known: Mutex::default(),
            acknowledged: Mutex::default(),
            took: Mutex::default(),
            faults: Mutex::default(),
        };
        for killable in servers.iter() {
            // Made before: a token of a server that was killed could not be had.
            killable.server.read().expect("no panic").caller().tenant(tenant).token();
        }
        let recoveries = std::thread::scope(|scope| {
            for server in 0..servers.len() {
                for client in 0..CLIENTS_EACH {
                    let client =
                        Client { round: &round, server, name: format!("r{number}-s{server}-c{client}") };
                    scope.spawn(move || client.work());
                }
            }
            // Whatever fails in here, the clients end.
            let _stop = StopAtEnd(&round.stop);
            await_acknowledged(&round, Instant::now());
            // Not in step with anything.
            std::thread::sleep(Duration::from_millis(number as u64 * 37 % 41));
            let well = inject(fault, pair, servers, runtime, number);
            let recoveries = await_acknowledged(&round, well);
            if fault.promotes() {
                pair.other_front().set(Traffic::Refused);
                runtime.block_on(pair.rejoin()).unwrap_or_else(|error| panic!("{error}"));
                pair.other_front().set(Traffic::Flows);
                await_acknowledged(&round, Instant::now());
            }
            recoveries
        });
        let faults = round.faults.into_inner().expect("no panic");
        assert!(faults.is_empty(), "{faults:#?}");
        let known: Known = round.known.into_inner().expect("no panic");
        let server = servers[number % servers.len()].server.read().expect("no panic");
        known.check(&server.caller().tenant(tenant));
        let (acknowledged, in_doubt) = known.counts();
        let answers = round.took.into_inner().expect("no panic");
        RoundFigures { acknowledged, in_doubt, answers, recoveries }
    }

    /// Checks what holds of all rounds together: that the chains of the audit hold, that the journals have no gaps, and that
    /// no device is registered twice.
    pub fn check_whole(&self) {
        let url = self.pair.url_of_primary(DATABASE);
        let output =
            std::process::Command::new(MUSTER).args(["audit", "verify", "--database", &url]).output();
        let output = output.expect("the command");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the audit: {text}{}", String::from_utf8_lossy(&output.stdout));
        let gaps = "select count(*) from (select tenant from journal group by tenant \
            having count(*) <> max(sequence) - min(sequence) + 1) as gaps";
        let gaps: i64 = self.runtime.block_on(async {
            let (client, connection) =
                tokio_postgres::connect(&url, tokio_postgres::NoTls).await.expect("the primary");
            tokio::spawn(connection);
            client.query_one(gaps, &[]).await.expect("an answer").get(0)
        });
        assert_eq!(gaps, 0, "journals with gaps");
    }
}

struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Waits until each server has acknowledged some writes after an instant; how long after it the first was.
fn await_acknowledged(round: &Round<'_>, after: Instant) -> Vec<Duration> {
    loop {
        let acknowledged = round.acknowledged.lock().expect("no panic").clone();
        let of_server = |server: usize| {
            let after =
                acknowledged.iter().filter(|(by, at)| *by == server && *at > after).map(|(_, at)| *at);
            after.collect::<Vec<_>>()
        };
        let all: Vec<Vec<Instant>> = (0..round.servers.len()).map(of_server).collect();
        if all.iter().all(|instants| instants.len() >= ACKNOWLEDGED_MIN) {
            return all.iter().filter_map(|instants| Some(*instants.first()? - after)).collect();
        }
        let logs = || round.servers.iter().map(KillableServer::end_of_log).collect::<Vec<_>>().join("\n\n");
        assert!(after.elapsed() < PATIENCE, "nothing is acknowledged; the logs end with\n{}", logs());
        std::thread::sleep(POLL);
    }
}

/// Does it, and undoes it; the instant from which a primary can be reached.
fn inject(
    fault: Fault,
    pair: &mut ReplicatedPair,
    servers: &[KillableServer],
    runtime: &Runtime,
    round: usize,
) -> Instant {
    let failed = |error| panic!("{fault:?}: {error}");
    match fault {
        Fault::PromoteAfterKill => pair.kill_primary().unwrap_or_else(failed),
        Fault::PromoteAfterStop => pair.stop_primary().unwrap_or_else(failed),
        Fault::PromoteAfterCut => {
            pair.front().set(Traffic::Silent);
            pair.service.set(Traffic::Silent);
        }
        Fault::PromoteAfterReturn => {
            pair.kill_primary().unwrap_or_else(failed);
            pair.link().set(Traffic::Refused);
            runtime.block_on(pair.start_primary()).unwrap_or_else(failed);
            std::thread::sleep(ALONE);
            pair.kill_primary().unwrap_or_else(failed);
        }
        Fault::KillPrimary => {
            pair.kill_primary().unwrap_or_else(failed);
            runtime.block_on(pair.start_primary()).unwrap_or_else(failed);
            return Instant::now();
        }
        Fault::KillServer => {
            let killable = &servers[round / 2 % servers.len()];
            killable.is_down.store(true, Ordering::SeqCst);
            killable.server.read().expect("no panic").kill_now();
            let mut server = killable.server.write().expect("no panic");
            server.kill();
            let begin = Instant::now();
            server.start_again();
            killable.kills.fetch_add(1, Ordering::SeqCst);
            killable.is_down.store(false, Ordering::SeqCst);
            return begin;
        }
        Fault::Reset => all(pair, FaultyProxy::reset_open),
        Fault::Lose => all(pair, FaultyProxy::lose_open),
        Fault::Refuse(time) | Fault::Silence(time) => {
            let silent = matches!(fault, Fault::Silence(_));
            let traffic = if silent { Traffic::Silent } else { Traffic::Refused };
            all(pair, |proxy| proxy.set(traffic));
            std::thread::sleep(time);
            all(pair, |proxy| proxy.set(Traffic::Flows));
        }
        Fault::SilenceStandby(time) => {
            pair.link().set(Traffic::Silent);
            std::thread::sleep(time);
            pair.link().set(Traffic::Flows);
            runtime.block_on(pair.in_step()).unwrap_or_else(failed);
        }
    }
    if fault.promotes() {
        runtime.block_on(pair.promote()).unwrap_or_else(failed);
        pair.service.set(Traffic::Flows);
    }
    Instant::now()
}

fn all(pair: &ReplicatedPair, what: impl Fn(&FaultyProxy)) {
    pair.fronts.iter().chain([&pair.service]).for_each(what);
}
