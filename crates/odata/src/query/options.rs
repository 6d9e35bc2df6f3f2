//! The query string: which options there are, each once, each where it belongs.

use super::filter::parse_filter;
use super::given::{Given, SystemOption};
use super::order_by::{OrderKey, parse_order_by};
use super::paging::Cursor;
use super::property_search::{condition, has_tokenized};
use super::search::{Search, parse_search};
use super::select_expand::{ExpandParser, Selection, parse_select};
use crate::date_time::Ticks;
use crate::edm::{Kind, Model, NavigationId, TypeId, TypeRef, Version};
use crate::expression::surroundings::Surroundings;
use crate::expression::tree::Expression;
use crate::uri::Shape;
use crate::{Error, ErrorKind};

/// The query options of a request, bound to the type of its resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueryOptions {
    /// `$filter`: the condition that entities are to meet.
    pub filter: Option<Expression>,
    /// `$search`: what their texts are to hold.
    pub search: Option<Search>,
    /// Whether `$search` names properties; it is part of the filter then.
    pub searches_properties: bool,
    /// `$orderby`; empty: by key.
    pub order_by: Vec<OrderKey>,
    /// `$select` and `$expand`: what to show.
    pub selection: Selection,
    /// `$top`: how many at most on a page (Graph pages by it: a `@odata.nextLink` follows if there is more).
    pub top: Option<u64>,
    /// `$skip`: how many entities to leave out at the start.
    pub skip: u64,
    /// `$count=true`: whether to count all of them.
    pub count: bool,
    /// `$skiptoken`: where an earlier page ended.
    pub cursor: Option<Cursor>,
    /// Whether the answer depends on when it is given: an expression says `now()`.
    pub asks_the_time: bool,
    /// `$format`, lower case: overrides `Accept`.
    pub format: Option<String>,
}

impl QueryOptions {
    /// The navigation properties that its expressions lead through, on all levels.
    pub fn navigations_in_expressions(&self) -> Vec<NavigationId> {
        let mut navigations = self.filter.as_ref().map(Expression::navigations).unwrap_or_default();
        navigations.extend(self.order_by.iter().flat_map(|key| key.expression.navigations()));
        let expanded = self.selection.expand.iter();
        navigations.extend(expanded.flat_map(|expand| expand.options.navigations_in_expressions()));
        navigations
    }

    /// The navigation properties that the answer depends on, on all levels.
    pub fn navigations(&self) -> Vec<NavigationId> {
        let mut navigations = self.filter.as_ref().map(Expression::navigations).unwrap_or_default();
        navigations.extend(self.order_by.iter().flat_map(|key| key.expression.navigations()));
        for expand in &self.selection.expand {
            navigations.push(expand.navigation);
            navigations.extend(expand.options.navigations());
        }
        navigations
    }

    fn add_search(
        &mut self,
        model: &Model,
        version: Version,
        entity: TypeId,
        text: &str,
    ) -> Result<(), Error> {
        let search = parse_search(text)?;
        if !has_tokenized(model, entity) {
            self.search = Some(search);
            return Ok(());
        }
        let found = condition(model, version, entity, &search);
        let found = found.map_err(|failure| failure.in_option("$search", text))?;
        self.filter = Some(match self.filter.take() {
            Some(filter) => Expression::And(Box::new(filter), Box::new(found)),
            None => found,
        });
        self.searches_properties = true;
        Ok(())
    }
}

/// The options of a raw query string, without its `?`, for a resource of the shape. `now` is the request's instant.
pub fn parse_options(
    model: &Model,
    version: Version,
    now: Ticks,
    raw_query: &str,
    shape: &Shape,
) -> Result<QueryOptions, Error> {
    let mut given = Given::in_query(raw_query)?;
    let (allowed, resource) = allowed(model, shape);
    given.check(allowed, resource)?;
    let aliases = std::mem::take(&mut given.aliases);
    let mut parser = ExpandParser::start(Surroundings { now, aliases, ..Surroundings::of(model, version) });
    let options = bind(&mut parser, structured(model, shape), &given)?;
    Ok(QueryOptions { asks_the_time: parser.around.asked_the_time.get(), ..options })
}

/// The `$format` of a raw query string for a document about the service itself, which takes no other option.
pub fn parse_format(raw_query: &str) -> Result<Option<String>, Error> {
    let given = Given::in_query(raw_query)?;
    given.check(&[SystemOption::Format], "a document about the service")?;
    Ok(given.text(SystemOption::Format).map(str::to_ascii_lowercase))
}

/// The options of an expanded navigation property.
pub(super) fn parse_nested(
    parser: &mut ExpandParser<'_>,
    target: TypeId,
    collection: bool,
    text: &str,
) -> Result<QueryOptions, Error> {
    let given = Given::in_parentheses(text)?;
    let (allowed, resource) = if collection {
        (OF_EXPANDED_ENTITIES, "an expanded collection")
    } else {
        (OF_EXPANDED_ENTITY, "an expanded entity")
    };
    given.check(allowed, resource)?;
    bind(parser, Some(target), &given)
}

const OF_EXPANDED_ENTITIES: &[SystemOption] = &[
    SystemOption::Count,
    SystemOption::Expand,
    SystemOption::Filter,
    SystemOption::OrderBy,
    SystemOption::Search,
    SystemOption::Select,
    SystemOption::Skip,
    SystemOption::Top,
];
/// The options of references, whose parts are no properties, so that there is nothing to select.
const OF_REFERENCES: &[SystemOption] = &[
    SystemOption::Count,
    SystemOption::Filter,
    SystemOption::Format,
    SystemOption::OrderBy,
    SystemOption::Search,
    SystemOption::Skip,
    SystemOption::SkipToken,
    SystemOption::Top,
];
const OF_EXPANDED_ENTITY: &[SystemOption] = &[SystemOption::Expand, SystemOption::Select];

/// The options that fit a shape, and what to call it when another one is given.
fn allowed(model: &Model, shape: &Shape) -> (&'static [SystemOption], &'static str) {
    use SystemOption::{Expand, Filter, Format, Select};
    let has_properties = structured(model, shape).is_some();
    match shape {
        Shape::Entities(_) => (&SystemOption::ALL, "a collection"),
        Shape::Entity(_) => (&[Select, Expand, Format], "a single entity"),
        Shape::Property(_) if has_properties => (&[Select, Format], "a complex property"),
        Shape::Property(_) => (&[Format], "a property"),
        Shape::Raw(_) => (&[Format], "a raw value"),
        Shape::Count(_) => (&[Filter, SystemOption::Search], "a count"),
        Shape::CountOfValues => (&[], "the count of a property's values"),
        Shape::References(_, true) => (OF_REFERENCES, "a collection of references"),
        Shape::References(_, false) => (&[Format], "a reference"),
        Shape::Operation(_) if has_properties => (&[Select, Format], "the result of an operation"),
        Shape::Operation(_) => (&[Format], "the result of this operation"),
    }
}

/// The names of the options that fit a shape, for a document that lists them.
pub(crate) fn names_of(model: &Model, shape: &Shape) -> impl Iterator<Item = &'static str> {
    allowed(model, shape).0.iter().map(|option| option.name())
}

/// The type whose properties the options name, if they may name any.
fn structured(model: &Model, shape: &Shape) -> Option<TypeId> {
    match shape {
        Shape::Entities(id) | Shape::Entity(id) | Shape::Count(id) | Shape::References(id, _) => Some(*id),
        Shape::Property(TypeRef { kind: Kind::Complex(id), .. }) => Some(*id),
        Shape::Operation(id) => match model.operation(*id).returns {
            Some(TypeRef { kind: Kind::Entity(id), collection: true, .. }) => Some(id),
            _ => None,
        },
        Shape::Property(_) | Shape::Raw(_) | Shape::CountOfValues => None,
    }
}

/// Binds options that fit their resource. A text that names properties is there only if there is a type.
fn bind(
    parser: &mut ExpandParser<'_>,
    type_id: Option<TypeId>,
    given: &Given<'_>,
) -> Result<QueryOptions, Error> {
    let Surroundings { model, version, .. } = parser.around;
    let mut options = QueryOptions::default();
    if let Some(type_id) = type_id {
        if let Some(text) = given.text(SystemOption::Filter) {
            options.filter = Some(parse_filter(&parser.around, type_id, text)?);
        }
        if let Some(text) = given.text(SystemOption::Search) {
            options.add_search(model, version, type_id, text)?;
        }
        if let Some(text) = given.text(SystemOption::OrderBy) {
            options.order_by = parse_order_by(&parser.around, type_id, text)?;
        }
        if let Some(text) = given.text(SystemOption::Select) {
            options.selection.properties = parse_select(model, version, type_id, text)?;
        }
        if let Some(text) = given.text(SystemOption::Expand) {
            options.selection.expand = parser.parse(type_id, text)?;
        }
    }
    options.top = whole_number(given, SystemOption::Top)?;
    options.skip = whole_number(given, SystemOption::Skip)?.unwrap_or_default();
    options.count = boolean(given, SystemOption::Count)?.unwrap_or_default();
    let cursor = given.text(SystemOption::SkipToken);
    options.cursor = cursor.map(|text| Cursor::decode(text, &options.order_by, model)).transpose()?;
    options.format = given.text(SystemOption::Format).map(str::to_ascii_lowercase);
    Ok(options)
}

fn whole_number(given: &Given<'_>, option: SystemOption) -> Result<Option<u64>, Error> {
    let Some(text) = given.text(option) else { return Ok(None) };
    let digits = Some(text.trim()).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    // Nobody has more rows than a database can count.
    let number =
        digits.and_then(|digits| digits.parse().ok()).filter(|number| i64::try_from(*number).is_ok());
    number.map(Some).ok_or_else(|| unfit(option, text, "a whole number from zero"))
}

fn boolean(given: &Given<'_>, option: SystemOption) -> Result<Option<bool>, Error> {
    let Some(text) = given.text(option) else { return Ok(None) };
    match text.trim().to_ascii_lowercase().as_str() {
        "true" => Ok(Some(true)),
        "false" => Ok(Some(false)),
        _ => Err(unfit(option, text, "'true' or 'false'")),
    }
}

fn unfit(option: SystemOption, text: &str, expected: &str) -> Error {
    let message = format!("The value '{text}' of {} is not {expected}", option.name());
    Error::new(ErrorKind::BadQuery, message).about(option.name())
}

#[cfg(test)]
mod tests;
