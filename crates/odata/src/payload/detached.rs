//! A binary value that rests beside its document: as bytes it takes a quarter less room than as base64 in the text, and the
//! zeros that fill up many of them take none.

use bytes::Bytes;

use crate::{Record, Value};

/// The bytes before those of the value: its slot and its length.
const HEAD_BYTES: usize = 4;

/// A binary value of an entity, taken out of its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetachedBinary {
    /// The slot whose value it is.
    pub slot: u16,
    /// The bytes of the value.
    pub bytes: Bytes,
}

impl DetachedBinary {
    /// The value of a slot; none if that is no binary value, an empty one, or one that is too long.
    pub fn of(record: &Record, slot: u16) -> Option<DetachedBinary> {
        match record.get(slot) {
            Some(Value::Binary(bytes)) if (1..=usize::from(u16::MAX)).contains(&bytes.len()) => {
                Some(DetachedBinary { slot, bytes: bytes.clone() })
            }
            _ => None,
        }
    }

    /// The stored form: the slot, the length, and the bytes without the zeros at their end.
    pub fn to_bytes(&self) -> Vec<u8> {
        let significant = self.bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let mut stored = Vec::with_capacity(HEAD_BYTES + significant);
        stored.extend(self.slot.to_be_bytes());
        // None is made that is longer.
        stored.extend(u16::try_from(self.bytes.len()).unwrap_or(u16::MAX).to_be_bytes());
        stored.extend_from_slice(&self.bytes[..significant]);
        stored
    }

    /// The value of a stored form; none if it is none.
    pub fn from_bytes(stored: &[u8]) -> Option<DetachedBinary> {
        let ([slot_high, slot_low, length_high, length_low], significant) =
            stored.split_first_chunk::<HEAD_BYTES>()?;
        let length = usize::from(u16::from_be_bytes([*length_high, *length_low]));
        let mut bytes = significant.to_vec();
        bytes.resize(length.max(significant.len()), 0);
        (bytes.len() == length).then(|| DetachedBinary {
            slot: u16::from_be_bytes([*slot_high, *slot_low]),
            bytes: bytes.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::DetachedBinary;
    use crate::edm::TypeId;
    use crate::{Record, Value};

    proptest! {
        #[test]
        fn a_value_comes_back_byte_for_byte(
            slot: u16,
            bytes in prop::collection::vec(any::<u8>(), 0..100),
            zeros in 0..100_usize,
        ) {
            let bytes = [bytes, vec![0; zeros]].concat();
            let detached = DetachedBinary { slot, bytes: bytes.into() };
            let stored = detached.to_bytes();
            prop_assert_eq!(DetachedBinary::from_bytes(&stored), Some(detached));
        }

        #[test]
        fn what_is_no_stored_form_is_none(stored in prop::collection::vec(any::<u8>(), 0..12)) {
            if let Some(detached) = DetachedBinary::from_bytes(&stored) {
                prop_assert!(detached.bytes.len() + 4 >= stored.len());
            }
        }
    }

    #[test]
    fn only_a_binary_value_of_some_bytes_is_taken_out() {
        for (value, is_taken) in [
            (Value::Binary(Bytes::from_static(b"a")), true),
            (Value::Binary(vec![0; 65_535].into()), true),
            (Value::Binary(vec![0; 65_536].into()), false),
            (Value::Binary(Bytes::new()), false),
            (Value::String("a".into()), false),
            (Value::Null, false),
        ] {
            let mut record = Record::empty(TypeId(0), 2);
            record.set(1, value);
            assert_eq!(DetachedBinary::of(&record, 1).is_some(), is_taken, "{record:.80?}");
        }
    }

    /// It is a column of the database: what an earlier Muster wrote must be read by a later one.
    #[test]
    fn the_stored_form_stays() {
        let detached = DetachedBinary { slot: 3, bytes: Bytes::from_static(&[0, 7, 0, 0]) };
        assert_eq!(detached.to_bytes(), [0, 3, 0, 4, 0, 7]);
    }
}
