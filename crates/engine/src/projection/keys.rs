//! The keys of projections: the source's UUID with version 8 in place of 7. So projections are in the order of their
//! sources, and either key tells the other.

use odata::Key;
use uuid::Uuid;

const SOURCE_VERSION: u8 = 7;
const PROJECTED_VERSION: u8 = 8;
/// The byte of a UUID whose upper half is the version.
const VERSION_BYTE: usize = 6;

/// The place of the version in the text of a UUID.
pub(super) const VERSION_PLACE: i64 = 14;
/// The version of projections as the text of a UUID has it.
pub(super) const VERSION_TEXT: &str = "8";

/// The key of a source's projection; none of a key that is no UUID of version 7.
pub fn projected_key(source: &Key) -> Option<Key> {
    of_other_version(source, SOURCE_VERSION, PROJECTED_VERSION)
}

/// The key of the source of the projection with this key; none of a key that no projection has.
pub(super) fn source_key(projected: &Key) -> Option<Key> {
    of_other_version(projected, PROJECTED_VERSION, SOURCE_VERSION)
}

/// The place among the sources of a place among the projections: a source comes after it exactly if its projection comes
/// after `key`, which may be any key.
pub(super) fn source_place(key: &Key) -> Key {
    let Some(guid) = key.guid() else { return key.clone() };
    let mut bytes = *guid.as_bytes();
    match version(&bytes).cmp(&PROJECTED_VERSION) {
        std::cmp::Ordering::Equal => set_version(&mut bytes, SOURCE_VERSION),
        // Before every source with the same beginning: there is none between version 6 and 7.
        std::cmp::Ordering::Less => {
            bytes[VERSION_BYTE..].fill(0xff);
            set_version(&mut bytes, SOURCE_VERSION - 1);
        }
        std::cmp::Ordering::Greater => {
            bytes[VERSION_BYTE..].fill(0);
            set_version(&mut bytes, SOURCE_VERSION + 1);
        }
    }
    Key::from(Uuid::from_bytes(bytes))
}

fn of_other_version(key: &Key, from: u8, to: u8) -> Option<Key> {
    let mut bytes = *key.guid()?.as_bytes();
    if version(&bytes) != from {
        return None;
    }
    set_version(&mut bytes, to);
    Some(Key::from(Uuid::from_bytes(bytes)))
}

fn version(bytes: &[u8; 16]) -> u8 {
    bytes[VERSION_BYTE] >> 4
}

fn set_version(bytes: &mut [u8; 16], version: u8) {
    bytes[VERSION_BYTE] = bytes[VERSION_BYTE] & 0x0f | version << 4;
}

#[cfg(test)]
mod tests {
    use odata::Key;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{projected_key, source_key, source_place};

    /// GUIDs that often agree in their beginnings, and any text.
    fn keys() -> impl Strategy<Value = Key> {
        let guid = (0..3_u8, any::<u8>(), 0..3_u8).prop_map(|(first, middle, last)| {
            let mut bytes = [0; 16];
            (bytes[5], bytes[6], bytes[15]) = (first, middle, last);
            Key::from(Uuid::from_bytes(bytes))
        });
        prop_oneof![9 => guid, 1 => "[a-z]{0,3}".prop_map(|text| Key::parse(&text))]
    }

    proptest! {
        #[test]
        fn a_source_is_after_a_place_exactly_if_its_projection_is(source in keys(), place in keys()) {
            let Some(projected) = projected_key(&source) else { return Ok(()) };
            prop_assert_eq!(source_key(&projected), Some(source.clone()));
            prop_assert_eq!(projected.cmp(&place), source.cmp(&source_place(&place)));
        }
    }

    #[test]
    fn keys_of_ours_have_projections_in_their_order() {
        let keys: Vec<Key> = (0..100).map(|_| Key::new()).collect();
        let projected: Vec<Key> = keys.iter().filter_map(projected_key).collect();
        assert_eq!(projected.len(), keys.len());
        assert!(projected.is_sorted());
    }
}
