//! What a record says: who, what, when, why, from where and through which request; never a value.

use odata::Key;
use odata::payload::write::write_string;
use uuid::Uuid;

use crate::journal::ChangeKind;
use crate::unit::Unit;

/// The record of a note about entities of a set, or about none.
pub(crate) fn record(unit: &Unit, kind: ChangeKind, set: Option<&str>, keys: &[Key]) -> Box<str> {
    let mut out = b"{".to_vec();
    let mut member = |name: &str, value: Option<&str>| {
        let Some(value) = value else { return };
        if out.len() > 1 {
            out.push(b',');
        }
        write_string(&mut out, name);
        out.push(b':');
        write_string(&mut out, value);
    };
    let Unit { tenant, actor, request_id, at, detail, .. } = unit;
    let id = |id: &Uuid| id.to_string();
    member("activity", Some(kind.name()));
    member("time", Some(&at.to_string()));
    member("tenant", Some(&id(tenant)));
    member("entitySet", set);
    member("actor", Some(&id(&actor.id)));
    member("actorType", detail.actor_type);
    member("actorName", detail.name.as_deref());
    member("application", Some(&id(&actor.application)));
    member("applicationName", detail.application_name.as_deref());
    member("address", detail.address.as_deref());
    member("requestId", Some(&id(request_id)));
    member("reason", detail.reason.as_deref());
    member("ticket", detail.ticket.as_deref());
    out.extend_from_slice(b",\"keys\":[");
    for (at, key) in keys.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_string(&mut out, &key.to_string());
    }
    out.extend_from_slice(b"]}");
    String::from_utf8_lossy(&out).into()
}
