//! The rows of singletons that are worked out when they are read.

use aws_lc_rs::digest::{SHA256, digest};
use odata::payload::Draft;
use odata::{Key, Record, Value};
use store::{Owned, Row};

use crate::Error;
use crate::context::Context;
use crate::generic::row_of;
use crate::handlers::DeriveEntity;

/// The rows of the entities that these owners contain, in their order.
pub(crate) async fn derived_rows(
    context: &Context<'_>,
    derive: &dyn DeriveEntity,
    owners: &[Key],
) -> Result<Vec<Row>, Error> {
    let records = derive.entities(context, owners).await?;
    owners.iter().zip(records).map(|(owner, record)| row(context, owner, record)).collect()
}

/// The same as lists of one for each owner.
pub(crate) async fn derived_lists(
    context: &Context<'_>,
    derive: &dyn DeriveEntity,
    owners: &[Key],
) -> Result<Vec<Owned>, Error> {
    let rows = derived_rows(context, derive, owners).await?;
    let owned = owners.iter().zip(rows);
    Ok(owned.map(|(owner, row)| Owned { owner: owner.clone(), place: 1, total: 1, row }).collect())
}

/// The row of an entity. No entry of the journal is about it, so that its content stands for its version.
fn row(context: &Context<'_>, owner: &Key, mut record: Record) -> Result<Row, Error> {
    record.set(0, Value::String(owner.to_string().into()));
    let row = row_of(context.model(), owner.clone(), 0, &Draft(record).complete(context.model())?);
    let digest = digest(&SHA256, &row.document.0);
    let version = digest.as_ref().iter().take(7).fold(0, |version, byte| version << 8 | i64::from(*byte));
    Ok(Row { version, ..row })
}
