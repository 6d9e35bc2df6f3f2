//! The conversion of values to and from the binary protocol.

use bytes::BytesMut;
use odata::edm::Kind;
use odata::{Key, Value};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::error::PostgresError;
use crate::quota::Usage;
use crate::row::{Row, RowBuffer};
use crate::seal::WrappedKey;
use crate::sql::SqlValue;

/// The error of a value that has no form of the type expected.
type ConversionError = Box<dyn std::error::Error + Sync + Send>;

impl ToSql for SqlValue {
    /// In the form of the type that the server inferred; another type than the value's own is refused.
    fn to_sql(&self, expected: &Type, out: &mut BytesMut) -> Result<IsNull, ConversionError> {
        match (self, expected) {
            (SqlValue::Null, _) => Ok(IsNull::Yes),
            (SqlValue::Integer(number), &Type::INT8) => number.to_sql(expected, out),
            (SqlValue::Integer(number), &Type::INT4) => i32::try_from(*number)?.to_sql(expected, out),
            (SqlValue::Real(number), &Type::FLOAT8) => number.to_sql(expected, out),
            (SqlValue::Text(text), &Type::TEXT | &Type::VARCHAR) => (&**text).to_sql(expected, out),
            (SqlValue::Text(text), &Type::JSON) => {
                out.extend_from_slice(text.as_bytes());
                Ok(IsNull::No)
            }
            (SqlValue::Bytes(bytes), &Type::BYTEA) => (&**bytes).to_sql(expected, out),
            _ => Err(format!("a value of another type than {expected}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The rows of a list or get: key, version, document, sealed, detached; from column `first` on, the values of other entities by
/// which they are ordered.
pub(super) fn rows(
    found: &[tokio_postgres::Row],
    first: usize,
    sorted_by: &[Kind],
) -> Result<Vec<Row>, PostgresError> {
    let mut buffer = RowBuffer::default();
    for found in found {
        row(found, &mut buffer)?;
        let values = sorted_by.iter().enumerate().map(|(at, kind)| value(found, first + at, *kind));
        buffer.sorted_by(values.collect::<Result<_, _>>()?);
    }
    Ok(buffer.finish())
}

/// The value of a column, of a kind.
fn value(row: &tokio_postgres::Row, at: usize, kind: Kind) -> Result<Value, PostgresError> {
    let value = match row.columns().get(at).map(tokio_postgres::Column::type_) {
        Some(&Type::INT8) => column::<Option<i64>>(row, at)?.map(SqlValue::Integer),
        Some(&Type::INT4) => column::<Option<i32>>(row, at)?.map(i64::from).map(SqlValue::Integer),
        Some(&Type::FLOAT8) => column::<Option<f64>>(row, at)?.map(SqlValue::Real),
        _ => column::<Option<&str>>(row, at)?.map(|text| SqlValue::Text(text.into())),
    };
    let value = value.unwrap_or(SqlValue::Null).into_value(kind);
    value.ok_or_else(|| PostgresError::Refused("a list is ordered by a value of another type".into()))
}

fn row(row: &tokio_postgres::Row, buffer: &mut RowBuffer) -> Result<(), PostgresError> {
    let key =
        Key::from_bytes(column(row, 0)?).ok_or_else(|| PostgresError::Refused("a malformed key".into()))?;
    let document: &str = column(row, 2)?;
    // A table without such a column answers a null of no particular type.
    let bytes = |at| match row.columns().get(at).map(tokio_postgres::Column::type_) {
        Some(&Type::BYTEA) => column::<Option<&[u8]>>(row, at),
        _ => Ok(None),
    };
    let (sealed, detached) = (bytes(3)?.map(Box::from), bytes(4)?);
    let pushed = buffer.push(key, column(row, 1)?, (document.as_bytes(), detached), sealed);
    pushed.map_err(|error| PostgresError::Refused(error.to_string()))
}

/// The value of one column of a row.
pub(super) fn column<'a, T: FromSql<'a>>(
    row: &'a tokio_postgres::Row,
    index: usize,
) -> Result<T, PostgresError> {
    row.try_get(index).map_err(PostgresError::from)
}

/// The keys of rows.
pub(super) fn wrapped_keys(rows: &[tokio_postgres::Row]) -> Result<Vec<WrappedKey>, PostgresError> {
    rows.iter().map(|row| wrapped(row, 0)).collect()
}

/// A wrapped key, from a column on.
pub(super) fn wrapped(row: &tokio_postgres::Row, first: usize) -> Result<WrappedKey, PostgresError> {
    let version = u32::try_from(column::<i32>(row, first)?);
    let version = version.map_err(|_| PostgresError::Refused("a malformed data key".into()))?;
    Ok(WrappedKey {
        version,
        wrapped: column(row, first + 1)?,
        rewrapped: column(row, first + 2)?,
        rotation: column(row, first + 3)?,
    })
}

/// What a tenant holds, as its row says it.
pub(super) fn usage(counts: Option<Vec<i64>>) -> Result<Option<Usage>, PostgresError> {
    match counts.as_deref() {
        None => Ok(None),
        Some([records, bytes, counted]) => {
            Ok(Some(Usage { records: *records, bytes: *bytes, counted: *counted }))
        }
        Some(_) => Err(PostgresError::Refused("malformed counts of a tenant".into())),
    }
}
