//! The looks at secrets that an operator has by a command, with the key-encryption key in hand: nobody could refuse them, but
//! they are on record before anything is shown, like those of callers.

use odata::edm::SetId;
use odata::query::Cursor;
use odata::{Key, Value};
use store::{Actor, AuditDetail, Change, Query, Row, Unit};
use uuid::{Uuid, uuid};

use crate::Error;
use crate::audit::{lacks_reason, on_record};
use crate::engine::Engine;

/// The id of whoever runs a command, in the journal.
const OPERATOR: Uuid = uuid!("6d757374-6572-4000-8000-6f7065726174");

/// Who runs a command, and why, as the records of an audit have it.
#[derive(Clone, Debug)]
pub struct CommandOperator {
    /// The name of the person, as far as the machine knows.
    pub name: String,
    /// The command, as one would type it.
    pub command: String,
    /// Why it is run.
    pub reason: Option<String>,
    /// The ticket that asks for it.
    pub ticket: Option<String>,
}

/// A row with its secrets, by slot.
pub struct OpenedRow {
    /// The row, as it is stored.
    pub row: Row,
    /// The values of its secrets, by slot.
    pub secrets: Vec<(u16, Value)>,
}

impl Engine {
    /// Refuses an operator who does not say why, where looks at secrets need a reason.
    pub fn admit_operator(&self, operator: &CommandOperator) -> Result<(), Error> {
        match lacks_reason(&self.settings, operator.reason.as_deref()) {
            true => {
                Err(Error::bad_request("the configuration has secrets.require_reason; say why with --reason"))
            }
            false => Ok(()),
        }
    }

    /// Some entities of a set with their secrets, in the order of their keys, after one; whatever condition hides them from
    /// callers. The look at those that have secrets is on record before they are opened.
    pub async fn opened_rows(
        &self,
        (tenant, set): (Uuid, SetId),
        after: Option<Key>,
        limit: u64,
        operator: &CommandOperator,
    ) -> Result<Vec<OpenedRow>, Error> {
        self.admit_operator(operator)?;
        let after = after.map(|key| Cursor { values: Vec::new(), key });
        let rows = self.store.list(&Query { after, ..Query::all(tenant, set, limit) }).await?;
        let sealed = rows.iter().filter(|row| row.sealed.is_some());
        let keys: Vec<Key> = sealed.map(|row| row.key.clone()).collect();
        if keys.is_empty() {
            return Ok(rows.into_iter().map(|row| OpenedRow { row, secrets: Vec::new() }).collect());
        }
        let unit = self.look_of(operator, tenant, Change::Reveal { set, keys });
        let committed = on_record(self.store.apply(unit)).await?;
        let receipt = committed.receipt;
        let receipt =
            receipt.ok_or_else(|| Error::defect("the record of a look at secrets has no receipt"))?;
        let mut opened = Vec::with_capacity(rows.len());
        for row in rows {
            let secrets = self.store.open_secrets(tenant, set, &row, &receipt).await?;
            opened.push(OpenedRow { row, secrets });
        }
        Ok(opened)
    }

    fn look_of(&self, operator: &CommandOperator, tenant: Uuid, look: Change) -> Unit {
        let boxed = |text: &Option<String>| text.as_deref().map(Box::from);
        Unit {
            tenant,
            actor: Actor { id: OPERATOR, application: OPERATOR },
            detail: AuditDetail {
                actor_type: Some("user"),
                name: Some((&*operator.name).into()),
                application_name: Some((&*operator.command).into()),
                address: None,
                reason: boxed(&operator.reason),
                ticket: boxed(&operator.ticket),
            },
            request_id: Uuid::now_v7(),
            at: self.clock.now(),
            changes: vec![look],
            remembered: Vec::new(),
        }
    }
}
