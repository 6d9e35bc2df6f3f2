//! A throw-away PostgreSQL for tests and benchmarks, from the binaries that the distribution installs.
//!
//! A process starts one [`Cluster`] when it first needs one, and every test takes a database of its own from it. The
//! cluster ends with the process, however that ends: a watchdog waits for the pipe between them to close. Tests of
//! failures take a [`ReplicatedPair`], and a [`FaultyProxy`] before it.

mod cluster;
mod contention;
mod error;
mod installation;
mod node;
mod pair;
mod pooler;
mod proxy;
mod runner;
mod setup;

pub use cluster::Cluster;
pub use contention::{Contention, connect};
pub use error::Error;
pub use pair::ReplicatedPair;
pub use pooler::Pooler;
pub use proxy::{FaultyProxy, Traffic};
pub use setup::{FOLDER, Fsync, Setup};

use tokio::sync::OnceCell;

static SHARED: OnceCell<Cluster> = OnceCell::const_new();
static SHARED_POOLER: OnceCell<Pooler> = OnceCell::const_new();

/// The number of the server's connections that the shared pooler has for each database: fewer than a Muster uses.
pub const POOLED_CONNECTIONS: u16 = 3;

/// The cluster of this process. It leaves the disk to the kernel: a process that is killed loses nothing that way, and no
/// test cuts the power.
///
/// # Panics
/// If PostgreSQL is not installed or does not start: a test that needs it must not pass without.
pub async fn shared() -> &'static Cluster {
    let cluster = SHARED.get_or_try_init(|| Cluster::start(Fsync::Off)).await;
    cluster.unwrap_or_else(|error| panic!("no scratch PostgreSQL: {error}"))
}

/// The URL of a new, empty database in this process's cluster. `SCRATCH_POSTGRES_SERIALIZABLE=N` makes it one that is SERIALIZABLE
/// and undoes each Nth transaction.
///
/// # Panics
/// As [`shared`] does.
pub async fn database() -> String {
    match Contention::of_environment() {
        Some(contention) => contended_database(contention).await,
        None => of_new_database(shared().await.database().await),
    }
}

/// The URL of a new, empty database in this process's cluster that is SERIALIZABLE and undoes transactions.
///
/// # Panics
/// As [`shared`] does.
pub async fn contended_database(contention: Contention) -> String {
    of_new_database(shared().await.contended_database(contention).await)
}

fn of_new_database(url: Result<String, Error>) -> String {
    url.unwrap_or_else(|error| panic!("no database in the scratch PostgreSQL: {error}"))
}

/// The URL by which a database of this process's cluster is reached through its PgBouncer.
///
/// # Panics
/// If PgBouncer is not installed or does not start, and as [`shared`] does.
pub async fn through_pooler(url: &str) -> String {
    let pooler =
        SHARED_POOLER.get_or_try_init(async || Pooler::start(shared().await, POOLED_CONNECTIONS)).await;
    pooler.unwrap_or_else(|error| panic!("no PgBouncer: {error}")).through(url)
}
