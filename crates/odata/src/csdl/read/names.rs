//! Namespaces, aliases, and the names of types.

use std::collections::HashMap;

use super::element::Element;
use super::{CsdlError, Declaration, Loader};
use crate::edm::{Kind, Model, Primitive, TypeRef};
use crate::error::hint;

/// A schema with the aliases of its document.
pub(super) struct Schema<'a> {
    pub(super) element: &'a Element,
    pub(super) namespace: &'a str,
    aliases: HashMap<&'a str, &'a str>,
}

/// Collects the schemas of a document.
pub(super) fn schemas<'a>(root: &'a Element, schemas: &mut Vec<Schema<'a>>) -> Result<(), CsdlError> {
    if !matches!(root.required("Version")?, "4.0" | "4.01") {
        return Err(root.error("Version is neither 4.0 nor 4.01"));
    }
    let includes = root.named("edmx:Reference").flat_map(|reference| reference.named("edmx:Include"));
    let elements: Vec<&Element> = root.named("edmx:DataServices").flat_map(|s| s.named("Schema")).collect();
    let mut aliases = HashMap::new();
    for declared in includes.chain(elements.iter().copied()) {
        let namespace = declared.required("Namespace")?;
        if let Some(alias) = declared.attribute("Alias")
            && aliases.insert(alias, namespace).is_some_and(|other| other != namespace)
        {
            return Err(declared.error(format!("alias {alias} already stands for another namespace")));
        }
    }
    for element in elements {
        let namespace = element.required("Namespace")?;
        schemas.push(Schema { element, namespace, aliases: aliases.clone() });
    }
    Ok(())
}

impl Schema<'_> {
    /// The name with its namespace instead of an alias.
    pub(super) fn expand(&self, name: &str) -> String {
        match name.rsplit_once('.') {
            Some((prefix, bare)) => {
                format!("{}.{bare}", self.aliases.get(prefix).copied().unwrap_or(prefix))
            }
            None => name.to_owned(),
        }
    }

    /// A `Type` attribute with its namespace instead of an alias, `Collection(…)` around it or not.
    pub(super) fn expand_type(&self, name: &str) -> String {
        match item_type(name) {
            Some(item) => format!("Collection({})", self.expand(item)),
            None => self.expand(name),
        }
    }
}

/// The type of the items, if it is a collection type.
fn item_type(name: &str) -> Option<&str> {
    name.strip_prefix("Collection(")?.strip_suffix(')')
}

/// The qualified name of a type, as declared.
pub(in crate::csdl) fn name_of(model: &Model, kind: Kind) -> String {
    match kind {
        Kind::Primitive(primitive) => format!("Edm.{}", primitive.name()),
        Kind::Enum(id) => model.enum_type(id).qualified_name(),
        Kind::Complex(id) | Kind::Entity(id) => model.structured(id).qualified_name(),
    }
}

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
        if let Some(kind) = found.filter(|kind| name_of(&self.model, **kind) == qualified) {
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
