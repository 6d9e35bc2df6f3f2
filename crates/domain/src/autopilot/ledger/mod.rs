//! The ledger of hardware: which tenant's device goes by which digests.

mod device_entry;
mod hardware_claims;
mod identification;

pub(super) use device_entry::Holding;
pub(super) use hardware_claims::{Held, Marks, Standing, release};
pub(super) use identification::{Device, is_name};
