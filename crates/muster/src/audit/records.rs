//! The records of a database, tenant by tenant.

use server::StartupError;
use server::config::Config;
use store::audit::AuditRecord;
use store::{AuditSource, Database};
use uuid::Uuid;

use crate::command_line::AuditArguments;
use crate::configuration;

/// The records that are read at once.
const PAGE: u32 = 1_000;

/// The configuration that is meant.
pub fn configuration(of: &AuditArguments) -> Result<Config, StartupError> {
    configuration::load(&of.database.overrides())
}

/// The database that is meant.
pub async fn source(of: &AuditArguments) -> Result<AuditSource, StartupError> {
    let url = configuration(of)?.database_url();
    let database = Database::parse(&url).map_err(StartupError::Misused)?;
    AuditSource::open(&database).await.map_err(StartupError::Failed)
}

/// The tenants that are meant.
pub async fn tenants(source: &AuditSource, of: &AuditArguments) -> Result<Vec<Uuid>, StartupError> {
    match of.tenant {
        Some(tenant) => Ok(vec![tenant]),
        None => source.tenants().await.map_err(StartupError::Failed),
    }
}

/// Does something with each record of a tenant, in order.
pub async fn follow(
    source: &AuditSource,
    tenant: Uuid,
    mut with: impl FnMut(&AuditRecord) -> Result<(), StartupError>,
) -> Result<(), StartupError> {
    let mut after = 0;
    loop {
        let records = source.since(tenant, after, PAGE).await.map_err(StartupError::Failed)?;
        let Some(last) = records.last() else { return Ok(()) };
        after = last.sequence;
        records.iter().try_for_each(&mut with)?;
    }
}
