//! The custody of BIOS passwords: one vault that `hardwarePasswordDetails` stores and `hardwarePasswordInfo` shows, who
//! may look into it, and what happens to what is deleted.

mod approval;
mod canary;
mod deleted;
mod device_passwords;
mod export;
mod jobs;
mod merge;
mod merge_decision;
mod password_rules;
mod passwords;
mod purge;
mod reveal;
mod rotate;
mod sets;
mod vault;

use std::sync::Arc;

use engine::Handlers;
use engine::handlers::{Names, StartError};

pub(crate) use device_passwords::{DevicePasswords, PasswordCheckIn, PasswordStep, PendingOrder};
pub(crate) use password_rules::PasswordRules;

use crate::Custody;
pub use export::{ExportedPage, PasswordsExport};
use passwords::{KeyRule, Passwords};
use sets::{STORED, VIEW};
use vault::Vault;

/// Registers the behaviour of both sets, and the operations on their records.
pub(crate) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &Custody,
) -> Result<(), StartError> {
    let vault = Arc::new(Vault::new(names, settings)?);
    handlers.jobs(names, &jobs::FAMILY)?;
    purge::register(handlers, Arc::clone(&vault));
    merge::register(names, handlers, &vault)?;
    rotate::register_job(handlers, Arc::clone(&vault));
    for ((set, entity_type), key_rule) in [(STORED, KeyRule::Given), (VIEW, KeyRule::Made)] {
        let set = names.set(set)?;
        handlers.set(set, Passwords::new(Arc::clone(&vault), key_rule));
        handlers.condition(set, vault.is_there(names, entity_type)?);
        deleted::register(names, handlers, &vault, entity_type)?;
        canary::register(names, handlers, &vault, entity_type)?;
        reveal::register(names, handlers, &vault, entity_type)?;
        approval::register(names, handlers, &vault, entity_type)?;
        rotate::register(names, handlers, &vault, entity_type)?;
    }
    Ok(())
}
