//! Looks at secrets: each is recorded durably first, and the secrets are opened only with the receipt of that record.

use std::time::Duration;

use odata::Value;
use odata::edm::SetId;
use store::{Change, Committed, NoteKind, Row, WriteError};

use crate::authorize::may_reveal;
use crate::change_set::PendingCommit;
use crate::context::{Context, unit};
use crate::{EngineSettings, Error, ErrorKind, code};

/// The time in which a look has to be on record.
const RECORD_TIME_MAX: Duration = Duration::from_secs(20);
/// The header in which a caller says why it looks at secrets.
const REASON: &str = "Muster-Reason";

/// The opened secrets of each row, by slot. One record stands for all rows; those without a secret cost nothing.
pub(crate) async fn reveal(
    context: &Context<'_>,
    set: SetId,
    rows: &[Row],
) -> Result<Vec<Vec<(u16, Value)>>, Error> {
    reveal_with(context, set, rows, Vec::new()).await
}

/// The same, with changes that are committed together with the record.
pub async fn reveal_with(
    context: &Context<'_>,
    set: SetId,
    rows: &[Row],
    beside: Vec<Change>,
) -> Result<Vec<Vec<(u16, Value)>>, Error> {
    let mut opened = vec![Vec::new(); rows.len()];
    let mut changes = look(context, set, rows).await?;
    if changes.is_empty() {
        return Ok(opened);
    }
    changes.extend(beside);
    let committed = on_record(context.commit(changes)).await?;
    let receipt =
        committed.receipt.ok_or_else(|| Error::defect("the record of a look at secrets has no receipt"))?;
    for (row, place) in rows.iter().zip(&mut opened) {
        if row.sealed.is_some() {
            *place = context.store.open_secrets(context.tenant(), set, row, &receipt).await?;
        }
    }
    Ok(opened)
}

/// The record of a look at the secrets of rows, and what is committed with it; nothing if they have none. The caller may
/// have this look.
pub(crate) async fn look(context: &Context<'_>, set: SetId, rows: &[Row]) -> Result<Vec<Change>, Error> {
    let sealed: Vec<&Row> = rows.iter().filter(|row| row.sealed.is_some()).collect();
    if sealed.is_empty() {
        return Ok(Vec::new());
    }
    may_reveal(context.model(), context.settings, &context.call.caller)?;
    require_reason(context)?;
    admit(context, set, &sealed).await?;
    let mut changes = vec![Change::Reveal { set, keys: sealed.iter().map(|row| row.key.clone()).collect() }];
    changes.extend(context.handlers.of(set).before_reveal(context, set, &sealed)?);
    Ok(changes)
}

/// The record of something about an entity that is not a change of it.
pub fn note(kind: NoteKind, set: SetId, key: &odata::Key) -> Change {
    Change::Note { kind, set, keys: vec![key.clone()] }
}

/// Waits until a look is on record. If it cannot be, now or in time, nothing is shown: whatever the reason, the caller may try
/// again.
pub(crate) async fn on_record(
    commit: impl Future<Output = Result<Committed, WriteError>>,
) -> Result<Committed, WriteError> {
    let late = |_| Err(WriteError::Unavailable("the record of a look at secrets takes too long".to_owned()));
    tokio::time::timeout(RECORD_TIME_MAX, commit).await.unwrap_or_else(late).map_err(unrecorded)
}

/// What has to do with the record itself keeps the service from showing anything; the rest is about what changes beside it.
fn unrecorded(error: WriteError) -> WriteError {
    match error {
        WriteError::Full(_) | WriteError::Corrupt(_) => {
            tracing::error!(%error, "a look at secrets cannot be recorded");
            WriteError::Unavailable(error.to_string())
        }
        error => error,
    }
}

/// Refuses a call without a reason, where looks at secrets need one.
pub fn require_reason(context: &Context<'_>) -> Result<(), Error> {
    if lacks_reason(context.settings, context.call.circumstances.reason.as_deref()) {
        let message =
            format!("This server shows secrets only to callers who say why, in the header {REASON}.");
        return Err(Error::bad_request(message).coded(code::REASON_MISSING).about(REASON));
    }
    Ok(())
}

/// Whether looks at secrets need a reason, and there is none.
pub(crate) fn lacks_reason(settings: &EngineSettings, reason: Option<&str>) -> bool {
    settings.require_reason && reason.unwrap_or_default().trim().is_empty()
}

/// Counts the look, or refuses it because the caller has had too many. That is on record before the caller knows.
async fn admit(context: &Context<'_>, set: SetId, rows: &[&Row]) -> Result<(), Error> {
    let (caller, most) = (&context.call.caller, u64::from(context.settings.bounds.now().reveals_per_hour));
    if most == 0 {
        return Ok(());
    }
    let Err(retry_after) = context.looks.admit(caller, context.now, rows.len() as u64, most) else {
        return Ok(());
    };
    tracing::error!(
        tenant = %caller.tenant, caller = %caller.object_id, application = %caller.application_id,
        request = %context.call.request_id, entities = rows.len(), most,
        "a caller asks for more secrets than it may see in an hour"
    );
    let keys = rows.iter().map(|row| row.key.clone()).collect();
    let changes = vec![Change::Note { kind: NoteKind::Refused, set, keys }];
    let refused = PendingCommit { changes, ..PendingCommit::default() };
    context.store.apply(unit(context.call, context.now, refused)).await?;
    let message = format!(
        "A caller is shown the secrets of at most {most} entities in an hour; this request asks for those of {}.",
        rows.len()
    );
    Err(Error { retry_after, ..Error::new(ErrorKind::TooManyRequests, message) })
}

#[cfg(test)]
mod tests {
    use odata::Key;
    use odata::edm::SetId;
    use store::{Committed, WriteError};

    use super::on_record;
    use crate::{Error, ErrorKind};

    #[tokio::test(start_paused = true)]
    async fn without_a_record_the_service_is_unavailable() {
        let why = || "why".to_owned();
        let (set, key) = (SetId(0), Key::new());
        for (error, kind) in [
            (WriteError::Full(why()), ErrorKind::Unavailable),
            (WriteError::Corrupt(why()), ErrorKind::Unavailable),
            (WriteError::Unavailable(why()), ErrorKind::Unavailable),
            (WriteError::Busy, ErrorKind::Unavailable),
            (WriteError::Changed { set, key }, ErrorKind::Conflict),
        ] {
            let failed = on_record(async { Err(error.clone()) }).await.map_err(Error::from).unwrap_err();
            assert_eq!(failed.kind, kind, "{error:?}");
        }
        let never = std::future::pending::<Result<Committed, WriteError>>();
        assert_eq!(on_record(never).await.map_err(Error::from).unwrap_err().kind, ErrorKind::Unavailable);
    }
}
