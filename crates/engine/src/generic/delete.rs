//! Deleting an entity, and with it all it contains.

use store::{Change, WriteError};

use crate::authorize::Permit;
use crate::collection::EntityAddress;
use crate::context::{ATTEMPTS_MAX, Context};
use crate::handlers::Deletion;
use crate::resolve::load;
use crate::{Answer, Error};

/// DELETE of one entity. A singleton that was never written is deleted already.
pub(crate) async fn delete(
    context: &Context<'_>,
    _permit: Permit,
    address: EntityAddress,
) -> Result<Answer, Error> {
    delete_at(context, &address).await.map(|()| Answer::no_content())
}

/// Deletes an entity, or begins to, as its set has it.
pub async fn delete_at(context: &Context<'_>, address: &EntityAddress) -> Result<(), Error> {
    let preconditions = &context.preconditions;
    let set = address.collection.set;
    for _ in 0..ATTEMPTS_MAX {
        let stored = load(context, address).await?;
        preconditions.check(context.model(), address, stored.as_ref())?;
        let Some(row) = stored else { return Ok(()) };
        let changes = match context.handlers.of(set).delete(context, address).await? {
            Deletion::Later(changes) => changes,
            Deletion::Now(beside) => {
                let (parent, key) = (address.collection.parent.clone(), address.key.clone());
                let mut changes = vec![Change::Delete { set, parent, key, expected: row.version }];
                changes.extend(beside);
                changes
            }
        };
        match context.commit(changes).await {
            Err(WriteError::Changed { .. } | WriteError::Overtaken) => continue,
            other => return other.map(|_| ()).map_err(Error::from),
        }
    }
    Err(Error::contended())
}
