//! The name of a type stands for one thing in all crates that ship.

use std::collections::BTreeMap;

use syn::Item;
use syn::visit::{self, Visit};

use super::Finding;
use super::imports::is_ours;
use super::sources::{Source, Tree};

/// Names that each crate may give once to a type of its own, and why.
const ONCE_A_CRATE: [(&str, &str); 3] = [
    ("Error", "what goes wrong in a crate, named with the crate in its path"),
    ("ErrorKind", "the kind of that, as in the standard library"),
    ("Finding", "what a crate finds in a file that somebody wrote"),
];

/// Finds names of several types.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, definitions) in definitions(tree) {
        if definitions.len() > 1 && !is_once_a_crate(&name, &definitions) {
            let files: Vec<String> =
                definitions.iter().map(|(source, line)| format!("\n    {}:{line}", source.path)).collect();
            let message = format!("'{name}' is the name of {} types{}", files.len(), files.concat());
            findings.push(Finding::new(definitions[0].0, definitions[0].1, message));
        }
    }
    findings
}

fn is_once_a_crate(name: &str, definitions: &[(&Source, usize)]) -> bool {
    let mut crates: Vec<_> = definitions.iter().map(|(source, _)| source.crate_name()).collect();
    crates.dedup();
    ONCE_A_CRATE.iter().any(|(allowed, _)| *allowed == name) && crates.len() == definitions.len()
}

/// The types of the crates that ship, by name, each with its file and line, in order of crates.
fn definitions(tree: &Tree) -> BTreeMap<String, Vec<(&Source, usize)>> {
    let mut definitions: BTreeMap<String, Vec<(&Source, usize)>> = BTreeMap::new();
    for (_, sources) in tree.crates().into_iter().filter(|(folder, _)| is_shipped(folder)) {
        for source in sources {
            // A file that is broken is told of where circles are looked for.
            let Ok(file) = source.syntax_without_tests() else { continue };
            let mut types = Types::default();
            types.visit_file(&file);
            for (name, line) in types.found {
                definitions.entry(name).or_default().push((source, line));
            }
        }
    }
    definitions
}

fn is_shipped(folder: &str) -> bool {
    folder.strip_prefix("crates/").is_some_and(is_ours)
}

/// The types that a file defines: their names and lines.
#[derive(Default)]
struct Types {
    found: Vec<(String, usize)>,
}

impl<'ast> Visit<'ast> for Types {
    fn visit_item(&mut self, item: &'ast Item) {
        let name = match item {
            Item::Enum(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            Item::Union(item) => Some(&item.ident),
            _ => None,
        };
        self.found.extend(name.map(|name| (name.to_string(), name.span().start().line)));
        visit::visit_item(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::tree;
    use super::check;

    #[test]
    fn a_name_has_one_meaning() {
        let place = "struct Place;";
        for (files, expected) in [
            (
                [("crates/odata/src/a.rs", place), ("crates/store/src/b/mod.rs", "\nenum Place {}")],
                Some(
                    "'Place' is the name of 2 types\n    crates/odata/src/a.rs:1\n    crates/store/src/b/mod.rs:2",
                ),
            ),
            (
                [("crates/odata/src/a.rs", place), ("crates/odata/src/b.rs", "fn f() { trait Place {} }")],
                Some(
                    "'Place' is the name of 2 types\n    crates/odata/src/a.rs:1\n    crates/odata/src/b.rs:1",
                ),
            ),
            (
                [("crates/engine/src/a.rs", place), ("crates/muster/src/b.rs", "type Place = u8;")],
                Some(
                    "'Place' is the name of 2 types\n    crates/engine/src/a.rs:1\n    crates/muster/src/b.rs:1",
                ),
            ),
            // A type of a trait's implementation, a test's, one of a crate that does not ship, one of a comment.
            (
                [
                    ("crates/odata/src/a.rs", place),
                    ("crates/store/src/b.rs", "impl A for B { type Place = u8; }"),
                ],
                None,
            ),
            (
                [
                    ("crates/odata/src/a.rs", place),
                    ("crates/store/src/b.rs", "#[cfg(test)]\nmod t { struct Place; }"),
                ],
                None,
            ),
            ([("crates/odata/src/a.rs", place), ("crates/testkit/src/b.rs", place)], None),
            ([("crates/odata/src/a.rs", place), ("crates/odata/src/b.rs", "// struct Place;")], None),
            ([("crates/odata/src/a.rs", "enum Error {}"), ("crates/store/src/b.rs", "struct Error;")], None),
            (
                [("crates/odata/src/a.rs", "enum Error {}"), ("crates/odata/src/b.rs", "struct Error;")],
                Some(
                    "'Error' is the name of 2 types\n    crates/odata/src/a.rs:1\n    crates/odata/src/b.rs:1",
                ),
            ),
        ] {
            let found: Vec<String> = check(&tree(&files)).into_iter().map(|found| found.message).collect();
            assert_eq!(found, expected.as_slice(), "{files:?}");
        }
    }
}
