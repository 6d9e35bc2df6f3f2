//! The part of the ledger that one unit reads and changes: each entry as it was read, and as the unit leaves it.
//!
//! What a unit registers counts for whatever it registers after that, so many devices are decided in one unit as they
//! would be one after the other.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use engine::{Context, Error};
use odata::Key;
use store::{Change, LedgerChange, LedgerKey};
use uuid::Uuid;

use super::claim::{HardwareClaim, read_claims};
use super::digests::{HardwareDigests, device_keys};

/// The number of devices that the entry of a UUID holds: that there is one is enough, and some of them end.
const SHARED_UUID_MAX: usize = 8;

/// Entries of digests, in the order of their keys: the order in which all units change them.
#[derive(Default)]
pub(in crate::autopilot) struct LedgerView {
    entries: BTreeMap<LedgerKey, DigestEntry>,
    /// The changes of devices' own entries.
    devices: Vec<LedgerChange>,
}

/// The entry of a digest.
struct DigestEntry {
    /// The bytes as they were read; none if there was no entry.
    before: Option<Box<[u8]>>,
    claims: Vec<HardwareClaim>,
    is_changed: bool,
}

impl LedgerView {
    /// Reads the entries of these digests.
    pub(in crate::autopilot) async fn read(
        context: &Context<'_>,
        keys: impl Iterator<Item = &LedgerKey>,
    ) -> Result<LedgerView, Error> {
        let mut view = LedgerView::default();
        view.add(context, keys).await?;
        Ok(view)
    }

    /// Reads the entries of more digests, but for those that are there.
    pub(in crate::autopilot) async fn add(
        &mut self,
        context: &Context<'_>,
        keys: impl Iterator<Item = &LedgerKey>,
    ) -> Result<(), Error> {
        let mut keys: Vec<LedgerKey> = keys.filter(|key| !self.entries.contains_key(*key)).copied().collect();
        keys.sort_unstable();
        keys.dedup();
        let entries = context.store.ledger(&keys).await?;
        for (key, before) in keys.into_iter().zip(entries) {
            let claims = before.as_deref().map(read_claims).transpose()?.unwrap_or_default();
            self.entries.insert(key, DigestEntry { before, claims, is_changed: false });
        }
        Ok(())
    }

    /// The claims of the entry of a digest.
    pub(super) fn claims(&self, key: &LedgerKey) -> &[HardwareClaim] {
        self.entries.get(key).map_or(&[], |entry| &entry.claims)
    }

    /// The devices of a tenant that go by any of the digests.
    pub(in crate::autopilot) fn devices_of(&self, tenant: Uuid) -> Vec<Key> {
        let claims = self.entries.values().flat_map(|entry| &entry.claims);
        let own = claims.filter(|claim| claim.tenant == tenant).map(|claim| claim.device.clone());
        let mut devices: Vec<Key> = own.collect();
        devices.sort_unstable();
        devices.dedup();
        devices
    }

    /// Claims a device for a new registration.
    pub(in crate::autopilot) fn register(
        &mut self,
        tenant: Uuid,
        device: &Key,
        digests: &HardwareDigests,
    ) -> Result<(), Error> {
        let claim = digests.claim(tenant, device);
        for key in digests.all() {
            if digests.uuid.as_ref() == Some(key) && self.claims(key).len() >= SHARED_UUID_MAX {
                continue;
            }
            self.change(key, |claims| claims.push(claim.clone()))?;
        }
        let own = digests.device_entry(Vec::new()).write()?;
        self.put_device(LedgerChange { key: device_keys(tenant, device)[0], before: None, after: Some(own) });
        Ok(())
    }

    /// Takes a device's claim from these digests.
    pub(super) fn release(&mut self, tenant: Uuid, device: &Key, keys: &[LedgerKey]) -> Result<(), Error> {
        keys.iter().try_for_each(|key| {
            self.change(key, |claims| claims.retain(|claim| !claim.is_of(tenant, device)))
        })
    }

    /// Adds a device's claim to these digests.
    pub(super) fn claim(&mut self, claim: &HardwareClaim, keys: &[LedgerKey]) -> Result<(), Error> {
        keys.iter().try_for_each(|key| self.change(key, |claims| claims.push(claim.clone())))
    }

    /// Adds the change of a device's own entry.
    pub(super) fn put_device(&mut self, change: LedgerChange) {
        self.devices.push(change);
    }

    fn change(&mut self, key: &LedgerKey, change: impl FnOnce(&mut Vec<HardwareClaim>)) -> Result<(), Error> {
        let Entry::Occupied(mut entry) = self.entries.entry(*key) else {
            return Err(Error::defect("an entry of the ledger is changed that was not read"));
        };
        let entry = entry.get_mut();
        entry.is_changed = true;
        change(&mut entry.claims);
        Ok(())
    }

    /// The changes that leave the ledger as it is here, if it is still as it was read.
    pub(in crate::autopilot) fn changes(self) -> Result<Vec<Change>, Error> {
        let mut changes = Vec::with_capacity(self.entries.len() + self.devices.len());
        for (key, entry) in self.entries.into_iter().filter(|(_, entry)| entry.is_changed) {
            let mut after = Vec::new();
            entry.claims.iter().try_for_each(|claim| claim.write(&mut after))?;
            let after: Option<Box<[u8]>> = (!after.is_empty()).then(|| after.into());
            if after != entry.before {
                changes.push(Change::Ledger(LedgerChange { key, before: entry.before, after }));
            }
        }
        changes.extend(self.devices.into_iter().map(Change::Ledger));
        Ok(changes)
    }
}
