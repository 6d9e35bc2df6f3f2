//! `importedWindowsAutopilotDeviceIdentities`: the record of an import.
//!
//! The creator is shown what was accepted, the submitted `state` included; every later read shows the server's own
//! state, which is `unknown` for as long as the import is under way, because the most used client waits exactly
//! as long as it reads that.

use std::sync::Arc;

use engine::handlers::{Behaviour, Names, StartError};
use engine::{Context, EntityAddress, Error};
use futures_util::future::BoxFuture;
use odata::payload::Valid;
use odata::{Record, Value};
use store::Change;

use super::call_keys::CallKeys;
use super::registrar::Registrar;
use crate::autopilot::sets::{IMPORT, IMPORT_STATE};

/// The behaviour of the set.
#[derive(Clone)]
pub(super) struct ImportedIdentities {
    pub(super) registrar: Arc<Registrar>,
    pub(super) import_id: u16,
    pub(super) state: u16,
    /// The state of a record whose import is under way.
    pub(super) working: Value,
}

impl ImportedIdentities {
    pub(super) fn new(
        names: &Names<'_>,
        registrar: Arc<Registrar>,
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
            import_id: names.slot(IMPORT, "importId")?,
            state: registrar.checks.record.state,
            registrar,
            working: Value::Complex(Box::new(working)),
        })
    }

    /// Sets the import id of a record, unless its client gave one to find it by.
    pub(super) fn set_import_id(&self, record: &mut Record, otherwise: &str) {
        if record.text(self.import_id).is_none_or(str::is_empty) {
            record.set(self.import_id, Value::String(otherwise.into()));
        }
    }

    /// The state that the creator of a record is shown, of the record that was sent.
    fn shown_state(&self, sent: &Record) -> Value {
        let state = sent.get(self.state).filter(|state| matches!(state, Value::Complex(_)));
        state.unwrap_or(&self.working).clone()
    }
}

impl Behaviour for ImportedIdentities {
    fn before_create(&self, _context: &Context<'_>, record: &mut Record) -> Result<(), Error> {
        let own_id =
            record.text(0).ok_or_else(|| Error::defect("a new record of an import has no id"))?.to_owned();
        self.set_import_id(record, &own_id);
        record.set(self.state, self.working.clone());
        Ok(())
    }

    fn admit<'a>(
        &'a self,
        context: &'a Context<'a>,
        EntityAddress { key, .. }: &'a EntityAddress,
        before: Option<&'a Record>,
        next: &'a mut Record,
    ) -> BoxFuture<'a, Result<Vec<Change>, Error>> {
        Box::pin(async move {
            if before.is_some() {
                return Ok(Vec::new());
            }
            let records = vec![(key.clone(), next.clone())];
            let created = self.registrar.created(context, CallKeys::of_one(key), records);
            let decision = self.registrar.creation(context, &created).await?;
            decision.states.into_iter().for_each(|state| next.set(self.state, state));
            Ok(decision.beside)
        })
    }

    fn answer_to_create(&self, sent: &Record, entity: &Valid) -> Option<Record> {
        let mut shown = entity.record().clone();
        shown.set(self.state, self.shown_state(sent));
        Some(shown)
    }
}
