//! `remediationState`: what is to be done about a device whose hardware is not what was registered.
//!
//! A device that reports another hash is to be remedied, which is tried with its next report: the hash is accepted if
//! it is of the same device, and of nobody else's. Otherwise somebody has to import the device again, or delete it.

use std::collections::HashSet;

use engine::handlers::{Names, StartError};
use engine::{Collection, Context, Error, generic};
use odata::edm::SetId;
use odata::{Key, Record, Value};
use store::{Change, Owners, Query};

use super::device_identities::{SET, TYPE};
use super::holding::Holding;
use super::ownership::{Held, Marks, Standing};

/// Where a device's record says so, and the words for it.
#[derive(Clone)]
pub(super) struct Remediation {
    devices: SetId,
    state: u16,
    changed_at: u16,
    none: Value,
    automatic: Value,
    manual: Value,
}

/// What a device needs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Nothing,
    Automatic,
    Manual,
}

impl Remediation {
    pub(super) fn new(names: &Names<'_>) -> Result<Remediation, StartError> {
        let state = |member| names.member("windowsAutopilotDeviceRemediationState", member);
        Ok(Remediation {
            devices: names.set(SET)?,
            state: names.slot(TYPE, "remediationState")?,
            changed_at: names.slot(TYPE, "remediationStateLastModifiedDateTime")?,
            none: state("noRemediationRequired")?,
            automatic: state("automaticRemediationRequired")?,
            manual: state("manualRemediationRequired")?,
        })
    }

    fn stage(&self, device: &Record) -> Stage {
        match device.get(self.state) {
            Some(state) if *state == self.automatic => Stage::Automatic,
            Some(state) if *state == self.manual => Stage::Manual,
            _ => Stage::Nothing,
        }
    }

    fn put(&self, context: &Context<'_>, device: &mut Record, stage: Stage) {
        let state = match stage {
            Stage::Nothing => &self.none,
            Stage::Automatic => &self.automatic,
            Stage::Manual => &self.manual,
        };
        if device.get(self.state) != Some(state) {
            device.set(self.state, state.clone());
            device.set(self.changed_at, Value::DateTimeOffset(context.now));
        }
    }

    /// What a report of a hash makes of a device, and of what is kept of its hardware.
    pub(super) async fn reported(
        &self,
        context: &Context<'_>,
        key: &Key,
        device: &mut Record,
        marks: Marks,
    ) -> Result<Vec<Change>, Error> {
        let held = Held::look_up(context, key).await?;
        let holding = &held.holding;
        if holding.fingerprint.is_empty() {
            // It was registered without a hash: this is the one that the next is compared with.
            let next = Holding { fingerprint: marks.fingerprint, ..holding.clone() };
            return Ok(vec![Change::Ledger(held.noted(context, key, &next))]);
        }
        let changed = holding.fingerprint.changes(&marks.fingerprint);
        let next = match (self.stage(device), changed.is_empty()) {
            (Stage::Nothing | Stage::Manual, true) => return Ok(Vec::new()),
            (Stage::Automatic, true) => {
                self.put(context, device, Stage::Nothing);
                return Ok(Vec::new());
            }
            (Stage::Nothing, false) => Stage::Automatic,
            (Stage::Automatic, false) => {
                let standing = Standing::look_up_one(context, marks).await?;
                if is_accepted(context, key, holding, &standing) {
                    self.put(context, device, Stage::Nothing);
                    let moved = held.moved(context, key, Some((&standing.marks, changed))).await?;
                    return Ok(moved.into_iter().map(Change::Ledger).collect());
                }
                Stage::Manual
            }
            (Stage::Manual, false) => Stage::Manual,
        };
        self.put(context, device, next);
        let next = Holding { changed, ..holding.clone() };
        Ok(vec![Change::Ledger(held.noted(context, key, &next))])
    }

    /// Which of these devices are to be remedied.
    pub(super) async fn among(
        &self,
        context: &Context<'_>,
        devices: Vec<Key>,
    ) -> Result<HashSet<Key>, Error> {
        let mut found = HashSet::new();
        if devices.is_empty() {
            return Ok(found);
        }
        let query = Query::all(context.tenant(), self.devices, 1);
        for owned in context.store.list_each(&query, &Owners::Keys(devices)).await? {
            let device = context.store.record(self.devices, &owned.row)?;
            if self.stage(&device) != Stage::Nothing {
                found.insert(owned.row.key);
            }
        }
        Ok(found)
    }

    /// What importing a device again makes of one that is to be remedied: it has the imported hash. None if there is
    /// nothing to remedy.
    pub(super) async fn imported_again(
        &self,
        context: &Context<'_>,
        key: &Key,
        marks: &Marks,
    ) -> Result<Option<Vec<Change>>, Error> {
        let Some(row) = context.store.get(context.tenant(), self.devices, None, key).await? else {
            return Ok(None);
        };
        let mut device = context.store.record(self.devices, &row)?;
        if self.stage(&device) == Stage::Nothing {
            return Ok(None);
        }
        self.put(context, &mut device, Stage::Nothing);
        let held = Held::look_up(context, key).await?;
        let changed = held.holding.changed.clone();
        let moved = held.moved(context, key, Some((marks, changed))).await?;
        let mut changes = generic::next_state(context, &Collection::of(self.devices), &row, device).await?;
        changes.extend(moved.into_iter().map(Change::Ledger));
        Ok(Some(changes))
    }
}

/// Whether a changed hash is the device's own: of the same device as before, and of nobody else's.
fn is_accepted(context: &Context<'_>, key: &Key, holding: &Holding, standing: &Standing) -> bool {
    let is_own = standing.same.iter().all(|one| one.tenant == context.tenant() && one.device == *key);
    is_own && holding.fingerprint.is_same_device(&standing.marks.fingerprint)
}
