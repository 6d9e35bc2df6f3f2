//! The indexes of trigrams while a group of writes is under way.

use std::sync::Arc;
use std::sync::mpsc::{TryRecvError, channel};

use odata::edm::SetId;

use super::text_changes::TextChange;
use super::trigrams::{IndexKey, TrigramIndexes, WantedIndex};
use crate::trigrams::TextSource;

const KEY: IndexKey = IndexKey { tenant: 1, set: SetId(0), source: TextSource::Slot(1) };
const SLOTS: [u16; 1] = [1];

fn wanted() -> WantedIndex {
    WantedIndex { key: KEY, slots: SLOTS.into(), documents: "select".into() }
}

fn change(row: i64, before: Option<&str>, after: Option<&str>) -> TextChange {
    let (before, after) = (before.map(Box::from), after.map(Box::from));
    TextChange { tenant: 1, set: SetId(0), row, before, after }
}

/// Writes a group of one change.
fn write(indexes: &TrigramIndexes, change: TextChange) {
    let mut changes = indexes.begin_group();
    assert!(changes.are_wanted(change.tenant, change.set));
    changes.push(change);
    indexes.tell(changes);
    indexes.end_group();
}

#[test]
fn an_index_is_told_what_changes_while_and_after_it_is_made() {
    let indexes = TrigramIndexes::default();
    assert!(!indexes.begin_group().are_wanted(1, SetId(0)), "nobody has asked yet");
    indexes.end_group();
    assert_eq!(indexes.begun(wanted()), None);
    assert_eq!(indexes.next_wanted().map(|wanted| wanted.key), Some(KEY));
    assert!(indexes.next_wanted().is_none());
    let mut making = indexes.make(KEY).unwrap();
    assert!(making.add(&SLOTS, 1, br#"[0,0,"ABCD"]"#));
    write(&indexes, change(2, None, Some(r#"[0,0,"xabcx"]"#)));
    assert_eq!(indexes.begun(wanted()), None, "it is not made yet");
    making.keep();
    let begun = indexes.begun(wanted()).unwrap();
    let candidates = |part| indexes.candidates(KEY, begun, part, 10);
    assert_eq!(candidates("abc"), Some(vec![1, 2]));
    write(&indexes, change(1, Some(r#"[0,0,"ABCD"]"#), Some(r#"[0,0,"efgh"]"#)));
    // What a row no longer has may stay: the query looks at it again.
    assert_eq!((candidates("abc"), candidates("efg")), (Some(vec![1, 2]), Some(vec![1])));
    assert_eq!(indexes.candidates(KEY, begun + 1, "abc", 10), None, "that would be another one");
}

#[test]
fn an_index_that_is_given_up_is_wanted_again() {
    let indexes = TrigramIndexes::default();
    indexes.begun(wanted());
    assert!(indexes.next_wanted().is_some());
    drop(indexes.make(KEY));
    indexes.begun(wanted());
    assert!(indexes.next_wanted().is_some());
}

#[test]
fn a_snapshot_waits_for_the_commit_that_the_index_is_not_told_of() {
    let indexes = Arc::new(TrigramIndexes::default());
    indexes.begun(wanted());
    let (send, made) = channel();
    let group = indexes.begin_group();
    let maker = std::thread::spawn({
        let indexes = Arc::clone(&indexes);
        move || send.send(indexes.make(KEY).is_some())
    });
    assert_eq!(made.try_recv(), Err(TryRecvError::Empty));
    indexes.tell(group);
    assert_eq!(made.try_recv(), Err(TryRecvError::Empty));
    indexes.end_group();
    assert_eq!(made.recv(), Ok(true));
    maker.join().unwrap().unwrap();
}
