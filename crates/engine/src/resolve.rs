//! The path of a bound URL through the store: follows keys, containment and references to a collection or an entity. What looks into
//! the store on the way is seldom, and boxed.

use odata::edm::{Model, Navigation, NavigationId, PropertyId, SetId, SetKind, TypeId};
use odata::query::evaluate::matches;
use odata::query::{Comparison, Expression, Path, PathStep};
use odata::uri::Segment;
use odata::{Json, Key, Record, Value};
use store::{Query, Row};

use crate::Error;
use crate::collection::{Collection, EntityAddress, Resolved, both};
use crate::context::Context;

/// Follows the segments up to the first that is no longer about entities (an operation, `$count`, …).
pub(crate) async fn resolve(context: &Context<'_>, segments: &[Segment]) -> Result<Resolved, Error> {
    let mut at = Resolved::Nothing;
    for segment in segments {
        at = match (segment, at) {
            (Segment::Set(set), _) => start(context, *set).await?,
            (Segment::Key(key), Resolved::Collection(collection)) => {
                Resolved::Entity(EntityAddress { collection, key: key.clone() })
            }
            (Segment::AlternateKey(property, value), Resolved::Collection(collection)) => {
                Resolved::Entity(Box::pin(by_alternate_key(context, collection, *property, value)).await?)
            }
            (Segment::Cast(of_type), Resolved::Collection(collection)) => {
                Resolved::Collection(Collection { of_type: Some(*of_type), ..collection })
            }
            (Segment::Cast(of_type), Resolved::Entity(address)) => {
                let collection = Collection { of_type: Some(*of_type), ..address.collection };
                Resolved::Entity(EntityAddress { collection, ..address })
            }
            (Segment::Navigation(navigation), from) => follow(context, *navigation, from).await?,
            (Segment::Key(_) | Segment::AlternateKey(..) | Segment::Cast(_), passing) => passing,
            (_, at) => return Ok(at),
        };
    }
    Ok(at)
}

/// The entity of a collection whose property has a value.
async fn by_alternate_key(
    context: &Context<'_>,
    collection: Collection,
    property: PropertyId,
    value: &str,
) -> Result<EntityAddress, Error> {
    let property = context.model().property(property);
    let step = PathStep { property: property.id, slot: property.slot };
    let path = Expression::Path(Path { scope: 0, steps: vec![step], type_ref: property.type_ref });
    let literal = Expression::Literal(Value::String(value.into()));
    let is_value = Expression::Compare(Comparison::Equal, Box::new(path), Box::new(literal));
    let filter = both(collection.condition().as_ref(), Some(&is_value));
    let parent = collection.parent.clone();
    let query = Query { parent, filter, ..Query::all(context.tenant(), collection.set, 1) };
    let row = context.list(&query).await?.into_iter().next();
    let key = row.ok_or_else(|| Error::not_found(value))?.key;
    Ok(EntityAddress { collection, key })
}

async fn start(context: &Context<'_>, set: SetId) -> Result<Resolved, Error> {
    let collection = context.entered(set).await?;
    Ok(match context.model().set(set).kind {
        SetKind::Collection => Resolved::Collection(collection),
        // There is one in each tenant, and its key is the tenant's.
        SetKind::Singleton => {
            Resolved::Entity(EntityAddress { collection, key: Key::from(context.tenant()) })
        }
    })
}

async fn follow(context: &Context<'_>, navigation: NavigationId, from: Resolved) -> Result<Resolved, Error> {
    let navigation = context.model().navigation(navigation);
    // What is not implemented holds nothing, but a path may pass through it.
    let Some(set) = navigation.set else { return Ok(Resolved::Nothing) };
    if let Some(derive) = context.handlers.derive(navigation.id) {
        let owner = Box::pin(existing(context, from, &navigation.name)).await?.0.key;
        return Ok(Resolved::Collection(derive.collection(context, &owner).await?));
    }
    let collection = context.entered(set).await?;
    if let Some(partner) = navigation.partner {
        let address = Box::pin(existing(context, from, &navigation.name)).await?.0;
        let slot = context.model().navigation(partner).slot.ok_or_else(|| {
            Error::defect(format!("the partner of the navigation property '{}' has no slot", navigation.name))
        })?;
        return Ok(Resolved::Collection(Collection { referring: Some((slot, address.key)), ..collection }));
    }
    if let Some(slot) = navigation.slot {
        let (_, row) = Box::pin(existing(context, from, &navigation.name)).await?;
        let target = row.and_then(|row| reference(&row, slot));
        return Ok(
            target.map_or(Resolved::Nothing, |key| Resolved::Entity(EntityAddress { collection, key }))
        );
    }
    if !navigation.contained {
        return Ok(Resolved::Collection(collection));
    }
    contained(context, navigation, collection, from).await
}

async fn contained(
    context: &Context<'_>,
    navigation: &Navigation,
    collection: Collection,
    from: Resolved,
) -> Result<Resolved, Error> {
    let has_parent = context.model().set(collection.set).parent.is_some();
    let (owner, parent) = if has_parent {
        let address = Box::pin(existing(context, from, &navigation.name)).await?.0;
        (address.key.clone(), Some(address.key))
    } else {
        (Key::from(context.tenant()), None)
    };
    let collection = Collection { parent, ..collection };
    Ok(if navigation.collection {
        Resolved::Collection(collection)
    } else {
        Resolved::Entity(EntityAddress { collection, key: owner })
    })
}

/// An entity's address and row. A singleton that was never written has no row; any other entity without one is missing.
async fn existing(
    context: &Context<'_>,
    from: Resolved,
    segment: &str,
) -> Result<(EntityAddress, Option<Row>), Error> {
    let Resolved::Entity(address) = from else { return Err(Error::not_found(segment)) };
    let row = context.row(&address).await?;
    if row.is_none() && context.model().set(address.collection.set).kind == SetKind::Collection {
        return Err(Error::not_found(&address.key.to_string()));
    }
    Ok((address, row))
}

impl Context<'_> {
    /// The entities of a set as far as the caller sees them: the one place that narrows what is read.
    pub fn collection(&self, set: SetId) -> Collection {
        let visible = self.handlers.of(set).visible(self);
        Collection { visible, ..Collection::of(set) }
    }

    /// The same, after what each tenant has from the start is there.
    pub async fn entered(&self, set: SetId) -> Result<Collection, Error> {
        if let Some(enter) = self.handlers.of(set).enter(self) {
            enter.await?;
        }
        Ok(self.collection(set))
    }

    /// The row of an entity; none if it is missing, or is not what its address says it is.
    pub async fn row(&self, EntityAddress { collection, key }: &EntityAddress) -> Result<Option<Row>, Error> {
        let row = self.get(collection.set, collection.parent.as_ref(), key).await?;
        let Some(row) = row else { return Ok(None) };
        if let Some(condition) = collection.condition()
            && !matches(&condition, &self.store.record(collection.set, &row)?)
        {
            return Ok(None);
        }
        let refers = |(slot, target): &(u16, Key)| reference(&row, *slot).as_ref() == Some(target);
        let is =
            |of_type: TypeId| self.model().is_a(actual_type(self.model(), collection.set, &row), of_type);
        let is_it = collection.referring.as_ref().is_none_or(refers) && collection.of_type.is_none_or(is);
        Ok(is_it.then_some(row))
    }

    /// The row and the record of an entity. A missing entity is an error for the caller (404).
    pub async fn load(&self, address: &EntityAddress) -> Result<(Row, Record), Error> {
        let row = self.row(address).await?.ok_or_else(|| Error::not_found(&address.key.to_string()))?;
        let record = self.store.record(address.collection.set, &row)?;
        Ok((row, record))
    }
}

/// The row's own type, which may derive from the set's.
pub(crate) fn actual_type(model: &Model, set: SetId, row: &Row) -> TypeId {
    let declared = model.set(set).entity_type;
    let hierarchy = &model.structured(model.structured(declared).root).hierarchy;
    let actual = row.document.discriminator().and_then(|at| hierarchy.get(at));
    actual.copied().unwrap_or(declared)
}

/// The key that a row's reference leads to.
pub(crate) fn reference(row: &Row, slot: u16) -> Option<Key> {
    let element = row.document.elements().nth(odata::payload::document::element_of(slot))?;
    match Json::parse(element) {
        Ok(Json::String(text)) => Some(Key::parse(&text)),
        _ => None,
    }
}
