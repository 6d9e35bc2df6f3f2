//! What to read: a list of one set's entities, filtered, ordered and cut. Pure data; `sql::select` renders it.

use odata::Key;
use odata::edm::{SetId, TypeId};
use odata::query::{Cursor, Expression, OrderKey, Search};
use uuid::Uuid;

use crate::Row;

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
    /// Only entities in whose texts this is found.
    pub search: Option<Search>,
    /// The order before the key.
    pub order_by: Vec<OrderKey>,
    /// Only entities after this one in the order.
    pub after: Option<Cursor>,
    /// How many to leave out at the start.
    pub skip: u64,
    /// How many at most.
    pub limit: u64,
}

/// Entities that a list is asked for at once, each with a list of its own.
#[derive(Clone, Debug)]
pub enum Owners {
    /// What each of these entities contains.
    Parents(Vec<Key>),
    /// What refers to each of these entities, by the reference in the slot.
    Referring(u16, Vec<Key>),
    /// These entities themselves.
    Keys(Vec<Key>),
}

/// An entity of the list of one of [`Owners`].
#[derive(Clone, Debug)]
pub struct Owned {
    /// Whose list it is in.
    pub owner: Key,
    /// Its place in the list, from 1.
    pub place: u64,
    /// How many the query matches for this owner.
    pub total: u64,
    /// The entity.
    pub row: Row,
}

impl Owners {
    /// The same for some of the owners at a time, so that a statement does not grow without bound.
    pub(crate) fn chunks(&self, size: usize) -> Vec<Owners> {
        let chunks = |keys: &[Key], make: &dyn Fn(Vec<Key>) -> Owners| {
            keys.chunks(size).map(|keys| make(keys.to_vec())).collect()
        };
        match self {
            Owners::Parents(keys) => chunks(keys, &Owners::Parents),
            Owners::Keys(keys) => chunks(keys, &Owners::Keys),
            Owners::Referring(slot, keys) => chunks(keys, &|keys| Owners::Referring(*slot, keys)),
        }
    }
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
            search: None,
            order_by: Vec::new(),
            after: None,
            skip: 0,
            limit,
        }
    }
}
