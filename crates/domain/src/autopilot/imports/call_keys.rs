//! The keys of the records of one call of `import`. They differ in their last two bytes only, so that each of them leads
//! to the first, which is the subject of the call's jobs.

use engine::Error;
use odata::Key;
use uuid::Uuid;

/// The bits of a key that number the records of a call: more than a call may bring.
const NUMBER_BITS: u32 = 16;

/// The keys of the records of one call, the first of which a job is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CallKeys {
    first: Key,
    count: usize,
}

impl CallKeys {
    /// New keys for so many records. One alone has a key like any other entity's.
    pub(super) fn new(count: usize) -> CallKeys {
        let key = Key::new();
        CallKeys { first: if count > 1 { CallKeys::first_of(&key) } else { key }, count }
    }

    /// The key of a record that came alone.
    pub(super) fn of_one(record: &Key) -> CallKeys {
        CallKeys { first: record.clone(), count: 1 }
    }

    /// The keys of the records that a job is about.
    pub(super) fn of_job(subject: &Key, content: &[u8]) -> CallKeys {
        let count = <[u8; 2]>::try_from(content).map_or(1, |count| u16::from_be_bytes(count).into());
        CallKeys { first: subject.clone(), count }
    }

    /// The subject of the job that is about these records.
    pub(super) fn subject(&self) -> Key {
        self.first.clone()
    }

    /// The content of a job that is about these records: none for one record, as older versions have written it for each.
    pub(super) fn content(&self) -> Result<Vec<u8>, Error> {
        if self.count == 1 {
            return Ok(Vec::new());
        }
        let count = u16::try_from(self.count);
        Ok(count.map_err(|_| Error::defect("a call brought too many records"))?.to_be_bytes().into())
    }

    /// The first key of the call that brought a record, if it came with others.
    pub(super) fn first_of(record: &Key) -> Key {
        match record.guid() {
            Some(guid) => Key::from(Uuid::from_u128(guid.as_u128() >> NUMBER_BITS << NUMBER_BITS)),
            None => record.clone(),
        }
    }

    /// The keys, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Key> {
        let first = self.first.guid().map(|guid| guid.as_u128());
        let others = (1..self.count as u128).filter_map(move |number| Some(Uuid::from_u128(first? | number)));
        std::iter::once(self.first.clone()).chain(others.map(Key::from))
    }
}

#[cfg(test)]
mod tests {
    use odata::Key;

    use super::CallKeys;

    #[test]
    fn every_key_leads_to_the_first() {
        for count in [2, 500, 10_000] {
            let keys = CallKeys::new(count);
            let all: Vec<Key> = keys.iter().collect();
            assert_eq!(all.len(), count);
            assert!(all.is_sorted_by(|one, other| one < other));
            assert!(all.iter().all(|key| CallKeys::first_of(key) == keys.subject()));
            assert_eq!(CallKeys::of_job(&keys.subject(), &keys.content().unwrap()), keys);
        }
    }

    /// Jobs are rows of the database: an earlier Muster's must be done by a later one.
    #[test]
    fn a_job_of_one_record_says_no_more_than_its_subject() {
        for key in [Key::new(), Key::parse("a client's")] {
            for content in [&b""[..], b"duplicate"] {
                assert!(CallKeys::of_job(&key, content).iter().eq([key.clone()]));
            }
        }
        assert!(CallKeys::new(1).content().unwrap().is_empty());
    }
}
