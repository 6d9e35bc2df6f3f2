//! The calls that an import makes, as its caller.

use bytes::Bytes;
use engine::{Body, Engine, Error, Verb};
use serde_json::Value;

use crate::bulk::Bulk;
use crate::device_list::exchange::import_path;

/// Sends rows to the action that registers them.
pub(super) async fn send(
    engine: &Engine,
    request: &Bulk,
    body: String,
    import_id: &str,
) -> Result<(), Error> {
    let mut call = request.call_of(Verb::Post, &import_path(), body.into());
    // The same rows may be under way in another request: one of the two takes effect.
    call.idempotency_key = Some(import_id.to_owned());
    engine.call(call).await.map(|_| ())
}

/// All entities that a path leads to, page by page.
pub(super) async fn list(engine: &Engine, request: &Bulk, path: &str) -> Result<Vec<Value>, Error> {
    let (mut items, mut next) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = next {
        let answer = engine.call(request.call_of(Verb::Get, &path, Bytes::new())).await?;
        let Body::Json { text, .. } = answer.body else {
            return Err(Error::defect("a list that is no JSON"));
        };
        let mut page: Value =
            serde_json::from_slice(&text).map_err(|error| Error::defect(error.to_string()))?;
        if let Value::Array(entities) = page["value"].take() {
            items.extend(entities);
        }
        let link = page["@odata.nextLink"].as_str();
        next = link.map(|link| link.strip_prefix(&*request.origin).unwrap_or(link).to_owned());
    }
    Ok(items)
}
