//! `/_/backlog`, in dev mode only: what is put off, and since when.

use std::sync::atomic::Ordering;

use crate::audit_delivery::SinkBacklog;
use crate::engine::Engine;
use crate::{Answer, Error, Status};

/// The path, which is no part of the model.
pub(crate) const PATH: &str = "/_/backlog";

impl Engine {
    /// Answers a call of `/_/backlog`.
    pub(crate) async fn backlog(&self) -> Result<Answer, Error> {
        let backlog = self.store.backlog(self.clock.now()).await?;
        let oldest = backlog.oldest_job.map_or_else(|| "null".to_owned(), |due| format!("\"{due}\""));
        let sink = match self.sink_backlog().await? {
            None => serde_json::Value::Null,
            Some(SinkBacklog { name, lag, failure }) => serde_json::json!({
                "sink": name,
                "records": lag.records,
                "oldest": lag.oldest.map(|at| at.to_string()),
                "failure": failure,
            }),
        };
        let text = format!(
            "{{\"unitsWaiting\":{},\"logPages\":{},\"jobsDue\":{},\"oldestJob\":{oldest},\"jobsHoldWriters\":{},\
             \"pruning\":{},\"audit\":{sink}}}",
            backlog.units_waiting,
            backlog.log_pages,
            backlog.jobs_due,
            self.job_backlog.is_full(),
            self.pruning.load(Ordering::Relaxed)
        );
        Ok(Answer::json(Status::Ok, text))
    }
}
