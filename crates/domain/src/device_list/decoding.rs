//! How a list's bytes stand for characters. UTF-16 is decoded while it is read; every other text passes as it is.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_16BE, UTF_16LE};

/// The bytes that are read, and decoded, at once.
const BUFFER_BYTES: usize = 64 << 10;
/// The byte order mark of UTF-8.
pub(super) const MARK: &[u8] = b"\xef\xbb\xbf";
/// The beginnings of files that are no text, or in no encoding that is read, and what these files are.
const NOT_TEXT: [(&[u8], &str); 6] = [
    (b"\xff\xfe\0\0", "the file is UTF-32"),
    (b"\0\0\xfe\xff", "the file is UTF-32"),
    (b"PK\x03\x04", "the file is a workbook or another ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "the file is a workbook of an old format"),
    (b"\x1f\x8b", "the file is compressed"),
    (b"%PDF", "the file is a PDF"),
];
/// The bytes by which it is told what a file is.
const BEGINNING_BYTES: u64 = 4;

/// A list's text as it is read: in UTF-8, or in whatever encoding of single bytes it is in.
pub(super) struct DecodedInput<R> {
    input: BufReader<Chain<Cursor<Vec<u8>>, R>>,
    /// The decoder of a file in UTF-16.
    utf_16: Option<Utf16Text>,
    is_marked: bool,
}

/// UTF-16, decoded a piece at a time. What is no character, at the end too, becomes U+FFFD.
struct Utf16Text {
    decoder: Decoder,
    text: Vec<u8>,
    /// The bytes of the text that were consumed.
    consumed: usize,
    is_ended: bool,
}

impl<R: Read> DecodedInput<R> {
    /// Begins to read, behind a byte order mark; if it is no text, what it is.
    pub(super) fn begin(mut input: R) -> io::Result<Result<DecodedInput<R>, &'static str>> {
        let mut start = Vec::new();
        input.by_ref().take(BEGINNING_BYTES).read_to_end(&mut start)?;
        if let Some((_, is)) = NOT_TEXT.iter().find(|(beginning, _)| start.starts_with(beginning)) {
            return Ok(Err(is));
        }
        let (encoding, mark_bytes) = encoding(&start);
        let is_marked = mark_bytes > 0;
        start.drain(..mark_bytes);
        let input = BufReader::with_capacity(BUFFER_BYTES, Cursor::new(start).chain(input));
        let utf_16 = encoding.map(|encoding| Utf16Text {
            decoder: encoding.new_decoder_without_bom_handling(),
            text: Vec::new(),
            consumed: 0,
            is_ended: false,
        });
        Ok(Ok(DecodedInput { input, utf_16, is_marked }))
    }

    /// Whether the file says by a mark that it is in a Unicode encoding.
    pub(super) fn is_marked(&self) -> bool {
        self.is_marked
    }

    /// The next bytes; none at the end.
    pub(super) fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match &mut self.utf_16 {
            None => self.input.fill_buf(),
            Some(utf_16) => utf_16.fill_buf(&mut self.input),
        }
    }

    /// Passes over bytes that were given.
    pub(super) fn consume(&mut self, bytes: usize) {
        match &mut self.utf_16 {
            None => self.input.consume(bytes),
            Some(utf_16) => utf_16.consumed += bytes,
        }
    }
}

impl Utf16Text {
    fn fill_buf(&mut self, input: &mut impl BufRead) -> io::Result<&[u8]> {
        while self.consumed >= self.text.len() && !self.is_ended {
            let bytes = input.fill_buf()?;
            let is_last = bytes.is_empty();
            self.text.resize(BUFFER_BYTES, 0);
            self.consumed = 0;
            let (result, read, written, _) = self.decoder.decode_to_utf8(bytes, &mut self.text, is_last);
            self.text.truncate(written);
            input.consume(read);
            self.is_ended = is_last && result == CoderResult::InputEmpty;
        }
        Ok(&self.text[self.consumed..])
    }
}

/// The encoding of a file in UTF-16, and the bytes of its mark. Without a mark it is certain of a list, whose first
/// characters are of ASCII: every second byte is zero.
fn encoding(start: &[u8]) -> (Option<&'static Encoding>, usize) {
    match start {
        [0xff, 0xfe, ..] => (Some(UTF_16LE), 2),
        [0xfe, 0xff, ..] => (Some(UTF_16BE), 2),
        [0, 0, ..] => (None, 0),
        [_, 0] | [_, 0, _, 0] => (Some(UTF_16LE), 0),
        [0, _] | [0, _, 0, _] => (Some(UTF_16BE), 0),
        _ if start.starts_with(MARK) => (None, MARK.len()),
        _ => (None, 0),
    }
}
