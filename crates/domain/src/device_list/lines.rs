//! The bytes of a list: how they are encoded, and that no line is longer than a row can be.

use std::io::{self, Cursor, Read};

/// A row has the largest hash in Base64, and some names.
pub(super) const LINE_BYTES_MAX: usize = 64 << 10;

/// How the bytes stand for characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// A byte or, in UTF-8, some bytes for each character.
    Narrow,
    /// Two bytes for each, in this order.
    Utf16(&'static str),
}

/// Finds the encoding by the first bytes, and leaves out the mark of UTF-8.
pub(super) fn sniff(mut input: impl Read) -> io::Result<(Encoding, impl Read)> {
    let mut start = Vec::new();
    input.by_ref().take(3).read_to_end(&mut start)?;
    let encoding = match start.as_slice() {
        [0xff, 0xfe, ..] => Encoding::Utf16("little-endian, with byte order mark"),
        [0xfe, 0xff, ..] => Encoding::Utf16("big-endian, with byte order mark"),
        [_, 0, ..] => Encoding::Utf16("little-endian, without byte order mark"),
        [0, _, ..] => Encoding::Utf16("big-endian, without byte order mark"),
        _ => Encoding::Narrow,
    };
    if start == [0xef, 0xbb, 0xbf] {
        start.clear();
    }
    Ok((encoding, Cursor::new(start).chain(input)))
}

/// A field's text: UTF-8, or else ANSI, of which every byte is a character.
pub(super) fn text(field: &[u8]) -> String {
    match std::str::from_utf8(field) {
        Ok(text) => text.to_owned(),
        Err(_) => field.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Reads bytes until a line is longer than a row can be; that is an error of the kind `InvalidData`.
pub(super) struct BoundedLines<R> {
    input: R,
    /// How many bytes were read since the last line break.
    length: usize,
}

impl<R: Read> BoundedLines<R> {
    pub(super) fn new(input: R) -> BoundedLines<R> {
        BoundedLines { input, length: 0 }
    }
}

impl<R: Read> Read for BoundedLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        let read = &buffer[..count];
        for (at, part) in read.split(|byte| matches!(byte, b'\n' | b'\r')).enumerate() {
            self.length = if at == 0 { self.length + part.len() } else { part.len() };
            if self.length > LINE_BYTES_MAX {
                return Err(io::Error::from(io::ErrorKind::InvalidData));
            }
        }
        Ok(count)
    }
}
