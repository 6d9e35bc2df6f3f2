//! What filters mean, and what is wrong with them.

use super::parse_filter;
use crate::edm::{Kind, Model, TypeId, Version};
use crate::query::{CollectionPath, Comparison, Expression, Items, Surroundings};
use crate::uri::test_model::library;
use crate::{Error, ErrorKind};

pub(super) fn book(model: &Model) -> TypeId {
    match model.find_type("microsoft.graph.book") {
        Some(Kind::Entity(id)) => id,
        other => panic!("{other:?}"),
    }
}

pub(super) fn parse(model: &Model, text: &str) -> Result<Expression, Error> {
    parse_filter(&Surroundings::of(model, Version::Beta), book(model), text)
}

/// The expression with full parentheses.
pub(super) fn shown(model: &Model, expression: &Expression) -> String {
    let show = |expression: &Expression| shown(model, expression);
    match expression {
        Expression::Literal(value) => format!("{value:?}"),
        Expression::Path(path) => {
            let names = path.steps.iter().map(|step| &*model.property(step.property).name);
            let start = if path.scope == 0 { String::new() } else { format!("{}:", path.scope) };
            start + &names.collect::<Vec<_>>().join("/")
        }
        Expression::Compare(comparison, a, b) => {
            let operator = match comparison {
                Comparison::Equal => "eq",
                Comparison::NotEqual => "ne",
                Comparison::Greater => "gt",
                Comparison::GreaterOrEqual => "ge",
                Comparison::Less => "lt",
                Comparison::LessOrEqual => "le",
            };
            format!("({} {operator} {})", show(a), show(b))
        }
        Expression::And(a, b) => format!("({} and {})", show(a), show(b)),
        Expression::Or(a, b) => format!("({} or {})", show(a), show(b)),
        Expression::Not(a) => format!("not {}", show(a)),
        Expression::In(a, items) => format!("({} in {items:?})", show(a)),
        Expression::Call(function, operands) => {
            format!("{function:?}({})", operands.iter().map(show).collect::<Vec<_>>().join(","))
        }
        Expression::Quantified(quantifier, source, predicate) => {
            let source = match source {
                CollectionPath::Property(path) => show(&Expression::Path(path.clone())),
                CollectionPath::Related(hop) => model.navigation(hop.navigation).name.to_string(),
            };
            format!("{quantifier:?}({source}: {})", show(predicate))
        }
        Expression::Through(hop, inner) => {
            format!("{}->{}", model.navigation(hop.navigation).name, show(inner))
        }
        Expression::Case(pairs) => {
            let pairs = pairs.iter().map(|(condition, value)| format!("{}:{}", show(condition), show(value)));
            format!("case({})", pairs.collect::<Vec<_>>().join(","))
        }
        Expression::Includes(inclusion, whole, part) => {
            let items = |items: &Items| match items {
                Items::Path(path) => show(&Expression::Path(path.clone())),
                Items::Literal(values) => format!("{values:?}"),
            };
            format!("{}({},{})", inclusion.name(), items(whole), items(part))
        }
        Expression::IsOf(path, types) => {
            format!("isof({},{})", show(&Expression::Path(path.clone())), types.len())
        }
    }
}

/// Checks each text against the expression it stands for.
pub(super) fn check(cases: &[(&str, &str)]) {
    let model = library();
    for (text, expected) in cases {
        let expression = parse(&model, text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(shown(&model, &expression), *expected, "{text}");
    }
}

/// Checks that each text is refused with the kind and a message that contains the part.
pub(super) fn check_refused(kind: ErrorKind, cases: &[(&str, &str)]) {
    let model = library();
    for (text, part) in cases {
        let error = parse(&model, text).expect_err(text);
        assert_eq!(error.kind, kind, "{text}: {error}");
        assert!(error.message.contains(part), "{text}: {error}");
    }
}

#[test]
fn operators_bind_as_the_specification_says() {
    check(&[
        ("aBoolean", "aBoolean"),
        ("not aBoolean", "not aBoolean"),
        ("NOT aBoolean eq true", "(not aBoolean eq Boolean(true))"),
        ("not(aInt32 eq 1)", "not (aInt32 eq Int(1))"),
        ("not not aBoolean", "not not aBoolean"),
        ("not aBoolean and aBoolean", "(not aBoolean and aBoolean)"),
        ("not aInt32 in (1)", "not (aInt32 in [Int(1)])"),
        (
            "aInt32 eq 1 and aInt32 eq 2 or aInt32 eq 3",
            "(((aInt32 eq Int(1)) and (aInt32 eq Int(2))) or (aInt32 eq Int(3)))",
        ),
        (
            "aInt32 eq 1 or aInt32 eq 2 and aInt32 eq 3",
            "((aInt32 eq Int(1)) or ((aInt32 eq Int(2)) and (aInt32 eq Int(3))))",
        ),
        ("(aBoolean or aBoolean) and aBoolean", "((aBoolean or aBoolean) and aBoolean)"),
        ("aInt32 gt 1 eq true", "((aInt32 gt Int(1)) eq Boolean(true))"),
        ("(aInt32 eq 1)and(aInt32 ne 2)", "((aInt32 eq Int(1)) and (aInt32 ne Int(2)))"),
        ("  aInt32\teq  1  ", "(aInt32 eq Int(1))"),
        (
            "aBoolean and aBoolean and aBoolean and aBoolean",
            "((aBoolean and aBoolean) and (aBoolean and aBoolean))",
        ),
        ("true", "Boolean(true)"),
        ("null", "Null"),
    ]);
}

#[test]
fn clients_filters_are_understood() {
    check(&[
        ("title eq 'X'", r#"(title eq String("X"))"#),
        ("TITLE EQ 'X'", r#"(title eq String("X"))"#),
        ("'X' eq title", r#"(String("X") eq title)"#),
        ("title eq 'O''Brien & +é'", r#"(title eq String("O'Brien & +é"))"#),
        ("title eq ''", r#"(title eq String(""))"#),
        ("title eq ''''", r#"(title eq String("'"))"#),
        ("contains(title,'a b')", r#"Contains(title,String("a b"))"#),
        ("startsWith(title, 'a')", r#"StartsWith(title,String("a"))"#),
        ("EndsWith( title , 'a' )", r#"EndsWith(title,String("a"))"#),
        ("contains(title,'a') eq true", r#"(Contains(title,String("a")) eq Boolean(true))"#),
        (
            "contains(title,'...') and title ne 'x'",
            r#"(Contains(title,String("...")) and (title ne String("x")))"#,
        ),
        ("condition/note eq null", "(condition/note eq Null)"),
        ("Condition/Binding/Material eq 'x'", r#"(condition/binding/material eq String("x"))"#),
        ("condition/pagesMissing gt 3", "(condition/pagesMissing gt Int(3))"),
        ("protagonist eq 'x'", r#"(protagonist eq String("x"))"#),
        ("title in ('a', 'b',null)", r#"(title in [String("a"), String("b"), Null])"#),
        ("title IN()", "(title in [])"),
        ("aInt32 in (1,2) and aBoolean", "((aInt32 in [Int(1), Int(2)]) and aBoolean)"),
        ("notes eq 'not and or'", r#"(notes eq String("not and or"))"#),
    ]);
}

#[test]
fn literals_take_the_type_of_what_they_meet() {
    let guid = "0198C7E2-7c1e-7000-8000-000000000001";
    let lower = guid.to_lowercase();
    let owned = [
        (format!("aGuid eq {guid}"), format!("(aGuid eq Guid({lower}))")),
        (format!("aGuid eq '{guid}'"), format!("(aGuid eq Guid({lower}))")),
        (format!("id eq {guid}"), format!(r#"(id eq String("{guid}"))"#)),
    ];
    check(&owned.iter().map(|(text, expected)| (text.as_str(), expected.as_str())).collect::<Vec<_>>());
    let ticks = "(aDateTimeOffset ge DateTimeOffset(Ticks(638396640000000000)))";
    check(&[
        ("aInt64 eq 9223372036854775807", "(aInt64 eq Int(9223372036854775807))"),
        ("aInt32 gt -5", "(aInt32 gt Int(-5))"),
        ("aInt32 eq 5.0", "(aInt32 eq Int(5))"),
        ("aDouble lt 1", "(aDouble lt Double(1.0))"),
        ("aDouble lt 1.5e3", "(aDouble lt Double(1500.0))"),
        ("aDouble ne -INF", "(aDouble ne Double(-inf))"),
        ("aInt32 lt aDouble", "(RealOfInteger(aInt32) lt aDouble)"),
        ("aBoolean ne FALSE", "(aBoolean ne Boolean(false))"),
        ("aDateTimeOffset ge 2024-01-01T00:00:00Z", ticks),
        ("aDateTimeOffset ge 2024-01-01T02:00:00.0000000+02:00", ticks),
        ("aDuration gt duration'PT1S'", "(aDuration gt Duration(10000000))"),
        ("aDuration gt 'PT1S'", "(aDuration gt Duration(10000000))"),
        ("aBinary eq binary'-_8'", r#"(aBinary eq Binary(b"\xfb\xff"))"#),
        ("genre eq 'fiction'", "(genre eq Enum(1))"),
        ("genre eq microsoft.graph.genre'SCIENCE'", "(genre eq Enum(2))"),
        ("genre in ('fiction','2',null)", "(genre in [Enum(1), Enum(2), Null])"),
        ("days eq 'monday,tuesday'", "(days eq Enum(3))"),
        ("genre gt 'fiction'", "(genre gt Enum(1))"),
        ("title gt null", "(title gt Null)"),
        ("1 eq 1.5", "Boolean(false)"),
        ("'a' ne 'b'", "Boolean(true)"),
        ("null eq null", "Boolean(true)"),
        ("null eq 'a'", "Boolean(false)"),
        ("microsoft.graph.genre'fiction' eq '1'", "Boolean(true)"),
        ("aInt32 gt 1.5", "(RealOfInteger(aInt32) gt Double(1.5))"),
        ("aInt32 in (1,2.5)", "(RealOfInteger(aInt32) in [Double(1.0), Double(2.5)])"),
    ]);
}

#[test]
fn names_that_do_not_exist_are_named_with_position_and_near_miss() {
    let model = library();
    for (text, message) in [
        (
            "titel eq 'x' or titll eq 'x'",
            "Could not find a property named 'titel' on type 'microsoft.graph.book' at position 0 of $filter",
        ),
        (
            "'é' eq titl",
            "Could not find a property named 'titl' on type 'microsoft.graph.book' at position 7 of $filter; did you mean 'title'?",
        ),
        (
            "condition/nota eq 'x'",
            "Could not find a property named 'nota' on type 'microsoft.graph.condition' at position 10 of $filter; did you mean 'note'?",
        ),
        (
            "protagonis eq 'x'",
            "Could not find a property named 'protagonis' on type 'microsoft.graph.book' at position 0 of $filter; did you mean 'protagonist'?",
        ),
        (
            "contain(title,'x')",
            "Unknown function 'contain' at position 0 of $filter; did you mean 'contains'?",
        ),
        ("title equals 'x'", "Expected an operator, found 'equals' at position 6 of $filter"),
        (
            "genre eq 'fictoin'",
            "'fictoin' is not a member of microsoft.graph.genre at position 9 of $filter; did you mean 'fiction'?",
        ),
        ("shelfCode eq 'x'", "The property 'shelfCode' is a secret and cannot be used in a query option."),
        (
            "condition/keeper eq 'x'",
            "The property 'keeper' is a secret and cannot be used in a query option.",
        ),
    ] {
        let error = parse(&model, text).expect_err(text);
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::BadQuery, message), "{text}");
    }
    let error =
        parse_filter(&Surroundings::of(&model, Version::V1), book(&model), "notes eq 'x'").unwrap_err();
    assert!(error.message.starts_with("Could not find a property named 'notes'"), "{error}");
}

#[test]
fn malformed_and_mistyped_expressions_are_refused_with_a_position() {
    check_refused(
        ErrorKind::BadQuery,
        &[
            ("", "Expected a property, a literal or a function at position 0 of $filter"),
            ("title eq", "position 8"),
            ("title eq and", "position 9"),
            ("eq 'x'", "position 0"),
            ("title eq 'x", "The quoted text is not closed at position 9"),
            ("title eq 'x' 'y'", "Unexpected ''' at position 13"),
            ("(title eq 'x'", "A parenthesis is not closed at position 0"),
            ("title eq 'x')", "Unexpected ')' at position 12"),
            ("contains(title 'x')", "A parenthesis is not closed at position 0"),
            ("contains(title)", "takes 2 operands and was given 1 at position 0"),
            ("contains(aInt32,'x')", "Expected an Edm.String, found an Edm.Int32 at position 9"),
            (
                "contains(title,1)",
                "1 is not an Edm.String at position 15 of $filter; put it in single quotes",
            ),
            ("title", "Expected a Boolean expression, found an Edm.String at position 0"),
            ("'x'", "'x' is not an Edm.Boolean at position 0"),
            ("aBoolean and 5", "5 is not an Edm.Boolean at position 13"),
            (
                "not title eq 'x'",
                "found an Edm.String at position 4 of $filter; put a comparison after 'not' in",
            ),
            ("title eq 5", "5 is not an Edm.String at position 9 of $filter; put it in single quotes"),
            ("aInt32 eq '5'", "'5' is not an Edm.Int32 at position 10 of $filter; write it without quotes"),
            (
                "aInt64 in (1,'2')",
                "'2' is not an Edm.Int64 at position 13 of $filter; write it without quotes",
            ),
            (
                "aBoolean eq 'true'",
                "'true' is not an Edm.Boolean at position 12 of $filter; write it without",
            ),
            ("aBoolean eq 1", "1 is not an Edm.Boolean at position 12"),
            (
                "aDouble lt '1.5'",
                "'1.5' is not an Edm.Double at position 11 of $filter; write it without quotes",
            ),
            (
                "aDateTimeOffset ge '2024-01-01T00:00:00Z'",
                "at position 19 of $filter; write it without quotes",
            ),
            (
                "'2024-01-01T00:00:00Z' lt aDateTimeOffset",
                "at position 0 of $filter; write it without quotes",
            ),
            (
                "aDateTimeOffset in (2024-01-01T00:00:00Z,'2024-01-01T00:00:00Z')",
                "at position 41 of $filter; write it without quotes",
            ),
            ("aDateTimeOffset ge '2024'", "; write it with time and offset"),
            ("aDateTimeOffset ge 20240101", "20240101 is not an Edm.DateTimeOffset"),
            ("aDuration gt 5", "5 is not an Edm.Duration at position 13"),
            ("aDuration gt 'x'", "'x' is not an Edm.Duration at position 13"),
            ("date(aDateTimeOffset) eq '2024-01-01'", "'2024-01-01' is not an Edm.Date at position 25"),
            ("date(aDateTimeOffset) eq 2024-01-01T00:00:00Z", "is not an Edm.Date at position 25"),
            ("time(aDateTimeOffset) lt '12:00'", "'12:00' is not an Edm.TimeOfDay at position 25"),
            ("title eq true", "true is not an Edm.String at position 9 of $filter; put it in single quotes"),
            (
                "title eq 2024-01-01T00:00:00Z",
                "is not an Edm.String at position 9 of $filter; put it in single",
            ),
            ("genre eq fiction", "Could not find a property named 'fiction'"),
            ("genre eq true", "true is not a member of microsoft.graph.genre"),
            ("2024-01-01T00:00:00Z eq '2024-01-01T00:00:00Z'", "write it without quotes"),
            ("aDouble eq NaN", "NaN is not an Edm.Double at position 11"),
            ("aGuid eq 'x'", "'x' is not an Edm.Guid at position 9"),
            ("aDateTimeOffset gt 2024-01-01", "; write it with time and offset"),
            ("title eq aInt32", "An Edm.String cannot be compared with an Edm.Int32 at position 9"),
            ("1 eq 'x'", "'x' is not an Edm.Int64 at position 5"),
            ("aBoolean gt true", "do not apply to an Edm.Boolean at position 0"),
            ("aBinary le 'AAAA'", "do not apply to an Edm.Binary"),
            ("tags eq 'x'", "'tags' is a collection and cannot be compared at position 0"),
            ("tags eq null", "'tags' is a collection and cannot be compared at position 0"),
            ("condition eq 5", "'condition' is a complex value and cannot be compared at position 0"),
            ("author eq 5", "'author' is an entity and cannot be compared at position 0"),
            ("title/x eq 5", "'title' is an Edm.String and has no properties at position 0"),
            ("condition/ eq 5", "Expected the name of a property at position 10"),
            ("title in 'x'", "Expected a list in parentheses at position 9"),
            ("title in (title)", "Expected a literal at position 10"),
            ("title in ('x'", "A parenthesis is not closed at position 9"),
            ("title in ('x',)", "Expected a literal at position 14"),
            ("aInt32 in (1,'x')", "'x' is not an Edm.Int32 at position 13"),
            (
                "microsoft.graph.author/name eq 'x'",
                "no type that is derived from 'microsoft.graph.book' at position 0",
            ),
            ("genre eq microsoft.graph.openingDays'monday'", "is not a member of microsoft.graph.genre"),
            ("title eq \"x\"", "position 9"),
            ("title = 'x'", "Unexpected '=' at position 6"),
        ],
    );
}

#[test]
fn what_odata_has_and_we_do_not_is_not_implemented() {
    check_refused(
        ErrorKind::NotImplemented,
        &[
            ("geo.length(title) eq 1", "The function 'geo.length' is not implemented at position 0"),
            ("cast(aDuration,Edm.String) eq 'x'", "A cast from Edm.Duration to Edm.String"),
            ("$root/title eq 'x'", "'$root'"),
        ],
    );
}
