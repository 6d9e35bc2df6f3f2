//! A device's own entry as the ledger has it: read, replaced if it is still so, and removed with all its claims.

use engine::{Context, Error};
use odata::Key;
use store::{LedgerChange, LedgerKey};

use super::claim::{HardwareClaim, claims_in, damaged};
use super::device_entry::DeviceEntry;
use super::digests::{HardwareDigests, device_key};
use crate::hardware_hash::DevicePart;

/// A device's own entry, and the bytes it was read from.
pub(in crate::autopilot) struct StoredEntry {
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
        let bytes = context.store.ledger(&[device_key(context.tenant(), device)]).await?.pop().flatten();
        let entry = match &bytes {
            Some(bytes) => DeviceEntry::read(bytes).ok_or_else(damaged)?,
            None => DeviceEntry::default(),
        };
        Ok(StoredEntry { bytes, entry })
    }

    /// The change to an entry with the same digests, if this one is still as it was read.
    pub(in crate::autopilot) fn update(
        &self,
        context: &Context<'_>,
        device: &Key,
        next: &DeviceEntry,
    ) -> Result<LedgerChange, Error> {
        let key = device_key(context.tenant(), device);
        Ok(LedgerChange { key, before: self.bytes.clone(), after: Some(next.write()?) })
    }

    /// The changes that move the device from the digests of its hash to those of another. A device that never claimed
    /// any does not claim any now.
    pub(in crate::autopilot) async fn rehash(
        &self,
        context: &Context<'_>,
        device: &Key,
        digests: &HardwareDigests,
        changed: Vec<DevicePart>,
    ) -> Result<Vec<LedgerChange>, Error> {
        let mut next = digests.device_entry(changed);
        if self.entry.keys.is_empty() {
            next.keys.clear();
        }
        let known_parts = digests.known_parts();
        let claim = HardwareClaim { tenant: context.tenant(), device: device.clone(), known_parts };
        self.replace(context, device, Some((&next, &claim))).await
    }

    /// The changes that release the device, so that another tenant can register it: none if it has no entry.
    async fn release(&self, context: &Context<'_>, device: &Key) -> Result<Vec<LedgerChange>, Error> {
        if self.bytes.is_none() { Ok(Vec::new()) } else { self.replace(context, device, None).await }
    }

    /// The changes that put another entry, with its claim, in the place of this one and its claims.
    async fn replace(
        &self,
        context: &Context<'_>,
        device: &Key,
        next: Option<(&DeviceEntry, &HardwareClaim)>,
    ) -> Result<Vec<LedgerChange>, Error> {
        let (tenant, old) = (context.tenant(), &self.entry.keys);
        let wanted = next.map_or(&[][..], |(next, _)| &next.keys);
        let mut keys: Vec<LedgerKey> = old.iter().chain(wanted).copied().collect();
        keys.sort_unstable();
        keys.dedup();
        let entries = context.store.ledger(&keys).await?;
        let mut changes = vec![LedgerChange {
            key: device_key(tenant, device),
            before: self.bytes.clone(),
            after: next.map(|(next, _)| next.write()).transpose()?,
        }];
        for (key, before) in keys.into_iter().zip(entries) {
            let mut after = Vec::new();
            for other in claims_in(before.as_deref())?.iter().filter(|claim| !claim.is_of(tenant, device)) {
                other.write(&mut after)?;
            }
            if let Some((_, claim)) = next.filter(|_| wanted.contains(&key)) {
                claim.write(&mut after)?;
            }
            let after = (!after.is_empty()).then(|| after.into());
            changes.push(LedgerChange { key, before, after });
        }
        Ok(changes)
    }
}

/// The changes that release a device, so that another tenant can register it.
pub(in crate::autopilot) async fn release(
    context: &Context<'_>,
    device: &Key,
) -> Result<Vec<LedgerChange>, Error> {
    StoredEntry::read(context, device).await?.release(context, device).await
}
