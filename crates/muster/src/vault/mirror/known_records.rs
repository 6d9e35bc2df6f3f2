//! The records that the other tenant has shown: which of them it shows in this round, and which it shows no more.

use std::collections::HashMap;

use odata::Key;
use serde::{Deserialize, Serialize};

/// The records at most; each takes about 130 bytes of memory.
const RECORDS_MAX: usize = 10_000_000;

/// A record as the state file has it.
#[derive(Serialize, Deserialize)]
pub struct KnownRecord {
    pub id: String,
    pub serial: String,
    /// Whether the other tenant shows it no more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
}

/// What is known of a record.
struct ShownRecord {
    serial: Box<str>,
    /// Whether it was gone when the last round ended.
    was_gone: bool,
    is_seen: bool,
}

/// All records that are known.
#[derive(Default)]
pub struct KnownRecords {
    records: HashMap<Key, ShownRecord>,
}

impl KnownRecords {
    /// Adds a record of the round before.
    pub fn remember(&mut self, record: &KnownRecord) {
        let (serial, was_gone) = (record.serial.as_str().into(), record.gone);
        self.records.insert(Key::parse(&record.id), ShownRecord { serial, was_gone, is_seen: false });
    }

    /// Whether a record was seen in this round.
    pub fn is_seen(&self, id: &str) -> bool {
        self.records.get(&Key::parse(id)).is_some_and(|known| known.is_seen)
    }

    /// Notes that a record was seen in this round; whether there is room for it.
    pub fn see(&mut self, id: &str, serial: &str) -> bool {
        if self.records.len() >= RECORDS_MAX {
            return false;
        }
        let known = self.records.entry(Key::parse(id)).or_insert_with(|| ShownRecord {
            serial: serial.into(),
            was_gone: false,
            is_seen: true,
        });
        if *known.serial != *serial {
            known.serial = serial.into();
        }
        known.is_seen = true;
        true
    }

    /// The serial numbers of all records, in lower case.
    pub fn serial_numbers(&self) -> impl Iterator<Item = String> {
        self.records.values().map(|known| known.serial.to_ascii_lowercase())
    }

    /// The records that this round did not see, each with whether that is new.
    pub fn gone(&self) -> impl Iterator<Item = (&Key, &str, bool)> {
        let unseen = self.records.iter().filter(|(_, known)| !known.is_seen);
        unseen.map(|(key, known)| (key, &*known.serial, !known.was_gone))
    }

    /// All records as the round leaves them. If it did not see everything, what it did not see is as it was.
    pub fn after_round(&self, saw_all: bool) -> impl Iterator<Item = KnownRecord> {
        self.records.iter().map(move |(key, known)| KnownRecord {
            id: key.to_string(),
            serial: known.serial.to_string(),
            gone: !known.is_seen && (saw_all || known.was_gone),
        })
    }

    /// Begins a new round, in which nothing was seen yet.
    pub fn begin_round(&mut self) {
        self.records.values_mut().for_each(|known| known.is_seen = false);
    }

    /// Takes over what the round has found.
    pub fn end_round(&mut self, saw_all: bool) {
        for known in self.records.values_mut() {
            known.was_gone = !known.is_seen && (saw_all || known.was_gone);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::KnownRecords;

    fn gone(known: &KnownRecords) -> Vec<(String, bool)> {
        let mut gone: Vec<_> = known.gone().map(|(key, _, is_new)| (key.to_string(), is_new)).collect();
        gone.sort();
        gone
    }

    #[test]
    fn what_is_gone_stays_known_and_may_come_back() {
        let mut known = KnownRecords::default();
        assert!(known.see("a", "A") && known.see("b", "B"));
        known.end_round(true);
        known.begin_round();
        assert!(known.see("a", "A") && known.is_seen("a") && !known.is_seen("b"));
        assert_eq!(gone(&known), [("b".to_owned(), true)]);
        known.end_round(true);
        known.begin_round();
        known.see("a", "A");
        assert_eq!(gone(&known), [("b".to_owned(), false)], "that is no news");
        known.end_round(true);
        known.begin_round();
        assert!(known.see("b", "B"));
        assert_eq!(gone(&known), [("a".to_owned(), true)]);
    }

    #[test]
    fn a_round_that_did_not_see_all_takes_nothing_for_gone() {
        let mut known = KnownRecords::default();
        known.see("a", "A");
        known.end_round(true);
        known.begin_round();
        assert!(known.after_round(false).all(|record| !record.gone));
        assert!(known.after_round(true).all(|record| record.gone));
    }
}
