//! The last stage of a call: what its path and its verb come to.

use odata::query::QueryOptions;
use odata::uri::{ResourcePath, Shape};

use crate::authorize::Permit;
use crate::collection::Resolved;
use crate::context::Context;
use crate::resolve::resolve;
use crate::{Answer, Error, Verb, generic};

/// Carries a call out. All ways but the frequent ones are boxed: a read would have to make room for the longest.
pub(crate) async fn execute(
    context: &Context<'_>,
    permit: Permit,
    path: &ResourcePath,
    options: &QueryOptions,
) -> Result<Answer, Error> {
    match (path.shape, context.call.verb) {
        (Shape::References(..), Verb::Post) => return Box::pin(generic::link(context, permit, path)).await,
        (Shape::References(..), Verb::Delete) => {
            return Box::pin(generic::unlink(context, permit, path)).await;
        }
        _ => {}
    }
    let at = resolve(context, &path.segments).await?;
    refuse_filtered(context.call.verb, path.shape, &at)?;
    match (path.shape, at, context.call.verb) {
        (Shape::Operation(_), at, _) => Box::pin(generic::invoke(context, permit, path, at, options)).await,
        (Shape::Property(_) | Shape::Raw(_) | Shape::CountOfValues, Resolved::Entity(address), Verb::Get) => {
            Box::pin(generic::property(context, permit, address, path, options)).await
        }
        (Shape::Property(_), Resolved::Entity(address), _) => {
            Box::pin(generic::update_property(context, permit, address, path, options)).await
        }
        // Nothing has no properties.
        (Shape::Property(_) | Shape::Raw(_) | Shape::CountOfValues, ..) => {
            Err(Error::not_found(&context.call.path))
        }
        (Shape::References(..), Resolved::Entity(address), _) => {
            Box::pin(generic::reference(context, permit, address)).await
        }
        (Shape::References(..), Resolved::Collection(collection), _) => {
            Box::pin(generic::references(context, permit, collection, options)).await
        }
        (Shape::Count(_), Resolved::Collection(collection), _) => {
            Box::pin(generic::count(context, permit, collection, options)).await
        }
        (_, Resolved::Collection(collection), Verb::Get) => {
            generic::list(context, permit, collection, options).await
        }
        (_, Resolved::Collection(collection), _) => {
            Box::pin(generic::create(context, permit, collection)).await
        }
        (_, Resolved::Entity(address), Verb::Get) => generic::get(context, permit, address, options).await,
        (_, Resolved::Entity(address), Verb::Delete) => {
            Box::pin(generic::delete(context, permit, address)).await
        }
        (_, Resolved::Entity(address), _) => Box::pin(generic::update(context, permit, address)).await,
        // A reference that leads nowhere reads as nothing (protocol 4.01, 11.2.4), and holds nothing else.
        (_, Resolved::Nothing, Verb::Get) => Ok(Answer::no_content()),
        (_, Resolved::Nothing, _) => Err(Error::not_found(&context.call.path)),
    }
}

/// Refuses changes through a collection that picks its entities out of a set: they are made in the set itself.
fn refuse_filtered(verb: Verb, shape: Shape, at: &Resolved) -> Result<(), Error> {
    let collection = match at {
        Resolved::Collection(collection) => collection,
        Resolved::Entity(address) => &address.collection,
        Resolved::Nothing => return Ok(()),
    };
    if collection.filter.is_none() || verb == Verb::Get || matches!(shape, Shape::Operation(_)) {
        return Ok(());
    }
    Err(Error::method_not_allowed(verb, vec![Verb::Get]))
}
