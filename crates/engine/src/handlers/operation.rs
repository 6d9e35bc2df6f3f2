//! What an operation of the model does: its call, with the parameters read, and its handler.

use std::time::Duration;

use futures_util::future::BoxFuture;
use odata::Value;
use odata::edm::OperationId;
use odata::query::QueryOptions;

use crate::authorize::Permit;
use crate::collection::{EntityAddress, Resolved};
use crate::context::Context;
use crate::{Answer, Error, code};

/// A call of an operation, its parameters read and checked.
pub struct Invocation<'a> {
    /// The context of the call.
    pub context: &'a Context<'a>,
    /// The proof that the caller may call the operation.
    pub permit: Permit,
    /// The operation that is called.
    pub operation: OperationId,
    /// The entity or the collection that the operation is bound to.
    pub at: Resolved,
    /// The parameters in declared order; none where the caller gave none.
    pub parameters: Vec<Option<Value>>,
    /// The query options of the call.
    pub options: &'a QueryOptions,
}

impl Invocation<'_> {
    /// The entity the operation is bound to.
    pub fn address(&self) -> Result<&EntityAddress, Error> {
        match &self.at {
            Resolved::Entity(address) => Ok(address),
            _ => Err(Error::not_found(&self.context.call.path)),
        }
    }

    /// The name of a parameter.
    pub fn parameter(&self, at: usize) -> &str {
        let parameters = &self.context.model().operation(self.operation).parameters;
        parameters.get(at).map_or("", |parameter| &*parameter.name)
    }

    /// The items of a collection parameter that must be given.
    pub fn items(&self, at: usize) -> Result<&[Value], Error> {
        match self.parameters.get(at) {
            Some(Some(Value::Collection(items))) => Ok(items),
            _ => {
                let (operation, name) =
                    (&self.context.model().operation(self.operation).name, self.parameter(at));
                Err(Error::bad_request(format!("The parameter '{name}' of '{operation}' is required."))
                    .coded(code::PROPERTY_REQUIRED)
                    .about(name))
            }
        }
    }

    /// The texts of a collection parameter that must be given.
    pub fn texts(&self, at: usize) -> Result<Vec<&str>, Error> {
        Ok(self.items(at)?.iter().filter_map(Value::as_text).collect())
    }
}

/// What an operation does.
pub trait Operate: Send + Sync {
    /// Does it.
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>>;

    /// Whether the body may be relaxed JSON.
    fn takes_relaxed_json(&self) -> bool {
        false
    }

    /// Whether its result is a collection that takes the query options of one.
    fn takes_collection_options(&self) -> bool {
        false
    }

    /// The time that it may wait for something to happen, beside the time of its own work.
    fn patience(&self) -> Duration {
        Duration::ZERO
    }

    /// Whether all it changes is in one commit: then it may be part of a change set.
    fn is_one_commit(&self) -> bool {
        true
    }
}
