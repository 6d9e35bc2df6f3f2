//! Deleting an entity, and with it all it contains.

use store::{Change, WriteError};

use super::preconditions::Preconditions;
use crate::authorize::Permit;
use crate::context::{ATTEMPTS_MAX, Context};
use crate::handlers::Deletion;
use crate::resolve::{Spot, load};
use crate::{Answer, Error};

/// DELETE of one entity. A singleton that was never written is deleted already.
pub(crate) async fn delete(context: &Context<'_>, _permit: Permit, spot: Spot) -> Result<Answer, Error> {
    delete_at(context, &spot).await.map(|()| Answer::no_content())
}

/// Deletes an entity, or begins to, as its set has it.
pub(crate) async fn delete_at(context: &Context<'_>, spot: &Spot) -> Result<(), Error> {
    let preconditions = Preconditions::of(context.call);
    let set = spot.place.set;
    for _ in 0..ATTEMPTS_MAX {
        let stored = load(context, spot).await?;
        preconditions.check(context, spot, stored.as_ref())?;
        let Some(row) = stored else { return Ok(()) };
        let changes = match context.handlers.of(set).delete(context, spot).await? {
            Deletion::Later(changes) => changes,
            Deletion::Now(beside) => {
                let (parent, key) = (spot.place.parent.clone(), spot.key.clone());
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
