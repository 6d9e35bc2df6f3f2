//! Schemas: their namespaces, and the aliases that their documents give to namespaces.

use std::collections::HashMap;

use super::element::Element;
use super::error::CsdlError;

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
pub(super) fn item_type(name: &str) -> Option<&str> {
    name.strip_prefix("Collection(")?.strip_suffix(')')
}
