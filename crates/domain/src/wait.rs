//! `muster.wait`: a GET that answers as soon as an entity is as far as the caller wants.

use std::time::{Duration, Instant};

use engine::generic::boolean;
use engine::handlers::{IntegerValue, Invocation, NamedParameter, Names, Operate, StartError, TextValue};
use engine::{Answer, Context, EntityAddress, Error};
use futures_util::future::BoxFuture;
use odata::edm::{OperationId, SetId};
use odata::{Record, Value};

/// The time to wait if the caller does not say.
const SECONDS_DEFAULT: i64 = 30;
/// The time that a caller may have to wait.
const SECONDS_MAX: i64 = 300;
/// The pause between two looks at the journal.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Waits until a status is one of those that a word stands for.
pub(crate) struct Wait {
    pub(crate) parameters: WaitParameters,
    /// The slots that lead to the status.
    pub(crate) status_path: Vec<u16>,
    /// The statuses that can be waited for, by their names.
    pub(crate) statuses: Vec<(&'static str, Value)>,
    /// A name for several statuses, and the beginning of their names.
    pub(crate) group: (&'static str, &'static str),
    /// The name of what is waited for if the caller does not say.
    pub(crate) default_until: &'static str,
    /// The set whose entity with the same key says that one that is missing may still come.
    pub(crate) announced_by: Option<SetId>,
}

/// The parameters of a `wait`.
pub(crate) struct WaitParameters {
    until: NamedParameter<TextValue>,
    timeout_seconds: NamedParameter<IntegerValue>,
}

impl WaitParameters {
    pub(crate) fn new(names: &Names<'_>, operation: OperationId) -> Result<WaitParameters, StartError> {
        Ok(WaitParameters {
            until: names.parameter(operation, "until")?,
            timeout_seconds: names.parameter(operation, "timeoutSeconds")?,
        })
    }
}

/// The members of an enumeration, by their names.
pub(crate) fn members(
    names: &Names<'_>,
    enumeration: &str,
    words: &[&'static str],
) -> Result<Vec<(&'static str, Value)>, StartError> {
    words.iter().map(|word| Ok((*word, names.member(enumeration, word)?))).collect()
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

    /// The record of the entity; none if it may still come.
    async fn record(&self, context: &Context<'_>, address: &EntityAddress) -> Result<Option<Record>, Error> {
        if let Some(row) = context.row(address).await? {
            return Ok(Some(context.store.record(address.collection.set, &row)?));
        }
        match self.announced_by {
            Some(set) if context.get(set, None, &address.key).await?.is_some() => Ok(None),
            _ => Err(Error::not_found(&address.key.to_string())),
        }
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
            let wanted =
                self.wanted(invocation.parameter(&self.parameters.until).unwrap_or(self.default_until))?;
            let seconds = invocation.parameter(&self.parameters.timeout_seconds).unwrap_or(SECONDS_DEFAULT);
            if !(0..=SECONDS_MAX).contains(&seconds) {
                let message = format!("The parameter 'timeoutSeconds' is between 0 and {SECONDS_MAX}.");
                return Err(Error::bad_request(message).about("timeoutSeconds"));
            }
            let end = Instant::now() + Duration::from_secs(seconds.unsigned_abs());
            loop {
                let newest = context.store.journal_newest(context.tenant()).await?;
                let record = self.record(context, address).await?;
                if record.is_some_and(|record| self.is(&record, &wanted)) {
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
