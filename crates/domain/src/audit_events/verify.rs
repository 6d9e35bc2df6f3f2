//! `muster.verify` of the audit: follows the tenant's chain, some thousand records in a call, and holds it to its checkpoints. The
//! key of a checkpoint is the one that it names: whether that is the server's, only who kept the key elsewhere can tell.

use data_encoding::HEXLOWER;
use engine::generic::complex_value;
use engine::handlers::{IntegerValue, Invocation, NamedParameter, Names, Operate, StartError};
use engine::{Answer, Context, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::edm::TypeId;
use odata::{Record, Value};
use store::audit::{AuditHead, AuditRecord, ChainFault, ChainVerifier, Checkpoint};

const PROOF: &str = "muster.chainProof";
const SIGNED: &str = "muster.signedEnd";
/// The records that one call follows.
const RECORDS_MAX: i64 = 20_000;
/// The records that are read at once.
const PAGE: u32 = 1_000;

engine::slots! {
    /// Where a proof says what.
    struct ProofSlots of PROOF {
        records,
        last,
        is_end,
        fault,
        checkpoints,
        last_checkpoint,
    }
}

engine::slots! {
    /// Where a checkpoint says what.
    struct SignedSlots of SIGNED {
        sequence,
        hash,
        date_time,
        public_key,
        signature,
    }
}

/// Registers the function `verify` of the audit.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    entity_type: &str,
) -> Result<(), StartError> {
    let operation = names.operation("verify", entity_type)?;
    let verify = VerifyChain {
        after: names.parameter(operation, "after")?,
        proof: names.structured(PROOF)?,
        slots: ProofSlots::new(names)?,
        signed: names.structured(SIGNED)?,
        of_signed: SignedSlots::new(names)?,
    };
    handlers.operation(operation, verify);
    Ok(())
}

struct VerifyChain {
    after: NamedParameter<IntegerValue>,
    proof: TypeId,
    slots: ProofSlots,
    signed: TypeId,
    of_signed: SignedSlots,
}

impl Operate for VerifyChain {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let (context, after) = (invocation.context, invocation.parameter(&self.after).unwrap_or(0));
            let (store, tenant) = (&context.store, context.tenant());
            // Those that are signed later lie behind this end.
            let checkpoints = store.checkpoints(tenant).await?;
            let Some(head) = store.audit_head(tenant).await? else {
                let part = ChainPart { is_end: true, ..ChainPart::after(0, &[]) };
                return complex_value(context, self.proof, self.told(context, &part, None));
            };
            let mut part = ChainPart::after(after, &checkpoints);
            // The record that was the last is looked at once more, to tie the next one to it.
            let mut read_after = (after - 1).max(0);
            while !part.is_end && part.fault.is_none() && part.records < RECORDS_MAX {
                let records = store.audit_since(tenant, read_after, PAGE).await?;
                if after > 0
                    && part.last() == 0
                    && records.first().is_none_or(|first| first.sequence != after)
                {
                    let message = format!("There is no record {after} in this audit.");
                    return Err(Error::bad_request(message).about(self.after.name()));
                }
                part.follow(&records, &head);
                part.is_end = records.len() < PAGE as usize || part.last() >= head.sequence;
                read_after = part.last();
            }
            if part.is_end && part.fault.is_none() {
                part.end(&head);
            }
            complex_value(context, self.proof, self.told(context, &part, checkpoints.last()))
        })
    }
}

impl VerifyChain {
    fn told(&self, context: &Context<'_>, part: &ChainPart<'_>, signed: Option<&Checkpoint>) -> Record {
        let slots = &self.slots;
        let mut told = Record::empty(self.proof, context.model().structured(self.proof).slots);
        told.set(slots.records, Value::Int(part.records));
        told.set(slots.last, Value::Int(part.last()));
        told.set(slots.is_end, Value::Boolean(part.is_end));
        told.set(slots.checkpoints, Value::Int(part.met));
        if let Some(fault) = &part.fault {
            told.set(slots.fault, Value::String(fault.to_string().into()));
        }
        if let Some(signed) = signed {
            told.set(slots.last_checkpoint, Value::Complex(Box::new(self.told_checkpoint(context, signed))));
        }
        told
    }

    fn told_checkpoint(&self, context: &Context<'_>, signed: &Checkpoint) -> Record {
        let slots = &self.of_signed;
        let mut told = Record::empty(self.signed, context.model().structured(self.signed).slots);
        told.set(slots.sequence, Value::Int(signed.head.sequence));
        told.set(slots.date_time, Value::DateTimeOffset(signed.at));
        for (slot, bytes) in [
            (slots.hash, &signed.head.hash),
            (slots.public_key, &signed.public_key),
            (slots.signature, &signed.signature),
        ] {
            told.set(slot, Value::String(HEXLOWER.encode(bytes).into()));
        }
        told
    }
}

/// A part of a chain, as far as it was followed.
struct ChainPart<'c> {
    verifier: ChainVerifier,
    records: i64,
    /// The checkpoints that were met and hold.
    met: i64,
    /// Those that are ahead, in their order.
    ahead: &'c [Checkpoint],
    is_end: bool,
    fault: Option<ChainFault>,
    /// The record at which it goes on; 0 if it begins with the first.
    begins_at: i64,
}

impl<'c> ChainPart<'c> {
    fn after(sequence: i64, checkpoints: &'c [Checkpoint]) -> ChainPart<'c> {
        let behind = checkpoints.partition_point(|signed| signed.head.sequence <= sequence);
        let verifier = if sequence > 0 { ChainVerifier::of_part() } else { ChainVerifier::default() };
        let ahead = &checkpoints[behind..];
        ChainPart { verifier, records: 0, met: 0, ahead, is_end: false, fault: None, begins_at: sequence }
    }

    fn last(&self) -> i64 {
        self.verifier.last()
    }

    fn follow(&mut self, records: &[AuditRecord], head: &AuditHead) {
        for record in records.iter().filter(|record| record.sequence <= head.sequence) {
            if let Err(fault) = self.verifier.follow(record) {
                self.fault = Some(fault);
                return;
            }
            self.records += i64::from(record.sequence != self.begins_at);
            while let Some((signed, rest)) = self.ahead.split_first()
                && signed.head.sequence <= record.sequence
            {
                self.ahead = rest;
                self.meet(signed);
                if self.fault.is_some() {
                    return;
                }
            }
        }
    }

    fn meet(&mut self, signed: &Checkpoint) {
        match self.verifier.meet(&signed.head) {
            Ok(()) if signed.is_signed() => self.met += 1,
            Ok(()) => self.fault = Some(ChainFault::Unsigned(signed.head.sequence)),
            Err(fault) => self.fault = Some(fault),
        }
    }

    /// Compares the end with the one that is stored, and with the checkpoints behind it, of which there may be none.
    fn end(&mut self, head: &AuditHead) {
        let ends = std::iter::once(head).chain(self.ahead.iter().map(|signed| &signed.head));
        self.fault = ends.map(|end| self.verifier.end(end)).find_map(Result::err);
    }
}
