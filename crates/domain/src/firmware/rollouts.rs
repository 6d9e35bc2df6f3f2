//! The rings of configurations at work: what is reported counts for the ring of its device, and a job starts the next ring when
//! the last is well, or halts.

use std::sync::Arc;

use engine::handlers::{Behaviour, Invocation, JobFamily, JobKind, JobWorker, Names, Operate, StartError};
use engine::{Answer, Collection, Context, EntityAddress, Error, Handlers, Permit, generic, later};
use futures_util::future::BoxFuture;
use odata::edm::{PropertyId, SetId};
use odata::{Key, Record, Value};
use store::{Change, Job};

use super::ring_outcome::{RingCounts, count};
use super::rollout::{Rollout, RolloutProgress, Rollouts};
use super::sets::{CONFIGURATION, CONFIGURATIONS, DEVICE_STATE, DEVICE_STATES, ROLLOUT, ROLLOUTS};
use crate::derived_key::derived_key;

/// Starts the next ring of a configuration, or halts.
const ADVANCE_ROLLOUT: JobKind = JobKind { number: 30, event: None };
const FAMILY: JobFamily =
    JobFamily { permission: "DeviceManagementConfiguration.ReadWrite.All", kinds: &[ADVANCE_ROLLOUT] };
/// The time from a report to the look at the rings: reports of one second are looked at together.
const TICKS_PER_SECOND: i64 = 10_000_000;

/// The job that looks at the rings of a configuration. All that is reported in one second is looked at once, when it is over.
pub(super) fn advance(context: &Context<'_>, configuration: &Key) -> Change {
    let second = context.now.0.div_euclid(TICKS_PER_SECOND);
    let subject = derived_key(b"rollout", &[&configuration.to_bytes()[..], &second.to_be_bytes()].concat());
    ADVANCE_ROLLOUT.job(subject, configuration.to_string().as_bytes(), later(context.now, 1))
}

/// Registers the rollouts, the actions on them and the job.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    halt_after_failures: u32,
) -> Result<(), StartError> {
    handlers.jobs(names, &FAMILY)?;
    let advances = Arc::new(RolloutAdvances::new(names, halt_after_failures)?);
    handlers.set(advances.set, RolloutBehaviour(advances.clone()));
    for (name, step) in [("resume", AdministratorStep::Resume), ("skip", AdministratorStep::Skip)] {
        let operation = names.operation(name, ROLLOUT)?;
        handlers.operation(operation, Administered { advances: advances.clone(), step });
    }
    handlers.job(ADVANCE_ROLLOUT, AdvanceRollout(advances));
    Ok(())
}

/// What the rings of configurations are looked at by.
struct RolloutAdvances {
    set: SetId,
    rollouts: Rollouts,
    configurations: SetId,
    version: u16,
    states: SetId,
    outcome: PropertyId,
    /// The failures that halt a rollout which says nothing of it; 0: never.
    halt_after_failures: i64,
}

impl RolloutAdvances {
    fn new(names: &Names<'_>, halt_after_failures: u32) -> Result<RolloutAdvances, StartError> {
        let outcome = names.path(DEVICE_STATE, "ringOutcome")?.steps.first().map(|step| step.property);
        Ok(RolloutAdvances {
            set: names.set(ROLLOUTS)?,
            rollouts: Rollouts::new(names)?,
            configurations: names.set(CONFIGURATIONS)?,
            version: names.slot(CONFIGURATION, "version")?,
            states: names.set(DEVICE_STATES)?,
            outcome: outcome.ok_or_else(|| StartError("run states have nothing to count rings by".into()))?,
            halt_after_failures: halt_after_failures.into(),
        })
    }

    /// The version of a configuration; none if the configuration is gone.
    async fn version(&self, context: &Context<'_>, configuration: &Key) -> Result<Option<i64>, Error> {
        let Some(row) = context.get(self.configurations, None, configuration).await? else { return Ok(None) };
        Ok(match context.store.record(self.configurations, &row)?.get(self.version) {
            Some(Value::Int(version)) => Some(*version),
            _ => None,
        })
    }

    /// What was reported of a version, by ring.
    async fn counts(
        &self,
        context: &Context<'_>,
        configuration: &Key,
        progress: &RolloutProgress,
    ) -> Result<RingCounts, Error> {
        let owner = std::slice::from_ref(configuration);
        let counts = context.store.count_by_value(context.tenant(), self.states, self.outcome, owner).await?;
        Ok(count(&counts, progress))
    }

    /// The changes that give a rollout its next progress; none if it has it, or has no rings.
    async fn changes(
        &self,
        context: &Context<'_>,
        configuration: &Key,
        next: impl Fn(&Rollout, RolloutProgress, &RingCounts) -> Result<RolloutProgress, Error>,
    ) -> Result<Vec<Change>, Error> {
        let Some(version) = self.version(context, configuration).await? else { return Ok(Vec::new()) };
        let row = context.get(self.set, Some(configuration), configuration).await?;
        let before = match &row {
            Some(row) => context.store.record(self.set, row)?,
            None => self.rollouts.empty(context),
        };
        let rollout = self.rollouts.read(&before);
        if rollout.rings.is_empty() {
            return next(&rollout, RolloutProgress::default(), &RingCounts::default()).map(|_| Vec::new());
        }
        let progress = rollout.progress(version);
        let counts = self.counts(context, configuration, &progress).await?;
        let mut after = before.clone();
        self.rollouts.write(&mut after, &next(&rollout, progress, &counts)?);
        match row {
            Some(row) if after != before => {
                let parent = Some(configuration.clone());
                let collection = Collection { parent, ..Collection::of(self.set) };
                generic::next_state(context, &collection, &row, after).await
            }
            _ => Ok(Vec::new()),
        }
    }

    /// How far a rollout goes by what was reported: it halts, or starts the next ring while the last is well.
    fn advanced(
        &self,
        rollout: &Rollout,
        mut progress: RolloutProgress,
        counts: &RingCounts,
    ) -> RolloutProgress {
        if progress.is_halted {
            return progress;
        }
        if let Some(reason) = counts.halt_reason(rollout, &progress, self.halt_after_failures) {
            return RolloutProgress { is_halted: true, halt_reason: Some(reason.into()), ..progress };
        }
        while let Some(ring) = progress.current_ring.checked_sub(1).and_then(|at| rollout.rings.get(at)) {
            if !counts.is_well(progress.current_ring, ring.minimum_successes) {
                break;
            }
            progress.current_ring += 1;
        }
        progress
    }
}

struct AdvanceRollout(Arc<RolloutAdvances>);

impl JobWorker for AdvanceRollout {
    fn set(&self) -> SetId {
        self.0.set
    }

    fn work<'a>(
        &'a self,
        context: &'a Context<'a>,
        _permit: Permit,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let configuration = std::str::from_utf8(&job.content)
                .map_err(|_| store::ReadError::Corrupt("the configuration of a job".to_owned()))?;
            let configuration = Key::parse(configuration);
            let next = |rollout: &Rollout, progress, counts: &RingCounts| {
                Ok(self.0.advanced(rollout, progress, counts))
            };
            let decide = || async {
                let mut changes = self.0.changes(context, &configuration, next).await?;
                changes.push(Change::Finish(job.clone()));
                Ok(changes)
            };
            context.change(decide).await.map(|_| ())
        })
    }
}

/// What an administrator does about a rollout.
#[derive(Clone, Copy)]
enum AdministratorStep {
    Resume,
    Skip,
}

struct Administered {
    advances: Arc<RolloutAdvances>,
    step: AdministratorStep,
}

impl Administered {
    fn next(
        &self,
        rollout: &Rollout,
        progress: RolloutProgress,
        counts: &RingCounts,
    ) -> Result<RolloutProgress, Error> {
        match self.step {
            _ if rollout.rings.is_empty() => Err(Error::bad_request("The configuration has no rings.")),
            AdministratorStep::Resume if !progress.is_halted => {
                Err(Error::bad_request("The rollout is not halted."))
            }
            AdministratorStep::Resume => Ok(RolloutProgress {
                is_halted: false,
                halt_reason: None,
                failures_forgiven: counts.failures(),
                ..progress
            }),
            AdministratorStep::Skip if progress.is_halted => {
                Err(Error::bad_request("The rollout is halted; 'muster.resume' lets it go on."))
            }
            AdministratorStep::Skip if progress.current_ring > rollout.rings.len() => {
                Err(Error::bad_request("Every ring has started already."))
            }
            AdministratorStep::Skip => {
                Ok(RolloutProgress { current_ring: progress.current_ring + 1, ..progress })
            }
        }
    }
}

impl Operate for Administered {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let (context, address) = (invocation.context, invocation.address()?);
            let next =
                |rollout: &Rollout, progress, counts: &RingCounts| self.next(rollout, progress, counts);
            context.change(|| self.advances.changes(context, &address.key, next)).await?;
            Ok(Answer::no_content())
        })
    }
}

struct RolloutBehaviour(Arc<RolloutAdvances>);

impl Behaviour for RolloutBehaviour {
    fn before_update(&self, _: &Context<'_>, before: &Record, after: &mut Record) -> Result<(), Error> {
        let rollouts = &self.0.rollouts;
        rollouts.check(after)?;
        let [earlier, later] = [before, &*after].map(|record| rollouts.read(record));
        if earlier.rings != later.rings {
            // What was reported so far was reported by other rings.
            let current_ring = usize::from(!later.rings.is_empty());
            let epoch = earlier.progress.epoch + 1;
            rollouts.write(after, &RolloutProgress { epoch, current_ring, ..RolloutProgress::default() });
        }
        Ok(())
    }

    fn admit<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a EntityAddress,
        _: Option<&'a Record>,
        _: &'a mut Record,
    ) -> BoxFuture<'a, Result<Vec<Change>, Error>> {
        Box::pin(async move { Ok(vec![advance(context, &address.key)]) })
    }
}
