//! What a navigation property leads to where nothing stores it: a collection that is picked out of another set, or an entity
//! that is worked out.

use futures_util::future::BoxFuture;
use odata::edm::Model;
use odata::{Key, Record};
use store::audit::AuditRecord;

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

/// The handler of a contained singleton that the model marks as `muster.Derived`: it is worked out whenever it is read, and
/// never stored. A change of it is answered as it was sent, and has no effect.
pub trait DeriveEntity: Send + Sync {
    /// The entity that each of these owners contains, in their order.
    fn entities<'a>(
        &'a self,
        context: &'a Context<'a>,
        owners: &'a [Key],
    ) -> BoxFuture<'a, Result<Vec<Record>, Error>>;
}

/// The handler of a set whose entities are the records of the audit: read only, and stored nowhere else.
pub trait TellRecord: Send + Sync {
    /// What a record says, as an entity without its id; none if it is no record.
    fn entity(&self, model: &Model, record: &AuditRecord) -> Option<Record>;
}
