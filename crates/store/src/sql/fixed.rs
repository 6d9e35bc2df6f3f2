//! Statements whose text is the same for every model, in the spelling of each database.

use std::sync::{Arc, OnceLock};

/// A fixed statement. Both texts stand side by side where they differ; neither is made more than once.
pub(crate) struct FixedStatement {
    sqlite: &'static str,
    postgres: &'static str,
    postgres_spelled: OnceLock<Arc<str>>,
}

impl FixedStatement {
    /// A statement that differs by nothing but how parameters are written: here as SQLite does, `?1`. No question mark
    /// may stand in it for anything else.
    pub const fn common(text: &'static str) -> FixedStatement {
        FixedStatement::by_database(text, text)
    }

    /// A statement that each database has in a text of its own.
    pub const fn by_database(sqlite: &'static str, postgres: &'static str) -> FixedStatement {
        FixedStatement { sqlite, postgres, postgres_spelled: OnceLock::new() }
    }

    /// The text for SQLite.
    pub fn sqlite(&self) -> &'static str {
        self.sqlite
    }

    /// The text for PostgreSQL, shared because it is the key of the prepared form.
    pub fn postgres(&self) -> &Arc<str> {
        self.postgres_spelled.get_or_init(|| self.postgres.replace('?', "$").into())
    }
}

#[cfg(test)]
mod tests {
    use super::FixedStatement;

    #[test]
    fn each_database_gets_its_own_spelling() {
        let common = FixedStatement::common("select a from b where c = ?1 and d = ?2");
        assert_eq!(common.sqlite(), "select a from b where c = ?1 and d = ?2");
        assert_eq!(&**common.postgres(), "select a from b where c = $1 and d = $2");
        let own = FixedStatement::by_database("select ?1", "select $1::uuid");
        assert_eq!((own.sqlite(), &**own.postgres()), ("select ?1", "select $1::uuid"));
    }
}
