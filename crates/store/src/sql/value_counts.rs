//! Counting the entities of several owners by the value of a property, by one statement.

use odata::Key;
use odata::edm::{PropertyId, SetId};
use uuid::Uuid;

use super::dialect::quoted;
use super::each::padded;
use super::read_statement::{Cost, ReadStatement};
use super::schema::SqlSchema;
use super::value::SqlValue;

/// Yields owner, value and number. The property is an indexed whole number or enumeration, so that only its index is read.
pub(crate) fn value_counts(
    schema: &SqlSchema,
    tenant: Uuid,
    set: SetId,
    property: PropertyId,
    owners: &[Key],
) -> Option<ReadStatement> {
    let table = schema.layout.table(set);
    let column = quoted(&table.column_of(property)?.name);
    let mut parameters: Vec<SqlValue> = Vec::with_capacity(owners.len());
    let keys: Vec<String> = padded(owners)
        .map(|key| {
            parameters.push(SqlValue::key(key));
            // The first is the tenant.
            schema.dialect.plain_parameter(parameters.len() + 1)
        })
        .collect();
    let text = format!(
        "select parent, {column}, count(*) from {} where tenant = {} and parent in ({}) \
         group by parent, {column}",
        quoted(&table.name),
        schema.dialect.plain_parameter(1),
        keys.join(","),
    );
    Some(ReadStatement {
        text: text.into(),
        tenant,
        parameters,
        cost: Cost::Scan,
        candidate_read: None,
        sorted_by: Vec::new(),
    })
}
