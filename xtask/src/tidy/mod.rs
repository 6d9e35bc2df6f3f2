//! `cargo xtask tidy`: what holds in this house and the compiler does not check.
//!
//! Each check is a pure function from sources to findings, so that its tests can show that it fails.

mod calls;
mod circles;
mod console;
mod declarations;
mod doc_comments;
mod figures;
mod file_graph;
mod files;
mod finding;
mod imports;
mod layers;
mod modules;
mod rust_text;
mod sources;
mod sql;
mod status;
mod type_names;
mod words;

use anyhow::{Result, bail};

use finding::Finding;
use sources::Tree;

/// A check's name and what it finds.
type Check = (&'static str, fn(&Tree) -> Vec<Finding>);

const CHECKS: [Check; 13] = [
    ("imports go one way", imports::check),
    ("files go in no circles", circles::check),
    ("a type's name has one meaning", type_names::check),
    ("doc comments say something", doc_comments::check),
    ("device words stay in model and domain", words::check),
    ("SQL stays in the store", sql::check),
    ("status codes stay in one file of the server", status::check),
    ("no call ends the process", calls::check),
    ("files say what they are for, and stay small", files::check_rust),
    ("the console is in order", console::check),
    ("rooms have names", files::check_rooms),
    ("text is clean and of no one machine", files::check_text),
    ("the project is complete", files::check_project),
];

/// Checks the project's files.
pub(crate) fn run() -> Result<()> {
    let tree = Tree::read(&crate::command::root())?;
    let long_files = files::long_files(&tree).len();
    println!("tidy: {long_files} files have over {} lines; it is time to think of parts", files::LINES_WARN);
    let mut count = 0;
    for (name, check) in CHECKS {
        let findings = check(&tree);
        println!("tidy: {name}: {}", if findings.is_empty() { "yes" } else { "NO" });
        print(&findings);
        count += findings.len();
    }
    if count > 0 {
        bail!("{count} findings in {} files read", tree.files.len());
    }
    Ok(())
}

/// Prints the figures of a release note.
pub(crate) fn print_figures() -> Result<()> {
    print!("{}", figures::report(&Tree::read(&crate::command::root())?));
    Ok(())
}

fn print(findings: &[Finding]) {
    for Finding { path, line, message } in findings {
        println!("  {path}:{line}: {message}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree of the given files.
    pub(super) fn tree(files: &[(&str, &str)]) -> Tree {
        Tree::new(files.iter().copied())
    }

    /// A check's findings in one file, as `line: message`.
    pub(super) fn found(check: fn(&Tree) -> Vec<Finding>, path: &str, text: &str) -> Vec<String> {
        check(&tree(&[(path, text)]))
            .into_iter()
            .map(|found| format!("{}: {}", found.line, found.message))
            .collect()
    }

    #[test]
    fn the_project_can_be_read() {
        let tree = Tree::read(&crate::command::root()).unwrap();
        assert!(tree.files.iter().any(|file| file.path == "xtask/src/tidy/mod.rs"));
        assert!(!tree.files.iter().any(|file| file.path.starts_with("target/")));
    }
}
