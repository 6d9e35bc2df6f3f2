//! `remediationState`: what is to be done about a device whose hardware is not what was registered.
//!
//! A device that reports another hash is to be remedied, which is tried with its next report: the hash is accepted if
//! it is of the same device, and of nobody else's. Otherwise somebody has to import the device again, or delete it.

use std::collections::HashMap;

use engine::handlers::{Names, StartError};
use engine::{Collection, Context, Error, generic};
use odata::edm::SetId;
use odata::{Key, Record, Value};
use store::{Change, Owned, Owners, Query, Row};

use crate::autopilot::ledger::{DeviceEntry, HardwareClaims, HardwareDigests, LedgerView, StoredEntry};
use crate::autopilot::sets::{DEVICE, DEVICES};

/// The remediation of devices: the slots of a device's record that tell its state, and the states.
#[derive(Clone)]
pub(in crate::autopilot) struct Remediation {
    devices: SetId,
    state: u16,
    changed_at: u16,
    none: Value,
    automatic: Value,
    manual: Value,
}

/// A device that requires a remediation.
pub(in crate::autopilot) struct DeviceToRemedy {
    row: Row,
    record: Record,
}

/// The remediation that a device requires.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RequiredRemediation {
    None,
    /// Tried with the device's next report.
    Automatic,
    /// The device is to be imported again, or deleted.
    Manual,
}

impl Remediation {
    pub(in crate::autopilot) fn new(names: &Names<'_>) -> Result<Remediation, StartError> {
        let state = |member| names.member("windowsAutopilotDeviceRemediationState", member);
        Ok(Remediation {
            devices: names.set(DEVICES)?,
            state: names.slot(DEVICE, "remediationState")?,
            changed_at: names.slot(DEVICE, "remediationStateLastModifiedDateTime")?,
            none: state("noRemediationRequired")?,
            automatic: state("automaticRemediationRequired")?,
            manual: state("manualRemediationRequired")?,
        })
    }

    fn required(&self, device: &Record) -> RequiredRemediation {
        match device.get(self.state) {
            Some(state) if *state == self.automatic => RequiredRemediation::Automatic,
            Some(state) if *state == self.manual => RequiredRemediation::Manual,
            _ => RequiredRemediation::None,
        }
    }

    fn put(&self, context: &Context<'_>, device: &mut Record, required: RequiredRemediation) {
        let state = match required {
            RequiredRemediation::None => &self.none,
            RequiredRemediation::Automatic => &self.automatic,
            RequiredRemediation::Manual => &self.manual,
        };
        if device.get(self.state) != Some(state) {
            device.set(self.state, state.clone());
            device.set(self.changed_at, Value::DateTimeOffset(context.now));
        }
    }

    /// Compares a reported hash with the one that was accepted last, and sets what the device requires. The changes are
    /// those of the ledger.
    pub(in crate::autopilot) async fn after_report(
        &self,
        context: &Context<'_>,
        key: &Key,
        device: &mut Record,
        digests: HardwareDigests,
    ) -> Result<Vec<Change>, Error> {
        let stored = StoredEntry::read(context, key).await?;
        let entry = &stored.entry;
        if entry.fingerprint.is_empty() {
            // It was registered without a hash: this is the one that the next is compared with.
            let next = DeviceEntry { fingerprint: digests.fingerprint, ..entry.clone() };
            return Ok(vec![Change::Ledger(stored.update(&next)?)]);
        }
        let changed = entry.fingerprint.changes(&digests.fingerprint);
        let next = match (self.required(device), changed.is_empty()) {
            (RequiredRemediation::None | RequiredRemediation::Manual, true) => return Ok(Vec::new()),
            (RequiredRemediation::Automatic, true) => {
                self.put(context, device, RequiredRemediation::None);
                return Ok(Vec::new());
            }
            (RequiredRemediation::None, false) => RequiredRemediation::Automatic,
            (RequiredRemediation::Automatic, false) => {
                let mut ledger = LedgerView::read(context, digests.all()).await?;
                let claims = HardwareClaims::of(&digests, &ledger);
                if is_accepted(context, key, entry, &digests, &claims) {
                    self.put(context, device, RequiredRemediation::None);
                    stored.rehash(context, key, &digests, changed, &mut ledger).await?;
                    return ledger.changes();
                }
                RequiredRemediation::Manual
            }
            (RequiredRemediation::Manual, false) => RequiredRemediation::Manual,
        };
        self.put(context, device, next);
        let next = DeviceEntry { changed, ..entry.clone() };
        Ok(vec![Change::Ledger(stored.update(&next)?)])
    }

    /// The devices among these that require a remediation.
    pub(in crate::autopilot) async fn required_among(
        &self,
        context: &Context<'_>,
        devices: Vec<Key>,
    ) -> Result<HashMap<Key, DeviceToRemedy>, Error> {
        let mut found = HashMap::new();
        if devices.is_empty() {
            return Ok(found);
        }
        let query = Query::all(context.tenant(), self.devices, 1);
        for Owned { row, .. } in context.list_each(&query, &Owners::Keys(devices)).await? {
            let record = context.store.record(self.devices, &row)?;
            if self.required(&record) != RequiredRemediation::None {
                found.insert(row.key.clone(), DeviceToRemedy { row, record });
            }
        }
        Ok(found)
    }

    /// The changes that give a device the hash it was imported with again; those of the ledger are made in what was read
    /// of it.
    pub(in crate::autopilot) async fn by_import(
        &self,
        context: &Context<'_>,
        device: DeviceToRemedy,
        digests: &HardwareDigests,
        ledger: &mut LedgerView,
    ) -> Result<Vec<Change>, Error> {
        let DeviceToRemedy { row, mut record } = device;
        self.put(context, &mut record, RequiredRemediation::None);
        let stored = StoredEntry::read(context, &row.key).await?;
        let changed = stored.entry.changed.clone();
        stored.rehash(context, &row.key, digests, changed, ledger).await?;
        generic::next_state(context, &Collection::of(self.devices), &row, record).await
    }
}

/// Whether a changed hash is the device's own: of the same device as before, and of nobody else's.
fn is_accepted(
    context: &Context<'_>,
    key: &Key,
    entry: &DeviceEntry,
    digests: &HardwareDigests,
    claims: &HardwareClaims,
) -> bool {
    let is_own = claims.same_device.iter().all(|claim| claim.is_of(context.tenant(), key));
    is_own && entry.fingerprint.is_same_device(&digests.fingerprint)
}
