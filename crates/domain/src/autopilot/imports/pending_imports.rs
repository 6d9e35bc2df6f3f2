//! Imports whose records wait for their registration: how they are read, and how they end.

use engine::breach::flag;
use engine::generic::next_state;
use engine::handlers::{Names, StartError};
use engine::{Collection, Context, Error, later};
use odata::edm::SetId;
use odata::{Record, Value};
use store::{Change, Job, Row};

use super::checks::{ImportChecks, RegistrationOutcome};
use crate::MusterSettings;
use crate::autopilot::jobs;
use crate::autopilot::sets::IMPORTS;

const SECONDS_PER_DAY: i64 = 86_400;

/// The records of imports, and the checks by which they end.
pub(super) struct PendingImports {
    pub(super) set: SetId,
    pub(super) checks: ImportChecks,
    /// The days that a record is kept after its end; 0 is for ever.
    retention_days: u32,
}

impl PendingImports {
    pub(super) fn new(names: &Names<'_>, settings: &MusterSettings) -> Result<PendingImports, StartError> {
        Ok(PendingImports {
            set: names.set(IMPORTS)?,
            checks: ImportChecks::new(names, settings)?,
            retention_days: settings.autopilot.import_retention_days,
        })
    }

    /// The record of a job, if it is still there. That there is the job says that the import is under way.
    pub(super) async fn record(
        &self,
        context: &Context<'_>,
        job: &Job,
    ) -> Result<Option<(Row, Record)>, Error> {
        let row = context.get(self.set, None, &job.subject).await?;
        let Some(row) = row else { return Ok(None) };
        let record = context.store.record(self.set, &row)?;
        Ok(Some((row, record)))
    }

    /// The changes that end an import: the record's last state, the end of its job, and its retirement some day.
    pub(super) async fn ending(
        &self,
        context: &Context<'_>,
        job: &Job,
        row: &Row,
        mut record: Record,
        outcome: RegistrationOutcome,
    ) -> Result<Vec<Change>, Error> {
        record.set(self.checks.record.state, Value::Complex(Box::new(outcome.state)));
        let mut changes = next_state(context, &Collection::of(self.set), row, record).await?;
        changes.extend(flag(context, self.set, &row.key, outcome.breach));
        changes.extend(outcome.beside);
        changes.push(Change::Finish(job.clone()));
        let days = i64::from(self.retention_days);
        if days > 0 {
            let run_at = later(context.now, days * SECONDS_PER_DAY);
            changes.push(jobs::RETIRE.job(row.key.clone(), b"", run_at));
        }
        Ok(changes)
    }
}
