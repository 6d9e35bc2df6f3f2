//! `$search` as a condition on the texts of an entity's document.

use odata::Value;
use odata::payload::document::write_value;
use odata::query::search::SEPARATOR;
use odata::query::{Function, Search};

use super::dialect::Dialect;
use super::function::{self, name};
use super::renderer::Renderer;
use super::search_program::encode;
use super::value::SqlValue;

impl Renderer<'_> {
    /// Whether a search finds the row. Never null.
    pub(super) fn search(&mut self, search: &Search) -> String {
        if self.table.searched.is_empty() {
            return if search.matches("") { "true" } else { "false" }.into();
        }
        match self.dialect {
            Dialect::Sqlite => {
                let slots: Vec<String> = self.table.searched.iter().map(u16::to_string).collect();
                let program = self.bind(SqlValue::Bytes(encode(search).into()));
                format!("{}(document,'{}',{program})", function::SEARCH, slots.join(","))
            }
            Dialect::Postgres => self.found(search),
        }
    }

    /// The condition for PostgreSQL, term by term.
    fn found(&mut self, search: &Search) -> String {
        match search {
            Search::Term(term) => self.term(term),
            Search::And(left, right) => format!("({} and {})", self.found(left), self.found(right)),
            Search::Or(left, right) => format!("({} or {})", self.found(left), self.found(right)),
            Search::Not(inner) => format!("(not {})", self.found(inner)),
        }
    }

    /// The document's text must hold a term in any case, and to look there first takes a tenth of the time that it takes
    /// to read the document's elements.
    fn term(&mut self, term: &str) -> String {
        let fold = name(Function::ToLower);
        // The numbers of elements begin with one, which is the type.
        let places: Vec<String> = self.table.searched.iter().map(|slot| (slot + 2).to_string()).collect();
        let texts = format!(
            "(select string_agg(value, {}) from json_array_elements_text(document) with ordinality e(value, place) \
             where place in ({}))",
            self.dialect.character(SEPARATOR),
            places.join(",")
        );
        let mut quoted = Vec::new();
        write_value(&mut quoted, &Value::String(term.into()), self.model);
        let written =
            String::from_utf8_lossy(quoted.get(1..quoted.len() - 1).unwrap_or_default()).into_owned();
        let anywhere = self.bind(SqlValue::Text(like(&written).into()));
        let within = self.bind(SqlValue::Text(like(term).into()));
        format!("({fold}(document::text) like {anywhere} and coalesce({fold}({texts}) like {within}, false))")
    }
}

/// The pattern of `like` for texts that have this part.
pub(super) fn like(part: &str) -> String {
    format!("%{}%", part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}
