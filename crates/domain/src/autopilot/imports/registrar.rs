//! When the devices of records are registered: by the call that creates the records, or later by a job.

use engine::handlers::{Names, StartError};
use engine::{Context, Error, later};
use odata::{Key, Record};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::call_keys::CallKeys;
use super::checks::ImportChecks;
use super::decision::{Decision, Identification, decide, identified};
use crate::MusterSettings;
use crate::autopilot::jobs;

const SECONDS_PER_DAY: i64 = 86_400;
/// The number of calls whose records are in the memory of jobs at once.
const CALLS_AT_ONCE_MAX: usize = 4;

/// Registers the devices of records.
pub(super) struct Registrar {
    pub(super) checks: ImportChecks,
    /// The seconds from an import to its end.
    delay_seconds: i64,
    /// The days that a record is kept after its end; 0 is for ever.
    retention_days: u32,
    calls_at_once: Semaphore,
}

/// The records of one call, and what their hashes say if they are registered by it.
pub(super) struct CreatedRecords {
    pub(super) keys: CallKeys,
    pub(super) records: Vec<(Key, Record)>,
    /// The devices; none if they are registered later.
    devices: Option<Vec<Identification>>,
}

impl Registrar {
    pub(super) fn new(names: &Names<'_>, settings: &MusterSettings) -> Result<Registrar, StartError> {
        Ok(Registrar {
            checks: ImportChecks::new(names, settings)?,
            delay_seconds: settings.autopilot.delays.import_seconds(),
            retention_days: settings.autopilot.import_retention_days,
            calls_at_once: Semaphore::new(CALLS_AT_ONCE_MAX),
        })
    }

    /// Waits until a job may read the records of a call; it may for as long as it keeps the result.
    pub(super) async fn turn(&self) -> Result<SemaphorePermit<'_>, Error> {
        self.calls_at_once.acquire().await.map_err(|_| Error::defect("no job may read records any more"))
    }

    /// The records of one call, to be created by it. It does not register their devices if that takes time, nor if other
    /// calls are committed with it: none of these sees what the others register.
    pub(super) fn created(
        &self,
        context: &Context<'_>,
        keys: CallKeys,
        records: Vec<(Key, Record)>,
    ) -> CreatedRecords {
        let is_at_once = self.delay_seconds == 0 && !context.is_in_change_set();
        let devices = is_at_once.then(|| identified(&self.checks, context, &records));
        CreatedRecords { keys, records, devices }
    }

    /// What the creation of records comes to: their last states, none if their devices are registered later.
    pub(super) async fn creation(
        &self,
        context: &Context<'_>,
        CreatedRecords { keys, records, devices }: &CreatedRecords,
    ) -> Result<Decision, Error> {
        match devices {
            Some(devices) => self.end(context, keys, records, devices).await,
            None => {
                let run_at = later(context.now, self.delay_seconds);
                let job = jobs::REGISTER.job(keys.subject(), &keys.content()?, run_at);
                Ok(Decision { states: Vec::new(), beside: vec![job] })
            }
        }
    }

    /// Registers the devices of records: the last states, and with the other changes the records' retirement some day.
    pub(super) async fn end(
        &self,
        context: &Context<'_>,
        keys: &CallKeys,
        records: &[(Key, Record)],
        devices: &[Identification],
    ) -> Result<Decision, Error> {
        let mut decision = decide(&self.checks, context, records, devices).await?;
        let days = i64::from(self.retention_days);
        if days > 0 {
            let run_at = later(context.now, days * SECONDS_PER_DAY);
            decision.beside.push(jobs::RETIRE.job(keys.subject(), &keys.content()?, run_at));
        }
        Ok(decision)
    }
}
