//! The elements of a document, found without parsing them.

/// Iterates over the elements of a JSON array that is known to be well-formed, as slices.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    /// The elements of an array's text; nothing if it is none.
    pub fn new(array: &'a [u8]) -> Elements<'a> {
        Elements { rest: array.strip_prefix(b"[").unwrap_or_default() }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let end = element_end(self.rest)?;
        let (element, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        (!element.is_empty()).then_some(element)
    }
}

/// The end of the first element: a comma or bracket that is in no string and no inner array.
#[inline]
fn element_end(text: &[u8]) -> Option<usize> {
    match text.first()? {
        b'"' => Some(string_end(text, 1)? + 1).filter(|end| *end < text.len()),
        b'n' => text.starts_with(b"null").then_some(4),
        b'[' => array_end(text),
        _ => text.iter().position(|byte| matches!(byte, b',' | b']')),
    }
}

/// The end of an element that is an array.
fn array_end(text: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = 0;
    loop {
        match *text.get(at)? {
            b'"' => at = string_end(text, at + 1)?,
            b'[' => depth += 1,
            b']' if depth == 1 => return Some(at + 1).filter(|end| *end < text.len()),
            b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
}

/// The place of the quote that ends the string whose inside starts at `from`.
#[inline]
fn string_end(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += quote_or_backslash(text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// The place of the first quote or backslash. Most strings are short: for them a call into a library costs more than
/// to look at eight bytes at a time.
#[inline]
fn quote_or_backslash(text: &[u8]) -> Option<usize> {
    const SHORT: usize = 64;
    let mut at = 0;
    while at < SHORT
        && let Some(eight) = text.get(at..at + 8)
    {
        let word = u64::from_le_bytes(eight.try_into().ok()?);
        let found = bytes_equal(word, b'"') | bytes_equal(word, b'\\');
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    memchr::memchr2(b'"', b'\\', text.get(at..)?).map(|further| at + further)
}

/// The high bit of each byte of a word that has a value; exact up to the first one.
#[inline]
fn bytes_equal(word: u64, byte: u8) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);
    let difference = word ^ (ONES * u64::from(byte));
    difference.wrapping_sub(ONES) & !difference & HIGHS
}

/// The discriminator an element spells, whether signed or not.
pub(crate) fn discriminator(element: &[u8]) -> usize {
    let number =
        |digits: &[u8]| digits.iter().fold(0, |sum, digit| sum * 10 + usize::from(digit.wrapping_sub(b'0')));
    match element.strip_prefix(b"-") {
        Some(digits) => number(digits).saturating_sub(1),
        None => number(element),
    }
}
