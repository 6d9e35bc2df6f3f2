//! From rows to what the caller sees: the one place that makes [`Visible`] entities, and the bodies around them.

use std::sync::Arc;

use odata::edm::{Model, SetId};
use odata::payload::{MetadataLevel, Template, Valid, Visible};
use odata::query::Selection;
use odata::{Key, Value};
use store::Row;

use super::canonical::context_fragment;
use super::expand::{self, Holders};
use super::links::Links;
use crate::audit::reveal;
use crate::authorize::Permit;
use crate::collection::Collection;
use crate::context::Context;
use crate::{Body, Error};

/// Decided once per request: how the entities of a place are shown.
pub(crate) struct Presenter<'c> {
    pub(super) context: &'c Context<'c>,
    pub(super) permit: Permit,
    pub(super) collection: &'c Collection,
    selection: &'c Selection,
    template: Arc<Template>,
    reveals: bool,
}

impl<'c> Presenter<'c> {
    /// Plans the showing of a collection's entities. The permit says that the caller may see them.
    pub(crate) fn new(
        context: &'c Context<'c>,
        permit: Permit,
        collection: &'c Collection,
        selection: &'c Selection,
    ) -> Presenter<'c> {
        let model = context.model();
        let declared = model.set(collection.set).entity_type;
        let selected = selection.properties.as_deref();
        let shown = |property: &odata::edm::Property| {
            property.versions.contains(context.version)
                && selected.is_none_or(|ids| ids.contains(&property.id))
        };
        let hierarchy = &model.structured(model.structured(declared).root).hierarchy;
        let mut properties = hierarchy.iter().flat_map(|id| &model.structured(*id).properties);
        let reveals = properties.any(|id| model.property(*id).secret && shown(model.property(*id)));
        let template = context.templates.get(model, declared, context.version, selected, context.format);
        Presenter { context, permit, collection, selection, template, reveals }
    }

    /// Appends the rows, separated by commas, after recording the look at their secrets if they show any.
    pub(crate) async fn rows(&self, out: &mut Vec<u8>, rows: &[Row]) -> Result<(), Error> {
        let secrets = self.secrets(rows).await?;
        let expanded = self.expanded(rows).await?;
        for (at, (row, secrets)) in rows.iter().zip(&secrets).enumerate() {
            out.extend_from_slice(if at == 0 { b"{" } else { b",{" });
            self.members(out, row, secrets);
            out.extend_from_slice(expanded.get(at).map_or(b"", Vec::as_slice));
            out.push(b'}');
        }
        Ok(())
    }

    /// The body of a single entity that is read.
    pub(crate) async fn read_body(&self, row: &Row) -> Result<Body, Error> {
        let secrets = self.secrets(std::slice::from_ref(row)).await?;
        self.body(row, secrets.first().map_or(&[], Vec::as_slice)).await
    }

    /// The body of a single entity whose secrets the caller has just sent, or that were opened with a receipt.
    pub(crate) async fn body(&self, row: &Row, secrets: &[(u16, Value)]) -> Result<Body, Error> {
        let mut out = Vec::with_capacity(2_048);
        self.context.begin_body(&mut out, &self.fragment(true));
        self.members(&mut out, row, secrets);
        let expanded = self.expanded(std::slice::from_ref(row)).await?;
        out.extend_from_slice(&expanded.concat());
        out.push(b'}');
        Ok(self.context.json(out))
    }

    /// Whether what is shown of an entity includes its secrets.
    pub(crate) fn reveals(&self) -> bool {
        self.reveals
    }

    /// Whether what is shown is the same for everyone who may see it: no look at a secret has to be recorded, and
    /// nothing is expanded that another caller may not see.
    pub(crate) fn holds(&self, rows: &[Row]) -> bool {
        let looks = self.reveals && rows.iter().any(|row| row.sealed.is_some());
        !looks && self.selection.expand.is_empty()
    }

    /// What follows the `#` in the context of one entity, or of several.
    pub(crate) fn fragment(&self, single: bool) -> String {
        context_fragment(self.context.model(), self.collection, self.selection, single)
    }

    /// What `$expand` adds to each row; nothing at all if it is not there.
    async fn expanded(&self, rows: &[Row]) -> Result<Vec<Vec<u8>>, Error> {
        if self.selection.expand.is_empty() {
            return Ok(Vec::new());
        }
        let collections = vec![self.collection; rows.len()];
        expand::expanded(self.context, self.permit, self.selection, Holders { rows, collections }).await
    }

    pub(super) async fn secrets(&self, rows: &[Row]) -> Result<Vec<Vec<(u16, Value)>>, Error> {
        if self.reveals {
            reveal(self.context, self.collection.set, rows).await
        } else {
            Ok(vec![Vec::new(); rows.len()])
        }
    }

    /// Appends the members of a row, but for what `$expand` adds.
    pub(super) fn members(&self, out: &mut Vec<u8>, row: &Row, secrets: &[(u16, Value)]) {
        let visible = Visible { document: &row.document, version: Some(row.version), secrets, links: &[] };
        if self.context.format.metadata != MetadataLevel::Full {
            self.template.write_members(out, &visible);
            return;
        }
        let links = Links::of(self.context, self.collection, row);
        self.template.write_members(out, &Visible { links: &links.to_itself(), ..visible });
        links.write_onward(out);
    }
}

/// The body of an operation's result: entities that rest in a set.
pub async fn entities(
    context: &Context<'_>,
    permit: Permit,
    collection: &Collection,
    rows: &[Row],
) -> Result<Body, Error> {
    let selection = Selection::default();
    let presenter = Presenter::new(context, permit, collection, &selection);
    let mut out = Vec::with_capacity(rows.len() * 1_024 + 256);
    context.begin_body(&mut out, &presenter.fragment(false));
    out.extend_from_slice(b"\"value\":[");
    presenter.rows(&mut out, rows).await?;
    out.extend_from_slice(b"]}");
    Ok(context.json(out))
}

/// The row that a committed entity became, without reading it back.
pub fn row_of(model: &Model, key: Key, version: i64, entity: &Valid) -> Row {
    let document = odata::payload::Document::encode(entity.record(), &[], model);
    Row { key, version, document, sealed: None, sorted_by: Vec::new() }
}

/// The entity tag of a row.
pub(super) fn etag(row: &Row) -> Option<String> {
    Some(odata::etag::print(row.version))
}

/// Whether the set's declared type holds secrets at all.
pub(super) fn secret_slots(model: &Model, set: SetId) -> Vec<u16> {
    let root = model.structured(model.structured(model.set(set).entity_type).root);
    let properties = root.hierarchy.iter().flat_map(|id| &model.structured(*id).properties);
    let mut slots: Vec<u16> =
        properties.map(|id| model.property(*id)).filter(|property| property.secret).map(|p| p.slot).collect();
    slots.sort_unstable();
    slots.dedup();
    slots
}
