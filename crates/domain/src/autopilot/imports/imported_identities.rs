//! `importedWindowsAutopilotDeviceIdentities`: the record of an import and its `import` action.
//!
//! The creator is shown what was accepted, the submitted `state` included; every later read shows the server's own
//! state, which is `unknown` for as long as the import is under way, because the most used client waits exactly
//! as long as it reads that.

use std::collections::HashSet;
use std::sync::Arc;

use engine::handlers::{Behaviour, Invocation, ItemList, NamedParameter, Names, Operate, StartError};
use engine::{Answer, Collection, Context, Error, Handlers, Status, code, generic, later};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::payload::{Draft, Valid};
use odata::prefer::Return;
use odata::{Key, Record, Value};
use store::{Change, Row};
use uuid::Uuid;

use super::record::ImportSlots;
use crate::MusterSettings;
use crate::autopilot::jobs;
use crate::autopilot::ledger::is_opaque;
use crate::autopilot::sets::{IMPORT, IMPORT_STATE, IMPORTS};

/// Registers the behaviour of imported identities, and the action `import`.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &MusterSettings,
) -> Result<(), StartError> {
    let set = names.set(IMPORTS)?;
    let behaviour = ImportedIdentities::new(names, settings)?;
    let operation = names.operation("import", IMPORT)?;
    let import = Import {
        set,
        identities: names.parameter(operation, IMPORTS)?,
        behaviour: behaviour.clone(),
        batch_max: settings.autopilot.import_batch_max,
    };
    handlers.operation(operation, import);
    handlers.set(set, behaviour);
    Ok(())
}

#[derive(Clone)]
struct ImportedIdentities {
    /// The seconds from an import to its end.
    delay_seconds: i64,
    import_id: u16,
    record: Arc<ImportSlots>,
    /// The state of a record whose import is under way.
    working: Value,
}

impl ImportedIdentities {
    fn new(names: &Names<'_>, settings: &MusterSettings) -> Result<ImportedIdentities, StartError> {
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
    fn set_import_id(&self, record: &mut Record, otherwise: &str) {
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
    fn registration(&self, context: &Context<'_>, record: &Key, is_duplicate: bool) -> Change {
        let run_at = later(context.now, self.delay_seconds);
        let content = if is_duplicate { jobs::DUPLICATE } else { b"" };
        jobs::REGISTER.job(record.clone(), content, run_at)
    }
}

/// `import`: creates one record for each identity, all or none.
struct Import {
    set: SetId,
    identities: NamedParameter<ItemList>,
    behaviour: ImportedIdentities,
    /// The number of identities that one call may carry.
    batch_max: usize,
}

impl Operate for Import {
    fn takes_relaxed_json(&self) -> bool {
        true
    }

    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let context = invocation.context;
            let items = invocation.required(&self.identities)?;
            let most = self.batch_max;
            if items.len() > most {
                let given = items.len();
                return Err(Error::bad_request(format!(
                    "One import takes at most {most} identities, not {given}."
                ))
                .coded(code::TOO_MANY_ITEMS)
                .about(self.identities.name()));
            }
            let import_id = Uuid::now_v7().to_string();
            let mut changes = Vec::with_capacity(2 * items.len());
            let mut registrations = Vec::with_capacity(items.len());
            let mut shown = Vec::with_capacity(items.len());
            let mut seen = HashSet::new();
            let returned = context.preferences.returned;
            let is_shown = returned != Some(Return::Minimal);
            for item in items {
                let (key, change, answer) = self.record(context, item, &import_id, is_shown)?;
                changes.push(change);
                let is_duplicate = self.identity(item).is_some_and(|known| !seen.insert(known));
                registrations.push(self.behaviour.registration(context, &key, is_duplicate));
                shown.extend(answer);
            }
            // Behind the records: their versions come first.
            changes.append(&mut registrations);
            let committed = if changes.is_empty() { None } else { Some(context.commit(changes).await?) };
            let preference_applied = returned.map(|returned| returned.applied().to_owned());
            if !is_shown {
                return Ok(Answer { preference_applied, ..Answer::no_content() });
            }
            let versions = committed.map_or_else(Vec::new, |committed| committed.versions);
            let rows: Vec<Row> =
                shown.into_iter().zip(versions).map(|(row, version)| Row { version, ..row }).collect();
            let collection = Collection::of(self.set);
            let body = generic::entities(context, invocation.permit, &collection, &rows).await?;
            Ok(Answer { preference_applied, ..Answer::new(Status::Ok, body) })
        })
    }
}

impl Import {
    /// The identification of an item's device: its hash, and the serial number if the hash is opaque.
    fn identity<'a>(&self, item: &'a Value) -> Option<(&'a str, String)> {
        let Value::Complex(record) = item else { return None };
        let hash = self.behaviour.record.hash(record)?;
        let serial_number = self
            .behaviour
            .record
            .serial_number(record)
            .filter(|_| is_opaque(self.behaviour.record.hash_validation, hash));
        Some((hash, serial_number.unwrap_or("").to_ascii_lowercase()))
    }

    /// The key and the insertion of an item's record, and the row that the client is shown, if it wants one.
    fn record(
        &self,
        context: &Context<'_>,
        item: &Value,
        import_id: &str,
        is_shown: bool,
    ) -> Result<(Key, Change, Option<Row>), Error> {
        let Value::Complex(sent) = item else {
            return Err(Error::bad_request("An identity must be an object."));
        };
        let key = Key::new();
        let mut record = (**sent).clone();
        record.set(0, Value::String(key.to_string().into()));
        let as_sent = is_shown.then(|| record.clone());
        self.behaviour.set_import_id(&mut record, import_id);
        self.behaviour.before_create(context, &mut record)?;
        let entity = Draft(record).complete(context.model())?;
        let row = match as_sent {
            Some(sent) => {
                let shown =
                    Draft(self.behaviour.answer_to_create(sent, &entity)).complete(context.model())?;
                Some(generic::row_of(context.model(), key.clone(), 0, &shown))
            }
            None => None,
        };
        let change = Change::Insert { set: self.set, parent: None, key: key.clone(), entity };
        Ok((key, change, row))
    }
}
