//! The assessments that follow when a target gains or loses what is assigned to it.

use engine::{Context, Error};
use store::Change;

use super::targets::AssignmentTarget;
use crate::assessment::{AssessmentReason, AssessmentScope, assessment};

/// The assessment that follows a gain: the devices may have had another of its kind.
pub(crate) fn gain(context: &Context<'_>, target: &AssignmentTarget) -> Result<Option<Change>, Error> {
    let assessment = |scope| assessment(context, scope, AssessmentReason::Membership);
    target.scope_of_gain().map(assessment).transpose()
}

/// The assessment that follows a loss, of those who have what was assigned.
pub(crate) fn loss(
    context: &Context<'_>,
    target: &AssignmentTarget,
    holders: AssessmentScope,
    reason: AssessmentReason,
) -> Result<Option<Change>, Error> {
    target.scope_of_loss(holders).map(|scope| assessment(context, scope, reason)).transpose()
}
