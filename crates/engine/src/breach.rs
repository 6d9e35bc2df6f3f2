//! Breaches of rules that the documents state and their own examples break: refused if rules hold strictly, and otherwise
//! accepted and flagged in the journal.

use odata::Key;
use odata::edm::SetId;
use store::{Change, NoteKind};

use crate::context::Context;
use crate::{Error, Validation};

/// Refuses a breach of a rule, if there is one and rules hold strictly.
pub fn refuse(context: &Context<'_>, property: &str, breach: Option<String>) -> Result<(), Error> {
    match breach {
        Some(breach) if context.settings.validation == Validation::Strict => {
            Err(Error::bad_request(format!("The property '{property}' {breach}.")).about(property))
        }
        _ => Ok(()),
    }
}

/// The record of a breach that was accepted. The log says which it is, and the entity shows it.
pub fn flag(context: &Context<'_>, set: SetId, key: &Key, breach: Option<String>) -> Option<Change> {
    let breach = breach?;
    let path = &context.model().set(set).path;
    tracing::warn!(tenant = %context.tenant(), request_id = %context.call.request_id, set = %path, key = %key, breach,
        "accepted although it breaks a rule");
    Some(Change::Note { kind: NoteKind::Flagged, set, keys: vec![key.clone()] })
}
