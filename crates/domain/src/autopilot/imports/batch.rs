//! Many registrations in one commit: what one call of `import` brought is read at once, and written at once.

use std::collections::{HashMap, HashSet};

use engine::{Context, Error};
use odata::{Key, Record};
use store::{Change, Job, LedgerKey, Owners, Query, Row};

use super::checks::{ImportChecks, distinctive_serial_number};
use super::error::ImportError;
use super::pending_imports::PendingImports;
use crate::autopilot::jobs::DUPLICATE;
use crate::autopilot::ledger::{HardwareClaims, HardwareDigests, HashedDevice};
use crate::changes::with_conditions_merged;

/// The number of identities with the serial numbers of a batch that are compared with its devices.
const SAME_SERIAL_NUMBERS_MAX: u64 = 2_000;

/// An import whose hash holds, and what the hash says.
struct HashedImport<'j> {
    job: &'j Job,
    row: Row,
    record: Record,
    device: HashedDevice,
}

/// The imports of a batch whose hashes hold, the digests of each, and the changes that end the others.
#[derive(Default)]
struct HashedBatch<'j> {
    imports: Vec<HashedImport<'j>>,
    digests: Vec<HardwareDigests>,
    changes: Vec<Change>,
}

/// Ends imports in one commit. Left over are those that depend on another of them, such as two hashes of one device, and
/// those of devices that require a remediation.
pub(super) async fn register(
    imports: &PendingImports,
    context: &Context<'_>,
    jobs: &[Job],
) -> Result<Vec<Job>, Error> {
    let checks = &imports.checks;
    let HashedBatch { imports: hashed, digests, mut changes } = hashed_batch(imports, context, jobs).await?;
    let claims = HardwareClaims::read(context, digests).await?;
    let own = claims.iter().filter_map(|claims| claims.own_device(context.tenant()).cloned()).collect();
    let to_remedy = checks.remediation.required_among(context, own).await?;
    let Some(identities) = by_serial_number(checks, context, &hashed, &claims).await? else {
        return Ok(jobs.to_vec());
    };
    let (mut registered, mut rest): (HashSet<LedgerKey>, Vec<Job>) = Default::default();
    let mut uuids: HashSet<LedgerKey> = HashSet::new();
    for (HashedImport { job, row, record, device }, mut claims) in hashed.into_iter().zip(claims) {
        let is_to_remedy = claims.own_device(context.tenant()).is_some_and(|own| to_remedy.contains(own));
        if is_to_remedy || claims.keys().any(|key| registered.contains(key)) {
            rest.push(job.clone());
            continue;
        }
        if claims.uuid().is_some_and(|uuid| uuids.contains(uuid)) {
            claims.note_shared_uuid();
        }
        let same_serial_number =
            distinctive_serial_number(&claims, &device).and_then(|text| identities.get(&folded(text)));
        let same_serial_number = same_serial_number.map_or(&[][..], Vec::as_slice);
        let outcome = match checks.register(context, &record, &device, &claims, same_serial_number).await? {
            Ok(registration) => {
                registered.extend(claims.keys());
                uuids.extend(claims.uuid());
                registration
            }
            Err(error) => checks.refusal(context, error),
        };
        changes.extend(imports.ending(context, job, &row, record, outcome).await?);
    }
    context.commit(with_conditions_merged(changes)).await?;
    Ok(rest)
}

/// The imports of jobs whose hashes hold; the others end at once.
async fn hashed_batch<'j>(
    imports: &PendingImports,
    context: &Context<'_>,
    jobs: &'j [Job],
) -> Result<HashedBatch<'j>, Error> {
    let mut records = records(imports, context, jobs).await?;
    let mut batch = HashedBatch::default();
    for job in jobs {
        let Some((row, record)) = records.remove(&job.subject) else {
            batch.changes.push(Change::Finish(job.clone()));
            continue;
        };
        let error = match imports.checks.device(context, &record) {
            Ok(_) if *job.content == *DUPLICATE => ImportError::Duplicated,
            Err(error) => error,
            Ok((device, digests)) => {
                batch.digests.push(digests);
                batch.imports.push(HashedImport { job, row, record, device });
                continue;
            }
        };
        let refusal = imports.checks.refusal(context, error);
        batch.changes.extend(imports.ending(context, job, &row, record, refusal).await?);
    }
    Ok(batch)
}

/// The records of jobs that are still there.
async fn records(
    imports: &PendingImports,
    context: &Context<'_>,
    jobs: &[Job],
) -> Result<HashMap<Key, (Row, Record)>, Error> {
    let keys = jobs.iter().map(|job| job.subject.clone()).collect();
    let query = Query::all(context.tenant(), imports.set, 1);
    let mut records = HashMap::with_capacity(jobs.len());
    for owned in context.list_each(&query, &Owners::Keys(keys)).await? {
        let record = context.store.record(imports.set, &owned.row)?;
        records.insert(owned.row.key.clone(), (owned.row, record));
    }
    Ok(records)
}

/// The tenant's identities with the serial numbers of devices, by these in lower case; none if there are too many to
/// compare.
async fn by_serial_number(
    checks: &ImportChecks,
    context: &Context<'_>,
    imports: &[HashedImport<'_>],
    claims: &[HardwareClaims],
) -> Result<Option<HashMap<String, Vec<(Key, Record)>>>, Error> {
    let wanted: HashSet<&str> = imports
        .iter()
        .zip(claims)
        .filter_map(|(import, claims)| distinctive_serial_number(claims, &import.device))
        .collect();
    let mut found: HashMap<String, Vec<(Key, Record)>> = HashMap::new();
    if wanted.is_empty() {
        return Ok(Some(found));
    }
    let wanted: Vec<&str> = wanted.into_iter().collect();
    let identities = checks.identities(context, &wanted, SAME_SERIAL_NUMBERS_MAX).await?;
    if identities.len() as u64 == SAME_SERIAL_NUMBERS_MAX {
        return Ok(None);
    }
    for (key, identity) in identities {
        let serial_number = folded(identity.text(checks.identity.serial_number).unwrap_or(""));
        found.entry(serial_number).or_default().push((key, identity));
    }
    Ok(Some(found))
}

fn folded(serial_number: &str) -> String {
    serial_number.to_ascii_lowercase()
}
