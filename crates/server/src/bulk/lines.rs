//! Bytes in, lines out: numbered as an editor numbers them, none longer than a bound, empty ones left out.

use std::collections::VecDeque;

use bytes::Bytes;

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

/// The lines that have come and were not taken yet.
#[derive(Debug, Default)]
pub(super) struct BulkLines {
    ready: VecDeque<(u64, BulkLine)>,
    /// The beginning of a line whose end has not come.
    begun: Vec<u8>,
    is_too_long: bool,
    /// The number of lines that have ended.
    ended: u64,
}

impl BulkLines {
    /// Adds bytes that have come.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        for (at, part) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if at > 0 {
                self.finish();
            }
            self.extend(part);
        }
    }

    /// Ends the last line: nothing comes any more.
    pub(super) fn end(&mut self) {
        if self.is_too_long || !self.begun.is_empty() {
            self.finish();
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
        self.ready.drain(..most.min(self.ready.len())).collect()
    }

    /// Forgets all lines after this one.
    pub(super) fn cut(&mut self, last: u64) {
        self.ready.retain(|(number, _)| *number <= last);
        self.ended = self.ended.min(last);
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
}

#[cfg(test)]
mod tests {
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
            let mut lines = BulkLines::default();
            whole.as_bytes().chunks(size).for_each(|piece| lines.push(piece));
            lines.end();
            assert_eq!(lines.count(), 6);
            assert_eq!(lines.take(100), expected, "in pieces of {size}");
            assert!(lines.is_empty());
        }
    }

    #[test]
    fn the_longest_line_is_taken() {
        let longest = "y".repeat(LINE_BYTES_MAX);
        let mut lines = BulkLines::default();
        lines.push(longest.as_bytes());
        lines.push(b"\n");
        lines.end();
        assert_eq!(lines.take(9), [(1, text(&longest))]);
    }

    #[test]
    fn what_is_cut_is_forgotten() {
        let mut lines = BulkLines::default();
        lines.push(b"1\n2\n3\n");
        lines.cut(2);
        assert_eq!((lines.len(), lines.count()), (2, 2));
        assert_eq!(lines.take(1), [(1, text("1"))]);
    }
}
