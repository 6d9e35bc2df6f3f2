//! SQL stays in one room of the store, `sql/`, and in the migrations.

use super::Finding;
use super::sources::Tree;

/// Words that, in this order in one literal, make it a statement.
const STATEMENTS: [&[&str]; 12] = [
    &["select ", " from "],
    &["insert into "],
    &["update ", " set "],
    &["delete from "],
    &["create table"],
    &["create index"],
    &["create unique index"],
    &["create database"],
    &["alter table"],
    &["drop table"],
    &["drop index"],
    &["pragma "],
];
/// Words with which a statement begins. Elsewhere than in the store they begin English sentences too.
const VERBS: [&str; 19] = [
    "alter",
    "analyze",
    "begin",
    "commit",
    "create",
    "delete",
    "drop",
    "explain",
    "insert",
    "lock",
    "pragma",
    "release",
    "rollback",
    "savepoint",
    "select",
    "set",
    "update",
    "vacuum",
    "with",
];
/// The crate in which every literal that begins with a verb is a statement, or a part of one.
const STORE: &str = "crates/store/src/";
/// Where statements may stand in literals: the beginning of a path, why.
const ALLOWED: [(&str, &str); 4] = [
    ("crates/store/src/sql/", "the room of SQL"),
    ("crates/scratch-postgres/", "makes databases for tests"),
    ("benches/", "measures the bare databases"),
    ("crates/testkit/src/at_rest.rs", "looks for secrets in the file itself, past the store"),
];

/// Finds SQL elsewhere.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let watched = |path: &str| {
        !path.starts_with("xtask/") && !ALLOWED.iter().any(|(allowed, _)| path.starts_with(allowed))
    };
    for source in tree.rust().filter(|source| watched(&source.path)) {
        for literal in source.literals_without_tests() {
            let text = literal.text.to_ascii_lowercase();
            let statement =
                STATEMENTS.iter().find(|words| in_order(&text, words)).map(|words| words.join("…"));
            let begun = || verb(&text).filter(|_| source.path.starts_with(STORE)).map(str::to_owned);
            if let Some(statement) = statement.or_else(begun) {
                let message = format!("SQL ('{statement}') belongs to crates/store/src/sql");
                findings.push(Finding::new(source, source.line_of(literal.at), message));
            }
        }
    }
    findings
}

/// The verb with which a text begins.
fn verb(text: &str) -> Option<&'static str> {
    let first = text.trim_start().split(|character: char| !character.is_alphanumeric()).next()?;
    VERBS.into_iter().find(|verb| *verb == first)
}

/// Whether the words stand in a text in this order, none of them the end of another word.
fn in_order(text: &str, words: &[&str]) -> bool {
    let mut rest = text;
    for word in words {
        let Some(after) = after(rest, word) else { return false };
        rest = after;
    }
    true
}

/// What follows a word, from its last space on.
fn after<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let continues =
        |at: usize| text[..at].ends_with(|last: char| last.is_alphanumeric() || "$_-".contains(last));
    let begins = |at: usize| word.starts_with(' ') || !continues(at);
    let (at, _) = text.match_indices(word).find(|(at, _)| begins(*at))?;
    text.get(at + word.len() - 1..)
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::check;

    #[test]
    fn sql_is_found_outside_its_room() {
        let select = "1: SQL ('select … from ') belongs to crates/store/src/sql";
        for (path, text, expected) in [
            ("crates/domain/src/a.rs", "x(\"SELECT a FROM b\")", &[select][..]),
            ("crates/store/src/seal/a.rs", "x(\"select a from b\")", &[select]),
            (
                "crates/server/src/a.rs",
                "\nx(\"insert into a values (1)\")",
                &["2: SQL ('insert into ') belongs to crates/store/src/sql"],
            ),
            ("crates/store/src/sql/a.rs", "x(\"select a from b\")", &[]),
            ("crates/store/src/sql.rs", "x(\"select a from b\")", &[select]),
            ("crates/store/src/sqlite/a.rs", "x(\"select a from b\")", &[select]),
            ("crates/store/src/postgres/a.rs", "x(\"select a from b\")", &[select]),
            ("crates/store/src/migrate.rs", "x(\"select a from b\")", &[select]),
            (
                "crates/store/src/a.rs",
                "x(\"select 1\")",
                &["1: SQL ('select') belongs to crates/store/src/sql"],
            ),
            ("crates/store/src/a.rs", "x(\"BEGIN\")", &["1: SQL ('begin') belongs to crates/store/src/sql"]),
            (
                "crates/store/src/a.rs",
                "x(\" savepoint unit; release unit\")",
                &["1: SQL ('savepoint') belongs to crates/store/src/sql"],
            ),
            ("crates/store/src/a.rs", "x(\"settings of the selected\")", &[]),
            ("crates/store/src/sql/a.rs", "x(\"commit\")", &[]),
            ("crates/domain/src/a.rs", "x(\"update\")", &[]),
            ("crates/odata/src/a.rs", "x(\"$select takes names from the type\")", &[]),
            ("crates/odata/src/a.rs", "// select a from b", &[]),
            ("crates/odata/src/a.rs", "#[cfg(test)]\nmod tests { x(\"select a from b\") }", &[]),
        ] {
            assert_eq!(found(check, path, text), expected, "{path}: {text}");
        }
    }
}
