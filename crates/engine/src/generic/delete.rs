//! Deleting an entity, and with it all it contains.

use store::{Change, Row};

use crate::authorize::Permit;
use crate::collection::EntityAddress;
use crate::context::Context;
use crate::handlers::Deletion;
use crate::retry::{CommitError, retry};
use crate::{Answer, Error};

/// DELETE of one entity. A singleton that was never written is deleted already.
pub(crate) async fn delete(
    context: &Context<'_>,
    _permit: Permit,
    address: EntityAddress,
) -> Result<Answer, Error> {
    delete_at(context, &address).await.map(|()| Answer::no_content())
}

/// Deletes an entity, or begins to, as the behaviour of its set has it.
pub async fn delete_at(context: &Context<'_>, address: &EntityAddress) -> Result<(), Error> {
    retry(|| async {
        let stored = context.row(address).await?;
        context.preconditions.check(context.model(), address, stored.as_ref())?;
        let Some(row) = stored else { return Ok(()) };
        // What is worked out is there as long as what it is worked out of.
        if context.handlers.derive_entity(address.collection.set).is_some() {
            return Ok(());
        }
        context.commit(deletion(context, address, &row).await?).await?;
        Ok(())
    })
    .await
}

/// The changes that delete an entity, or begin to.
pub(super) async fn deletion(
    context: &Context<'_>,
    address: &EntityAddress,
    row: &Row,
) -> Result<Vec<Change>, CommitError> {
    let set = address.collection.set;
    match context.handlers.of(set).delete(context, address).await? {
        Deletion::Later(changes) => Ok(changes),
        Deletion::Now(beside) => {
            let (parent, key) = (address.collection.parent.clone(), address.key.clone());
            let deleted = || Change::Delete { set, parent, key, expected: row.version };
            let mut changes = vec![context.end_of_projection(set, row).await?.unwrap_or_else(deleted)];
            changes.extend(beside);
            Ok(changes)
        }
    }
}
