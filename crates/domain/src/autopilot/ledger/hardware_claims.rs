//! The claims on one device, across all tenants.
//!
//! Under each digest of a device ([`HardwareDigests`]) the ledger keeps the devices that go by it, and under a device's
//! own key the digests it goes by ([`DeviceEntry`]), so that it can be released. A tenant learns no more than that a
//! device is another's.
//!
//! [`DeviceEntry`]: super::DeviceEntry

use engine::{Context, Error};
use odata::Key;
use uuid::Uuid;

use super::claim::HardwareClaim;
use super::digests::HardwareDigests;
use super::view::LedgerView;
use crate::hardware_hash::Grounds;

/// The claims on one device.
#[derive(Default)]
pub(in crate::autopilot) struct HardwareClaims {
    /// The claims of the same device.
    pub(in crate::autopilot) same_device: Vec<HardwareClaim>,
    /// The claims of devices with the same manufacturer, model and serial number.
    pub(in crate::autopilot) same_serial_number: Vec<HardwareClaim>,
    /// The claims of the tenant's devices with the same UUID.
    same_uuid: Vec<HardwareClaim>,
}

impl HardwareClaims {
    /// Reads the claims on one device.
    pub(in crate::autopilot) async fn read(
        context: &Context<'_>,
        digests: &HardwareDigests,
    ) -> Result<HardwareClaims, Error> {
        Ok(HardwareClaims::of(digests, &LedgerView::read(context, digests.all()).await?))
    }

    /// The claims on a device in what was read of the ledger.
    pub(in crate::autopilot) fn of(digests: &HardwareDigests, ledger: &LedgerView) -> HardwareClaims {
        let known_parts = digests.known_parts();
        let mut found = HardwareClaims::default();
        for (grounds, key) in &digests.by_grounds {
            let claims = ledger.claims(key);
            let is_by_serial_number = *grounds == Grounds::SerialNumber;
            if is_by_serial_number {
                found.same_serial_number = claims.to_vec();
            }
            // The strongest grounds decide. A part that is known of both devices, and by which they were not found to
            // be the same, differs.
            let is_contradicted =
                |claim: &HardwareClaim| is_by_serial_number && claim.known_parts & known_parts != 0;
            if found.same_device.is_empty() {
                found.same_device = claims.iter().filter(|claim| !is_contradicted(claim)).cloned().collect();
            }
        }
        found.same_uuid = digests.uuid.as_ref().map_or_else(Vec::new, |key| ledger.claims(key).to_vec());
        found
    }

    /// The tenant's registration of the device, by its hash or else by its serial number, if there is only that claim.
    pub(in crate::autopilot) fn own_device(&self, tenant: Uuid) -> Option<&Key> {
        let claims = if self.same_device.is_empty() { &self.same_serial_number } else { &self.same_device };
        match claims.as_slice() {
            [claim] if claim.tenant == tenant => Some(&claim.device),
            _ => None,
        }
    }

    /// Whether another device of the tenant has the same UUID, as virtual machines of one template do.
    pub(in crate::autopilot) fn has_shared_uuid(&self) -> bool {
        let is_same = |other: &HardwareClaim| self.same_device.iter().any(|one| one.device == other.device);
        self.same_uuid.iter().any(|other| !is_same(other))
    }
}
