//! Configurations, as they are assigned: what decides about one beside its assignments.

use std::collections::HashMap;

use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::{Key, Record, Value};
use store::{Owners, Query};

use super::format::{ConfigurationFormat, FormatValues};
use super::rollout::{Rollout, Rollouts};
use super::sets::{ASSIGNMENTS, CONFIGURATION, CONFIGURATIONS, ROLLOUTS};
use crate::assignment::AssignedKind;

engine::slots! {
    /// Where a configuration says what is delivered.
    pub(super) struct DeliveredSlots of CONFIGURATION {
        version,
        file_name,
        hardware_configuration_format,
        per_device_password_disabled,
        created_date_time,
    }
}

/// What a device is told of a configuration, but for its content.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ConfigurationFacts {
    pub(crate) version: i64,
    pub(crate) file_name: Box<str>,
    pub(crate) format: ConfigurationFormat,
    pub(crate) per_device_password_disabled: bool,
    pub(crate) rollout: Rollout,
}

/// Configurations, as they are assigned.
pub(super) struct Configurations {
    pub(super) set: SetId,
    assignments: SetId,
    rollouts: SetId,
    slots: DeliveredSlots,
    formats: FormatValues,
    rollout: Rollouts,
}

impl Configurations {
    pub(super) fn new(names: &Names<'_>) -> Result<Configurations, StartError> {
        Ok(Configurations {
            set: names.set(CONFIGURATIONS)?,
            assignments: names.set(ASSIGNMENTS)?,
            rollouts: names.set(ROLLOUTS)?,
            slots: DeliveredSlots::new(names)?,
            formats: FormatValues::new(names)?,
            rollout: Rollouts::new(names)?,
        })
    }

    /// What a device is told of a configuration.
    pub(super) fn of(&self, record: &Record, rollout: Rollout) -> ConfigurationFacts {
        let slots = &self.slots;
        ConfigurationFacts {
            version: match record.get(slots.version) {
                Some(Value::Int(version)) => *version,
                _ => 0,
            },
            file_name: record.text(slots.file_name).unwrap_or_default().into(),
            format: self.formats.format(record, slots.hardware_configuration_format),
            per_device_password_disabled: record.get(slots.per_device_password_disabled)
                == Some(&Value::Boolean(true)),
            rollout,
        }
    }
}

impl AssignedKind for Configurations {
    type Facts = ConfigurationFacts;

    fn set(&self) -> SetId {
        self.set
    }

    fn assignments(&self) -> SetId {
        self.assignments
    }

    fn other_sets(&self) -> Vec<SetId> {
        vec![self.rollouts]
    }

    fn created(&self) -> u16 {
        self.slots.created_date_time
    }

    fn takes_filters(&self) -> bool {
        true
    }

    fn other_groups(facts: &ConfigurationFacts) -> Vec<Key> {
        facts.rollout.groups().cloned().collect()
    }

    fn facts<'a>(
        &'a self,
        context: &'a Context<'a>,
        configurations: &'a [(Key, Record)],
    ) -> BoxFuture<'a, Result<Vec<ConfigurationFacts>, Error>> {
        Box::pin(async move {
            let owners = Owners::Parents(configurations.iter().map(|(key, _)| key.clone()).collect());
            let query = Query::all(context.tenant(), self.rollouts, 1);
            let mut rollouts = HashMap::new();
            for owned in context.list_each(&query, &owners).await? {
                let record = context.store.record(self.rollouts, &owned.row)?;
                rollouts.insert(owned.owner, self.rollout.read(&record));
            }
            let facts =
                |(key, record): &(Key, Record)| self.of(record, rollouts.remove(key).unwrap_or_default());
            Ok(configurations.iter().map(facts).collect())
        })
    }
}
