//! Calling an operation: its parameters are read, and its handler is called.

use odata::edm::OperationId;
use odata::payload::relaxed;
use odata::query::QueryOptions;
use odata::uri::{ResourcePath, Segment};
use odata::{Json, Value};

use crate::authorize::Permit;
use crate::collection::Resolved;
use crate::context::Context;
use crate::handlers::Invocation;
use crate::{Answer, Error};

/// Calls the operation that a path ends in.
pub(crate) async fn invoke(
    context: &Context<'_>,
    permit: Permit,
    path: &ResourcePath,
    at: Resolved,
    options: &QueryOptions,
) -> Result<Answer, Error> {
    let Some(Segment::Operation(id, arguments)) = path.segments.last() else {
        return Err(Error::not_found(&context.call.path));
    };
    let name = &context.model().operation(*id).name;
    let Some(operate) = context.handlers.operate(*id) else {
        return Err(Error::not_implemented(&format!("The operation '{name}'")));
    };
    if context.participant.is_some() && !operate.is_one_commit() {
        let message = format!("'{name}' changes entity by entity, so it cannot be in an atomicity group.");
        return Err(Error::bad_request(message));
    }
    let parameters = match arguments.is_empty() {
        true => body_parameters(context, *id, operate.takes_relaxed_json())?,
        false => arguments.clone(),
    };
    operate.operate(Invocation { context, permit, operation: *id, at, parameters, options }).await
}

/// The parameters of an action, from its body; an empty body gives none.
fn body_parameters(
    context: &Context<'_>,
    id: OperationId,
    is_relaxed: bool,
) -> Result<Vec<Option<Value>>, Error> {
    let operation = context.model().operation(id);
    let body = &context.call.body;
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(vec![None; operation.parameters.len()]);
    }
    // Most bodies are strict, and some are large.
    let strict;
    let json = match (Json::parse(body), std::str::from_utf8(body)) {
        (Err(_), Ok(text)) if is_relaxed => {
            strict = relaxed::to_strict(text);
            Json::parse(strict.as_bytes())?
        }
        (parsed, _) => parsed?,
    };
    Ok(context.reader().parameters(&json, operation)?)
}
