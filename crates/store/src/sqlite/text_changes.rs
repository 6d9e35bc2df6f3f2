//! The changes of a group of writes that indexes of texts are told of.

use odata::edm::SetId;

use crate::texts::each_folded;
use crate::trigrams::TrigramIndex;

/// What is collected of a group.
#[derive(Debug, Default)]
pub(super) struct TextChanges {
    /// The tenants and sets that have indexes.
    indexed: Vec<(i64, SetId)>,
    changes: Vec<TextChange>,
}

/// A row whose document was replaced.
#[derive(Clone, Debug)]
pub(super) struct TextChange {
    pub tenant: i64,
    pub set: SetId,
    pub row: i64,
    /// The document that it had; none if it is new.
    pub before: Option<Box<str>>,
    /// The document that it has; none if it is gone.
    pub after: Option<Box<str>>,
}

impl TextChanges {
    /// Nothing yet of some tenants' sets.
    pub fn of(indexed: Vec<(i64, SetId)>) -> TextChanges {
        TextChanges { indexed, changes: Vec::new() }
    }

    /// Whether changes of a tenant's set are wanted.
    pub fn are_wanted(&self, tenant: i64, set: SetId) -> bool {
        self.indexed.contains(&(tenant, set))
    }

    /// Adds one that is wanted.
    pub fn push(&mut self, change: TextChange) {
        self.changes.push(change);
    }

    /// All the changes that were added.
    pub fn into_changes(self) -> Vec<TextChange> {
        self.changes
    }
}

impl TextChange {
    /// About the number of bytes that it takes.
    pub fn bytes(&self) -> usize {
        let length = |document: &Option<Box<str>>| document.as_ref().map_or(0, |text| text.len());
        size_of::<TextChange>() + length(&self.before) + length(&self.after)
    }

    /// Adds the new texts of some slots to an index; gives 1 if there are others in it of the row, else 0.
    pub fn add_to(&self, index: &mut TrigramIndex, slots: &[u16]) -> usize {
        let texts = |document: &Option<Box<str>>| {
            let mut texts = Vec::new();
            if let Some(document) = document {
                each_folded(document.as_bytes(), slots, |text| texts.push(text.to_owned()));
            }
            texts
        };
        let (before, after) = (texts(&self.before), texts(&self.after));
        if let (Ok(row), true) = (u64::try_from(self.row), before != after) {
            after.iter().for_each(|text| index.add(row, text));
        }
        usize::from(self.before.is_some() && before != after)
    }
}
