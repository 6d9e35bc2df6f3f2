//! Filters that are too big, too deep or senseless.

use proptest::prelude::*;

use super::parse_filter;
use super::tests::{book, check_refused, parse};
use crate::ErrorKind;
use crate::edm::Version;
use crate::query::Surroundings;
use crate::uri::test_model::library;

#[test]
fn every_expression_is_bounded() {
    let chain = |count: usize| vec!["aBoolean"; count].join(" or ");
    let list = |count: usize| format!("aInt32 in ({})", vec!["1"; count].join(","));
    let nested = |count: usize| format!("{}aBoolean{}", "(".repeat(count), ")".repeat(count));
    let model = library();
    for text in [chain(500), list(1_000), nested(100), format!("{}aBoolean", "not ".repeat(100))] {
        assert!(parse(&model, &text).is_ok(), "{text:.40}");
    }
    check_refused(
        ErrorKind::BadQuery,
        &[
            (&chain(501), "more than 1000 operands"),
            (&list(1_001), "more than 1000 items"),
            (&nested(101), "more than 100 levels"),
            (&format!("{}aBoolean", "not ".repeat(101)), "more than 100 levels"),
            (&format!("title eq '{}'", "x".repeat(8_192)), "longer than 8192 bytes"),
        ],
    );
}

#[test]
fn hostile_texts_are_refused() {
    let model = library();
    for text in [
        "(".repeat(10_000),
        "(".repeat(8_000),
        "not ".repeat(2_000),
        "not(".repeat(2_000),
        "contains(".repeat(900),
        "(not ".repeat(1_500),
        "aInt32 eq ".repeat(800),
        "'".repeat(8_191),
        "aBoolean and (".repeat(580),
        "title in (".repeat(800),
    ] {
        assert_eq!(parse(&model, &text).expect_err(&text).kind, ErrorKind::BadQuery);
    }
}

/// What could be little text and much work. How long the rest takes is what `benches/examples/parse.rs` tells.
#[test]
fn what_is_read_again_and_again_is_counted() {
    let model = library();
    let parse = |filter: &str, alias: &str| {
        let mut around = Surroundings::of(&model, Version::Beta);
        around.aliases.add("@p", alias);
        parse_filter(&around, book(&model), filter)
    };
    let often = |part: &str, count: usize| vec![part; count].join(" or ");
    let long = format!("'{}'", "x".repeat(1_000));
    let list = format!("({})", vec!["1"; 500].join(","));
    for (filter, alias, taken) in [
        (often("contains(title,@p)", 8), &long, true),
        (often("contains(title,@p)", 9), &long, false),
        (often("aInt32 in @p", 8), &list, true),
        (often("aInt32 in @p", 9), &list, false),
        (often("hassubset(tags,@p)", 9), &format!("[{}]", vec!["'a'"; 250].join(",")), false),
    ] {
        match parse(&filter, alias) {
            Ok(_) => assert!(taken, "{filter:.40}"),
            Err(error) => {
                assert!(!taken, "{error}");
                assert!(error.message.contains("stand for more than 8192 bytes"), "{error}");
            }
        }
    }
    let pattern = r"matchesPattern(title,'\w{6}')";
    assert!(parse(&often(pattern, 2), "").is_ok());
    let error = parse(&often(pattern, 3), "").unwrap_err();
    assert!(error.message.contains("The patterns are too large together at position 87"), "{error}");
}

#[test]
fn the_deepest_expression_needs_little_stack() {
    let open = "aBoolean or aBoolean and true eq (";
    let text = format!("{}aBoolean{}", open.repeat(50), ")".repeat(50));
    // Half of what a thread of the runtime has, without optimization.
    let parse = move || parse(&library(), &text).map(|_| ());
    let thread = std::thread::Builder::new().stack_size(1024 * 1024).spawn(parse).unwrap();
    assert_eq!(thread.join().unwrap(), Ok(()));
}

/// A soup of everything the grammar knows.
fn soup() -> impl Strategy<Value = String> {
    let tokens = vec![
        "title",
        "aInt32",
        "aBoolean",
        "aGuid",
        "condition/note",
        "condition",
        "tags",
        "genre",
        "shelfCode",
        "eq",
        "ne",
        "gt",
        "and",
        "or",
        "not",
        "in",
        "add",
        "(",
        ")",
        ",",
        "'x'",
        "'",
        "''",
        "1",
        "-1.5e3",
        "null",
        "true",
        "contains(",
        "startswith(",
        "any(",
        "duration'PT1S'",
        "2024-01-01T00:00:00Z",
        " ",
        "é",
        "/",
        "$it",
        "\"",
    ];
    prop::collection::vec(prop::sample::select(tokens), 0..40)
        .prop_flat_map(|words| (Just(words), prop::sample::select(vec![" ", ""])))
        .prop_map(|(words, blank)| words.join(blank))
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = parse(&library(), &text);
    }

    #[test]
    fn no_soup_makes_the_parser_panic(text in soup()) {
        let _ = parse(&library(), &text);
    }
}
