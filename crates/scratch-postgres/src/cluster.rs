//! One PostgreSQL server, and the databases in it.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::contention::{Contention, OWNER};
use crate::error::Error;
use crate::node::{MAINTENANCE_DATABASE, Node, USER};
use crate::setup::{Fsync, Setup};

/// A running server. It ends when this is dropped, or with the process.
#[derive(Debug)]
pub struct Cluster {
    node: Node,
    databases: AtomicU32,
}

impl Cluster {
    /// Initializes and starts a server.
    pub async fn start(fsync: Fsync) -> Result<Cluster, Error> {
        Cluster::start_with(fsync, &Setup::default()).await
    }

    /// Initializes and starts a server with more than a fresh one has.
    pub async fn start_with(fsync: Fsync, setup: &Setup) -> Result<Cluster, Error> {
        let setting = if fsync == Fsync::On { "fsync=on" } else { "fsync=off" };
        let node = Node::new(&setup.clone().with(&[setting]))?;
        node.initialize(setup)?;
        node.start().await?;
        Ok(Cluster { node, databases: AtomicU32::new(0) })
    }

    /// The URL of a new, empty database.
    pub async fn database(&self) -> Result<String, Error> {
        Ok(self.url(USER, &self.create_database().await?))
    }

    /// The URL of a new, empty database that undoes transactions.
    pub async fn contended_database(&self, contention: Contention) -> Result<String, Error> {
        let name = self.create_database().await?;
        let superuser = self.node.connect(&name).await.map_err(Error::Sql)?;
        contention.arm(&superuser, &name).await?;
        Ok(self.url(OWNER, &name))
    }

    async fn create_database(&self) -> Result<String, Error> {
        let name = format!("scratch_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let statement = format!("create database {name}");
        self.superuser().await?.batch_execute(&statement).await.map_err(Error::Sql)?;
        Ok(name)
    }

    fn url(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@127.0.0.1:{}/{database}", self.port())
    }

    /// The port on 127.0.0.1 at which it listens.
    pub fn port(&self) -> u16 {
        self.node.port
    }

    /// Ends the server as a power failure would: at once, without a last checkpoint. The data stay.
    pub fn crash(&self) -> Result<(), Error> {
        self.node.order("crash")
    }

    /// Starts the server after a crash and waits until it accepts connections.
    pub async fn start_again(&self) -> Result<(), Error> {
        self.node.start().await
    }

    /// Ends the server and starts it as a standby that nobody feeds: it can be read, and takes no writes.
    pub async fn become_standby(&self) -> Result<(), Error> {
        self.crash()?;
        self.node.write_files(&Setup { is_standby: true, ..Setup::default() })?;
        self.start_again().await
    }

    /// A session of the superuser's, through the socket, however others have to come.
    pub async fn superuser(&self) -> Result<tokio_postgres::Client, Error> {
        self.node.connect(MAINTENANCE_DATABASE).await.map_err(Error::Sql)
    }
}
