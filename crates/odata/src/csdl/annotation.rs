//! The vocabulary terms that a model may use: what each is called, and what it may be written on.

/// The aliases under which `$metadata` names the vocabularies, their namespaces, and where they are published.
pub(super) const VOCABULARIES: [(&str, &str, &str); 2] = [
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
];

/// The namespace of the terms of our own; a file of the model declares them.
pub(super) const OWN_NAMESPACE: &str = "muster";

/// The qualifier of the [`Term::Permissions`] annotation that names every permission.
pub(super) const ALL_PERMISSIONS: &str = "All";

/// Scheme names of `Capabilities.PermissionType`, in the order of [`crate::edm::Permissions`]' fields.
pub(super) const SCHEMES: [&str; 2] = ["DelegatedWork", "Application"];

/// A term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Term {
    Computed,
    Description,
    Immutable,
    ReadRestrictions,
    InsertRestrictions,
    UpdateRestrictions,
    DeleteRestrictions,
    OperationRestrictions,
    Indexed,
    NotImplemented,
    Permissions,
    Secret,
    Unique,
}

/// How a term is declared and used.
pub(super) struct TermFacts {
    pub(super) term: Term,
    /// `Core`, `Capabilities` or `muster`.
    pub(super) alias: &'static str,
    pub(super) name: &'static str,
    /// The elements it may be written on.
    pub(super) applies_to: &'static [&'static str],
    /// Declared type, for the terms of our own.
    pub(super) type_name: &'static str,
    /// Description, for the terms of our own.
    pub(super) description: &'static str,
}

const TYPES_AND_MEMBERS: &[&str] =
    &["EntityType", "ComplexType", "Property", "NavigationProperty", "Action", "Function"];
const PLACES: &[&str] = &["NavigationProperty", "EntitySet", "Singleton"];

/// Every term that a model may use.
pub(super) const TERMS: [TermFacts; 13] = [
    standard(Term::Computed, "Core", "Computed", &["Property"]),
    standard(Term::Description, "Core", "Description", TYPES_AND_MEMBERS),
    standard(Term::Immutable, "Core", "Immutable", &["Property"]),
    standard(Term::ReadRestrictions, "Capabilities", "ReadRestrictions", PLACES),
    standard(Term::InsertRestrictions, "Capabilities", "InsertRestrictions", PLACES),
    standard(Term::UpdateRestrictions, "Capabilities", "UpdateRestrictions", PLACES),
    standard(Term::DeleteRestrictions, "Capabilities", "DeleteRestrictions", PLACES),
    standard(Term::OperationRestrictions, "Capabilities", "OperationRestrictions", &["Action", "Function"]),
    own(
        Term::Indexed,
        "Indexed",
        "Core.Tag",
        &["Property"],
        "The property has a column and an index of its own.",
    ),
    own(
        Term::NotImplemented,
        "NotImplemented",
        "Core.Tag",
        &["NavigationProperty", "Action", "Function"],
        "Requests that go through here answer 501.",
    ),
    own(
        Term::Permissions,
        "Permissions",
        "Collection(Capabilities.PermissionType)",
        &["EntityContainer"],
        "Permissions by name, for restrictions to refer to. Qualifier All: every permission there is.",
    ),
    own(
        Term::Secret,
        "Secret",
        "Core.Tag",
        &["Property", "Parameter"],
        "Sealed at rest, audited when read, refused in query options, never logged.",
    ),
    own(Term::Unique, "Unique", "Core.Tag", &["Property"], "Indexed, and unique in its tenant and set."),
];

const fn standard(
    term: Term,
    alias: &'static str,
    name: &'static str,
    applies_to: &'static [&'static str],
) -> TermFacts {
    TermFacts { term, alias, name, applies_to, type_name: "", description: "" }
}

const fn own(
    term: Term,
    name: &'static str,
    type_name: &'static str,
    applies_to: &'static [&'static str],
    description: &'static str,
) -> TermFacts {
    TermFacts { term, alias: OWN_NAMESPACE, name, applies_to, type_name, description }
}

impl TermFacts {
    /// The namespace that its alias stands for.
    pub(super) fn namespace(&self) -> &'static str {
        let vocabulary = VOCABULARIES.iter().find(|(alias, _, _)| *alias == self.alias);
        vocabulary.map_or(OWN_NAMESPACE, |(_, namespace, _)| namespace)
    }

    /// Whether it is a term of our own.
    pub(super) fn is_own(&self) -> bool {
        self.alias == OWN_NAMESPACE
    }
}
