//! A line of a CSV file as its values: what stands between them, and what programs put around them.

use std::borrow::Cow;

use super::lines::text;

/// The bytes that separate values, and what they are called: the comma should, the others do in what some
/// spreadsheets write.
pub(super) const SEPARATORS: [(u8, &str); 3] = [(b',', "commas"), (b';', "semicolons"), (b'\t', "tabs")];

/// The values of a line.
pub(super) struct Fields<'l> {
    pub(super) values: Vec<Cow<'l, str>>,
    /// Whether a quotation mark was opened and not closed.
    pub(super) is_open: bool,
}

impl<'l> Fields<'l> {
    /// Splits a line at a separator that stands in no quotation marks.
    pub(super) fn split(line: &'l [u8], separator: u8) -> Fields<'l> {
        let (mut values, mut rest) = (Vec::new(), line);
        loop {
            let (value, end, is_open) = match rest.trim_ascii_start() {
                [b'"', quoted @ ..] if separator != b'"' => unquoted(quoted, separator),
                _ => {
                    let end = memchr::memchr(separator, rest);
                    (text(&rest[..end.unwrap_or(rest.len())]), end.map(|end| &rest[end + 1..]), false)
                }
            };
            values.push(value);
            match end {
                Some(next) => rest = next,
                None => return Fields { values, is_open },
            }
        }
    }

    /// A value without what stands around it; empty if the line has none there.
    pub(super) fn clean(&self, at: usize) -> &str {
        self.values.get(at).map_or("", |value| clean(value))
    }

    /// The number of values up to the last that is not empty.
    pub(super) fn filled(&self) -> usize {
        self.values.iter().rposition(|value| !clean(value).is_empty()).map_or(0, |last| last + 1)
    }
}

/// A value after its opening quotation mark, the line after its separator, and whether its closing mark is missing.
fn unquoted(quoted: &[u8], separator: u8) -> (Cow<'_, str>, Option<&[u8]>, bool) {
    let (mut value, mut rest) = (Vec::new(), quoted);
    let is_open = loop {
        let Some(mark) = memchr::memchr(b'"', rest) else {
            value.extend(rest);
            rest = &[];
            break true;
        };
        value.extend(&rest[..mark]);
        rest = &rest[mark + 1..];
        match rest.strip_prefix(b"\"") {
            Some(after) => {
                value.push(b'"');
                rest = after;
            }
            None => break false,
        }
    };
    let end = memchr::memchr(separator, rest);
    value.extend(&rest[..end.unwrap_or(rest.len())]);
    (text(&value).into_owned().into(), end.map(|end| &rest[end + 1..]), is_open)
}

/// A value without the blanks around it, and without what makes spreadsheets leave it as it is: an apostrophe, or a
/// formula that is but a text.
pub(super) fn clean(value: &str) -> &str {
    let value = value.trim_matches(is_blank);
    let formula = value.strip_prefix("=\"").and_then(|value| value.strip_suffix('"'));
    let apostrophe = value.strip_prefix('\'').filter(|value| !value.ends_with('\''));
    formula.or(apostrophe).unwrap_or(value).trim_matches(is_blank)
}

/// Whether a line has no value: blanks, separators and empty quotation marks alone.
pub(super) fn is_blank_line(line: &[u8]) -> bool {
    let is_none = |byte: &u8| b",;\t\" ".contains(byte);
    match line.iter().find(|byte| !is_none(byte)) {
        None => true,
        Some(byte) if byte.is_ascii_graphic() => false,
        Some(_) => text(line).chars().all(|character| is_blank(character) || ",;\"".contains(character)),
    }
}

fn is_blank(character: char) -> bool {
    character.is_whitespace() || character.is_control() || matches!(character, '\u{200b}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::{Fields, clean, is_blank_line};

    #[test]
    fn lines_are_split_outside_of_quotation_marks() {
        let cases: [(&str, u8, &[&str], bool); 12] = [
            ("", b',', &[""], false),
            ("a,b", b',', &["a", "b"], false),
            ("a;b,c", b';', &["a", "b,c"], false),
            ("a,,", b',', &["a", "", ""], false),
            ("\"a\",\"b\"", b',', &["a", "b"], false),
            ("\"a,b\",c", b',', &["a,b", "c"], false),
            ("\"a \"\"b\"\"\",c", b',', &["a \"b\"", "c"], false),
            (" \"a\" , \"b\"", b',', &["a ", "b"], false),
            ("a\"b\",c", b',', &["a\"b\"", "c"], false),
            ("\"\",\"\"", b',', &["", ""], false),
            ("\"a,b", b',', &["a,b"], true),
            ("a,\"b", b',', &["a", "b"], true),
        ];
        for (line, separator, values, is_open) in cases {
            let fields = Fields::split(line.as_bytes(), separator);
            assert_eq!(
                (fields.values, fields.is_open),
                (values.iter().map(|value| (*value).into()).collect(), is_open),
                "{line}"
            );
        }
    }

    #[test]
    fn what_spreadsheets_put_around_values_is_left_out() {
        let cases = [
            ("a", "a"),
            ("  a\t", "a"),
            ("\u{a0}a b\u{a0}", "a b"),
            ("\u{feff}a\u{200b}", "a"),
            ("a\u{1a}", "a"),
            ("'000123", "000123"),
            ("'quoted'", "'quoted'"),
            ("=\"000123\"", "000123"),
            ("=\" 000123 \"", "000123"),
            ("=A1", "=A1"),
            ("'", ""),
            ("", ""),
        ];
        for (value, cleaned) in cases {
            assert_eq!(clean(value), cleaned, "{value:?}");
        }
    }

    #[test]
    fn lines_without_a_value_are_blank() {
        for line in ["", ",,,,", ";;;;", "\t\t", "\"\",\"\",\"\"", " , ", "\u{a0},\u{a0}", "\u{200b}"] {
            assert!(is_blank_line(line.as_bytes()), "{line:?}");
        }
        for line in [",,A", "\u{a0}ä,", "-", "0,0"] {
            assert!(!is_blank_line(line.as_bytes()), "{line:?}");
        }
        assert!(is_blank_line(b"\xa0,\xa0,"), "of a single byte each");
    }
}
