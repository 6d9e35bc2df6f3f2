//! What tools and spreadsheets do to the Base64 text of a hash on its way: the text still shows that it was a hash, so that
//! its sender can be told what happened to it, and it is never taken for anything else.

use std::borrow::Cow;

use super::base64::from_base64;
use super::container::HardwareHash;
use super::layout::{CHECKSUM_LENGTH, HEAD_LENGTH, MAGIC, SIZE_MAX};

/// A change that was made to the Base64 text of a hash on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mangling {
    /// The text was taken for bytes, and these were encoded.
    #[error("the hash was encoded twice: it is Base64 of Base64 text")]
    EncodedTwice,
    /// The bytes were written as digits.
    #[error("the hash is written in hexadecimal digits, not in Base64")]
    Hexadecimal,
    /// All letters are small.
    #[error("the hash is in lower case; the case of Base64 letters counts")]
    LowerCase,
    /// The text is shorter than its own head says.
    #[error("the hash is cut off after {0} characters")]
    CutOff(usize),
    /// The text is exactly as long as a cell of a spreadsheet may be.
    #[error(
        "the hash is cut off at {CELL_CHARACTERS_MAX} characters, the most that a cell of a spreadsheet holds"
    )]
    CutByCell,
    /// The text has the alphabet that fits into URLs.
    #[error("the hash is in the URL-safe alphabet of Base64, with '-' and '_' in place of '+' and '/'")]
    UrlSafe,
    /// The text was broken into lines.
    #[error("the hash has line breaks or blanks within")]
    LineBreaks,
    /// A form was decoded that was never encoded.
    #[error("the hash has blanks in place of '+'")]
    BlanksForPlus,
    /// The quotation marks of a list or a program became part of the text.
    #[error("the hash has quotation marks around it")]
    Quoted,
    /// The text was escaped for a URL.
    #[error("the hash is percent-encoded ('%2B' in place of '+')")]
    PercentEncoded,
    /// The text was escaped for a web page.
    #[error("the hash is escaped for HTML ('&#43;' in place of '+')")]
    HtmlEscaped,
    /// The text was escaped for JSON, and the escapes were kept.
    #[error("the hash is escaped for JSON ('\\u002B' in place of '+')")]
    JsonEscaped,
    /// The text was escaped for a mail.
    #[error("the hash is escaped for mail as quoted-printable ('=3D' in place of '=')")]
    QuotedPrintable,
}

/// The most characters that a cell of the usual spreadsheets holds.
const CELL_CHARACTERS_MAX: usize = 32_767;
/// The most times that a text may have been encoded and still be found out.
const ENCODINGS_MAX: usize = 4;
/// The Base64 of the two bytes that every hash begins with: two bits of the next one show in the third character.
const BEGINNINGS: [&str; 4] = ["T0E", "T0F", "T0G", "T0H"];
/// The Base64 characters of which a hash's head can be read.
const HEAD_CHARACTERS: usize = 8;
/// The bytes of a text that are looked at together, without a branch for each.
const PART_BYTES: usize = 64;
/// The Base64 characters that show whether they stand for text.
const TEXT_CHARACTERS: usize = 64;

impl Mangling {
    /// The change that was made to a text; none if it is as it was, or never was a hash.
    pub fn of(text: &str) -> Option<Mangling> {
        if text.len() >= CELL_CHARACTERS_MAX && text.chars().count() == CELL_CHARACTERS_MAX {
            return Some(Mangling::CutByCell);
        }
        if !is_plain(text) {
            return escaped(text);
        }
        if begins_like_a_hash(text) {
            return is_cut_off(text).then_some(Mangling::CutOff(text.len()));
        }
        if is_hexadecimal(text) {
            return Some(Mangling::Hexadecimal);
        }
        if begins_like_a_hash(&text[..text.len().min(HEAD_CHARACTERS)].to_ascii_uppercase()) {
            return (!text.bytes().any(|byte| byte.is_ascii_uppercase())).then_some(Mangling::LowerCase);
        }
        is_encoded_again(text).then_some(Mangling::EncodedTwice)
    }

    /// The advice to whoever sent the hash.
    pub fn remedy(self) -> &'static str {
        match self {
            Mangling::EncodedTwice => {
                "Send the Base64 text of the hash itself: a library that takes bytes wants them decoded."
            }
            Mangling::Hexadecimal => "Encode the bytes of the hash as Base64.",
            Mangling::LowerCase => "Copy the hash again with its letters as they are.",
            Mangling::CutOff(_) | Mangling::CutByCell => {
                "Copy the whole hash again, and not by way of what has cut it off."
            }
            Mangling::UrlSafe => "Write '+' for '-' and '/' for '_'.",
            Mangling::LineBreaks => "Write the hash on one line without blanks.",
            Mangling::BlanksForPlus => {
                "Write '+' for each blank, or send the form with its plus signs encoded."
            }
            Mangling::Quoted => "Remove the quotation marks around the hash.",
            Mangling::PercentEncoded
            | Mangling::HtmlEscaped
            | Mangling::JsonEscaped
            | Mangling::QuotedPrintable => "Decode the escapes, or export the hash again as plain text.",
        }
    }
}

/// The change to a text with other characters than those of Base64. Every escape leaves the beginning as it was.
fn escaped(text: &str) -> Option<Mangling> {
    let is_outside = |character: char| is_quotation_mark(character) || is_blank(character);
    let core = text.trim_matches(is_outside);
    if !begins_like_a_hash(core) {
        return None;
    }
    let has = |marks: &[&str]| {
        let found = |mark: &&str| {
            core.as_bytes().windows(mark.len()).any(|part| part.eq_ignore_ascii_case(mark.as_bytes()))
        };
        marks.iter().any(found)
    };
    let escapes: [(Mangling, &[&str]); 5] = [
        (Mangling::HtmlEscaped, &["&#", "&plus;", "&sol;", "&equals;", "&amp;"]),
        (Mangling::JsonEscaped, &["\\u00", "\\/"]),
        (Mangling::PercentEncoded, &["%2B", "%2F", "%3D"]),
        (Mangling::QuotedPrintable, &["=3D", "=\n", "=\r"]),
        (Mangling::UrlSafe, &["-", "_"]),
    ];
    if let Some((mangling, _)) = escapes.into_iter().find(|(_, marks)| has(marks)) {
        return Some(mangling);
    }
    if is_plain(core) {
        return Some(if text.contains(is_quotation_mark) { Mangling::Quoted } else { Mangling::LineBreaks });
    }
    // Blanks alone: they were put between, or each stands for a character.
    let joined: String = core.chars().filter(|character| !is_blank(*character)).collect();
    let decodes = |text: &str| from_base64(text).is_ok_and(|blob| HardwareHash::decode(&blob).is_ok());
    let is_form = !decodes(&joined) && from_base64(&core.replace(' ', "+")).is_ok();
    is_plain(&joined).then_some(if is_form { Mangling::BlanksForPlus } else { Mangling::LineBreaks })
}

/// Whether a text has only characters of Base64, padding at its end included.
fn is_plain(text: &str) -> bool {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut parts = text.trim_end_matches('=').as_bytes().chunks(PART_BYTES);
    parts.all(|part| part.iter().fold(true, |all, byte| all & is_base64(byte)))
}

fn is_quotation_mark(character: char) -> bool {
    matches!(character, '"' | '\'' | '`' | '“' | '”' | '„' | '‘' | '’' | '«' | '»')
}

fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{200b}' | '\u{feff}' | '\u{ad}')
}

fn begins_like_a_hash(text: &str) -> bool {
    BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
}

/// Whether a text is shorter than its head says that the records are.
fn is_cut_off(text: &str) -> bool {
    let Some(Ok(head)) = text.get(..HEAD_CHARACTERS).map(from_base64) else { return false };
    let [_, _, low, high, ..] = head.as_slice() else { return false };
    let total = usize::from(u16::from_le_bytes([*low, *high]));
    let size = total + CHECKSUM_LENGTH;
    // What cannot be a hash's head says nothing about its length.
    total >= HEAD_LENGTH && size <= SIZE_MAX && text.len() < (4 * size).div_ceil(3)
}

fn is_hexadecimal(text: &str) -> bool {
    let digits = text.strip_prefix("0x").or(text.strip_prefix("0X")).unwrap_or(text);
    (digits.starts_with("4f41") || digits.starts_with("4F41"))
        && digits.len().is_multiple_of(2)
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether the first bytes of a Base64 text may be text themselves, of whatever characters: most are not, and need not be
/// decoded.
fn begins_as_text(base64: &str) -> bool {
    let Some(Ok(bytes)) = base64.get(..TEXT_CHARACTERS).map(from_base64) else { return true };
    let bytes: Vec<u8> = bytes.into_iter().filter(|byte| !is_of_encoding(*byte)).collect();
    // Only the last character may be incomplete.
    std::str::from_utf8(&bytes).map_or_else(|error| error.error_len().is_none(), |_| true)
}

/// Whether a byte is part of an encoding of text in two bytes a character, and of no text in UTF-8 that is looked for.
fn is_of_encoding(byte: u8) -> bool {
    matches!(byte, 0 | 0xfe | 0xff)
}

/// Whether the bytes of a Base64 text are the text of a hash themselves, or once more such a text.
fn is_encoded_again(text: &str) -> bool {
    let mut text = Cow::Borrowed(text);
    for _ in 1..ENCODINGS_MAX {
        if !begins_as_text(&text) {
            return false;
        }
        let unpadded = text.trim_end_matches('=');
        let padding = ["", "", "==", "="][unpadded.len() % 4];
        let Ok(bytes) = from_base64(&format!("{unpadded}{padding}")) else { return false };
        // A text of two bytes a character has a NUL in each of these.
        let bytes: Vec<u8> = bytes.into_iter().filter(|byte| !is_of_encoding(*byte)).collect();
        let Ok(inner) = String::from_utf8(bytes) else { return false };
        let inner = inner.trim_matches(|character| is_quotation_mark(character) || is_blank(character));
        if begins_like_a_hash(inner) || inner.as_bytes().starts_with(MAGIC) || is_hexadecimal(inner) {
            return true;
        }
        text = Cow::Owned(inner.to_owned());
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::tests::with_tpm;
    use super::super::{from_base64, to_base64};
    use super::Mangling;

    /// A hash whose text has every character of the alphabet.
    fn text() -> String {
        let mut blob = with_tpm().build().unwrap();
        blob[999..1_005].copy_from_slice(&[0xfb, 0xef, 0xbe, 0xff, 0xff, 0xff]);
        let text = to_base64(&blob);
        assert!(text.contains('+') && text.contains('/'), "{text}");
        text
    }

    #[test]
    fn each_mangling_is_named() {
        use Mangling::*;
        let text = text();
        let again = |bytes: &[u8]| to_base64(bytes);
        let wide = |units: &str| units.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let twice = again(text.as_bytes());
        let hexadecimal: String =
            from_base64(&text).unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
        let wrapped: Vec<&str> =
            text.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let cases = [
            (again(twice.as_bytes()), EncodedTwice),
            (again(&wide(&text)), EncodedTwice),
            (again(format!("\u{feff}{text}\r\n").as_bytes()), EncodedTwice),
            (again(format!("\"{text}\"").as_bytes()), EncodedTwice),
            (again(hexadecimal.as_bytes()), EncodedTwice),
            (twice, EncodedTwice),
            (format!("0x{hexadecimal}"), Hexadecimal),
            (hexadecimal.to_uppercase(), Hexadecimal),
            (hexadecimal, Hexadecimal),
            (text.to_lowercase(), LowerCase),
            (text[..255].to_owned(), CutOff(255)),
            (text[..512].to_owned(), CutOff(512)),
            ("A".repeat(32_767), CutByCell),
            (text.replace('+', "-").replace('/', "_"), UrlSafe),
            (wrapped.join("\r\n"), LineBreaks),
            (wrapped.join(" "), LineBreaks),
            (wrapped.join("\u{a0}"), LineBreaks),
            (format!("{text}\n"), LineBreaks),
            (text.replace('+', " "), BlanksForPlus),
            (format!("\"{text}\""), Quoted),
            (format!("“{text}”"), Quoted),
            (text.replace('+', "%2b").replace('/', "%2F"), PercentEncoded),
            (text.replace('+', "&#43;"), HtmlEscaped),
            (text.replace('+', "&#x2B;"), HtmlEscaped),
            (text.replace('+', "\\u002B"), JsonEscaped),
            (text.replace('/', "\\/"), JsonEscaped),
            (wrapped.join("=\r\n"), QuotedPrintable),
            (format!("{}=3D", &text[..3_996]), QuotedPrintable),
        ];
        for (mangled, expected) in cases {
            assert_eq!(Mangling::of(&mangled), Some(expected), "{mangled:.60}");
        }
    }

    #[test]
    fn what_is_whole_or_never_was_a_hash_is_not_mangled() {
        let text = text();
        for other in [
            &*text,
            "",
            "T0FB",
            "T0FBQUFB",
            "T0E=",
            "aGFyZHdhcmVJZGVudGlmaWVy",
            "b3BhcXVl",
            "AAAA",
            "no Base64!",
            "T",
            "4f4",
        ] {
            assert_eq!(Mangling::of(other), None, "{other:.40}");
        }
        // Devices like to leave out the padding.
        assert_eq!(Mangling::of(&text[..3_998]), None);
    }

    proptest::proptest! {
        #[test]
        fn a_text_that_begins_as_a_hash_is_known_when_it_is_encoded_again(rest in "\\PC{0,100}", other in "\\PC{0,100}") {
            let again = to_base64(format!("T0F{rest}").as_bytes());
            proptest::prop_assert_eq!(Mangling::of(&again), Some(Mangling::EncodedTwice));
            // Whatever else it is, it is looked at.
            Mangling::of(&other);
        }
    }
}
