//! Derived collections: what a navigation property leads to where nothing stores it.

use futures_util::future::BoxFuture;
use odata::Key;

use crate::Error;
use crate::collection::Collection;
use crate::context::Context;

/// The handler of a navigation property that the model marks as `muster.Derived`.
pub trait DeriveCollection: Send + Sync {
    /// The collection that the navigation property of an entity leads to.
    fn collection<'a>(
        &'a self,
        context: &'a Context<'a>,
        owner: &'a Key,
    ) -> BoxFuture<'a, Result<Collection, Error>>;
}
