//! Query strings on the resources of the library.

use proptest::prelude::*;

use super::{QueryOptions, parse_options};
use crate::date_time::Ticks;
use crate::edm::{Model, Version};
use crate::query::{Cursor, Selection};
use crate::uri::test_model::library;
use crate::uri::{Resource, Shape, bind_path, parse_path};
use crate::{Error, ErrorKind, Key};

const BOOKS: &str = "library/books";
const BOOK: &str = "library/books/b";

fn shape(model: &Model, path: &str) -> Shape {
    let path = parse_path(&format!("/beta/{path}")).unwrap();
    match bind_path(model, &path) {
        Ok(Resource::Path(bound)) => bound.shape,
        other => panic!("{other:?}"),
    }
}

fn parse(model: &Model, path: &str, query: &str) -> Result<QueryOptions, Error> {
    parse_options(model, Version::Beta, Ticks::default(), query, &shape(model, path))
}

/// What the options say, in one line.
fn shown(model: &Model, options: &QueryOptions) -> String {
    let mut parts = Vec::new();
    parts.extend(options.filter.as_ref().map(|_| "filter".to_owned()));
    parts.extend((!options.order_by.is_empty()).then(|| format!("order by {}", options.order_by.len())));
    parts.extend(selected(model, &options.selection));
    for expand in &options.selection.expand {
        let name = &model.navigation(expand.navigation).name;
        parts.push(format!("{name}({})", shown(model, &expand.options)));
    }
    parts.extend(options.top.map(|top| format!("top {top}")));
    parts.extend((options.skip > 0).then(|| format!("skip {}", options.skip)));
    parts.extend(options.count.then(|| "count".to_owned()));
    parts.extend(options.cursor.as_ref().map(|cursor| format!("after {}", cursor.key)));
    parts.extend(options.format.as_ref().map(|format| format!("as {format}")));
    parts.join(" ")
}

fn selected(model: &Model, selection: &Selection) -> Option<String> {
    let ids = selection.properties.as_ref()?.iter();
    let names = ids.map(|id| &*model.property(*id).name).collect::<Vec<_>>();
    Some(format!("[{}]", names.join(",")))
}

#[test]
fn options_are_read_as_clients_write_them() {
    let model = library();
    let cursor = Cursor { values: vec![], key: Key::parse("b7") }.encode();
    let token = format!("$skiptoken={cursor}");
    for (path, query, expected) in [
        (BOOKS, "", ""),
        (BOOKS, "$top=2&$skip=3&$count=TRUE", "top 2 skip 3 count"),
        (BOOKS, "TOP=0&count=false", "top 0"),
        (BOOKS, "%24select=id%2Ctitle&%24top=2", "[id,title] top 2"),
        (BOOKS, "$filter=contains%28title%2C%27O%27%27Brien%20%26%20%2B%C3%A9%27%29", "filter"),
        (BOOKS, "$filter=title+eq+'a%2Bb'&$orderby=title%20desc,aInt32", "filter order by 2"),
        (BOOKS, "$Select=Id,TITLE,id", "[id,title]"),
        (BOOKS, "$select=*", ""),
        (BOOKS, "$select=title,*", ""),
        (BOOKS, "$select=condition/note, protagonist ,author", "[condition,protagonist]"),
        (BOOKS, "$select=shelfCode", "[shelfCode]"),
        (BOOKS, "$expand=author,chapters", "author() chapters()"),
        (BOOKS, "$expand=Author($select=Name)", "author([name])"),
        (
            BOOKS,
            "$expand=chapters($select=id;$top=5;filter=contains(heading,'a;b)');$orderby=heading;$count=true;$skip=1), author",
            "chapters(filter order by 1 [id] top 5 skip 1 count) author()",
        ),
        (BOOKS, "$expand=author($expand=books($expand=chapters))", "author(books(chapters()))"),
        (BOOKS, &token, "after b7"),
        (BOOKS, "$format=JSON", "as json"),
        (BOOKS, "client-request-id=x&a=%zz&&id=5&levels=2&@p=1", ""),
        (
            BOOK,
            "$select=title&$expand=author&$format=application/json;odata.metadata=Full",
            "[title] author() as application/json;odata.metadata=full",
        ),
        ("library/books/b/condition", "$select=note", "[note]"),
        ("library/books/b/title", "$format=json", "as json"),
        ("library/books/$count", "$filter=aBoolean", "filter"),
        ("library/booksByIds(ids=[])", "$select=title", "[title]"),
        ("library/books/b/lend", "a=b", ""),
    ] {
        let options = parse(&model, path, query).unwrap_or_else(|error| panic!("{query}: {error}"));
        assert_eq!(shown(&model, &options), expected, "{path}?{query}");
    }
}

#[test]
fn malformed_options_are_refused() {
    let model = library();
    let long = format!("a={}", "x".repeat(17_000));
    for (query, part) in [
        ("$top=2&%24TOP=3", "$top is given twice"),
        ("top=2&$top=3", "$top is given twice"),
        ("$fliter=x", "The query option '$fliter' does not exist; did you mean '$filter'?"),
        ("$=x", "The query option '$' does not exist"),
        ("$top=-1", "The value '-1' of $top is not a whole number from zero"),
        ("$top=x", "The value 'x' of $top"),
        ("$top=", "The value '' of $top"),
        ("$top", "The value '' of $top"),
        ("$skip=1.5", "The value '1.5' of $skip"),
        ("$skip=99999999999999999999", "of $skip is not a whole number"),
        ("$count=yes", "The value 'yes' of $count is not 'true' or 'false'"),
        ("$filter=", "at position 0 of $filter"),
        ("$filter=title eq 'a%zz'", "$filter has a '%' without two hexadecimal digits at byte 11"),
        ("$filter=title eq '%00'", "$filter has a NUL character at byte 10"),
        ("%zz=1", "A query option's name has a '%'"),
        ("$select=", "Expected the name of a property at position 0 of $select"),
        ("$select=id,,title", "position 3 of $select"),
        (
            "$select=id, titl",
            "'titl' on type 'microsoft.graph.book' at position 4 of $select; did you mean 'title'?",
        ),
        ("$select=title/x", "There is no property 'x' to select at position 6"),
        (
            "$select=condition/nota",
            "'nota' on type 'microsoft.graph.condition' at position 10 of $select; did you mean 'note'?",
        ),
        (
            "$expand=",
            "Could not find a navigation property named '' on type 'microsoft.graph.book' at position 0",
        ),
        (
            "$expand=chapter",
            "'chapter' on type 'microsoft.graph.book' at position 0 of $expand; did you mean 'chapters'?",
        ),
        ("$expand=author,author", "'author' is expanded twice at position 7 of $expand"),
        ("$expand=author($select=name", "A parenthesis is not closed at position 6 of $expand"),
        ("$expand=author($top=5)", "$top does not apply to an expanded entity"),
        ("$expand=author($skiptoken=x)", "$skiptoken does not apply to an expanded entity"),
        ("$expand=author(x=5)", "The query option 'x' does not exist"),
        ("$expand=author()", "The query option '' does not exist"),
        ("$expand=chapters($top=5;$top=6)", "$top is given twice"),
        (
            "$expand=chapters($select=headin)",
            "'headin' on type 'microsoft.graph.chapter' at position 0 of $select; did you mean 'heading'?",
        ),
        ("$expand=author($expand=books($expand=author($expand=books)))", "more than 3 levels of $expand"),
        ("$skiptoken=x", "The $skiptoken is not one of ours"),
        (&long, "longer than 16384 bytes"),
    ] {
        let error = parse(&model, BOOKS, query).expect_err(query);
        assert_eq!(error.kind, ErrorKind::BadQuery, "{query}: {error}");
        assert!(error.message.contains(part), "{query}: {error}");
    }
}

#[test]
fn an_item_that_is_no_path_is_refused() {
    let model = library();
    for (query, part) in [
        (
            "$select=contains(title,'x')",
            "'contains(title,'x')' is no path of properties to select at position 0",
        ),
        ("$select=title,length(title)", "'length(title)' is no path of properties to select at position 6"),
        ("$select=condition(note)", "'condition(note)' is no path of properties to select"),
        ("$select=title($select=note)", "is no path of properties to select"),
        ("$select=title eq 'x'", "'title eq 'x''"),
        ("$select='title'", "''title''"),
        ("$select=title/note", "There is no property 'note' to select at position 6"),
        ("$select=condition/", "Could not find a property named ''"),
        ("$select=$count", "'$count'"),
        ("$select=1", "'1'"),
        ("$expand=title/x", "Could not find a navigation property named 'title'"),
        (
            "$expand=author/name",
            "'author/name' is no navigation property to expand at position 0 of $expand; put",
        ),
        ("$expand=contains(title,'x')", "Could not find a navigation property named 'contains'"),
        ("$expand=length(title)", "Could not find a navigation property named 'length'"),
        ("$expand='author'", "Could not find a navigation property named ''author''"),
        ("$expand=author eq null", "Could not find a navigation property named 'author eq null'"),
        ("$orderby=title(x)", "Unknown function 'title'"),
        ("$orderby=title/x", "has no properties"),
        ("$orderby=*", "Expected a property, a literal or a function"),
        ("$orderby=title eq", "Expected 'asc' or 'desc'"),
    ] {
        let error = parse(&model, BOOKS, query).expect_err(query);
        assert_eq!(error.kind, ErrorKind::BadQuery, "{query}: {error}");
        assert!(error.message.contains(part), "{query}: {error}");
    }
}

#[test]
fn options_that_do_not_fit_the_resource_are_refused() {
    let model = library();
    for (path, query, message) in [
        (BOOK, "$filter=x", "The query option $filter does not apply to a single entity"),
        (BOOK, "$top=1", "The query option $top does not apply to a single entity"),
        (BOOK, "$count=true", "The query option $count does not apply to a single entity"),
        (
            "library/books/b/condition",
            "$expand=x",
            "The query option $expand does not apply to a complex property",
        ),
        ("library/books/b/title", "$select=x", "The query option $select does not apply to a property"),
        (
            "library/books/b/title/$value",
            "$select=x",
            "The query option $select does not apply to a raw value",
        ),
        ("library/books/$count", "$top=1", "The query option $top does not apply to a count"),
        (
            "library/authors/a/books/$ref",
            "$select=title",
            "The query option $select does not apply to a collection of references",
        ),
        ("library/books/b/author/$ref", "$top=1", "The query option $top does not apply to a reference"),
        (
            "library/booksByIds",
            "$top=1",
            "The query option $top does not apply to the result of an operation",
        ),
        (
            "library/books/isPopular",
            "$select=x",
            "The query option $select does not apply to the result of this operation",
        ),
    ] {
        let error = parse(&model, path, query).expect_err(query);
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::BadQuery, message), "{path}?{query}");
    }
}

#[test]
fn what_an_answer_depends_on_is_known() {
    let model = library();
    for (query, count) in [
        ("$filter=author/name eq 'x'", 1),
        ("$orderby=title,author/name desc", 1),
        ("$orderby=chapters/$count&$filter=author eq null", 2),
        ("$expand=author&$orderby=author/name", 2),
        ("$orderby=title", 0),
    ] {
        let options = parse(&model, BOOKS, query).unwrap_or_else(|error| panic!("{query}: {error}"));
        assert_eq!(options.navigations().len(), count, "{query}");
    }
}

#[test]
fn what_odata_has_and_we_do_not_is_not_implemented() {
    let model = library();
    for (query, named) in [
        ("$apply=aggregate($count as n)", "$apply"),
        ("$COMPUTE=x", "$compute"),
        ("$levels=2", "$levels"),
        ("$deltatoken=x", "$deltatoken"),
        ("$select=condition($select=note)", "An option in parentheses"),
        ("$expand=chapters/$ref", "'chapters/$ref'"),
        ("$expand=chapters($levels=max)", "$levels"),
        ("$filter=geo.length(title) eq 1", "geo.length"),
    ] {
        let error = parse(&model, BOOKS, query).expect_err(query);
        assert_eq!(error.kind, ErrorKind::NotImplemented, "{query}: {error}");
        assert!(error.message.contains(named), "{query}: {error}");
    }
    let error = parse(&model, "library", "$expand=catalogues").unwrap_err();
    assert_eq!(
        error.message,
        "The navigation property 'catalogues' is not implemented at position 0 of $expand"
    );
}

proptest! {
    #[test]
    fn no_query_makes_the_parser_panic(query in any::<String>()) {
        let _ = parse(&library(), BOOKS, &query);
    }

    #[test]
    fn no_option_value_makes_the_parser_panic(
        name in prop::sample::select(vec!["$filter", "$select", "$expand", "$orderby", "$top", "$skiptoken"]),
        words in prop::collection::vec(
            prop::sample::select(vec![
                "title", "author", "chapters", "condition", "/", ",", ";", "(", ")", "$select=", "$expand=", "'", "\"",
                "*", " ", "desc", "é", "%27", "%", "$top=1",
            ]),
            0..20,
        ),
    ) {
        let _ = parse(&library(), BOOKS, &format!("{name}={}", words.concat()));
    }
}
