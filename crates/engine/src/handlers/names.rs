//! Names of the model, looked up once, when the server starts.

use odata::Value;
use odata::edm::{Kind, Model, OperationId, PermissionId, Property, SetId, TypeId};
use odata::query::{Path, PathStep};

/// Code and model disagree about a name.
#[derive(Debug, thiserror::Error)]
#[error("code and model disagree: {0}")]
pub struct StartError(pub String);

/// Looks up the names that code uses; each failure names the missing one.
pub struct Names<'m> {
    /// The model whose names they are.
    pub model: &'m Model,
}

impl Names<'_> {
    /// A set by its path below `deviceManagement`.
    pub fn set(&self, path: &str) -> Result<SetId, StartError> {
        self.whole_path(&format!("deviceManagement/{path}"))
    }

    /// A set by its whole path.
    pub fn whole_path(&self, path: &str) -> Result<SetId, StartError> {
        let set = self.model.find_set(path);
        set.map(|set| set.id).ok_or_else(|| StartError(format!("the model has no set '{path}'")))
    }

    /// The slot of a property of a type.
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
        let id = self.structured(type_name)?;
        let mut ids = self.model.structured(id).navigations.iter();
        ids.find(|id| &*self.model.navigation(**id).name == navigation)
            .and_then(|id| self.model.navigation(*id).slot)
            .ok_or_else(|| StartError(format!("the type '{type_name}' has no reference '{navigation}'")))
    }

    /// The number of an enumeration's member.
    pub fn member(&self, enum_name: &str, member: &str) -> Result<Value, StartError> {
        let value = match self.model.find_type(&format!("microsoft.graph.{enum_name}")) {
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
        let bound_to_id = self.structured(bound_to)?;
        let mut operations = self.model.operations.iter();
        operations
            .find(|operation| &*operation.name == name && operation.binding.kind == Kind::Entity(bound_to_id))
            .map(|operation| operation.id)
            .ok_or_else(|| StartError(format!("no operation '{name}' is bound to '{bound_to}'")))
    }

    /// A structured type.
    pub fn structured(&self, name: &str) -> Result<TypeId, StartError> {
        let graph = format!("microsoft.graph.{name}");
        match self.model.find_type(if name.contains('.') { name } else { &graph }) {
            Some(Kind::Entity(id) | Kind::Complex(id)) => Ok(id),
            _ => Err(StartError(format!("the model has no type '{name}'"))),
        }
    }
}
