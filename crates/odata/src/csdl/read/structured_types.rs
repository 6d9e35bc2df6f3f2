//! Enumerations and structured types with their own members; [`super::hierarchy`] adds what they inherit.

use super::annotations::Annotations;
use super::error::CsdlError;
use super::loader::{Declaration, Loader, next_id};
use crate::csdl::annotation::VocabularyTerm;
use crate::csdl::default_value;
use crate::edm::{
    EnumId, EnumType, Kind, Member, Navigation, NavigationId, Primitive, Property, PropertyId, Restrictions,
    Structure, StructuredType, TypeId, Versions,
};

impl<'a> Loader<'a> {
    /// Reads all types. Names first, because types may refer to later ones.
    pub(super) fn read_types(&mut self) -> Result<(), CsdlError> {
        for declaration in self.declarations("EnumType") {
            let id = EnumId(next_id(self.model.enums.len(), declaration.element)?);
            self.declare(declaration, Kind::Enum(id))?;
            self.model.enums.push(read_enum(id, declaration)?);
            self.enums.push(declaration);
        }
        for schema in self.schemas {
            for element in &schema.element.children {
                let structure = match element.name.as_str() {
                    "ComplexType" => Structure::Complex,
                    "EntityType" => Structure::Entity,
                    _ => continue,
                };
                self.read_type_head(Declaration { schema, element }, structure)?;
            }
        }
        for index in 0..self.types.len() {
            self.read_members(index)?;
        }
        Ok(())
    }

    fn read_type_head(&mut self, at: Declaration<'a>, structure: Structure) -> Result<(), CsdlError> {
        let id = TypeId(next_id(self.model.types.len(), at.element)?);
        let kind = match structure {
            Structure::Entity => Kind::Entity(id),
            Structure::Complex => Kind::Complex(id),
        };
        self.declare(at, kind)?;
        self.model.types.push(StructuredType {
            id,
            namespace: at.schema.namespace.into(),
            name: at.element.required("Name")?.into(),
            structure,
            base: None,
            is_abstract: at.element.flag("Abstract", false)?,
            properties: Vec::new(),
            navigations: Vec::new(),
            root: id,
            hierarchy: Vec::new(),
            slots: 0,
            versions: Versions::BETA,
            description: self.annotations(at)?.description()?,
        });
        self.types.push(at);
        Ok(())
    }

    /// Reads the base, and the members that the type itself declares.
    fn read_members(&mut self, index: usize) -> Result<(), CsdlError> {
        let Some(at) = self.types.get(index).copied() else { return Ok(()) };
        let owner = TypeId(next_id(index, at.element)?);
        let base = match at.element.attribute("BaseType") {
            None => None,
            Some(name) => Some(self.resolve_base(at, owner, name)?),
        };
        let mut properties = Vec::new();
        let mut navigations = Vec::new();
        for element in &at.element.children {
            let member = Declaration { schema: at.schema, element };
            match element.name.as_str() {
                "Property" => properties.push(self.read_property(member, owner)?),
                "NavigationProperty" => navigations.push(self.read_navigation(member, owner)?),
                _ => {}
            }
        }
        if let Some(declared) = self.model.types.get_mut(index) {
            declared.base = base;
            declared.properties = properties;
            declared.navigations = navigations;
        }
        Ok(())
    }

    fn resolve_base(&self, at: Declaration<'_>, owner: TypeId, name: &str) -> Result<TypeId, CsdlError> {
        let structure = self.model.structured(owner).structure;
        match (self.resolve_type(at, name)?, structure) {
            (Kind::Entity(base), Structure::Entity) | (Kind::Complex(base), Structure::Complex) => Ok(base),
            _ => Err(at.element.error(format!("BaseType {name} is another kind of type"))),
        }
    }

    fn read_property(&mut self, at: Declaration<'a>, owner: TypeId) -> Result<PropertyId, CsdlError> {
        let id = PropertyId(next_id(self.model.properties.len(), at.element)?);
        let type_ref = self.type_ref(at)?;
        if matches!(type_ref.kind, Kind::Entity(_)) {
            return Err(at.element.error("an entity type is the type of a navigation property"));
        }
        let max_length = match at.element.attribute("MaxLength") {
            None => None,
            Some(text) => Some(self.max_length(at, type_ref.kind, text)?),
        };
        let default = match at.element.attribute("DefaultValue") {
            None => default_value::natural(&self.model, type_ref),
            Some(text) => match default_value::parse(&self.model, type_ref, text) {
                Some(value) => Some(value),
                None => {
                    return Err(at.element.error(format!("DefaultValue=\"{text}\" is no value of its type")));
                }
            },
        };
        let annotations = self.annotations(at)?;
        let max_items = annotations.max_items()?;
        if max_items.is_some() && !type_ref.collection {
            return Err(at.element.error("only a collection has items to bound"));
        }
        let property = Property {
            id,
            name: at.element.required("Name")?.into(),
            declared_by: owner,
            slot: 0,
            type_ref,
            versions: if annotations.tag(VocabularyTerm::Hidden)? { Versions::NONE } else { Versions::BETA },
            max_length,
            max_items,
            alternate_key: annotations.tag(VocabularyTerm::AlternateKey)?,
            default,
            computed: annotations.tag(VocabularyTerm::Computed)?,
            immutable: annotations.tag(VocabularyTerm::Immutable)?,
            secret: annotations.tag(VocabularyTerm::Secret)?,
            indexed: annotations.tag(VocabularyTerm::Indexed)?,
            looked_up: annotations.tag(VocabularyTerm::LookedUp)?,
            caseless: annotations.tag(VocabularyTerm::Caseless)?,
            tokenized: annotations.tag(VocabularyTerm::Tokenized)?,
            unique: annotations.tag(VocabularyTerm::Unique)?,
            description: annotations.description()?,
        };
        check_storage(at, &property)?;
        self.model.properties.push(property);
        self.properties.push(at);
        Ok(id)
    }

    fn max_length(&self, at: Declaration<'_>, kind: Kind, text: &str) -> Result<u32, CsdlError> {
        if !matches!(kind, Kind::Primitive(Primitive::String | Primitive::Binary)) {
            let name = self.model.kind_name(kind);
            return Err(at.element.error(format!("MaxLength does not apply to {name}")));
        }
        text.parse().map_err(|_| at.element.error(format!("MaxLength=\"{text}\" is not a number")))
    }

    fn read_navigation(&mut self, at: Declaration<'a>, owner: TypeId) -> Result<NavigationId, CsdlError> {
        let id = NavigationId(next_id(self.model.navigations.len(), at.element)?);
        let type_ref = self.type_ref(at)?;
        let Kind::Entity(target) = type_ref.kind else {
            return Err(at.element.error("the type of a navigation property is an entity type"));
        };
        let annotations: Annotations<'_> = self.annotations(at)?;
        self.model.navigations.push(Navigation {
            id,
            name: at.element.required("Name")?.into(),
            declared_by: owner,
            target,
            collection: type_ref.collection,
            nullable: type_ref.nullable,
            contained: at.element.flag("ContainsTarget", false)?,
            set: None,
            partner: None,
            slot: None,
            versions: Versions::BETA,
            restrictions: Restrictions::default(),
            derived: annotations.tag(VocabularyTerm::Derived)?,
            not_implemented: annotations.tag(VocabularyTerm::NotImplemented)?,
            view_of: annotations.view_of()?,
            description: annotations.description()?,
        });
        self.navigations.push(at);
        Ok(id)
    }
}

/// Checks where a property may rest: a sealed value has no order, and only a single primitive or enumeration value
/// fits into a column.
fn check_storage(at: Declaration<'_>, property: &Property) -> Result<(), CsdlError> {
    let has_column = property.indexed || property.looked_up || property.caseless || property.unique;
    if property.looked_up && !is_text(property) {
        return Err(at.element.error("only a text is looked up"));
    }
    if property.alternate_key && !(property.indexed && is_text(property)) {
        return Err(at.element.error("an alternate key is a text that is indexed"));
    }
    if property.tokenized && (property.secret || property.type_ref.collection || !is_text(property)) {
        return Err(at.element.error("only a text that is no secret has words to search"));
    }
    if property.secret && has_column {
        return Err(at.element.error("a secret property cannot be indexed"));
    }
    if has_column && (property.type_ref.collection || matches!(property.type_ref.kind, Kind::Complex(_))) {
        return Err(at.element.error("only a single primitive or enumeration value can be indexed"));
    }
    if property.caseless && !is_text(property) {
        return Err(at.element.error("only a text has cases to ignore"));
    }
    if has_column && is_text(property) && property.max_length.is_none() {
        return Err(at
            .element
            .error("a text that is indexed needs a MaxLength, because no index takes any length"));
    }
    Ok(())
}

fn is_text(property: &Property) -> bool {
    property.type_ref.kind == Kind::Primitive(Primitive::String)
}

fn read_enum(id: EnumId, at: Declaration<'_>) -> Result<EnumType, CsdlError> {
    let mut members: Vec<Member> = Vec::new();
    for member in at.element.named("Member") {
        let name = member.required("Name")?;
        let value = member.required("Value")?;
        let value = value.parse().map_err(|_| member.error(format!("Value=\"{value}\" is not a number")))?;
        if members.iter().any(|other| other.name.eq_ignore_ascii_case(name) || other.value == value) {
            return Err(member.error("another member has this name or value"));
        }
        members.push(Member { name: name.into(), value, versions: Versions::BETA });
    }
    if members.is_empty() {
        return Err(at.element.error("an enumeration has at least one member"));
    }
    Ok(EnumType {
        id,
        namespace: at.schema.namespace.into(),
        name: at.element.required("Name")?.into(),
        is_flags: at.element.flag("IsFlags", false)?,
        members,
        versions: Versions::BETA,
    })
}
