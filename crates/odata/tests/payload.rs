//! Bodies in, the document between, bodies out: an invented library's works.

#![allow(clippy::unwrap_used)]

use odata::csdl::read::read;
use odata::date_time::Ticks;
use odata::edm::{Kind, Model, Primitive, TypeId, TypeRef, Version};
use odata::payload::form::ValueTemplate;
use odata::payload::raw::{Raw, raw};
use odata::payload::read::{Leniency, Reader};
use odata::payload::{Document, Draft, Format, MetadataLevel, Template, Visible};
use odata::{Json, Value};
use proptest::prelude::*;

fn library() -> Model {
    read(&[("library.csdl.xml", include_str!("../src/csdl/read/tests/library.csdl.xml"))]).unwrap()
}

fn type_id(model: &Model, name: &str) -> TypeId {
    match model.find_type(&format!("microsoft.graph.{name}")) {
        Some(Kind::Entity(id) | Kind::Complex(id)) => id,
        _ => panic!("no type {name}"),
    }
}

fn draft(model: &Model, body: &str) -> Result<Draft, String> {
    let reader = Reader { model, version: Version::Beta, leniency: Default::default() };
    let json = Json::parse(body.as_bytes()).map_err(|error| error.message)?;
    reader.entity(&json, type_id(model, "work"), None).map_err(|error| error.message)
}

/// What comes back of a body: read, completed, stored as a document, written.
fn echo(model: &Model, body: &str, level: MetadataLevel) -> String {
    let entity = draft(model, body).unwrap().complete(model).unwrap();
    let document = Document::encode(entity.record(), &[], model);
    let template = Template::new(model, type_id(model, "work"), Version::Beta, None, level);
    let mut out = Vec::new();
    template.write(&mut out, &Visible { document: &document, version: Some(7), secrets: &[], links: &[] });
    String::from_utf8(out).unwrap()
}

#[test]
fn a_body_comes_back_in_wire_form() {
    let model = library();
    let body = r##"{"title":"A \"b\" ü","genre":"poem","tags":["x","y,]"],"printed":"2016-12-31T23:58:26.2447023-08:00",
        "size":{"pages":3,"unit":null,"@odata.type":"#microsoft.graph.size"},
        "id":"mine","title@odata.type":"ignored","chapters":2,"@odata.type":"microsoft.graph.novel"}"##;
    assert_eq!(
        echo(&model, body, MetadataLevel::Minimal),
        concat!(
            r##"{"@odata.type":"#microsoft.graph.novel","@odata.etag":"W/\"7\"","id":"","##,
            r##""title":"A \"b\" ü","genre":"poem","##,
            r##""size":{"@odata.type":"#microsoft.graph.size","unit":null,"pages":3},"##,
            r##""tags":["x","y,]"],"note":null,"printed":"2017-01-01T07:58:26.2447023Z","chapters":2}"##
        )
    );
}

#[test]
fn the_sign_of_a_nested_type_comes_back_as_it_was_sent() {
    let model = library();
    for (sent, shown) in
        [("microsoft.graph.size", "microsoft.graph.size"), ("#microsoft.graph.size", "#microsoft.graph.size")]
    {
        let body = format!(r#"{{"title":"t","size":{{"@odata.type":"{sent}","pages":1}}}}"#);
        let echoed = echo(&model, &body, MetadataLevel::Minimal);
        assert!(echoed.contains(&format!(r#""size":{{"@odata.type":"{shown}","#)), "{echoed}");
    }
    let echoed = echo(&model, r#"{"title":"t","size":{"unit":"mm"}}"#, MetadataLevel::Minimal);
    assert!(
        echoed.contains(r##""size":{"@odata.type":"#microsoft.graph.measure","unit":"mm"}"##),
        "{echoed}"
    );
}

#[test]
fn full_metadata_tells_the_types_that_json_does_not() {
    let model = library();
    let body = r##"{"title":"t","genre":"poem","tags":["x"],"printed":"2016-12-31T23:58:26Z",
        "size":{"@odata.type":"#microsoft.graph.size","pages":3},"@odata.type":"#microsoft.graph.novel"}"##;
    assert_eq!(
        echo(&model, body, MetadataLevel::Full),
        concat!(
            r##"{"@odata.type":"#microsoft.graph.novel","@odata.etag":"W/\"7\"","id":"","title":"t","##,
            r##""genre@odata.type":"#microsoft.graph.genre","genre":"poem","##,
            r##""size":{"@odata.type":"#microsoft.graph.size","unit":null,"pages":3},"##,
            r##""tags@odata.type":"#Collection(String)","tags":["x"],"note":null,"##,
            r##""printed@odata.type":"#DateTimeOffset","printed":"2016-12-31T23:58:26Z","chapters":1}"##
        )
    );
}

#[test]
fn large_integers_are_strings_for_who_asks() {
    let model = library();
    let int64 = TypeRef { kind: Kind::Primitive(Primitive::Int64), collection: false, nullable: false };
    let int32 = TypeRef { kind: Kind::Primitive(Primitive::Int32), ..int64 };
    let many = TypeRef { collection: true, ..int64 };
    let list = Value::Collection(vec![Value::Int(1), Value::Int(-2)]);
    for (type_ref, value, plain, compatible) in [
        (int64, Value::Int(i64::MIN), "-9223372036854775808", "\"-9223372036854775808\""),
        (int32, Value::Int(5), "5", "5"),
        (many, list, "[1,-2]", "[\"1\",\"-2\"]"),
    ] {
        for (ieee754_compatible, expected) in [(false, plain), (true, compatible)] {
            let format = Format { ieee754_compatible, ..Format::default() };
            let template = ValueTemplate::new(&model, type_ref, Version::Beta, None, format);
            let mut out = Vec::new();
            template.write(&mut out, &value, &model);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}

#[test]
fn raw_values_are_bare() {
    let model = library();
    let Some(genre @ Kind::Enum(_)) = model.find_type("microsoft.graph.genre") else { panic!() };
    let string = Kind::Primitive(Primitive::String);
    let text = |text: &str| Raw::Text(text.to_owned());
    for (value, kind, expected) in [
        (Value::String("ü \"x\"".into()), string, text("ü \"x\"")),
        (Value::Boolean(true), string, text("true")),
        (Value::Int(-5), string, text("-5")),
        (Value::Double(0.5), string, text("0.5")),
        (Value::Enum(2), genre, text("poem")),
        (Value::Enum(99), genre, text("99")),
        (Value::DateTimeOffset(Ticks(0)), string, text("0001-01-01T00:00:00Z")),
        (Value::Duration(15_000_000), string, text("PT1.5S")),
        (Value::Binary(vec![0, 1, 2, 255].into()), string, Raw::Bytes(vec![0, 1, 2, 255].into())),
    ] {
        assert_eq!(raw(&value, kind, &model, Version::Beta), expected);
    }
}

#[test]
fn what_is_absent_reads_its_default() {
    let model = library();
    assert_eq!(
        echo(&model, r#"{"title":"t"}"#, MetadataLevel::None),
        r#"{"id":"","title":"t","genre":"novel","size":null,"tags":[],"note":null,"printed":"0001-01-01T00:00:00Z"}"#
    );
}

#[test]
fn what_an_older_model_did_not_write_reads_its_default() {
    let model = library();
    let template = Template::new(&model, type_id(&model, "work"), Version::Beta, None, MetadataLevel::None);
    let mut out = Vec::new();
    let document = Document(r#"[1,"k","t"]"#.into());
    template.write(&mut out, &Visible { document: &document, version: None, secrets: &[], links: &[] });
    assert_eq!(
        String::from_utf8(out).unwrap(),
        r#"{"id":"k","title":"t","genre":"novel","size":null,"tags":[],"note":null,"printed":"0001-01-01T00:00:00Z","chapters":1}"#
    );
}

#[test]
fn bodies_against_the_model_are_refused_by_name() {
    let model = library();
    let long = format!(r#"{{"title":"{}"}}"#, "ü".repeat(81));
    for (body, part) in [
        ("[]", "must be a JSON object, not an array"),
        (r#"{"titel":"x"}"#, "'titel' does not exist on type 'microsoft.graph.work'"),
        (r#"{"title":null}"#, "'title' must not be null"),
        (r#"{"title":7}"#, "Cannot convert the literal '7' to the expected type 'Edm.String'"),
        (r#"{"title":"a\u0000b"}"#, "'title' must not contain the character NUL"),
        (r#"{"title":"a","Title":"b"}"#, "'title' occurs twice"),
        (long.as_str(), "'title' has 81 characters; at most 80"),
        (r#"{"genre":"poemm"}"#, "did you mean 'poem'?"),
        (r#"{"genre":1}"#, "must be a string with a member's name, not a number"),
        (
            r#"{"printed":"2024-01-01"}"#,
            "expected type 'Edm.DateTimeOffset', a date and time with offset (property 'printed')",
        ),
        (r#"{"tags":"x"}"#, "'tags' must be an array, not a string"),
        (r#"{"tags":["a",7]}"#, "(property 'tags[1]')"),
        (r#"{"author@odata.bind":"authors('a')"}"#, "'author@odata.bind' is not taken"),
        (r#"{"tags":[null]}"#, "item 0 of 'tags' must not be null"),
        (r#"{"size":{"pages":1}}"#, "'pages' does not exist on type 'microsoft.graph.measure'"),
        (r##"{"size":{"@odata.type":"#microsoft.graph.size","pages":2147483648}}"##, "'size/pages'"),
        (
            r##"{"@odata.type":"#microsoft.graph.author"}"##,
            "is not 'microsoft.graph.work' or derived from it",
        ),
        (r#"{"author":{}}"#, "'author' is a navigation property"),
    ] {
        let message = draft(&model, body).expect_err(body);
        assert!(message.contains(part), "{body}: {message}");
    }
}

#[test]
fn absent_null_and_value_are_three_things() {
    let model = library();
    let novel = r##"{"@odata.type":"#microsoft.graph.novel","title":"old","tags":["a"],"size":{"@odata.type":"#microsoft.graph.size","pages":1,"unit":"mm"}}"##;
    let stored = draft(&model, novel).unwrap().complete(&model).unwrap();
    let reader = Reader { model: &model, version: Version::Beta, leniency: Default::default() };
    let body = Json::parse(br#"{"size":{"pages":2},"tags":null}"#).unwrap();
    let merged = reader.entity(&body, type_id(&model, "work"), Some(stored.record())).unwrap();
    let merged = merged.merge_over(stored.record().clone()).complete(&model).unwrap();
    let document = Document::encode(merged.record(), &[], &model).0;
    assert_eq!(document, r#"[1,"","old",1,[-2,"mm",2],[],null,0,1,null,null]"#.as_bytes());
}

#[test]
fn what_the_protocol_forbids_is_taken_as_the_reader_is_told() {
    let model = library();
    let read = |leniency: Leniency, declared: &str, body: &str| {
        let reader = Reader { model: &model, version: Version::Beta, leniency };
        let json = Json::parse(body.as_bytes()).unwrap();
        reader.entity(&json, type_id(&model, declared), None).map_err(|error| error.message)
    };
    let strict = Leniency { abstract_types: false, ..Leniency::default() };
    let work = r#"{"title":"t"}"#;
    read(Leniency::default(), "work", work).unwrap();
    let message = read(strict, "work", work).unwrap_err();
    assert!(message.contains("'microsoft.graph.work' is abstract"), "{message}");
    read(strict, "work", r##"{"@odata.type":"#microsoft.graph.novel","title":"t"}"##).unwrap();
}

#[test]
fn a_stored_type_cannot_be_changed() {
    let model = library();
    let stored = draft(&model, r##"{"@odata.type":"#microsoft.graph.novel","title":"old"}"##).unwrap();
    let reader = Reader { model: &model, version: Version::Beta, leniency: Default::default() };
    let body = Json::parse(br##"{"@odata.type":"#microsoft.graph.work"}"##).unwrap();
    let error = reader.entity(&body, type_id(&model, "work"), Some(&stored.0)).unwrap_err();
    assert!(error.message.contains("cannot be changed"), "{}", error.message);
}

proptest! {
    /// The law of the document: what is encoded decodes to what it was.
    #[test]
    fn a_document_decodes_to_what_was_encoded(
        title in "\\PC{0,40}",
        tags in proptest::collection::vec("[^\u{0}]{0,10}", 0..4),
        printed in 0i64..3_155_378_975_999_999_999,
        pages in any::<i32>(),
        poem in any::<bool>(),
    ) {
        let model = library();
        let text = |text: &str| Value::String(text.into());
        let Draft(mut record) = draft(&model, r#"{"title":"t"}"#).unwrap();
        let slot = |name: &str| model.find_property(type_id(&model, "work"), name, Version::Beta).unwrap().slot;
        record.set(0, text("key"));
        record.set(slot("title"), text(&title));
        record.set(slot("tags"), Value::Collection(tags.iter().map(|tag| text(tag)).collect()));
        record.set(slot("printed"), Value::DateTimeOffset(odata::date_time::Ticks(printed)));
        record.set(slot("genre"), Value::Enum(1 + i64::from(poem)));
        let Draft(size) = {
            let reader = Reader { model: &model, version: Version::Beta, leniency: Default::default() };
            let json = format!(r#"{{"pages":{pages}}}"#);
            reader.entity(&Json::parse(json.as_bytes()).unwrap(), type_id(&model, "size"), None).unwrap()
        };
        record.set(slot("size"), Value::Complex(Box::new(size)));
        let entity = Draft(record).complete(&model).unwrap();
        let document = Document::encode(entity.record(), &[], &model);
        let decoded = document.decode_complete(type_id(&model, "work"), &model).unwrap();
        prop_assert_eq!(Document::encode(decoded.record(), &[], &model), document);
        prop_assert_eq!(decoded.record().get(slot("size")), entity.record().get(slot("size")));
    }

    /// Splitting a document's text never panics, whatever the database answered.
    #[test]
    fn any_text_can_be_split(text in "\\PC{0,60}") {
        prop_assert!(Document(text.into()).elements().count() <= 61);
    }
}

/// Records that were stored before the model tightened the bounds of their texts.
#[test]
fn what_is_as_it_was_stored_is_not_checked_again() {
    let before = library();
    let body = r##"{"title":"long title","tags":["long tag"],"@odata.type":"microsoft.graph.novel",
        "size":{"pages":3,"unit":"long unit","@odata.type":"#microsoft.graph.size"}}"##;
    let stored = draft(&before, body).unwrap().complete(&before).unwrap().into_draft().0;
    let mut model = before;
    for property in &mut model.properties {
        property.max_length =
            Some(4).filter(|_| ["title", "tags", "unit"].contains(&&*property.name)).or(property.max_length);
    }
    let slot = |owner: &str, name: &str| {
        model.find_property(type_id(&model, owner), name, Version::Beta).unwrap().slot
    };
    let text = |text: &str| Value::String(text.into());
    let tags = |tags: &[&str]| Value::Collection(tags.iter().map(|tag| text(tag)).collect());
    let unit = |unit: &str| {
        let Some(Value::Complex(size)) = stored.get(slot("work", "size")) else { panic!("no size") };
        let mut size = size.clone();
        size.set(slot("size", "unit"), text(unit));
        Value::Complex(size)
    };
    assert!(Draft(stored.clone()).complete(&model).is_err(), "the bounds are tighter");
    for (name, value, is_taken) in [
        ("note", text("a long note"), true),
        ("title", text("long title"), true),
        ("title", text("new"), true),
        ("title", text("another"), false),
        ("tags", tags(&["long tag"]), true),
        ("tags", tags(&["tag"]), true),
        ("tags", tags(&["longer tag"]), false),
        ("size", unit("long unit"), true),
        ("size", unit("cm"), true),
        ("size", unit("longer unit"), false),
    ] {
        let mut next = stored.clone();
        next.set(slot("work", name), value.clone());
        let completed = Draft(next).complete_over(&stored, &model);
        assert_eq!(completed.is_ok(), is_taken, "{name}: {value:?}: {completed:?}");
    }
}

/// A number that a handler or a job sets has to fit its property as one that a client sends.
#[test]
fn a_number_beyond_the_type_of_its_property_is_refused() {
    let model = library();
    let size = model.find_property(type_id(&model, "work"), "size", Version::Beta).unwrap().slot;
    let pages = model.find_property(type_id(&model, "size"), "pages", Version::Beta).unwrap();
    assert_eq!(pages.type_ref.kind, Kind::Primitive(odata::edm::Primitive::Int32));
    for (number, fits) in [
        (0, true),
        (i64::from(i32::MAX), true),
        (i64::from(i32::MIN), true),
        (i64::from(i32::MAX) + 1, false),
        (i64::MIN, false),
    ] {
        let Draft(mut record) =
            draft(&model, r##"{"title":"A","size":{"pages":3,"@odata.type":"#microsoft.graph.size"}}"##)
                .unwrap();
        let Some(Value::Complex(inner)) = record.slots[usize::from(size)].as_mut() else { panic!("no size") };
        inner.set(pages.slot, Value::Int(number));
        assert_eq!(Draft(record).complete(&model).is_ok(), fits, "{number}");
    }
}
