//! All entities of a tenant, one JSON object a line, as its callers see them: without secrets, which leave only by a read that
//! is recorded.

use odata::Key;
use odata::edm::{PropertyId, SetId, Version};
use odata::payload::write::write_string;
use odata::payload::{Format, Template, Visible};
use odata::query::Cursor;
use store::{Owners, Query, Row};
use uuid::Uuid;

use crate::Error;
use crate::engine::Engine;

/// The entities that are read at once.
const PAGE_ROWS_MAX: u64 = 500;
/// The entities of one set that one entity may contain, as far as they are read at once.
const CONTAINED_MAX: u64 = 1_000_000;

/// What becomes of each line; an error ends the export.
pub type TakeLine<'a> = &'a mut (dyn FnMut(&[u8]) -> Result<(), String> + Send);

impl Engine {
    /// Gives out a line for each entity of a tenant, containing ones before what they contain; how many.
    pub async fn export_tenant(&self, tenant: Uuid, take: TakeLine<'_>) -> Result<u64, Error> {
        let mut count = 0;
        let top = self.model().sets.iter().filter(|set| set.parent.is_none());
        for set in top.map(|set| set.id) {
            let mut after = None;
            loop {
                let query = Query { after, ..Query::all(tenant, set, PAGE_ROWS_MAX) };
                let rows: Vec<(Option<Key>, Row)> =
                    self.store.list(&query).await?.into_iter().map(|row| (None, row)).collect();
                let Some((_, last)) = rows.last() else { break };
                after = Some(Cursor { values: Vec::new(), key: last.key.clone() });
                count += Box::pin(self.export_rows(tenant, set, rows, take)).await?;
            }
        }
        Ok(count)
    }

    /// Gives out entities of a set, and what they contain.
    async fn export_rows(
        &self,
        tenant: Uuid,
        set: SetId,
        rows: Vec<(Option<Key>, Row)>,
        take: TakeLine<'_>,
    ) -> Result<u64, Error> {
        let template = self.template_without_secrets(set);
        for (parent, row) in &rows {
            let line = self.line(set, parent.as_ref(), row, &template);
            take(&line).map_err(Error::bad_request)?;
        }
        let mut count = rows.len() as u64;
        let keys: Vec<Key> = rows.into_iter().map(|(_, row)| row.key).collect();
        for contained in self.model().sets.iter().filter(|contained| contained.parent == Some(set)) {
            let query = Query::all(tenant, contained.id, CONTAINED_MAX);
            let owned = self.store.list_each(&query, &Owners::Parents(keys.clone())).await?;
            let rows: Vec<_> = owned.into_iter().map(|owned| (Some(owned.owner), owned.row)).collect();
            if !rows.is_empty() {
                count += Box::pin(self.export_rows(tenant, contained.id, rows, take)).await?;
            }
        }
        Ok(count)
    }

    /// How to write entities of a set: all that `/beta` shows but secrets.
    fn template_without_secrets(&self, set: SetId) -> Template {
        let model = self.model();
        let declared = model.set(set).entity_type;
        let root = model.structured(model.structured(declared).root);
        let properties = root.hierarchy.iter().flat_map(|id| &model.structured(*id).properties);
        let open: Vec<PropertyId> = properties.copied().filter(|id| !model.property(*id).secret).collect();
        Template::new(model, declared, Version::Beta, Some(&open), Format::default())
    }

    /// The line of an entity: its set, the entity that contains it, and itself.
    fn line(&self, set: SetId, parent: Option<&Key>, row: &Row, template: &Template) -> Vec<u8> {
        let mut line = b"{\"set\":".to_vec();
        write_string(&mut line, &self.model().set(set).path);
        if let Some(parent) = parent {
            line.extend_from_slice(b",\"parent\":");
            write_string(&mut line, &parent.to_string());
        }
        line.extend_from_slice(b",\"entity\":");
        template
            .write(&mut line, &Visible { document: &row.document, version: None, secrets: &[], links: &[] });
        line.push(b'}');
        line
    }
}
