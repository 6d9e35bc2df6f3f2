//! `$orderby` (URL conventions 4.01, 5.1.5).

use std::cmp::Ordering;

use crate::edm::{Kind, Primitive, TypeId};
use crate::expression::evaluate::{Neighbours, evaluate_among, order};
use crate::expression::option_error::OptionError;
use crate::expression::surroundings::Surroundings;
use crate::expression::syntax::lexer::TEXT_BYTES_MAX;
use crate::expression::tree::Expression;
use crate::expression::typing::parse_sortable;
use crate::expression::value_type::ValueType;
use crate::uri::split::items;
use crate::{Error, ErrorKind, Record, Value};

/// Keys of an ordering at most.
const KEYS_MAX: usize = 16;

/// One key of an ordering. Null comes before every value, after every value if descending.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderKey {
    /// The expression to order by: never a collection, a complex or binary value, or a secret.
    pub expression: Expression,
    /// The kind that its values are kept as.
    pub kind: Kind,
    /// `desc`: whether the order descends.
    pub descending: bool,
}

impl OrderKey {
    /// Whether it looks at other entities, so that a record alone does not say what it is ordered by.
    pub fn looks_elsewhere(&self) -> bool {
        !self.expression.navigations().is_empty()
    }

    /// The order of two values of the key.
    pub fn compare(&self, a: &Value, b: &Value) -> Ordering {
        let ascending = order_with_null(a, b);
        if self.descending { ascending.reverse() } else { ascending }
    }
}

/// The order of two records under an ordering; equal means that only their keys can tell.
pub fn compare(order_by: &[OrderKey], a: &Record, b: &Record, neighbours: &dyn Neighbours) -> Ordering {
    let by_key = |key: &OrderKey| {
        let value = |record| evaluate_among(&key.expression, record, neighbours);
        key.compare(&value(a), &value(b))
    };
    order_by.iter().map(by_key).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
}

fn order_with_null(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        _ => order(left, right).unwrap_or(Ordering::Equal),
    }
}

/// The keys of an `$orderby` on entities of a type, or what is wrong with it and where.
pub fn parse_order_by(around: &Surroundings<'_>, entity: TypeId, text: &str) -> Result<Vec<OrderKey>, Error> {
    if text.len() > TEXT_BYTES_MAX {
        let message = format!("$orderby is longer than {TEXT_BYTES_MAX} bytes");
        return Err(Error::new(ErrorKind::BadQuery, message));
    }
    let mut keys = Vec::new();
    for (position, item) in items(text) {
        let key = if keys.len() == KEYS_MAX {
            Err(OptionError::new(0, format!("There are more than {KEYS_MAX} keys")))
        } else {
            order_key(around, entity, item)
        };
        keys.push(key.map_err(|failure| failure.behind(position).in_option("$orderby", text))?);
    }
    Ok(keys)
}

fn order_key(around: &Surroundings<'_>, entity: TypeId, item: &str) -> Result<OrderKey, OptionError> {
    let (text, descending) = direction(item)?;
    if text.is_empty() {
        return Err(OptionError::new(0, "Expected the name of a property"));
    }
    let (expression, of_type) = parse_sortable(around, entity, text)?;
    match of_type {
        ValueType::Kind(Kind::Primitive(Primitive::Binary)) => {
            Err(OptionError::new(0, format!("The property '{text}' has no order to sort by")))
        }
        of_type => Ok(OrderKey { expression, kind: of_type.kept_as(), descending }),
    }
}

/// Splits off `asc` or `desc`.
fn direction(item: &str) -> Result<(&str, bool), OptionError> {
    let Some((text, last)) = item.rsplit_once([' ', '\t']) else { return Ok((item, false)) };
    if last.eq_ignore_ascii_case("desc") {
        return Ok((text.trim_end(), true));
    }
    if last.eq_ignore_ascii_case("asc") {
        return Ok((text.trim_end(), false));
    }
    // A name and a word can only be meant so.
    let is_name = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '/' || c == '_');
    match is_name(text.trim_end()) && is_name(last) {
        true => {
            let message = format!("Expected 'asc' or 'desc', found '{last}'");
            Err(OptionError::new(item.len() - last.len(), message))
        }
        false => Ok((item, false)),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_order_by;
    use crate::edm::{Kind, Version};
    use crate::query::{Expression, Surroundings};
    use crate::uri::test_model::library;
    use crate::{Error, ErrorKind};

    /// The keys as they would be written.
    fn parse(text: &str) -> Result<String, Error> {
        let model = library();
        let Some(Kind::Entity(book)) = model.find_type("microsoft.graph.book") else { panic!() };
        let keys = parse_order_by(&Surroundings::of(&model, Version::Beta), book, text)?;
        let shown = keys.iter().map(|key| {
            let shown = match &key.expression {
                Expression::Path(path) => {
                    let names = path.steps.iter().map(|step| &*model.property(step.property).name);
                    names.collect::<Vec<_>>().join("/")
                }
                Expression::Call(function, _) => function.name().to_owned(),
                Expression::Through(..) => "author/name".to_owned(),
                Expression::Quantified(..) => "chapters/$count".to_owned(),
                other => format!("{other:?}"),
            };
            if key.descending { shown + " desc" } else { shown }
        });
        Ok(shown.collect::<Vec<_>>().join(","))
    }

    #[test]
    fn keys_are_resolved_in_order() {
        for (text, keys) in [
            ("title", "title"),
            ("TITLE DESC", "title desc"),
            ("title asc, aInt32  desc ,genre", "title,aInt32 desc,genre"),
            ("condition/binding/material desc", "condition/binding/material desc"),
            ("protagonist", "protagonist"),
            ("aBoolean,id", "aBoolean,id"),
            ("length(title) desc,aInt32 mul 2 asc", "length desc,mul"),
            ("author/name desc,chapters/$count", "author/name desc,chapters/$count"),
        ] {
            assert_eq!(parse(text).as_deref(), Ok(keys), "{text}");
        }
    }

    #[test]
    fn what_cannot_order_is_refused() {
        use ErrorKind::BadQuery;
        let many = vec!["title"; 17].join(",");
        let long = "x".repeat(9_000);
        for (text, kind, part) in [
            ("", BadQuery, "Expected the name of a property at position 0 of $orderby"),
            ("title,", BadQuery, "position 6"),
            (
                "title, titl",
                BadQuery,
                "'titl' on type 'microsoft.graph.book' at position 7 of $orderby; did you mean 'title'?",
            ),
            ("title down", BadQuery, "Expected 'asc' or 'desc', found 'down' at position 6"),
            ("title desc desc", BadQuery, "found 'desc'"),
            ("tags", BadQuery, "'tags' has no order to sort by at position 0"),
            ("aBinary", BadQuery, "'aBinary' has no order"),
            ("condition", BadQuery, "'condition' has no order"),
            ("shelfCode", BadQuery, "'shelfCode' is a secret and cannot be used in a query option."),
            ("archive", BadQuery, "'archive'"),
            ("title, length(titel)", BadQuery, "'titel' on type 'microsoft.graph.book' at position 14"),
            ("chapters", BadQuery, "'chapters' has no order"),
            (&many, BadQuery, "more than 16 keys"),
            (&long, BadQuery, "longer than 8192 bytes"),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.kind, kind, "{text}: {error}");
            assert!(error.message.contains(part), "{text}: {error}");
        }
    }
}
