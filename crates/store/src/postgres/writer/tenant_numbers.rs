//! The sequence numbers that a transaction takes for a tenant, and what the tenant's row says when it does.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use tokio_postgres::Row;
use uuid::Uuid;

use crate::layout::Layout;
use crate::postgres::error::PostgresError;
use crate::postgres::value::{column, usage};
use crate::quota::Usage;
use crate::sql::PreparedUnit;

/// The numbers that a tenant's units need, and the sets that they change.
#[derive(Debug, Default)]
pub(super) struct NumbersToTake {
    pub count: i64,
    /// What the units that are written together add to what the tenant holds; none if it is not counted.
    pub growth: Option<Usage>,
    /// The numbers of the sets in the journal.
    changed_sets: BTreeSet<i32>,
}

impl NumbersToTake {
    /// Adds a unit.
    pub fn add(&mut self, layout: &Layout, unit: &PreparedUnit) {
        self.count += unit.length();
        self.changed_sets.extend(unit.changed_sets().map(|set| layout.table(set).number));
    }

    /// The sets as [`crate::sql::journal::TAKE_NUMBERS`] reads them.
    pub fn changed_text(&self) -> String {
        let mut text = "{".to_owned();
        for number in 0..=self.changed_sets.last().copied().unwrap_or(-1) {
            let comma = if number == 0 { "" } else { "," };
            let _ = write!(text, "{comma}{}", u8::from(self.changed_sets.contains(&number)));
        }
        text + "}"
    }

    /// The growth as [`crate::sql::journal::TAKE_NUMBERS`] reads it.
    pub fn growth_text(&self) -> Option<String> {
        self.growth.map(|Usage { records, bytes, counted }| format!("{{{records},{bytes},{counted}}}"))
    }
}

/// The numbers that a transaction has taken for a tenant.
#[derive(Debug)]
pub(super) struct TakenNumbers {
    /// The last of them.
    pub last: i64,
    /// The number of the newest change of each set, in the order of the sets' numbers, as this transaction sees it.
    newest: Vec<i64>,
    /// What the tenant holds, if that has been counted.
    pub usage: Option<Usage>,
    /// The version of the data key under which values must be sealed.
    pub key_version: i64,
}

impl TakenNumbers {
    /// Reads the answer of [`crate::sql::journal::TAKE_NUMBERS`].
    pub fn read(rows: &[Row]) -> Result<HashMap<Uuid, TakenNumbers>, PostgresError> {
        let taken = |row| {
            let (last, newest, usage) = (column(row, 1)?, column(row, 2)?, usage(column(row, 3)?)?);
            let key_version = column(row, 4)?;
            Ok((column(row, 0)?, TakenNumbers { last, newest, usage, key_version }))
        };
        rows.iter().map(taken).collect()
    }

    /// Whether something of a set is newer than a number.
    pub fn is_newer(&self, set_number: i32, since: i64) -> bool {
        let place = usize::try_from(set_number).unwrap_or(usize::MAX);
        self.newest.get(place).is_some_and(|newest| *newest > since)
    }

    /// Notes what a unit of this transaction changes: it is newer than all that could be known before.
    pub fn note(&mut self, layout: &Layout, unit: &PreparedUnit) {
        for set in unit.changed_sets() {
            let place = usize::try_from(layout.table(set).number).unwrap_or_default();
            if self.newest.len() <= place {
                self.newest.resize(place + 1, 0);
            }
            self.newest[place] = self.last;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NumbersToTake, TakenNumbers};

    #[test]
    fn changed_sets_are_marked_at_their_places() {
        for (sets, text) in [(vec![], "{}"), (vec![0], "{1}"), (vec![1, 3], "{0,1,0,1}")] {
            let numbers =
                NumbersToTake { changed_sets: sets.into_iter().collect(), ..NumbersToTake::default() };
            assert_eq!(numbers.changed_text(), text);
        }
    }

    #[test]
    fn a_set_of_which_nothing_is_said_never_changed() {
        let taken = TakenNumbers { last: 9, newest: vec![0, 4], usage: None, key_version: 0 };
        let newer = [(0, 0), (1, 3), (1, 4), (2, 0)].map(|(set, since)| taken.is_newer(set, since));
        assert_eq!(newer, [false, true, false, false]);
    }
}
