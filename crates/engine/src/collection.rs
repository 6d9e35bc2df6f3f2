//! Where entities are: a collection as the store knows it, and one entity of it.

use odata::Key;
use odata::edm::{SetId, TypeId};
use odata::query::Expression;

/// A collection of entities as the store knows it: a set, or the part of it that a path leads to.
#[derive(Clone, Debug)]
pub struct Collection {
    /// The set that holds the entities.
    pub set: SetId,
    /// The key of the containing entity, exactly where the set has a parent.
    pub parent: Option<Key>,
    /// A reference that the entities hold: the slot, and the key it leads to.
    pub referring: Option<(u16, Key)>,
    /// The type that the entities have, or derive from.
    pub of_type: Option<TypeId>,
    /// The condition that picks the entities out of the set. Such a collection is read only: its entities are changed where
    /// the set has them.
    pub filter: Option<Expression>,
    /// The condition under which the caller sees an entity of the set: one that does not meet it is missing for the caller.
    pub visible: Option<Expression>,
}

impl Collection {
    /// The collection of all entities of a set that has no parent, whoever calls.
    pub fn of(set: SetId) -> Collection {
        Collection { set, parent: None, referring: None, of_type: None, filter: None, visible: None }
    }

    /// The condition that an entity of the set must meet, for the collection and for the caller.
    pub(crate) fn condition(&self) -> Option<Expression> {
        both(self.filter.as_ref(), self.visible.as_ref())
    }

    /// Whether the collection has all entities of its set.
    pub fn is_whole_set(&self) -> bool {
        let Collection { set: _, parent, referring, of_type, filter, visible: _ } = self;
        parent.is_none() && referring.is_none() && of_type.is_none() && filter.is_none()
    }
}

/// The condition that is met where both are.
pub(crate) fn both(one: Option<&Expression>, other: Option<&Expression>) -> Option<Expression> {
    match (one, other) {
        (Some(one), Some(other)) => Some(Expression::And(Box::new(one.clone()), Box::new(other.clone()))),
        (one, other) => one.or(other).cloned(),
    }
}

/// The address of one entity, which may turn out not to exist.
#[derive(Clone, Debug)]
pub struct EntityAddress {
    /// The collection that the entity is looked for in.
    pub collection: Collection,
    /// The key of the entity.
    pub key: Key,
}

/// The target of a resource path.
#[derive(Clone, Debug)]
pub enum Resolved {
    /// A collection of entities.
    Collection(Collection),
    /// One entity, which may turn out not to exist.
    Entity(EntityAddress),
    /// The missing target of a single-valued reference that is null.
    Nothing,
}
