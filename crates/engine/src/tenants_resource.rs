//! `/_/tenants`, in dev mode only: the tenants that there are, for whoever builds a tool and looks for the one that it wrote to.

use serde_json::json;

use crate::engine::Engine;
use crate::{Answer, Call, Error, Status};

/// The path, which is no part of the model.
pub(crate) const PATH: &str = "/_/tenants";

/// The tenants that are told; the others are counted.
const TOLD_MAX: usize = 200;

impl Engine {
    /// Answers a call of `/_/tenants`: the caller's own, then the others by id.
    pub(crate) async fn tell_tenants(&self, call: &Call) -> Result<Answer, Error> {
        let own = call.caller.tenant;
        let (summaries, left_out) = self.first_tenant_summaries(own, TOLD_MAX).await?;
        let told = summaries.into_iter().map(|summary| {
            json!({
                "id": summary.id,
                "displayName": summary.display_name,
                "state": summary.state.map(|state| state.word()),
                "entities": summary.usage.records,
                "counted": summary.usage.counted,
            })
        });
        let answer = json!({ "value": told.collect::<Vec<_>>(), "leftOut": left_out });
        Ok(Answer::json(Status::Ok, answer.to_string()))
    }
}
