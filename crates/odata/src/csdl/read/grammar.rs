//! The part of CSDL XML that models are written in: which element stands where, with which attributes.

/// The rule of an element: what it may hold.
#[derive(Debug)]
pub(super) struct ElementRule {
    pub(super) element: &'static str,
    /// The attribute that tells it from its siblings in messages.
    pub(super) label: Option<&'static str>,
    pub(super) attributes: &'static [&'static str],
    pub(super) children: &'static [&'static str],
    pub(super) has_text: bool,
}

/// The root element of every document.
pub(super) const ROOT: &str = "edmx:Edmx";

const ANNOTATED: &[&str] = &["Annotation"];
const EXPRESSIONS: &[&str] = &["Record", "Collection"];

/// The rules of every element that a model may have.
pub(super) const RULES: [ElementRule; 27] = [
    rule(ROOT, None, &["Version", "xmlns:edmx"], &["edmx:Reference", "edmx:DataServices"]),
    rule("edmx:Reference", Some("Uri"), &["Uri"], &["edmx:Include"]),
    rule("edmx:Include", Some("Namespace"), &["Namespace", "Alias"], &[]),
    rule("edmx:DataServices", None, &[], &["Schema"]),
    rule(
        "Schema",
        Some("Namespace"),
        &["Namespace", "Alias", "xmlns"],
        &["EnumType", "ComplexType", "EntityType", "Action", "Function", "EntityContainer", "Term"],
    ),
    rule("EnumType", Some("Name"), &["Name", "IsFlags"], &["Member"]),
    rule("Member", Some("Name"), &["Name", "Value"], &[]),
    rule("ComplexType", Some("Name"), &["Name", "BaseType", "Abstract"], &["Property", "Annotation"]),
    rule(
        "EntityType",
        Some("Name"),
        &["Name", "BaseType", "Abstract"],
        &["Key", "Property", "NavigationProperty", "Annotation"],
    ),
    rule("Key", None, &[], &["PropertyRef"]),
    rule("PropertyRef", Some("Name"), &["Name"], &[]),
    rule("Property", Some("Name"), &["Name", "Type", "Nullable", "MaxLength", "DefaultValue"], ANNOTATED),
    rule(
        "NavigationProperty",
        Some("Name"),
        &["Name", "Type", "Nullable", "Partner", "ContainsTarget"],
        ANNOTATED,
    ),
    rule("Action", Some("Name"), &["Name", "IsBound"], &["Parameter", "ReturnType", "Annotation"]),
    rule("Function", Some("Name"), &["Name", "IsBound"], &["Parameter", "ReturnType", "Annotation"]),
    rule("Parameter", Some("Name"), &["Name", "Type", "Nullable"], ANNOTATED),
    rule("ReturnType", None, &["Type", "Nullable"], &[]),
    rule("EntityContainer", Some("Name"), &["Name"], &["EntitySet", "Singleton", "Annotation"]),
    rule("EntitySet", Some("Name"), &["Name", "EntityType"], &["NavigationPropertyBinding", "Annotation"]),
    rule("Singleton", Some("Name"), &["Name", "Type"], &["NavigationPropertyBinding", "Annotation"]),
    rule("NavigationPropertyBinding", Some("Path"), &["Path", "Target"], &[]),
    rule("Term", Some("Name"), &["Name", "Type", "DefaultValue", "AppliesTo"], &[]),
    rule("Annotation", Some("Term"), &["Term", "Qualifier", "Bool", "String"], EXPRESSIONS),
    rule("Record", None, &[], &["PropertyValue"]),
    rule("PropertyValue", Some("Property"), &["Property", "Bool", "String", "Path"], EXPRESSIONS),
    rule("Collection", None, &[], &["Record", "PropertyPath"]),
    ElementRule { element: "PropertyPath", label: None, attributes: &[], children: &[], has_text: true },
];

const fn rule(
    element: &'static str,
    label: Option<&'static str>,
    attributes: &'static [&'static str],
    children: &'static [&'static str],
) -> ElementRule {
    ElementRule { element, label, attributes, children, has_text: false }
}
