//! The registry: which entity set has behaviour of its own, and what each operation of the model does.
//!
//! Names are resolved here, when the server starts. A name that does not exist, an operation without handler or a
//! handler without operation stops the start, and with it every test.

mod behaviour;
mod names;
mod operation;

use std::collections::HashMap;

use odata::edm::{Model, OperationId, SetId};
use odata::query::QueryOptions;
use odata::uri::{ResourcePath, Segment};

use crate::authorize::Permit;
use crate::context::Context;
use crate::jobs::{JobKind, Work};
use crate::resolve::Resolved;
use crate::{Answer, Error, autopilot, delta, directory, firmware, scope_tags};

pub(crate) use behaviour::{Admitting, Behaviour, Deleting, Deletion, Finding, Linking, Naming};
pub(crate) use names::{Names, StartError};
pub(crate) use operation::{Invocation, Operate, Operating};

use behaviour::Plain;
use operation::body_parameters;

/// All behaviour, by id.
pub(crate) struct Handlers {
    sets: Vec<Box<dyn Behaviour>>,
    operations: Vec<Option<Box<dyn Operate>>>,
    work: HashMap<i16, Box<dyn Work>>,
}

impl Handlers {
    /// Resolves every name that the code uses.
    pub(crate) fn new(model: &Model) -> Result<Handlers, StartError> {
        let mut handlers = Handlers {
            sets: model.sets.iter().map(|_| Box::new(Plain) as Box<dyn Behaviour>).collect(),
            operations: model.operations.iter().map(|_| None).collect(),
            work: HashMap::new(),
        };
        let names = Names { model };
        autopilot::register(&names, &mut handlers)?;
        directory::register(&names, &mut handlers)?;
        firmware::register(&names, &mut handlers)?;
        scope_tags::register(&names, &mut handlers)?;
        delta::register(&names, &mut handlers)?;
        for operation in model.operations.iter().filter(|operation| !operation.not_implemented) {
            if handlers.operations[operation.id.index()].is_none() {
                return Err(StartError(format!("the operation '{}' has no handler", operation.name)));
            }
        }
        Ok(handlers)
    }

    /// Gives a set a behaviour.
    pub(crate) fn set(&mut self, set: SetId, behaviour: impl Behaviour + 'static) {
        self.sets[set.index()] = Box::new(behaviour);
    }

    /// Gives an operation its handler.
    pub(crate) fn operation(&mut self, id: OperationId, operate: impl Operate + 'static) {
        self.operations[id.index()] = Some(Box::new(operate));
    }

    /// Says who does the jobs of a kind.
    pub(crate) fn job(&mut self, kind: JobKind, work: impl Work + 'static) {
        self.work.insert(kind as i16, Box::new(work));
    }

    /// Who does the jobs of a kind.
    pub(crate) fn work(&self, kind: i16) -> Option<&dyn Work> {
        self.work.get(&kind).map(|work| &**work)
    }

    /// The behaviour of a set.
    pub(crate) fn of(&self, set: SetId) -> &dyn Behaviour {
        &*self.sets[set.index()]
    }

    /// Whether an operation's result takes the query options of a collection.
    pub(crate) fn takes_collection_options(&self, id: OperationId) -> bool {
        self.operations[id.index()].as_ref().is_some_and(|operate| operate.takes_collection_options())
    }

    /// Calls the operation that a path ends in.
    pub(crate) async fn operate(
        &self,
        context: &Context<'_>,
        permit: Permit,
        path: &ResourcePath,
        at: Resolved,
        options: &QueryOptions,
    ) -> Result<Answer, Error> {
        let Some(Segment::Operation(id, arguments)) = path.segments.last() else {
            return Err(Error::not_found(&context.call.path));
        };
        let Some(operate) = &self.operations[id.index()] else {
            let name = &context.model().operation(*id).name;
            return Err(Error::not_implemented(&format!("The operation '{name}'")));
        };
        if context.seat.is_some() && !operate.is_one_commit() {
            let name = &context.model().operation(*id).name;
            let message =
                format!("'{name}' changes entity by entity, so it cannot be in an atomicity group.");
            return Err(Error::bad_request(message));
        }
        let parameters = match arguments.is_empty() {
            true => body_parameters(context, *id, operate.takes_relaxed_json())?,
            false => arguments.clone(),
        };
        operate.operate(Invocation { context, permit, operation: *id, at, parameters, options }).await
    }
}

#[cfg(test)]
mod tests {
    use super::Handlers;
    use crate::{Settings, model};

    #[test]
    fn code_and_model_agree_on_every_name() {
        let model = model::load(&Settings::default()).unwrap();
        Handlers::new(&model).unwrap();
    }
}
