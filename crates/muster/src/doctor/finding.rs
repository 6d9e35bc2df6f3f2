//! What the doctor finds.

use serde::Serialize;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// As it should be.
    Ok,
    /// A server works, but somebody should look after it.
    Warning,
    /// A server does not start, or will not work.
    Failed,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: String,
    /// How it is.
    pub health: Health,
    /// What was seen, and what to do if it is not well.
    pub detail: String,
}

impl Finding {
    /// A finding, with what was looked at, how it is, and what was seen.
    pub fn new(check: impl Into<String>, health: Health, detail: impl Into<String>) -> Finding {
        Finding { check: check.into(), health, detail: detail.into() }
    }

    /// A finding about what succeeded with a detail, or failed with a reason.
    pub fn of(check: impl Into<String>, outcome: Result<String, String>) -> Finding {
        match outcome {
            Ok(detail) => Finding::new(check, Health::Ok, detail),
            Err(reason) => Finding::new(check, Health::Failed, reason),
        }
    }
}

impl Health {
    /// The word for a table.
    pub fn word(self) -> &'static str {
        match self {
            Health::Ok => "ok",
            Health::Warning => "warning",
            Health::Failed => "FAILED",
        }
    }
}
