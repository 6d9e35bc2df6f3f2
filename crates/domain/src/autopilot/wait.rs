//! `muster.wait`: a GET that answers as soon as an import or a device is as far as the caller wants.

use std::time::{Duration, Instant};

use engine::generic::boolean;
use engine::handlers::{IntegerValue, Invocation, NamedParameter, Names, Operate, StartError, TextValue};
use engine::{Answer, Context, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::{Record, Value};

use super::sets::{DEVICE, IMPORT, IMPORT_STATE};

/// The time to wait if the caller does not say.
const SECONDS_DEFAULT: i64 = 30;
/// The time that a caller may have to wait.
const SECONDS_MAX: i64 = 300;
/// The pause between two looks at the journal.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Registers the function `wait` of devices and of imports.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let words =
        |enumeration: &str, words: &[&'static str]| -> Result<Vec<(&'static str, Value)>, StartError> {
            words.iter().map(|word| Ok((*word, names.member(enumeration, word)?))).collect()
        };
    let statuses = words(
        "windowsAutopilotProfileAssignmentStatus",
        &[
            "unknown",
            "assignedInSync",
            "assignedOutOfSync",
            "assignedUnkownSyncState",
            "notAssigned",
            "pending",
            "failed",
        ],
    )?;
    let operations = [names.operation("wait", DEVICE)?, names.operation("wait", IMPORT)?];
    let device = Wait {
        until: names.parameter(operations[0], "until")?,
        timeout_seconds: names.parameter(operations[0], "timeoutSeconds")?,
        status_path: vec![names.slot(DEVICE, "deploymentProfileAssignmentStatus")?],
        statuses,
        group: ("assigned", "assigned"),
        default_until: "assigned",
    };
    let record = Wait {
        until: names.parameter(operations[1], "until")?,
        timeout_seconds: names.parameter(operations[1], "timeoutSeconds")?,
        status_path: vec![names.slot(IMPORT, "state")?, names.slot(IMPORT_STATE, "deviceImportStatus")?],
        statuses: words("importedWindowsAutopilotDeviceIdentityImportStatus", &["complete", "error"])?,
        group: ("done", ""),
        default_until: "complete",
    };
    handlers.operation(operations[0], device);
    handlers.operation(operations[1], record);
    Ok(())
}

/// Waits until a status is one of those that a word stands for.
struct Wait {
    until: NamedParameter<TextValue>,
    timeout_seconds: NamedParameter<IntegerValue>,
    /// The slots that lead to the status.
    status_path: Vec<u16>,
    /// The statuses that can be waited for, by their names.
    statuses: Vec<(&'static str, Value)>,
    /// A name for several statuses, and the beginning of their names.
    group: (&'static str, &'static str),
    /// The name of what is waited for if the caller does not say.
    default_until: &'static str,
}

impl Wait {
    /// The statuses that are waited for.
    fn wanted(&self, until: &str) -> Result<Vec<&Value>, Error> {
        let (group, prefix) = self.group;
        let is_wanted = |word: &str| {
            if until.eq_ignore_ascii_case(group) {
                word.starts_with(prefix)
            } else {
                until.eq_ignore_ascii_case(word)
            }
        };
        let wanted: Vec<&Value> =
            self.statuses.iter().filter(|(word, _)| is_wanted(word)).map(|(_, value)| value).collect();
        if wanted.is_empty() {
            let known: Vec<&str> = self.statuses.iter().map(|(word, _)| *word).chain([group]).collect();
            return Err(Error::bad_request(format!(
                "The parameter 'until' takes one of {}, not '{until}'.",
                known.join(", ")
            ))
            .about("until"));
        }
        Ok(wanted)
    }

    fn is(&self, record: &Record, wanted: &[&Value]) -> bool {
        let mut record = record;
        for slot in &self.status_path {
            match record.get(*slot) {
                Some(Value::Complex(inner)) => record = inner,
                Some(value) => return wanted.contains(&value),
                None => return false,
            }
        }
        false
    }
}

impl Operate for Wait {
    fn patience(&self) -> Duration {
        Duration::from_secs(SECONDS_MAX.unsigned_abs())
    }

    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let (context, address) = (invocation.context, invocation.address()?);
            let wanted = self.wanted(invocation.parameter(&self.until).unwrap_or(self.default_until))?;
            let seconds = invocation.parameter(&self.timeout_seconds).unwrap_or(SECONDS_DEFAULT);
            if !(0..=SECONDS_MAX).contains(&seconds) {
                let message = format!("The parameter 'timeoutSeconds' is between 0 and {SECONDS_MAX}.");
                return Err(Error::bad_request(message).about("timeoutSeconds"));
            }
            let end = Instant::now() + Duration::from_secs(seconds.unsigned_abs());
            loop {
                let newest = context.store.journal_newest(context.tenant()).await?;
                let (_, record) = context.load(address).await?;
                if self.is(&record, &wanted) {
                    return Ok(boolean(context, true));
                }
                if !written(context, newest, end).await? {
                    return Ok(boolean(context, false));
                }
            }
        })
    }
}

/// Waits until something was written in the tenant; false if the time is over before.
async fn written(context: &Context<'_>, newest: i64, end: Instant) -> Result<bool, Error> {
    while Instant::now() < end {
        tokio::time::sleep(POLL_INTERVAL).await;
        if context.store.journal_newest(context.tenant()).await? != newest {
            return Ok(true);
        }
    }
    Ok(false)
}
