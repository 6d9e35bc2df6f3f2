//! `devices`: a device as the directory knows it.

use engine::generic::bare_update;
use engine::handlers::{Behaviour, Deletion, Names, StartError};
use engine::{Context, EntityAddress, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::Key;
use odata::edm::SetId;
use odata::payload::Valid;
use odata::{Record, Value};
use store::{Change, Row};

use super::objects::DirectoryObjects;
use super::sets::{DEVICE, DEVICES};
use crate::assessment::{AssessmentReason, AssessmentScope, assessment};
use crate::autopilot::sets::DEVICES as REGISTRATIONS;

/// Registers the behaviour of `devices`.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let devices = Devices {
        created_at: names.slot(DEVICE, "createdDateTime")?,
        registered_at: names.slot(DEVICE, "registrationDateTime")?,
        objects: DirectoryObjects::new(names)?,
        registrations: names.set(REGISTRATIONS)?,
    };
    handlers.projection(devices.objects.projection.clone());
    handlers.set(names.whole_path(DEVICES)?, devices);
    Ok(())
}

struct Devices {
    created_at: u16,
    registered_at: u16,
    objects: DirectoryObjects,
    registrations: SetId,
}

impl Devices {
    /// The registration whose object this is; none if it is of none, or another object says so.
    async fn registration(
        &self,
        context: &Context<'_>,
        key: &Key,
        object: &Record,
    ) -> Result<Option<(Row, Record)>, Error> {
        let registration = self.objects.registration(object);
        let registration = registration.filter(|registration| self.objects.is_object_of(key, registration));
        let Some(registration) = registration else { return Ok(None) };
        let row = context.store.get(context.tenant(), self.registrations, None, &registration).await?;
        let Some(row) = row else { return Ok(None) };
        let record = context.store.record(self.registrations, &row)?;
        Ok(Some((row, record)))
    }

    /// The registration written again as it is, so that whoever decides by its object at the same time is overtaken. A
    /// registration whose object is still its projection is written in any case, because the projection ends.
    fn touch(
        &self,
        context: &Context<'_>,
        row: &Row,
        registration: &Record,
    ) -> Result<Option<Change>, Error> {
        if self.objects.object_of(context, &row.key, registration).is_some() {
            return Ok(None);
        }
        bare_update(context, self.registrations, row, registration, registration.clone()).map(Some)
    }
}

impl Behaviour for Devices {
    fn before_create(&self, context: &Context<'_>, record: &mut Record) -> Result<(), Error> {
        record.set(self.created_at, Value::DateTimeOffset(context.now));
        if record.get(self.registered_at).is_none() {
            record.set(self.registered_at, Value::DateTimeOffset(context.now));
        }
        Ok(())
    }

    fn admit<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a EntityAddress,
        before: Option<&'a Record>,
        next: &'a mut Record,
    ) -> BoxFuture<'a, Result<Vec<Change>, Error>> {
        Box::pin(async move {
            let Some(before) = before else { return Ok(Vec::new()) };
            let found = self.registration(context, &address.key, before).await?;
            let Some((row, registration)) = found else { return Ok(Vec::new()) };
            *next = self.objects.agreeing(context, &address.key, &registration, next);
            Ok(self.touch(context, &row, &registration)?.into_iter().collect())
        })
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
            let mut changes = self.objects.membership_removal(context, key).await?;
            let object = context.store.record(set, &row)?;
            if let Some((row, registration)) = self.registration(context, key, &object).await? {
                changes.extend(self.touch(context, &row, &registration)?);
                let scope = AssessmentScope::Devices(vec![row.key]);
                changes.push(assessment(context, scope, AssessmentReason::Membership)?);
            }
            Ok(Deletion::Now(changes))
        })
    }
}
