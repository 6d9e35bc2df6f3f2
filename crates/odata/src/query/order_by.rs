//! `$orderby` (URL conventions 4.01, 5.1.5).

use super::Path;
use super::path::resolve;
use super::token::{Failure, MAX_TEXT};
use crate::edm::{Kind, Model, Primitive, TypeId, TypeRef, Version};
use crate::uri::split::items;
use crate::{Error, ErrorKind};

/// Keys of an ordering at most.
const MAX_KEYS: usize = 16;

/// One key of an ordering. Null comes before every value, after every value if descending.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderKey {
    /// What to order by: never a collection, a complex or binary value, or a secret.
    pub path: Path,
    /// `desc`.
    pub descending: bool,
}

/// The keys of an `$orderby` on entities of a type, or what is wrong with it and where.
pub fn parse_order_by(
    model: &Model,
    version: Version,
    entity: TypeId,
    text: &str,
) -> Result<Vec<OrderKey>, Error> {
    if text.len() > MAX_TEXT {
        let message = format!("$orderby is longer than {MAX_TEXT} bytes");
        return Err(Error::new(ErrorKind::BadQuery, message));
    }
    let mut keys = Vec::new();
    for (position, item) in items(text) {
        let key = if keys.len() == MAX_KEYS {
            Err(Failure::new(position, format!("There are more than {MAX_KEYS} keys")))
        } else {
            order_key(model, version, entity, item, position)
        };
        keys.push(key.map_err(|failure| failure.in_option("$orderby", text))?);
    }
    Ok(keys)
}

fn order_key(
    model: &Model,
    version: Version,
    entity: TypeId,
    item: &str,
    position: usize,
) -> Result<OrderKey, Failure> {
    let (name, direction) = match item.split_once([' ', '\t']) {
        Some((name, direction)) => (name, direction.trim()),
        None => (item, ""),
    };
    if item.contains('(') {
        return Err(Failure::not_implemented(position, "Ordering by a function"));
    }
    let descending = direction.eq_ignore_ascii_case("desc");
    if !descending && !direction.is_empty() && !direction.eq_ignore_ascii_case("asc") {
        let message = format!("Expected 'asc' or 'desc', found '{direction}'");
        return Err(Failure::new(position + item.len() - direction.len(), message));
    }
    let path = resolve(model, version, entity, name, position)?;
    match path.type_ref {
        TypeRef { collection: false, kind: Kind::Primitive(primitive), .. }
            if primitive != Primitive::Binary =>
        {
            Ok(OrderKey { path, descending })
        }
        TypeRef { collection: false, kind: Kind::Enum(_), .. } => Ok(OrderKey { path, descending }),
        _ => Err(Failure::new(position, format!("The property '{name}' has no order to sort by"))),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_order_by;
    use crate::edm::{Kind, Version};
    use crate::uri::test_model::library;
    use crate::{Error, ErrorKind};

    /// The keys as they would be written.
    fn parse(text: &str) -> Result<String, Error> {
        let model = library();
        let Some(Kind::Entity(book)) = model.find_type("microsoft.graph.book") else { panic!() };
        let keys = parse_order_by(&model, Version::Beta, book, text)?;
        let shown = keys.iter().map(|key| {
            let names = key.path.steps.iter().map(|step| &*model.property(step.property).name);
            let path = names.collect::<Vec<_>>().join("/");
            if key.descending { path + " desc" } else { path }
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
        ] {
            assert_eq!(parse(text).as_deref(), Ok(keys), "{text}");
        }
    }

    #[test]
    fn what_cannot_order_is_refused() {
        use ErrorKind::{BadQuery, NotImplemented};
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
            ("title desc desc", BadQuery, "found 'desc desc'"),
            ("tags", BadQuery, "'tags' has no order to sort by at position 0"),
            ("aBinary", BadQuery, "'aBinary' has no order"),
            ("condition", BadQuery, "'condition' has no order"),
            ("shelfCode", BadQuery, "'shelfCode' is a secret and cannot be used in a query option."),
            ("length(title)", NotImplemented, "Ordering by a function is not implemented at position 0"),
            ("author/name", NotImplemented, "navigation property 'author'"),
            (&many, BadQuery, "more than 16 keys"),
            (&long, BadQuery, "longer than 8192 bytes"),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.kind, kind, "{text}: {error}");
            assert!(error.message.contains(part), "{text}: {error}");
        }
    }
}
