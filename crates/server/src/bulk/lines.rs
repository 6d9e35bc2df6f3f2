//! Bytes in, lines out: numbered as an editor numbers them, none longer than a bound, empty ones left out.

use std::collections::VecDeque;

use bytes::{Buf, Bytes};
use memchr::memchr;

/// The most bytes of a line. A change of one entity has some hundred.
pub(super) const LINE_BYTES_MAX: usize = 8 << 10;

/// A line of a bulk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BulkLine {
    /// The text of the line, without its end.
    Text(Bytes),
    /// A line that was too long to be kept.
    TooLong,
}

/// The lines that have come and were not taken yet. Only some of them are told apart at once: a part of a body may hold ten
/// thousands of short ones, and each takes many times its length.
#[derive(Debug)]
pub(super) struct BulkLines {
    ready: VecDeque<(u64, BulkLine)>,
    /// The bytes that have come and are not looked at yet.
    rest: Bytes,
    /// The beginning of a line whose end has not come.
    begun: Vec<u8>,
    is_too_long: bool,
    /// The number of lines that have ended.
    ended: u64,
    /// The lines that are told apart at once.
    ready_max: usize,
    /// The most lines; what comes after them is not looked at.
    lines_max: u64,
    has_more: bool,
}

impl BulkLines {
    /// No line yet.
    pub(super) fn new(ready_max: usize, lines_max: u64) -> BulkLines {
        BulkLines {
            ready: VecDeque::new(),
            rest: Bytes::new(),
            begun: Vec::new(),
            is_too_long: false,
            ended: 0,
            ready_max,
            lines_max,
            has_more: false,
        }
    }

    /// Adds bytes that have come. All that came before must have been told apart, or they are copied.
    pub(super) fn push(&mut self, bytes: Bytes) {
        self.rest = if self.rest.is_empty() { bytes } else { [&self.rest[..], &bytes].concat().into() };
        self.tell_apart();
    }

    /// Ends the last line: nothing comes any more.
    pub(super) fn end(&mut self) {
        if self.is_too_long || !self.begun.is_empty() {
            self.finish();
        }
    }

    fn tell_apart(&mut self) {
        while self.ready.len() < self.ready_max && !self.rest.is_empty() {
            let end = memchr(b'\n', &self.rest);
            let part = self.rest.split_to(end.unwrap_or(self.rest.len()));
            self.extend(&part);
            if end.is_some() {
                self.rest.advance(1);
                self.finish();
            }
        }
    }

    fn extend(&mut self, part: &[u8]) {
        if self.is_too_long || self.begun.len() + part.len() > LINE_BYTES_MAX {
            self.is_too_long = true;
            self.begun.clear();
        } else {
            self.begun.extend_from_slice(part);
        }
    }

    fn finish(&mut self) {
        if self.ended == self.lines_max {
            (self.has_more, self.rest) = (true, Bytes::new());
            self.begun.clear();
            return;
        }
        self.ended += 1;
        let text = std::mem::take(&mut self.begun);
        let line = match std::mem::take(&mut self.is_too_long) {
            true => BulkLine::TooLong,
            false if text.trim_ascii().is_empty() => return,
            false => BulkLine::Text(Bytes::copy_from_slice(text.trim_ascii())),
        };
        self.ready.push_back((self.ended, line));
    }

    /// Takes the next lines with their numbers, up to `most` of them.
    pub(super) fn take(&mut self, most: usize) -> Vec<(u64, BulkLine)> {
        let taken = self.ready.drain(..most.min(self.ready.len())).collect();
        self.tell_apart();
        taken
    }

    /// Whether there are more lines than there may be.
    pub(super) fn has_more(&self) -> bool {
        self.has_more
    }

    pub(super) fn len(&self) -> usize {
        self.ready.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }

    /// The number of lines that have ended, empty ones too.
    pub(super) fn count(&self) -> u64 {
        self.ended
    }

    /// The number of the next line that was not taken.
    pub(super) fn next(&self) -> u64 {
        self.ready.front().map_or(self.ended + 1, |(number, _)| *number)
    }

    /// Forgets whatever was not taken.
    pub(super) fn forget(&mut self) {
        self.ready.clear();
        self.rest = Bytes::new();
        self.begun.clear();
        self.is_too_long = false;
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{BulkLine, BulkLines, LINE_BYTES_MAX};

    fn text(line: &str) -> BulkLine {
        BulkLine::Text(line.as_bytes().to_vec().into())
    }

    #[test]
    fn lines_are_the_same_however_they_come_in_pieces() {
        let long = "x".repeat(LINE_BYTES_MAX + 1);
        let whole = format!("a\r\n\n  \nb\n{long}\nc");
        let expected = vec![(1, text("a")), (4, text("b")), (5, BulkLine::TooLong), (6, text("c"))];
        for size in [1, 2, 3, 7, 4096, whole.len()] {
            for ready_max in [1, 2, 100] {
                let (mut lines, mut taken) = (BulkLines::new(ready_max, 100), Vec::new());
                for piece in whole.as_bytes().chunks(size) {
                    lines.push(Bytes::copy_from_slice(piece));
                    while lines.len() >= ready_max {
                        taken.extend(lines.take(100));
                    }
                }
                lines.end();
                taken.extend(lines.take(100));
                assert_eq!((lines.count(), lines.next()), (6, 7));
                assert_eq!(taken, expected, "in pieces of {size}, {ready_max} at once");
                assert!(lines.is_empty() && !lines.has_more());
            }
        }
    }

    #[test]
    fn the_longest_line_is_taken() {
        let longest = "y".repeat(LINE_BYTES_MAX);
        let mut lines = BulkLines::new(1, 1);
        lines.push(format!("{longest}\n").into());
        assert_eq!(lines.take(1), [(1, text(&longest))]);
    }

    #[test]
    fn short_lines_are_told_apart_a_few_at_once() {
        let mut lines = BulkLines::new(2, 100);
        lines.push("1\n2\n3\n4\n5\n".into());
        assert_eq!((lines.len(), lines.count()), (2, 2));
        assert_eq!(lines.take(1), [(1, text("1"))]);
        assert_eq!((lines.len(), lines.next()), (2, 2));
        lines.forget();
        assert_eq!((lines.is_empty(), lines.count()), (true, 3));
    }

    #[test]
    fn what_follows_the_last_line_is_not_looked_at() {
        for (sent, has_more) in
            [("1\n2", false), ("1\n2\n", false), ("1\n2\n3", true), ("1\n2\n3\n4\n", true)]
        {
            let mut lines = BulkLines::new(100, 2);
            lines.push(sent.into());
            lines.end();
            assert_eq!((lines.has_more(), lines.count()), (has_more, 2), "{sent:?}");
            assert_eq!(lines.take(9), [(1, text("1")), (2, text("2"))], "{sent:?}");
        }
    }
}
