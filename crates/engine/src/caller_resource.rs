//! `/_/caller`: who asks, as its token was understood, so that a program can show at once what will be refused.

use serde_json::json;

use crate::engine::Engine;
use crate::{Answer, Call, CallerKind, Status};

/// The path, which is no part of the model.
pub(crate) const PATH: &str = "/_/caller";

impl Engine {
    /// Answers a call of `/_/caller`.
    pub(crate) fn describe_caller(&self, call: &Call) -> Answer {
        let caller = &call.caller;
        let permissions = caller.permissions.iter().map(|id| self.model().permission(*id));
        let answer = json!({
            "tenant": caller.tenant,
            "id": caller.object_id,
            "application": caller.application_id,
            "kind": match caller.kind {
                CallerKind::Delegated => "delegated",
                CallerKind::Application => "application",
            },
            "userPrincipalName": caller.user_principal_name,
            "scopeTags": caller.tags,
            "permissions": permissions.collect::<Vec<_>>(),
        });
        Answer::json(Status::Ok, answer.to_string())
    }
}
