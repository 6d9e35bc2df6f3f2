//! `hardwareConfigurations/{id}/assignments`: the targets of a configuration. When one is lost, or one excludes, the states of
//! devices that have the configuration no more end, by the job that assesses devices.

use engine::breach::flag;
use engine::handlers::{Behaviour, Deletion, Names, StartError};
use engine::{Context, EntityAddress, Error, Handlers, code};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::payload::Valid;
use odata::{Key, Record};
use store::Change;

use super::sets::{ASSIGNMENT, ASSIGNMENTS};
use crate::assessment::{AssessmentReason, AssessmentScope};
use crate::assignment::{AssignmentTarget, TargetSlots, gain, loss};

/// Registers the behaviour of assignments.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let assignments =
        ConfigurationTargets { set: names.set(ASSIGNMENTS)?, targets: TargetSlots::new(names, ASSIGNMENT)? };
    handlers.set(assignments.set, assignments);
    Ok(())
}

struct ConfigurationTargets {
    set: SetId,
    targets: TargetSlots,
}

impl ConfigurationTargets {
    fn check(&self, assignment: &Record) -> Result<(), Error> {
        match self.targets.of(assignment) {
            AssignmentTarget::UnnamedGroup => Err(Error::bad_request(
                "The property 'target/groupId' is required of a target that is a group.",
            )
            .coded(code::PROPERTY_REQUIRED)
            .about("target/groupId")),
            _ => Ok(()),
        }
    }
}

impl Behaviour for ConfigurationTargets {
    fn before_create(&self, _: &Context<'_>, record: &mut Record) -> Result<(), Error> {
        self.check(record)
    }

    fn before_update(&self, _: &Context<'_>, _: &Record, after: &mut Record) -> Result<(), Error> {
        self.check(after)
    }

    fn beside_create(&self, context: &Context<'_>, key: &Key, entity: &Valid) -> Result<Vec<Change>, Error> {
        let breach = self.targets.breach(context.model(), entity.record());
        let flag = flag(context, self.set, key, breach);
        Ok(gain(context, &self.targets.of(entity.record()))?.into_iter().chain(flag).collect())
    }

    fn beside_update(
        &self,
        context: &Context<'_>,
        address: &EntityAddress,
        before: &Record,
        after: &Valid,
    ) -> Result<Vec<Change>, Error> {
        if self.targets.assignment(before) == self.targets.assignment(after.record()) {
            return Ok(Vec::new());
        }
        let (before, after) = (self.targets.of(before), self.targets.of(after.record()));
        Ok(loss_of_configuration(context, address, &before)?
            .into_iter()
            .chain(gain(context, &after)?)
            .collect())
    }

    fn delete<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a EntityAddress,
    ) -> BoxFuture<'a, Result<Deletion, Error>> {
        Box::pin(async move {
            let Some(row) = context.row(address).await? else { return Ok(Deletion::Now(Vec::new())) };
            let target = self.targets.of(&context.store.record(self.set, &row)?);
            Ok(Deletion::Now(loss_of_configuration(context, address, &target)?.into_iter().collect()))
        })
    }
}

/// The assessment that follows when a target loses the configuration.
fn loss_of_configuration(
    context: &Context<'_>,
    address: &EntityAddress,
    target: &AssignmentTarget,
) -> Result<Option<Change>, Error> {
    let configuration = address.collection.parent.clone();
    let configuration =
        configuration.ok_or_else(|| Error::defect("an assignment belongs to no configuration"))?;
    loss(context, target, AssessmentScope::Configuration(configuration), AssessmentReason::Membership)
}
