//! The door for changes: whether the callers of a tenant may change anything.

use odata::uri::Shape;

use super::configured::TenantState;
use crate::engine::Engine;
use crate::{Call, Error, ErrorKind, Verb, code};

impl Engine {
    /// Refuses a change in a tenant whose callers may only read. An action may change something, unless its handler says
    /// that it does not.
    pub(crate) fn admit_change(&self, call: &Call, shape: Shape) -> Result<(), Error> {
        let only_reads = match (call.verb, shape) {
            (Verb::Get, _) => true,
            (_, Shape::Operation(id)) => self.handlers.only_reads(id),
            _ => false,
        };
        if only_reads || self.tenants.state(call.caller.tenant) != Some(TenantState::ReadOnly) {
            return Ok(());
        }
        let message =
            format!("The tenant {} is read-only: nothing of it can be changed.", call.caller.tenant);
        Err(Error::new(ErrorKind::Forbidden, message).coded(code::TENANT_READ_ONLY))
    }
}
