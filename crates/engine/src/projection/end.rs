//! The end of a projection: its source loses it, because it is stored from now on or because it is deleted.

use odata::Value;
use odata::edm::SetId;
use odata::payload::Draft;
use store::{Change, Row};

use super::keys::source_key;
use crate::context::Context;
use crate::retry::CommitError;

impl Context<'_> {
    /// The change that ends the projection which an entity of a set is, as its row has it; none if the entity is stored.
    pub(crate) async fn end_of_projection(
        &self,
        set: SetId,
        row: &Row,
    ) -> Result<Option<Change>, CommitError> {
        let Some(projection) = self.handlers.projected(set) else { return Ok(None) };
        let Some(key) = source_key(&row.key) else { return Ok(None) };
        if self.store.get(self.tenant(), set, None, &row.key).await?.is_some() {
            return Ok(None);
        }
        let set = projection.source;
        let stored = self.store.get(self.tenant(), set, None, &key).await?;
        let Some(source) = stored.filter(|source| source.version == row.version) else {
            return Err(CommitError::Overtaken);
        };
        let before = Draft(self.store.record(set, &source)?).stored(self.model());
        let mut after = before.record().clone();
        after.set(projection.mark_slot, Value::Null);
        let entity = Draft(after).complete_over(before.record(), self.model())?;
        Ok(Some(Change::Update { set, parent: None, key, expected: source.version, entity }))
    }
}
