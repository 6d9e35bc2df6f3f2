//! `cargo xtask tidy`: what holds in this house and the compiler does not check.
//!
//! Each check is a pure function from sources to findings, so that its tests can show that it fails.

mod calls;
mod files;
mod imports;
mod rust_text;
mod sources;
mod sql;
mod status;
mod words;

use anyhow::{Result, bail};

use sources::{Source, Tree};

/// What is wrong, and where.
#[derive(Debug, PartialEq)]
struct Finding {
    path: String,
    /// From 1; 0 if it is about the whole file.
    line: usize,
    message: String,
}

impl Finding {
    fn new(source: &Source, line: usize, message: impl Into<String>) -> Finding {
        Finding { path: source.path.clone(), line, message: message.into() }
    }

    fn in_tree(path: &str, message: impl Into<String>) -> Finding {
        Finding { path: path.into(), line: 0, message: message.into() }
    }
}

/// A check's name and what it finds.
type Check = (&'static str, fn(&Tree) -> Vec<Finding>);

const CHECKS: [Check; 9] = [
    ("imports go one way", imports::check),
    ("device words stay in model and domain", words::check),
    ("SQL stays in the store", sql::check),
    ("status codes stay in one file of the server", status::check),
    ("no call ends the process", calls::check),
    ("files say what they are for, and stay small", files::check_rust),
    ("rooms have names", files::check_rooms),
    ("text is clean and of no one machine", files::check_text),
    ("the project is complete", files::check_project),
];

/// Checks the project's files.
pub(crate) fn run() -> Result<()> {
    let tree = Tree::read(&crate::command::root())?;
    let mut count = 0;
    for (name, check) in CHECKS {
        let findings = check(&tree);
        println!("tidy: {name}: {}", if findings.is_empty() { "yes" } else { "NO" });
        for Finding { path, line, message } in &findings {
            println!("  {path}:{line}: {message}");
        }
        count += findings.len();
    }
    for warning in files::long_files(&tree) {
        println!("tidy: warning: {}: {}", warning.path, warning.message);
    }
    if count > 0 {
        bail!("{count} findings in {} files read", tree.files.len());
    }
    Ok(())
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
