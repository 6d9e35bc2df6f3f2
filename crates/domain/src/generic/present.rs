//! From rows to what the caller sees: the one place that makes [`Visible`] entities, and the bodies around them.

use std::fmt::Write;
use std::sync::Arc;

use bytes::Bytes;
use odata::edm::{Model, SetId, SetKind};
use odata::payload::write::write_string;
use odata::payload::{MetadataLevel, Template, Valid, Visible};
use odata::query::Selection;
use odata::{Key, Value};
use store::Row;

use super::expand::{self, Holders};
use crate::audit::reveal;
use crate::authorize::Permit;
use crate::context::Context;
use crate::resolve::{Place, actual_type};
use crate::{Body, Error};

/// Decided once per request: how the entities of a place are shown.
pub(crate) struct Presenter<'c> {
    pub(super) context: &'c Context<'c>,
    pub(super) permit: Permit,
    pub(super) place: &'c Place,
    selection: &'c Selection,
    template: Arc<Template>,
    reveals: bool,
}

impl<'c> Presenter<'c> {
    /// Plans the showing of a place's entities. The permit says that the caller may see them.
    pub(crate) fn new(
        context: &'c Context<'c>,
        permit: Permit,
        place: &'c Place,
        selection: &'c Selection,
    ) -> Presenter<'c> {
        let model = context.model();
        let declared = model.set(place.set).entity_type;
        let selected = selection.properties.as_deref();
        let shown = |property: &odata::edm::Property| {
            property.versions.contains(context.version)
                && selected.is_none_or(|ids| ids.contains(&property.id))
        };
        let hierarchy = &model.structured(model.structured(declared).root).hierarchy;
        let mut properties = hierarchy.iter().flat_map(|id| &model.structured(*id).properties);
        let reveals = properties.any(|id| model.property(*id).secret && shown(model.property(*id)));
        let template = context.templates.get(model, declared, context.version, selected, context.level);
        Presenter { context, permit, place, selection, template, reveals }
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
        out.push(b'{');
        if self.context.level != MetadataLevel::None {
            out.extend_from_slice(b"\"@odata.context\":");
            write_string(&mut out, &self.context_url(true));
            out.push(b',');
        }
        self.members(&mut out, row, secrets);
        let expanded = self.expanded(std::slice::from_ref(row)).await?;
        out.extend_from_slice(&expanded.concat());
        out.push(b'}');
        Ok(Body::Json { text: out.into(), metadata: self.context.level })
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

    /// `https://host/beta/$metadata#deviceManagement/things(select)/$entity` (protocol 4.01, 10).
    pub(crate) fn context_url(&self, single: bool) -> String {
        let model = self.context.model();
        let mut url = format!("{}/$metadata#{}", self.context.service_root(), canonical(model, self.place));
        if let Some(selected) = &self.selection.properties {
            let names: Vec<&str> = selected.iter().map(|id| &*model.property(*id).name).collect();
            let _ = write!(url, "({})", names.join(","));
        }
        if single && model.set(self.place.set).kind == SetKind::Collection {
            url.push_str("/$entity");
        }
        url
    }

    /// What `$expand` adds to each row; nothing at all if it is not there.
    async fn expanded(&self, rows: &[Row]) -> Result<Vec<Vec<u8>>, Error> {
        if self.selection.expand.is_empty() {
            return Ok(Vec::new());
        }
        let places = vec![self.place; rows.len()];
        expand::expanded(self.context, self.permit, self.selection, Holders { rows, places }).await
    }

    pub(super) async fn secrets(&self, rows: &[Row]) -> Result<Vec<Vec<(u16, Value)>>, Error> {
        if self.reveals {
            reveal(self.context, self.place.set, rows).await
        } else {
            Ok(vec![Vec::new(); rows.len()])
        }
    }

    /// Appends the members of a row, but for what `$expand` adds.
    pub(super) fn members(&self, out: &mut Vec<u8>, row: &Row, secrets: &[(u16, Value)]) {
        let visible = Visible { document: &row.document, version: Some(row.version), secrets };
        self.template.write_members(out, &visible);
        if self.context.level == MetadataLevel::Full {
            self.links(out, row);
        }
    }

    /// The links that `odata.metadata=full` asks for.
    fn links(&self, out: &mut Vec<u8>, row: &Row) {
        let model = self.context.model();
        let url =
            format!("{}/{}", self.context.service_root(), canonical_entity(model, self.place, &row.key));
        for name in ["@odata.id", "@odata.editLink"] {
            link(out, name, &url);
        }
        let actual = model.structured(actual_type(model, self.place.set, row));
        for navigation in actual.navigations.iter().map(|id| model.navigation(*id)) {
            if navigation.versions.contains(self.context.version) && !navigation.not_implemented {
                link(
                    out,
                    &format!("{}@odata.associationLink", navigation.name),
                    &format!("{url}/{}/$ref", navigation.name),
                );
                link(
                    out,
                    &format!("{}@odata.navigationLink", navigation.name),
                    &format!("{url}/{}", navigation.name),
                );
            }
        }
    }
}

/// The body of an operation's result: entities that rest in a set.
pub(crate) async fn entities(
    context: &Context<'_>,
    permit: Permit,
    place: &Place,
    rows: &[Row],
) -> Result<Body, Error> {
    let selection = Selection::default();
    let presenter = Presenter::new(context, permit, place, &selection);
    let mut out = Vec::with_capacity(rows.len() * 1_024 + 256);
    out.extend_from_slice(b"{\"@odata.context\":");
    write_string(&mut out, &presenter.context_url(false));
    out.extend_from_slice(b",\"value\":[");
    presenter.rows(&mut out, rows).await?;
    out.extend_from_slice(b"]}");
    Ok(Body::Json { text: Bytes::from(out), metadata: context.level })
}

/// The row that a committed entity became, without reading it back.
pub(crate) fn row_of(model: &Model, key: Key, version: i64, entity: &Valid) -> Row {
    let document = odata::payload::Document::encode(entity.record(), &[], model);
    Row { key, version, document, sealed: None }
}

/// The entity tag of a row.
pub(super) fn etag(row: &Row) -> Option<String> {
    Some(odata::etag::print(row.version))
}

/// `deviceManagement/things('key')/parts`: the place's canonical path.
fn canonical(model: &Model, place: &Place) -> String {
    let path = &model.set(place.set).path;
    match &place.parent {
        // Only the last step of containment has a key here: what is above it is one in each tenant.
        Some(parent) => match path.rsplit_once('/') {
            Some((above, name)) => format!("{above}('{}')/{name}", quoted(parent)),
            None => path.to_string(),
        },
        None => path.to_string(),
    }
}

pub(super) fn canonical_entity(model: &Model, place: &Place, key: &Key) -> String {
    match model.set(place.set).kind {
        SetKind::Collection => format!("{}('{}')", canonical(model, place), quoted(key)),
        SetKind::Singleton => canonical(model, place),
    }
}

/// A key inside quotes inside a URL.
fn quoted(key: &Key) -> String {
    let mut text = String::new();
    for byte in key.to_string().bytes() {
        match byte {
            b'\'' => text.push_str("''"),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => text.push(byte.into()),
            _ => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
    text
}

fn link(out: &mut Vec<u8>, name: &str, url: &str) {
    out.push(b',');
    write_string(out, name);
    out.push(b':');
    write_string(out, url);
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
