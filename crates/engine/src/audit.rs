//! Looks at secrets: each is recorded durably first, and the secrets are opened only with the receipt of that record.

use odata::Value;
use odata::edm::SetId;
use store::{Change, Row};

use crate::Error;
use crate::authorize::may_reveal;
use crate::context::Context;

/// The opened secrets of each row, by slot. One record stands for all rows; those without a secret cost nothing.
pub(crate) async fn reveal(
    context: &Context<'_>,
    set: SetId,
    rows: &[Row],
) -> Result<Vec<Vec<(u16, Value)>>, Error> {
    let mut opened = vec![Vec::new(); rows.len()];
    let keys: Vec<_> = rows.iter().filter(|row| row.sealed.is_some()).map(|row| row.key.clone()).collect();
    if keys.is_empty() {
        return Ok(opened);
    }
    may_reveal(context.model(), context.settings, &context.call.caller)?;
    let committed = context.commit(vec![Change::Reveal { set, keys }]).await?;
    let receipt =
        committed.receipt.ok_or_else(|| Error::defect("the record of a look at secrets has no receipt"))?;
    for (row, place) in rows.iter().zip(&mut opened) {
        if row.sealed.is_some() {
            *place = context.store.open_secrets(context.tenant(), set, row, &receipt).await?;
        }
    }
    Ok(opened)
}
