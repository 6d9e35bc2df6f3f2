//! A record of the audit as an `auditEvent`.

use engine::handlers::{Names, StartError, TellRecord};
use odata::date_time::Ticks;
use odata::edm::{Model, TypeId};
use odata::{Record, Value};
use serde::Deserialize;
use store::audit::AuditRecord;
use uuid::Uuid;

use super::activity::{ACTIVITIES, CATEGORY};

/// The type of the set's entities.
pub(super) const TYPE: &str = "auditEvent";
const ACTOR: &str = "auditActor";
const RESOURCE: &str = "auditResource";

engine::slots! {
    struct EventSlots of TYPE {
        activity,
        activity_date_time,
        activity_operation_type,
        activity_result,
        activity_type,
        actor,
        category,
        component_name,
        correlation_id,
        display_name,
        resources,
        muster_reason,
        muster_ticket,
    }
}

engine::slots! {
    struct ActorSlots of ACTOR {
        application_display_name,
        application_id,
        audit_actor_type,
        ip_address,
        service_principal_name,
        actor_type = "type",
        user_id,
        user_permissions,
        user_principal_name,
        user_role_scope_tags,
    }
}

engine::slots! {
    struct ResourceSlots of RESOURCE {
        audit_resource_type,
        modified_properties,
        resource_id,
        resource_type = "type",
    }
}

/// What a record says, as far as an event shows it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said<'r> {
    #[serde(borrow)]
    activity: &'r str,
    #[serde(borrow)]
    time: &'r str,
    entity_set: std::borrow::Cow<'r, str>,
    actor: Uuid,
    actor_type: Option<&'r str>,
    actor_name: Option<String>,
    application: Uuid,
    application_name: Option<String>,
    address: Option<String>,
    request_id: Uuid,
    reason: Option<String>,
    ticket: Option<String>,
    keys: Vec<String>,
}

/// What tells events by records.
pub(super) struct TellEvent {
    event: TypeId,
    event_slots: EventSlots,
    actor: TypeId,
    actor_slots: ActorSlots,
    resource: TypeId,
    resource_slots: ResourceSlots,
}

impl TellEvent {
    pub(super) fn new(names: &Names<'_>) -> Result<TellEvent, StartError> {
        Ok(TellEvent {
            event: names.structured(TYPE)?,
            event_slots: EventSlots::new(names)?,
            actor: names.structured(ACTOR)?,
            actor_slots: ActorSlots::new(names)?,
            resource: names.structured(RESOURCE)?,
            resource_slots: ResourceSlots::new(names)?,
        })
    }

    /// Who did it. Which kind of caller it was, older records say by whether there is a sign-in name.
    fn actor(&self, model: &Model, said: &Said<'_>) -> Value {
        let slots = &self.actor_slots;
        let kind = match said.actor_type {
            Some("service") => "System",
            Some("application") => "Application",
            None if said.actor_name.is_none() => "Application",
            _ => "ItPro",
        };
        let principal = said.application_name.as_deref().filter(|_| kind == "Application");
        let mut actor = Record::empty(self.actor, model.structured(self.actor).slots);
        for (slot, value) in [
            (slots.application_display_name, text(said.application_name.as_deref())),
            (slots.application_id, text(Some(&said.application.to_string()))),
            (slots.audit_actor_type, text(Some(kind))),
            (slots.actor_type, text(Some(kind))),
            (slots.ip_address, text(said.address.as_deref())),
            (slots.service_principal_name, text(principal)),
            (slots.user_id, text(Some(&said.actor.to_string()))),
            (slots.user_permissions, Value::Collection(Vec::new())),
            (slots.user_principal_name, text(said.actor_name.as_deref())),
            (slots.user_role_scope_tags, Value::Collection(Vec::new())),
        ] {
            actor.set(slot, value);
        }
        Value::Complex(Box::new(actor))
    }

    fn resource(&self, model: &Model, id: &str, kind: &str) -> Value {
        let slots = &self.resource_slots;
        let mut resource = Record::empty(self.resource, model.structured(self.resource).slots);
        resource.set(slots.audit_resource_type, text(Some(kind)));
        resource.set(slots.resource_type, text(Some(kind)));
        resource.set(slots.resource_id, text(Some(id)));
        resource.set(slots.modified_properties, Value::Collection(Vec::new()));
        Value::Complex(Box::new(resource))
    }
}

impl TellRecord for TellEvent {
    fn entity(&self, model: &Model, record: &AuditRecord) -> Option<Record> {
        let said: Said<'_> = serde_json::from_str(&record.record).ok()?;
        let slots = &self.event_slots;
        let known = ACTIVITIES.iter().find(|known| known.recorded == said.activity);
        // One that a newer server has recorded goes by its own name.
        let (activity_type, friendly) =
            known.map_or((said.activity, said.activity), |known| (known.activity_type, known.friendly));
        let operation = known.map_or("Action", |known| known.operation);
        let is_success = known.is_none_or(|known| known.is_success);
        let component = said.entity_set.rsplit('/').next().unwrap_or_default();
        let resources = said.keys.iter().map(|key| self.resource(model, key, component)).collect();
        let mut event = Record::empty(self.event, model.structured(self.event).slots);
        for (slot, value) in [
            (slots.activity, text(Some(friendly))),
            (slots.activity_date_time, Value::DateTimeOffset(Ticks::parse(said.time)?)),
            (slots.activity_operation_type, text(Some(operation))),
            (slots.activity_result, text(Some(if is_success { "Success" } else { "Failure" }))),
            (slots.activity_type, text(Some(activity_type))),
            (slots.actor, self.actor(model, &said)),
            (slots.category, text(Some(CATEGORY))),
            (slots.component_name, text(Some(component))),
            (slots.correlation_id, Value::Guid(said.request_id)),
            (slots.display_name, text(Some(activity_type))),
            (slots.resources, Value::Collection(resources)),
            (slots.muster_reason, text(said.reason.as_deref())),
            (slots.muster_ticket, text(said.ticket.as_deref())),
        ] {
            event.set(slot, value);
        }
        Some(event)
    }
}

fn text(value: Option<&str>) -> Value {
    value.map_or(Value::Null, |text| Value::String(text.into()))
}
