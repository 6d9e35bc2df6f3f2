//! What to read: a list of one set's entities, filtered, ordered and cut. Pure data; `sql::select` renders it.

use odata::Key;
use odata::edm::{SetId, TypeId};
use odata::query::{Cursor, Expression, OrderKey};
use uuid::Uuid;

/// A list query. The order is always total: after `order_by` comes the key.
#[derive(Clone, Debug)]
pub struct Query {
    /// Whose data.
    pub tenant: Uuid,
    /// Where.
    pub set: SetId,
    /// Only what this entity contains; given exactly where the set has a parent.
    pub parent: Option<Key>,
    /// Only entities whose single-valued reference in this slot leads to this key.
    pub referring: Option<(u16, Key)>,
    /// Only entities of this type or of one derived from it.
    pub of_type: Option<TypeId>,
    /// Only entities for which this is true.
    pub filter: Option<Expression>,
    /// The order before the key.
    pub order_by: Vec<OrderKey>,
    /// Only entities after this one in the order.
    pub after: Option<Cursor>,
    /// How many to leave out at the start.
    pub skip: u64,
    /// How many at most.
    pub limit: u64,
}

impl Query {
    /// Everything in a set, by key.
    pub fn all(tenant: Uuid, set: SetId, limit: u64) -> Query {
        Query {
            tenant,
            set,
            parent: None,
            referring: None,
            of_type: None,
            filter: None,
            order_by: Vec::new(),
            after: None,
            skip: 0,
            limit,
        }
    }
}
