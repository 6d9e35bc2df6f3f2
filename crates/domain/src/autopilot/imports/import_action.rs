//! `import`: an action that creates one record for each identity, all or none.

use std::collections::HashSet;

use engine::generic::{entities, idempotent_request, recalled, row_of};
use engine::handlers::{Behaviour, Invocation, ItemList, NamedParameter, Names, Operate, StartError};
use engine::{Answer, Collection, Context, Error, Handlers, Status, code};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::payload::Draft;
use odata::prefer::Return;
use odata::query::{Comparison, Expression, Path};
use odata::{Key, Value};
use store::idempotency::{IdempotencyRecord, IdempotentRequest};
use store::{Change, Query, Row, WriteError};
use uuid::Uuid;

use super::imported_identities::ImportedIdentities;
use crate::MusterSettings;
use crate::autopilot::ledger::is_opaque;
use crate::autopilot::sets::{IMPORT, IMPORTS};

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
        import_id: names.path(IMPORT, "importId")?,
        behaviour: behaviour.clone(),
        batch_max: settings.autopilot.import_batch_max,
    };
    handlers.operation(operation, import);
    handlers.set(set, behaviour);
    Ok(())
}

/// The action `import`, and the parameter that it reads.
struct Import {
    set: SetId,
    identities: NamedParameter<ItemList>,
    import_id: Path,
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
            self.check_count(items)?;
            let request = idempotent_request(context)?;
            let rows = match recalled(context, request.as_ref()).await? {
                Some(first) => self.rows_of(context, &first).await?,
                None => match self.create(context, items, request.clone()).await? {
                    Some(rows) => rows,
                    // The same request, sent twice at once, was faster.
                    None => {
                        let first = recalled(context, request.as_ref()).await?;
                        self.rows_of(context, &first.ok_or(WriteError::Repeated)?).await?
                    }
                },
            };
            let preference_applied =
                context.preferences.returned.map(|returned| returned.applied().to_owned());
            if !is_shown(context) {
                return Ok(Answer { preference_applied, ..Answer::no_content() });
            }
            let collection = Collection::of(self.set);
            let body = entities(context, invocation.permit, &collection, &rows).await?;
            Ok(Answer { preference_applied, ..Answer::new(Status::Ok, body) })
        })
    }
}

/// Whether the client wants to see the records that are created.
fn is_shown(context: &Context<'_>) -> bool {
    context.preferences.returned != Some(Return::Minimal)
}

impl Import {
    fn check_count(&self, items: &[Value]) -> Result<(), Error> {
        let (given, most) = (items.len(), self.batch_max);
        if given > most {
            return Err(Error::bad_request(format!(
                "One import takes at most {most} identities, not {given}."
            ))
            .coded(code::TOO_MANY_ITEMS)
            .about(self.identities.name()));
        }
        Ok(())
    }

    /// Creates the records and their jobs, and gives the rows that the client is shown; none if the request has been
    /// carried out before.
    async fn create(
        &self,
        context: &Context<'_>,
        items: &[Value],
        request: Option<IdempotentRequest>,
    ) -> Result<Option<Vec<Row>>, Error> {
        let import_id = Uuid::now_v7().to_string();
        let mut changes = Vec::with_capacity(2 * items.len());
        let mut registrations = Vec::with_capacity(items.len());
        let mut shown = Vec::with_capacity(items.len());
        let mut seen = HashSet::new();
        for item in items {
            let (key, change, answer) = self.record(context, item, &import_id)?;
            changes.push(change);
            let is_duplicate = self.identity(item).is_some_and(|known| !seen.insert(known));
            registrations.push(self.behaviour.registration(context, &key, is_duplicate));
            shown.extend(answer);
        }
        let remembered = match (request, changes.first()) {
            (Some(request), Some(Change::Insert { entity, .. })) => {
                Some(IdempotencyRecord { request, change: 0, shown: entity.clone() })
            }
            _ => None,
        };
        // Behind the records: their versions come first.
        changes.append(&mut registrations);
        if changes.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let versions = match context.commit_remembering(changes, remembered).await {
            Err(WriteError::Repeated) => return Ok(None),
            committed => committed?.versions,
        };
        Ok(Some(shown.into_iter().zip(versions).map(|(row, version)| Row { version, ..row }).collect()))
    }

    /// The records of an import that was carried out before, by the first of them.
    async fn rows_of(&self, context: &Context<'_>, first: &Row) -> Result<Vec<Row>, Error> {
        if !is_shown(context) {
            return Ok(Vec::new());
        }
        let record = context.store.record(self.set, first)?;
        let import_id = record.text(self.behaviour.import_id);
        let import_id = import_id.ok_or_else(|| Error::defect("a record of an import has no import id"))?;
        let (path, id) =
            (Expression::Path(self.import_id.clone()), Expression::Literal(Value::String(import_id.into())));
        let filter = Some(Expression::Compare(Comparison::Equal, Box::new(path), Box::new(id)));
        let query = Query { filter, ..Query::all(context.tenant(), self.set, self.batch_max as u64) };
        context.list(&query).await
    }

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
    ) -> Result<(Key, Change, Option<Row>), Error> {
        let Value::Complex(sent) = item else {
            return Err(Error::bad_request("An identity must be an object."));
        };
        let key = Key::new();
        let mut record = (**sent).clone();
        record.set(0, Value::String(key.to_string().into()));
        let as_sent = is_shown(context).then(|| record.clone());
        self.behaviour.set_import_id(&mut record, import_id);
        self.behaviour.before_create(context, &mut record)?;
        let entity = Draft(record).complete(context.model())?;
        let row = match as_sent {
            Some(sent) => {
                let shown =
                    Draft(self.behaviour.answer_to_create(sent, &entity)).complete(context.model())?;
                Some(row_of(context.model(), key.clone(), 0, &shown))
            }
            None => None,
        };
        let change = Change::Insert { set: self.set, parent: None, key: key.clone(), entity };
        Ok((key, change, row))
    }
}
