//! Canaries: records that nobody has a reason to look at. Whoever does raises an alarm, and is not told.

use std::sync::Arc;

use engine::handlers::{BooleanValue, Invocation, NamedParameter, Names, Operate, StartError};
use engine::{Answer, Context, Error, Handlers, note};
use futures_util::future::BoxFuture;
use odata::Value;
use odata::edm::SetId;
use store::{Change, NoteKind, Row};

use super::vault::Vault;

/// Registers the action that marks a record.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    vault: &Arc<Vault>,
    entity_type: &str,
) -> Result<(), StartError> {
    let id = names.operation("canary", entity_type)?;
    let enabled = names.parameter(id, "enabled")?;
    handlers.operation(id, MarkCanary { vault: Arc::clone(vault), enabled });
    Ok(())
}

/// The record of an alarm for each canary among the rows whose passwords are about to be shown.
pub(super) fn alarms(
    vault: &Vault,
    context: &Context<'_>,
    set: SetId,
    rows: &[&Row],
) -> Result<Vec<Change>, Error> {
    let mut keys = Vec::new();
    for row in rows {
        let is_canary =
            context.store.record(set, row)?.get(vault.slots.is_canary) == Some(&Value::Boolean(true));
        keys.extend(is_canary.then(|| row.key.clone()));
    }
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let caller = &context.call.caller;
    tracing::error!(
        tenant = %caller.tenant, caller = %caller.object_id, application = %caller.application_id,
        request = %context.call.request_id, records = ?keys.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "somebody looks at a canary"
    );
    Ok(vec![Change::Note { kind: NoteKind::Alarmed, set, keys }])
}

/// The handler of `muster.canary`.
struct MarkCanary {
    vault: Arc<Vault>,
    enabled: NamedParameter<BooleanValue>,
}

impl Operate for MarkCanary {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let (context, vault) = (invocation.context, &self.vault);
            let enabled = invocation.required(&self.enabled)?;
            let decide = || async {
                let (row, _) = context.load(invocation.address()?).await?;
                let record = context.store.record(vault.set, &row)?;
                let marked = (vault.slots.is_canary, Value::Boolean(enabled));
                let kind = if enabled { NoteKind::Marked } else { NoteKind::Unmarked };
                let update = vault.update(context, &row, &record, [marked])?;
                Ok(vec![update, note(kind, vault.set, &row.key)])
            };
            context.change(decide).await?;
            Ok(Answer::no_content())
        })
    }
}
