//! The evaluator's functions of the query language, made known to SQLite.

use data_encoding::BASE64;
use odata::Key;
use odata::payload::DetachedBinary;
use odata::query::search::SEPARATOR;
use odata::query::{Function, Inclusion, Scalar, pattern};
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

use crate::sql::function::{self, name};
use crate::sql::search_program;
use crate::texts::each_folded;

/// An error of a function, as the library takes it.
type BoxedError = Box<dyn std::error::Error + Send + Sync>;

/// Makes the functions known to a connection.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    for function in Function::ALL.iter().copied() {
        let arity = i32::try_from(function.parameters().len()).unwrap_or(-1);
        match function {
            Function::MatchesPattern => {
                connection.create_scalar_function(name(function).as_str(), arity, flags, matches)?;
            }
            _ => {
                let call = move |context: &Context<'_>| call(function, context);
                connection.create_scalar_function(name(function).as_str(), arity, flags, call)?;
            }
        }
    }
    connection.create_scalar_function(function::SEARCH, 3, flags, search)?;
    connection.create_scalar_function(function::KEY, 1, flags, key)?;
    connection.create_scalar_function(function::DETACHED, 1, flags, detached)?;
    for inclusion in Inclusion::ALL {
        let call = move |context: &Context<'_>| {
            let (whole, part) = (context.get_raw(0).as_str(), context.get_raw(1).as_str());
            Ok(whole.is_ok_and(|whole| part.is_ok_and(|part| inclusion.holds_at_rest(whole, part))))
        };
        connection.create_scalar_function(function::inclusion(inclusion).as_str(), 2, flags, call)?;
    }
    Ok(())
}

/// The result of a function; null if an argument is null, or if there is no result.
fn call(function: Function, context: &Context<'_>) -> rusqlite::Result<ToSqlOutput<'static>> {
    let arguments = (0..context.len()).map(|at| scalar(context.get_raw(at)));
    let Some(arguments) = arguments.collect::<Option<Vec<_>>>() else { return Ok(null()) };
    Ok(match function.apply(&arguments) {
        Some(Scalar::Integer(number)) => ToSqlOutput::Owned(Value::Integer(number)),
        Some(Scalar::Real(number)) => ToSqlOutput::Owned(Value::Real(number)),
        Some(Scalar::Text(text)) => ToSqlOutput::Owned(Value::Text(text.into())),
        None => null(),
    })
}

/// Whether a text matches a pattern, which is compiled once for a statement, not for each row.
fn matches(context: &Context<'_>) -> rusqlite::Result<ToSqlOutput<'static>> {
    let (ValueRef::Text(text), ValueRef::Text(_)) = (context.get_raw(0), context.get_raw(1)) else {
        return Ok(null());
    };
    let compiled = context.get_or_create_aux(1, |pattern| -> Result<_, BoxedError> {
        Ok(pattern::compile(pattern.as_str()?)?)
    })?;
    let matches = compiled.is_match(std::str::from_utf8(text)?);
    Ok(ToSqlOutput::Owned(Value::Integer(i64::from(matches))))
}

/// The text of a key.
fn key(context: &Context<'_>) -> rusqlite::Result<Option<String>> {
    Ok(Key::from_bytes(context.get_raw(0).as_blob()?).map(|key| key.to_string()))
}

/// The base64 of a detached binary value; null if there is none.
fn detached(context: &Context<'_>) -> rusqlite::Result<Option<String>> {
    let stored = context.get_raw(0).as_blob_or_null()?;
    Ok(stored.and_then(DetachedBinary::from_bytes).map(|detached| BASE64.encode(&detached.bytes)))
}

/// Whether a search finds a document. Slots and search are read once for a statement, not for each row.
fn search(context: &Context<'_>) -> rusqlite::Result<bool> {
    let slots = context.get_or_create_aux(1, |slots| -> Result<Vec<u16>, BoxedError> {
        Ok(slots.as_str()?.split(',').map(str::parse).collect::<Result<_, _>>()?)
    })?;
    let search = context.get_or_create_aux(2, |program| -> Result<_, BoxedError> {
        search_program::decode(program.as_blob()?).ok_or_else(|| "a search that cannot be read".into())
    })?;
    let document = context.get_raw(0).as_str()?;
    let mut texts = String::with_capacity(document.len());
    each_folded(document.as_bytes(), &slots, |text| {
        texts.push_str(text);
        texts.push(SEPARATOR);
    });
    Ok(search.matches(&texts))
}

fn scalar(value: ValueRef<'_>) -> Option<Scalar> {
    match value {
        ValueRef::Integer(number) => Some(Scalar::Integer(number)),
        ValueRef::Real(number) => Some(Scalar::Real(number)),
        ValueRef::Text(text) => Some(Scalar::Text(std::str::from_utf8(text).ok()?.into())),
        ValueRef::Null | ValueRef::Blob(_) => None,
    }
}

fn null() -> ToSqlOutput<'static> {
    ToSqlOutput::Owned(Value::Null)
}
