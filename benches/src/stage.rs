//! Where a run takes place: one store, one number of devices, and the databases in which they are.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use scratch_postgres::Cluster;

use crate::bare_store::BareStore;
use crate::muster::Program;
use crate::options::{Options, StoreKind};

/// A store and its size.
pub(crate) struct Stage<'s> {
    pub binary: &'s Path,
    pub folder: PathBuf,
    pub store: StoreKind,
    pub devices: u64,
    pub cluster: Option<Cluster>,
}

impl Stage<'_> {
    /// Muster on an empty database of its own.
    pub async fn program(&self, name: &str) -> Result<Program> {
        let database = match &self.cluster {
            Some(cluster) => cluster.database().await?,
            None => format!("sqlite:{}", self.folder.join(name).with_extension("db").display()),
        };
        Ok(Program::new(self.binary, self.folder.join(name), database))
    }

    /// An empty bare database.
    pub async fn bare(&self, name: &str) -> Result<BareStore> {
        BareStore::create(&self.folder.join(name).with_extension("db"), self.cluster.as_ref()).await
    }
}

/// Muster on an empty database of one store, for a workload that has a server of its own. The cluster lives as long as it is
/// held.
pub(crate) async fn own_program(
    options: &Options,
    name: &str,
    store: StoreKind,
) -> Result<(Program, Option<Cluster>)> {
    let binary = options.muster.canonicalize().with_context(|| options.muster.display().to_string())?;
    let cluster = cluster(store).await?;
    let folder = empty_folder(&options.folder.join(format!("{name}-{}", store.name())))?;
    let database = match &cluster {
        Some(cluster) => cluster.database().await?,
        None => format!("sqlite:{}", folder.join("muster.db").display()),
    };
    Ok((Program::new(&binary, folder, database), cluster))
}

/// The cluster for a store, if it needs one.
pub(crate) async fn cluster(store: StoreKind) -> Result<Option<Cluster>> {
    match store {
        StoreKind::Sqlite => Ok(None),
        StoreKind::Postgres => Ok(Some(Cluster::start(scratch_postgres::Fsync::On).await?)),
    }
}

/// Makes a folder anew; its whole path.
pub(crate) fn empty_folder(folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    folder.canonicalize().with_context(|| format!("no folder {}", folder.display()))
}
