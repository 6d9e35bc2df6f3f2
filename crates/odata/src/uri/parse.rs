//! From a URL's path to segments: split first, decode afterwards, so that an escaped slash is data.

use super::percent::{self, BadEscape, Plus};
use super::{RawSegment, RequestPath};
use crate::code;
use crate::edm::Version;
use crate::error::hint;
use crate::{Error, ErrorKind};

/// Bytes of a path at most.
const PATH_BYTES_MAX: usize = 8 * 1024;
/// Segments of a path at most, the version included.
const SEGMENTS_MAX: usize = 30;

/// Takes a path such as `/beta/library/books('a%20b')/title` apart. It is the raw text after the authority and
/// before the `?`.
pub fn parse_path(raw_path: &str) -> Result<RequestPath, Error> {
    if raw_path.len() > PATH_BYTES_MAX {
        return Err(bad(format!("The path is longer than {PATH_BYTES_MAX} bytes")));
    }
    let mut segments = split(raw_path)?.into_iter();
    let first = segments.next();
    let name = first.as_ref().map(RawSegment::text).unwrap_or_default();
    let version = Version::from_segment(&name).ok_or_else(|| {
        let near = hint(&name, Version::ALL.into_iter().map(Version::segment));
        Error::new(ErrorKind::NotFound, format!("The API version '{name}' does not exist{near}"))
            .coded(code::UNKNOWN_VERSION)
            .about(&name)
    })?;
    Ok(RequestPath { version, segments: segments.collect() })
}

impl RawSegment {
    /// The whole segment as text: what a key is when it is a segment of its own.
    pub(crate) fn text(&self) -> String {
        match &self.parentheses {
            Some(inner) => format!("{}({inner})", self.name),
            None => self.name.clone(),
        }
    }
}

fn split(path: &str) -> Result<Vec<RawSegment>, Error> {
    // One slash at the end is tolerated: clients build `…/books/?$top=5`.
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut segments = Vec::new();
    let mut slash = 0;
    while slash < path.len() {
        if !path[slash..].starts_with('/') {
            return Err(bad("The path does not start with '/'".to_owned()));
        }
        if segments.len() == SEGMENTS_MAX {
            return Err(bad(format!("The path has more than {SEGMENTS_MAX} segments")));
        }
        let extent = Extent::scan(path, slash + 1)?;
        slash = extent.end;
        segments.push(extent.segment(path)?);
    }
    Ok(segments)
}

/// The extent of a segment and its parentheses in the path.
struct Extent {
    start: usize,
    /// The opening and the closing parenthesis, if they were sent as such.
    parentheses: Option<(usize, usize)>,
    end: usize,
}

impl Extent {
    /// Finds the end of the segment that starts at `start`.
    fn scan(path: &str, start: usize) -> Result<Extent, Error> {
        let rest = &path[start..];
        let name_end = rest.find(['/', '(']).map_or(path.len(), |length| start + length);
        if !path[name_end..].starts_with('(') {
            return Ok(Extent { start, parentheses: None, end: name_end });
        }
        let close = closing_parenthesis(path, name_end)?;
        let end = close + 1;
        if !path[end..].is_empty() && !path[end..].starts_with('/') {
            return Err(bad(format!("Text follows the closing parenthesis at position {close} of the path")));
        }
        Ok(Extent { start, parentheses: Some((name_end, close)), end })
    }

    fn segment(&self, path: &str) -> Result<RawSegment, Error> {
        let (name, parentheses) = match self.parentheses {
            Some((open, close)) => (decode(path, self.start, open)?, Some(decode(path, open + 1, close)?)),
            None => split_escaped_parentheses(decode(path, self.start, self.end)?),
        };
        match name.as_str() {
            "" => Err(bad(format!("The path has an empty segment at position {}", self.start))),
            "." | ".." => Err(bad(format!("The path has the segment '{name}' at position {}", self.start))),
            _ => Ok(RawSegment { name, parentheses, position: self.start }),
        }
    }
}

/// Whether the scanner is inside a quoted text, where nothing but the closing quote counts.
#[derive(PartialEq)]
enum Quotes {
    None,
    Single,
    /// A JSON string; true right after a backslash.
    Double(bool),
}

/// The position of the parenthesis that closes the one at `open`. Quotes may be escaped, as OData's ABNF has it.
fn closing_parenthesis(path: &str, open: usize) -> Result<usize, Error> {
    let unclosed = || bad(format!("The parenthesis at position {open} of the path is not closed"));
    let mut quotes = Quotes::None;
    let (mut depth, mut brackets) = (0_usize, 0_usize);
    let mut at = open;
    while let Some(&sent) = path.as_bytes().get(at) {
        let byte = if sent == b'%' { percent::escape(path, at).map_err(|bad| bad.in_path(0))? } else { sent };
        match (&quotes, byte) {
            (Quotes::Single, b'\'') | (Quotes::Double(false), b'"') => quotes = Quotes::None,
            (Quotes::Double(escaped), _) => quotes = Quotes::Double(!escaped && byte == b'\\'),
            (Quotes::Single, _) => {}
            (Quotes::None, b'\'') => quotes = Quotes::Single,
            (Quotes::None, b'"') => quotes = Quotes::Double(false),
            (Quotes::None, b'[' | b'{') => brackets += 1,
            (Quotes::None, b']' | b'}') => brackets = brackets.saturating_sub(1),
            // An escaped parenthesis or slash is data, as long as the opening one is not escaped.
            (Quotes::None, _) if sent == b'%' => {}
            (Quotes::None, b'(') => depth += 1,
            (Quotes::None, b')') if depth == 1 => return Ok(at),
            (Quotes::None, b')') => depth -= 1,
            (Quotes::None, b'/') if brackets == 0 => return Err(unclosed()),
            (Quotes::None, _) => {}
        }
        at += if sent == b'%' { 3 } else { 1 };
    }
    Err(unclosed())
}

/// Splits off escaped parentheses: clients that escape a whole segment escape them too. Unbalanced ones belong to a
/// key.
fn split_escaped_parentheses(text: String) -> (String, Option<String>) {
    match text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        Some((name, inner)) if !name.is_empty() => (name.to_owned(), Some(inner.to_owned())),
        _ => (text, None),
    }
}

fn decode(path: &str, start: usize, end: usize) -> Result<String, Error> {
    let raw = path.get(start..end).unwrap_or_default();
    percent::decode(raw, Plus::Literal).map(Into::into).map_err(|bad| bad.in_path(start))
}

impl BadEscape {
    fn in_path(&self, start: usize) -> Error {
        bad(format!("The path has {} at position {}", self.reason, start + self.position))
    }
}

fn bad(message: String) -> Error {
    Error::new(ErrorKind::BadPath, message)
}

#[cfg(test)]
mod tests {
    use super::parse_path;
    use crate::ErrorKind;
    use crate::edm::Version;

    /// Segments as `name` or `name|parentheses`.
    fn shown(path: &str) -> Vec<String> {
        let segments = parse_path(path).unwrap_or_else(|error| panic!("{path}: {error}")).segments;
        let show = |s: super::RawSegment| match s.parentheses {
            Some(inner) => format!("{}|{inner}", s.name),
            None => s.name,
        };
        segments.into_iter().map(show).collect()
    }

    #[test]
    fn segments_are_split_before_they_are_decoded() {
        for (path, segments) in [
            ("/beta", &[][..]),
            ("/beta/", &[]),
            ("/v1.0/library/", &["library"]),
            ("/BETA/library/books", &["library", "books"]),
            ("/beta/books/a%20b%2F%C3%BC%27", &["books", "a b/ü'"]),
            ("/beta/books/%2541", &["books", "%41"]),
            ("/beta/books/a+b", &["books", "a+b"]),
            ("/beta/books('a%20b')/x", &["books|'a b'", "x"]),
            ("/beta/books('a/b')/x", &["books|'a/b'", "x"]),
            ("/beta/books('a)/''(b')/x", &["books|'a)/''(b'", "x"]),
            ("/beta/books(%27a/b%27)/x", &["books|'a/b'", "x"]),
            ("/beta/books%28%27a%27%29", &["books|'a'"]),
            ("/beta/books/a%28b", &["books", "a(b"]),
            ("/beta/books(a%28%29%2Fb)", &["books|a()/b"]),
            ("/beta/books/O'Brien/x", &["books", "O'Brien", "x"]),
            (r#"/beta/f(ids=["O'Brien/x","\"/)"])/x"#, &[r#"f|ids=["O'Brien/x","\"/)"]"#, "x"]),
            ("/beta/f(ids=%5B%22Ids%20value%22%5D)", &[r#"f|ids=["Ids value"]"#]),
            ("/beta/f(ids=[a/b])", &["f|ids=[a/b]"]),
            ("/beta/f()", &["f|"]),
        ] {
            assert_eq!(shown(path), segments, "{path}");
        }
    }

    #[test]
    fn positions_are_those_of_the_path_as_sent() {
        let path = parse_path("/beta/a%20b/c('x')/d").unwrap();
        assert_eq!(path.segments.iter().map(|s| s.position).collect::<Vec<_>>(), [6, 12, 19]);
        assert_eq!(path.version, Version::Beta);
    }

    #[test]
    fn malformed_paths_are_refused_with_a_position() {
        for (path, part) in [
            ("beta", "start with '/'"),
            ("/beta//books", "position 6"),
            ("/beta/books//", "position 12"),
            ("/beta/../books", "'..' at position 6"),
            ("/beta/%2e%2E", "'..' at position 6"),
            ("/beta/./x", "'.' at position 6"),
            ("/beta/a%zz", "position 7"),
            ("/beta/a/%C3", "not UTF-8 at position 8"),
            ("/beta/a%00", "NUL character at position 7"),
            ("/beta/books('a", "position 11 of the path is not closed"),
            ("/beta/books(a/b)", "position 11 of the path is not closed"),
            ("/beta/books('a%2", "position 14"),
            ("/beta/books('a')b", "closing parenthesis at position 15"),
            ("/beta/('a')", "empty segment at position 6"),
        ] {
            let error = parse_path(path).expect_err(path);
            assert_eq!(error.kind, ErrorKind::BadPath, "{path}");
            assert!(error.message.contains(part), "{path}: {}", error.message);
        }
    }

    #[test]
    fn size_and_depth_are_bounded() {
        assert!(parse_path(&format!("/beta{}", "/a".repeat(29))).is_ok());
        assert_eq!(parse_path(&format!("/beta{}", "/a".repeat(30))).unwrap_err().kind, ErrorKind::BadPath);
        assert_eq!(parse_path(&"/b".repeat(5_000)).unwrap_err().kind, ErrorKind::BadPath);
    }

    #[test]
    fn a_version_that_does_not_exist_is_not_found() {
        for (path, near) in [("/v1", ""), ("/v2.0/x", "'v1.0'"), ("/bta/x", "'beta'"), ("/", ""), ("", "")] {
            let error = parse_path(path).expect_err(path);
            assert_eq!(error.kind, ErrorKind::NotFound, "{path}");
            assert!(error.message.contains(near), "{path}: {}", error.message);
        }
    }
}
