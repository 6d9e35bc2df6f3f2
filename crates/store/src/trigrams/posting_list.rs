//! The rows of one trigram.

use std::ops::ControlFlow;

/// The number of rows out of order from which on they are sorted in, beside an eighth of those in order.
const LATE_MIN: usize = 32;

/// A set of row numbers: ascending ones as the differences between them, seven bits to a byte, and those that came later
/// than a larger one beside them.
#[derive(Debug, Default)]
pub(super) struct PostingList {
    differences: Vec<u8>,
    last: u64,
    count: usize,
    late: Vec<u64>,
}

impl PostingList {
    /// Adds a row; gives the number of bytes by which the list has grown.
    pub fn add(&mut self, row: u64) -> usize {
        let before = self.bytes();
        match row {
            _ if self.count == 0 || row > self.last => self.append(row),
            _ if row == self.last => {}
            _ => self.late.push(row),
        }
        if self.late.len() > LATE_MIN + self.count / 8 {
            let rows: Vec<u64> = self.rows();
            *self = PostingList::default();
            rows.into_iter().for_each(|row| self.append(row));
            self.differences.shrink_to_fit();
        }
        self.bytes().saturating_sub(before)
    }

    /// The number of rows, but for some that are counted twice.
    pub fn len(&self) -> usize {
        self.count + self.late.len()
    }

    /// The number of bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.differences.capacity() + self.late.capacity() * size_of::<u64>()
    }

    /// All rows, ascending.
    pub fn rows(&self) -> Vec<u64> {
        let mut rows = Vec::with_capacity(self.len());
        rows.extend(self.ordered());
        if !self.late.is_empty() {
            rows.extend_from_slice(&self.late);
            rows.sort_unstable();
            rows.dedup();
        }
        rows
    }

    /// Keeps of ascending rows those that are in this list.
    pub fn retain(&self, rows: &mut Vec<u64>) {
        let is_late = |row: &&u64| rows.binary_search(row).is_ok();
        let late: Vec<u64> = self.late.iter().filter(is_late).copied().collect();
        let (mut at, mut kept) = (0, 0);
        // Read from within, which takes half the time.
        let _ = self.ordered().try_for_each(|row| {
            while rows.get(at).is_some_and(|wanted| *wanted < row) {
                at += 1;
            }
            match rows.get(at) {
                Some(wanted) if *wanted == row => {
                    rows[kept] = row;
                    kept += 1;
                    ControlFlow::Continue(())
                }
                Some(_) => ControlFlow::Continue(()),
                None => ControlFlow::Break(()),
            }
        });
        rows.truncate(kept);
        if !late.is_empty() {
            rows.extend(late);
            rows.sort_unstable();
            rows.dedup();
        }
    }

    fn append(&mut self, row: u64) {
        let mut difference = row - self.last;
        if self.differences.capacity() - self.differences.len() < 10 {
            // Doubled, half of it would stay empty.
            self.differences.reserve_exact(10 + self.differences.len() / 8);
        }
        while difference >= 0x80 {
            self.differences.push(difference.to_le_bytes()[0] | 0x80);
            difference >>= 7;
        }
        self.differences.push(difference.to_le_bytes()[0]);
        self.last = row;
        self.count += 1;
    }

    fn ordered(&self) -> impl Iterator<Item = u64> {
        let (mut row, mut difference, mut shift) = (0, 0, 0);
        self.differences.iter().filter_map(move |byte| {
            difference |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 != 0 {
                return None;
            }
            row += difference;
            (difference, shift) = (0, 0);
            Some(row)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::PostingList;

    proptest! {
        #[test]
        fn a_list_is_the_set_of_what_was_added(
            added in proptest::collection::vec(prop_oneof![0..500u64, any::<u64>()], 0..300),
            asked in proptest::collection::btree_set(0..500u64, 0..50),
        ) {
            let mut list = PostingList::default();
            let mut grown = 0;
            for row in &added {
                grown += list.add(*row);
            }
            let set: BTreeSet<u64> = added.into_iter().collect();
            prop_assert_eq!(list.rows(), set.iter().copied().collect::<Vec<_>>());
            prop_assert!(list.len() >= set.len() && grown >= list.bytes());
            let mut kept: Vec<u64> = asked.iter().copied().collect();
            list.retain(&mut kept);
            prop_assert_eq!(kept, asked.intersection(&set).copied().collect::<Vec<_>>());
        }
    }
}
