//! Percent-decoding, exactly once and strictly: what is not an escape, or not UTF-8, is refused.

use std::borrow::Cow;

/// A mistake in an escaped text, and the byte at which it is.
#[derive(Debug, PartialEq)]
pub(crate) struct BadEscape {
    pub(crate) position: usize,
    pub(crate) reason: &'static str,
}

/// The meaning of a `+`: itself in a path, a blank in a query string.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Plus {
    Literal,
    Blank,
}

/// The text that `raw` stands for.
pub(crate) fn decode(raw: &str, plus: Plus) -> Result<Cow<'_, str>, BadEscape> {
    let plain = |byte: &u8| *byte != b'%' && *byte != 0 && (*byte != b'+' || plus == Plus::Literal);
    if raw.as_bytes().iter().all(plain) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut decoded = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(byte) = raw.as_bytes().get(at) {
        let (byte, width) = match byte {
            b'%' => (escape(raw, at)?, 3),
            b'+' if plus == Plus::Blank => (b' ', 1),
            other => (*other, 1),
        };
        if byte == 0 {
            return Err(BadEscape { position: at, reason: "a NUL character" });
        }
        decoded.push(byte);
        at += width;
    }
    let position = raw.find('%').unwrap_or_default();
    let text = String::from_utf8(decoded);
    text.map(Cow::Owned).map_err(|_| BadEscape { position, reason: "escapes that are not UTF-8" })
}

/// The text with everything escaped that means something in a query string.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => encoded.push(byte.into()),
            _ if b"-._~$'(),*/@:".contains(&byte) => encoded.push(byte.into()),
            _ => {
                encoded.push('%');
                for digit in [byte >> 4, byte & 0xf] {
                    encoded
                        .extend(char::from_digit(digit.into(), 16).map(|digit| digit.to_ascii_uppercase()));
                }
            }
        }
    }
    encoded
}

/// The byte of the escape at a position.
pub(crate) fn escape(raw: &str, at: usize) -> Result<u8, BadEscape> {
    let digits = raw.as_bytes().get(at + 1..at + 3);
    let value = digits.and_then(|digits| match digits {
        [high, low] => Some((hexadecimal(*high)? << 4) | hexadecimal(*low)?),
        _ => None,
    });
    value.ok_or(BadEscape { position: at, reason: "a '%' without two hexadecimal digits" })
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::{BadEscape, Plus, decode};

    #[test]
    fn escapes_are_decoded_once() {
        for (raw, path, query) in [
            ("plain", "plain", "plain"),
            ("a%20b%2F%C3%BC%27", "a b/ü'", "a b/ü'"),
            ("%2541", "%41", "%41"),
            ("a+b%2B", "a+b+", "a b+"),
            ("ü%20", "ü ", "ü "),
            ("", "", ""),
        ] {
            assert_eq!(decode(raw, Plus::Literal).as_deref(), Ok(path), "{raw} in a path");
            assert_eq!(decode(raw, Plus::Blank).as_deref(), Ok(query), "{raw} in a query");
        }
    }

    #[test]
    fn what_is_no_escape_is_refused_with_its_position() {
        for (raw, position) in
            [("ab%", 2), ("%4", 0), ("x%zz", 1), ("%+1", 0), ("a%00", 1), ("a\0", 1), ("a%FF", 1)]
        {
            let error = decode(raw, Plus::Literal).err().map(|BadEscape { position, .. }| position);
            assert_eq!(error, Some(position), "{raw:?}");
        }
    }
}
