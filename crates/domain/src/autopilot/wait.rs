//! `muster.wait`: a GET that answers as soon as an import or a device is as far as the caller wants.

use std::time::{Duration, Instant};

use engine::generic::boolean;
use engine::handlers::{IntegerValue, Invocation, NamedParameter, Names, Operate, StartError, TextValue};
use engine::{Answer, Context, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::{Record, Value};

use super::device_identities::TYPE as DEVICE;
use super::imported_identities::{STATE_TYPE, TYPE as RECORD};

/// How long it is waited if the caller does not say, and at most.
const SECONDS: i64 = 30;
const SECONDS_MAX: i64 = 300;
/// How often to look whether anything was written.
const GLANCE: Duration = Duration::from_millis(20);

/// Hooks in what is special.
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
    let operations = [names.operation("wait", DEVICE)?, names.operation("wait", RECORD)?];
    let device = Wait {
        until: names.parameter(operations[0], "until")?,
        timeout_seconds: names.parameter(operations[0], "timeoutSeconds")?,
        way: vec![names.slot(DEVICE, "deploymentProfileAssignmentStatus")?],
        words: statuses,
        group: ("assigned", "assigned"),
        otherwise: "assigned",
    };
    let record = Wait {
        until: names.parameter(operations[1], "until")?,
        timeout_seconds: names.parameter(operations[1], "timeoutSeconds")?,
        way: vec![names.slot(RECORD, "state")?, names.slot(STATE_TYPE, "deviceImportStatus")?],
        words: words("importedWindowsAutopilotDeviceIdentityImportStatus", &["complete", "error"])?,
        group: ("done", ""),
        otherwise: "complete",
    };
    handlers.operation(operations[0], device);
    handlers.operation(operations[1], record);
    Ok(())
}

/// Waits until a status is one of those that a word stands for.
struct Wait {
    until: NamedParameter<TextValue>,
    timeout_seconds: NamedParameter<IntegerValue>,
    /// Where the status is: the slots on the way to it.
    way: Vec<u16>,
    words: Vec<(&'static str, Value)>,
    /// A word for all that begin so.
    group: (&'static str, &'static str),
    /// What is waited for if the caller does not say.
    otherwise: &'static str,
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
            self.words.iter().filter(|(word, _)| is_wanted(word)).map(|(_, value)| value).collect();
        if wanted.is_empty() {
            let known: Vec<&str> = self.words.iter().map(|(word, _)| *word).chain([group]).collect();
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
        for slot in &self.way {
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
            let wanted = self.wanted(invocation.parameter(&self.until).unwrap_or(self.otherwise))?;
            let seconds = invocation.parameter(&self.timeout_seconds).unwrap_or(SECONDS);
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
        tokio::time::sleep(GLANCE).await;
        if context.store.journal_newest(context.tenant()).await? != newest {
            return Ok(true);
        }
    }
    Ok(false)
}
