//! From rows to what the caller sees: the one place that makes [`Visible`] entities.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use odata::Value;
use odata::edm::PropertyId;
use odata::payload::{MetadataLevel, Template, Visible};
use odata::query::Selection;
use store::Row;

use super::canonical::context_fragment;
use super::links::Links;
use crate::audit::reveal;
use crate::authorize::Permit;
use crate::collection::Collection;
use crate::context::Context;
use crate::{Error, ErrorKind, code};

/// The way to show the entities of a collection, decided once per request.
pub(crate) struct Presenter<'c> {
    pub(super) context: &'c Context<'c>,
    pub(super) permit: Permit,
    pub(super) collection: &'c Collection,
    pub(super) selection: &'c Selection,
    template: Arc<Template>,
    pub(super) reveals: bool,
    /// A secret that is selected and must be asked for by an operation.
    withheld: Option<PropertyId>,
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
        let properties = || hierarchy.iter().flat_map(|id| &model.structured(*id).properties).copied();
        let secret = properties().find(|id| model.property(*id).secret && shown(model.property(*id)));
        let withholds = secret.is_some() && context.handlers.of(collection.set).reveals_on_request();
        let open: Vec<PropertyId> = match withholds {
            true => {
                properties().filter(|id| !model.property(*id).secret && shown(model.property(*id))).collect()
            }
            false => Vec::new(),
        };
        let of_template = if withholds { Some(open.as_slice()) } else { selected };
        let template = context.templates.get(model, declared, context.version, of_template, context.format);
        let (reveals, withheld) =
            (secret.is_some() && !withholds, secret.filter(|_| withholds && selected.is_some()));
        Presenter { context, permit, collection, selection, template, reveals, withheld }
    }

    /// Whether what is shown of an entity includes its secrets.
    pub(crate) fn reveals(&self) -> bool {
        self.reveals
    }

    /// What follows the `#` in the context of one entity, or of several.
    pub(crate) fn fragment(&self, single: bool) -> String {
        context_fragment(self.context.model(), self.collection, self.selection, single)
    }

    /// The secrets of each row in plain, after the look at them is recorded; none if none are shown.
    pub(super) async fn secrets(&self, rows: &[Row]) -> Result<Vec<Vec<(u16, Value)>>, Error> {
        if let Some(withheld) = self.withheld {
            return Err(withheld_error(&self.context.model().property(withheld).name));
        }
        if self.reveals && rows.iter().any(|row| row.sealed.is_some()) {
            Box::pin(reveal(self.context, self.collection.set, rows)).await
        } else {
            Ok(vec![Vec::new(); rows.len()])
        }
    }

    /// Appends the members of a row, but for what `$expand` adds.
    pub(super) fn members(&self, out: &mut Vec<u8>, row: &Row, secrets: &[(u16, Value)]) {
        if !secrets.is_empty() {
            self.context.shows_secrets.store(true, Ordering::Relaxed);
        }
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

/// The refusal of a secret that only an operation shows.
pub(super) fn withheld_error(name: &str) -> Error {
    let message =
        format!("This server shows '{name}' only to who calls the operation muster.reveal of the entity.");
    Error::new(ErrorKind::Forbidden, message).coded(code::REVEAL_REQUIRED).about(name)
}
