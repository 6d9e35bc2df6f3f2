//! Where the messages of an HTTP/1 connection begin and end. The HTTP library passes over a length that another one
//! contradicts, and over a fragment, so that nobody could refuse them; here each head is read again, at the position
//! where the message before it ends.

use std::collections::VecDeque;

use http::header;
use memchr::memchr;

use super::chunks::{ChunkScan, ChunkScanner};
use crate::limits::HEAD_BYTES_MAX;

/// A fault in the head of a request that the HTTP library takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadFault {
    /// The head tells of its length more than once.
    RepeatedLength,
    /// The request target has a fragment.
    Fragment,
    /// The head stands where none was expected.
    Misplaced,
}

/// Follows the bytes of a connection as they are read.
#[derive(Debug)]
pub(super) struct MessageScanner {
    part: MessagePart,
    /// The beginning of a line of a head whose end has not come, up to the bytes that a head may have.
    line: Vec<u8>,
    head: HeadSoFar,
    /// The heads that are whole, and whose requests the HTTP library has not given out yet.
    heads: VecDeque<Option<HeadFault>>,
}

/// The part of a message to which the next byte belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MessagePart {
    RequestLine,
    Headers,
    /// A body of which this many bytes are left.
    Body(u64),
    Chunks(ChunkScanner),
    /// Bytes behind a message that has no clear end: every request among them is refused.
    Unknown,
}

/// The facts that the lines of a head have told so far.
#[derive(Clone, Copy, Debug, Default)]
struct HeadSoFar {
    has_fragment: bool,
    lengths: u32,
    is_chunked: bool,
    content_length: Option<u64>,
}

impl MessageScanner {
    /// Stands at the beginning of a connection.
    pub(super) fn new() -> MessageScanner {
        MessageScanner {
            part: MessagePart::RequestLine,
            line: Vec::new(),
            head: HeadSoFar::default(),
            heads: VecDeque::new(),
        }
    }

    /// Reads the bytes that come next.
    pub(super) fn scan(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            bytes = match &mut self.part {
                MessagePart::RequestLine | MessagePart::Headers => self.scan_line(bytes),
                MessagePart::Body(left) => {
                    let count = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= count as u64;
                    if *left == 0 {
                        self.part = MessagePart::RequestLine;
                    }
                    &bytes[count..]
                }
                MessagePart::Chunks(chunks) => match chunks.scan(bytes) {
                    ChunkScan::More => return,
                    ChunkScan::Ended(rest) => {
                        self.part = MessagePart::RequestLine;
                        rest
                    }
                    ChunkScan::Broken => {
                        self.part = MessagePart::Unknown;
                        return;
                    }
                },
                MessagePart::Unknown => return,
            };
        }
    }

    /// The fault in the head of the next request that the HTTP library gives out.
    pub(super) fn next_head(&mut self) -> Option<HeadFault> {
        self.heads.pop_front().unwrap_or(Some(HeadFault::Misplaced))
    }

    /// Whether not even the first line of the request that the HTTP library reads has come to its end.
    pub(super) fn is_in_request_line(&self) -> bool {
        self.heads.is_empty() && self.part == MessagePart::RequestLine
    }

    /// Reads a line of a head, or the beginning of one, and returns the bytes that follow it.
    fn scan_line<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let Some(end) = memchr(b'\n', bytes) else {
            // The HTTP library takes no longer line either.
            let room = HEAD_BYTES_MAX.saturating_sub(self.line.len());
            self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
            return &[];
        };
        let (rest_of_line, rest) = bytes.split_at(end + 1);
        if self.line.is_empty() {
            self.read_line(rest_of_line);
        } else {
            let mut line = std::mem::take(&mut self.line);
            line.extend_from_slice(rest_of_line);
            self.read_line(&line);
            line.clear();
            self.line = line;
        }
        rest
    }

    fn read_line(&mut self, line: &[u8]) {
        let is_blank = line == b"\r\n" || line == b"\n";
        match self.part {
            // Blank lines before a request are passed over (RFC 9112, 2.2).
            MessagePart::RequestLine if is_blank => {}
            MessagePart::RequestLine => {
                self.head = HeadSoFar { has_fragment: memchr(b'#', line).is_some(), ..HeadSoFar::default() };
                self.part = MessagePart::Headers;
            }
            _ if is_blank => self.end_head(),
            _ => self.head.read_header(line),
        }
    }

    fn end_head(&mut self) {
        let HeadSoFar { has_fragment, lengths, is_chunked, content_length } = self.head;
        self.heads.push_back(match lengths {
            2.. => Some(HeadFault::RepeatedLength),
            _ if has_fragment => Some(HeadFault::Fragment),
            _ => None,
        });
        self.part = match (lengths, content_length) {
            (0, _) | (1, Some(0)) => MessagePart::RequestLine,
            (1, _) if is_chunked => MessagePart::Chunks(ChunkScanner::new()),
            (1, Some(length)) => MessagePart::Body(length),
            _ => MessagePart::Unknown,
        };
    }
}

impl HeadSoFar {
    fn read_header(&mut self, line: &[u8]) {
        let value_of = |name: &header::HeaderName| {
            let (found, rest) = line.split_at_checked(name.as_str().len())?;
            let value = rest.strip_prefix(b":")?;
            found.eq_ignore_ascii_case(name.as_str().as_bytes()).then(|| value.trim_ascii())
        };
        if let Some(value) = value_of(&header::CONTENT_LENGTH) {
            self.lengths += 1;
            self.content_length = std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok());
        } else if value_of(&header::TRANSFER_ENCODING).is_some() {
            self.lengths += 1;
            self.is_chunked = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{HeadFault, MessageScanner};
    use crate::limits::HEAD_BYTES_MAX;

    const DECOY: &str = "POST /beta/x HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n";
    const INNOCUOUS: &str = "POST /beta/x HTTP/1.1\r\nContent-Length: 2\r\n\r\n";

    fn post(headers: &str, body: &str) -> String {
        format!("POST /beta/x HTTP/1.1\r\nHost: a\r\n{headers}\r\n{body}")
    }

    fn counted(body: &str) -> String {
        post(&format!("Content-Length: {}\r\n", body.len()), body)
    }

    fn chunked(body: &str) -> String {
        post("Transfer-Encoding: chunked\r\n", &format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len()))
    }

    /// The faults of the heads in these bytes, however they come in pieces.
    #[track_caller]
    fn assert_heads(name: &str, bytes: &str, expected: &[Option<HeadFault>]) {
        for size in [1, 2, 7, 64, bytes.len()] {
            let mut scanner = MessageScanner::new();
            bytes.as_bytes().chunks(size).for_each(|piece| scanner.scan(piece));
            assert_eq!(Vec::from_iter(scanner.heads), expected, "{name} in pieces of {size}");
        }
    }

    #[test]
    fn a_length_that_is_told_twice_is_noticed() {
        let twice = Some(HeadFault::RepeatedLength);
        for (headers, fault) in [
            ("Content-Length: 2\r\n", None),
            ("Transfer-Encoding: chunked\r\n", None),
            ("Content-Length: 2\r\nContent-Length: 2\r\n", twice),
            ("content-LENGTH: 2\r\nX: 1\r\nTRANSFER-encoding: chunked\r\n", twice),
            ("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", twice),
            ("X-Content-Length: 2\r\nContent-Length: 2\r\n", None),
            ("X: Content-Length: 2\r\nContent-Length: 2\r\n", None),
            ("Content-Length:2\nContent-Length:2\n", twice),
        ] {
            assert_heads(headers, &post(headers, ""), &[fault]);
        }
    }

    #[test]
    fn only_what_stands_where_a_message_begins_is_a_head() {
        let twice = Some(HeadFault::RepeatedLength);
        let contradicting = post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}");
        for (name, bytes, expected) in [
            ("a decoy that contradicts", counted(DECOY) + &counted("{}"), &[None, None][..]),
            ("an innocuous decoy", counted(INNOCUOUS) + &contradicting, &[None, twice]),
            ("a decoy in chunks", chunked(DECOY) + &chunked("{}") + &counted("{}"), &[None, None, None]),
            ("an innocuous decoy in chunks", chunked(INNOCUOUS) + &contradicting, &[None, twice]),
            (
                "a decoy in a trailer",
                post("Transfer-Encoding: chunked\r\n", "0\r\nContent-Length: 1\r\n\r\n"),
                &[None],
            ),
            ("blank lines between", counted("{}") + "\r\n\r\n" + &contradicting, &[None, twice]),
            (
                "no body",
                post("", "") + &post("Content-Length: 0\r\n", "") + &contradicting,
                &[None, None, twice],
            ),
            ("nothing after a contradiction", contradicting.clone() + &counted("{}"), &[twice]),
            (
                "nothing after chunks that are none",
                post("Transfer-Encoding: chunked\r\n", "x") + &counted("{}"),
                &[None],
            ),
        ] {
            assert_heads(name, &bytes, expected);
        }
    }

    #[test]
    fn a_fragment_is_noticed_and_a_hash_elsewhere_is_not() {
        let get = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: a#b\r\n\r\n");
        assert_heads("in the target", &get("/beta/x#y"), &[Some(HeadFault::Fragment)]);
        assert_heads("in a header", &get("/beta/x"), &[None]);
    }

    #[test]
    fn a_head_that_came_whole_is_past_its_request_line() {
        let many: String = (0..2_000).map(|at| format!("x-{at}: 1\r\n")).collect();
        for (name, bytes, expected) in [
            ("nothing", String::new(), true),
            ("half a line", "GET /beta".to_owned(), true),
            ("a line", "GET /beta HTTP/1.1\r\n".to_owned(), false),
            ("half a head", format!("GET /beta HTTP/1.1\r\n{many}"), false),
            ("a head", post(&many, ""), false),
        ] {
            let mut scanner = MessageScanner::new();
            scanner.scan(bytes.as_bytes());
            assert_eq!(scanner.is_in_request_line(), expected, "{name}");
        }
    }

    #[test]
    fn a_request_without_a_head_is_misplaced() {
        let mut scanner = MessageScanner::new();
        scanner.scan(counted("{}").as_bytes());
        assert_eq!(scanner.next_head(), None);
        assert_eq!(scanner.next_head(), Some(HeadFault::Misplaced));
    }

    #[test]
    fn a_line_without_end_is_bounded() {
        let mut scanner = MessageScanner::new();
        for _ in 0..1_000 {
            scanner.scan(&[b'x'; 4_096]);
        }
        assert!(scanner.line.len() <= HEAD_BYTES_MAX && scanner.is_in_request_line());
    }
}
