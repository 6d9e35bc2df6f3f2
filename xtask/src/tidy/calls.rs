//! No call ends the process: an error is an answer. And no test is skipped.

use super::Finding;
use super::sources::{Source, Tree};

/// What may panic, as it stands in code whose literals are blank.
const PANICS: [&str; 7] =
    [".unwrap()", ".expect(\"", "panic!", "todo!", "unimplemented!", "unreachable!", "dbg!"];
/// What stands nowhere, tests included.
const NOWHERE: [&str; 2] = ["#[ignore", "unsafe "];
/// Crates that exist for tests, which fail by panicking.
const FOR_TESTS: [&str; 2] = ["testkit", "scratch-postgres"];

/// Finds such calls.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.rust() {
        findings.extend(in_code(source, &source.code, &NOWHERE));
        if !source.crate_name().is_some_and(|name| FOR_TESTS.contains(&name)) {
            findings.extend(in_code(source, &source.code_without_tests(), &PANICS));
        }
    }
    findings
}

fn in_code(source: &Source, code: &str, calls: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for call in calls {
        for (at, _) in code.match_indices(call).filter(|(at, _)| begins_name(code, *at, call)) {
            let message = format!("'{}' has no place here", call.trim_end_matches([' ', '"']));
            findings.push(Finding::new(source, source.line_of(at), message));
        }
    }
    findings
}

fn begins_name(code: &str, at: usize, call: &str) -> bool {
    let continues = code[..at].ends_with(|last: char| last.is_alphanumeric() || last == '_');
    !(continues && call.starts_with(|first: char| first.is_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::check;

    #[test]
    fn what_panics_is_found_outside_tests() {
        for (path, text, expected) in [
            ("crates/store/src/a.rs", "a.unwrap();", &["1: '.unwrap()' has no place here"][..]),
            ("crates/store/src/a.rs", "\na.expect(\"b\");", &["2: '.expect(' has no place here"]),
            ("crates/store/src/a.rs", "panic!(\"b\")", &["1: 'panic!' has no place here"]),
            ("crates/store/src/a.rs", "todo!()", &["1: 'todo!' has no place here"]),
            ("crates/store/src/a.rs", "std::unimplemented!()", &["1: 'unimplemented!' has no place here"]),
            ("crates/store/src/a.rs", "std::unreachable!()", &["1: 'unreachable!' has no place here"]),
            ("crates/store/src/a.rs", "dbg!(a)", &["1: 'dbg!' has no place here"]),
            ("crates/store/src/a.rs", "unsafe { a }", &["1: 'unsafe' has no place here"]),
            (
                "crates/store/tests/a.rs",
                "#[ignore = \"slow\"]\nfn a() {}",
                &["1: '#[ignore' has no place here"],
            ),
            ("crates/store/tests/a.rs", "a.unwrap()", &[]),
            ("crates/store/src/a.rs", "#[cfg(test)]\nmod tests { a.unwrap() }", &[]),
            ("crates/testkit/src/lib.rs", "a.unwrap()", &[]),
            ("crates/store/src/a.rs", "// never panic!\nlet a = \"todo!\";", &[]),
            ("crates/odata/src/a.rs", "parser.expect(Token::Comma)?; my_todo!(); a.unwrap_or(b)", &[]),
        ] {
            assert_eq!(found(check, path, text), expected, "{path}: {text}");
        }
    }
}
