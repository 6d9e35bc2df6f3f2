//! The whole model and the lookups by name that a request needs.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{
    EnumId, EnumType, Kind, Navigation, NavigationId, Operation, OperationId, OperationKind, PermissionId,
    Permissions, Property, PropertyId, Restrictions, SetId, StructuredType, TypeId, TypeRef, Version,
    Versions,
};

/// The model. Built once by [`crate::csdl::read()`]; immutable from then on.
#[derive(Debug, Default)]
pub struct Model {
    /// Enumeration types, by [`EnumId`].
    pub enums: Vec<EnumType>,
    /// Structured types, by [`TypeId`].
    pub types: Vec<StructuredType>,
    /// Structural properties, by [`PropertyId`].
    pub properties: Vec<Property>,
    /// Navigation properties, by [`NavigationId`].
    pub navigations: Vec<Navigation>,
    /// Actions and functions, by [`OperationId`].
    pub operations: Vec<Operation>,
    /// Entity sets and singletons, by [`SetId`]; a parent comes before what it contains.
    pub sets: Vec<EntitySet>,
    /// Permission names, by [`PermissionId`].
    pub permissions: Vec<Box<str>>,
    /// The permissions that `/v1.0` knows; None: all.
    pub v1_permissions: Option<Permissions>,
    /// The entity container's name, for `$metadata` and full metadata.
    pub container: Box<str>,
    /// Enumerations and structured types by `namespace.name`, lower case.
    pub(crate) names: HashMap<Box<str>, Kind>,
}

/// Whether a place holds one entity or many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetKind {
    /// It holds many entities, each with a key.
    Collection,
    /// It holds at most one for each parent; its key is its parent's, or the tenant's for one without parent.
    Singleton,
}

/// A place where entities rest: a container's entity set or singleton, or a contained navigation property.
#[derive(Clone, Debug)]
pub struct EntitySet {
    /// The id of this set.
    pub id: SetId,
    /// Path from the container, such as `library/books/copies`.
    pub path: Box<str>,
    /// The path's last segment.
    pub name: Box<str>,
    /// The declared type of its entities.
    pub entity_type: TypeId,
    /// Whether it holds one entity or many.
    pub kind: SetKind,
    /// The set whose entities contain this one's; None at the top and directly below a top-level singleton,
    /// because there is one of that in each tenant.
    pub parent: Option<SetId>,
    /// The contained navigation property that leads here; None for the container's own.
    pub navigation: Option<NavigationId>,
    /// The restrictions: what may be done here, and by whom.
    pub restrictions: Restrictions,
    /// The versions that show it.
    pub versions: Versions,
    /// The set in which its entities rest: itself, or for a view the set that it is a view of.
    pub stored_in: SetId,
}

impl Model {
    /// The enumeration type of an id.
    pub fn enum_type(&self, id: EnumId) -> &EnumType {
        &self.enums[id.index()]
    }

    /// The structured type of an id.
    pub fn structured(&self, id: TypeId) -> &StructuredType {
        &self.types[id.index()]
    }

    /// The structural property of an id.
    pub fn property(&self, id: PropertyId) -> &Property {
        &self.properties[id.index()]
    }

    /// The navigation property of an id.
    pub fn navigation(&self, id: NavigationId) -> &Navigation {
        &self.navigations[id.index()]
    }

    /// The operation of an id.
    pub fn operation(&self, id: OperationId) -> &Operation {
        &self.operations[id.index()]
    }

    /// The entity set or singleton of an id.
    pub fn set(&self, id: SetId) -> &EntitySet {
        &self.sets[id.index()]
    }

    /// The set in which the entities of a set rest: itself, unless it is a view of another.
    pub fn stored_in(&self, id: SetId) -> &EntitySet {
        self.set(self.set(id).stored_in)
    }

    /// The name of the permission of an id.
    pub fn permission(&self, id: PermissionId) -> &str {
        &self.permissions[id.index()]
    }

    /// The id of the permission with this name; none if the model does not name it.
    pub fn permission_named(&self, name: &str) -> Option<PermissionId> {
        let at = self.permissions.iter().position(|known| **known == *name)?;
        u16::try_from(at).ok().map(PermissionId)
    }

    /// The permissions among these that a version knows.
    pub fn permissions_in<'p>(&self, permissions: &'p Permissions, version: Version) -> Cow<'p, Permissions> {
        let (Version::V1, Some(known)) = (version, &self.v1_permissions) else {
            return Cow::Borrowed(permissions);
        };
        let among = |known: &[PermissionId], ids: &[PermissionId]| {
            ids.iter().copied().filter(|id| known.contains(id)).collect()
        };
        Cow::Owned(Permissions {
            delegated: among(&known.delegated, &permissions.delegated),
            application: among(&known.application, &permissions.application),
        })
    }

    /// The type or enumeration of a qualified name; a leading `#`, as in `@odata.type`, may be there or not.
    pub fn find_type(&self, qualified_name: &str) -> Option<Kind> {
        let name = qualified_name.strip_prefix('#').unwrap_or(qualified_name);
        self.names.get(name.to_ascii_lowercase().as_str()).copied()
    }

    /// The qualified name of a kind, such as `Edm.Int32`.
    pub fn kind_name(&self, kind: Kind) -> String {
        match kind {
            Kind::Primitive(primitive) => format!("Edm.{}", primitive.name()),
            Kind::Enum(id) => self.enum_type(id).qualified_name(),
            Kind::Complex(id) | Kind::Entity(id) => self.structured(id).qualified_name(),
        }
    }

    /// The property of a type, its name compared without case because clients vary it.
    pub fn find_property(&self, owner: TypeId, name: &str, version: Version) -> Option<&Property> {
        let ids = self.structured(owner).properties.iter();
        ids.map(|id| self.property(*id))
            .find(|property| property.versions.contains(version) && property.name.eq_ignore_ascii_case(name))
    }

    /// The navigation property of a type, its name compared without case.
    pub fn find_navigation(&self, owner: TypeId, name: &str, version: Version) -> Option<&Navigation> {
        let ids = self.structured(owner).navigations.iter();
        ids.map(|id| self.navigation(*id)).find(|navigation| {
            navigation.versions.contains(version) && navigation.name.eq_ignore_ascii_case(name)
        })
    }

    /// The operation of a name (qualified or not, case ignored) that is bound to `binding` or to a base of it.
    pub fn find_operation(
        &self,
        kind: OperationKind,
        name: &str,
        binding: TypeRef,
        version: Version,
    ) -> Option<&Operation> {
        let Kind::Entity(bound) = binding.kind else { return None };
        self.operations.iter().find(|operation| {
            let Kind::Entity(expected) = operation.binding.kind else { return false };
            operation.kind == kind
                && operation.binding.collection == binding.collection
                && operation.versions.contains(version)
                && self.is_a(bound, expected)
                && operation.is_called(name)
        })
    }

    /// Whether `derived` is `base` or derives from it.
    pub fn is_a(&self, derived: TypeId, base: TypeId) -> bool {
        let mut current = Some(derived);
        while let Some(id) = current {
            if id == base {
                return true;
            }
            current = self.structured(id).base;
        }
        false
    }

    /// The top-level set or singleton of a name, case ignored.
    pub fn find_top_level(&self, name: &str, version: Version) -> Option<&EntitySet> {
        self.sets.iter().find(|set| {
            set.navigation.is_none() && set.versions.contains(version) && set.name.eq_ignore_ascii_case(name)
        })
    }

    /// The set of a path such as `library/books`. For names that the code itself
    /// uses, resolved when the server starts.
    pub fn find_set(&self, path: &str) -> Option<&EntitySet> {
        self.sets.iter().find(|set| &*set.path == path)
    }
}

impl Operation {
    /// Whether a URL segment names this operation: `assign` or `microsoft.graph.assign`.
    pub fn is_called(&self, segment: &str) -> bool {
        match segment.rsplit_once('.') {
            Some((namespace, name)) => {
                namespace.eq_ignore_ascii_case(&self.namespace) && name.eq_ignore_ascii_case(&self.name)
            }
            // Only Graph's own operations go by their bare name; ours are always qualified.
            None => &*self.namespace == "microsoft.graph" && segment.eq_ignore_ascii_case(&self.name),
        }
    }
}
