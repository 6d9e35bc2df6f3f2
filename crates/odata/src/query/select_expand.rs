//! `$select` and `$expand` (URL conventions 4.01, 5.1.3 and 5.1.4).

use super::options::{QueryOptions, parse_nested};
use crate::Error;
use crate::code;
use crate::edm::{Kind, Model, Navigation, NavigationId, PropertyId, TypeId, TypeRef, Version};
use crate::error::hint;
use crate::expression::names::{derived, find_navigation, find_property, unknown_property};
use crate::expression::option_error::OptionError;
use crate::expression::surroundings::Surroundings;
use crate::uri::split::items;

/// Levels of `$expand` within each other at most.
const DEPTH_MAX: usize = 3;
/// Expanded navigation properties of a request at most, on all levels.
const EXPANDED_MAX: usize = 20;

/// The selection: which properties to show, and which related entities to show with them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The selected properties; None or `*`: all.
    pub properties: Option<Vec<PropertyId>>,
    /// The expanded navigation properties.
    pub expand: Vec<Expand>,
}

/// An expanded navigation property with options of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Expand {
    /// The navigation property that is expanded.
    pub navigation: NavigationId,
    /// The options in its parentheses.
    pub options: Box<QueryOptions>,
    /// The options as they were written, for links to what is not on the page.
    pub text: Box<str>,
}

/// The properties of a `$select` on values of a type; None if it selects all of them.
pub(super) fn parse_select(
    model: &Model,
    version: Version,
    owner: TypeId,
    text: &str,
) -> Result<Option<Vec<PropertyId>>, Error> {
    let mut properties = Vec::new();
    let mut all = false;
    for (position, item) in items(text) {
        if item == "*" {
            all = true;
            continue;
        }
        let property = selected(model, version, owner, item, position)
            .map_err(|failure| failure.in_option("$select", text))?;
        properties.extend(property.filter(|id| !properties.contains(id)));
    }
    Ok((!all).then_some(properties))
}

/// The property that an item selects: of a path the first, which is shown whole. Selecting a navigation property
/// is legal and shows nothing.
fn selected(
    model: &Model,
    version: Version,
    owner: TypeId,
    item: &str,
    position: usize,
) -> Result<Option<PropertyId>, OptionError> {
    if item.is_empty() {
        return Err(OptionError::new(position, "Expected the name of a property"));
    }
    if item.contains('(') {
        return Err(OptionError::not_implemented(position, "An option in parentheses"));
    }
    let mut first = None;
    let (mut owner, mut position) = (Some(owner), position);
    for name in item.split('/') {
        let Some(type_id) = owner else {
            return Err(OptionError::new(position, format!("There is no property '{name}' to select")));
        };
        let Some(property) = find_property(model, version, type_id, name) else {
            if first.is_none() && find_navigation(model, version, type_id, name).is_some() {
                return Ok(None);
            }
            return Err(unknown_property(model, version, type_id, name, position));
        };
        first.get_or_insert(property.id);
        owner = match property.type_ref {
            TypeRef { kind: Kind::Complex(id), .. } => Some(id),
            _ => None,
        };
        position += name.len() + 1;
    }
    Ok(first)
}

/// The parser of one request's expansions, which are counted on all levels.
pub(super) struct ExpandParser<'m> {
    pub(super) around: Surroundings<'m>,
    depth: usize,
    expanded: usize,
}

impl<'m> ExpandParser<'m> {
    pub(super) fn start(around: Surroundings<'m>) -> ExpandParser<'m> {
        ExpandParser { around, depth: 0, expanded: 0 }
    }

    /// One `$expand`, which may have others in its parentheses.
    pub(super) fn parse(&mut self, entity: TypeId, text: &str) -> Result<Vec<Expand>, Error> {
        self.depth += 1;
        let mut expanded: Vec<Expand> = Vec::new();
        let mut all = false;
        for (position, item) in items(text) {
            let in_option = |failure: OptionError| failure.in_option("$expand", text);
            self.count(position).map_err(in_option)?;
            if item == "*" {
                all = true;
                continue;
            }
            let (navigation, options) = self.navigation(entity, item, position).map_err(in_option)?;
            if expanded.iter().any(|earlier| earlier.navigation == navigation.id) {
                let message = format!("The navigation property '{}' is expanded twice", navigation.name);
                return Err(in_option(OptionError::new(position, message)));
            }
            let text = options.unwrap_or_default();
            let options = match options {
                Some(text) => parse_nested(self, navigation.target, navigation.collection, text)?,
                None => QueryOptions::default(),
            };
            expanded.push(Expand {
                navigation: navigation.id,
                options: Box::new(options),
                text: text.into(),
            });
        }
        if all {
            for navigation in self.readable(entity) {
                if expanded.iter().all(|earlier| earlier.navigation != navigation) {
                    self.count(0).map_err(|failure| failure.in_option("$expand", text))?;
                    expanded.push(Expand { navigation, options: Box::default(), text: "".into() });
                }
            }
        }
        self.depth -= 1;
        Ok(expanded)
    }

    /// The navigation properties that an asterisk stands for.
    fn readable(&self, entity: TypeId) -> Vec<NavigationId> {
        let Surroundings { model, version, .. } = self.around;
        let mut found: Vec<NavigationId> = Vec::new();
        let navigations = derived(model, entity).flat_map(|id| &model.structured(id).navigations);
        for navigation in navigations.map(|id| model.navigation(*id)) {
            let is_there = navigation.versions.contains(version) && navigation.set.is_some();
            if is_there && navigation.restrictions.read.is_some() && !found.contains(&navigation.id) {
                found.push(navigation.id);
            }
        }
        found
    }

    fn count(&mut self, position: usize) -> Result<(), OptionError> {
        self.expanded += 1;
        if self.depth > DEPTH_MAX {
            return Err(OptionError::new(
                position,
                format!("There are more than {DEPTH_MAX} levels of $expand"),
            ));
        }
        if self.expanded > EXPANDED_MAX {
            let message = format!("More than {EXPANDED_MAX} navigation properties are expanded");
            return Err(OptionError::new(position, message));
        }
        Ok(())
    }

    /// The navigation property of an item, and the text in its parentheses.
    fn navigation<'t>(
        &self,
        entity: TypeId,
        item: &'t str,
        position: usize,
    ) -> Result<(&'m Navigation, Option<&'t str>), OptionError> {
        let (name, options) = match item.split_once('(') {
            None => (item, None),
            Some((name, rest)) => {
                let unclosed = || OptionError::new(position + name.len(), "A parenthesis is not closed");
                (name.trim_end(), Some(rest.strip_suffix(')').ok_or_else(unclosed)?))
            }
        };
        if name.contains('/') {
            return Err(OptionError::not_implemented(position, format!("'{name}'")));
        }
        let Surroundings { model, version, .. } = self.around;
        let Some(navigation) = find_navigation(model, version, entity, name) else {
            return Err(self.unknown_navigation(entity, name, position));
        };
        if navigation.not_implemented {
            let what = format!("The navigation property '{}'", navigation.name);
            return Err(OptionError::not_implemented(position, what));
        }
        Ok((navigation, options))
    }

    fn unknown_navigation(&self, entity: TypeId, name: &str, position: usize) -> OptionError {
        let Surroundings { model, version, .. } = self.around;
        let type_name = model.structured(entity).qualified_name();
        let names = derived(model, entity)
            .flat_map(|id| &model.structured(id).navigations)
            .map(|id| model.navigation(*id))
            .filter(|navigation| navigation.versions.contains(version))
            .map(|navigation| &*navigation.name);
        let near = hint(name, names);
        let message = format!("Could not find a navigation property named '{name}' on type '{type_name}'");
        OptionError::new(position, message).coded(code::UNKNOWN_NAME).advise(near)
    }
}

#[cfg(test)]
mod tests {
    use super::{EXPANDED_MAX, ExpandParser};
    use crate::edm::{Kind, Version};
    use crate::query::Surroundings;
    use crate::uri::test_model::library;

    #[test]
    fn expansions_are_counted_on_all_levels() {
        let model = library();
        let Some(Kind::Entity(book)) = model.find_type("microsoft.graph.book") else { panic!() };
        let mut expansion = ExpandParser::start(Surroundings::of(&model, Version::Beta));
        expansion.expanded = EXPANDED_MAX - 2;
        assert!(expansion.parse(book, "author($expand=books)").is_ok());
        let error = expansion.parse(book, "chapters").unwrap_err();
        assert!(error.message.starts_with("More than 20 navigation properties are expanded"), "{error}");
    }
}
