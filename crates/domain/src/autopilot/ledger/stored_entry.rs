//! A device's own entry as the ledger has it: read, replaced if it is still so, and removed with all its claims.

use engine::{Context, Error};
use odata::Key;
use store::{Change, LedgerChange, LedgerKey};

use super::claim::damaged;
use super::device_entry::DeviceEntry;
use super::digests::{HardwareDigests, device_keys};
use super::view::LedgerView;
use crate::hardware_hash::DevicePart;

/// A device's own entry, and where and as what it was read.
pub(in crate::autopilot) struct StoredEntry {
    key: LedgerKey,
    /// The bytes; none of a device that never had an entry.
    bytes: Option<Box<[u8]>>,
    pub(in crate::autopilot) entry: DeviceEntry,
}

impl StoredEntry {
    /// Reads the entry of a device of the tenant.
    pub(in crate::autopilot) async fn read(
        context: &Context<'_>,
        device: &Key,
    ) -> Result<StoredEntry, Error> {
        let keys = device_keys(context.tenant(), device);
        let found = context.store.ledger(&keys).await?.into_iter().zip(keys);
        let found = found.filter_map(|(bytes, key)| Some((key, Some(bytes?)))).next();
        let (key, bytes) = found.unwrap_or((keys[0], None));
        let entry = match &bytes {
            Some(bytes) => DeviceEntry::read(bytes).ok_or_else(damaged)?,
            None => DeviceEntry::default(),
        };
        Ok(StoredEntry { key, bytes, entry })
    }

    /// The change to an entry with the same digests, if this one is still as it was read.
    pub(in crate::autopilot) fn update(&self, next: &DeviceEntry) -> Result<LedgerChange, Error> {
        Ok(LedgerChange { key: self.key, before: self.bytes.clone(), after: Some(next.write()?) })
    }

    /// Moves the device from the digests of its hash to those of another. A device that never claimed any does not claim
    /// any now.
    pub(in crate::autopilot) async fn rehash(
        &self,
        context: &Context<'_>,
        device: &Key,
        digests: &HardwareDigests,
        changed: Vec<DevicePart>,
        ledger: &mut LedgerView,
    ) -> Result<(), Error> {
        let tenant = context.tenant();
        let mut next = digests.device_entry(changed);
        if self.entry.keys.is_empty() {
            next.keys.clear();
        }
        ledger.add(context, self.entry.keys.iter().chain(&next.keys)).await?;
        ledger.release(tenant, device, &self.entry.keys)?;
        ledger.claim(&digests.claim(tenant, device), &next.keys)?;
        ledger.put_device(self.update(&next)?);
        Ok(())
    }
}

/// The changes that release devices of the tenant, so that another tenant can register them: none of a device that has no
/// entry.
pub(in crate::autopilot) async fn release(
    context: &Context<'_>,
    devices: &[Key],
) -> Result<Vec<Change>, Error> {
    let (tenant, mut ledger) = (context.tenant(), LedgerView::default());
    for device in devices {
        let stored = StoredEntry::read(context, device).await?;
        if stored.bytes.is_some() {
            ledger.add(context, stored.entry.keys.iter()).await?;
            ledger.release(tenant, device, &stored.entry.keys)?;
            ledger.put_device(LedgerChange { key: stored.key, before: stored.bytes, after: None });
        }
    }
    ledger.changes()
}
