//! The bodies that show entities, with what `$expand` adds to each.

use odata::Value;
use odata::query::Selection;
use store::Row;

use super::expand::expanded;
use super::present::Presenter;
use super::related::SourceEntities;
use crate::authorize::Permit;
use crate::collection::Collection;
use crate::context::Context;
use crate::large_work::aside;
use crate::{Body, Error};

/// The rows of a page that is written where the caller runs: a tenth of a millisecond.
const ROWS_HERE_MAX: usize = 64;

impl Presenter<'_> {
    /// Appends the rows, separated by commas, after recording the look at their secrets if they show any.
    pub(crate) async fn rows(&self, out: &mut Vec<u8>, rows: &[Row]) -> Result<(), Error> {
        let secrets = self.secrets(rows).await?;
        let expanded = self.expanded(rows).await?;
        let mut write = || {
            for (at, (row, secrets)) in rows.iter().zip(&secrets).enumerate() {
                out.extend_from_slice(if at == 0 { b"{" } else { b",{" });
                self.members(out, row, secrets);
                out.extend_from_slice(expanded.get(at).map_or(b"", Vec::as_slice));
                out.push(b'}');
            }
        };
        if rows.len() > ROWS_HERE_MAX {
            aside(write)
        } else {
            write()
        }
        Ok(())
    }

    /// The body of a single entity that is read.
    pub(crate) async fn read_body(&self, row: &Row) -> Result<Body, Error> {
        let secrets = self.secrets(std::slice::from_ref(row)).await?;
        self.body(row, secrets.first().map_or(&[], Vec::as_slice)).await
    }

    /// The body of an entity that the caller has just written, with what its set has to say of it.
    pub(crate) async fn written_body(
        &self,
        before: Option<&Row>,
        row: &Row,
        secrets: &[(u16, Value)],
    ) -> Result<Body, Error> {
        let behaviour = self.context.handlers.of(self.collection.set);
        let annotations = behaviour.annotations(self.context, before, row)?;
        self.annotated_body(row, secrets, &annotations).await
    }

    /// The body of a single entity whose secrets the caller has just sent, or that were opened with a receipt.
    pub(crate) async fn body(&self, row: &Row, secrets: &[(u16, Value)]) -> Result<Body, Error> {
        self.annotated_body(row, secrets, &[]).await
    }

    async fn annotated_body(
        &self,
        row: &Row,
        secrets: &[(u16, Value)],
        annotations: &[(&'static str, serde_json::Value)],
    ) -> Result<Body, Error> {
        let mut out = Vec::with_capacity(2_048);
        self.context.begin_body(&mut out, &self.fragment(true));
        self.members(&mut out, row, secrets);
        let expanded = self.expanded(std::slice::from_ref(row)).await?;
        out.extend_from_slice(&expanded.concat());
        for (name, value) in annotations {
            out.extend_from_slice(format!(",\"@{name}\":{value}").as_bytes());
        }
        out.push(b'}');
        Ok(self.context.json_of_entities(out))
    }

    /// Whether what is shown is the same for everyone who may see it: no look at a secret has to be recorded, and
    /// nothing is expanded that another caller may not see.
    pub(crate) fn holds(&self, rows: &[Row]) -> bool {
        let looks = self.reveals && rows.iter().any(|row| row.sealed.is_some());
        !looks && self.selection.expand.is_empty()
    }

    /// What `$expand` adds to each row; nothing at all if it is not there.
    async fn expanded(&self, rows: &[Row]) -> Result<Vec<Vec<u8>>, Error> {
        if self.selection.expand.is_empty() {
            return Ok(Vec::new());
        }
        let collections = vec![self.collection; rows.len()];
        let sources = SourceEntities { rows, collections };
        expanded(self.context, self.permit, self.selection, sources).await
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
    let documents: usize = rows.iter().map(|row| row.document.0.len()).sum();
    let mut out = Vec::with_capacity(documents + rows.len() * 512 + 256);
    context.begin_body(&mut out, &presenter.fragment(false));
    out.extend_from_slice(b"\"value\":[");
    presenter.rows(&mut out, rows).await?;
    out.extend_from_slice(b"]}");
    Ok(context.json_of_entities(out))
}
