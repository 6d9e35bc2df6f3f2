//! Tells a Rust file's code from its comments, literals and tests: as much of the grammar as that takes.

use std::ops::Range;

const TEST_ATTRIBUTES: [&str; 2] = ["#[cfg(test)]", "#[cfg(all(test"];

/// A string literal.
#[derive(Debug, PartialEq)]
pub(super) struct Literal {
    /// Where its contents begin.
    pub at: usize,
    /// As written, between the quotes.
    pub text: String,
}

/// The text with comments and the contents of literals blank, byte for byte in place, and the string literals.
pub(super) fn split(text: &str) -> (String, Vec<Literal>) {
    let mut scanner = Scanner { text, at: 0, code: String::with_capacity(text.len()), literals: Vec::new() };
    while scanner.at < text.len() {
        scanner.step();
    }
    (scanner.code, scanner.literals)
}

/// Where the items are that exist in tests only: what follows `#[cfg(test)]`, to the end of its braces.
pub(super) fn test_ranges(code: &str) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for attribute in TEST_ATTRIBUTES {
        for (start, _) in code.match_indices(attribute) {
            ranges.push(start..end_of_item(code, start + attribute.len()));
        }
    }
    ranges
}

/// The names of modules in files of their own that exist in tests only.
pub(super) fn test_modules(code: &str) -> Vec<&str> {
    let items = test_ranges(code).into_iter().filter_map(|range| code.get(range));
    items
        .filter_map(|item| item.strip_suffix(';')?.rsplit_once("mod ").map(|(_, name)| name.trim()))
        .collect()
}

/// The code with some ranges blank.
pub(super) fn without(code: &str, ranges: &[Range<usize>]) -> String {
    let blank = |(at, character): (usize, char)| match ranges.iter().any(|range| range.contains(&at)) {
        true if character != '\n' => " ".repeat(character.len_utf8()),
        _ => character.to_string(),
    };
    code.char_indices().map(blank).collect()
}

fn end_of_item(code: &str, from: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, byte) in code.bytes().enumerate().skip(from) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b'}' if depth <= 1 => return offset + 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b';' if depth == 0 => return offset + 1,
            _ => {}
        }
    }
    code.len()
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    code: String,
    literals: Vec<Literal>,
}

impl Scanner<'_> {
    fn step(&mut self) {
        let rest = &self.text[self.at..];
        if rest.starts_with("//") {
            self.blank(rest.find('\n').unwrap_or(rest.len()));
        } else if rest.starts_with("/*") {
            self.blank(block_comment(rest));
        } else if let Some(prefix) = self.raw_string(rest) {
            self.raw(rest, prefix);
        } else if let Some(inner) = rest.strip_prefix('"') {
            self.keep(1);
            self.literal(quoted(inner, b'"'));
            self.keep(1);
        } else if let Some(length) = character(rest) {
            self.blank(length);
        } else {
            self.keep(rest.chars().next().map_or(1, char::len_utf8));
        }
    }

    /// The length of `r#*"`, with a `b` or `c` before it, where no identifier is being continued.
    fn raw_string(&self, rest: &str) -> Option<usize> {
        let before = self.text[..self.at].bytes().next_back();
        if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return None;
        }
        let hashes = rest.strip_prefix(['b', 'c']).unwrap_or(rest).strip_prefix('r')?;
        let quote = hashes.trim_start_matches('#');
        quote.starts_with('"').then(|| rest.len() - quote.len() + 1)
    }

    fn raw(&mut self, rest: &str, prefix: usize) {
        let hashes = rest[..prefix].matches('#').count();
        let end = format!("\"{}", "#".repeat(hashes));
        let length = rest[prefix..].find(&end).unwrap_or(rest.len() - prefix);
        self.keep(prefix);
        self.literal(length);
        self.keep(end.len());
    }

    fn literal(&mut self, length: usize) {
        let text = self.text.get(self.at..self.at + length).unwrap_or_default().to_owned();
        self.literals.push(Literal { at: self.at, text });
        self.blank(length);
    }

    fn keep(&mut self, length: usize) {
        let end = (self.at + length).min(self.text.len());
        self.code.push_str(&self.text[self.at..end]);
        self.at = end;
    }

    fn blank(&mut self, length: usize) {
        let end = (self.at + length).min(self.text.len());
        for byte in self.text[self.at..end].bytes() {
            self.code.push(if byte == b'\n' { '\n' } else { ' ' });
        }
        self.at = end;
    }
}

/// The length of what comes before a closing quote.
fn quoted(rest: &str, quote: u8) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match *byte {
            b'\\' => at += 2,
            byte if byte == quote => return at,
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of a character literal; None if this is a lifetime or neither.
fn character(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    let length = match inner.starts_with('\\') {
        true => quoted(inner, b'\''),
        false => inner.chars().next()?.len_utf8(),
    };
    inner[length..].starts_with('\'').then_some(length + 2)
}

/// The length of a block comment, which may hold others.
fn block_comment(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while at < bytes.len() {
        match bytes.get(at..at + 2) {
            Some(b"/*") => (at, depth) = (at + 2, depth + 1),
            Some(b"*/") if depth == 1 => return at + 2,
            Some(b"*/") => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blank() {
        for (text, code) in [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            ("f(\"a\\\"b\", c)", "f(\"    \", c)"),
            ("f(r#\"a\"b\"#)", "f(r#\"   \"#)"),
            ("f(br\"ab\")", "f(br\"  \")"),
            ("bar\"x\"", "bar\" \""),
            ("'\"' + '\\'' + b'x'", "    +      + b   "),
            ("fn a<'b>(c: &'b str)", "fn a<'b>(c: &'b str)"),
            ("\"ä\" b", "\"  \" b"),
        ] {
            assert_eq!(split(text).0, code, "{text}");
        }
    }

    #[test]
    fn literals_are_found() {
        let (_, literals) = split("a(\"one\", r#\"two\"#) // \"three\"");
        let found: Vec<_> = literals.iter().map(|literal| (literal.at, &*literal.text)).collect();
        assert_eq!(found, [(3, "one"), (12, "two")]);
    }

    #[test]
    fn modules_of_tests_are_known_by_name() {
        let code =
            "#[cfg(test)]\npub(crate) mod a;\n#[cfg(test)]\nmod b { mod c; }\nmod d;\n#[cfg(test)]\nuse e;";
        assert_eq!(test_modules(code), ["a"]);
    }

    #[test]
    fn tests_end_with_their_braces() {
        for (code, expected) in [
            ("a #[cfg(test)] mod t { x { y } } b", "a                                b"),
            ("#[cfg(test)]\nuse a;\nb", "            \n      \nb"),
            ("#[cfg(not(test))] fn a() {}", "#[cfg(not(test))] fn a() {}"),
        ] {
            assert_eq!(without(code, &test_ranges(code)), expected, "{code}");
        }
    }
}
