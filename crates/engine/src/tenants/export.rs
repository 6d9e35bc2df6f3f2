//! All entities of a tenant, one JSON object a line, as its callers see them: without secrets, which leave only by a read that
//! is recorded.

use odata::Key;
use odata::edm::{PropertyId, SetId, Version};
use odata::payload::write::write_string;
use odata::payload::{Format, Template, Visible};
use odata::query::Cursor;
use store::{Query, Row};
use uuid::Uuid;

use crate::Error;
use crate::engine::Engine;

/// The entities that are read at once.
const PAGE_ROWS_MAX: u64 = 500;

/// What becomes of each line; an error ends the export.
pub type TakeLine<'a> = &'a mut (dyn FnMut(&[u8]) -> Result<(), String> + Send);

impl Engine {
    /// Gives out a line for each entity of a tenant, containing ones before what they contain; how many.
    pub async fn export_tenant(&self, tenant: Uuid, take: TakeLine<'_>) -> Result<u64, Error> {
        let mut count = 0;
        for set in self.contained_in(None) {
            count += self.export_set(tenant, set, None, take).await?;
        }
        Ok(count)
    }

    /// Gives out the entities of a set, of one that contains them if it has a parent, and what they contain.
    async fn export_set(
        &self,
        tenant: Uuid,
        set: SetId,
        parent: Option<&Key>,
        take: TakeLine<'_>,
    ) -> Result<u64, Error> {
        let (template, contained) = (self.template_without_secrets(set), self.contained_in(Some(set)));
        let (mut count, mut after) = (0, None);
        loop {
            let filter = self.handlers.condition_of(set).cloned();
            let query =
                Query { parent: parent.cloned(), after, filter, ..Query::all(tenant, set, PAGE_ROWS_MAX) };
            let rows = self.store.list(&query).await?;
            let Some(last) = rows.last() else { return Ok(count) };
            after = Some(Cursor { values: Vec::new(), key: last.key.clone() });
            for row in &rows {
                take(&self.line(set, parent, row, &template)).map_err(Error::bad_request)?;
                count += 1;
                for contained in &contained {
                    count += Box::pin(self.export_set(tenant, *contained, Some(&row.key), take)).await?;
                }
            }
        }
    }

    /// The sets whose entities those of a set contain; without one, those that nothing contains. A view has no entities of its
    /// own.
    fn contained_in(&self, parent: Option<SetId>) -> Vec<SetId> {
        let rests = self.model().sets.iter().filter(|set| set.stored_in == set.id);
        let contained = rests.filter(|set| set.parent == parent);
        contained.map(|set| set.id).collect()
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
