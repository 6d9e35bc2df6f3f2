//! `hardwareConfigurations/{id}/versions`: what a configuration was before its version rose. The present version is the
//! configuration itself; the last ones before it are kept, so that they can be compared and given out again.

use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use odata::edm::{SetId, TypeId};
use odata::payload::Draft;
use odata::{Key, Record, Value};
use store::Change;

use super::sets::{CONFIGURATION, VERSION, VERSIONS};

/// The former versions that are kept of a configuration. A file has 5 kB at most.
const VERSIONS_MAX: i64 = 50;

engine::slots! {
    /// Where a configuration has what a version keeps of it.
    struct PresentSlots of CONFIGURATION {
        version,
        file_name,
        configuration_file_content,
        per_device_password_disabled,
        hardware_configuration_format,
    }
}

engine::slots! {
    /// Where a former version has it.
    struct FormerSlots of VERSION {
        id,
        version,
        file_name,
        configuration_file_content,
        per_device_password_disabled,
        hardware_configuration_format,
        replaced_date_time,
    }
}

/// The keeper of former versions.
pub(super) struct FormerVersions {
    set: SetId,
    entity_type: TypeId,
    present: PresentSlots,
    former: FormerSlots,
}

impl FormerVersions {
    pub(super) fn new(names: &Names<'_>) -> Result<FormerVersions, StartError> {
        Ok(FormerVersions {
            set: names.set(VERSIONS)?,
            entity_type: names.structured(VERSION)?,
            present: PresentSlots::new(names)?,
            former: FormerSlots::new(names)?,
        })
    }

    /// The changes that keep what a configuration was, if its version rises, and end what is too old to be kept.
    pub(super) async fn kept(
        &self,
        context: &Context<'_>,
        configuration: &Key,
        before: &Record,
        next: &Record,
    ) -> Result<Vec<Change>, Error> {
        let slot = self.present.version;
        let Some(Value::Int(number)) = before.get(slot).filter(|number| next.get(slot) != Some(number))
        else {
            return Ok(Vec::new());
        };
        let parent = Some(configuration.clone());
        let key = key_of(*number);
        let entity = Draft(self.former(context, &key, before)).complete(context.model())?;
        let mut changes = vec![Change::Insert { set: self.set, parent: parent.clone(), key, entity }];
        let oldest = key_of(number - VERSIONS_MAX);
        if let Some(row) = context.get(self.set, Some(configuration), &oldest).await? {
            changes.push(Change::Delete { set: self.set, parent, key: oldest, expected: row.version });
        }
        Ok(changes)
    }

    fn former(&self, context: &Context<'_>, key: &Key, configuration: &Record) -> Record {
        let (from, to) = (&self.present, &self.former);
        let mut former = Record::empty(self.entity_type, context.model().structured(self.entity_type).slots);
        for (from, to) in [
            (from.version, to.version),
            (from.file_name, to.file_name),
            (from.configuration_file_content, to.configuration_file_content),
            (from.per_device_password_disabled, to.per_device_password_disabled),
            (from.hardware_configuration_format, to.hardware_configuration_format),
        ] {
            if let Some(value) = configuration.get(from) {
                former.set(to, value.clone());
            }
        }
        former.set(to.id, Value::String(key.to_string().into()));
        former.set(to.replaced_date_time, Value::DateTimeOffset(context.now));
        former
    }
}

fn key_of(version: i64) -> Key {
    Key::parse(&version.to_string())
}
