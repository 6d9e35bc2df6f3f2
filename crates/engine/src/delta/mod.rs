//! `delta`: the changes of a collection since a client last asked, read from the journal.
//!
//! The first round tells everything that is there, page by page in the order of keys, and remembers how long the
//! journal was when it began. Each further round tells what the journal has about the collection since then, every
//! entity in its present state. So an entity may be told twice, and none is ever missed: the journal's entries appear
//! in the order of their numbers.

mod follow;
mod page;

use futures_util::future::BoxFuture;
use odata::edm::{Kind, PropertyId};
use odata::query::{Path, QueryOptions, Selection};

use crate::collection::Resolved;
use crate::generic::Presenter;
use crate::handlers::{Handlers, Invocation, Names, Operate, StartError};
use crate::{Answer, Body, Error, Status};

use follow::{Follower, NAME};

/// Registers the function for every collection that the model gives it to.
pub fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    for operation in names.model.operations.iter().filter(|operation| &*operation.name == NAME) {
        let Kind::Entity(entity_type) = operation.binding.kind else { continue };
        let id = names.id_of(entity_type)?;
        handlers.operation(operation.id, Delta { id });
    }
    Ok(())
}

struct Delta {
    /// The path of `id`.
    id: Path,
}

impl Operate for Delta {
    fn takes_collection_options(&self) -> bool {
        true
    }

    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let Invocation { context, permit, at, options, .. } = invocation;
            let Resolved::Collection(collection) = at else {
                return Err(Error::not_found(&context.call.path));
            };
            if !collection.is_whole_set() {
                return Err(Error::not_implemented("The delta of a part of a collection"));
            }
            let follower = Follower { context, collection: &collection, id: &self.id };
            let (page, asked) = follower.page(options).await?;
            let selection = Selection { properties: self.selected(asked), ..Selection::default() };
            let presenter = Presenter::new(context, permit, &collection, &selection);
            let body = page.body(context, &presenter).await?;
            Ok(Answer::new(Status::Ok, Body::Json { text: body, metadata: context.format.metadata }))
        })
    }
}

impl Delta {
    /// What is selected, and `id`: without it nobody could tell what changed.
    fn selected(&self, options: QueryOptions) -> Option<Vec<PropertyId>> {
        let mut selected = options.selection.properties?;
        let id = self.id.steps.iter().map(|step| step.property).find(|id| !selected.contains(id));
        selected.extend(id);
        Some(selected)
    }
}
