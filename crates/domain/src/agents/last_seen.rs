//! When devices were there last: noted in memory, and written together every few seconds, many devices in one commit.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engine::generic::bare_update;
use engine::handlers::{Names, StartError};
use engine::{Call, Context, Engine, Error};
use odata::date_time::Ticks;
use odata::edm::SetId;
use odata::{Key, Value};
use store::{Change, Owners, Query};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::known_agents::device_caller;
use crate::autopilot::sets::{DEVICE, DEVICES};

/// The time between two commits.
const PAUSE: Duration = Duration::from_secs(3);
/// The devices of one commit.
const TOGETHER_MAX: usize = 500;
/// The devices that wait for a commit. Those beyond are noted with their next check-in.
const WAITING_MAX: usize = 100_000;
/// A time that is not older than this is not written anew.
pub(super) const FRESH_TICKS: i64 = 10 * 60 * 10_000_000;

/// The devices that were there, and when.
pub(super) struct LastSeen {
    devices: SetId,
    contacted_at: u16,
    waiting: Mutex<HashMap<(Uuid, Key), Ticks>>,
}

impl LastSeen {
    pub(super) fn new(names: &Names<'_>) -> Result<LastSeen, StartError> {
        Ok(LastSeen {
            devices: names.set(DEVICES)?,
            contacted_at: names.slot(DEVICE, "lastContactedDateTime")?,
            waiting: Mutex::default(),
        })
    }

    /// Notes that a device was there.
    pub(super) fn note(&self, tenant: Uuid, device: &Key, at: Ticks) {
        let mut waiting = self.waiting();
        if waiting.len() < WAITING_MAX {
            waiting.insert((tenant, device.clone()), at);
        }
    }

    /// Writes what is noted, now and then, until `end` is there, and then the rest. A commit that is under way is not broken
    /// off: what is in it is noted nowhere else.
    pub(super) async fn keep_writing(&self, engine: &Engine, mut end: oneshot::Receiver<()>) {
        loop {
            let is_end = tokio::time::timeout(PAUSE, &mut end).await.is_ok();
            self.write(engine).await;
            if is_end {
                return;
            }
        }
    }

    /// Writes what is noted by now. What cannot be written is left to the devices' next check-ins.
    async fn write(&self, engine: &Engine) {
        let noted = std::mem::take(&mut *self.waiting());
        let mut by_tenant: BTreeMap<Uuid, Vec<(Key, Ticks)>> = BTreeMap::new();
        for ((tenant, device), at) in noted {
            by_tenant.entry(tenant).or_default().push((device, at));
        }
        for (tenant, mut devices) in by_tenant {
            devices.sort_unstable();
            for devices in devices.chunks(TOGETHER_MAX) {
                if let Err(error) = self.write_some(engine, tenant, devices).await {
                    tracing::warn!(%tenant, devices = devices.len(), reason = error.message,
                        "when devices were there last cannot be written");
                }
            }
        }
    }

    async fn write_some(&self, engine: &Engine, tenant: Uuid, devices: &[(Key, Ticks)]) -> Result<(), Error> {
        let call = Call::without_resource(Arc::new(device_caller(tenant, Uuid::nil())), Uuid::new_v4());
        let context = engine.own_context(&call);
        context.change(|| self.changes(&context, devices)).await.map(|_| ())
    }

    async fn changes(&self, context: &Context<'_>, devices: &[(Key, Ticks)]) -> Result<Vec<Change>, Error> {
        let noted: HashMap<&Key, Ticks> = devices.iter().map(|(key, at)| (key, *at)).collect();
        let owners = Owners::Keys(devices.iter().map(|(key, _)| key.clone()).collect());
        let query = Query::all(context.tenant(), self.devices, 1);
        let mut changes = Vec::with_capacity(devices.len());
        for owned in context.store.list_each(&query, &owners).await? {
            let before = context.store.record(self.devices, &owned.row)?;
            let Some(at) = noted.get(&owned.row.key) else { continue };
            let is_newer =
                !matches!(before.get(self.contacted_at), Some(Value::DateTimeOffset(known)) if known >= at);
            if is_newer {
                let mut next = before.clone();
                next.set(self.contacted_at, Value::DateTimeOffset(*at));
                changes.push(bare_update(context, self.devices, &owned.row, &before, next)?);
            }
        }
        Ok(changes)
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<(Uuid, Key), Ticks>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
