//! The vocabulary terms that a model may use: what each is called, and what it may be written on.

/// The aliases under which `$metadata` names the vocabularies, their namespaces, and where they are published.
pub(super) const VOCABULARIES: [(&str, &str, &str); 3] = [
    (
        "Core",
        "Org.OData.Core.V1",
        "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Core.V1.xml",
    ),
    (
        "Capabilities",
        "Org.OData.Capabilities.V1",
        "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Capabilities.V1.xml",
    ),
    (
        "Validation",
        "Org.OData.Validation.V1",
        "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Validation.V1.xml",
    ),
];

/// The namespace of the terms of our own; a file of the model declares them.
pub(super) const OWN_NAMESPACE: &str = "muster";

/// The qualifier of the [`VocabularyTerm::Permissions`] annotation that names every permission.
pub(super) const ALL_PERMISSIONS: &str = "All";

/// Scheme names of `Capabilities.PermissionType`, in the order of [`crate::edm::Permissions`]' fields.
pub(super) const SCHEMES: [&str; 2] = ["DelegatedWork", "Application"];

/// A vocabulary term that a model may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VocabularyTerm {
    AlternateKey,
    Caseless,
    Computed,
    Derived,
    Description,
    Hidden,
    Immutable,
    ReadRestrictions,
    InsertRestrictions,
    UpdateRestrictions,
    DeleteRestrictions,
    OperationRestrictions,
    Indexed,
    LookedUp,
    MaxItems,
    NotImplemented,
    Permissions,
    Secret,
    Tokenized,
    Unique,
    ViewOf,
}

/// The facts about a term: how it is declared, and where it may be used.
pub(super) struct TermFacts {
    pub(super) term: VocabularyTerm,
    /// The alias of its vocabulary: `Core`, `Capabilities`, `Validation` or `muster`.
    pub(super) alias: &'static str,
    pub(super) name: &'static str,
    /// The elements it may be written on.
    pub(super) applies_to: &'static [&'static str],
    /// The declared type, for the terms of our own.
    pub(super) type_name: &'static str,
}

const TYPES_AND_MEMBERS: &[&str] =
    &["EntityType", "ComplexType", "Property", "NavigationProperty", "Action", "Function"];
/// The type of terms that are true by being there.
pub(super) const TAG: &str = "Core.Tag";
const PLACES: &[&str] = &["NavigationProperty", "EntitySet", "Singleton"];

/// Every term that a model may use.
pub(super) const TERMS: [TermFacts; 21] = [
    standard(VocabularyTerm::Computed, "Core", "Computed", &["Property"]),
    standard(VocabularyTerm::Description, "Core", "Description", TYPES_AND_MEMBERS),
    standard(VocabularyTerm::Immutable, "Core", "Immutable", &["Property"]),
    standard(VocabularyTerm::ReadRestrictions, "Capabilities", "ReadRestrictions", PLACES),
    standard(VocabularyTerm::InsertRestrictions, "Capabilities", "InsertRestrictions", PLACES),
    standard(VocabularyTerm::UpdateRestrictions, "Capabilities", "UpdateRestrictions", PLACES),
    standard(VocabularyTerm::DeleteRestrictions, "Capabilities", "DeleteRestrictions", PLACES),
    standard(
        VocabularyTerm::OperationRestrictions,
        "Capabilities",
        "OperationRestrictions",
        &["Action", "Function"],
    ),
    standard(VocabularyTerm::MaxItems, "Validation", "MaxItems", &["Property"]),
    own(VocabularyTerm::AlternateKey, "AlternateKey", TAG, &["Property"]),
    own(VocabularyTerm::Caseless, "Caseless", TAG, &["Property"]),
    own(VocabularyTerm::Derived, "Derived", TAG, &["NavigationProperty"]),
    own(VocabularyTerm::Hidden, "Hidden", TAG, &["Property"]),
    own(VocabularyTerm::Indexed, "Indexed", TAG, &["Property"]),
    own(VocabularyTerm::LookedUp, "LookedUp", TAG, &["Property"]),
    own(VocabularyTerm::NotImplemented, "NotImplemented", TAG, &["NavigationProperty", "Action", "Function"]),
    own(
        VocabularyTerm::Permissions,
        "Permissions",
        "Collection(Capabilities.PermissionType)",
        &["EntityContainer"],
    ),
    own(VocabularyTerm::Secret, "Secret", TAG, &["Property", "Parameter"]),
    own(VocabularyTerm::Tokenized, "Tokenized", TAG, &["Property"]),
    own(VocabularyTerm::Unique, "Unique", TAG, &["Property"]),
    own(VocabularyTerm::ViewOf, "ViewOf", "Edm.String", &["NavigationProperty"]),
];

const fn standard(
    term: VocabularyTerm,
    alias: &'static str,
    name: &'static str,
    applies_to: &'static [&'static str],
) -> TermFacts {
    TermFacts { term, alias, name, applies_to, type_name: "" }
}

const fn own(
    term: VocabularyTerm,
    name: &'static str,
    type_name: &'static str,
    applies_to: &'static [&'static str],
) -> TermFacts {
    TermFacts { term, alias: OWN_NAMESPACE, name, applies_to, type_name }
}

impl VocabularyTerm {
    /// The name with the alias of its vocabulary.
    pub(super) fn name(self) -> String {
        let facts = TERMS.iter().find(|facts| facts.term == self);
        facts.map_or_else(String::new, |facts| format!("{}.{}", facts.alias, facts.name))
    }
}

impl TermFacts {
    /// The namespace that its alias stands for.
    pub(super) fn namespace(&self) -> &'static str {
        let vocabulary = VOCABULARIES.iter().find(|(alias, _, _)| *alias == self.alias);
        vocabulary.map_or(OWN_NAMESPACE, |(_, namespace, _)| namespace)
    }

    /// Whether the term is one of our own.
    pub(super) fn is_own(&self) -> bool {
        self.alias == OWN_NAMESPACE
    }
}
