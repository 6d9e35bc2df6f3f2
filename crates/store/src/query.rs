//! Queries: a list of one set's entities, filtered, ordered and cut. Pure data; `sql::select` renders it.

use odata::Key;
use odata::edm::{SetId, TypeId};
use odata::query::{Cursor, Expression, OrderKey, Search};
use uuid::Uuid;

use crate::error::ReadError;
use crate::row::Row;

/// A list query. The order is always total: after `order_by` comes the key.
#[derive(Clone, Debug)]
pub struct Query {
    /// The tenant whose data is read.
    pub tenant: Uuid,
    /// The set whose entities are listed.
    pub set: SetId,
    /// The key of the entity that contains the listed ones; given exactly where the set has a parent.
    pub parent: Option<Key>,
    /// The slot of a single-valued reference, and the key to which it must lead.
    pub referring: Option<(u16, Key)>,
    /// The type of which, or of one derived from which, an entity must be.
    pub of_type: Option<TypeId>,
    /// The condition that must be true for an entity.
    pub filter: Option<Expression>,
    /// The search that must find something in an entity's texts.
    pub search: Option<Search>,
    /// The order before the key.
    pub order_by: Vec<OrderKey>,
    /// The position in the order after which the list begins.
    pub after: Option<Cursor>,
    /// The number of entities to leave out at the start.
    pub skip: u64,
    /// The largest number of entities to list.
    pub limit: u64,
}

/// Several entities for each of which a list of its own is read, by one statement.
#[derive(Clone, Debug)]
pub enum Owners {
    /// The entities whose contained entities are listed.
    Parents(Vec<Key>),
    /// The entities whose referring entities are listed, by the reference in the slot.
    Referring(u16, Vec<Key>),
    /// The entities that are listed themselves.
    Keys(Vec<Key>),
}

/// An entity of the list of one of the [`Owners`].
#[derive(Clone, Debug)]
pub struct Owned {
    /// The owner of the list.
    pub owner: Key,
    /// The entity's position in the list, from 1.
    pub place: u64,
    /// The number of entities that the query matches for this owner.
    pub total: u64,
    /// The entity itself.
    pub row: Row,
}

/// The number of the entities of one owner that have one value of a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueCount {
    /// The entity that contains them.
    pub owner: Key,
    /// The value: a whole number or the number of an enumeration's member; 0 where there is none.
    pub value: i64,
    /// The number of entities.
    pub count: u64,
}

impl ValueCount {
    /// What a database answers.
    pub(crate) fn read(owner: &[u8], value: Option<i64>, count: i64) -> Result<ValueCount, ReadError> {
        let corrupt = || ReadError::Corrupt(format!("the count {count} of an owner {owner:02x?}"));
        let owner = Key::from_bytes(owner).ok_or_else(corrupt)?;
        Ok(ValueCount {
            owner,
            value: value.unwrap_or(0),
            count: u64::try_from(count).map_err(|_| corrupt())?,
        })
    }
}

impl Owners {
    /// The owners in groups of at most so many, so that a statement does not grow without bound.
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
    /// A query for everything in a set, by key. A count passes over the limit.
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
