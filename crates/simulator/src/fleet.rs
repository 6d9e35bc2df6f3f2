//! A fleet: its devices live side by side until the time is over, and then settle.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use agent::Random;
use agent_service::Connection;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::device::Device;
use crate::machine::Vendors;
use crate::report::{DeviceReport, FleetReport};

/// The check-ins that are under way at once, as a server on a few cores can answer them.
const AT_ONCE_MAX: usize = 64;

/// A fleet of devices that do not exist.
#[derive(Clone)]
pub struct Fleet {
    /// The server that all enroll and check in with.
    pub connection: Connection,
    /// The code to enroll with.
    pub code: String,
    /// How many devices there are.
    pub machines: u32,
    /// Whose machines they are.
    pub vendors: Vendors,
    /// What they are made from: the same seed makes the same fleet.
    pub seed: u64,
    /// In how many check-ins of a hundred something goes wrong.
    pub faults_percent: u32,
    /// How long it goes on.
    pub duration: Duration,
    /// The longest time from one check-in of a device to the next, whatever the server says: nobody waits half an hour for
    /// a simulation.
    pub pause_max: Duration,
}

/// How far a fleet is.
#[derive(Default)]
pub struct Progress {
    check_ins: AtomicU64,
    settled: AtomicU64,
}

impl Progress {
    /// The check-ins that went well.
    pub fn check_ins(&self) -> u64 {
        self.check_ins.load(Ordering::Relaxed)
    }

    /// The devices that have settled.
    pub fn settled(&self) -> u64 {
        self.settled.load(Ordering::Relaxed)
    }
}

impl Fleet {
    /// Has the fleet live its time; what became of it.
    pub async fn run(self, progress: Arc<Progress>) -> FleetReport {
        let end = Instant::now() + self.duration;
        let turns = Arc::new(Semaphore::new(AT_ONCE_MAX));
        let mut seeds = Random::new(self.seed);
        let mut living = JoinSet::new();
        for number in 0..self.machines {
            let seed = seeds.number();
            let Some(device) = Device::new(seed, self.vendors, self.connection.clone(), &self.code) else {
                continue;
            };
            let life =
                Life { fleet: self.clone(), device, end, turns: turns.clone(), progress: progress.clone() };
            living.spawn(async move { (number, life.live(seed).await) });
        }
        let mut devices: Vec<(u32, DeviceReport)> = Vec::new();
        while let Some(lived) = living.join_next().await {
            devices.extend(lived.ok());
        }
        devices.sort_by_key(|(number, _)| *number);
        FleetReport::of(self.seed, devices.into_iter().map(|(_, report)| report).collect())
    }
}

/// The life of one device of a fleet.
struct Life {
    fleet: Fleet,
    device: Device,
    end: Instant,
    turns: Arc<Semaphore>,
    progress: Arc<Progress>,
}

impl Life {
    async fn live(mut self, seed: u64) -> DeviceReport {
        let pause_max = self.fleet.pause_max;
        // Not all at once, as in a real fleet.
        let first = Random::new(seed).below(1_000);
        tokio::time::sleep(pause_max.mul_f64(first as f64 / 1_000.0)).await;
        while Instant::now() < self.end {
            let checked_in = {
                let _turn = self.turns.acquire().await;
                self.device.round(self.fleet.faults_percent).await
            };
            self.progress.check_ins.fetch_add(u64::from(checked_in.is_some()), Ordering::Relaxed);
            let wanted = checked_in.map_or(pause_max, |checked_in| checked_in.again_after);
            let left = self.end.saturating_duration_since(Instant::now());
            tokio::time::sleep(wanted.min(pause_max).min(left)).await;
        }
        let _turn = self.turns.acquire().await;
        self.device.settle(pause_max.min(Duration::from_secs(1))).await;
        self.progress.settled.fetch_add(1, Ordering::Relaxed);
        self.device.report
    }
}
