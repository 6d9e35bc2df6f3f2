//! What follows when the targets of a profile or configuration change: the devices that gain or lose it are assessed.

use engine::breach::flag;
use engine::handlers::Deletion;
use engine::{Context, EntityAddress, Error, code};
use odata::edm::SetId;
use odata::payload::Valid;
use odata::{Key, Record};
use store::Change;

use super::targets::{AssignmentTarget, TargetSlots};
use crate::assessment::{AssessmentReason, AssessmentScope, assessment};

/// The devices that have what was assigned, and why they are assessed when they lose it.
pub(crate) type Holders = fn(Key) -> (AssessmentScope, AssessmentReason);

/// The assignments of one kind, as far as devices are assessed when they change.
pub(crate) struct TargetChanges {
    pub(crate) set: SetId,
    pub(crate) targets: TargetSlots,
    /// Those who have what the entity with this key gives.
    pub(crate) holders: Holders,
}

impl TargetChanges {
    /// Refuses a target that is a group and does not say which.
    pub(crate) fn refuse_unnamed(&self, assignment: &Record) -> Result<(), Error> {
        match self.targets.of(assignment) {
            AssignmentTarget::UnnamedGroup => Err(Error::bad_request(
                "The property 'target/groupId' is required of a target that is a group.",
            )
            .coded(code::PROPERTY_REQUIRED)
            .about("target/groupId")),
            _ => Ok(()),
        }
    }

    /// What goes with a new assignment.
    pub(crate) fn beside_create(
        &self,
        context: &Context<'_>,
        key: &Key,
        entity: &Valid,
    ) -> Result<Vec<Change>, Error> {
        let breach = self.targets.breach(context.model(), entity.record());
        let flag = flag(context, self.set, key, breach);
        Ok(gain(context, &self.targets.of(entity.record()))?.into_iter().chain(flag).collect())
    }

    /// What goes with a change of an assignment.
    pub(crate) fn beside_update(
        &self,
        context: &Context<'_>,
        address: &EntityAddress,
        before: &Record,
        after: &Valid,
    ) -> Result<Vec<Change>, Error> {
        if self.targets.assignment(before) == self.targets.assignment(after.record()) {
            return Ok(Vec::new());
        }
        let lost = self.loss(context, address, &self.targets.of(before))?;
        Ok(lost.into_iter().chain(gain(context, &self.targets.of(after.record()))?).collect())
    }

    /// How an assignment is deleted.
    pub(crate) async fn delete(
        &self,
        context: &Context<'_>,
        address: &EntityAddress,
    ) -> Result<Deletion, Error> {
        let Some(row) = context.row(address).await? else { return Ok(Deletion::Now(Vec::new())) };
        let target = self.targets.of(&context.store.record(self.set, &row)?);
        Ok(Deletion::Now(self.loss(context, address, &target)?.into_iter().collect()))
    }

    /// The assessment that follows when a target loses what it was assigned.
    fn loss(
        &self,
        context: &Context<'_>,
        address: &EntityAddress,
        target: &AssignmentTarget,
    ) -> Result<Option<Change>, Error> {
        let owner = address.collection.parent.clone();
        let owner = owner.ok_or_else(|| Error::defect("an assignment belongs to nothing"))?;
        let (holders, reason) = (self.holders)(owner);
        target.scope_of_loss(holders).map(|scope| assessment(context, scope, reason)).transpose()
    }
}

/// The assessment that follows a gain: the devices may have had another of its kind.
fn gain(context: &Context<'_>, target: &AssignmentTarget) -> Result<Option<Change>, Error> {
    let assessment = |scope| assessment(context, scope, AssessmentReason::Membership);
    target.scope_of_gain().map(assessment).transpose()
}
