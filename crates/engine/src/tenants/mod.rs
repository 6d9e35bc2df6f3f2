//! Tenants: who is served, what each may hold and ask, and the end of one.
//!
//! The configuration says which tenants there are and what they may do; commands add tenants, close them and remove them, by
//! records in the database. A tenant may do what both allow. Calls of callers are admitted here; the service's own jobs need
//! not be, so that what was accepted is finished whatever becomes of the tenant.

mod admission;
mod commands;
mod configured;
mod export;
mod follow;
mod removal;
mod request_quota;
mod served;

pub use commands::TenantSummary;
pub use configured::{ConfiguredTenant, ConfiguredTenants, TenantState};
pub use export::TakeLine;
pub(crate) use served::ServedTenants;
