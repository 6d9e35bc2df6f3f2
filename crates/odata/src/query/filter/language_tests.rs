//! Arithmetic, functions, collections, neighbours and aliases.

use super::parse_filter;
use super::tests::{book, check, check_refused, shown};
use crate::ErrorKind;
use crate::edm::Version;
use crate::query::Surroundings;
use crate::uri::test_model::library;

#[test]
fn arithmetic_binds_and_promotes_as_the_specification_says() {
    check(&[
        ("aInt32 add 1 mul 2 eq 5", "(Add(aInt32,Int(2)) eq Int(5))"),
        ("aInt32 add 2 mul aInt32 eq 5", "(Add(aInt32,Multiply(Int(2),aInt32)) eq Int(5))"),
        ("aInt32 sub 1 sub 2 eq 5", "(Subtract(Subtract(aInt32,Int(1)),Int(2)) eq Int(5))"),
        ("(aInt32 add 1) mod 2 eq 1", "(Modulo(Add(aInt32,Int(1)),Int(2)) eq Int(1))"),
        ("aInt32 div 2 gt 1", "(Divide(aInt32,Int(2)) gt Int(1))"),
        ("aInt32 divby 2 gt 1", "(DivideReal(RealOfInteger(aInt32),Double(2.0)) gt Double(1.0))"),
        ("aInt32 div 0.5 gt 1", "(DivideReal(RealOfInteger(aInt32),Double(0.5)) gt Double(1.0))"),
        ("-aInt32 lt -3", "(Subtract(Int(0),aInt32) lt Int(-3))"),
        ("-(aInt32) lt - 3", "(Subtract(Int(0),aInt32) lt Int(-3))"),
        ("aInt32 add -aInt64 eq 0", "(Add(aInt32,Subtract(Int(0),aInt64)) eq Int(0))"),
        ("not (aInt32 add 1 gt 2)", "not (Add(aInt32,Int(1)) gt Int(2))"),
        ("1 add 2 eq 3", "Boolean(true)"),
        ("1 div 0 eq null", "Boolean(true)"),
        ("9223372036854775807 add 1 eq null", "Boolean(true)"),
        (
            "aDateTimeOffset add duration'PT1S' gt now()",
            "(AddTime(aDateTimeOffset,Duration(10000000)) gt DateTimeOffset(Ticks(0)))",
        ),
        (
            "aDateTimeOffset sub aDateTimeOffset gt duration'PT1S'",
            "(Subtract(aDateTimeOffset,aDateTimeOffset) gt Duration(10000000))",
        ),
        (
            "date(aDateTimeOffset) eq 0001-01-02",
            "(Date(aDateTimeOffset) eq DateTimeOffset(Ticks(864000000000)))",
        ),
        ("time(aDateTimeOffset) lt 00:00:01.5", "(Time(aDateTimeOffset) lt Duration(15000000))"),
    ]);
}

#[test]
fn functions_take_what_they_say() {
    check(&[
        ("toLower(title) eq 'a'", r#"(ToLower(title) eq String("a"))"#),
        ("indexof(title,'a') eq 1", r#"(IndexOf(title,String("a")) eq Int(1))"#),
        ("substring(title,1,2) eq 'a'", r#"(SubstringOf(title,Int(1),Int(2)) eq String("a"))"#),
        (
            "concat(concat(title,', '),notes) eq 'a'",
            r#"(Concat(Concat(title,String(", ")),notes) eq String("a"))"#,
        ),
        ("matchesPattern(title,'^A')", r#"MatchesPattern(title,String("^A"))"#),
        ("round(aDouble) eq 1", "(Round(aDouble) eq Double(1.0))"),
        ("floor(aInt32) eq 1", "(aInt32 eq Int(1))"),
        ("cast(aInt32,Edm.String) eq '1'", r#"(TextOfInteger(aInt32) eq String("1"))"#),
        ("cast(title,Edm.Int32) eq 1", "(Integer32(IntegerOfText(title)) eq Int(1))"),
        ("cast(title,Edm.Double) eq 1", "(RealOfText(title) eq Double(1.0))"),
        ("cast(aDouble,Edm.String) eq '1'", r#"(TextOfReal(aDouble) eq String("1"))"#),
        ("cast(aDateTimeOffset,Edm.String) eq 'x'", r#"(TextOfInstant(aDateTimeOffset) eq String("x"))"#),
        (
            "cast(date(aDateTimeOffset),Edm.String) eq 'x'",
            r#"(TextOfDate(Date(aDateTimeOffset)) eq String("x"))"#,
        ),
        ("cast(2024-01-01T02:00:00+02:00,Edm.String) eq '2024-01-01T00:00:00Z'", "Boolean(true)"),
        ("cast(title,Edm.Boolean)", "BooleanOfText(title)"),
        ("cast('true',Edm.Boolean)", "Boolean(true)"),
        (
            "aDateTimeOffset ge cast('2024-01-01T02:00:00+02:00',Edm.DateTimeOffset)",
            "(aDateTimeOffset ge DateTimeOffset(Ticks(638396640000000000)))",
        ),
        (
            "date(aDateTimeOffset) eq cast('2024-01-01',Edm.Date)",
            "(Date(aDateTimeOffset) eq DateTimeOffset(Ticks(638396640000000000)))",
        ),
        ("aDuration gt cast('PT1S','Edm.Duration')", "(aDuration gt Duration(10000000))"),
        ("genre eq cast('fiction',microsoft.graph.genre)", "(genre eq Enum(1))"),
        ("genre eq cast('nothing',microsoft.graph.genre)", "(genre eq Null)"),
        ("aDateTimeOffset eq cast('x',Edm.DateTimeOffset)", "(aDateTimeOffset eq Null)"),
        ("cast(microsoft.graph.genre'fiction',Edm.String) eq 'fiction'", "Boolean(true)"),
        ("isof(microsoft.graph.novel)", "isof(,1)"),
        ("isof('microsoft.graph.novel')", "isof(,1)"),
        ("isof('#microsoft.graph.novel')", "isof(,1)"),
        ("isof(condition,microsoft.graph.condition)", "isof(condition,2)"),
        ("isof(aInt32,Edm.Int32)", "(aInt32 ne Null)"),
        ("isof(aInt32,'Edm.Int32')", "(aInt32 ne Null)"),
        ("days has microsoft.graph.openingDays'monday'", "Has(days,Enum(1))"),
        ("contains(title,null)", "Null"),
    ]);
}

#[test]
fn collections_and_neighbours_are_looked_into() {
    check(&[
        ("tags/any()", "Any(tags: Boolean(true))"),
        ("tags/any(t:t eq 'x')", r#"Any(tags: (1: eq String("x")))"#),
        ("tags/all(t: t eq title)", "All(tags: (1: eq title))"),
        (
            "tags/any(t: contains(t,'x') and $it/aBoolean)",
            r#"Any(tags: (Contains(1:,String("x")) and aBoolean))"#,
        ),
        ("'x' in tags", r#"Any(tags: (1: eq String("x")))"#),
        ("tags/$count gt 1", "(Count(tags: Boolean(true)) gt Int(1))"),
        (
            "chapters/$count($filter=heading eq 'x') gt 1",
            r#"(Count(chapters: (1:heading eq String("x"))) gt Int(1))"#,
        ),
        ("chapters/any(c: c/heading eq title)", "Any(chapters: (1:heading eq title))"),
        ("author/name eq 'x'", r#"(author->1:name eq String("x"))"#),
        ("author eq null", "(author->Boolean(true) eq Null)"),
        ("author/books/any(b: b/title eq title)", "author->Any(books: (2:title eq title))"),
        ("condition eq null", "(condition eq Null)"),
        ("microsoft.graph.novel/protagonist eq 'x'", r#"(protagonist eq String("x"))"#),
        ("$it/title eq 'x'", r#"(title eq String("x"))"#),
        ("title eq @p", "(title eq Null)"),
    ]);
}

#[test]
fn conditions_choose_values() {
    check(&[
        ("case(aBoolean:1,true:2) eq 1", "(case(aBoolean:Int(1),Boolean(true):Int(2)) eq Int(1))"),
        (
            "case(aInt32 gt 0:1,aInt32 lt 0:-1,true:0) eq 1",
            "(case((aInt32 gt Int(0)):Int(1),(aInt32 lt Int(0)):Int(-1),Boolean(true):Int(0)) eq Int(1))",
        ),
        (
            "Case(aBoolean : title , true : null) eq 'a'",
            r#"(case(aBoolean:title,Boolean(true):Null) eq String("a"))"#,
        ),
        (
            "case(aBoolean:aInt32,true:0.5) gt 1",
            "(case(aBoolean:RealOfInteger(aInt32),Boolean(true):Double(0.5)) gt Double(1.0))",
        ),
        (
            "case(title eq 'x':true,true:aBoolean)",
            r#"case((title eq String("x")):Boolean(true),Boolean(true):aBoolean)"#,
        ),
        (
            "case(aBoolean:genre,true:'fiction') eq 'fiction'",
            "(case(aBoolean:genre,Boolean(true):Enum(1)) eq Enum(1))",
        ),
        (
            "case(aDateTimeOffset gt 0001-01-01T00:00:00Z:1,time(aDateTimeOffset) gt 00:00:01:2) eq 1",
            "(case((aDateTimeOffset gt DateTimeOffset(Ticks(0))):Int(1),\
             (Time(aDateTimeOffset) gt Duration(10000000)):Int(2)) eq Int(1))",
        ),
        (
            "case(tags/any(t:t eq 'x'):case(aBoolean:1),true:2) eq 1",
            r#"(case(Any(tags: (1: eq String("x"))):case(aBoolean:Int(1)),Boolean(true):Int(2)) eq Int(1))"#,
        ),
        ("case(false:1,true:2,aBoolean:3) eq 2", "Boolean(true)"),
        ("case(aBoolean:1,true:2,aBoolean:3) eq 2", "(case(aBoolean:Int(1),Boolean(true):Int(2)) eq Int(2))"),
        ("case(aBoolean:null) eq null", "Boolean(true)"),
        ("1 ne -(case(aBoolean:null))", "Boolean(true)"),
        ("case(aBoolean:null) in (1,2)", "Boolean(false)"),
    ]);
    check_refused(
        ErrorKind::BadQuery,
        &[
            ("case() eq 1", "at position 5"),
            ("case(aBoolean) eq 1", "Expected a colon and a value at position 13"),
            ("case(aInt32:1) eq 1", "Expected a Boolean expression, found an Edm.Int32 at position 5"),
            ("case(aBoolean:1,true:title) eq 1", "1 is not an Edm.String at position 14"),
            (
                "case(aBoolean:aInt32,true:title) eq 1",
                "One value is an Edm.Int32, and this is an Edm.String at position 26",
            ),
            ("case(aBoolean:1 eq 1", "A parenthesis is not closed"),
        ],
    );
}

#[test]
fn collections_are_compared_with_collections() {
    check(&[
        ("hassubset(tags,['a',\"b\"])", r#"hassubset(tags,[String("a"), String("b")])"#),
        ("hassubset([],tags)", "hassubset([],tags)"),
        ("HasSubsequence(tags,tags)", "hassubsequence(tags,tags)"),
        (r#"hassubset(tags,["a\"\u00fc"])"#, r#"hassubset(tags,[String("a\"ü")])"#),
        ("hassubset([4,1,3],[3,4])", "Boolean(true)"),
        ("hassubsequence([4,1,3],[3,4])", "Boolean(false)"),
    ]);
    check_refused(
        ErrorKind::BadQuery,
        &[
            ("hassubset(tags)", "takes 2 operands and was given 1"),
            ("hassubset(title,['a'])", "'title' is no collection at position 10"),
            ("hassubset(tags,[1])", "1 is not an Edm.String at position 16"),
            ("hassubset(tags,'a')", "Expected a collection at position 15"),
            ("hassubset(chapters,['a'])", "The items of 'chapters' cannot be compared at position 10"),
            ("[1] eq 1", "A collection cannot be compared at position 0"),
            ("hassubset(tags,[\"a)", "The quoted text is not closed at position 16"),
            ("hassubset(tags,[\"\\x\"])", "is not one of JSON at position 16"),
            ("hassubset(tags,[\"a\\u0000\"])", "has a NUL character at position 16"),
        ],
    );
}

#[test]
fn aliases_stand_for_what_the_query_says() {
    let model = library();
    let aliases = [
        ("@p", "'x'"),
        ("@n", "aInt32 add 1"),
        ("@l", "[\"a\",'b']"),
        ("@loop", "@loop"),
        ("@bad", "titel eq 'x'"),
    ];
    let parse = |text: &str| {
        let mut around = Surroundings::of(&model, Version::Beta);
        aliases.iter().for_each(|(name, text)| around.aliases.add(name, text));
        parse_filter(&around, book(&model), text)
    };
    for (text, expected) in [
        ("contains(title,@p)", r#"Contains(title,String("x"))"#),
        ("@n eq 2", "(Add(aInt32,Int(1)) eq Int(2))"),
        ("title in @l", r#"(title in [String("a"), String("b")])"#),
        ("title in (@p,'y')", r#"(title in [String("x"), String("y")])"#),
    ] {
        let expression = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(shown(&model, &expression), expected, "{text}");
    }
    for (text, part) in [
        ("@loop", "more than 100 levels"),
        ("aBoolean and @bad", "'titel' on type 'microsoft.graph.book' at position 13"),
    ] {
        let error = parse(text).expect_err(text);
        assert!(error.message.contains(part), "{text}: {error}");
    }
}

#[test]
fn lambdas_and_functions_are_checked() {
    check_refused(
        ErrorKind::BadQuery,
        &[
            ("title/any(t: t eq 'x')", "'title' is no collection at position 0"),
            ("tags/any(t eq 'x')", "Expected a variable and a colon at position 9"),
            ("tags/all()", "Expected a variable and a colon at position 9"),
            ("tags/any(t: t/x eq 'x')", "is an Edm.String and has no properties"),
            ("tags/any(t: t eq 5)", "5 is not an Edm.String at position 17"),
            ("tags/any(t: tags/any(t: t eq 'x'))", "The variable 't' is taken already"),
            ("tags/title eq 'x'", "A collection has no property 'title' at position 5 of $filter; use any"),
            ("shelfCode/any(t: t eq 'x')", "'shelfCode' is a secret"),
            ("matchesPattern(title,'(')", "The pattern '(' cannot be used: unclosed group at position 21"),
            ("matchesPattern(title,notes)", "has to be a literal at position 21"),
            (
                "year(title) eq 1",
                "Expected an Edm.DateTimeOffset or Edm.Date, found an Edm.String at position 5",
            ),
            ("title add 1 eq 2", "'add' does not apply to an Edm.String and an Edm.Int64 at position 0"),
            (
                "isof(title,Edm.Strin)",
                "There is no type 'Edm.Strin' at position 11 of $filter; did you mean 'Edm.String'?",
            ),
            ("title has 'x'", "'has' takes an enumeration, found an Edm.String at position 0"),
            ("days has 'mondax'", "'mondax' is not a member"),
            (
                "author/nam eq 'x'",
                "'nam' on type 'microsoft.graph.author' at position 7 of $filter; did you mean 'name'?",
            ),
        ],
    );
}
