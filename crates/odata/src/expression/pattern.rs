//! Regular expressions of `matchesPattern`: those of Rust's `regex` that PostgreSQL can be given as well.
//!
//! `.` is any character but the line feed, classes are Unicode's, and a pattern may match anywhere in the text. What
//! a regular language does not have (back references, look-around) or what is not the same everywhere (word
//! boundaries, lines) is refused.

use std::fmt::Write;

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

/// Bytes of a pattern at most.
const PATTERN_BYTES_MAX: usize = 512;
/// Characters, ranges of classes, and their repetitions at most, in all patterns of a request: these take some
/// milliseconds to be compiled.
pub(crate) const PATTERN_SIZE_MAX: usize = 10_000;
/// Repetitions of a part at most, if there is a number; PostgreSQL has the same limit.
const REPEATS_MAX: u32 = 255;
/// Bytes of a compiled pattern at most.
const COMPILED_BYTES_MAX: usize = 1 << 20;

/// The size of a pattern, in characters and ranges of classes with their repetitions, or what is wrong with it.
pub fn check(pattern: &str) -> Result<usize, String> {
    let (_, size) = spelled(pattern)?;
    compile(pattern).map(|_| size)
}

/// The pattern, ready to be applied.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    if pattern.len() > PATTERN_BYTES_MAX {
        return Err(format!("it is longer than {PATTERN_BYTES_MAX} bytes"));
    }
    let compiled =
        RegexBuilder::new(pattern).size_limit(COMPILED_BYTES_MAX).dfa_size_limit(COMPILED_BYTES_MAX).build();
    compiled.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
        _ => "it is not a regular expression".to_owned(),
    })
}

/// Whether a text matches a pattern; None if it is none.
pub(crate) fn matches(text: &str, pattern: &str) -> Option<bool> {
    compile(pattern).ok().map(|regex| regex.is_match(text))
}

/// The pattern as PostgreSQL's advanced regular expressions spell it.
pub fn to_posix(pattern: &str) -> Result<String, String> {
    spelled(pattern).map(|(posix, _)| posix)
}

/// The pattern as PostgreSQL spells it, and its size.
fn spelled(pattern: &str) -> Result<(String, usize), String> {
    if pattern.len() > PATTERN_BYTES_MAX {
        return Err(format!("it is longer than {PATTERN_BYTES_MAX} bytes"));
    }
    let hir = regex_syntax::parse(pattern).map_err(|error| match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        _ => "it is not a regular expression".to_owned(),
    })?;
    let mut out = String::new();
    let size = print(&hir, &mut out)?;
    Ok((out, size))
}

/// Appends a part and gives its size with all repetitions written out. What is too large is not written to its end.
fn print(hir: &Hir, out: &mut String) -> Result<usize, String> {
    let size = print_part(hir, out)?;
    within(size).map(|()| size)
}

fn within(size: usize) -> Result<(), String> {
    if size > PATTERN_SIZE_MAX { Err("it is too large".to_owned()) } else { Ok(()) }
}

fn print_part(hir: &Hir, out: &mut String) -> Result<usize, String> {
    match hir.kind() {
        HirKind::Empty => {
            out.push_str("(?:)");
            Ok(1)
        }
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).map_err(|_| "bytes that are no text".to_owned())?;
            text.chars().for_each(|character| escape(character, out));
            Ok(text.len())
        }
        HirKind::Class(class) => print_class(class, out),
        HirKind::Look(Look::Start) => {
            out.push('^');
            Ok(1)
        }
        HirKind::Look(Look::End) => {
            out.push('$');
            Ok(1)
        }
        HirKind::Look(_) => Err("word boundaries and line anchors are not supported".to_owned()),
        HirKind::Repetition(repetition) => print_repetition(repetition, out),
        HirKind::Capture(capture) => print_group(&capture.sub, out),
        HirKind::Concat(parts) => {
            let mut size = 0_usize;
            for part in parts {
                let is_choice = matches!(part.kind(), HirKind::Alternation(_));
                size += if is_choice { print_group(part, out)? } else { print(part, out)? };
                within(size)?;
            }
            Ok(size)
        }
        HirKind::Alternation(parts) => {
            let mut size = 0_usize;
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    out.push('|');
                }
                size += print(part, out)?;
                within(size)?;
            }
            Ok(size)
        }
    }
}

fn print_group(hir: &Hir, out: &mut String) -> Result<usize, String> {
    out.push_str("(?:");
    let size = print(hir, out)?;
    out.push(')');
    Ok(size)
}

fn print_repetition(repetition: &Repetition, out: &mut String) -> Result<usize, String> {
    let Repetition { min, max, sub, .. } = repetition;
    let most = max.unwrap_or(*min).max(1);
    if most > REPEATS_MAX {
        return Err(format!("a part is repeated more than {REPEATS_MAX} times"));
    }
    let size = print_group(sub, out)?.saturating_mul(most as usize);
    let _ = match (min, max) {
        (0, None) => write!(out, "*"),
        (1, None) => write!(out, "+"),
        (0, Some(1)) => write!(out, "?"),
        (min, None) => write!(out, "{{{min},}}"),
        (min, Some(max)) => write!(out, "{{{min},{max}}}"),
    };
    Ok(size)
}

fn print_class(class: &Class, out: &mut String) -> Result<usize, String> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.ranges().iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) if class.is_ascii() => {
            class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect()
        }
        Class::Bytes(_) => return Err("bytes that are no text".to_owned()),
    };
    if ranges.is_empty() {
        return Err("a class of no characters is not supported".to_owned());
    }
    out.push('[');
    for (start, end) in &ranges {
        // No text has the character NUL, and the other database has no name for it.
        escape((*start).max('\u{1}'), out);
        if start != end {
            out.push('-');
            escape(*end, out);
        }
    }
    out.push(']');
    Ok(ranges.len())
}

fn escape(character: char, out: &mut String) {
    let _ = match character {
        c if c.is_ascii_alphanumeric() => write!(out, "{c}"),
        c if u32::from(c) <= 0xffff => write!(out, "\\u{:04x}", u32::from(c)),
        c => write!(out, "\\U{:08x}", u32::from(c)),
    };
}

#[cfg(test)]
mod tests {
    use super::{check, to_posix};

    #[test]
    fn patterns_are_spelled_for_both() {
        for (pattern, posix) in [
            ("^A.*7$", "^A(?:[\\u0001-\\u0009\\u000b-\\U0010ffff])*7$"),
            ("a|bc", "a|bc"),
            ("(a|bc)d{2,3}", "(?:a|bc)(?:d){2,3}"),
            ("[0-9a-f]+", "(?:[0-9a-f])+"),
            ("(?i)k", "[Kk\\u212a]"),
            ("\\.x?", "\\u002e(?:x)?"),
        ] {
            assert_eq!(to_posix(pattern).as_deref(), Ok(posix), "{pattern}");
            assert!(check(pattern).is_ok(), "{pattern}");
        }
    }

    #[test]
    fn what_is_not_the_same_everywhere_is_refused() {
        let long = "a".repeat(513);
        for (pattern, part) in [
            ("(", "unclosed group"),
            ("\\bA", "word boundaries"),
            ("(?m)^a", "line anchors"),
            ("(?=a)", "look-around"),
            ("(a)\\1", "backreferences"),
            ("a{256}", "more than 255"),
            ("((a{200}){200}){200}", "too large"),
            ("\\w{20}", "too large"),
            (&"\\w".repeat(20), "too large"),
            ("[^\\s\\S]", "no characters"),
            (&long, "longer than 512"),
        ] {
            let message = check(pattern).expect_err(pattern);
            assert!(message.contains(part), "{pattern}: {message}");
        }
    }
}
