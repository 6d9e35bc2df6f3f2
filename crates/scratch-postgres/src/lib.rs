//! A throw-away PostgreSQL for tests and benchmarks, from the binaries that the distribution installs.
//!
//! A process starts one [`Cluster`] when it first needs one, and every test takes a database of its own from it. The
//! cluster ends with the process, however that ends: a watchdog waits for the pipe between them to close.

mod cluster;
mod error;
mod installation;

pub use cluster::{Cluster, FOLDER, Fsync, Setup};
pub use error::Error;

use tokio::sync::OnceCell;

static SHARED: OnceCell<Cluster> = OnceCell::const_new();

/// The URL of a new, empty database in this process's cluster. It leaves the disk to the kernel: a process that is killed
/// loses nothing that way, and no test cuts the power.
///
/// # Panics
/// If PostgreSQL is not installed or does not start: a test that needs it must not pass without.
pub async fn database() -> String {
    let url = async { SHARED.get_or_try_init(|| Cluster::start(Fsync::Off)).await?.database().await };
    match url.await {
        Ok(url) => url,
        Err(error) => panic!("no scratch PostgreSQL: {error}"),
    }
}
