//! The proof of a chain: which record was changed, is missing, stands elsewhere or was cut off.

use super::chain::{AuditHead, AuditRecord, CHAIN_BEGIN, chained};

/// A fault of a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// A record does not say what it said when it was written.
    #[error("record {0} was changed")]
    Changed(i64),
    /// A record is missing, or another stands in its place.
    #[error("between record {after} and record {before} one is missing or was replaced")]
    Missing {
        /// The record before the gap; 0 if there is none.
        after: i64,
        /// The record behind the gap.
        before: i64,
    },
    /// A record stands behind one that is younger.
    #[error("record {sequence} stands behind record {behind}")]
    Reordered {
        /// The record that stands in the wrong place.
        sequence: i64,
        /// The record before it.
        behind: i64,
    },
    /// A record is not the one that a checkpoint was signed for.
    #[error("record {0} is not the one that its checkpoint was signed for: it was taken out or written anew")]
    Forged(i64),
    /// A checkpoint has no valid signature.
    #[error("the checkpoint of record {0} is not signed by the key of this server")]
    Unsigned(i64),
    /// The chain does not end where it did.
    #[error("the records after record {after} were cut off; the last was record {last}")]
    CutOff {
        /// The last record that is there; 0 if there is none.
        after: i64,
        /// The record that was the last.
        last: i64,
    },
}

/// Follows the chain of a tenant from record to record.
#[derive(Debug, Default)]
pub struct ChainVerifier {
    last: Option<(i64, Vec<u8>)>,
    /// Whether the first record may be tied to one that is not shown.
    begins_later: bool,
}

impl ChainVerifier {
    /// Verifies a chain that need not begin with a tenant's first record.
    pub fn of_part() -> ChainVerifier {
        ChainVerifier { last: None, begins_later: true }
    }

    /// Goes on with a chain behind a record that was verified.
    pub fn after(head: &AuditHead) -> ChainVerifier {
        ChainVerifier { last: Some((head.sequence, head.hash.to_vec())), begins_later: false }
    }

    /// The number of the last record; 0 if there was none.
    pub fn last(&self) -> i64 {
        self.last.as_ref().map_or(0, |(sequence, _)| *sequence)
    }

    /// Follows the chain to its next record; what is wrong with it, if something is.
    pub fn follow(&mut self, record: &AuditRecord) -> Result<(), ChainFault> {
        let sequence = record.sequence;
        let Some((before, own)) = record.hashes() else {
            return Err(ChainFault::Changed(sequence));
        };
        let last = self.last.replace((sequence, own.to_vec()));
        if let Some((behind, _)) = last.as_ref().filter(|(behind, _)| sequence <= *behind) {
            return Err(ChainFault::Reordered { sequence, behind: *behind });
        }
        if chained(before, sequence, &record.record) != own {
            return Err(ChainFault::Changed(sequence));
        }
        let is_tied = match &last {
            Some((_, hash)) => hash == before,
            None => self.begins_later || before == CHAIN_BEGIN,
        };
        let after = last.map_or(0, |(sequence, _)| sequence);
        if is_tied { Ok(()) } else { Err(ChainFault::Missing { after, before: sequence }) }
    }

    /// Compares the last record with a checkpoint that was signed for it.
    pub fn meet(&self, signed: &AuditHead) -> Result<(), ChainFault> {
        match &self.last {
            Some((sequence, hash)) if *sequence == signed.sequence && *hash == *signed.hash => Ok(()),
            Some((sequence, _)) if *sequence >= signed.sequence => Err(ChainFault::Forged(signed.sequence)),
            _ => self.end(signed),
        }
    }

    /// Compares the end of the chain with what is known of it elsewhere.
    pub fn end(&self, head: &AuditHead) -> Result<(), ChainFault> {
        match &self.last {
            Some((sequence, hash)) if *sequence == head.sequence && hash == &*head.hash => Ok(()),
            _ => Err(ChainFault::CutOff { after: self.last(), last: head.sequence }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AuditHead, AuditRecord, CHAIN_BEGIN, ChainFault, ChainVerifier, chained};

    /// Records 2, 4, 6 and so on, tied to one another.
    fn chain(count: usize) -> Vec<AuditRecord> {
        let (mut before, mut records) = (CHAIN_BEGIN, Vec::new());
        for sequence in (2..).step_by(2).take(count) {
            let record = format!("{{\"activity\":\"{sequence}\"}}");
            let hash = chained(&before, sequence, &record);
            let link = [before, hash].concat().into();
            records.push(AuditRecord { sequence, record: record.into(), link });
            before = hash;
        }
        records
    }

    fn head(records: &[AuditRecord]) -> AuditHead {
        let last = records.last().unwrap();
        AuditHead { sequence: last.sequence, hash: last.hashes().unwrap().1.into() }
    }

    fn faults(records: &[AuditRecord], head: &AuditHead) -> Vec<ChainFault> {
        let mut verifier = ChainVerifier::default();
        let mut faults: Vec<_> = records.iter().filter_map(|record| verifier.follow(record).err()).collect();
        faults.extend(verifier.end(head).err());
        faults
    }

    #[test]
    fn a_whole_chain_has_no_fault() {
        for count in 1..6 {
            let records = chain(count);
            assert_eq!(faults(&records, &head(&records)), [], "{count} records");
        }
    }

    #[test]
    fn each_fault_is_found_and_named() {
        let (whole, end) = (chain(5), head(&chain(5)));
        for at in 0..5 {
            let sequence = whole[at].sequence;
            let mut changed = whole.clone();
            changed[at].record = changed[at].record.replace("activity", "inactivity").into();
            assert_eq!(faults(&changed, &end), [ChainFault::Changed(sequence)], "record {sequence} changed");

            let mut missing = whole.clone();
            missing.remove(at);
            let after = if at == 0 { 0 } else { whole[at - 1].sequence };
            let expected = match whole.get(at + 1) {
                Some(next) => ChainFault::Missing { after, before: next.sequence },
                None => ChainFault::CutOff { after, last: sequence },
            };
            assert_eq!(faults(&missing, &end), [expected], "record {sequence} missing");

            // One that was made anew fits into its place, but not before the next.
            let mut forged = whole.clone();
            let before = forged[at].hashes().unwrap().0.to_vec();
            forged[at].record = "{}".into();
            let own = chained(&before, sequence, "{}");
            forged[at].link = [&before[..], &own].concat().into();
            assert_eq!(faults(&forged, &end).len(), 1, "record {sequence} forged");
        }
        let mut swapped = whole.clone();
        swapped.swap(1, 2);
        assert!(faults(&swapped, &end).contains(&ChainFault::Reordered { sequence: 4, behind: 6 }));
        assert_eq!(faults(&whole[..3], &end), [ChainFault::CutOff { after: 6, last: 10 }]);
        assert_eq!(faults(&[], &end), [ChainFault::CutOff { after: 0, last: 10 }]);
    }

    #[test]
    fn a_chain_that_was_written_anew_does_not_meet_its_checkpoint() {
        let (whole, signed) = (chain(5), head(&chain(3)));
        let follow = |records: &[AuditRecord]| {
            let mut verifier = ChainVerifier::default();
            records.iter().try_for_each(|record| verifier.follow(record)).unwrap();
            verifier.meet(&signed)
        };
        assert_eq!(follow(&whole[..3]), Ok(()));
        assert_eq!(follow(&whole[..2]), Err(ChainFault::CutOff { after: 4, last: 6 }));
        let mut anew = chain(2);
        let before = anew[1].hashes().unwrap().1.to_vec();
        let own = chained(&before, 6, "{}");
        anew.push(AuditRecord {
            sequence: 6,
            record: "{}".into(),
            link: [&before[..], &own].concat().into(),
        });
        assert_eq!(follow(&anew), Err(ChainFault::Forged(6)));

        let mut verifier = ChainVerifier::after(&signed);
        assert!(whole[3..].iter().all(|record| verifier.follow(record).is_ok()));
        assert_eq!(
            ChainVerifier::after(&signed).follow(&whole[4]),
            Err(ChainFault::Missing { after: 6, before: 10 })
        );
    }

    #[test]
    fn a_part_may_begin_anywhere() {
        let whole = chain(4);
        let mut verifier = ChainVerifier::of_part();
        assert!(whole[2..].iter().all(|record| verifier.follow(record).is_ok()));
        assert_eq!(verifier.end(&head(&whole)), Ok(()));
    }
}
