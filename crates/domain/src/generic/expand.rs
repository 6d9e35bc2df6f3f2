//! `$expand`: related entities inside the entity they belong to.

use std::pin::Pin;

use odata::edm::NavigationId;
use odata::payload::MetadataLevel;
use odata::payload::write::write_string;
use odata::query::Expand;
use store::Row;

use super::present::Presenter;
use super::read::{load_or_default, page};
use crate::Error;
use crate::authorize::may_read;
use crate::resolve::{Place, Spot, actual_type, reference};

/// Appends each expanded navigation property of a row's own type.
pub(super) fn expand<'f>(
    presenter: &'f Presenter<'_>,
    expands: &'f [Expand],
    out: &'f mut Vec<u8>,
    row: &'f Row,
) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'f>> {
    Box::pin(async move {
        let model = presenter.context.model();
        let actual = model.structured(actual_type(model, presenter.place.set, row));
        for expand in expands.iter().filter(|expand| actual.navigations.contains(&expand.navigation)) {
            may_read(
                model,
                &presenter.context.call.caller,
                &model.navigation(expand.navigation).restrictions,
            )?;
            member(presenter, expand, out, row).await?;
        }
        Ok(())
    })
}

async fn member(
    presenter: &Presenter<'_>,
    expand: &Expand,
    out: &mut Vec<u8>,
    row: &Row,
) -> Result<(), Error> {
    let context = presenter.context;
    let navigation = context.model().navigation(expand.navigation);
    let place = related(presenter, expand.navigation, row)?;
    let related = Presenter::new(context, presenter.permit, &place, &expand.options.selection);
    if context.level != MetadataLevel::None && navigation.collection {
        name(out, &format!("{}@odata.context", navigation.name));
        write_string(out, &related.context_url(false));
    }
    name(out, &navigation.name);
    if navigation.collection {
        let (rows, _) = page(context, &place, &expand.options).await?;
        out.push(b'[');
        related.rows(out, &rows).await?;
        out.push(b']');
        return Ok(());
    }
    let key = match navigation.slot {
        Some(slot) => reference(row, slot),
        None => Some(row.key.clone()),
    };
    let target = match key {
        Some(key) => load_or_default(context, &Spot { place: place.clone(), key }).await?,
        None => None,
    };
    match target {
        Some(target) => related.rows(out, std::slice::from_ref(&target)).await,
        None => {
            out.extend_from_slice(b"null");
            Ok(())
        }
    }
}

/// Where the targets of a row's navigation property rest.
fn related(presenter: &Presenter<'_>, navigation: NavigationId, row: &Row) -> Result<Place, Error> {
    let model = presenter.context.model();
    let navigation = model.navigation(navigation);
    let Some(set) = navigation.set else {
        let what = format!("Expanding '{}'", navigation.name);
        return Err(Error::not_implemented(&what));
    };
    let partner = navigation.partner.and_then(|id| model.navigation(id).slot);
    let parent = (navigation.contained && partner.is_none() && model.set(set).parent.is_some())
        .then(|| row.key.clone());
    Ok(Place { set, parent, referring: partner.map(|slot| (slot, row.key.clone())), of_type: None })
}

fn name(out: &mut Vec<u8>, name: &str) {
    out.push(b',');
    write_string(out, name);
    out.push(b':');
}
