//! From a bound path to the place in the store it means: follows keys, containment and references.

use odata::edm::{Model, NavigationId, SetId, SetKind, TypeId};
use odata::query::Expression;
use odata::query::evaluate::matches;
use odata::uri::Segment;
use odata::{Json, Key};
use store::Row;

use crate::Error;
use crate::context::Context;

/// A collection of entities as the store knows it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) set: SetId,
    pub(crate) parent: Option<Key>,
    /// Only those whose reference in this slot leads to this key.
    pub(crate) referring: Option<(u16, Key)>,
    /// Only those of this type.
    pub(crate) of_type: Option<TypeId>,
    /// Only those for which this is true. Such a collection picks from a set what rests there anyway.
    pub(crate) filter: Option<Expression>,
}

impl Place {
    /// All of a set that has no parent.
    pub(crate) fn of(set: SetId) -> Place {
        Place { set, parent: None, referring: None, of_type: None, filter: None }
    }
}

/// One entity; it may turn out not to exist.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    pub(crate) place: Place,
    pub(crate) key: Key,
}

/// Where a path leads.
#[derive(Clone, Debug)]
pub(crate) enum Resolved {
    /// A collection.
    Place(Place),
    /// An entity.
    Spot(Spot),
    /// A single-valued reference that leads nowhere.
    Nothing,
}

/// Follows the segments up to the first that is no longer about entities (an operation, `$count`, …).
pub(crate) async fn resolve(context: &Context<'_>, segments: &[Segment]) -> Result<Resolved, Error> {
    let mut at = Resolved::Nothing;
    for segment in segments {
        at = match (segment, at) {
            (Segment::Set(set), _) => start(context, *set),
            (Segment::Key(key), Resolved::Place(place)) => Resolved::Spot(Spot { place, key: key.clone() }),
            (Segment::Cast(of_type), Resolved::Place(place)) => {
                Resolved::Place(Place { of_type: Some(*of_type), ..place })
            }
            (Segment::Cast(of_type), Resolved::Spot(spot)) => {
                let place = Place { of_type: Some(*of_type), ..spot.place };
                Resolved::Spot(Spot { place, ..spot })
            }
            (Segment::Navigation(navigation), from) => follow(context, *navigation, from).await?,
            (Segment::Key(_) | Segment::Cast(_), passing) => passing,
            (_, at) => return Ok(at),
        };
    }
    Ok(at)
}

fn start(context: &Context<'_>, set: SetId) -> Resolved {
    let place = Place::of(set);
    match context.model().set(set).kind {
        SetKind::Collection => Resolved::Place(place),
        // There is one in each tenant, and its key is the tenant's.
        SetKind::Singleton => Resolved::Spot(Spot { place, key: Key::from(context.tenant()) }),
    }
}

async fn follow(context: &Context<'_>, navigation: NavigationId, from: Resolved) -> Result<Resolved, Error> {
    let navigation = context.model().navigation(navigation);
    // What is not implemented holds nothing, but a path may pass through it.
    let Some(set) = navigation.set else { return Ok(Resolved::Nothing) };
    let place = Place::of(set);
    if let Some(partner) = navigation.partner {
        let spot = existing(context, from, &navigation.name).await?.0;
        let slot = context.model().navigation(partner).slot.unwrap_or_default();
        return Ok(Resolved::Place(Place { referring: Some((slot, spot.key)), ..place }));
    }
    if let Some(slot) = navigation.slot {
        let (_, row) = existing(context, from, &navigation.name).await?;
        let target = row.and_then(|row| reference(&row, slot));
        return Ok(target.map_or(Resolved::Nothing, |key| Resolved::Spot(Spot { place, key })));
    }
    if !navigation.contained {
        return Ok(Resolved::Place(place));
    }
    contained(context, navigation.collection, place, from).await
}

async fn contained(
    context: &Context<'_>,
    collection: bool,
    place: Place,
    from: Resolved,
) -> Result<Resolved, Error> {
    let has_parent = context.model().set(place.set).parent.is_some();
    let (owner, parent) = if has_parent {
        let spot = existing(context, from, "").await?.0;
        if let Some(elsewhere) = context.handlers.of(place.set).elsewhere(context, &spot.key).await? {
            return Ok(Resolved::Place(elsewhere));
        }
        (spot.key.clone(), Some(spot.key))
    } else {
        (Key::from(context.tenant()), None)
    };
    let place = Place { parent, ..place };
    Ok(if collection { Resolved::Place(place) } else { Resolved::Spot(Spot { place, key: owner }) })
}

/// The spot with its row; a singleton that was never written has none, anything else without one is missing.
async fn existing(
    context: &Context<'_>,
    from: Resolved,
    segment: &str,
) -> Result<(Spot, Option<Row>), Error> {
    let Resolved::Spot(spot) = from else { return Err(Error::not_found(segment)) };
    let row = load(context, &spot).await?;
    if row.is_none() && context.model().set(spot.place.set).kind == SetKind::Collection {
        return Err(Error::not_found(&spot.key.to_string()));
    }
    Ok((spot, row))
}

/// The row at a spot, if it is there and is what the path says it is.
pub(crate) async fn load(context: &Context<'_>, spot: &Spot) -> Result<Option<Row>, Error> {
    let place = &spot.place;
    let row = context.store.get(context.tenant(), place.set, place.parent.as_ref(), &spot.key).await?;
    if let (Some(filter), Some(row)) = (&place.filter, &row)
        && !matches(filter, &context.store.record(place.set, row)?)
    {
        return Ok(None);
    }
    Ok(row.filter(|row| {
        let refers = |(slot, target): &(u16, Key)| reference(row, *slot).as_ref() == Some(target);
        let is =
            |of_type: TypeId| context.model().is_a(actual_type(context.model(), place.set, row), of_type);
        place.referring.as_ref().is_none_or(refers) && place.of_type.is_none_or(is)
    }))
}

/// The row's own type, which may derive from the set's.
pub(crate) fn actual_type(model: &Model, set: SetId, row: &Row) -> TypeId {
    let declared = model.set(set).entity_type;
    let hierarchy = &model.structured(model.structured(declared).root).hierarchy;
    hierarchy.get(row.document.discriminator()).copied().unwrap_or(declared)
}

/// The key that a row's reference leads to.
pub(crate) fn reference(row: &Row, slot: u16) -> Option<Key> {
    let element = row.document.elements().nth(odata::payload::document::element_of(slot))?;
    match Json::parse(element) {
        Ok(Json::String(text)) => Some(Key::parse(&text)),
        _ => None,
    }
}
