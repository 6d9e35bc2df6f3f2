//! `hardwareConfigurations`: the version counts changes of what is delivered to a BIOS, and nothing else.

use engine::handlers::{Behaviour, Names, StartError};
use engine::{Context, EntityAddress, Error};
use futures_util::future::BoxFuture;
use odata::payload::Valid;
use odata::query::Expression;
use odata::{Key, Record, Value};
use store::{Change, Row};

use super::file_findings::FileFindings;
use super::format::{ConfigurationFormat, FormatValues};
use super::rollouts::advance;
use super::sets::CONFIGURATION;
use super::versions::FormerVersions;
use crate::FileLint;
use crate::scope_tags::ScopeTags;

engine::slots! {
    /// Where a configuration says what is delivered, in which version, and when it was changed.
    struct ConfigurationSlots of CONFIGURATION {
        version,
        created_date_time,
        last_modified_date_time,
        display_name,
        file_name,
        configuration_file_content,
        per_device_password_disabled,
        hardware_configuration_format,
    }
}

/// The behaviour of the set.
pub(super) struct HardwareConfigurations {
    slots: ConfigurationSlots,
    formats: FormatValues,
    tags: ScopeTags,
    findings: FileFindings,
    versions: FormerVersions,
}

impl HardwareConfigurations {
    pub(super) fn new(names: &Names<'_>, lint: FileLint) -> Result<HardwareConfigurations, StartError> {
        Ok(HardwareConfigurations {
            slots: ConfigurationSlots::new(names)?,
            formats: FormatValues::new(names)?,
            tags: ScopeTags::new(names, CONFIGURATION)?,
            findings: FileFindings::new(names, lint)?,
            versions: FormerVersions::new(names)?,
        })
    }

    /// The properties whose change makes a new version.
    fn delivered(&self) -> [u16; 3] {
        let slots = &self.slots;
        [slots.file_name, slots.configuration_file_content, slots.per_device_password_disabled]
    }

    /// Refuses a name that is empty, unless it was before.
    fn check_names(&self, before: Option<&Record>, after: &Record) -> Result<(), Error> {
        let is_empty = |record: &Record, slot| record.text(slot).is_some_and(|text| text.trim().is_empty());
        for (name, slot) in [("displayName", self.slots.display_name), ("fileName", self.slots.file_name)] {
            if is_empty(after, slot) && !before.is_some_and(|before| is_empty(before, slot)) {
                let message = format!("The property '{name}' must not be empty.");
                return Err(Error::bad_request(message).coded(odata::code::INVALID_VALUE).about(name));
            }
        }
        Ok(())
    }
}

impl Behaviour for HardwareConfigurations {
    fn visible(&self, context: &Context<'_>) -> Option<Expression> {
        self.tags.visible(context)
    }

    fn before_create(&self, context: &Context<'_>, record: &mut Record) -> Result<(), Error> {
        self.check_names(None, record)?;
        self.tags.complete(context, record)?;
        if record.get(self.slots.hardware_configuration_format).is_none() {
            let format = ConfigurationFormat::of_file(record.text(self.slots.file_name).unwrap_or_default());
            record.set(self.slots.hardware_configuration_format, self.formats.value(format));
        }
        record.set(self.slots.version, Value::Int(1));
        record.set(self.slots.created_date_time, Value::DateTimeOffset(context.now));
        record.set(self.slots.last_modified_date_time, Value::DateTimeOffset(context.now));
        self.findings.refuse(None, record)
    }

    fn before_update(&self, context: &Context<'_>, before: &Record, after: &mut Record) -> Result<(), Error> {
        self.check_names(Some(before), after)?;
        self.tags.follow(context, before, after)?;
        let is_new = self.delivered().into_iter().any(|slot| before.get(slot) != after.get(slot));
        if let (true, Some(Value::Int(version))) = (is_new, before.get(self.slots.version)) {
            after.set(self.slots.version, Value::Int(version + 1));
        }
        after.set(self.slots.last_modified_date_time, Value::DateTimeOffset(context.now));
        self.findings.refuse(Some(before), after)
    }

    fn admit<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a EntityAddress,
        before: Option<&'a Record>,
        next: &'a mut Record,
    ) -> BoxFuture<'a, Result<Vec<Change>, Error>> {
        Box::pin(async move {
            match before {
                Some(before) => self.versions.kept(context, &address.key, before, next).await,
                None => Ok(Vec::new()),
            }
        })
    }

    fn annotations(
        &self,
        context: &Context<'_>,
        before: Option<&Row>,
        written: &Row,
    ) -> Result<Vec<(&'static str, serde_json::Value)>, Error> {
        self.findings.annotations(context, before, written)
    }

    fn beside_create(&self, context: &Context<'_>, key: &Key, entity: &Valid) -> Result<Vec<Change>, Error> {
        Ok(self.findings.flag(context, key, None, entity.record()).into_iter().collect())
    }

    fn beside_update(
        &self,
        context: &Context<'_>,
        address: &EntityAddress,
        before: &Record,
        after: &Valid,
    ) -> Result<Vec<Change>, Error> {
        let is_new = before.get(self.slots.version) != after.record().get(self.slots.version);
        let flagged = self.findings.flag(context, &address.key, Some(before), after.record());
        Ok(flagged.into_iter().chain(is_new.then(|| advance(context, &address.key))).collect())
    }
}
