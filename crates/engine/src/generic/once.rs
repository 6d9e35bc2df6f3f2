//! Creates that may be sent again (`Idempotency-Key`): a client that got no answer, or a 503, repeats its POST and is
//! given the first answer. Known for each caller and path; kept in the transaction of the create itself. An action that
//! creates entities may do the same.

use odata::date_time::Ticks;
use store::Row;
use store::idempotency::{IdempotentRequest, Recall};

use crate::context::Context;
use crate::{Error, ErrorKind, Verb};

/// Bytes of a client's name for a request at most.
const KEY_BYTES_MAX: usize = 255;
const TICKS_PER_HOUR: i64 = 60 * 60 * 10_000_000;

/// The request as it is recognized when it is sent again; none if it need not be.
pub fn idempotent_request(context: &Context<'_>) -> Result<Option<IdempotentRequest>, Error> {
    let call = context.call;
    let Some(key) = call.idempotency_key.as_deref().filter(|_| call.verb == Verb::Post) else {
        return Ok(None);
    };
    if !(1..=KEY_BYTES_MAX).contains(&key.len()) || !key.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(Error::bad_request(format!(
            "The header 'Idempotency-Key' must have 1 to {KEY_BYTES_MAX} visible characters."
        ))
        .about("Idempotency-Key"));
    }
    let caller = &call.caller;
    let who = [caller.object_id.as_bytes().as_slice(), caller.application_id.as_bytes()].concat();
    // A path has no line feed in it, so none of two requests can pass for the other.
    let name = [&who, call.path.trim_end_matches('/').as_bytes(), b"\n", key.as_bytes()].concat();
    let hours = i64::from(context.settings.bounds.now().idempotency_hours);
    let since = Ticks(context.now.0 - hours * TICKS_PER_HOUR);
    Ok(Some(IdempotentRequest { name, content: call.body.to_vec(), since }))
}

/// The row that the request created when it came before, as its answer showed it, without secrets.
pub async fn recalled(
    context: &Context<'_>,
    request: Option<&IdempotentRequest>,
) -> Result<Option<Row>, Error> {
    let Some(request) = request else { return Ok(None) };
    match context.store.recall(context.tenant(), request).await? {
        Recall::Nothing => Ok(None),
        Recall::Same(row) => Ok(Some(row)),
        Recall::Other => Err(Error::new(
            ErrorKind::Unprocessable,
            "The 'Idempotency-Key' was used for a request with another body; a new request needs a new key.",
        )
        .about("Idempotency-Key")),
    }
}
