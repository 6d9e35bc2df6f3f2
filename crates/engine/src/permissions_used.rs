//! `/_/permissions-used`, in dev mode only: the least permissions with which an application could have made its calls, so
//! that its builder asks for no more.

use odata::edm::{Model, PermissionId};
use odata::uri::ResourcePath;
use serde_json::json;
use uuid::Uuid;

use crate::authorize::permissions_for;
use crate::engine::Engine;
use crate::{Answer, Call, CallerKind, Error, Status};

/// The path of the report, which is no part of the model.
pub(crate) const PATH: &str = "/_/permissions-used";

impl Engine {
    /// Notes what a call needs, in dev mode, whether its caller has it or not.
    pub(crate) fn note_permissions(&self, call: &Call, path: &ResourcePath) {
        if !self.settings.dev {
            return;
        }
        let Ok(permissions) = permissions_for(self.model(), call.verb, path) else { return };
        let sufficient = match call.caller.kind {
            CallerKind::Delegated => &permissions.delegated,
            CallerKind::Application => &permissions.application,
        };
        self.uses.note(&call.caller, sufficient);
    }

    /// Answers a call of `/_/permissions-used`: of the application that it names, or of all in the caller's tenant.
    pub(crate) fn permissions_used(&self, call: &Call) -> Result<Answer, Error> {
        let wanted = application(&call.query)?;
        let uses = self.uses.of_tenant(call.caller.tenant).into_iter();
        let value: Vec<_> = uses
            .filter(|(application, ..)| wanted.is_none_or(|wanted| wanted == *application))
            .map(|(application, for_itself, used)| {
                let (least, granted) = (used.least(), Vec::from_iter(used.granted));
                let unneeded: Vec<_> =
                    granted.iter().copied().filter(|granted| !least.contains(granted)).collect();
                json!({
                    "application": application,
                    "kind": if for_itself { "application" } else { "delegated" },
                    "least": names(self.model(), &least),
                    "granted": names(self.model(), &granted),
                    "unneeded": names(self.model(), &unneeded),
                })
            })
            .collect();
        Ok(Answer::json(Status::Ok, json!({ "value": value }).to_string()))
    }
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
