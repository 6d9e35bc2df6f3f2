//! The annotations of the model's elements, as both `$metadata` formats write them.

use super::annotation::{ALL_PERMISSIONS, SCHEMES, VocabularyTerm};
use crate::edm::{
    EntitySet, Model, Navigation, Operation, Parameter, PermissionId, Permissions, Property, Restrictions,
    StructuredType, Version,
};

/// An annotation: a term with its value.
pub(super) struct Annotation<'a> {
    pub(super) term: VocabularyTerm,
    pub(super) qualifier: Option<&'static str>,
    pub(super) value: AnnotationValue<'a>,
}

/// The value of an annotation: a constant or dynamic expression (CSDL 4.01, 14.3 and 14.4).
pub(super) enum AnnotationValue<'a> {
    /// The value true, for terms that are tags.
    Tag,
    Text(&'a str),
    Integer(u32),
    PropertyPath(&'a str),
    Record(Vec<(&'static str, AnnotationValue<'a>)>),
    Collection(Vec<AnnotationValue<'a>>),
}

/// The annotations of a structured type.
pub(super) fn of_type(declared: &StructuredType) -> Vec<Annotation<'_>> {
    described(declared.description.as_deref())
}

/// The annotations of a property.
pub(super) fn of_property(property: &Property) -> Vec<Annotation<'_>> {
    let mut annotations = described(property.description.as_deref());
    annotations.extend(tags(&[
        (VocabularyTerm::Computed, property.computed),
        (VocabularyTerm::Immutable, property.immutable),
        (VocabularyTerm::Secret, property.secret),
        (VocabularyTerm::AlternateKey, property.alternate_key),
        (VocabularyTerm::Indexed, property.indexed),
        (VocabularyTerm::LookedUp, property.looked_up),
        (VocabularyTerm::Caseless, property.caseless),
        (VocabularyTerm::Tokenized, property.tokenized),
        (VocabularyTerm::Unique, property.unique),
    ]));
    let most = property.max_items.map(AnnotationValue::Integer);
    annotations.extend(most.map(|most| Annotation::new(VocabularyTerm::MaxItems, most)));
    annotations
}

/// The annotations of a navigation property.
pub(super) fn of_navigation<'a>(
    model: &'a Model,
    navigation: &'a Navigation,
    version: Version,
) -> Vec<Annotation<'a>> {
    let mut annotations = described(navigation.description.as_deref());
    annotations.extend(tags(&[
        (VocabularyTerm::Derived, navigation.derived),
        (VocabularyTerm::NotImplemented, navigation.not_implemented),
    ]));
    let view_of = navigation.view_of.as_deref().map(AnnotationValue::Text);
    annotations.extend(view_of.map(|name| Annotation::new(VocabularyTerm::ViewOf, name)));
    annotations.extend(restricted(model, &navigation.restrictions, version));
    annotations
}

/// The annotations of an entity set or singleton of the container.
pub(super) fn of_set<'a>(model: &'a Model, set: &'a EntitySet, version: Version) -> Vec<Annotation<'a>> {
    restricted(model, &set.restrictions, version)
}

/// The annotations of an action or function.
pub(super) fn of_operation<'a>(
    model: &'a Model,
    operation: &'a Operation,
    version: Version,
) -> Vec<Annotation<'a>> {
    let mut annotations = described(operation.description.as_deref());
    if operation.not_implemented {
        annotations.extend(tags(&[(VocabularyTerm::NotImplemented, true)]));
    } else {
        let value = vec![("Permissions", permission_types(model, &operation.permissions, version))];
        annotations
            .push(Annotation::new(VocabularyTerm::OperationRestrictions, AnnotationValue::Record(value)));
    }
    annotations
}

/// The annotations of an operation's parameter.
pub(super) fn of_parameter(parameter: &Parameter) -> Vec<Annotation<'_>> {
    tags(&[(VocabularyTerm::Secret, parameter.secret)])
}

/// The annotations of the entity container: every permission there is.
pub(super) fn of_container(model: &Model, version: Version) -> Vec<Annotation<'_>> {
    let every: Vec<PermissionId> = (0..).map(PermissionId).take(model.permissions.len()).collect();
    let every = Permissions { delegated: every.clone(), application: every };
    let value = permission_types(model, &every, version);
    vec![Annotation { term: VocabularyTerm::Permissions, qualifier: Some(ALL_PERMISSIONS), value }]
}

impl<'a> Annotation<'a> {
    fn new(term: VocabularyTerm, value: AnnotationValue<'a>) -> Annotation<'a> {
        Annotation { term, qualifier: None, value }
    }
}

fn described(description: Option<&str>) -> Vec<Annotation<'_>> {
    description
        .into_iter()
        .map(|text| Annotation::new(VocabularyTerm::Description, AnnotationValue::Text(text)))
        .collect()
}

fn tags(tags: &[(VocabularyTerm, bool)]) -> Vec<Annotation<'static>> {
    tags.iter()
        .filter(|(_, set)| *set)
        .map(|(term, _)| Annotation::new(*term, AnnotationValue::Tag))
        .collect()
}

fn restricted<'a>(model: &'a Model, restrictions: &Restrictions, version: Version) -> Vec<Annotation<'a>> {
    let existing = [
        (VocabularyTerm::ReadRestrictions, &restrictions.read),
        (VocabularyTerm::InsertRestrictions, &restrictions.insert),
        (VocabularyTerm::UpdateRestrictions, &restrictions.update),
        (VocabularyTerm::DeleteRestrictions, &restrictions.delete),
    ];
    let mut annotations = Vec::new();
    for (term, permissions) in existing {
        let Some(permissions) = permissions else { continue };
        let mut value = vec![("Permissions", permission_types(model, permissions, version))];
        if term == VocabularyTerm::InsertRestrictions && !restrictions.required_on_insert.is_empty() {
            let required = restrictions.required_on_insert.iter().map(|id| model.property(*id));
            let shown = required.filter(|property| property.versions.contains(version));
            let paths = shown.map(|property| AnnotationValue::PropertyPath(&property.name)).collect();
            value.push(("RequiredProperties", AnnotationValue::Collection(paths)));
        }
        annotations.push(Annotation::new(term, AnnotationValue::Record(value)));
    }
    annotations
}

/// A collection of `Capabilities.PermissionType`.
fn permission_types<'a>(
    model: &'a Model,
    permissions: &Permissions,
    version: Version,
) -> AnnotationValue<'a> {
    let permissions = model.permissions_in(permissions, version);
    let schemes = SCHEMES.into_iter().zip([&permissions.delegated, &permissions.application]);
    let records = schemes.filter(|(_, scopes)| !scopes.is_empty()).map(|(scheme, scopes)| {
        let scope = |id: &PermissionId| {
            AnnotationValue::Record(vec![("Scope", AnnotationValue::Text(model.permission(*id)))])
        };
        AnnotationValue::Record(vec![
            ("SchemeName", AnnotationValue::Text(scheme)),
            ("Scopes", AnnotationValue::Collection(scopes.iter().map(scope).collect())),
        ])
    });
    AnnotationValue::Collection(records.collect())
}
