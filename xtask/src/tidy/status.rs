//! Status codes stay in one file of the server: elsewhere, errors and answers say what kind they are.

use super::Finding;
use super::sources::{Source, Tree};

/// Where no status code may stand, but for the one file that knows them.
const SERVER: &str = "crates/server/src/";
const EXCEPT: &str = "crates/server/src/http.rs";
/// Names by which code makes a status or asks for one.
const NAMES: [&str; 2] = ["StatusCode", "from_u16"];

/// Finds status codes elsewhere.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.rust().filter(|source| source.path.starts_with(SERVER) && source.path != EXCEPT) {
        let code = source.code_without_tests();
        for name in NAMES {
            findings.extend(code.match_indices(name).map(|(at, _)| finding(source, at, name)));
        }
        findings.extend(numbers(&code).map(|(at, number)| finding(source, at, number)));
        let literals = source.literals_without_tests();
        let codes = literals.filter(|literal| is_code(&literal.text) || is_status_line(&literal.text));
        findings.extend(codes.map(|literal| finding(source, literal.at, &literal.text)));
    }
    findings
}

fn finding(source: &Source, at: usize, what: &str) -> Finding {
    let message = format!("a status code ('{what}') belongs to {EXCEPT}");
    Finding::new(source, source.line_of(at), message)
}

/// The numbers that may be a status, on lines that speak of one.
fn numbers(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = code.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    });
    lines.filter(|(_, line)| line.to_ascii_lowercase().contains("status")).flat_map(|(start, line)| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let words = line.split(move |c| !is_part(c)).filter(|word| is_code(word));
        words.map(move |word| (start + (word.as_ptr() as usize - line.as_ptr() as usize), word))
    })
}

/// Whether a text is the number of a status, from 100 to 599.
fn is_code(text: &str) -> bool {
    text.len() == 3
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (b'1'..=b'5').contains(&text.as_bytes()[0])
}

/// Whether a text is the first line of a response that says its status.
fn is_status_line(text: &str) -> bool {
    text.strip_prefix("HTTP/1.1 ").is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::check;

    #[test]
    fn a_status_code_is_found_outside_its_file() {
        let message =
            |what: &str| format!("1: a status code ('{what}') belongs to crates/server/src/http.rs");
        for (path, text, expected) in [
            ("crates/server/src/a.rs", "use http::StatusCode;", Some("StatusCode")),
            ("crates/server/src/b/a.rs", "x::from_u16(y)", Some("from_u16")),
            ("crates/server/src/a.rs", "if response.status() == 404 {}", Some("404")),
            ("crates/server/src/a.rs", "match status { 500.. => a }", Some("500")),
            ("crates/server/src/a.rs", "x(\"414\")", Some("414")),
            ("crates/server/src/a.rs", "x(\"HTTP/1.1 4\")", Some("HTTP/1.1 4")),
            ("crates/server/src/http.rs", "StatusCode::OK", None),
            ("crates/server/src/a.rs", "let size = 404;", None),
            ("crates/server/src/a.rs", "status(1000)", None),
            ("crates/server/src/a.rs", "x(\"HTTP/1.1 {}\")", None),
            ("crates/server/src/a.rs", "// a StatusCode such as 404", None),
            ("crates/server/src/a.rs", "#[cfg(test)]\nmod tests { StatusCode::OK }", None),
            ("crates/server/tests/a.rs", "StatusCode::OK", None),
            ("crates/muster/src/a.rs", "StatusCode::OK", None),
        ] {
            assert_eq!(found(check, path, text), Vec::from_iter(expected.map(message)), "{path}: {text}");
        }
    }
}
