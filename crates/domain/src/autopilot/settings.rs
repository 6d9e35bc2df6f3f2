//! `windowsAutopilotSettings`: the one settings entity and its `sync`.

use std::time::Duration;

use odata::date_time::Ticks;
use odata::{Record, Value};

use crate::handlers::{Handlers, Invocation, Names, Operate, Operating, StartError};
use crate::{Answer, Error, ErrorKind, generic};

const TYPE: &str = "windowsAutopilotSettings";

/// Hooks in what is special.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let sync = Sync {
        triggered_at: names.slot(TYPE, "lastManualSyncTriggerDateTime")?,
        finished_at: names.slot(TYPE, "lastSyncDateTime")?,
        status: names.slot(TYPE, "syncStatus")?,
        completed: names.member("windowsAutopilotSyncStatus", "completed")?,
    };
    handlers.operation(names.operation("sync", TYPE)?, sync);
    Ok(())
}

/// `sync`: everything is in one place here, so there is nothing to wait for; but it may not be asked too often.
struct Sync {
    triggered_at: u16,
    finished_at: u16,
    status: u16,
    completed: Value,
}

const TICKS_PER_SECOND: i64 = 10_000_000;
/// The documents: "429 within 10 minutes of the last one".
const INTERVAL_SECONDS: i64 = 600;

impl Operate for Sync {
    fn takes_relaxed_json(&self) -> bool {
        true
    }

    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> Operating<'a> {
        Box::pin(async move {
            let now = invocation.context.now;
            let change = |record: &Record| {
                if let Some(Value::DateTimeOffset(last)) = record.get(self.triggered_at) {
                    refuse_if_recent(*last, now)?;
                }
                let mut next = record.clone();
                next.set(self.triggered_at, Value::DateTimeOffset(now));
                next.set(self.finished_at, Value::DateTimeOffset(now));
                next.set(self.status, self.completed.clone());
                Ok(next)
            };
            generic::changed(invocation.context, invocation.spot()?, false, change).await?;
            Ok(Answer::no_content())
        })
    }
}

fn refuse_if_recent(last: Ticks, now: Ticks) -> Result<(), Error> {
    let elapsed_seconds = (now.0 - last.0) / TICKS_PER_SECOND;
    if !(0..INTERVAL_SECONDS).contains(&elapsed_seconds) {
        return Ok(());
    }
    let left_seconds = INTERVAL_SECONDS - elapsed_seconds;
    let message =
        format!("A sync was started less than 10 minutes ago; the next may start in {left_seconds} seconds.");
    let retry_after = Some(Duration::from_secs(left_seconds.unsigned_abs()));
    Err(Error { retry_after, ..Error::new(ErrorKind::TooManyRequests, message) })
}
