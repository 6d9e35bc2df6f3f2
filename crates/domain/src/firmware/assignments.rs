//! `hardwareConfigurations/{id}/assignments`: the targets of a configuration. When one is lost, or one excludes, the states of
//! devices that have the configuration no more end, by the job that assesses devices.

use engine::handlers::{Behaviour, Deletion, Names, StartError};
use engine::{Context, EntityAddress, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::payload::Valid;
use odata::{Key, Record};
use store::Change;

use super::sets::{ASSIGNMENT, ASSIGNMENTS};
use crate::assessment::{AssessmentReason, AssessmentScope};
use crate::assignment::{TargetChanges, TargetSlots};

/// Registers the behaviour of assignments.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let changes = TargetChanges {
        set: names.set(ASSIGNMENTS)?,
        targets: TargetSlots::new(names, ASSIGNMENT)?,
        holders: |configuration| {
            (AssessmentScope::Configuration(configuration), AssessmentReason::Membership)
        },
    };
    handlers.set(changes.set, ConfigurationTargets(changes));
    Ok(())
}

struct ConfigurationTargets(TargetChanges);

impl Behaviour for ConfigurationTargets {
    fn before_create(&self, _: &Context<'_>, record: &mut Record) -> Result<(), Error> {
        self.0.refuse_unnamed(record)
    }

    fn before_update(&self, _: &Context<'_>, _: &Record, after: &mut Record) -> Result<(), Error> {
        self.0.refuse_unnamed(after)
    }

    fn beside_create(&self, context: &Context<'_>, key: &Key, entity: &Valid) -> Result<Vec<Change>, Error> {
        self.0.beside_create(context, key, entity)
    }

    fn beside_update(
        &self,
        context: &Context<'_>,
        address: &EntityAddress,
        before: &Record,
        after: &Valid,
    ) -> Result<Vec<Change>, Error> {
        self.0.beside_update(context, address, before, after)
    }

    fn delete<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a EntityAddress,
    ) -> BoxFuture<'a, Result<Deletion, Error>> {
        Box::pin(self.0.delete(context, address))
    }
}
