//! The handler of an operation of the model, and the call that it answers.

use std::time::Duration;

use futures_util::future::BoxFuture;
use odata::Value;
use odata::edm::OperationId;
use odata::query::QueryOptions;

use super::parameter::{ItemList, NamedParameter, ParameterType};

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
    /// The values of the parameters in declared order; none where the caller gave none.
    pub(crate) parameters: Vec<Option<Value>>,
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

    /// The value of a parameter; none if the caller gave none, or null.
    pub fn parameter<T: ParameterType>(&self, parameter: &NamedParameter<T>) -> Option<T::Value<'_>> {
        T::read(self.parameters.get(parameter.index)?.as_ref()?)
    }

    /// Whether the caller gave a parameter, be it null.
    pub fn is_given<T>(&self, parameter: &NamedParameter<T>) -> bool {
        self.parameters.get(parameter.index).is_some_and(Option::is_some)
    }

    /// The value of a parameter that must be given.
    pub fn required<T: ParameterType>(&self, parameter: &NamedParameter<T>) -> Result<T::Value<'_>, Error> {
        self.parameter(parameter).ok_or_else(|| self.missing(parameter.name()))
    }

    /// The items of a collection that must be given, to be kept without a copy.
    pub fn take_items(&mut self, parameter: &NamedParameter<ItemList>) -> Result<Vec<Value>, Error> {
        match self.parameters.get_mut(parameter.index).and_then(Option::take) {
            Some(Value::Collection(items)) => Ok(items),
            _ => Err(self.missing(parameter.name())),
        }
    }

    fn missing(&self, name: &str) -> Error {
        let operation = &self.context.model().operation(self.operation).name;
        Error::bad_request(format!("The parameter '{name}' of '{operation}' is required."))
            .coded(code::PROPERTY_REQUIRED)
            .about(name)
    }
}

/// The handler of an operation. Its `new` looks up what it reads and writes in [`Names`](super::Names): the parameters,
/// each with [`Names::parameter`](super::Names::parameter), the set and the slots.
pub trait Operate: Send + Sync {
    /// Answers a call of the operation.
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>>;

    /// Whether the body of a call may be relaxed JSON, as some clients write it by hand.
    fn takes_relaxed_json(&self) -> bool {
        false
    }

    /// Whether the result is a collection that takes the query options of one.
    fn takes_collection_options(&self) -> bool {
        false
    }

    /// Whether a call changes nothing, although it is an action: then a tenant may call it that may only read.
    fn only_reads(&self) -> bool {
        false
    }

    /// The time that a call may wait for something to happen, beside the time of its own work.
    fn patience(&self) -> Duration {
        Duration::ZERO
    }

    /// Whether a call makes all its changes in one commit. Only then may it be part of a change set.
    fn is_one_commit(&self) -> bool {
        true
    }
}
