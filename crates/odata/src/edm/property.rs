//! Structural and navigation properties (CSDL 4.01, 7 and 8).

use super::{EnumId, NavigationId, Primitive, PropertyId, Restrictions, SetId, TypeId, Versions};
use crate::Value;

/// The kind of a single value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A value of a primitive type.
    Primitive(Primitive),
    /// A member of an enumeration.
    Enum(EnumId),
    /// A complex value of the type or of one derived from it.
    Complex(TypeId),
    /// An entity of the type or of one derived from it (parameters and results of operations).
    Entity(TypeId),
}

/// A type with its multiplicity, as CSDL's `Type` and `Nullable` attributes write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeRef {
    /// The type of the value, or of each item.
    pub kind: Kind,
    /// Whether the value is a collection.
    pub collection: bool,
    /// Whether the value may be null.
    pub nullable: bool,
}

/// A structural property with its facets and annotations.
#[derive(Clone, Debug)]
pub struct Property {
    /// The id in the model's list of its kind.
    pub id: PropertyId,
    /// The name, in the model's spelling.
    pub name: Box<str>,
    /// The type that declares it.
    pub declared_by: TypeId,
    /// The place of its value in a [`crate::Record`] of any type of its hierarchy; see
    /// [`super::StructuredType::slots`].
    pub slot: u16,
    /// The type of its value.
    pub type_ref: TypeRef,
    /// The versions that show it.
    pub versions: Versions,
    /// `MaxLength`: characters of a string, decoded bytes of a binary value.
    pub max_length: Option<u32>,
    /// `Validation.MaxItems`: items of a collection.
    pub max_items: Option<u32>,
    /// `DefaultValue`, or the value that a non-nullable property without one takes when it was never set:
    /// false, zero, the enumeration's member 0, `0001-01-01T00:00:00Z`, the empty string. None if nullable.
    pub default: Option<Value>,
    /// `Core.Computed`: set by the server; accepted from a client and ignored.
    pub computed: bool,
    /// `Core.Immutable`: set on create, never changed by an update.
    pub immutable: bool,
    /// `muster.Secret`: sealed at rest, audited when read, refused in query options.
    pub secret: bool,
    /// `muster.AlternateKey`: its value stands for the key in a URL.
    pub alternate_key: bool,
    /// `muster.Indexed`: has a column and an index of its own.
    pub indexed: bool,
    /// `muster.LookedUp`: has a column and an index of its own where several processes share the database.
    pub looked_up: bool,
    /// `muster.Caseless`: the text without its case has a column and an index too.
    pub caseless: bool,
    /// `muster.Tokenized`: a `$search` looks at its words, by its name.
    pub tokenized: bool,
    /// `muster.Unique`: indexed, and unique in its tenant and set.
    pub unique: bool,
    /// `Core.Description`, for the generated documentation.
    pub description: Option<Box<str>>,
}

/// A navigation property with its annotations.
#[derive(Clone, Debug)]
pub struct Navigation {
    /// The id in the model's list of its kind.
    pub id: NavigationId,
    /// The name, in the model's spelling.
    pub name: Box<str>,
    /// The type that declares it.
    pub declared_by: TypeId,
    /// The type of its targets.
    pub target: TypeId,
    /// Whether it leads to many.
    pub collection: bool,
    /// `Nullable="false"` was not written: a single target may be absent.
    pub nullable: bool,
    /// `ContainsTarget`: its targets rest below the entity, as declared.
    pub contained: bool,
    /// Where its targets rest. For a contained navigation that is a set of its own; for a reference the set its
    /// `NavigationPropertyBinding` names. None: the navigation is `muster.NotImplemented`.
    pub set: Option<SetId>,
    /// `Partner`: this collection is the inverse of a single-valued reference of its target type, so its members
    /// are the target set's entities whose `partner` refers to the parent (they rest in the target's own set).
    pub partner: Option<NavigationId>,
    /// Only for a single-valued reference: the slot in which the key of its target is kept.
    pub slot: Option<u16>,
    /// The versions that show it.
    pub versions: Versions,
    /// The restrictions: what may be done with its targets, and by whom.
    pub restrictions: Restrictions,
    /// `muster.Derived`: a handler works out what it leads to.
    pub derived: bool,
    /// `muster.NotImplemented`: every request that goes through it answers 501.
    pub not_implemented: bool,
    /// `muster.ViewOf`: the navigation property beside it whose entities it shows as its own.
    pub view_of: Option<Box<str>>,
    /// The text of `Core.Description`.
    pub description: Option<Box<str>>,
}
