//! Writing `/$ref`: an entity enters a collection, or leaves it, and rests where it is (protocol 4.01, 11.4.6).

use odata::uri::{ResourcePath, Segment};
use odata::{Json, Key};
use store::WriteError;

use crate::authorize::Permit;
use crate::collection::Resolved;
use crate::context::Context;
use crate::handlers::Behaviour;
use crate::resolve::resolve;
use crate::retry::{CommitError, retry};
use crate::{Answer, Error};

/// POST of a reference to a collection.
pub(crate) async fn link(
    context: &Context<'_>,
    _permit: Permit,
    path: &ResourcePath,
) -> Result<Answer, Error> {
    let body = Json::parse(&context.call.body)?;
    let (behaviour, owner) = collection(context, path).await?;
    let targets = [referenced(&body, behaviour.reference_sets())?];
    retry(|| async {
        let changes = behaviour.link(context, &owner, None, &targets).await?;
        match context.commit(changes).await {
            // Another request added it first.
            Err(WriteError::Exists { .. }) => Err(CommitError::Overtaken),
            committed => Ok(committed?),
        }
    })
    .await?;
    Ok(Answer::no_content())
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
    context.commit(behaviour.unlink(context, &owner, target).await?).await?;
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

/// The key that a reference leads to: `{"@odata.id": "https://…/{set}/{key}"}`.
fn referenced(body: &Json<'_>, sets: &[&str]) -> Result<Key, Error> {
    let Json::Object(members) = body else { return Err(no_reference(sets)) };
    let id = members.iter().find(|(name, _)| matches!(&**name, "@odata.id" | "@id"));
    match id {
        Some((_, Json::String(url))) => target(url, sets),
        _ => Err(no_reference(sets)),
    }
}

/// The key that the URL of an entity ends in: `…/{set}/{key}`, or `…/{set}('{key}')`.
pub(super) fn target(url: &str, sets: &[&str]) -> Result<Key, Error> {
    let mut segments = url.trim_end_matches('/').rsplit('/');
    let last = segments.next().unwrap_or_default();
    let (set, key) = match last.split_once('(') {
        Some((set, key)) => (set, key.trim_end_matches(')').trim_matches('\'')),
        None => (segments.next().unwrap_or_default(), last),
    };
    match sets.iter().any(|known| set.eq_ignore_ascii_case(known)) && !key.is_empty() {
        true => Ok(Key::parse(key)),
        false => Err(no_reference(sets)),
    }
}

fn no_reference(sets: &[&str]) -> Error {
    let set = sets.first().unwrap_or(&"{set}");
    Error::bad_request(format!(
        "A reference is an object such as {{\"@odata.id\": \"https://host/beta/{set}/{{id}}\"}}; \
         nothing but {set} can be referred to.",
    ))
    .about("@odata.id")
}
