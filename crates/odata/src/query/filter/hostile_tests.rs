//! Filters that are too big, too deep or senseless.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::tests::{check_refused, parse};
use crate::ErrorKind;
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
fn hostile_texts_are_refused_quickly() {
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
        // The best of a few, because the machine may be busy with something else.
        let fastest = (0..5).map(|_| {
            let started = Instant::now();
            assert_eq!(parse(&model, &text).expect_err(&text).kind, ErrorKind::BadQuery);
            started.elapsed()
        });
        let fastest = fastest.min().unwrap_or_default();
        assert!(fastest < Duration::from_millis(10), "{text:.30}: {fastest:?}");
    }
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
