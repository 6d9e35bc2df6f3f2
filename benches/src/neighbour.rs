//! What a tenant gets beside one that asks for ten times as much: both in one run, so that the machine does not matter.
//!
//! The neighbour asks on ten times the connections as fast as it can, which fills the server. The tenant asks for a tenth of
//! that, first alone and then beside the neighbour; and then as fast as it can, too, which shows how the server divides
//! itself.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use uuid::Uuid;

use crate::fleet::Fleet;
use crate::load::{self, End};
use crate::muster::Program;
use crate::options::{Options, StoreKind};
use crate::requests::Requests;
use crate::round::{Round, median};
use crate::stage::own_program;
use crate::workloads::Operation;

/// The name of the workload.
pub(crate) const NAME: &str = "neighbour";
/// The connections of the tenant.
const CONNECTIONS: usize = 8;
/// How many times as many the neighbour has.
const TIMES: usize = 10;
/// The part of what the neighbour gets alone that the tenant asks for.
const SHARE: f64 = 1.0 / TIMES as f64;
/// The connections by which the devices of both are made.
const CREATORS: usize = 32;
/// What is asked for.
const OPERATIONS: [(&str, Operation); 3] =
    [("get", Operation::Get), ("list-100", Operation::List(100)), ("create", Operation::Create)];

/// What the tenant got of an operation.
pub(crate) struct Line {
    store: &'static str,
    operation: &'static str,
    /// The rate of the neighbour when it is alone.
    full: f64,
    alone: Round,
    beside: Round,
    /// The part of all that the tenant gets when both ask as fast as they can.
    divided: f64,
}

impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Line { store, operation, full, alone, beside, divided } = self;
        let share = beside.share_of(*alone);
        write!(
            formatter,
            "{store:8} {operation:9} {full:>9.0} {:>9.0} {:>9.0} {share:>6.2} {divided:>8.2} {:>10.0} {:>10.0}",
            alone.rate, beside.rate, alone.p99, beside.p99
        )
    }
}

/// What the lines say.
pub(crate) fn heading() -> &'static str {
    "store    operation    full/s   alone/s  beside/s  share  divided   p99 alone p99 beside"
}

/// Measures it on each store.
pub(crate) async fn measure(options: &Options) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for store in options.stores() {
        let (program, _cluster) = own_program(options, NAME, store).await?;
        lines.extend(measure_on(&program, store, options).await?);
    }
    Ok(lines)
}

/// The two tenants of a server.
struct Tenants {
    address: SocketAddr,
    tenant: Requests,
    neighbour: Requests,
}

async fn measure_on(program: &Program, store: StoreKind, options: &Options) -> Result<Vec<Line>> {
    let muster = program.start()?;
    let devices = options.sizes().first().copied().unwrap_or_default();
    let tenants = Tenants {
        address: muster.address,
        tenant: tenant(program, muster.address, devices).await?,
        neighbour: tenant(program, muster.address, devices).await?,
    };
    let mut lines = Vec::new();
    for (name, operation) in OPERATIONS {
        let (mut full, mut alone, mut beside, mut divided) = (vec![], vec![], vec![], vec![]);
        for _ in 0..options.rounds {
            let rate = tenants.flood(operation, options.round_time()).await?.rate;
            full.push(rate);
            alone.push(tenants.ask(operation, options.round_time(), Some(rate * SHARE)).await?);
            let both = tokio::try_join!(
                tenants.ask(operation, options.round_time(), Some(rate * SHARE)),
                tenants.flood(operation, options.round_time())
            )?;
            beside.push(both.0);
            let (tenant, neighbour) = tokio::try_join!(
                tenants.ask(operation, options.round_time(), None),
                tenants.flood(operation, options.round_time())
            )?;
            divided.push(tenant.rate / (tenant.rate + neighbour.rate).max(1.0));
        }
        lines.push(Line {
            store: store.name(),
            operation: name,
            full: median(full),
            alone: Round::medians(&alone),
            beside: Round::medians(&beside),
            divided: median(divided),
        });
    }
    muster.stop()?;
    Ok(lines)
}

/// A new tenant with its devices.
async fn tenant(program: &Program, address: SocketAddr, devices: u64) -> Result<Requests> {
    let authorization = format!("Bearer {}", program.token_of(Some(Uuid::new_v4()))?);
    let requests = Requests { operation: Operation::Create, fleet: Arc::default(), authorization };
    let ids = load::run(address, &requests, CREATORS, End::Devices(devices)).await?.ids;
    let fleet = Fleet { ids, next: requests.fleet.made().into() };
    Ok(Requests { fleet: Arc::new(fleet), ..requests })
}

impl Tenants {
    /// The tenant asks so often in a second, or as fast as it can.
    async fn ask(&self, operation: Operation, time: Duration, rate: Option<f64>) -> Result<Round> {
        let requests = Requests { operation, ..self.tenant.clone() };
        let loaded = load::run_at(self.address, &requests, CONNECTIONS, End::After(time), rate).await;
        Ok(loaded.context("the tenant")?.round)
    }

    /// The neighbour asks as fast as it can.
    async fn flood(&self, operation: Operation, time: Duration) -> Result<Round> {
        let requests = Requests { operation, ..self.neighbour.clone() };
        let loaded = load::run(self.address, &requests, CONNECTIONS * TIMES, End::After(time)).await;
        Ok(loaded.context("the neighbour")?.round)
    }
}
