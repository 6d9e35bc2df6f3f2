//! `import`: an action that creates one record for each identity, all or none.

use std::sync::Arc;

use engine::generic::{entities, idempotent_request, recalled, row_of};
use engine::handlers::{Invocation, ItemList, NamedParameter, Names, Operate, StartError};
use engine::{Answer, Collection, Context, Error, Handlers, Status, code};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::payload::Draft;
use odata::prefer::Return;
use odata::query::{Comparison, Expression, Path};
use odata::{Key, Record, Value};
use store::idempotency::{IdempotencyRecord, IdempotentRequest};
use store::{Change, Committed, Query, Row, WriteError};
use uuid::Uuid;

use super::call_keys::CallKeys;
use super::decision::Decision;
use super::imported_identities::ImportedIdentities;
use super::registrar::{CreatedRecords, Registrar};
use crate::MusterSettings;
use crate::autopilot::sets::{IMPORT, IMPORTS};

/// Registers the behaviour of imported identities, and the action `import`.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &MusterSettings,
    registrar: Arc<Registrar>,
) -> Result<(), StartError> {
    let set = names.set(IMPORTS)?;
    let behaviour = ImportedIdentities::new(names, registrar)?;
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

    fn operate<'a>(&'a self, mut invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let context = invocation.context;
            let items = invocation.take_items(&self.identities)?;
            self.check_count(items.len())?;
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
    fn check_count(&self, given: usize) -> Result<(), Error> {
        let most = self.batch_max;
        if given > most {
            return Err(Error::bad_request(format!(
                "One import takes at most {most} identities, not {given}."
            ))
            .coded(code::TOO_MANY_ITEMS)
            .about(self.identities.name()));
        }
        Ok(())
    }

    /// Creates the records, and gives the rows that the client is shown; none if the request has been carried out before.
    async fn create(
        &self,
        context: &Context<'_>,
        items: Vec<Value>,
        request: Option<IdempotentRequest>,
    ) -> Result<Option<Vec<Row>>, Error> {
        if items.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let import_id = Uuid::now_v7().to_string();
        let keys = CallKeys::new(items.len());
        let (mut records, mut shown) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
        for (key, item) in keys.iter().zip(items) {
            let (record, row) = self.record(context, &key, item, &import_id)?;
            shown.extend(row);
            records.push((key, record));
        }
        let created = self.behaviour.registrar.created(context, keys, records);
        let committed = context.change_once(|| self.changes(context, &created, request.as_ref())).await?;
        let Some(Committed { versions, .. }) = committed else { return Ok(None) };
        Ok(Some(shown.into_iter().zip(versions).map(|(row, version)| Row { version, ..row }).collect()))
    }

    /// The changes that create records, and what follows from them; the records come first.
    async fn changes(
        &self,
        context: &Context<'_>,
        created: &CreatedRecords,
        request: Option<&IdempotentRequest>,
    ) -> Result<(Vec<Change>, Option<IdempotencyRecord>), Error> {
        let Decision { states, beside } = self.behaviour.registrar.creation(context, created).await?;
        let (mut states, mut remembered) = (states.into_iter(), None);
        let mut changes = Vec::with_capacity(created.records.len() + beside.len());
        for (key, record) in &created.records {
            let mut record = record.clone();
            states.next().into_iter().for_each(|state| record.set(self.behaviour.state, state));
            let entity = Draft(record).complete(context.model())?;
            if let (Some(request), None) = (request, &remembered) {
                let (request, shown) = (request.clone(), entity.clone());
                remembered = Some(IdempotencyRecord { request, change: 0, shown });
            }
            changes.push(Change::Insert { set: self.set, parent: None, key: key.clone(), entity });
        }
        changes.extend(beside);
        Ok((changes, remembered))
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

    /// The record of an item as it is under way, and the row that the client is shown, if it wants one.
    fn record(
        &self,
        context: &Context<'_>,
        key: &Key,
        item: Value,
        import_id: &str,
    ) -> Result<(Record, Option<Row>), Error> {
        let Value::Complex(record) = item else {
            return Err(Error::bad_request("An identity must be an object."));
        };
        let (mut record, behaviour) = (*record, &self.behaviour);
        record.set(0, Value::String(key.to_string().into()));
        behaviour.set_import_id(&mut record, import_id);
        if !matches!(record.get(behaviour.state), Some(Value::Complex(_))) {
            record.set(behaviour.state, behaviour.working.clone());
        }
        let as_sent = Draft(record).complete(context.model())?;
        let row = is_shown(context).then(|| row_of(context.model(), key.clone(), 0, &as_sent));
        let Draft(mut record) = as_sent.into_draft();
        record.set(behaviour.state, behaviour.working.clone());
        Ok((record, row))
    }
}
