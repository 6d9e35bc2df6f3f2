//! A list line by line: how its bytes stand for characters, where its lines end, and that none is longer than a row can be.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use encoding_rs::WINDOWS_1252;
use memchr::memchr2;

use super::{FindingKind, Teller};

/// A row has the largest hash in Base64, and some names.
const LINE_BYTES_MAX: usize = 64 << 10;

/// A line that is not blank.
pub(super) struct Line<'l> {
    /// Which it is, counted from 1.
    pub(super) number: u64,
    /// Its bytes without the line break, at most one more than a row can have.
    bytes: &'l [u8],
}

impl<'l> Line<'l> {
    /// Its bytes without the line break; none if they are more than a row can have, which is told.
    pub(super) fn content(&self, teller: &mut Teller<'_>) -> io::Result<Option<&'l [u8]>> {
        if self.bytes.len() <= LINE_BYTES_MAX {
            return Ok(Some(self.bytes));
        }
        let cause = format!("the line is longer than {LINE_BYTES_MAX} bytes");
        teller.tell(self.number, FindingKind::LongLine, cause)?;
        Ok(None)
    }
}

/// The lines of a list, ended by LF, CRLF or CR, of which one is kept at a time.
pub(super) struct Lines<R> {
    input: BufReader<Chain<Cursor<Vec<u8>>, R>>,
    /// What is kept of the last line.
    bytes: Vec<u8>,
    /// Which it is.
    number: u64,
    /// Whether it ended in CR: an LF that follows belongs to the same line break.
    ended_in_return: bool,
    /// Whether it is also the next one.
    is_unread: bool,
}

impl<R: Read> Lines<R> {
    /// Begins to read, after the byte order mark of UTF-8; none if it is UTF-16, which is told.
    pub(super) fn begin(mut input: R, teller: &mut Teller<'_>) -> io::Result<Option<Lines<R>>> {
        let mut start = Vec::new();
        input.by_ref().take(3).read_to_end(&mut start)?;
        let wide = match start.as_slice() {
            [0xff, 0xfe, ..] => Some("little-endian, with byte order mark"),
            [0xfe, 0xff, ..] => Some("big-endian, with byte order mark"),
            [_, 0, ..] => Some("little-endian, without byte order mark"),
            [0, _, ..] => Some("big-endian, without byte order mark"),
            _ => None,
        };
        if let Some(order) = wide {
            teller.tell(1, FindingKind::Utf16, format!("the file is UTF-16 ({order})"))?;
            return Ok(None);
        }
        if start == [0xef, 0xbb, 0xbf] {
            start.clear();
        }
        let input = BufReader::with_capacity(LINE_BYTES_MAX, Cursor::new(start).chain(input));
        Ok(Some(Lines { input, bytes: Vec::new(), number: 0, ended_in_return: false, is_unread: false }))
    }

    /// The next line that is not blank; none after the last.
    pub(super) fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut is_found = std::mem::take(&mut self.is_unread);
        while !is_found {
            if !self.advance()? {
                return Ok(None);
            }
            is_found = !self.bytes.trim_ascii().is_empty();
        }
        Ok(Some(Line { number: self.number, bytes: &self.bytes }))
    }

    /// Makes the last line the next one too.
    pub(super) fn unread(&mut self) {
        self.is_unread = true;
    }

    /// Reads a line; whether there was one. Of one that is too long, the rest is passed over.
    fn advance(&mut self) -> io::Result<bool> {
        self.bytes.clear();
        let mut is_begun = false;
        loop {
            let read = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            let Some(first) = read.first() else { break };
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

    use super::{LINE_BYTES_MAX, Lines, text};
    use crate::device_list::Teller;

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
        let mut ignore = |_: &_| Ok(());
        let mut teller = Teller::new(&mut ignore);
        let mut lines = Lines::begin(input, &mut teller).unwrap().unwrap();
        let mut found = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            let content = line.content(&mut teller).unwrap().unwrap_or_default();
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
