//! `devices`: a device as the directory knows it.

use engine::handlers::{Behaviour, Deletion, Names, StartError};
use engine::{Context, EntityAddress, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::payload::Valid;
use odata::{Record, Value};
use store::Change;

use super::objects::DirectoryObjects;
use super::sets::{DEVICE, DEVICES};
use crate::assessment::{AssessmentReason, AssessmentScope, assessment};

/// Registers the behaviour of `devices`.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let devices = Devices {
        created_at: names.slot(DEVICE, "createdDateTime")?,
        registered_at: names.slot(DEVICE, "registrationDateTime")?,
        objects: DirectoryObjects::new(names)?,
    };
    handlers.projection(devices.objects.projection.clone());
    handlers.set(names.whole_path(DEVICES)?, devices);
    Ok(())
}

struct Devices {
    created_at: u16,
    registered_at: u16,
    objects: DirectoryObjects,
}

impl Behaviour for Devices {
    fn before_create(&self, context: &Context<'_>, record: &mut Record) -> Result<(), Error> {
        record.set(self.created_at, Value::DateTimeOffset(context.now));
        if record.get(self.registered_at).is_none() {
            record.set(self.registered_at, Value::DateTimeOffset(context.now));
        }
        Ok(())
    }

    fn beside_update(
        &self,
        context: &Context<'_>,
        address: &EntityAddress,
        _before: &Record,
        _after: &Valid,
    ) -> Result<Vec<Change>, Error> {
        let scope = AssessmentScope::DirectoryObjects(vec![address.key.clone()]);
        Ok(vec![assessment(context, scope, AssessmentReason::Membership)?])
    }

    fn delete<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a EntityAddress,
    ) -> BoxFuture<'a, Result<Deletion, Error>> {
        let key = &address.key;
        Box::pin(async move {
            let set = self.objects.set;
            let Some(row) = context.get(set, None, key).await? else {
                return Ok(Deletion::Now(Vec::new()));
            };
            let registration = self.objects.registration(&context.store.record(set, &row)?);
            let scope = AssessmentScope::Devices(registration.into_iter().collect());
            let mut changes = self.objects.membership_removal(context, key).await?;
            changes.push(assessment(context, scope, AssessmentReason::Membership)?);
            Ok(Deletion::Now(changes))
        })
    }
}
