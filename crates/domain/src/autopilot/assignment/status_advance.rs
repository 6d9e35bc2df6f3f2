//! The next advances of assignment statuses: those of one profile that are due at the same time are one job.

use std::collections::BTreeMap;

use engine::{Context, Error, later};
use odata::{Key, Record};
use serde::{Deserialize, Serialize};
use store::Change;

use super::statuses::AssignmentStatuses;
use crate::autopilot::jobs;

/// The next advances of the statuses of devices.
#[derive(Default)]
pub(in crate::autopilot) struct StatusAdvances {
    /// The devices, by their profile and whether it is still to be delivered.
    devices: BTreeMap<(Key, bool), Vec<Key>>,
}

/// The content of the job: devices whose status advances towards a profile.
#[derive(Serialize, Deserialize)]
pub(super) struct StatusAdvance {
    pub(super) profile: Key,
    pub(super) devices: Vec<Key>,
}

impl StatusAdvances {
    /// Adds the next advance of a device, if there is one.
    pub(super) fn add(&mut self, statuses: &AssignmentStatuses, key: &Key, device: &Record) {
        if let Some(profile) = statuses.intended(device).filter(|_| statuses.is_under_way(device)) {
            self.devices.entry((profile, statuses.is_pending(device))).or_default().push(key.clone());
        }
    }

    /// The job of one device's next advance, if there is one.
    pub(in crate::autopilot) fn of_one(
        context: &Context<'_>,
        statuses: &AssignmentStatuses,
        key: &Key,
        device: &Record,
    ) -> Result<Vec<Change>, Error> {
        let mut advances = StatusAdvances::default();
        advances.add(statuses, key, device);
        advances.jobs(context, statuses)
    }

    /// The jobs of the advances.
    pub(super) fn jobs(
        self,
        context: &Context<'_>,
        statuses: &AssignmentStatuses,
    ) -> Result<Vec<Change>, Error> {
        let job = |((profile, is_pending), devices): ((Key, bool), Vec<Key>)| {
            let seconds = statuses.delay_seconds(is_pending);
            let subject = match devices.as_slice() {
                [device] => device.clone(),
                _ => Key::new(),
            };
            let content = StatusAdvance { profile, devices }.content()?;
            Ok(jobs::ADVANCE.job(subject, &content, later(context.now, seconds)))
        };
        self.devices.into_iter().map(job).collect()
    }
}

impl StatusAdvance {
    fn content(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self)
            .map_err(|error| Error::defect(format!("the advance of a status cannot be written: {error}")))
    }

    /// The advance of a job with this content.
    pub(super) fn read(content: &[u8]) -> Result<StatusAdvance, Error> {
        serde_json::from_slice(content)
            .map_err(|_| store::ReadError::Corrupt("the advance of an assignment status".to_owned()).into())
    }
}

#[cfg(test)]
mod tests {
    use odata::Key;

    use super::StatusAdvance;

    /// Jobs are rows of the database: an earlier Muster's must be done by a later one.
    #[test]
    fn stored_jobs_keep_their_form() {
        let key = serde_json::to_string(&Key::parse("k")).unwrap();
        let stored = format!(r#"{{"profile":{key},"devices":[{key}]}}"#);
        let advance = StatusAdvance::read(stored.as_bytes()).unwrap();
        assert_eq!((&advance.profile, &*advance.devices), (&Key::parse("k"), &[Key::parse("k")][..]));
        assert_eq!(String::from_utf8(advance.content().unwrap()).unwrap(), stored);
    }
}
