//! `hardwareConfigurations`: the version counts changes of what is delivered to a BIOS, and nothing else.

use engine::handlers::{Behaviour, Names, StartError};
use engine::{Context, Error};
use odata::{Record, Value};

pub(super) struct HardwareConfigurations {
    version: u16,
    created: u16,
    modified: u16,
    /// The properties whose change makes a new version.
    delivered: [u16; 3],
    /// The slots of the properties whose text is never empty.
    named: [(&'static str, u16); 2],
}

const TYPE: &str = "hardwareConfiguration";

impl HardwareConfigurations {
    pub(super) fn new(names: &Names<'_>) -> Result<HardwareConfigurations, StartError> {
        let slot = |property| names.slot(TYPE, property);
        Ok(HardwareConfigurations {
            version: slot("version")?,
            created: slot("createdDateTime")?,
            modified: slot("lastModifiedDateTime")?,
            delivered: [
                slot("fileName")?,
                slot("configurationFileContent")?,
                slot("perDevicePasswordDisabled")?,
            ],
            named: [("displayName", slot("displayName")?), ("fileName", slot("fileName")?)],
        })
    }
}

impl HardwareConfigurations {
    /// Refuses a name that is empty, unless it was before.
    fn check_names(&self, before: Option<&Record>, after: &Record) -> Result<(), Error> {
        let is_empty = |record: &Record, slot| record.text(slot).is_some_and(|text| text.trim().is_empty());
        for (name, slot) in self.named {
            if is_empty(after, slot) && !before.is_some_and(|before| is_empty(before, slot)) {
                let message = format!("The property '{name}' must not be empty.");
                return Err(Error::bad_request(message).coded(odata::code::INVALID_VALUE).about(name));
            }
        }
        Ok(())
    }
}

impl Behaviour for HardwareConfigurations {
    fn before_create(&self, context: &Context<'_>, record: &mut Record) -> Result<(), Error> {
        self.check_names(None, record)?;
        record.set(self.version, Value::Int(1));
        record.set(self.created, Value::DateTimeOffset(context.now));
        record.set(self.modified, Value::DateTimeOffset(context.now));
        Ok(())
    }

    fn before_update(&self, context: &Context<'_>, before: &Record, after: &mut Record) -> Result<(), Error> {
        self.check_names(Some(before), after)?;
        let is_new = self.delivered.iter().any(|slot| before.get(*slot) != after.get(*slot));
        if let (true, Some(Value::Int(version))) = (is_new, before.get(self.version)) {
            after.set(self.version, Value::Int(version + 1));
        }
        after.set(self.modified, Value::DateTimeOffset(context.now));
        Ok(())
    }
}
