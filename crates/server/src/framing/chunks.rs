//! Where a body that comes in chunks ends (RFC 9112, 7.1), as strictly as the HTTP library reads it.

/// The position within a chunked body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ChunkScanner {
    expected: Expected,
    /// The bytes that are left of the chunk, or its size as far as it was read.
    left: u64,
}

/// The part of a chunked body to which the next byte belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    SizeStart,
    Size,
    Extension,
    SizeLineFeed,
    Data,
    DataReturn,
    DataLineFeed,
    TrailerStart,
    Trailer,
    TrailerLineFeed,
    EndLineFeed,
}

/// The result of reading bytes of a chunked body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChunkScan<'b> {
    /// The bytes belong to the body, which goes on.
    More,
    /// The body has ended; these follow it.
    Ended(&'b [u8]),
    /// The bytes are no chunks.
    Broken,
}

impl ChunkScanner {
    /// Stands at the beginning of a body.
    pub(super) fn new() -> ChunkScanner {
        ChunkScanner { expected: Expected::SizeStart, left: 0 }
    }

    /// Reads the bytes that come next.
    pub(super) fn scan<'b>(&mut self, mut bytes: &'b [u8]) -> ChunkScan<'b> {
        while let Some((byte, rest)) = bytes.split_first() {
            if self.expected == Expected::Data {
                let count = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
                self.left -= count as u64;
                bytes = &bytes[count..];
                if self.left == 0 {
                    self.expected = Expected::DataReturn;
                }
                continue;
            }
            bytes = rest;
            if self.expected == Expected::EndLineFeed && *byte == b'\n' {
                return ChunkScan::Ended(rest);
            }
            match self.next(*byte) {
                Some(expected) => self.expected = expected,
                None => return ChunkScan::Broken,
            }
        }
        ChunkScan::More
    }

    /// The part that is expected after this byte; none if the byte may not stand here.
    fn next(&mut self, byte: u8) -> Option<Expected> {
        Some(match (self.expected, byte) {
            (Expected::SizeStart | Expected::Size, digit) if digit.is_ascii_hexdigit() => {
                let digit = u64::from(char::from(digit).to_digit(16)?);
                self.left = self.left.checked_mul(16)?.checked_add(digit)?;
                Expected::Size
            }
            (Expected::Size | Expected::Extension, b'\r') => Expected::SizeLineFeed,
            // Blanks may follow the size. What an extension says does not matter.
            (Expected::Size, b';' | b' ' | b'\t') => Expected::Extension,
            (Expected::Extension, byte) if byte != b'\n' => Expected::Extension,
            (Expected::SizeLineFeed, b'\n') if self.left == 0 => Expected::TrailerStart,
            (Expected::SizeLineFeed, b'\n') => Expected::Data,
            (Expected::DataReturn, b'\r') => Expected::DataLineFeed,
            (Expected::DataLineFeed, b'\n') => Expected::SizeStart,
            (Expected::TrailerStart, b'\r') => Expected::EndLineFeed,
            (Expected::Trailer, b'\r') => Expected::TrailerLineFeed,
            (Expected::TrailerLineFeed, b'\n') => Expected::TrailerStart,
            (Expected::TrailerStart | Expected::Trailer, _) => Expected::Trailer,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{ChunkScan, ChunkScanner};

    #[test]
    fn a_body_ends_where_its_last_chunk_does() {
        for (body, rest) in [
            ("0\r\n\r\nnext", Some("next")),
            ("2\r\n{}\r\n0\r\n\r\nnext", Some("next")),
            ("000002\r\n{}\r\n0\r\n\r\n", Some("")),
            ("b\r\n0\r\n\r\nGET /\r\n0\r\n\r\nnext", None),
            ("a\r\n0\r\n\r\nGET /\r\n0\r\n\r\nnext", Some("next")),
            ("A;name=\"v\"\r\n0123456789\r\n0\r\n\r\nnext", Some("next")),
            ("2 \t;x\r\n{}\r\n0\r\n\r\nnext", Some("next")),
            ("2\r\n{}\r\n0\r\nA: 1\r\nB: 2\r\n\r\nnext", Some("next")),
            ("2\r\n{}0\r\n\r\n", None),
            ("2\n{}\n0\n\n", None),
            ("\r\n", None),
            ("zz\r\n", None),
            ("2;x\ny\r\n", None),
            ("0\r\nA: 1\rB\r\n\r\n", None),
            ("fffffffffffffffff\r\n", None),
        ] {
            for size in [1, 2, 3, body.len()] {
                let (mut scanner, mut at, mut found) = (ChunkScanner::new(), 0, None);
                for piece in body.as_bytes().chunks(size) {
                    at += piece.len();
                    match scanner.scan(piece) {
                        ChunkScan::More => {}
                        ChunkScan::Ended(after) => {
                            found = Some(&body[at - after.len()..]);
                            break;
                        }
                        ChunkScan::Broken => break,
                    }
                }
                assert_eq!(found, rest, "{body:?} in pieces of {size}");
            }
        }
    }
}
