//! A primary and its synchronous standby, which can take its place, behind proxies that can fail.

use std::time::{Duration, Instant};

use tokio_postgres::Client;

use crate::error::Error;
use crate::node::{MAINTENANCE_DATABASE, Node, USER};
use crate::proxy::{FaultyProxy, Traffic};
use crate::setup::Setup;

/// How long a standby may take until it is in step.
const IN_STEP_MAX: Duration = Duration::from_secs(60);
/// How often to ask whether it is.
const IN_STEP_POLL: Duration = Duration::from_millis(20);
/// Replication notices soon that its network was cut, and soon connects again.
const SETTINGS: &[&str] = &[
    "wal_sender_timeout=3s",
    "wal_receiver_timeout=3s",
    "wal_retrieve_retry_interval=100ms",
    "synchronous_commit=on",
];

/// The pair. Clients reach each server by a proxy of its own, and the standby its primary by another. Waiting for a server
/// keeps a thread busy, so the runtime must have another one for the proxies.
#[derive(Debug)]
pub struct ReplicatedPair {
    nodes: [Node; 2],
    /// The proxies before the servers.
    pub fronts: [FaultyProxy; 2],
    /// The proxy at the one address that leads to whichever server is the primary.
    pub service: FaultyProxy,
    links: [FaultyProxy; 2],
    primary: usize,
}

impl ReplicatedPair {
    /// Starts both, with the standby in step.
    pub async fn start() -> Result<ReplicatedPair, Error> {
        let setup = Setup::default().with(SETTINGS);
        let nodes = [Node::new(&setup)?, Node::new(&setup)?];
        let [one, other] = nodes.each_ref().map(|node| node.port);
        let proxy = async |port| FaultyProxy::start(port).await.map_err(Error::Io);
        nodes[0].initialize(&setup)?;
        nodes[0].start().await?;
        let pair = ReplicatedPair {
            fronts: [proxy(one).await?, proxy(other).await?],
            service: proxy(one).await?,
            links: [proxy(one).await?, proxy(other).await?],
            nodes,
            primary: 0,
        };
        pair.join_standby().await?;
        Ok(pair)
    }

    /// Makes a new, empty database of this name.
    pub async fn database(&self, name: &str) -> Result<(), Error> {
        self.run(&[&format!("create database {name}")]).await
    }

    /// The URL of a database by the addresses of both servers.
    pub fn url_of_both(&self, database: &str) -> String {
        let [one, other] = self.fronts.each_ref().map(|front| front.port);
        format!(
            "postgres://{USER}@127.0.0.1:{one},127.0.0.1:{other}/{database}?target_session_attrs=read-write"
        )
    }

    /// The URL of a database by the one address that leads to the primary.
    pub fn url_of_service(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.service.port)
    }

    /// The URL of a database by the primary's own address, without a proxy.
    pub fn url_of_primary(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.nodes[self.primary].port)
    }

    /// The proxy before the primary.
    pub fn front(&self) -> &FaultyProxy {
        &self.fronts[self.primary]
    }

    /// The proxy before the other server.
    pub fn other_front(&self) -> &FaultyProxy {
        &self.fronts[1 - self.primary]
    }

    /// The proxy between the primary and its standby.
    pub fn link(&self) -> &FaultyProxy {
        &self.links[self.primary]
    }

    /// Ends the primary by SIGKILL.
    pub fn kill_primary(&self) -> Result<(), Error> {
        self.nodes[self.primary].order("kill")
    }

    /// Has the primary end what it does, and end.
    pub fn stop_primary(&self) -> Result<(), Error> {
        self.nodes[self.primary].order("stop")
    }

    /// Starts the primary that was ended, and waits until it accepts connections.
    pub async fn start_primary(&self) -> Result<(), Error> {
        self.nodes[self.primary].start().await
    }

    /// Makes the standby the primary, which waits for no standby until the other one [`rejoin`](ReplicatedPair::rejoin)s. A
    /// former primary that still runs can acknowledge nothing: it waits for a standby that follows it no more.
    pub async fn promote(&mut self) -> Result<(), Error> {
        let standby = 1 - self.primary;
        // Before anything else, as whoever decides about promotions must: the former primary is followed no more.
        self.links[self.primary].set(Traffic::Refused);
        let client = self.nodes[standby].connect(MAINTENANCE_DATABASE).await.map_err(Error::Sql)?;
        let alone = "alter system set synchronous_standby_names = ''";
        client.batch_execute(alone).await.map_err(Error::Sql)?;
        client.batch_execute("select pg_reload_conf()").await.map_err(Error::Sql)?;
        self.nodes[standby].order("promote")?;
        self.primary = standby;
        self.service.lead_to(self.nodes[standby].port);
        Ok(())
    }

    /// Ends the server that is not the primary, if it runs, and starts it anew as the primary's standby; returns when it is
    /// in step.
    pub async fn rejoin(&self) -> Result<(), Error> {
        self.nodes[1 - self.primary].order("crash")?;
        self.links[1 - self.primary].set(Traffic::Flows);
        self.join_standby().await
    }

    async fn join_standby(&self) -> Result<(), Error> {
        let standby = &self.nodes[1 - self.primary];
        standby.order(&format!("copy {}", self.link().port))?;
        standby.start().await?;
        self.run(&["alter system set synchronous_standby_names = '*'", "select pg_reload_conf()"]).await?;
        self.in_step().await
    }

    /// Waits until the standby has all that the primary has, and commits wait for it.
    pub async fn in_step(&self) -> Result<(), Error> {
        let client = self.client().await?;
        let begin = Instant::now();
        let is_followed = "select 1 from pg_stat_replication where sync_state = 'sync' and state = 'streaming' \
             and flush_lsn >= pg_current_wal_flush_lsn()";
        while client.query(is_followed, &[]).await.map_err(Error::Sql)?.is_empty() {
            if begin.elapsed() > IN_STEP_MAX {
                return Err(Error::Server("the standby does not come in step".to_owned()));
            }
            tokio::time::sleep(IN_STEP_POLL).await;
        }
        // The process that tells commits whether to wait reads its settings before it does this.
        client.batch_execute("checkpoint").await.map_err(Error::Sql)
    }

    async fn run(&self, statements: &[&str]) -> Result<(), Error> {
        let client = self.client().await?;
        for statement in statements {
            client.batch_execute(statement).await.map_err(Error::Sql)?;
        }
        Ok(())
    }

    async fn client(&self) -> Result<Client, Error> {
        self.nodes[self.primary].connect(MAINTENANCE_DATABASE).await.map_err(Error::Sql)
    }
}
