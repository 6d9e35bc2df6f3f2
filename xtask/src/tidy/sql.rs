//! SQL stays in the store: in `sql/` and in the migrations.

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
/// Where statements may stand in literals: the beginning of a path, why.
const ALLOWED: [(&str, &str); 7] = [
    ("crates/store/src/sql/", "the room of SQL"),
    ("crates/store/src/migrate", "the schema's own tables"),
    ("crates/store/src/sqlite/", "the engine: pragmas, the journal, the base tables"),
    ("crates/store/src/postgres/", "the engine: settings, the journal, the base tables"),
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
            if let Some(statement) = STATEMENTS.iter().find(|words| in_order(&text, words)) {
                let message = format!("SQL ('{}') belongs to crates/store/src/sql", statement.join("…"));
                findings.push(Finding::new(source, source.line_of(literal.at), message));
            }
        }
    }
    findings
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
            ("crates/odata/src/a.rs", "x(\"$select takes names from the type\")", &[]),
            ("crates/odata/src/a.rs", "// select a from b", &[]),
            ("crates/odata/src/a.rs", "#[cfg(test)]\nmod tests { x(\"select a from b\") }", &[]),
        ] {
            assert_eq!(found(check, path, text), expected, "{path}: {text}");
        }
    }
}
