//! The receipt: proof that the journal durably says whose secrets are being shown.

use std::collections::HashSet;

use odata::Key;
use uuid::Uuid;

use super::owner::SecretOwner;

/// The proof that a committed `Change::Reveal` yields, and the only thing that opens secrets. It cannot be made outside
/// this crate, copied, or stretched to other entities than the journal names.
#[derive(Debug)]
pub struct Receipt {
    tenant: Uuid,
    revealed: Vec<(Box<str>, HashSet<Key>)>,
}

impl Receipt {
    /// The receipt of a unit that is durable: the set's path and the keys of each of its `Reveal` changes. Only
    /// `Store::apply` calls it, after the commit.
    pub(crate) fn committed(
        tenant: Uuid,
        revealed: impl IntoIterator<Item = (Box<str>, Vec<Key>)>,
    ) -> Receipt {
        let revealed = revealed.into_iter().map(|(set, keys)| (set, HashSet::from_iter(keys))).collect();
        Receipt { tenant, revealed }
    }

    /// Whether the journal names this entity.
    pub fn covers(&self, owner: SecretOwner<'_>) -> bool {
        self.tenant == owner.tenant
            && self.revealed.iter().any(|(set, keys)| **set == *owner.set && keys.contains(owner.key))
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Receipt, SecretOwner, Uuid};

    #[test]
    fn a_receipt_covers_what_was_revealed_and_nothing_else() {
        let (tenant, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let (first, second) = (Key::parse("first"), Key::parse("second"));
        let receipt = Receipt::committed(
            tenant,
            [("books".into(), vec![first.clone()]), ("films".into(), vec![second.clone()])],
        );
        for (tenant, set, key, expected) in [
            (tenant, "books", &first, true),
            (tenant, "films", &second, true),
            (other, "books", &first, false),
            (tenant, "films", &first, false),
            (tenant, "books", &second, false),
            (tenant, "book", &first, false),
        ] {
            let owner = SecretOwner { tenant, set, key };
            assert_eq!(receipt.covers(owner), expected, "{owner:?}");
        }
    }
}
