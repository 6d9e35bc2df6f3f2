//! `importedWindowsAutopilotDeviceIdentities`: the record of an import.
//!
//! The creator is shown what was accepted, the submitted `state` included; every later read shows the server's own
//! state, which is `unknown` for as long as the import is under way, because the most used client waits exactly
//! as long as it reads that.

use std::sync::Arc;

use engine::handlers::{Behaviour, Names, StartError};
use engine::{Context, Error, later};
use odata::payload::Valid;
use odata::{Key, Record, Value};
use store::Change;

use super::record::ImportSlots;
use crate::MusterSettings;
use crate::autopilot::jobs;
use crate::autopilot::sets::{IMPORT, IMPORT_STATE};

/// The behaviour of the set.
#[derive(Clone)]
pub(super) struct ImportedIdentities {
    /// The seconds from an import to its end.
    delay_seconds: i64,
    pub(super) import_id: u16,
    pub(super) record: Arc<ImportSlots>,
    /// The state of a record whose import is under way.
    working: Value,
}

impl ImportedIdentities {
    pub(super) fn new(
        names: &Names<'_>,
        settings: &MusterSettings,
    ) -> Result<ImportedIdentities, StartError> {
        let state_type = names.structured(IMPORT_STATE)?;
        let mut working = Record::empty(state_type, names.model.structured(state_type).slots);
        for text in ["deviceRegistrationId", "deviceErrorName"] {
            working.set(names.slot(IMPORT_STATE, text)?, Value::String("".into()));
        }
        working.set(names.slot(IMPORT_STATE, "deviceErrorCode")?, Value::Int(0));
        let unknown = names.member("importedWindowsAutopilotDeviceIdentityImportStatus", "unknown")?;
        working.set(names.slot(IMPORT_STATE, "deviceImportStatus")?, unknown);
        Ok(ImportedIdentities {
            delay_seconds: settings.autopilot.delays.import_seconds(),
            import_id: names.slot(IMPORT, "importId")?,
            record: Arc::new(ImportSlots::new(names, settings)?),
            working: Value::Complex(Box::new(working)),
        })
    }

    /// Sets the import id of a record, unless its client gave one to find it by.
    pub(super) fn set_import_id(&self, record: &mut Record, otherwise: &str) {
        if record.text(self.import_id).is_none_or(str::is_empty) {
            record.set(self.import_id, Value::String(otherwise.into()));
        }
    }
}

impl Behaviour for ImportedIdentities {
    fn before_create(&self, _context: &Context<'_>, record: &mut Record) -> Result<(), Error> {
        let own_id =
            record.text(0).ok_or_else(|| Error::defect("a new record of an import has no id"))?.to_owned();
        self.set_import_id(record, &own_id);
        record.set(self.record.state, self.working.clone());
        Ok(())
    }

    fn beside_create(&self, context: &Context<'_>, key: &Key, _entity: &Valid) -> Result<Vec<Change>, Error> {
        Ok(vec![self.registration(context, key, false)])
    }

    fn answer_to_create(&self, mut sent: Record, entity: &Valid) -> Record {
        let mut shown = entity.record().clone();
        if let Some(Some(state @ Value::Complex(_))) =
            sent.slots.get_mut(usize::from(self.record.state)).map(Option::take)
        {
            shown.set(self.record.state, state);
        }
        shown
    }
}

impl ImportedIdentities {
    /// The job that registers a record's device.
    pub(super) fn registration(&self, context: &Context<'_>, record: &Key, is_duplicate: bool) -> Change {
        let run_at = later(context.now, self.delay_seconds);
        let content = if is_duplicate { jobs::DUPLICATE } else { b"" };
        jobs::REGISTER.job(record.clone(), content, run_at)
    }
}
