//! A running Muster as a client sees it: with a token, its backlog, and loads of requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::disk;
use crate::fleet::Fleet;
use crate::http_client::{Answer, HttpClient};
use crate::load::{self, End, Loaded};
use crate::muster::{Muster, Program};
use crate::requests::{Requests, request};
use crate::round::Round;
use crate::workloads::{Operation, Workload};

/// How long what is put off may take at most.
const BACKLOG_TIME_MAX: Duration = Duration::from_secs(3_600);
const BACKLOG_POLL: Duration = Duration::from_millis(20);

/// A server and the devices in it.
pub(crate) struct Server {
    pub muster: Muster,
    pub program: Program,
    pub fleet: Arc<Fleet>,
    authorization: String,
}

/// What is put off.
pub(crate) struct Backlog {
    pub units: u64,
    pub jobs: u64,
    /// Of SQLite, that are not in its file yet.
    pub log_pages: u64,
}

impl Server {
    pub fn start(program: Program) -> Result<Server> {
        let muster = program.start()?;
        let authorization = format!("Bearer {}", program.token()?);
        Ok(Server { muster, program, fleet: Arc::default(), authorization })
    }

    /// Requests for an operation on the devices that are there.
    pub fn requests(&self, operation: Operation) -> Requests {
        Requests { operation, fleet: self.fleet.clone(), authorization: self.authorization.clone() }
    }

    /// An answer to such a request.
    pub fn answer(&self, requests: &Requests) -> Result<Answer> {
        let request = requests.next(&mut crate::random::Random::new(1))?;
        HttpClient::connect(self.muster.address)?.ask(&request)
    }

    /// Asks for a workload, and nothing more.
    pub async fn load(&self, workload: &Workload, end: End) -> Result<Loaded> {
        let requests = self.requests(workload.operation);
        let loaded = load::run(self.muster.address, &requests, workload.connections, end).await;
        loaded.with_context(|| format!("{}, Muster", workload.name))
    }

    /// One round of a workload. That of an import ends when all devices are made.
    pub async fn round(&self, workload: &Workload, time: Duration) -> Result<Round> {
        let begin = Instant::now();
        let round = self.load(workload, End::After(time)).await?.round;
        if workload.operation != Operation::Import {
            return Ok(round);
        }
        let asked = begin.elapsed();
        self.settle().await?;
        let sustained = asked.as_secs_f64() / begin.elapsed().as_secs_f64();
        Ok(Round { rate: round.rate * sustained, ..round }.times(workload.operation.devices()))
    }

    /// What is put off now.
    pub fn backlog(&self) -> Result<Backlog> {
        let mut client = HttpClient::connect(self.muster.address)?;
        let answer = client.ask(&request("GET", "/_/backlog", &self.authorization, ""))?;
        let shown: Value = serde_json::from_slice(&answer.body)?;
        let number =
            |name: &str| shown.get(name).and_then(Value::as_u64).with_context(|| format!("no {name}"));
        Ok(Backlog {
            units: number("unitsWaiting")?,
            jobs: number("jobsDue")?,
            log_pages: number("logPages")?,
        })
    }

    /// Waits until nothing is put off.
    pub async fn settle(&self) -> Result<()> {
        let begin = Instant::now();
        loop {
            let Backlog { units, jobs, .. } = self.backlog()?;
            if units == 0 && jobs == 0 {
                return Ok(());
            }
            ensure!(begin.elapsed() < BACKLOG_TIME_MAX, "{units} units and {jobs} jobs are still put off");
            tokio::time::sleep(BACKLOG_POLL).await;
        }
    }

    /// The bytes that its store has sent to the disk, when nothing is put off.
    pub async fn written(&self) -> Result<u64> {
        self.settle().await?;
        disk::written(&self.program.database, self.muster.process()).await
    }
}
