//! What an operation of the model does: its call, with the parameters read, and its handler.

use std::future::Future;
use std::pin::Pin;

use odata::edm::OperationId;
use odata::payload::relaxed;
use odata::query::QueryOptions;
use odata::{Json, Value};

use crate::authorize::Permit;
use crate::context::Context;
use crate::resolve::{Resolved, Spot};
use crate::{Answer, Error, code};

/// A call of an operation, its parameters read and checked.
pub(crate) struct Invocation<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) permit: Permit,
    pub(crate) operation: OperationId,
    pub(crate) at: Resolved,
    /// In declared order; None where the caller gave none.
    pub(crate) parameters: Vec<Option<Value>>,
    pub(crate) options: &'a QueryOptions,
}

impl Invocation<'_> {
    /// The entity the operation is bound to.
    pub(crate) fn spot(&self) -> Result<&Spot, Error> {
        match &self.at {
            Resolved::Spot(spot) => Ok(spot),
            _ => Err(Error::not_found(&self.context.call.path)),
        }
    }

    /// The name of a parameter.
    pub(crate) fn parameter(&self, at: usize) -> &str {
        let parameters = &self.context.model().operation(self.operation).parameters;
        parameters.get(at).map_or("", |parameter| &*parameter.name)
    }

    /// The items of a collection parameter that must be given.
    pub(crate) fn items(&self, at: usize) -> Result<&[Value], Error> {
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
    pub(crate) fn texts(&self, at: usize) -> Result<Vec<&str>, Error> {
        Ok(self.items(at)?.iter().filter_map(Value::as_text).collect())
    }
}

/// What an operation answers, some time later.
pub(crate) type Operating<'a> = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send + 'a>>;

/// What an operation does.
pub(crate) trait Operate: Send + Sync {
    /// Does it.
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> Operating<'a>;

    /// Whether the body may be relaxed JSON.
    fn takes_relaxed_json(&self) -> bool {
        false
    }

    /// Whether its result is a collection that takes the query options of one.
    fn takes_collection_options(&self) -> bool {
        false
    }

    /// Whether all it changes is in one commit: then it may be part of a change set.
    fn is_one_commit(&self) -> bool {
        true
    }
}

/// The parameters of an action, from its body; an empty body gives none.
pub(super) fn body_parameters(
    context: &Context<'_>,
    id: OperationId,
    is_relaxed: bool,
) -> Result<Vec<Option<Value>>, Error> {
    let operation = context.model().operation(id);
    let body = &context.call.body;
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(vec![None; operation.parameters.len()]);
    }
    // Most bodies are strict, and some are large.
    let strict;
    let json = match (Json::parse(body), std::str::from_utf8(body)) {
        (Err(_), Ok(text)) if is_relaxed => {
            strict = relaxed::to_strict(text);
            Json::parse(strict.as_bytes())?
        }
        (parsed, _) => parsed?,
    };
    Ok(context.reader().parameters(&json, operation)?)
}
