//! Deleting an entity, and with it all it contains.

use store::{Change, WriteError};

use super::preconditions::Preconditions;
use crate::authorize::Permit;
use crate::context::Context;
use crate::resolve::{Spot, load};
use crate::{Answer, Error, ErrorKind};

/// How often a delete that lost a race is tried again before the caller is told.
const ATTEMPTS_MAX: usize = 16;

/// DELETE of one entity. A singleton that was never written is deleted already.
pub(crate) async fn delete(context: &Context<'_>, _permit: Permit, spot: Spot) -> Result<Answer, Error> {
    let preconditions = Preconditions::of(context.call);
    for _ in 0..ATTEMPTS_MAX {
        let stored = load(context, &spot).await?;
        preconditions.check(context, &spot, stored.as_ref())?;
        let Some(row) = stored else { return Ok(Answer::no_content()) };
        let change = Change::Delete {
            set: spot.place.set,
            parent: spot.place.parent.clone(),
            key: spot.key.clone(),
            expected: row.version,
        };
        match context.commit(vec![change]).await {
            Err(WriteError::Changed { .. }) => continue,
            other => return other.map(|_| Answer::no_content()).map_err(Error::from),
        }
    }
    Err(Error::new(
        ErrorKind::Conflict,
        "The entity is being changed by too many requests at the same time; try again.",
    ))
}
