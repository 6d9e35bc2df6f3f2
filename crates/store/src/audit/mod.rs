//! The chain of records that an audit is made of: each entry of the journal that is no change has a record, and a hash
//! that ties it to the record before it in its tenant. So none can be changed, taken out or moved unseen.

mod chain;
mod checkpoint;
mod delivery;
mod record;
mod verify;

pub use chain::{AuditHash, AuditHead, AuditRecord, CHAIN_BEGIN, chained};
pub use checkpoint::{Checkpoint, CheckpointKey};
pub use delivery::{AuditLag, DeliveryClaim};
pub(crate) use record::record;
pub use verify::{ChainFault, ChainVerifier};
