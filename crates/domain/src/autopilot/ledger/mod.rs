//! The ledger of hardware, across all tenants: the digests by which devices are known, and whose devices they are.

mod claim;
mod device_entry;
mod digests;
mod hardware_claims;
mod identification;
mod stored_entry;
mod view;

pub(super) use device_entry::DeviceEntry;
pub(super) use digests::HardwareDigests;
pub(super) use hardware_claims::HardwareClaims;
pub(super) use identification::{HashedDevice, IdentifiedDevice};
pub(super) use stored_entry::{StoredEntry, release};
pub(super) use view::LedgerView;
