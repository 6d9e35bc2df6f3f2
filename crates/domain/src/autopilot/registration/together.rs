//! Many registrations in one commit: what one call of `import` brought is looked up at once, and written at once.

use std::collections::{HashMap, HashSet};

use engine::{Context, Error};
use odata::{Key, Record};
use store::{Change, Job, LedgerKey, Owners, Query, Row};

use super::{DUPLICATE, Device, Register, telling_serial_number};
use crate::assessment::looked_at_together;
use crate::autopilot::import_error::ImportError;
use crate::autopilot::ownership::Standing;

/// How many identities with the serial numbers of a batch are looked at.
const SAME_SERIALS_MAX: u64 = 2_000;

/// A record whose hash holds, and what it says.
struct Candidate<'j> {
    job: &'j Job,
    row: Row,
    record: Record,
    device: Device,
}

impl Register {
    /// Ends imports in one commit. Left over is what hangs on another of them, two hashes of one device,
    /// and what is to be remedied.
    pub(super) async fn together(&self, context: &Context<'_>, jobs: &[Job]) -> Result<Vec<Job>, Error> {
        let mut records = self.records(context, jobs).await?;
        let (mut changes, mut candidates, mut marks) = (Vec::new(), Vec::new(), Vec::new());
        for job in jobs {
            let Some((row, record)) = records.remove(&job.subject) else {
                changes.push(Change::Finish(job.clone()));
                continue;
            };
            let error = match self.device(context, &record) {
                Ok(_) if *job.content == *DUPLICATE => ImportError::Duplicated,
                Err(error) => error,
                Ok((device, of_device)) => {
                    marks.push(of_device);
                    candidates.push(Candidate { job, row, record, device });
                    continue;
                }
            };
            changes.extend(self.settled(context, job, &row, record, self.refusal(context, error)).await?);
        }
        let standings = Standing::look_up(context, marks).await?;
        let own = standings.iter().filter_map(|standing| standing.own(context.tenant()).cloned()).collect();
        let to_remedy = self.remediation.among(context, own).await?;
        let Some(by_hand) = self.by_serial_number(context, &candidates, &standings).await? else {
            return Ok(jobs.to_vec());
        };
        let (mut entered, mut rest): (HashSet<LedgerKey>, Vec<Job>) = Default::default();
        let mut uuids: HashSet<LedgerKey> = HashSet::new();
        for (Candidate { job, row, record, device }, mut standing) in candidates.into_iter().zip(standings) {
            let is_to_remedy = standing.own(context.tenant()).is_some_and(|own| to_remedy.contains(own));
            if is_to_remedy || standing.keys().any(|key| entered.contains(key)) {
                rest.push(job.clone());
                continue;
            }
            if standing.uuid().is_some_and(|uuid| uuids.contains(uuid)) {
                standing.meet();
            }
            let same_serial_number =
                telling_serial_number(&standing, &device).and_then(|text| by_hand.get(&folded(text)));
            let same_serial_number = same_serial_number.map_or(&[][..], Vec::as_slice);
            let outcome = match self.judge(context, &record, &device, &standing, same_serial_number)? {
                Ok(registration) => {
                    entered.extend(standing.keys());
                    uuids.extend(standing.uuid());
                    registration
                }
                Err(error) => self.refusal(context, error),
            };
            changes.extend(self.settled(context, job, &row, record, outcome).await?);
        }
        context.commit(looked_at_together(context, changes)).await?;
        Ok(rest)
    }

    /// The records that are still there.
    async fn records(
        &self,
        context: &Context<'_>,
        jobs: &[Job],
    ) -> Result<HashMap<Key, (Row, Record)>, Error> {
        let keys = jobs.iter().map(|job| job.subject.clone()).collect();
        let query = Query::all(context.tenant(), self.records, 1);
        let mut records = HashMap::with_capacity(jobs.len());
        for owned in context.store.list_each(&query, &Owners::Keys(keys)).await? {
            let record = context.store.record(self.records, &owned.row)?;
            records.insert(owned.row.key.clone(), (owned.row, record));
        }
        Ok(records)
    }

    /// The tenant's identities with the serial numbers of devices, by those without their case; none if there are too
    /// many to tell.
    async fn by_serial_number(
        &self,
        context: &Context<'_>,
        candidates: &[Candidate<'_>],
        standings: &[Standing],
    ) -> Result<Option<HashMap<String, Vec<(Key, Record)>>>, Error> {
        let pairs = candidates.iter().zip(standings);
        let wanted: HashSet<&str> = pairs
            .filter_map(|(candidate, standing)| telling_serial_number(standing, &candidate.device))
            .collect();
        let mut found: HashMap<String, Vec<(Key, Record)>> = HashMap::new();
        if wanted.is_empty() {
            return Ok(Some(found));
        }
        let wanted: Vec<&str> = wanted.into_iter().collect();
        let identities = self.identities(context, &wanted, SAME_SERIALS_MAX).await?;
        if identities.len() as u64 == SAME_SERIALS_MAX {
            return Ok(None);
        }
        for (key, identity) in identities {
            let serial_number = identity.text(self.device.serial_number).unwrap_or_default();
            found.entry(folded(serial_number)).or_default().push((key, identity));
        }
        Ok(Some(found))
    }
}

fn folded(serial_number: &str) -> String {
    serial_number.to_ascii_lowercase()
}
