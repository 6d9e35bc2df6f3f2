//! The two dialects, and all in which they differ but fixed statements and functions: parameters, the document's
//! elements, names of types, the order of nulls.

use super::value::SqlValue;
use crate::layout::ColumnKind;

/// The SQL of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// Parameter `number`, which will be bound to a value like this one. PostgreSQL is told its type, because it
    /// would infer one that the value does not have.
    pub fn parameter(self, number: usize, value: &SqlValue) -> String {
        match (self, value) {
            (Dialect::Sqlite, _) => format!("?{number}"),
            (Dialect::Postgres, SqlValue::Null) => format!("${number}"),
            (Dialect::Postgres, SqlValue::Integer(_)) => format!("${number}::bigint"),
            (Dialect::Postgres, SqlValue::Real(_)) => format!("${number}::double precision"),
            (Dialect::Postgres, SqlValue::Text(_)) => format!("${number}::text"),
            (Dialect::Postgres, SqlValue::Bytes(_)) => format!("${number}::bytea"),
        }
    }

    /// Parameter `number`, where the column it is assigned to or compared with says its type.
    pub fn plain_parameter(self, number: usize) -> String {
        match self {
            Dialect::Sqlite => format!("?{number}"),
            Dialect::Postgres => format!("${number}"),
        }
    }

    /// Parameter `number`, a document as text.
    pub fn document_parameter(self, number: usize) -> String {
        match self {
            Dialect::Sqlite => format!("?{number}"),
            Dialect::Postgres => format!("${number}::text::json"),
        }
    }

    /// The value at a path of slots in a document; null if it is null or missing. Without slots the document is the
    /// value itself. Without a kind, only whether it is null matters.
    pub fn document_value(self, document: &str, slots: &[u16], kind: Option<ColumnKind>) -> String {
        let value = match (self, slots) {
            (Dialect::Sqlite, []) => document.to_owned(),
            (Dialect::Sqlite, slots) => format!("json_extract({document},'{}')", json_path(slots)),
            (Dialect::Postgres, []) => format!("({document}#>>'{{}}')"),
            (Dialect::Postgres, slots) => format!("({})", arrows(document, slots, "->>")),
        };
        match (self, kind) {
            (_, Some(ColumnKind::Key)) => self.key_bytes(&value),
            (Dialect::Sqlite, _) | (Dialect::Postgres, None) => value,
            (Dialect::Postgres, Some(ColumnKind::Text)) => format!("({value} collate \"C\")"),
            (Dialect::Postgres, Some(ColumnKind::Integer)) => format!("{value}::bigint"),
            (Dialect::Postgres, Some(ColumnKind::Boolean)) => format!("{value}::boolean::int"),
            (Dialect::Postgres, Some(ColumnKind::Real)) => format!("{value}::double precision"),
        }
    }

    /// Whether the last of a path of slots is missing from an array that is there: the row was written under a
    /// model that did not have it.
    pub fn document_lacks(self, document: &str, slots: &[u16]) -> String {
        let parent = slots.split_last().map(|(_, parent)| parent).unwrap_or_default();
        match (self, parent) {
            (Dialect::Sqlite, _) => format!(
                "json_type({document},'{}') = 'array' and json_type({document},'{}') is null",
                json_path(parent),
                json_path(slots)
            ),
            (Dialect::Postgres, parent) => format!(
                "json_typeof({}) = 'array' and ({}) is null",
                arrows(document, parent, "->"),
                arrows(document, slots, "->")
            ),
        }
    }

    /// The index, within its hierarchy, of the type of the record at a path of slots.
    pub fn discriminator(self, document: &str, slots: &[u16]) -> String {
        match self {
            Dialect::Sqlite => format!("json_extract({document},'{}[0]')", json_path(slots)),
            Dialect::Postgres => format!("({}->>0)::bigint", arrows(document, slots, "->")),
        }
    }

    /// The items of the collection at a path of slots as rows with a column `value`, and the condition that
    /// leaves out what is no item.
    pub fn items(self, document: &str, slots: &[u16], alias: &str) -> (String, Option<String>) {
        match self {
            Dialect::Sqlite => (
                format!("json_each({document},'{}') {alias}", json_path(slots)),
                // Null in place of a collection counts as one item without key.
                Some(format!("{alias}.key is not null")),
            ),
            Dialect::Postgres => {
                (format!("json_array_elements({}) {alias}(value)", self.array(document, slots)), None)
            }
        }
    }

    /// The collection at a path of slots, without items if it is null.
    pub fn array(self, document: &str, slots: &[u16]) -> String {
        match self {
            Dialect::Sqlite => format!("coalesce(json_extract({document},'{}'),'[]')", json_path(slots)),
            Dialect::Postgres => {
                let array = arrows(document, slots, "->");
                format!("case when json_typeof({array}) = 'array' then {array} else '[]' end")
            }
        }
    }

    /// [`odata::Key::to_bytes`] of a key's text: tag 1 and sixteen bytes for a GUID, else tag 2 and the text.
    fn key_bytes(self, text: &str) -> String {
        match self {
            Dialect::Sqlite => format!(
                "case when {text} glob '????????-????-????-????-????????????' and length(unhex({text},'-')) = 16 \
                 then cast(x'01' || unhex({text},'-') as blob) else cast(x'02' || {text} as blob) end"
            ),
            Dialect::Postgres => format!(
                "case when {text} ~* '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$' \
                 then '\\x01'::bytea || decode(replace({text},'-',''),'hex') \
                 else '\\x02'::bytea || convert_to({text},'UTF8') end"
            ),
        }
    }

    /// A truth value where a number is wanted; null stays null.
    pub fn boolean_as_number(self, predicate: &str) -> String {
        match self {
            Dialect::Sqlite => format!("({predicate})"),
            Dialect::Postgres => format!("({predicate})::int"),
        }
    }

    /// A value in the text of a statement.
    pub fn literal(self, value: &SqlValue) -> String {
        match value {
            SqlValue::Null | SqlValue::Bytes(_) => "null".to_owned(),
            SqlValue::Integer(number) => number.to_string(),
            SqlValue::Real(number) => format!("{number:e}"),
            SqlValue::Text(text) => format!("'{}'", text.replace('\'', "''")),
        }
    }

    /// A character that is no quote.
    pub fn character(self, character: char) -> String {
        match self {
            Dialect::Sqlite => format!("char({})", u32::from(character)),
            Dialect::Postgres => format!("chr({})", u32::from(character)),
        }
    }

    /// The column of the document as text.
    pub fn document_text(self) -> &'static str {
        match self {
            Dialect::Sqlite => "document",
            Dialect::Postgres => "document::text",
        }
    }

    /// The direction after a term of an order: null is the smallest value. SQLite does so by itself.
    pub fn null_order(self, descending: bool) -> &'static str {
        match (self, descending) {
            (Dialect::Sqlite, false) => "",
            (Dialect::Sqlite, true) => " desc",
            (Dialect::Postgres, false) => " nulls first",
            (Dialect::Postgres, true) => " desc nulls last",
        }
    }

    /// The type of a column.
    pub fn column_type(self, kind: ColumnKind) -> &'static str {
        match (self, kind) {
            (Dialect::Sqlite, ColumnKind::Text) => "text",
            (Dialect::Sqlite, ColumnKind::Integer | ColumnKind::Boolean) => "integer",
            (Dialect::Sqlite, ColumnKind::Real) => "real",
            (Dialect::Sqlite, ColumnKind::Key) => "blob",
            (Dialect::Postgres, ColumnKind::Text) => "text collate \"C\"",
            (Dialect::Postgres, ColumnKind::Integer | ColumnKind::Boolean) => "bigint",
            (Dialect::Postgres, ColumnKind::Real) => "double precision",
            (Dialect::Postgres, ColumnKind::Key) => "bytea",
        }
    }
}

/// A name of a table, column or index in the text of a statement.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The element of a slot: element 0 is the discriminator, so slot `s` is element `s + 1`.
fn element(slot: u16) -> u32 {
    u32::from(slot) + 1
}

/// The path of slots in a document, as SQLite has it.
pub(super) fn json_path(slots: &[u16]) -> String {
    slots.iter().fold("$".to_owned(), |path, slot| format!("{path}[{}]", element(*slot)))
}

/// The element at a path of slots in a document, as PostgreSQL has it; the last arrow says whether as text.
pub(super) fn arrows(document: &str, slots: &[u16], last: &str) -> String {
    let mut text = document.to_owned();
    for (at, slot) in slots.iter().enumerate() {
        let arrow = if at + 1 == slots.len() { last } else { "->" };
        text.push_str(&format!("{arrow}{}", element(*slot)));
    }
    text
}
