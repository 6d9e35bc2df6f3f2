//! The names of types: resolved to their kinds, and back.

use super::error::CsdlError;
use super::loader::{Declaration, Loader};
use super::schema::item_type;
use crate::edm::{Kind, Primitive, TypeRef};
use crate::error::hint;

impl Loader<'_> {
    /// The type of a name that is written at `at`.
    pub(super) fn resolve_type(&self, at: Declaration<'_>, name: &str) -> Result<Kind, CsdlError> {
        let qualified = at.schema.expand(name);
        if let Some(bare) = qualified.strip_prefix("Edm.") {
            return match Primitive::from_qualified_name(&qualified) {
                Some(primitive) => Ok(Kind::Primitive(primitive)),
                None => {
                    let hint = hint(bare, Primitive::ALL.into_iter().map(Primitive::name));
                    Err(at.element.error(format!("unknown primitive type {qualified}{hint}")))
                }
            };
        }
        let found = self.model.names.get(qualified.to_ascii_lowercase().as_str());
        // Callers may vary the case of a name, the model's files may not.
        if let Some(kind) = found.filter(|kind| self.model.kind_name(**kind) == qualified) {
            return Ok(*kind);
        }
        let types = self.model.types.iter().map(|declared| &*declared.name);
        let enums = self.model.enums.iter().map(|declared| &*declared.name);
        let bare = qualified.rsplit('.').next().unwrap_or(&qualified);
        let hint = hint(bare, types.chain(enums));
        Err(at.element.error(format!("unknown type {qualified}{hint}")))
    }

    /// The `Type` and `Nullable` attributes of an element.
    pub(super) fn type_ref(&self, at: Declaration<'_>) -> Result<TypeRef, CsdlError> {
        let name = at.element.required("Type")?;
        let item = item_type(name);
        Ok(TypeRef {
            kind: self.resolve_type(at, item.unwrap_or(name))?,
            collection: item.is_some(),
            nullable: at.element.flag("Nullable", true)?,
        })
    }

    /// Makes a type's name known.
    pub(super) fn declare(&mut self, at: Declaration<'_>, kind: Kind) -> Result<(), CsdlError> {
        let name = format!("{}.{}", at.schema.namespace, at.element.required("Name")?);
        match self.model.names.insert(name.to_ascii_lowercase().into_boxed_str(), kind) {
            None => Ok(()),
            Some(_) => Err(at.element.error(format!("{name} is declared twice"))),
        }
    }
}
