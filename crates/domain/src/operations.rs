//! What several operations share: replacing an entity's assignments, and the bodies of results.

use odata::edm::{SetId, TypeId};
use odata::payload::{Document, Draft, Visible};
use odata::{Key, Record, Value};
use store::{Change, Query};

use crate::context::Context;
use crate::handlers::{Invocation, Operate, Operating};
use crate::resolve::{Place, load};
use crate::{Answer, Error, Status, code, generic};

/// `assign`: the given assignments replace all that the entity had.
pub(crate) struct ReplaceAssignments {
    /// Where the assignments rest.
    pub(crate) set: SetId,
}

/// How many assignments one entity can have: more than any portal lets one make.
const ASSIGNMENTS_MAX: u64 = 1_000;

impl Operate for ReplaceAssignments {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> Operating<'a> {
        Box::pin(async move {
            let context = invocation.context;
            let spot = invocation.spot()?;
            if load(context, spot).await?.is_none() {
                return Err(Error::not_found(&spot.key.to_string()));
            }
            let items = invocation.items(0)?;
            if items.len() as u64 > ASSIGNMENTS_MAX {
                return Err(Error::bad_request(format!(
                    "At most {ASSIGNMENTS_MAX} assignments can be made."
                ))
                .coded(code::TOO_MANY_ITEMS)
                .about(invocation.parameter(0)));
            }
            let place = Place { parent: Some(spot.key.clone()), ..Place::of(self.set) };
            let mut changes = self.removals(context, &place).await?;
            let removed = changes.len();
            for item in items {
                changes.push(insertion(context, &place, item).await?);
            }
            let added: Vec<_> = changes[removed..].iter().filter_map(inserted_key).collect();
            context.commit(changes).await?;
            let mut rows = Vec::with_capacity(added.len());
            for key in &added {
                rows.extend(context.store.get(context.tenant(), self.set, place.parent.as_ref(), key).await?);
            }
            let body = generic::entities(context, invocation.permit, &place, &rows).await?;
            Ok(Answer::new(Status::Ok, body))
        })
    }
}

impl ReplaceAssignments {
    async fn removals(&self, context: &Context<'_>, place: &Place) -> Result<Vec<Change>, Error> {
        let parent = place.parent.clone();
        let query =
            Query { parent: parent.clone(), ..Query::all(context.tenant(), self.set, ASSIGNMENTS_MAX * 2) };
        let rows = context.store.list(&query).await?;
        let removal = |row: store::Row| Change::Delete {
            set: self.set,
            parent: parent.clone(),
            key: row.key,
            expected: row.version,
        };
        Ok(rows.into_iter().map(removal).collect())
    }
}

/// The insertion of an entity that came as a parameter.
pub(crate) async fn insertion(context: &Context<'_>, place: &Place, item: &Value) -> Result<Change, Error> {
    let Value::Complex(record) = item else {
        return Err(Error::bad_request("An assignment must be an object."));
    };
    let mut record = (**record).clone();
    let behaviour = context.handlers.of(place.set);
    let key = behaviour.key(context, place, &record).await?;
    record.set(0, Value::String(key.to_string().into()));
    behaviour.before_create(context, &mut record)?;
    let entity = Draft(record).complete(context.model())?;
    Ok(Change::Insert { set: place.set, parent: place.parent.clone(), key, entity })
}

fn inserted_key(change: &Change) -> Option<Key> {
    match change {
        Change::Insert { key, .. } => Some(key.clone()),
        _ => None,
    }
}

/// The body of a result that is a collection of complex values.
pub(crate) fn complex_values(
    context: &Context<'_>,
    type_id: TypeId,
    records: Vec<Record>,
) -> Result<Answer, Error> {
    let model = context.model();
    let template = context.templates.get(model, type_id, context.version, None, context.format());
    let name = model.structured(type_id).qualified_name();
    let mut out = Vec::new();
    context.begin_body(&mut out, &format!("Collection({name})"));
    out.extend_from_slice(b"\"value\":[");
    for (at, record) in records.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        let entity = Draft(record).complete(model)?;
        let document = Document::encode(entity.record(), &[], model);
        template.write(&mut out, &Visible { document: &document, version: None, secrets: &[], links: &[] });
    }
    out.extend_from_slice(b"]}");
    Ok(Answer::new(Status::Ok, context.json(out)))
}

/// The body of a result that is one complex value.
pub(crate) fn complex_value(context: &Context<'_>, type_id: TypeId, record: Record) -> Result<Answer, Error> {
    let model = context.model();
    let template = context.templates.get(model, type_id, context.version, None, context.format());
    let entity = Draft(record).complete(model)?;
    let document = Document::encode(entity.record(), &[], model);
    let (mut out, mut value) = (Vec::new(), Vec::new());
    context.begin_body(&mut out, &model.structured(type_id).qualified_name());
    template.write(&mut value, &Visible { document: &document, version: None, secrets: &[], links: &[] });
    out.extend_from_slice(value.strip_prefix(b"{").unwrap_or(&value));
    Ok(Answer::new(Status::Ok, context.json(out)))
}

/// The body of a Boolean result.
pub(crate) fn boolean(context: &Context<'_>, value: bool) -> Answer {
    let mut out = Vec::new();
    context.begin_body(&mut out, "Edm.Boolean");
    out.extend_from_slice(format!("\"value\":{value}}}").as_bytes());
    Answer::new(Status::Ok, context.json(out))
}
