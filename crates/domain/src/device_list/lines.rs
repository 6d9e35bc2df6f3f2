//! A list line by line: where its lines end, and that none is longer than a row can be, or damaged.

use std::borrow::Cow;
use std::io::{self, Read};

use encoding_rs::WINDOWS_1252;
use memchr::{memchr, memchr2, memmem};

use super::decoding::{DecodedInput, MARK};
use super::finding::FindingSink;
use super::finding_kind::FindingKind;

/// The longest line that is read: the largest hash in Base64, and some names.
const LINE_BYTES_MAX: usize = 64 << 10;
/// The character that stands for one that could not be read.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();
/// The mark of the end of a file that old programs write.
const END_OF_FILE: u8 = 0x1a;

/// A line that is not blank.
pub(super) struct ListLine<'l> {
    /// The number of the line, counted from 1.
    pub(super) number: u64,
    /// The bytes without the line break, at most one more than a row can have.
    bytes: &'l [u8],
    /// Whether the file ends with it, without a line break.
    is_unended: bool,
}

impl<'l> ListLine<'l> {
    /// The bytes without the line break; none if they cannot be a row, which is reported.
    pub(super) fn content(&self, sink: &mut FindingSink<'_>) -> io::Result<Option<&'l [u8]>> {
        if self.bytes.len() > LINE_BYTES_MAX {
            let cause = format!("the line is longer than {LINE_BYTES_MAX} bytes");
            sink.report(self.number, FindingKind::LongLine, cause)?;
            return Ok(None);
        }
        if let Some(cause) = self.damage() {
            sink.report(self.number, FindingKind::EncodingDamaged, cause)?;
            return Ok(None);
        }
        Ok(Some(self.bytes))
    }

    /// The fault of the line's characters, with its position; none if they are whole.
    fn damage(&self) -> Option<String> {
        let position = |at: usize| text(&self.bytes[..at]).chars().count() + 1;
        if let Some(at) = memmem::find(self.bytes, REPLACEMENT) {
            let position = position(at);
            let is_end = self.is_unended && at + REPLACEMENT.len() == self.bytes.len();
            return Some(match is_end {
                true => format!("the file ends in the middle of character {position} of the line"),
                false => format!(
                    "character {position} of the line was lost when the file was written or converted"
                ),
            });
        }
        let at = memchr(0, self.bytes)?;
        let position = position(at);
        Some(format!(
            "character {position} of the line is NUL: the line is in another encoding than the file's beginning"
        ))
    }
}

/// The lines of a list, ended by LF, CRLF or CR, of which one is kept at a time.
pub(super) struct ListLines<R> {
    input: DecodedInput<R>,
    /// The bytes of the last line, as far as they are kept.
    bytes: Vec<u8>,
    /// The number of the last line.
    number: u64,
    /// Whether it ended in CR: an LF that follows belongs to the same line break.
    ended_in_return: bool,
    /// Whether it ended with the file.
    is_unended: bool,
    /// Whether it is also the next one.
    is_unread: bool,
    /// Whether the file is certain to be in a Unicode encoding: it says so, or has characters that show it.
    is_unicode: bool,
}

impl<R: Read> ListLines<R> {
    /// Begins to read; none if it is no text, which is reported.
    pub(super) fn begin(input: R, sink: &mut FindingSink<'_>) -> io::Result<Option<ListLines<R>>> {
        let input = match DecodedInput::begin(input)? {
            Ok(input) => input,
            Err(is) => {
                sink.report(1, FindingKind::NotText, is.to_owned())?;
                return Ok(None);
            }
        };
        let is_unicode = input.is_marked();
        Ok(Some(ListLines {
            input,
            bytes: Vec::new(),
            number: 0,
            ended_in_return: false,
            is_unended: false,
            is_unread: false,
            is_unicode,
        }))
    }

    /// The next line that is not blank; none after the last.
    pub(super) fn next_line(&mut self) -> io::Result<Option<ListLine<'_>>> {
        let mut is_found = std::mem::take(&mut self.is_unread);
        while !is_found {
            if !self.advance()? {
                return Ok(None);
            }
            self.clean();
            is_found = !self.bytes.trim_ascii().is_empty();
        }
        Ok(Some(ListLine { number: self.number, bytes: &self.bytes, is_unended: self.is_unended }))
    }

    /// Makes the last line the next one too.
    pub(super) fn unread(&mut self) {
        self.is_unread = true;
    }

    /// Leaves out the marks of a file's beginning and end, which also stand between the parts of one that was put together,
    /// and shows a character that is cut off by the end of the file.
    fn clean(&mut self) {
        while self.bytes.starts_with(MARK) {
            self.bytes.drain(..MARK.len());
        }
        while self.bytes.last() == Some(&END_OF_FILE) {
            self.bytes.pop();
        }
        if self.bytes.is_ascii() {
            return;
        }
        match std::str::from_utf8(&self.bytes) {
            Ok(_) => self.is_unicode = true,
            Err(error) if self.is_unended && self.is_unicode && error.error_len().is_none() => {
                self.bytes.truncate(error.valid_up_to());
                self.bytes.extend(REPLACEMENT);
            }
            Err(_) => {}
        }
    }

    /// Reads a line; whether there was one. Of one that is too long, the rest is passed over.
    fn advance(&mut self) -> io::Result<bool> {
        self.bytes.clear();
        self.is_unended = false;
        let mut is_begun = false;
        loop {
            let read = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            let Some(first) = read.first() else {
                self.is_unended = is_begun;
                break;
            };
            if std::mem::take(&mut self.ended_in_return) && *first == b'\n' {
                self.input.consume(1);
                continue;
            }
            is_begun = true;
            let end = memchr2(b'\n', b'\r', read);
            let part = &read[..end.unwrap_or(read.len())];
            let room = LINE_BYTES_MAX + 1 - self.bytes.len();
            self.bytes.extend(&part[..part.len().min(room)]);
            self.ended_in_return = end.is_some_and(|end| read[end] == b'\r');
            let taken = part.len() + usize::from(end.is_some());
            self.input.consume(taken);
            if end.is_some() {
                break;
            }
        }
        self.number += u64::from(is_begun);
        Ok(is_begun)
    }
}

/// A field's text: UTF-8, or else what Windows calls ANSI in the west.
pub(super) fn text(field: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(field) {
        Ok(text) => text.into(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(field).0,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use super::{LINE_BYTES_MAX, ListLines, text};
    use crate::device_list::finding::{Finding, FindingSink};

    /// Gives a few bytes at a time, and is interrupted between.
    struct Slow<'b>(&'b [u8], bool);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let count = buffer.len().min(2);
            self.0.read(&mut buffer[..count])
        }
    }

    /// The lines with their numbers; of one that is too long only the number.
    fn lines(input: impl Read) -> Vec<(u64, String)> {
        let mut ignore = |_: &Finding| Ok(());
        let mut sink = FindingSink::new(&mut ignore);
        let mut lines = ListLines::begin(input, &mut sink).unwrap().unwrap();
        let mut found = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            let content = line.content(&mut sink).unwrap().unwrap_or_default();
            found.push((line.number, String::from_utf8(content.to_vec()).unwrap()));
        }
        found
    }

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        let cases: [(&str, &[(u64, &str)]); 13] = [
            ("", &[]),
            ("\n\r\n\r \t\n", &[]),
            ("a", &[(1, "a")]),
            ("a\nb\n", &[(1, "a"), (2, "b")]),
            ("a\r\nb\r\n", &[(1, "a"), (2, "b")]),
            ("a\rb\r", &[(1, "a"), (2, "b")]),
            ("a\n\nb", &[(1, "a"), (3, "b")]),
            ("a\r\n\r\nb", &[(1, "a"), (3, "b")]),
            ("a\r\rb", &[(1, "a"), (3, "b")]),
            ("a\n\rb", &[(1, "a"), (3, "b")]),
            ("\r\na\r\r\nb\nc", &[(2, "a"), (4, "b"), (5, "c")]),
            ("\u{feff}\na\n  \n b ", &[(2, "a"), (4, " b ")]),
            ("\u{feff}a\r\n", &[(1, "a")]),
        ];
        for (text, expected) in cases {
            let expected: Vec<_> = expected.iter().map(|(line, text)| (*line, (*text).to_owned())).collect();
            assert_eq!(lines(text.as_bytes()), expected, "{text:?}");
            assert_eq!(lines(Slow(text.as_bytes(), false)), expected, "{text:?} a few bytes at a time");
        }
    }

    #[test]
    fn a_line_that_is_too_long_hides_no_other() {
        for line_break in ["\n", "\r\n", "\r"] {
            for more in [1, 2, LINE_BYTES_MAX, 3 * LINE_BYTES_MAX] {
                let longest = "x".repeat(LINE_BYTES_MAX);
                let list = [&*longest, &"y".repeat(LINE_BYTES_MAX + more), "z", ""].join(line_break);
                let expected = [(1, longest), (2, String::new()), (3, "z".to_owned())];
                assert_eq!(lines(list.as_bytes()), expected, "{more} bytes more, {line_break:?}");
            }
        }
    }

    #[test]
    fn what_is_not_utf_8_is_windows_1252() {
        assert_eq!(text("Zürich €".as_bytes()), "Zürich €");
        assert_eq!(text(b"Z\xfcrich \x80 \x96 \x92 \x93 \x99 \x8a \x9e"), "Zürich € – ’ “ ™ Š ž");
    }
}
