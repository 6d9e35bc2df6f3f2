//! The rows of all trigrams of some texts.

use std::collections::HashMap;

use super::posting_list::PostingList;

/// The largest number of trigrams of a text that are looked up.
const LOOKED_UP_MAX: usize = 16;
/// About the number of bytes that a list takes beside its rows.
const LIST_BYTES: usize = 128;
/// The number of rows that are read in all lists of a text, for each candidate that is worth being read: to look at a
/// candidate takes a thousand times as long.
const ROWS_OF_EACH: usize = 64;
/// The number of candidates that need not become fewer.
const FEW: usize = 16;

/// An index of texts: trigrams, and the rows of each. A row may stand there for a text that it no longer has.
#[derive(Debug, Default)]
pub(crate) struct TrigramIndex {
    lists: HashMap<u64, PostingList>,
    bytes: usize,
}

impl TrigramIndex {
    /// Adds a folded text of a row.
    pub fn add(&mut self, row: u64, text: &str) {
        for trigram in trigrams(text) {
            let list = self.lists.entry(trigram).or_insert_with(|| {
                self.bytes += LIST_BYTES;
                PostingList::default()
            });
            self.bytes += list.add(row);
        }
    }

    /// About the number of bytes that it takes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The rows that may hold a folded text, ascending; none if the text has less than three characters, or if there are
    /// more rows than are worth it.
    pub fn candidates(&self, text: &str, worth: usize) -> Option<Vec<u64>> {
        let mut lists = Vec::new();
        for trigram in trigrams(text).take(LOOKED_UP_MAX) {
            match self.lists.get(&trigram) {
                Some(list) => lists.push(list),
                None => return Some(Vec::new()),
            }
        }
        lists.sort_by_key(|list| list.len());
        let (rarest, others) = lists.split_first()?;
        let mut left = worth.saturating_mul(ROWS_OF_EACH).checked_sub(rarest.len())?;
        let mut rows = rarest.rows();
        for list in others {
            if rows.len() <= FEW || list.len() > left {
                break;
            }
            left -= list.len();
            list.retain(&mut rows);
        }
        (rows.len() <= worth).then_some(rows)
    }
}

/// The trigrams of a text, each as a number.
fn trigrams(text: &str) -> impl Iterator<Item = u64> {
    let mut last = 0;
    let number = move |character: char| {
        last = (last << 21 | u64::from(u32::from(character))) & 0x7fff_ffff_ffff_ffff;
        last
    };
    text.chars().map(number).skip(2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{TrigramIndex, trigrams};

    proptest! {
        #[test]
        fn whatever_holds_a_text_is_a_candidate(
            texts in proptest::collection::vec(("[abä]{0,8}", 1..40u64), 0..80),
            part in "[abä]{0,5}",
            worth in 0..40usize,
        ) {
            let mut index = TrigramIndex::default();
            for (text, row) in &texts {
                index.add(*row, text);
            }
            let Some(candidates) = index.candidates(&part, worth) else {
                return Ok(());
            };
            prop_assert!(part.chars().count() >= 3 && candidates.len() <= worth);
            prop_assert!(candidates.is_sorted());
            for (text, row) in texts.iter().filter(|(text, _)| text.contains(&part)) {
                prop_assert!(candidates.contains(row), "{} {}", text, part);
            }
        }
    }

    #[test]
    fn trigrams_are_told_apart() {
        assert_eq!(trigrams("ab").count(), 0);
        let all: Vec<u64> = trigrams("abcabd\u{10ffff}\u{10ffff}\u{10ffff}").collect();
        assert_eq!(all.len(), 7);
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), 7);
    }

    #[test]
    fn a_million_serial_numbers_take_some_megabytes() {
        let mut index = TrigramIndex::default();
        for row in 1..=1_000_000 {
            index.add(row, &format!("5cg{row:08}z"));
        }
        assert!((10 << 20..20 << 20).contains(&index.bytes()), "{}", index.bytes());
        let found = index.candidates("0012345", 512).map(|rows| rows.len());
        assert!(found.is_some_and(|found| (11..64).contains(&found)), "{found:?}");
    }
}
