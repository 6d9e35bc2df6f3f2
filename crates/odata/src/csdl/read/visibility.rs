//! What `/v1.0` shows: a subset that is named, not declared.

use super::element::Element;
use super::error::CsdlError;
use super::loader::{Declaration, Loader};
use super::operations::operation_kind;
use super::schema::Schema;
use crate::csdl::annotation::{ALL_PERMISSIONS, VocabularyTerm};
use crate::edm::{Kind, TypeId, TypeRef, Version, Versions};
use crate::error::hint;

impl<'a> Loader<'a> {
    /// Marks what the subset documents name; the answer is the names of the container's members among it.
    pub(super) fn mark_visible(
        &mut self,
        subsets: &'a [Schema<'a>],
        container: Declaration<'a>,
    ) -> Result<Vec<&'a str>, CsdlError> {
        let mut shown = Vec::new();
        for schema in subsets {
            for element in &schema.element.children {
                let at = Declaration { schema, element };
                match element.name.as_str() {
                    "EnumType" => self.show_enum(at)?,
                    "ComplexType" | "EntityType" => self.show_type(at)?,
                    "Action" | "Function" => self.show_operation(at)?,
                    "EntityContainer" => self.show_container(at, container, &mut shown)?,
                    other => return Err(element.error(format!("a subset has no <{other}>"))),
                }
            }
        }
        self.check_closed(container, &shown)?;
        Ok(shown)
    }

    fn show_enum(&mut self, at: Declaration<'a>) -> Result<(), CsdlError> {
        let Kind::Enum(id) = self.declared_kind(at)? else {
            return Err(at.element.error("it is not an enumeration"));
        };
        let full = self.enums[id.index()];
        agree(at, full)?;
        let declared = &mut self.model.enums[id.index()];
        declared.versions = Versions::BOTH;
        for element in &at.element.children {
            let name = element.required("Name")?;
            let twin = counterpart(element, full.element, name)?;
            agree(
                Declaration { schema: at.schema, element },
                Declaration { schema: full.schema, element: twin },
            )?;
            if let Some(member) = declared.members.iter_mut().find(|member| &*member.name == name) {
                member.versions = Versions::BOTH;
            }
        }
        Ok(())
    }

    fn show_type(&mut self, at: Declaration<'a>) -> Result<(), CsdlError> {
        let (Kind::Complex(id) | Kind::Entity(id)) = self.declared_kind(at)? else {
            return Err(at.element.error("it is not a structured type"));
        };
        let full = self.types[id.index()];
        if full.element.name != at.element.name {
            return Err(at.element.error(format!("it is declared as <{}>", full.element.name)));
        }
        agree(at, full)?;
        self.model.types[id.index()].versions = Versions::BOTH;
        for element in &at.element.children {
            if element.name != "Key" {
                self.show_member(Declaration { schema: at.schema, element }, full, id)?;
            }
        }
        Ok(())
    }

    fn show_member(
        &mut self,
        at: Declaration<'a>,
        owner: Declaration<'a>,
        id: TypeId,
    ) -> Result<(), CsdlError> {
        let name = at.element.required("Name")?;
        let twin = counterpart(at.element, owner.element, name)?;
        agree(at, Declaration { schema: owner.schema, element: twin })?;
        let declared = &self.model.types[id.index()];
        for property in &declared.properties {
            let property = &mut self.model.properties[property.index()];
            if &*property.name == name {
                property.versions = Versions::BOTH;
            }
        }
        for navigation in &declared.navigations {
            let navigation = &mut self.model.navigations[navigation.index()];
            if &*navigation.name == name {
                navigation.versions = Versions::BOTH;
            }
        }
        Ok(())
    }

    fn show_operation(&mut self, at: Declaration<'a>) -> Result<(), CsdlError> {
        let kind = operation_kind(&at.element.name);
        let name = at.element.required("Name")?;
        let binding = self.binding(at)?;
        let same = |other: TypeRef| other.kind == binding.kind && other.collection == binding.collection;
        let bound = self.model.operations.iter_mut().filter(|operation| same(operation.binding));
        let mut candidates: Vec<_> = bound.filter(|operation| Some(operation.kind) == kind).collect();
        let found = candidates
            .iter()
            .position(|operation| &*operation.name == name && *operation.namespace == *at.schema.namespace);
        let Some(operation) = found.and_then(|index| candidates.get_mut(index)) else {
            let hint = hint(name, candidates.iter().map(|operation| &*operation.name));
            return Err(at.element.error(format!("no {name} is bound to this type{hint}")));
        };
        operation.versions = Versions::BOTH;
        let full = self.operations[operation.id.index()];
        for element in &at.element.children {
            let twin = match element.name.as_str() {
                "ReturnType" => full.element.named("ReturnType").next(),
                _ => Some(counterpart(element, full.element, element.required("Name")?)?),
            };
            let twin = twin.ok_or_else(|| element.error("the operation returns nothing"))?;
            agree(
                Declaration { schema: at.schema, element },
                Declaration { schema: full.schema, element: twin },
            )?;
            for parameter in &mut operation.parameters {
                if element.attribute("Name") == Some(&*parameter.name) {
                    parameter.versions = Versions::BOTH;
                }
            }
        }
        if operation.returns.is_some() != at.element.named("ReturnType").next().is_some() {
            return Err(at.element.error("the operation returns something"));
        }
        Ok(())
    }

    /// The members of the container that are shown, and the permissions that are known there.
    fn show_container(
        &mut self,
        at: Declaration<'a>,
        container: Declaration<'a>,
        shown: &mut Vec<&'a str>,
    ) -> Result<(), CsdlError> {
        agree(at, container)?;
        for element in &at.element.children {
            if element.name == "Annotation" {
                self.model.v1_permissions = Some(self.permission_types(element)?);
                continue;
            }
            let name = element.required("Name")?;
            let twin = counterpart(element, container.element, name)?;
            agree(
                Declaration { schema: at.schema, element },
                Declaration { schema: container.schema, element: twin },
            )?;
            shown.push(name);
        }
        Ok(())
    }

    fn declared_kind(&self, at: Declaration<'_>) -> Result<Kind, CsdlError> {
        let name = format!("{}.{}", at.schema.namespace, at.element.required("Name")?);
        self.resolve_type(at, &name)
    }

    /// Checks that what is shown needs nothing that is not.
    fn check_closed(&self, container: Declaration<'a>, shown: &[&str]) -> Result<(), CsdlError> {
        let model = &self.model;
        for declared in model.types.iter().filter(|each| each.versions.contains(Version::V1)) {
            if let Some(base) = declared.base {
                self.check_shown(self.types[declared.id.index()], Kind::Entity(base))?;
            }
        }
        for property in model.properties.iter().filter(|property| property.versions.contains(Version::V1)) {
            self.check_shown(self.properties[property.id.index()], property.type_ref.kind)?;
        }
        for navigation in model.navigations.iter().filter(|each| each.versions.contains(Version::V1)) {
            self.check_shown(self.navigations[navigation.id.index()], Kind::Entity(navigation.target))?;
        }
        for operation in model.operations.iter().filter(|each| each.versions.contains(Version::V1)) {
            let parameters = operation.parameters.iter().filter(|each| each.versions.contains(Version::V1));
            let types = parameters.map(|parameter| parameter.type_ref).chain(operation.returns);
            for type_ref in types.chain([operation.binding]) {
                self.check_shown(self.operations[operation.id.index()], type_ref.kind)?;
            }
        }
        for element in &container.element.children {
            let type_name = element.attribute("Type").or_else(|| element.attribute("EntityType"));
            if let (Some(type_name), Some(name)) = (type_name, element.attribute("Name"))
                && shown.contains(&name)
            {
                let at = Declaration { schema: container.schema, element };
                self.check_shown(at, self.resolve_type(at, type_name)?)?;
            }
        }
        Ok(())
    }

    fn check_shown(&self, user: Declaration<'_>, kind: Kind) -> Result<(), CsdlError> {
        let versions = match kind {
            Kind::Primitive(_) => Versions::BOTH,
            Kind::Enum(id) => self.model.enum_type(id).versions,
            Kind::Complex(id) | Kind::Entity(id) => self.model.structured(id).versions,
        };
        if versions.contains(Version::V1) {
            return Ok(());
        }
        let name = self.model.kind_name(kind);
        Err(user.element.error(format!("v1.0 shows this, but not {name}, which it needs")))
    }
}

/// The child of the full declaration that a subset's element names.
fn counterpart<'a>(subset: &Element, full: &'a Element, name: &str) -> Result<&'a Element, CsdlError> {
    let candidates = || full.children.iter().filter(|child| child.name == subset.name);
    if let Some(found) = candidates().find(|child| child.attribute("Name") == Some(name)) {
        return Ok(found);
    }
    let hint = hint(name, candidates().filter_map(|child| child.attribute("Name")));
    Err(subset.error(format!("nothing of this name is declared here{hint}")))
}

/// Attributes that a subset repeats, because without them it would say something else.
const ESSENTIAL: [&str; 9] = [
    "Type",
    "EntityType",
    "Nullable",
    "BaseType",
    "Abstract",
    "ContainsTarget",
    "IsFlags",
    "IsBound",
    "Value",
];

/// Checks that a subset says of an element what the declaration says.
fn agree(subset: Declaration<'_>, full: Declaration<'_>) -> Result<(), CsdlError> {
    let is_type = |name: &str| matches!(name, "Type" | "EntityType" | "BaseType");
    let normal = |at: Declaration<'_>, name: &str| {
        at.element
            .attribute(name)
            .map(|value| if is_type(name) { at.schema.expand_type(value) } else { value.to_owned() })
    };
    let written = subset.element.attributes().map(|(name, _)| name);
    for name in written.chain(ESSENTIAL) {
        let (here, there) = (normal(subset, name), normal(full, name));
        if here != there {
            let text =
                |value: Option<String>| value.map_or("absent".to_owned(), |value| format!("\"{value}\""));
            let (here, there) = (text(here), text(there));
            return Err(subset.element.error(format!("{name} is {here}, but declared as {there}")));
        }
    }
    let is_permissions = |annotation: &&Element| {
        annotation.attribute("Term").is_some_and(|term| term == VocabularyTerm::Permissions.name())
            && annotation.attribute("Qualifier") == Some(ALL_PERMISSIONS)
    };
    let mut annotations = subset.element.named("Annotation");
    if let Some(annotation) =
        annotations.find(|one| subset.element.name != "EntityContainer" || !is_permissions(one))
    {
        return Err(annotation.error("a subset has no annotations but its container's permissions"));
    }
    Ok(())
}
