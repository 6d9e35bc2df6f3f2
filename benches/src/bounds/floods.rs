//! The floods. Each is a number of clients that begin at once, and ends by itself.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Result;
use futures_util::future::BoxFuture;
use tokio::sync::{Barrier, Semaphore};
use tokio::task::JoinSet;

use super::client::{Client, Tally, Told};
use super::visitor::Visitor;
use super::{requests, visits};
use crate::options::BoundsOptions;

/// The clients that open a connection at once: the system keeps only so many that wait.
const OPENING_MAX: usize = 100;
/// The lists of those that import, which are fewer: each registers all of its identities.
const IMPORTS: usize = 24;

/// A flood by its name.
pub(super) struct Flood {
    pub name: &'static str,
    pub server: FloodedServer,
    crowd: Crowd,
    /// What all of its clients send.
    request: fn(&Client) -> Result<Vec<u8>>,
    visit: fn(Visitor) -> BoxFuture<'static, Told>,
}

/// The server that is flooded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FloodedServer {
    /// One that speaks plain HTTP, and has the floods one after the other.
    Plain,
    /// One that speaks TLS.
    Tls,
    /// One that is told to stop meanwhile.
    Stopping,
}

/// How many clients a flood has.
#[derive(Clone, Copy)]
enum Crowd {
    Connections,
    Clients,
    Imports,
}

/// The floods in the order in which a server has them.
pub(super) const FLOODS: [Flood; 14] = {
    use Crowd::{Clients, Connections, Imports};
    use FloodedServer::{Plain, Stopping, Tls};
    [
        flood("connections", Plain, Connections, requests::short, |one| Box::pin(visits::stay(one))),
        flood("slow-heads", Plain, Clients, requests::head, |one| Box::pin(visits::drip(one))),
        flood("slow-bodies", Plain, Clients, requests::begun, |one| Box::pin(visits::drip(one))),
        flood("slow-readers", Plain, Clients, requests::none, |one| Box::pin(visits::read_late(one))),
        flood("bodies", Plain, Clients, requests::text, |one| Box::pin(visits::ask(one))),
        flood("numbers", Plain, Clients, requests::numbers, |one| Box::pin(visits::ask(one))),
        flood("bombs", Plain, Clients, requests::bomb, |one| Box::pin(visits::ask(one))),
        flood("imports", Plain, Imports, requests::none, |one| Box::pin(visits::import(one))),
        flood("batches", Plain, Clients, requests::none, |one| Box::pin(visits::batch(one))),
        flood("filters", Plain, Clients, requests::none, |one| Box::pin(visits::filter(one))),
        flood("exports", Plain, Clients, requests::none, |one| Box::pin(visits::export(one))),
        flood("bulk", Plain, Clients, requests::lines, |one| Box::pin(visits::send_lines(one))),
        flood("tls", Tls, Connections, requests::short, |one| Box::pin(visits::stay(one))),
        flood("stop", Stopping, Clients, requests::none, |one| Box::pin(visits::page(one))),
    ]
};

const fn flood(
    name: &'static str,
    server: FloodedServer,
    crowd: Crowd,
    request: fn(&Client) -> Result<Vec<u8>>,
    visit: fn(Visitor) -> BoxFuture<'static, Told>,
) -> Flood {
    Flood { name, server, crowd, request, visit }
}

impl Flood {
    /// The number of its clients.
    pub(super) fn count(&self, options: &BoundsOptions) -> usize {
        match self.crowd {
            Crowd::Connections => options.connections as usize,
            Crowd::Clients => options.clients as usize,
            Crowd::Imports => IMPORTS,
        }
    }

    /// Sends all clients, and says what they were told.
    pub(super) async fn run(
        &self,
        client: &Client,
        address: SocketAddr,
        options: &BoundsOptions,
        asked: &Arc<Semaphore>,
    ) -> Result<Tally> {
        let count = self.count(options);
        let request: Arc<[u8]> = (self.request)(client)?.into();
        let (meeting, opening) = (Arc::new(Barrier::new(count)), Arc::new(Semaphore::new(OPENING_MAX)));
        let mut visits = JoinSet::new();
        for number in 0..count {
            let (client, request) = (client.clone(), Arc::clone(&request));
            let (meeting, opening) = (Arc::clone(&meeting), Arc::clone(&opening));
            let asked = Arc::clone(asked);
            let visitor = Visitor { client, address, number, request, meeting, opening, asked };
            visits.spawn((self.visit)(visitor));
        }
        let mut tally = Tally::new();
        while let Some(told) = visits.join_next().await {
            *tally.entry(told?).or_default() += 1;
        }
        Ok(tally)
    }
}
