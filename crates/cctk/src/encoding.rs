//! The bytes of a file as text, or why they are none: the formats that are taken for a `.cctk` file by mistake.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;

use crate::finding::{Finding, Position, Rule};

/// The most bytes that a file may have; the product's page names this limit.
pub const FILE_BYTES_MAX: usize = 2 << 20;

/// The head of a program has a zero among so many bytes.
const PROGRAM_HEAD_BYTES: usize = 64;

/// How each format begins that is refused by name.
const REFUSED: [(&[u8], Rule, &str); 7] = [
    (b"\xff\xfe", Rule::Utf16, "the file is in UTF-16"),
    (b"\xfe\xff", Rule::Utf16, "the file is in UTF-16"),
    (b"\xef\xbb\xbf", Rule::ByteOrderMark, "the file begins with a byte order mark"),
    (b"PK\x03\x04", Rule::Archive, "the file is a ZIP archive"),
    (b"PK\x05\x06", Rule::Archive, "the file is an empty ZIP archive"),
    (b"MZ", Rule::Executable, "the file is a program for Windows, perhaps a package for many platforms"),
    (b"\x7fELF", Rule::Executable, "the file is a program for Linux"),
];

/// The text of a file. What is not UTF-8 is what Windows calls ANSI.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Finding> {
    let at_start = |rule, cause: &str| Finding::new(Position { line: 1, column: 1 }, rule, cause);
    if bytes.len() > FILE_BYTES_MAX {
        let cause = format!("the file has {} bytes; at most {FILE_BYTES_MAX} are read", bytes.len());
        return Err(at_start(Rule::TooLarge, &cause));
    }
    // A text may begin like a program, as MZ=1 does.
    let has_zero = bytes.iter().take(PROGRAM_HEAD_BYTES).any(|byte| *byte == 0);
    let is_format = |(magic, rule, _): &&(&[u8], Rule, &str)| {
        bytes.starts_with(magic) && (*rule != Rule::Executable || has_zero)
    };
    if let Some((_, rule, cause)) = REFUSED.iter().find(is_format) {
        return Err(at_start(*rule, cause));
    }
    // UTF-16 without a mark: every other byte of a text in English is zero.
    if let [first, second, ..] = bytes
        && (*first == 0) != (*second == 0)
    {
        return Err(at_start(Rule::Utf16, "the file is in UTF-16, without a byte order mark"));
    }
    Ok(match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    })
}
