//! Who has which device, across all tenants: the ledger's entries of hardware.
//!
//! Under the digest of each thing that tells a device from others ([`Facts::keys`]) stand the devices that have it, and
//! under a device's own digest the digests it stands under ([`Holding`]), so that it can be let go. A tenant learns no more than that
//! a device is another's.

use aws_lc_rs::digest::{SHA256, digest};
use engine::{Context, Error};
use odata::Key;
use store::{LedgerChange, LedgerKey};
use uuid::Uuid;

use super::holding::Holding;
use crate::hardware_hash::{DevicePart, Facts, Fingerprint, Grounds, HardwareHash};

/// What a device goes by, the strongest first, and what its parts are known by.
pub(super) struct Marks {
    keys: Vec<(Grounds, LedgerKey)>,
    /// Where the tenant's devices stand that have this UUID, and no TPM to be told by.
    uuid: Option<LedgerKey>,
    pub(super) fingerprint: Fingerprint,
}

/// How many devices stand under a UUID: that there is one is enough, and some of them end.
const SHARED_UUID_MAX: usize = 8;

impl Marks {
    /// Those of a decoded hash. Its own digest counts only where nothing else does.
    pub(super) fn of(tenant: Uuid, hash: &HardwareHash, facts: &Facts) -> Marks {
        let mut keys = facts.keys();
        if keys.len() > 1 {
            keys.retain(|(grounds, _)| *grounds != Grounds::Blob);
        }
        let uuid = facts.smbios_uuid.filter(|_| facts.endorsement_key_digest.is_none());
        let uuid = uuid.map(|uuid| key(&[b"uuid", tenant.as_bytes(), uuid.as_bytes()]));
        Marks { keys, uuid, fingerprint: Fingerprint::of(hash, facts) }
    }

    /// Those of a blob that is taken as it is: it goes by its digest and the serial number.
    pub(super) fn of_opaque(blob: &str, serial_number: &str) -> Marks {
        let serial_number = serial_number.trim().to_ascii_lowercase();
        let key = key(&[b"opaque", blob.as_bytes(), serial_number.as_bytes()]);
        let fingerprint = Fingerprint::of_blob(blob.as_bytes());
        Marks { keys: vec![(Grounds::Blob, key)], uuid: None, fingerprint }
    }

    /// The digests under which the device stands.
    fn all(&self) -> impl Iterator<Item = &LedgerKey> {
        self.keys.iter().map(|(_, key)| key).chain(&self.uuid)
    }

    /// The device's own entry.
    fn holding(&self, changed: Vec<DevicePart>) -> Holding {
        let keys = self.all().copied().collect();
        Holding { keys, fingerprint: self.fingerprint.clone(), changed }
    }

    /// Which parts of the device are known that make it what it is, a bit for each.
    fn known(&self) -> u8 {
        let parts = self.keys.iter().filter(|(grounds, _)| *grounds < Grounds::SerialNumber);
        parts.fold(0, |known, (grounds, _)| known | 1 << (*grounds as u8))
    }
}

/// A device that stands in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    pub(super) tenant: Uuid,
    pub(super) device: Key,
    known: u8,
}

/// What the ledger said of a device, when it was looked at.
pub(super) struct Standing {
    pub(super) marks: Marks,
    entries: Vec<Option<Box<[u8]>>>,
    /// Those that are the same device.
    pub(super) same: Vec<Holder>,
    /// Those with the same manufacturer, model and serial number, the same device or not.
    pub(super) namesakes: Vec<Holder>,
    /// The tenant's with the same UUID, the same device or not.
    same_uuid: Vec<Holder>,
    /// Whether another with the same UUID is registered in the same commit.
    has_met: bool,
}

impl Standing {
    /// Looks devices up, each by its marks.
    pub(super) async fn look_up(context: &Context<'_>, devices: Vec<Marks>) -> Result<Vec<Standing>, Error> {
        let keys: Vec<LedgerKey> = devices.iter().flat_map(Marks::all).copied().collect();
        let mut entries = context.store.ledger(&keys).await?.into_iter();
        let mut standings = Vec::with_capacity(devices.len());
        for marks in devices {
            let own = entries.by_ref().take(marks.all().count()).collect();
            standings.push(Standing::of(marks, own)?);
        }
        Ok(standings)
    }

    /// Looks one device up.
    pub(super) async fn look_up_one(context: &Context<'_>, marks: Marks) -> Result<Standing, Error> {
        let keys: Vec<LedgerKey> = marks.all().copied().collect();
        let entries = context.store.ledger(&keys).await?;
        Standing::of(marks, entries)
    }

    /// The one device of the tenant that it is, or is by its name.
    pub(super) fn own(&self, tenant: Uuid) -> Option<&Key> {
        let known = if self.same.is_empty() { &self.namesakes } else { &self.same };
        match known.as_slice() {
            [holder] if holder.tenant == tenant => Some(&holder.device),
            _ => None,
        }
    }

    fn of(marks: Marks, entries: Vec<Option<Box<[u8]>>>) -> Result<Standing, Error> {
        let known = marks.known();
        let (mut same, mut namesakes) = (Vec::new(), Vec::new());
        for ((grounds, _), entry) in marks.keys.iter().zip(&entries) {
            let holders = holders_in(entry.as_deref())?;
            if *grounds == Grounds::SerialNumber {
                namesakes.clone_from(&holders);
            }
            // The strongest grounds decide. What both know and did not meet by, they know differently.
            let contradicted =
                |holder: &Holder| *grounds == Grounds::SerialNumber && holder.known & known != 0;
            if same.is_empty() {
                same.extend(holders.into_iter().filter(|holder| !contradicted(holder)));
            }
        }
        let same_uuid = holders_in(entries.get(marks.keys.len()).and_then(Option::as_deref))?;
        Ok(Standing { marks, entries, same, namesakes, same_uuid, has_met: false })
    }

    /// What the device goes by.
    pub(super) fn keys(&self) -> impl Iterator<Item = &LedgerKey> {
        self.marks.keys.iter().map(|(_, key)| key)
    }

    /// What the tenant's devices with its UUID stand under, if it can be told by no TPM.
    pub(super) fn uuid(&self) -> Option<&LedgerKey> {
        self.marks.uuid.as_ref()
    }

    /// Another with the same UUID is registered in the same commit, and stands under it.
    pub(super) fn meet(&mut self) {
        self.has_met = true;
    }

    /// Whether another device of the tenant has its UUID: virtual machines of one template.
    pub(super) fn shares_its_uuid(&self) -> bool {
        let is_same = |other: &Holder| self.same.iter().any(|one| one.device == other.device);
        self.has_met || self.same_uuid.iter().any(|other| !is_same(other))
    }

    /// What enters a device, if the ledger is still as it was.
    pub(super) fn enter(&self, tenant: Uuid, device: &Key) -> Vec<LedgerChange> {
        let mut changes = Vec::with_capacity(self.entries.len() + 1);
        let holder = Holder { tenant, device: device.clone(), known: self.marks.known() };
        let is_left_out = self.has_met || self.same_uuid.len() >= SHARED_UUID_MAX;
        for (key, before) in self.marks.all().zip(&self.entries) {
            if is_left_out && self.uuid() == Some(key) {
                continue;
            }
            let mut after = before.as_deref().unwrap_or_default().to_vec();
            holder.write(&mut after);
            changes.push(LedgerChange { key: *key, before: before.clone(), after: Some(after.into()) });
        }
        let own = self.marks.holding(Vec::new()).write();
        changes.push(LedgerChange { key: device_key(tenant, device), before: None, after: Some(own) });
        changes
    }
}

/// A device's own entry, and its bytes as they were looked at.
pub(super) struct Held {
    entry: Option<Box<[u8]>>,
    pub(super) holding: Holding,
}

impl Held {
    /// Looks a device of the tenant up.
    pub(super) async fn look_up(context: &Context<'_>, device: &Key) -> Result<Held, Error> {
        let entry = context.store.ledger(&[device_key(context.tenant(), device)]).await?.pop().flatten();
        let holding = Holding::read(entry.as_deref().unwrap_or_default()).ok_or_else(damaged)?;
        Ok(Held { entry, holding })
    }

    /// What makes the entry say this, if it is still as it was. The digests it stands under stay.
    pub(super) fn noted(&self, context: &Context<'_>, device: &Key, next: &Holding) -> LedgerChange {
        let key = device_key(context.tenant(), device);
        LedgerChange { key, before: self.entry.clone(), after: Some(next.write()) }
    }

    /// What takes the device from under the digests of the hash it had to under those of another. One that never
    /// stood under any does not claim any now.
    pub(super) async fn moved(
        &self,
        context: &Context<'_>,
        device: &Key,
        marks: Option<(&Marks, Vec<DevicePart>)>,
    ) -> Result<Vec<LedgerChange>, Error> {
        let (tenant, old) = (context.tenant(), &self.holding.keys);
        let mut next = marks.as_ref().map(|(marks, changed)| marks.holding(changed.clone()));
        if let Some(next) = next.as_mut().filter(|_| old.is_empty()) {
            next.keys.clear();
        }
        let wanted = next.as_ref().map_or(&[][..], |next| &next.keys);
        let known = marks.map_or(0, |(marks, _)| marks.known());
        let holder = Holder { tenant, device: device.clone(), known };
        let mut keys: Vec<LedgerKey> = old.iter().chain(wanted).copied().collect();
        keys.sort_unstable();
        keys.dedup();
        let entries = context.store.ledger(&keys).await?;
        let mut changes = vec![LedgerChange {
            key: device_key(tenant, device),
            before: self.entry.clone(),
            after: next.as_ref().map(Holding::write),
        }];
        for (key, before) in keys.into_iter().zip(entries) {
            let mut after = Vec::new();
            let all = holders_in(before.as_deref())?;
            let others = all.iter().filter(|other| other.tenant != tenant || other.device != *device);
            others.for_each(|other| other.write(&mut after));
            if wanted.contains(&key) {
                holder.write(&mut after);
            }
            let after = (!after.is_empty()).then(|| after.into());
            changes.push(LedgerChange { key, before, after });
        }
        Ok(changes)
    }
}

/// What lets a device go, so that another tenant can have it. Nothing for one that never entered.
pub(super) async fn release(context: &Context<'_>, device: &Key) -> Result<Vec<LedgerChange>, Error> {
    let held = Held::look_up(context, device).await?;
    if held.entry.is_none() { Ok(Vec::new()) } else { held.moved(context, device, None).await }
}

impl Holder {
    /// Tenant, what is known, the length of the device's key, and that.
    fn write(&self, out: &mut Vec<u8>) {
        let device = self.device.to_bytes();
        out.extend_from_slice(self.tenant.as_bytes());
        out.push(self.known);
        // Keys of devices are ours: GUIDs.
        out.push(u8::try_from(device.len()).unwrap_or(u8::MAX));
        out.extend_from_slice(&device);
    }

    fn read(bytes: &mut &[u8]) -> Option<Holder> {
        let (tenant, rest) = bytes.split_first_chunk::<16>()?;
        let ([known, length], rest) = rest.split_first_chunk::<2>()?;
        let (device, rest) = rest.split_at_checked(usize::from(*length))?;
        *bytes = rest;
        Some(Holder { tenant: Uuid::from_bytes(*tenant), device: Key::from_bytes(device)?, known: *known })
    }
}

/// Those that stand in an entry of the ledger.
fn holders_in(entry: Option<&[u8]>) -> Result<Vec<Holder>, Error> {
    holders(entry.unwrap_or_default()).ok_or_else(damaged)
}

fn holders(mut bytes: &[u8]) -> Option<Vec<Holder>> {
    let mut holders = Vec::new();
    while !bytes.is_empty() {
        holders.push(Holder::read(&mut bytes)?);
    }
    Some(holders)
}

fn damaged() -> Error {
    store::ReadError::Corrupt("an entry of the ledger of devices".to_owned()).into()
}

fn device_key(tenant: Uuid, device: &Key) -> LedgerKey {
    key(&[b"device", tenant.as_bytes(), &device.to_bytes()])
}

/// No two lists of parts give the same bytes: each part is led by its length.
fn key(parts: &[&[u8]]) -> LedgerKey {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend((part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part);
    }
    let mut key = LedgerKey::default();
    key.copy_from_slice(digest(&SHA256, &bytes).as_ref());
    key
}

#[cfg(test)]
mod tests {
    use super::{Holder, holders};
    use odata::Key;
    use uuid::Uuid;

    #[test]
    fn holders_are_read_as_they_were_written() {
        let holder = |device, known| Holder { tenant: Uuid::from_u128(7), device, known };
        let all = [holder(Key::new(), 5), holder(Key::parse("not a guid"), 0)];
        let mut bytes = Vec::new();
        all.iter().for_each(|holder| holder.write(&mut bytes));
        assert_eq!(holders(&bytes).unwrap(), all);
        for cut in 1..bytes.len() {
            let read = holders(&bytes[..cut]);
            assert!(read.is_none_or(|read| read == all[..1]), "cut at {cut}");
        }
    }
}
