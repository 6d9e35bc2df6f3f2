//! The claims on one device, across all tenants, as the ledger had them when it was read.
//!
//! Under each digest of a device ([`HardwareDigests`]) the ledger keeps the devices that go by it, and under a device's
//! own key the digests it goes by ([`DeviceEntry`]), so that it can be released. A tenant learns no more than that a
//! device is another's.
//!
//! [`DeviceEntry`]: super::DeviceEntry

use engine::{Context, Error};
use odata::Key;
use store::{LedgerChange, LedgerKey};
use uuid::Uuid;

use super::claim::{HardwareClaim, claims_in};
use super::digests::{HardwareDigests, device_key};
use crate::hardware_hash::Grounds;

/// The number of devices that the entry of a UUID holds: that there is one is enough, and some of them end.
const SHARED_UUID_MAX: usize = 8;

/// The claims on one device.
pub(in crate::autopilot) struct HardwareClaims {
    pub(in crate::autopilot) digests: HardwareDigests,
    /// The entry of each digest.
    entries: Vec<Option<Box<[u8]>>>,
    /// The claims of the same device.
    pub(in crate::autopilot) same_device: Vec<HardwareClaim>,
    /// The claims of devices with the same manufacturer, model and serial number.
    pub(in crate::autopilot) same_serial_number: Vec<HardwareClaim>,
    /// The claims of the tenant's devices with the same UUID.
    same_uuid: Vec<HardwareClaim>,
    /// Whether another device with the same UUID is registered in the same commit.
    shares_uuid_in_commit: bool,
}

impl HardwareClaims {
    /// Reads the claims on several devices at once.
    pub(in crate::autopilot) async fn read(
        context: &Context<'_>,
        devices: Vec<HardwareDigests>,
    ) -> Result<Vec<HardwareClaims>, Error> {
        let keys: Vec<LedgerKey> = devices.iter().flat_map(HardwareDigests::all).copied().collect();
        let mut entries = context.store.ledger(&keys).await?.into_iter();
        let mut claims = Vec::with_capacity(devices.len());
        for digests in devices {
            let own = entries.by_ref().take(digests.all().count()).collect();
            claims.push(HardwareClaims::of(digests, own)?);
        }
        Ok(claims)
    }

    /// Reads the claims on one device.
    pub(in crate::autopilot) async fn read_one(
        context: &Context<'_>,
        digests: HardwareDigests,
    ) -> Result<HardwareClaims, Error> {
        let keys: Vec<LedgerKey> = digests.all().copied().collect();
        let entries = context.store.ledger(&keys).await?;
        HardwareClaims::of(digests, entries)
    }

    fn of(digests: HardwareDigests, entries: Vec<Option<Box<[u8]>>>) -> Result<HardwareClaims, Error> {
        let known_parts = digests.known_parts();
        let (mut same_device, mut same_serial_number) = (Vec::new(), Vec::new());
        for ((grounds, _), entry) in digests.by_grounds.iter().zip(&entries) {
            let claims = claims_in(entry.as_deref())?;
            if *grounds == Grounds::SerialNumber {
                same_serial_number.clone_from(&claims);
            }
            // The strongest grounds decide. A part that is known of both devices, and by which they were not found to
            // be the same, differs.
            let is_contradicted = |claim: &HardwareClaim| {
                *grounds == Grounds::SerialNumber && claim.known_parts & known_parts != 0
            };
            if same_device.is_empty() {
                same_device.extend(claims.into_iter().filter(|claim| !is_contradicted(claim)));
            }
        }
        let same_uuid = claims_in(entries.get(digests.by_grounds.len()).and_then(Option::as_deref))?;
        let shares_uuid_in_commit = false;
        Ok(HardwareClaims {
            digests,
            entries,
            same_device,
            same_serial_number,
            same_uuid,
            shares_uuid_in_commit,
        })
    }

    /// The tenant's registration of the device, by its hash or else by its serial number, if there is only that claim.
    pub(in crate::autopilot) fn own_device(&self, tenant: Uuid) -> Option<&Key> {
        let claims = if self.same_device.is_empty() { &self.same_serial_number } else { &self.same_device };
        match claims.as_slice() {
            [claim] if claim.tenant == tenant => Some(&claim.device),
            _ => None,
        }
    }

    /// The digests that identify the device.
    pub(in crate::autopilot) fn keys(&self) -> impl Iterator<Item = &LedgerKey> {
        self.digests.by_grounds.iter().map(|(_, key)| key)
    }

    /// The digest of the UUID within the tenant, of a device without a TPM.
    pub(in crate::autopilot) fn uuid(&self) -> Option<&LedgerKey> {
        self.digests.uuid.as_ref()
    }

    /// Notes that another device with the same UUID is registered in the same commit, and claims it.
    pub(in crate::autopilot) fn note_shared_uuid(&mut self) {
        self.shares_uuid_in_commit = true;
    }

    /// Whether another device of the tenant has the same UUID, as virtual machines of one template do.
    pub(in crate::autopilot) fn has_shared_uuid(&self) -> bool {
        let is_same = |other: &HardwareClaim| self.same_device.iter().any(|one| one.device == other.device);
        self.shares_uuid_in_commit || self.same_uuid.iter().any(|other| !is_same(other))
    }

    /// The changes that claim the device for a new registration, if the ledger is still as it was read.
    pub(in crate::autopilot) fn registration(
        &self,
        tenant: Uuid,
        device: &Key,
    ) -> Result<Vec<LedgerChange>, Error> {
        let mut changes = Vec::with_capacity(self.entries.len() + 1);
        let known_parts = self.digests.known_parts();
        let claim = HardwareClaim { tenant, device: device.clone(), known_parts };
        let has_enough = self.shares_uuid_in_commit || self.same_uuid.len() >= SHARED_UUID_MAX;
        for (key, before) in self.digests.all().zip(&self.entries) {
            if has_enough && self.uuid() == Some(key) {
                continue;
            }
            let mut after = before.as_deref().unwrap_or(&[]).to_vec();
            claim.write(&mut after)?;
            changes.push(LedgerChange { key: *key, before: before.clone(), after: Some(after.into()) });
        }
        let own = self.digests.device_entry(Vec::new()).write()?;
        changes.push(LedgerChange { key: device_key(tenant, device), before: None, after: Some(own) });
        Ok(changes)
    }
}
