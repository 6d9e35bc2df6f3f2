//! Paths of the library, resolved or refused.

use proptest::prelude::*;

use super::bind_path;
use crate::edm::Model;
use crate::uri::test_model::library;
use crate::uri::{Resource, Segment, Shape, parse_path};
use crate::{Error, ErrorKind};

fn bind(model: &Model, path: &str) -> Result<Resource, Error> {
    bind_path(model, &parse_path(path)?)
}

/// The bound path in the model's spelling, keys in brackets, then the shape.
fn shown(model: &Model, path: &str) -> String {
    let Resource::Path(bound) = bind(model, path).unwrap_or_else(|error| panic!("{path}: {error}")) else {
        panic!("{path} is no path");
    };
    let segments = bound.segments.iter().map(|segment| match segment {
        Segment::Set(id) => model.set(*id).name.to_string(),
        Segment::AlternateKey(id, value) => format!("{}={value}", model.property(*id).name),
        Segment::Key(key) => format!("[{key}]"),
        Segment::Navigation(id) => model.navigation(*id).name.to_string(),
        Segment::Cast(id) => format!("<{}>", model.structured(*id).name),
        Segment::Property(id) => format!(".{}", model.property(*id).name),
        Segment::Operation(id, arguments) => format!("{}{arguments:?}", model.operation(*id).name),
        Segment::Count => "$count".to_owned(),
        Segment::RawValue => "$value".to_owned(),
        Segment::Reference => "$ref".to_owned(),
    });
    let name = |id| &*model.structured(id).name;
    let shape = match bound.shape {
        Shape::Entities(id) => format!("many {}", name(id)),
        Shape::Entity(id) => format!("one {}", name(id)),
        Shape::Property(_) => "property".to_owned(),
        Shape::Raw(_) => "raw".to_owned(),
        Shape::Count(id) => format!("count {}", name(id)),
        Shape::CountOfValues => "count of values".to_owned(),
        Shape::References(id, many) => format!("references {} {many}", name(id)),
        Shape::Operation(_) => "operation".to_owned(),
    };
    format!("{} : {shape}", segments.collect::<Vec<_>>().join("/"))
}

#[test]
fn paths_resolve_to_the_model() {
    let model = library();
    for (path, bound) in [
        ("/beta/library", "library : one library"),
        ("/beta/LIBRARY/Books/", "library/books : many book"),
        ("/beta/readers", "readers : many author"),
        ("/beta/readers('x')/name", "readers/[x]/.name : property"),
        ("/beta/library/books/b1", "library/books/[b1] : one book"),
        ("/beta/library/books('b1')/author", "library/books/[b1]/author : one author"),
        ("/beta/library/books/b1/author/books/b2", "library/books/[b1]/author/books/[b2] : one book"),
        ("/beta/library/books/b1/summary", "library/books/[b1]/summary : one chapter"),
        ("/beta/library/books/b1/title", "library/books/[b1]/.title : property"),
        ("/beta/library/books/b1/title/$value", "library/books/[b1]/.title/$value : raw"),
        ("/beta/library/books/b1/condition/note", "library/books/[b1]/.condition/.note : property"),
        (
            "/beta/library/books/b1/condition/microsoft.graph.damagedCondition/pagesMissing",
            "library/books/[b1]/.condition/<damagedCondition>/.pagesMissing : property",
        ),
        ("/beta/library/books/$count", "library/books/$count : count book"),
        ("/beta/library/books/b1/author/$ref", "library/books/[b1]/author/$ref : references author false"),
        ("/beta/library/authors/a/books/$ref", "library/authors/[a]/books/$ref : references book true"),
        (
            "/beta/library/authors/a/books/b/$ref",
            "library/authors/[a]/books/[b]/$ref : references book false",
        ),
        ("/beta/library/books/microsoft.graph.novel", "library/books/<novel> : many novel"),
        ("/beta/library/books/microsoft.graph.NOVEL('b1')", "library/books/<novel>/[b1] : one novel"),
        (
            "/beta/library/books/b1/microsoft.graph.novel/protagonist",
            "library/books/[b1]/<novel>/.protagonist : property",
        ),
        ("/beta/library/books/b1/Lend", "library/books/[b1]/lend[] : operation"),
        ("/beta/library/books/b1/microsoft.graph.lend", "library/books/[b1]/lend[] : operation"),
        (
            "/beta/library/books/b1/microsoft.graph.novel/lend()",
            "library/books/[b1]/<novel>/lend[] : operation",
        ),
        ("/beta/library/books/b1/library.audit", "library/books/[b1]/audit[] : operation"),
        ("/beta/library/books/import", "library/books/import[] : operation"),
        ("/beta/library/books/isPopular", "library/books/isPopular[] : operation"),
        ("/beta/library/books/isPopular()", "library/books/isPopular[] : operation"),
        ("/v1.0/library/books/b1/title", "library/books/[b1]/.title : property"),
        // A reference with a set of its own leads out of what is not implemented.
        ("/beta/library/catalogues/c/authors/a", "library/catalogues/[c]/authors/[a] : one author"),
        ("/beta/library/catalogues/c/authors/a/name", "library/catalogues/[c]/authors/[a]/.name : property"),
    ] {
        assert_eq!(shown(&model, path), bound, "{path}");
    }
    assert_eq!(bind(&model, "/beta"), Ok(Resource::ServiceDocument));
    assert_eq!(bind(&model, "/v1.0/$Metadata"), Ok(Resource::Metadata));
}

#[test]
fn keys_come_in_every_form() {
    let model = library();
    let guid = "0198c7e2-7c1e-7000-8000-000000000001";
    for (segment, key) in [
        ("('b1')".to_owned(), "b1"),
        ("(b1)".to_owned(), "b1"),
        ("(id='b1')".to_owned(), "b1"),
        ("(ID=b1)".to_owned(), "b1"),
        (format!("({guid})"), guid),
        (format!("/{guid}"), guid),
        (format!("/{}", guid.to_uppercase()), guid),
        ("('it''s')".to_owned(), "it's"),
        ("('a=b')".to_owned(), "a=b"),
        ("('a,b')".to_owned(), "a,b"),
        ("/a%20b%2F%C3%BC%27".to_owned(), "a b/ü'"),
        ("/a(b)".to_owned(), "a(b)"),
        ("/p_g_0".to_owned(), "p_g_0"),
        ("/title".to_owned(), "title"),
        ("/lend".to_owned(), "lend"),
        ("/1.5".to_owned(), "1.5"),
    ] {
        let path = format!("/beta/library/books{segment}");
        assert_eq!(shown(&model, &path), format!("library/books/[{key}] : one book"), "{path}");
    }
}

#[test]
fn function_arguments_become_values() {
    let model = library();
    for (call, arguments) in [
        (
            r#"booksByIds(ids=["Ids value","O'Brien"])"#,
            r#"[Some(Collection([String("Ids value"), String("O'Brien")]))]"#,
        ),
        ("booksByIds(ids=%5B%22a%2Fb%22%5D)", r#"[Some(Collection([String("a/b")]))]"#),
        ("booksByIds(ids=[])", "[Some(Collection([]))]"),
        ("booksByIds(ids=null)", "[Some(Null)]"),
        ("booksByIds()", "[None]"),
        ("booksByIds", "[None]"),
        ("firstBook(limit=3, SHELF='a,b=c''d')", r#"[Some(String("a,b=c'd")), Some(Int(3)), None]"#),
        ("firstBook(genre='science')", "[None, None, Some(Enum(2))]"),
        ("firstBook(genre=microsoft.graph.genre'fiction',shelf=null)", "[Some(Null), None, Some(Enum(1))]"),
    ] {
        let (name, _) = call.split_once('(').unwrap_or((call, ""));
        let expected = format!("library/{name}{arguments} : operation");
        assert_eq!(shown(&model, &format!("/beta/library/{call}")), expected, "{call}");
    }
}

#[test]
fn malformed_segments_are_bad_paths() {
    let model = library();
    for (path, part) in [
        ("/beta/library('x')", "takes no parentheses"),
        ("/beta/library/books()", "is empty"),
        ("/beta/library/books('')", "is empty"),
        ("/beta/library/books('a'b')", "not closed"),
        ("/beta/library/books('a','b')", "not one quoted text"),
        ("/beta/library/books(isbn='b')", "names the property 'isbn'"),
        ("/beta/library/books/b1/title('x')", "'title' at position 23 of the path takes no parentheses"),
        ("/beta/library/books/b1/author('x')", "takes no parentheses"),
        ("/beta/library/books/b1/lend(reader='x')", "belong into the body"),
        ("/beta/library/booksByIds(id=[])", "There is no parameter 'id'; did you mean 'ids'?"),
        ("/beta/library/booksByIds(ids=@p)", "@p is another alias"),
        ("/beta/library/booksByIds(ids='a')", "not a JSON array of Edm.String"),
        ("/beta/library/booksByIds(ids=[1])", "1 is not an Edm.String"),
        ("/beta/library/booksByIds(ids=[[]])", "an item is not an Edm.String"),
        ("/beta/library/booksByIds('a')", "is not written 'name=value'"),
        ("/beta/library/firstBook(limit=x)", "x is not a literal"),
        ("/beta/library/firstBook(limit='3')", "'3' is not an Edm.Int32"),
        ("/beta/library/firstBook(limit=1,limit=2)", "given twice"),
        ("/beta/library/firstBook(genre='fictoin')", "did you mean 'fiction'?"),
        ("/beta/library/books/isPopular(x=1)", "There is no parameter 'x'"),
    ] {
        let error = bind(&model, path).expect_err(path);
        assert_eq!(error.kind, ErrorKind::BadPath, "{path}: {}", error.message);
        assert!(error.message.contains(part), "{path}: {}", error.message);
    }
}

#[test]
fn what_the_model_does_not_have_is_not_found() {
    let model = library();
    for (path, message) in [
        ("/beta/libary", "Resource not found for the segment 'libary'; did you mean 'library'?"),
        ("/beta/library/book", "Resource not found for the segment 'book'; did you mean 'books'?"),
        ("/beta/library/books/b/titl", "Resource not found for the segment 'titl'; did you mean 'title'?"),
        ("/beta/library/books/b/lent", "Resource not found for the segment 'lent'; did you mean 'lend'?"),
        ("/beta/library/books/b/condition/xyz", "Resource not found for the segment 'xyz'"),
        ("/beta/library/books/b/audit", "Resource not found for the segment 'audit'"),
        ("/beta/library/books/b/import", "Resource not found for the segment 'import'"),
        ("/beta/library/books/b/$count", "Resource not found for the segment '$count'"),
        ("/beta/library/books/b/$value", "Resource not found for the segment '$value'"),
        ("/beta/library/books/b/$ref/x", "Resource not found for the segment 'x'"),
        (
            "/beta/library/books/b/microsoft.graph.author",
            "Resource not found for the segment 'microsoft.graph.author'",
        ),
        ("/beta/library/books/$count/x", "Resource not found for the segment 'x'"),
        ("/beta/library/books/$value", "Resource not found for the segment '$value'"),
        ("/beta/library/books/isPopular/$count", "Resource not found for the segment '$count'"),
        ("/beta/library/$ref", "Resource not found for the segment '$ref'"),
        ("/beta/$metadata/x", "Resource not found for the segment '$metadata'"),
        ("/v1.0/library/books/b/notes", "Resource not found for the segment 'notes'"),
        ("/v1.0/library/books/b/recall", "Resource not found for the segment 'recall'"),
        ("/v1.0/library/catalogues", "Resource not found for the segment 'catalogues'"),
    ] {
        let error = bind(&model, path).expect_err(path);
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::NotFound, message), "{path}");
    }
}

#[test]
fn what_is_marked_as_not_implemented_says_so() {
    let model = library();
    for (path, named) in [
        ("/beta/library/catalogues", "/library/catalogues"),
        ("/beta/library/catalogues/c", "/library/catalogues/{id}"),
        ("/beta/library/catalogues/c/id", "/library/catalogues/{id}/id"),
        ("/beta/library/catalogues/c/entries/e", "/library/catalogues/{id}/entries/{id}"),
        ("/beta/library/catalogues/c/whatever", "/library/catalogues/{id}"),
        ("/beta/library/books/b/shred", "/library/books/{id}/shred"),
    ] {
        let error = bind(&model, path).expect_err(path);
        assert_eq!(error.kind, ErrorKind::NotImplemented, "{path}");
        assert_eq!(error.message, format!("The path '{named}' is not implemented"), "{path}");
    }
}

#[test]
fn a_key_never_becomes_a_name() {
    let model = library();
    let key = uuid::Uuid::now_v7().to_string();
    for text in [key.as_str(), "name", "books", "isPopular2", "a.b", "microsoft.graph.nothing"] {
        let path = format!("/beta/library/books/{text}/title");
        assert_eq!(shown(&model, &path), format!("library/books/[{text}]/.title : property"));
    }
}

proptest! {
    #[test]
    fn no_path_makes_the_binder_panic(path in any::<String>()) {
        let _ = bind(&library(), &path);
    }

    #[test]
    fn no_soup_of_segments_makes_the_binder_panic(parts in prop::collection::vec(
        prop::sample::select(vec![
            "/", "library", "books", "author", "condition", "catalogues", "microsoft.graph.novel", "$count", "$ref",
            "$value", "booksByIds", "firstBook", "(", ")", "'", "\"", "[", "]", "ids=", ",", "=", "%", "%27", "%2F",
            "%28", "é", "x", "@p", "null",
        ]),
        0..20,
    )) {
        let _ = bind(&library(), &format!("/beta/library/{}", parts.concat()));
    }
}
