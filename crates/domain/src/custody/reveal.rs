//! `muster.reveal`: shows the passwords of one record. Where that needs the approval of somebody else, the first call asks
//! for it, and the call after the approval shows them.

use std::sync::Arc;

use engine::generic::complex_value;
use engine::handlers::{Invocation, Names, Operate, StartError};
use engine::{Answer, Context, Error, Handlers, reveal_with};
use futures_util::future::BoxFuture;
use odata::edm::TypeId;
use odata::{Record, Value};
use store::{Change, Row};

use super::approval::{Standing, accepted, ask, standing, used};
use super::vault::Vault;

const TYPE: &str = "muster.revealedPasswords";

engine::slots! {
    /// Where the answer says what.
    struct RevealedSlots of TYPE { serial_number, current_password, previous_passwords, staged_password }
}

/// Registers the action.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    vault: &Arc<Vault>,
    entity_type: &str,
) -> Result<(), StartError> {
    let revealed = names.structured(TYPE)?;
    let operate = RevealPasswords { vault: Arc::clone(vault), revealed, slots: RevealedSlots::new(names)? };
    handlers.operation(names.operation("reveal", entity_type)?, operate);
    Ok(())
}

struct RevealPasswords {
    vault: Arc<Vault>,
    revealed: TypeId,
    slots: RevealedSlots,
}

impl RevealPasswords {
    async fn shown(
        &self,
        context: &Context<'_>,
        row: &Row,
        record: &Record,
        beside: Vec<Change>,
    ) -> Result<Answer, Error> {
        let rows = std::slice::from_ref(row);
        let opened = reveal_with(context, self.vault.set, rows, beside).await?.concat();
        let (of, slots) = (&self.vault.slots, &self.slots);
        let value = |slot| opened.iter().find(|(opened, _)| *opened == slot).map(|(_, value)| value.clone());
        let mut revealed = Record::empty(self.revealed, context.model().structured(self.revealed).slots);
        let serial_number = record.get(of.serial_number).cloned();
        revealed.set(slots.serial_number, serial_number.unwrap_or(Value::Null));
        revealed.set(slots.current_password, value(of.current_password).unwrap_or(Value::Null));
        let previous = value(of.previous_passwords).unwrap_or(Value::Collection(Vec::new()));
        revealed.set(slots.previous_passwords, previous);
        revealed.set(slots.staged_password, value(of.staged_password).unwrap_or(Value::Null));
        complex_value(context, self.revealed, revealed)
    }
}

impl Operate for RevealPasswords {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let context = invocation.context;
            let (row, _) = context.load(invocation.address()?).await?;
            let record = context.store.record(self.vault.set, &row)?;
            if !self.vault.needs_approval {
                return self.shown(context, &row, &record, Vec::new()).await;
            }
            match standing(&self.vault, context, &record)? {
                Standing::Approved => {
                    let used = used(&self.vault, context, &row, &record)?;
                    self.shown(context, &row, &record, vec![used]).await
                }
                Standing::Waiting(until) => Ok(accepted(until)),
                Standing::None => ask(&self.vault, context, &row, &record).await,
            }
        })
    }
}
