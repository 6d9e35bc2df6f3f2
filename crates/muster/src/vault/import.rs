//! `muster vault import`: brings the records of a bundle back, through a server.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use domain::password_copies::{MergeBody, MergeCounts, MergeOutcome};
use server::StartupError;
use uuid::Uuid;

use super::bundle_reader::{AgeIdentities, each_record, identities, opened};
use super::merging::Merging;
use crate::graph_client::{GraphClient, Stopped};
use crate::output::print;
use crate::vault_arguments::VaultImportArguments;

/// Runs an import to its end. The exit code is 1 if a record's password is not on the server.
pub async fn run(arguments: &VaultImportArguments) -> Result<ExitCode, StartupError> {
    let identities = identities(&arguments.bundle)?;
    let path = &arguments.bundle.bundle;
    let client = GraphClient::new(&arguments.server)?;
    // To its end first: of one that was cut off or changed, nothing is sent.
    let mut tenants = BTreeSet::new();
    each_record(path, &identities, |record| {
        tenants.insert(record.tenant);
        Ok(())
    })?;
    let Some(tenant) = meant(arguments, &tenants, client.tenant())? else {
        print("the bundle has no record")?;
        return Ok(ExitCode::SUCCESS);
    };
    let (takes_conflicts, rehearses) = (arguments.take_conflicts, arguments.dry_run);
    let merging = Merging { client: &client, takes_conflicts, rehearses };
    let imported = import(path, &identities, tenant, &merging).await?;
    let Imported { counts, left_out } = imported;
    let told = if arguments.dry_run { "would become: " } else { "" };
    print(&format!("{told}{counts}; deleted in the bundle and left out: {left_out}"))?;
    Ok(if counts.conflict + counts.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What became of the records.
#[derive(Default)]
struct Imported {
    counts: MergeCounts,
    left_out: u64,
}

async fn import(
    path: &Path,
    identities: &AgeIdentities,
    tenant: Uuid,
    merging: &Merging<'_>,
) -> Result<Imported, StartupError> {
    let mut imported = Imported::default();
    let mut reader = opened(path, identities)?;
    let mut body = MergeBody::default();
    while let Some(record) = reader.next().map_err(|fault| fault.about(path))? {
        if record.tenant != tenant {
            continue;
        }
        if record.deleted_date_time.is_some() {
            imported.left_out += 1;
            continue;
        }
        body.add(&record);
        if body.is_full() {
            imported.note(merging.send(std::mem::take(&mut body)).await)?;
        }
    }
    imported.note(merging.send(body).await)?;
    Ok(imported)
}

impl Imported {
    /// Counts records, and tells of those whose password is not on the server.
    fn note(&mut self, sent: Result<Vec<MergeOutcome>, Stopped>) -> Result<(), StartupError> {
        let outcomes = sent.map_err(|Stopped(reason)| {
            StartupError::Failed(format!("{reason}; until then {}; run the same command again", self.counts))
        })?;
        for outcome in outcomes {
            self.counts.add(&outcome);
            let MergeOutcome { id, serial_number, outcome } = outcome;
            if matches!(&*outcome, "conflict" | "replaced" | "deleted" | "refused") {
                print(&format!("{outcome} {id} {serial_number}"))?;
            }
        }
        Ok(())
    }
}

/// The tenant whose records are meant; none if there is no record at all.
fn meant(
    arguments: &VaultImportArguments,
    tenants: &BTreeSet<Uuid>,
    of_server: Option<String>,
) -> Result<Option<Uuid>, StartupError> {
    let of_server = of_server.and_then(|tenant| Uuid::parse_str(&tenant).ok());
    match (arguments.of, tenants.len()) {
        (_, 0) => Ok(None),
        (Some(of), _) if tenants.contains(&of) => Ok(Some(of)),
        (Some(of), _) => Err(StartupError::Failed(format!("the bundle has no record of the tenant {of}"))),
        (None, 1) => Ok(tenants.first().copied()),
        (None, _) => match of_server.filter(|tenant| tenants.contains(tenant)) {
            Some(tenant) => Ok(Some(tenant)),
            None => {
                let all: Vec<String> = tenants.iter().map(Uuid::to_string).collect();
                let all = all.join(", ");
                Err(StartupError::Misused(format!(
                    "the bundle has records of several tenants; name one with --of: {all}"
                )))
            }
        },
    }
}
