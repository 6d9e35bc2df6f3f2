//! `$search` as a condition on the column that repeats an entity's texts.

use odata::query::Search;

use super::dialect::{Dialect, quoted};
use super::renderer::Renderer;
use super::value::SqlValue;
use crate::layout::Column;

impl Renderer<'_> {
    /// Whether a search finds the row. Never null: the column has a text, if only an empty one.
    pub(super) fn search(&mut self, search: &Search) -> String {
        match search {
            Search::Term(term) => self.term(term),
            Search::And(left, right) => format!("({} and {})", self.search(left), self.search(right)),
            Search::Or(left, right) => format!("({} or {})", self.search(left), self.search(right)),
            Search::Not(inner) => format!("(not {})", self.search(inner)),
        }
    }

    fn term(&mut self, term: &str) -> String {
        let Some(column) = self.table.search() else { return "false".into() };
        let name = quoted(&column.name);
        match self.dialect {
            Dialect::Sqlite => {
                let term = self.bind(SqlValue::Text(term.into()));
                format!("(instr({name},{term}) > 0)")
            }
            Dialect::Postgres => {
                let pattern = self.bind(SqlValue::Text(like(term).into()));
                format!("({name} like {pattern})")
            }
        }
    }
}

/// A column as PostgreSQL's index of its trigrams has it. Were it the bare column, `=` and `in` would be looked up
/// there too, trigram by trigram, by a planner that knows nothing yet of a new table.
pub(super) fn searched(column: &Column) -> String {
    format!("({} || '')", quoted(&column.name))
}

/// The pattern of `like` for texts that have this part.
pub(super) fn like(part: &str) -> String {
    format!("%{}%", part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}
