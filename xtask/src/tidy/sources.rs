//! The project's text files, and what of a Rust file is code, literal or test.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::rust_text::{self, Literal};

/// What is made, not written. In a linked work tree, `.git` is a file.
const SKIPPED: [&str; 9] = [
    ".git",
    ".hypothesis",
    ".schemathesis",
    ".venv",
    "__pycache__",
    "dist",
    "muster-data",
    "node_modules",
    "target",
];

/// All text files.
pub(super) struct Tree {
    pub files: Vec<Source>,
}

/// A text file, and of a Rust file its parts.
pub(super) struct Source {
    /// From the root, with slashes.
    pub path: String,
    pub text: String,
    /// Of a Rust file: its code, where comments and the contents of literals are blank.
    pub code: String,
    /// Of a Rust file: its literals.
    literals: Vec<Literal>,
    /// Whether the whole file is for tests.
    pub is_test: bool,
}

impl Tree {
    /// Reads every text file below a folder.
    pub fn read(root: &Path) -> Result<Tree> {
        let mut files = Vec::new();
        read_folder(root, "", &mut files)?;
        files.sort();
        Ok(Tree::new(files.iter().map(|(path, text)| (&**path, &**text))))
    }

    /// A tree of paths and texts.
    pub fn new<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> Tree {
        let mut files: Vec<Source> = files.into_iter().map(|(path, text)| Source::new(path, text)).collect();
        let tests: Vec<String> = files.iter().flat_map(Source::test_modules).collect();
        for source in &mut files {
            let is = |module: &String| {
                source.path.strip_prefix(&**module).is_some_and(|rest| rest.starts_with(['.', '/']))
            };
            source.is_test |= tests.iter().any(is);
        }
        Tree { files }
    }

    /// The Rust files.
    pub fn rust(&self) -> impl Iterator<Item = &Source> {
        self.files.iter().filter(|source| source.path.ends_with(".rs"))
    }

    /// The Rust files below `src` of each crate, by the crate's folder; no files of tests.
    pub fn crates(&self) -> BTreeMap<&str, Vec<&Source>> {
        let mut crates: BTreeMap<&str, Vec<&Source>> = BTreeMap::new();
        for source in self.rust().filter(|source| !source.is_test) {
            if let Some(folder) = source.crate_folder()
                && source.path[folder.len()..].starts_with("/src/")
            {
                crates.entry(folder).or_default().push(source);
            }
        }
        crates
    }
}

impl Source {
    fn new(path: &str, text: &str) -> Source {
        let is_test =
            path.ends_with("/tests.rs") || path.split('/').any(|part| part == "tests" || part == "fuzz");
        let (code, literals) =
            if path.ends_with(".rs") { rust_text::split(text) } else { Default::default() };
        Source { path: path.into(), text: text.into(), code, literals, is_test }
    }

    /// The paths, without extension, of the modules that this file declares for tests.
    fn test_modules(&self) -> Vec<String> {
        let stem = self.path.strip_suffix(".rs").unwrap_or(&self.path);
        let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
        let folder = if ["lib", "main", "mod"].contains(&name) { folder } else { stem };
        rust_text::test_modules(&self.code).into_iter().map(|module| format!("{folder}/{module}")).collect()
    }

    /// The code without its tests; empty in a file of tests.
    pub fn code_without_tests(&self) -> String {
        match self.is_test {
            true => String::new(),
            false => rust_text::without(&self.code, &rust_text::test_ranges(&self.code)),
        }
    }

    /// The syntax of a Rust file without its tests; of nothing in a file of tests.
    pub fn syntax_without_tests(&self) -> syn::Result<syn::File> {
        match self.is_test {
            true => syn::parse_file(""),
            false => syn::parse_file(&rust_text::without(&self.text, &rust_text::test_ranges(&self.code))),
        }
    }

    /// The literals outside of tests.
    pub fn literals_without_tests(&self) -> impl Iterator<Item = &Literal> {
        let tests = rust_text::test_ranges(&self.code);
        let outside = move |at: usize| !tests.iter().any(|range| range.contains(&at));
        self.literals.iter().filter(move |literal| !self.is_test && outside(literal.at))
    }

    /// Whether a place in the text is within a string literal.
    pub fn is_in_literal(&self, at: usize) -> bool {
        self.literals.iter().any(|literal| (literal.at..literal.at + literal.text.len()).contains(&at))
    }

    /// The crate's folder, if the file is in one: `crates/<name>`, `xtask`, `benches`.
    pub fn crate_folder(&self) -> Option<&str> {
        match self.path.split_once('/')? {
            ("crates", rest) => Some(&self.path[.."crates/".len() + rest.find('/')?]),
            (folder @ ("xtask" | "benches" | "fuzz"), _) => Some(folder),
            _ => None,
        }
    }

    /// The crate's name.
    pub fn crate_name(&self) -> Option<&str> {
        self.crate_folder().map(|folder| folder.strip_prefix("crates/").unwrap_or(folder))
    }

    /// The line of a place in the text, from 1.
    pub fn line_of(&self, at: usize) -> usize {
        self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
    }
}

fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        let kind = entry.file_type()?;
        if SKIPPED.contains(&&*name) {
            continue;
        }
        if kind.is_dir() {
            read_folder(&entry.path(), &path, files)?;
        } else if kind.is_file()
            // What is not UTF-8 is no text.
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            files.push((path, text));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_knows_its_crate() {
        for (path, expected) in [
            ("crates/store/src/lib.rs", Some("store")),
            ("crates/store/Cargo.toml", Some("store")),
            ("xtask/src/main.rs", Some("xtask")),
            ("benches/src/load.rs", Some("benches")),
            ("model/README.md", None),
            ("README.md", None),
        ] {
            assert_eq!(Source::new(path, "").crate_name(), expected, "{path}");
        }
    }

    #[test]
    fn tests_are_known_by_folder_name_and_declaration() {
        for (path, expected) in [
            ("crates/store/tests/suite.rs", true),
            ("crates/store/src/seal/tests.rs", true),
            ("fuzz/targets/uri.rs", true),
            ("crates/store/src/latest.rs", false),
            ("crates/store/src/seal/sample.rs", true),
            ("crates/store/src/seal/sample/part.rs", true),
            ("crates/store/src/sample.rs", false),
        ] {
            let parent = ("crates/store/src/seal/mod.rs", "#[cfg(test)]\nmod sample;\n");
            let tree = Tree::new([(path, ""), parent]);
            assert_eq!(tree.files[0].is_test, expected, "{path}");
        }
    }
}
