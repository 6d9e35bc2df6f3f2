//! `/_/permissions-used`, in dev mode only: the least permissions with which an application could have made its calls, so
//! that its builder asks for no more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use odata::edm::{Model, PermissionId};
use odata::uri::ResourcePath;
use serde_json::json;
use uuid::Uuid;

use crate::authorize::permissions_for;
use crate::engine::Engine;
use crate::{Answer, Call, Caller, CallerKind, Error, Status, Verb};

/// The path of the report, which is no part of the model.
pub(crate) const PATH: &str = "/_/permissions-used";

/// The most applications whose calls are noted. Which permissions there are bounds what is noted of each.
const APPLICATIONS_MAX: usize = 1_000;

/// The calls since the start, by tenant, application and kind of caller.
#[derive(Default)]
pub(crate) struct PermissionUses(Mutex<BTreeMap<(Uuid, Uuid, bool), PermissionUse>>);

/// The calls of an application.
#[derive(Default)]
struct PermissionUse {
    /// The permissions that its tokens had.
    granted: BTreeSet<PermissionId>,
    /// For each kind of call that it made, the permissions any one of which is enough, the least privileged one first.
    sufficient: BTreeSet<Vec<PermissionId>>,
}

impl PermissionUse {
    /// One permission for each kind of call, and as few as that takes: what only one permission allows comes first.
    fn least(&self) -> Vec<PermissionId> {
        let mut kinds: Vec<&Vec<PermissionId>> = self.sufficient.iter().collect();
        kinds.sort_by_key(|sufficient| sufficient.len());
        let mut least: Vec<PermissionId> = Vec::new();
        for sufficient in kinds {
            if !sufficient.iter().any(|permission| least.contains(permission)) {
                least.extend(sufficient.first());
            }
        }
        least
    }
}

impl Engine {
    /// Notes what a call needs, in dev mode, whether its caller has it or not.
    pub(crate) fn note_permissions(&self, call: &Call, path: &ResourcePath) {
        let caller = &call.caller;
        let (true, Ok(permissions)) = (self.settings.dev, permissions_for(self.model(), call.verb, path))
        else {
            return;
        };
        let sufficient = match caller.kind {
            CallerKind::Delegated => &permissions.delegated,
            CallerKind::Application => &permissions.application,
        };
        let mut uses = self.uses.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let key = key(caller);
        if !sufficient.is_empty() && (uses.len() < APPLICATIONS_MAX || uses.contains_key(&key)) {
            let used = uses.entry(key).or_default();
            used.granted.extend(&caller.permissions);
            if !used.sufficient.contains(sufficient) {
                used.sufficient.insert(sufficient.clone());
            }
        }
    }

    /// Answers a call of `/_/permissions-used`: of the application that it names, or of all in the caller's tenant.
    pub(crate) fn permissions_used(&self, call: &Call) -> Result<Answer, Error> {
        if !self.settings.dev {
            return Err(Error::not_found(PATH));
        }
        if call.verb != Verb::Get {
            return Err(Error::method_not_allowed(call.verb, vec![Verb::Get]));
        }
        let wanted = application(&call.query)?;
        let uses = self.uses.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let of_tenant = uses.iter().filter(|((tenant, application, _), _)| {
            *tenant == call.caller.tenant && wanted.is_none_or(|wanted| wanted == *application)
        });
        let value: Vec<_> = of_tenant
            .map(|((_, application, is_application), used)| {
                let least = used.least();
                let unneeded: Vec<_> =
                    used.granted.iter().copied().filter(|granted| !least.contains(granted)).collect();
                json!({
                    "application": application,
                    "kind": if *is_application { "application" } else { "delegated" },
                    "least": names(self.model(), &least),
                    "granted": names(self.model(), &used.granted.iter().copied().collect::<Vec<_>>()),
                    "unneeded": names(self.model(), &unneeded),
                })
            })
            .collect();
        Ok(Answer::json(Status::Ok, json!({ "value": value }).to_string()))
    }
}

fn key(caller: &Caller) -> (Uuid, Uuid, bool) {
    (caller.tenant, caller.application_id, caller.kind == CallerKind::Application)
}

fn names<'m>(model: &'m Model, ids: &[PermissionId]) -> Vec<&'m str> {
    ids.iter().map(|id| model.permission(*id)).collect()
}

/// The application that a query names; none if it names none.
fn application(query: &str) -> Result<Option<Uuid>, Error> {
    match query.split_once('=') {
        _ if query.is_empty() => Ok(None),
        Some(("app", id)) => Uuid::try_parse(id)
            .map(Some)
            .map_err(|_| Error::bad_request("'app' is the id of an application, a GUID.").about("app")),
        _ => {
            Err(Error::bad_request("The only query option here is 'app'.").coded(odata::code::UNKNOWN_OPTION))
        }
    }
}

#[cfg(test)]
mod tests {
    use odata::edm::PermissionId;

    use super::PermissionUse;

    #[test]
    fn the_least_permissions_are_few_and_small() {
        let cases: [(&[&[u16]], &[u16]); 5] = [
            (&[], &[]),
            (&[&[0, 1]], &[0]),
            // Whoever must write can read.
            (&[&[0, 1], &[1]], &[1]),
            (&[&[0, 1], &[2, 3]], &[0, 2]),
            (&[&[0, 1, 2, 3], &[2, 3], &[3]], &[3]),
        ];
        for (calls, expected) in cases {
            let ids = |ids: &[u16]| ids.iter().copied().map(PermissionId).collect::<Vec<_>>();
            let sufficient = calls.iter().map(|call| ids(call)).collect();
            let used = PermissionUse { sufficient, ..PermissionUse::default() };
            assert_eq!(used.least(), ids(expected), "{calls:?}");
        }
    }
}
