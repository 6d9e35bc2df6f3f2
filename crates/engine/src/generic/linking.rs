//! Writing `/$ref`: an entity enters a collection, or leaves it, and rests where it is (protocol 4.01, 11.4.6).

use odata::uri::{ResourcePath, Segment};
use odata::{Json, Key};
use store::Change;

use crate::authorize::Permit;
use crate::collection::Resolved;
use crate::context::Context;
use crate::handlers::Behaviour;
use crate::resolve::resolve;
use crate::{Answer, Error};

/// POST of a reference to a collection.
pub(crate) async fn link(
    context: &Context<'_>,
    _permit: Permit,
    path: &ResourcePath,
) -> Result<Answer, Error> {
    let body = Json::parse(&context.call.body)?;
    let (behaviour, owner) = collection(context, path).await?;
    let target = target(&body, behaviour.reference_sets())?;
    commit(context, behaviour.link(context, &owner, &target).await?).await
}

/// DELETE of one of a collection's references.
pub(crate) async fn unlink(
    context: &Context<'_>,
    _permit: Permit,
    path: &ResourcePath,
) -> Result<Answer, Error> {
    let Some([Segment::Key(target), Segment::Reference]) = path.segments.last_chunk() else {
        return Err(Error::not_found(&context.call.path));
    };
    let (behaviour, owner) = collection(context, path).await?;
    commit(context, behaviour.unlink(context, &owner, target).await?).await
}

async fn commit(context: &Context<'_>, changes: Vec<Change>) -> Result<Answer, Error> {
    context.commit(changes).await?;
    Ok(Answer::no_content())
}

/// Whose collection the path is about, and the behaviour of its members.
async fn collection<'c>(
    context: &'c Context<'_>,
    path: &ResourcePath,
) -> Result<(&'c dyn Behaviour, Key), Error> {
    let missing = || Error::not_found(&context.call.path);
    let is_navigation = |segment: &Segment| matches!(segment, Segment::Navigation(_));
    let at = path.segments.iter().rposition(is_navigation).ok_or_else(missing)?;
    let (before, rest) = path.segments.split_at(at);
    let Some(Segment::Navigation(navigation)) = rest.first() else { return Err(missing()) };
    let set = context.model().navigation(*navigation).set.ok_or_else(missing)?;
    match resolve(context, before).await? {
        Resolved::Entity(owner) if context.row(&owner).await?.is_some() => {
            Ok((context.handlers.of(set), owner.key))
        }
        _ => Err(missing()),
    }
}

/// The key that a reference ends in: `{"@odata.id": "https://…/{set}/{key}"}`, or `…/{set}('{key}')`.
fn target(body: &Json<'_>, sets: &[&str]) -> Result<Key, Error> {
    let wrong = || {
        let set = sets.first().unwrap_or(&"{set}");
        Error::bad_request(format!(
            "A reference is an object such as {{\"@odata.id\": \"https://host/beta/{set}/{{id}}\"}}; \
             nothing but {set} can be referred to.",
        ))
        .about("@odata.id")
    };
    let Json::Object(members) = body else { return Err(wrong()) };
    let id = members.iter().find(|(name, _)| matches!(&**name, "@odata.id" | "@id"));
    let Some((_, Json::String(url))) = id else { return Err(wrong()) };
    let mut segments = url.trim_end_matches('/').rsplit('/');
    let last = segments.next().unwrap_or_default();
    let (set, key) = match last.split_once('(') {
        Some((set, key)) => (set, key.trim_end_matches(')').trim_matches('\'')),
        None => (segments.next().unwrap_or_default(), last),
    };
    if !sets.iter().any(|known| set.eq_ignore_ascii_case(known)) || key.is_empty() {
        return Err(wrong());
    }
    Ok(Key::parse(key))
}
