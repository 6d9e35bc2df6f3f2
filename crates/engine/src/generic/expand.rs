//! `$expand`: related entities inside the entity they belong to.

use futures_util::future::BoxFuture;
use odata::payload::MetadataLevel;
use odata::payload::write::write_string;
use odata::query::Selection;
use odata::query::paging::{nested_query, next_link_query};
use store::Row;

use super::canonical::canonical_entity;
use super::present::Presenter;
use super::related::{RelatedEntities, RelatedList, RelatedReader, SourceEntities};
use crate::Error;
use crate::authorize::Permit;
use crate::context::Context;

/// The text that the expansions add to the members of each entity.
pub(super) fn expanded<'f>(
    context: &'f Context<'_>,
    permit: Permit,
    selection: &'f Selection,
    sources: SourceEntities<'f>,
) -> BoxFuture<'f, Result<Vec<Vec<u8>>, Error>> {
    Box::pin(async move {
        let mut texts = vec![Vec::new(); sources.rows.len()];
        for expand in &selection.expand {
            let reader = RelatedReader { context, expand, sources: &sources };
            Expander { permit, reader }.append(&mut texts).await?;
        }
        Ok(texts)
    })
}

/// The writer of one expansion.
struct Expander<'e> {
    permit: Permit,
    reader: RelatedReader<'e>,
}

impl Expander<'_> {
    /// Appends the navigation property to the entities whose type has it.
    async fn append(&self, texts: &mut [Vec<u8>]) -> Result<(), Error> {
        let navigation = self.reader.navigation();
        let Some(set) = navigation.set else {
            return Err(Error::not_implemented(&format!("Expanding '{}'", navigation.name)));
        };
        let RelatedEntities { lists, rows, list_of } = self.reader.read(set).await?;
        let shown = self.shown(&lists, &rows).await?;
        for (at, out) in texts.iter_mut().enumerate() {
            if !self.reader.has_navigation(at) {
                continue;
            }
            match list_of.get(at).copied().flatten().and_then(|list| lists.get(list)) {
                Some(list) if navigation.collection => self.write_list(out, at, list, &shown)?,
                Some(list) => self.write_single(out, list, &shown),
                None if navigation.collection => {
                    member(out, &navigation.name);
                    out.extend_from_slice(b"[]");
                }
                None => {
                    member(out, &navigation.name);
                    out.extend_from_slice(b"null");
                }
            }
        }
        Ok(())
    }

    /// The text of each entity, without the braces of anything around it.
    async fn shown(&self, lists: &[RelatedList], rows: &[Row]) -> Result<Vec<Vec<u8>>, Error> {
        let (context, selection) = (self.reader.context, &self.reader.expand.options.selection);
        let Some(first) = lists.first() else { return Ok(Vec::new()) };
        let presenter = Presenter::new(context, self.permit, &first.collection, selection);
        let secrets = presenter.secrets(rows).await?;
        let collections =
            lists.iter().flat_map(|list| list.range.clone().map(|_| &list.collection)).collect();
        let further = expanded(context, self.permit, selection, SourceEntities { rows, collections }).await?;
        let mut shown = Vec::with_capacity(rows.len());
        for list in lists {
            let presenter = Presenter::new(context, self.permit, &list.collection, selection);
            for at in list.range.clone() {
                let (Some(row), Some(secrets), Some(further)) =
                    (rows.get(at), secrets.get(at), further.get(at))
                else {
                    return Err(Error::defect("a list of expanded entities is longer than its rows"));
                };
                let mut out = vec![b'{'];
                presenter.members(&mut out, row, secrets);
                out.extend_from_slice(further);
                out.push(b'}');
                shown.push(out);
            }
        }
        Ok(shown)
    }

    fn write_single(&self, out: &mut Vec<u8>, list: &RelatedList, shown: &[Vec<u8>]) {
        member(out, &self.reader.navigation().name);
        match shown.get(list.range.clone()).and_then(<[_]>::first) {
            Some(text) => out.extend_from_slice(text),
            None => out.extend_from_slice(b"null"),
        }
    }

    fn write_list(
        &self,
        out: &mut Vec<u8>,
        source: usize,
        list: &RelatedList,
        shown: &[Vec<u8>],
    ) -> Result<(), Error> {
        let (context, name) = (self.reader.context, &self.reader.navigation().name);
        if context.format.metadata != MetadataLevel::None {
            let selection = &self.reader.expand.options.selection;
            let presenter = Presenter::new(context, self.permit, &list.collection, selection);
            member(out, &format!("{name}@odata.context"));
            write_string(out, &format!("{}/$metadata#{}", context.service_root(), presenter.fragment(false)));
        }
        if self.reader.expand.options.count {
            member(out, &format!("{name}@odata.count"));
            out.extend_from_slice(context.format.print(list.total).as_bytes());
        }
        member(out, name);
        out.push(b'[');
        let shown = shown.get(list.range.clone());
        let shown =
            shown.ok_or_else(|| Error::defect("a list of expanded entities is longer than its texts"))?;
        out.extend_from_slice(&shown.join(&b','));
        out.push(b']');
        if let (Some(cursor), Some(row), Some(collection)) =
            (&list.next, self.reader.sources.rows.get(source), self.reader.sources.collections.get(source))
        {
            let owner = canonical_entity(context.model(), collection, &row.key);
            let query = next_link_query(&self.own_query(), cursor);
            member(out, &format!("{name}@odata.nextLink"));
            write_string(out, &format!("{}/{owner}/{name}?{query}", context.service_root()));
        }
        Ok(())
    }

    /// The options in parentheses as a query string of their own, with the aliases that they may use.
    fn own_query(&self) -> String {
        let options = nested_query(&self.reader.expand.text);
        let aliases = self
            .reader
            .context
            .call
            .query
            .split('&')
            .filter(|piece| piece.starts_with('@') || piece.starts_with("%40"));
        let pieces: Vec<&str> = options.iter().map(String::as_str).chain(aliases).collect();
        pieces.join("&")
    }
}

fn member(out: &mut Vec<u8>, name: &str) {
    out.push(b',');
    write_string(out, name);
    out.push(b':');
}
