//! What becomes of a record of passwords when a copy of it is taken in. Each of the two knows a current password and former
//! ones, and nobody trusts clocks: the newer is the one that knows the other's current password as a former one.

/// Where a copy's current password stands here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CurrentStanding {
    /// The copy has none.
    None,
    /// It is the current one here, too.
    Current,
    /// It is a former one here.
    Former,
    /// It is not here.
    Unknown,
}

/// What is known of a record and of a copy of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CopyComparison {
    pub(super) standing: CurrentStanding,
    /// Whether there is a current password here.
    pub(super) has_current: bool,
    /// Whether the current password here is a former one in the copy.
    pub(super) copy_knows_ours: bool,
    /// Whether the copy has a former password that is not here.
    pub(super) has_more: bool,
}

/// What becomes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Merge {
    /// Both say the same.
    Same,
    /// Both have the same current password; the copy's other former ones are added.
    Completed,
    /// The copy is newer: what it has is taken.
    Updated,
    /// The record here is newer. The copy's other former passwords are added.
    Kept,
    /// Neither knows the other's current password, or both do.
    Conflict,
}

impl CopyComparison {
    /// What becomes of the record.
    pub(super) fn merge(self) -> Merge {
        match (self.standing, self.has_current, self.copy_knows_ours) {
            (CurrentStanding::Current, ..) | (CurrentStanding::None, false, _) => match self.has_more {
                true => Merge::Completed,
                false => Merge::Same,
            },
            (CurrentStanding::None | CurrentStanding::Unknown, true, true)
            | (CurrentStanding::Unknown, false, _) => Merge::Updated,
            // A copy that has none, and does not know ours, says nothing about ours.
            (CurrentStanding::None | CurrentStanding::Former, true, false)
            | (CurrentStanding::Former, false, _) => Merge::Kept,
            (CurrentStanding::Former, true, true) | (CurrentStanding::Unknown, true, false) => {
                Merge::Conflict
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{CopyComparison, CurrentStanding, Merge};

    /// What is known of two histories, newest first; the first is the current password.
    fn compared(here: &[u8], copy: &[u8]) -> CopyComparison {
        let standing = match copy.first() {
            None => CurrentStanding::None,
            Some(current) if here.first() == Some(current) => CurrentStanding::Current,
            Some(current) if here.contains(current) => CurrentStanding::Former,
            Some(_) => CurrentStanding::Unknown,
        };
        let formers = copy.get(1..).unwrap_or_default();
        CopyComparison {
            standing,
            has_current: !here.is_empty(),
            copy_knows_ours: here.first().is_some_and(|ours| formers.contains(ours)),
            has_more: formers.iter().any(|former| !here.contains(former)),
        }
    }

    #[test]
    fn the_one_that_knows_the_others_password_is_newer() {
        for (case, here, copy, expected) in [
            ("alike", &[2, 1][..], &[2, 1][..], Merge::Same),
            ("nothing on either side", &[], &[], Merge::Same),
            ("the copy remembers more", &[2], &[2, 1], Merge::Completed),
            ("the copy was changed since", &[1], &[2, 1], Merge::Updated),
            ("the copy was changed several times since", &[1], &[4, 3, 2, 1], Merge::Updated),
            ("there is none here", &[], &[2, 1], Merge::Updated),
            ("ours was changed since", &[2, 1], &[1], Merge::Kept),
            ("the copy has none", &[2, 1], &[], Merge::Kept),
            ("neither knows the other", &[2, 1], &[3, 1], Merge::Conflict),
            ("both know the other", &[1, 2, 1], &[2, 1, 2], Merge::Conflict),
        ] {
            assert_eq!(compared(here, copy).merge(), expected, "{case}");
        }
    }

    proptest! {
        /// Where no password comes back, a copy that one side made and the other went on from is never taken for newer.
        #[test]
        fn an_older_copy_is_never_taken(length in 1_usize..10, age in 0_usize..10) {
            let history: Vec<u8> = (0..length as u8).rev().collect();
            let copy = &history[age.min(length)..];
            let merged = compared(&history, copy).merge();
            prop_assert!(matches!(merged, Merge::Same | Merge::Kept), "{history:?} {copy:?}: {merged:?}");
            let turned = compared(copy, &history).merge();
            prop_assert!(matches!(turned, Merge::Same | Merge::Updated), "{copy:?} {history:?}: {turned:?}");
        }
    }
}
