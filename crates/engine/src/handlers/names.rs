//! Names of the model, looked up once, when the server starts.

use odata::Value;
use odata::edm::{Kind, Model, NavigationId, Operation, OperationId, PermissionId, Property, SetId, TypeId};
use odata::query::{Path, PathStep};

use super::parameter::{NamedParameter, ParameterType};

/// Code and model disagree about a name.
#[derive(Debug, thiserror::Error)]
#[error("code and model disagree: {0}")]
pub struct StartError(pub String);

/// What the names that code uses leave out, because most names of the model begin with it.
#[derive(Clone, Copy, Debug)]
pub struct Vocabulary {
    /// The namespace of the types whose names have no dot.
    pub namespace: &'static str,
    /// The first segment of the paths of sets.
    pub root: &'static str,
}

/// Looks up the names that code uses, once, when the server starts. The error of a name that the model does not have says
/// which it is.
///
/// Types are called `copy` or `other.namespace.copy`, properties, references, members and operations by their own names.
pub struct Names<'m> {
    /// The model whose names they are.
    pub model: &'m Model,
    vocabulary: Vocabulary,
}

impl<'m> Names<'m> {
    /// The names of a model, as code calls them.
    pub fn new(model: &'m Model, vocabulary: Vocabulary) -> Names<'m> {
        Names { model, vocabulary }
    }

    /// A set by its path below the root: `works/copies` for `library/works/copies`.
    pub fn set(&self, path: &str) -> Result<SetId, StartError> {
        self.whole_path(&format!("{}/{path}", self.vocabulary.root))
    }

    /// A set by its whole path.
    pub fn whole_path(&self, path: &str) -> Result<SetId, StartError> {
        let set = self.model.find_set(path);
        set.map(|set| set.id).ok_or_else(|| StartError(format!("the model has no set '{path}'")))
    }

    /// The slot of a property of a type. [`slots!`](crate::slots) looks up several.
    pub fn slot(&self, type_name: &str, property: &str) -> Result<u16, StartError> {
        Ok(self.property(type_name, property)?.slot)
    }

    /// The path of a property of a type, for filters of ours.
    pub fn path(&self, type_name: &str, property: &str) -> Result<Path, StartError> {
        let property = self.property(type_name, property)?;
        let step = PathStep { property: property.id, slot: property.slot };
        Ok(Path { scope: 0, steps: vec![step], type_ref: property.type_ref })
    }

    /// The path of an entity type's `id`.
    pub fn id_of(&self, entity_type: TypeId) -> Result<Path, StartError> {
        let structured = self.model.structured(entity_type);
        let mut properties = structured.properties.iter().map(|id| self.model.property(*id));
        let id = properties.find(|property| property.slot == 0);
        let id = id.ok_or_else(|| StartError(format!("the type '{}' has no id", structured.name)))?;
        Ok(Path { scope: 0, steps: vec![PathStep { property: id.id, slot: id.slot }], type_ref: id.type_ref })
    }

    fn property(&self, type_name: &str, property: &str) -> Result<&Property, StartError> {
        let id = self.structured(type_name)?;
        let mut properties = self.model.structured(id).properties.iter().map(|id| self.model.property(*id));
        properties
            .find(|known| &*known.name == property)
            .ok_or_else(|| StartError(format!("the type '{type_name}' has no property '{property}'")))
    }

    /// The slot of a single-valued reference of a type.
    pub fn reference(&self, type_name: &str, navigation: &str) -> Result<u16, StartError> {
        let id = self.navigation(type_name, navigation).ok();
        id.and_then(|id| self.model.navigation(id).slot)
            .ok_or_else(|| StartError(format!("the type '{type_name}' has no reference '{navigation}'")))
    }

    /// A navigation property of an entity type.
    pub fn navigation(&self, type_name: &str, navigation: &str) -> Result<NavigationId, StartError> {
        let id = self.structured(type_name)?;
        let mut ids = self.model.structured(id).navigations.iter().copied();
        ids.find(|id| &*self.model.navigation(*id).name == navigation).ok_or_else(|| {
            StartError(format!("the type '{type_name}' has no navigation property '{navigation}'"))
        })
    }

    /// The number of an enumeration's member.
    pub fn member(&self, enum_name: &str, member: &str) -> Result<Value, StartError> {
        let value = match self.model.find_type(&self.qualified(enum_name)) {
            Some(Kind::Enum(id)) => self.model.enum_type(id).parse(member),
            _ => None,
        };
        value
            .map(Value::Enum)
            .ok_or_else(|| StartError(format!("there is no '{enum_name}' called '{member}'")))
    }

    /// The id of a permission.
    pub fn permission(&self, name: &str) -> Result<PermissionId, StartError> {
        let id = self.model.permission_named(name);
        id.ok_or_else(|| StartError(format!("the model does not name the permission '{name}'")))
    }

    /// An operation by its name and the type it is bound to.
    pub fn operation(&self, name: &str, bound_to: &str) -> Result<OperationId, StartError> {
        self.bound(name, bound_to, |_| true)
    }

    /// An operation on a collection, where there is one of that name on its members, too.
    pub fn collection_operation(&self, name: &str, bound_to: &str) -> Result<OperationId, StartError> {
        self.bound(name, bound_to, |operation| operation.binding.collection)
    }

    fn bound(
        &self,
        name: &str,
        bound_to: &str,
        is_meant: impl Fn(&Operation) -> bool,
    ) -> Result<OperationId, StartError> {
        let bound_to_id = self.structured(bound_to)?;
        let mut operations = self.model.operations.iter();
        operations
            .find(|operation| {
                &*operation.name == name
                    && operation.binding.kind == Kind::Entity(bound_to_id)
                    && is_meant(operation)
            })
            .map(|operation| operation.id)
            .ok_or_else(|| StartError(format!("no operation '{name}' is bound to '{bound_to}'")))
    }

    /// A structured type.
    pub fn structured(&self, name: &str) -> Result<TypeId, StartError> {
        match self.model.find_type(&self.qualified(name)) {
            Some(Kind::Entity(id) | Kind::Complex(id)) => Ok(id),
            _ => Err(StartError(format!("the model has no type '{name}'"))),
        }
    }

    /// A parameter of an operation, read as values of one type.
    pub fn parameter<T: ParameterType>(
        &self,
        operation: OperationId,
        name: &str,
    ) -> Result<NamedParameter<T>, StartError> {
        let operation = self.model.operation(operation);
        let at = operation.parameters.iter().position(|parameter| &*parameter.name == name);
        let at = at.ok_or_else(|| {
            StartError(format!("the operation '{}' has no parameter '{name}'", operation.name))
        })?;
        match T::is_type_of(operation.parameters[at].type_ref) {
            true => Ok(NamedParameter::new(at, name)),
            false => Err(StartError(format!(
                "the parameter '{name}' of '{}' is not of the type that its handler reads",
                operation.name
            ))),
        }
    }

    fn qualified(&self, name: &str) -> String {
        match name.contains('.') {
            true => name.to_owned(),
            false => format!("{}.{name}", self.vocabulary.namespace),
        }
    }
}
