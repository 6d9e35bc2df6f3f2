//! Filters and orderings on two books, one with a value in every property and one with none.

use std::cmp::Ordering;

use crate::date_time::Ticks;
use crate::edm::{Kind, Model, Version};
use crate::expression::evaluate::{Alone, evaluate, matches};
use crate::query::order_by::compare;
use crate::query::{Surroundings, parse_filter, parse_order_by};
use crate::uri::test_model::library;
use crate::{Record, Value};

fn empty(model: &Model, name: &str) -> Record {
    let (Some(Kind::Entity(id)) | Some(Kind::Complex(id))) = model.find_type(name) else { panic!("{name}") };
    Record::empty(id, model.structured(id).slots)
}

fn set(model: &Model, record: &mut Record, name: &str, value: Value) {
    let slot = model.find_property(record.type_id, name, Version::Beta).unwrap().slot;
    record.set(slot, value);
}

/// A novel with values, and a book without.
fn books(model: &Model) -> (Record, Record) {
    let mut condition = empty(model, "microsoft.graph.condition");
    set(model, &mut condition, "note", Value::String("worn".into()));
    let mut novel = empty(model, "microsoft.graph.novel");
    for (name, value) in [
        ("id", Value::String("b1".into())),
        ("title", Value::String("Émile 100%_".into())),
        ("aBoolean", Value::Boolean(true)),
        ("aInt32", Value::Int(5)),
        ("aInt64", Value::Int(-5)),
        ("aDouble", Value::Double(5.5)),
        ("aGuid", Value::Guid(uuid::Uuid::from_u128(7))),
        ("aDateTimeOffset", Value::DateTimeOffset(Ticks(638_396_640_000_000_000))),
        ("aDuration", Value::Duration(10_000_000)),
        ("aBinary", Value::Binary(vec![0; 3].into())),
        ("genre", Value::Enum(1)),
        ("condition", Value::Complex(Box::new(condition))),
        ("protagonist", Value::String("Émile".into())),
    ] {
        set(model, &mut novel, name, value);
    }
    let mut plain = empty(model, "microsoft.graph.book");
    set(model, &mut plain, "aInt64", Value::Null);
    (novel, plain)
}

#[test]
fn filters_keep_what_is_true() {
    let model = library();
    let (novel, plain) = books(&model);
    for (text, of_novel, of_plain) in [
        // Null is a value for eq and ne, and less than nothing for the others.
        ("aInt32 eq 5", true, false),
        ("aInt32 ne 5", false, true),
        ("aInt32 eq null", false, true),
        ("aInt32 ne null", true, false),
        ("aInt32 ge 5", true, false),
        ("aInt32 le 5", true, false),
        ("aInt32 gt 5", false, false),
        ("not (aInt32 gt 5)", true, true),
        ("aInt32 le null", false, false),
        ("null ge null", false, false),
        ("null eq null", true, true),
        ("aInt32 eq aInt64", false, true),
        ("aInt32 lt aDouble", true, false),
        ("aInt32 in (4,5)", true, false),
        ("aInt32 in (4,null)", false, true),
        ("aInt32 in ()", false, false),
        ("not (aInt32 in ())", true, true),
        // Functions of null are null, and three-valued logic carries it on.
        ("contains(title,'00%_')", true, false),
        ("not contains(title,'x')", true, false),
        ("contains(title,null)", false, false),
        ("contains(title,'É') or true", true, true),
        ("contains(title,'x') or aInt32 eq null", false, true),
        ("contains(title,'É') and true", true, false),
        ("not (contains(title,'x') and false)", true, true),
        ("contains(title,'É') eq null", false, true),
        ("contains(title,'É') ne true", false, true),
        ("startswith(title,'é')", false, false),
        ("startswith(title,'É')", true, false),
        ("startswith(title,'')", true, false),
        ("endswith(title,'_')", true, false),
        ("aBoolean", true, false),
        ("not aBoolean", false, false),
        ("null", false, false),
        ("true", true, true),
        // Strings by their bytes, enumerations by their numbers, instants by when they are.
        ("title gt 'Z'", true, false),
        ("genre lt 'science'", true, false),
        ("aDateTimeOffset eq 2024-01-01T02:00:00+02:00", true, false),
        ("aDuration lt duration'PT2S'", true, false),
        ("aGuid gt 00000000-0000-0000-0000-000000000006", true, false),
        ("aBinary eq 'AAAA'", true, false),
        ("condition/note eq 'worn'", true, false),
        ("condition/note eq null", false, true),
        ("condition/binding/material eq null", true, true),
        ("protagonist eq 'Émile'", true, false),
        ("protagonist eq null", false, true),
    ] {
        let type_id = plain.type_id;
        let expression = parse_filter(&Surroundings::of(&model, Version::Beta), type_id, text).unwrap();
        assert_eq!(matches(&expression, &novel), of_novel, "{text} of the novel");
        assert_eq!(matches(&expression, &plain), of_plain, "{text} of the plain book");
    }
}

#[test]
fn logic_is_three_valued() {
    let model = library();
    let (_, plain) = books(&model);
    for (text, value) in [
        ("null and true", None),
        ("null and false", Some(false)),
        ("null or true", Some(true)),
        ("null or false", None),
        ("not null", None),
        ("not (null and null)", None),
    ] {
        let expression = parse_filter(&Surroundings::of(&model, Version::Beta), plain.type_id, text).unwrap();
        assert_eq!(evaluate(&expression, &plain), value.map_or(Value::Null, Value::Boolean), "{text}");
    }
}

#[test]
fn orderings_put_null_first() {
    let model = library();
    let (novel, plain) = books(&model);
    let mut later = novel.clone();
    set(&model, &mut later, "title", Value::String("Zadig".into()));
    for (text, novel_to_plain, novel_to_later) in [
        ("title", Ordering::Greater, Ordering::Greater),
        ("title desc", Ordering::Less, Ordering::Less),
        ("aInt32", Ordering::Greater, Ordering::Equal),
        ("aInt32,title", Ordering::Greater, Ordering::Greater),
        ("aBoolean desc,title desc", Ordering::Less, Ordering::Less),
        ("condition/note", Ordering::Greater, Ordering::Equal),
        ("days", Ordering::Equal, Ordering::Equal),
    ] {
        let keys = parse_order_by(&Surroundings::of(&model, Version::Beta), plain.type_id, text).unwrap();
        assert_eq!(compare(&keys, &novel, &plain, &Alone), novel_to_plain, "{text}");
        assert_eq!(compare(&keys, &plain, &novel, &Alone), novel_to_plain.reverse(), "{text}, reversed");
        assert_eq!(compare(&keys, &novel, &later, &Alone), novel_to_later, "{text} of equal numbers");
    }
}
