//! Files say what they are for, stay small, are in rooms with names, and hold nothing of the machine they came from.

use super::Finding;
use super::sources::Tree;

const LINES_MAX: usize = 600;
/// From here on it is time to think of parts.
pub(super) const LINES_WARN: usize = 300;
/// Rooms that would take anything.
const NO_ROOMS: [&str; 9] =
    ["common", "helper", "helpers", "manager", "managers", "misc", "types", "util", "utils"];
/// What only one machine, or one network, has.
const OF_ONE_MACHINE: [&str; 8] = [
    concat!("/home", "/"),
    concat!("/root", "/"),
    concat!("/Users", "/"),
    concat!("/work", "/"),
    concat!("--index", "-url"),
    concat!("registry.npm", "js.org"),
    concat!("registry.yarn", "pkg.com"),
    concat!("files.python", "hosted.org"),
];
/// What a project must have.
const REQUIRED: [&str; 4] = ["Cargo.lock", "LICENSE", "README.md", "rustfmt.toml"];

/// Rust files begin with what they are for and have a bounded length.
pub(super) fn check_rust(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.rust() {
        if !source.text.starts_with("//! ") {
            findings.push(Finding::new(source, 1, "the file must begin with `//!` and what it is for"));
        }
        let lines = source.text.lines().count();
        if lines > LINES_MAX {
            findings.push(Finding::new(source, LINES_MAX, format!("{lines} lines; at most {LINES_MAX}")));
        }
    }
    findings
}

/// Files that are not too long yet.
pub(super) fn long_files(tree: &Tree) -> Vec<Finding> {
    let lengths = tree.rust().map(|source| (source, source.text.lines().count()));
    let long = lengths.filter(|(_, lines)| (LINES_WARN + 1..=LINES_MAX).contains(lines));
    long.map(|(source, lines)| Finding::new(source, 0, format!("{lines} lines"))).collect()
}

/// No file or folder has a name that would take anything.
pub(super) fn check_rooms(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.files {
        let names = source.path.split('/').map(|name| name.strip_suffix(".rs").unwrap_or(name));
        for name in names.filter(|name| NO_ROOMS.contains(name)) {
            findings.push(Finding::new(source, 0, format!("'{name}' names no room")));
        }
    }
    findings
}

/// No trailing space, and nothing of one machine.
pub(super) fn check_text(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    // What a fuzz target is given is meant to be odd.
    let ours = tree.files.iter().filter(|source| !source.path.starts_with("fuzz/corpus/"));
    for source in ours {
        for (index, line) in source.text.lines().enumerate() {
            if line.ends_with([' ', '\t']) {
                findings.push(Finding::new(source, index + 1, "space at the end of the line"));
            }
            for part in OF_ONE_MACHINE.iter().filter(|part| line.contains(**part)) {
                findings.push(Finding::new(
                    source,
                    index + 1,
                    format!("'{part}' is of one machine or network"),
                ));
            }
        }
        if source.path.ends_with("package-lock.json") && source.text.contains("\"resolved\"") {
            findings.push(Finding::new(
                source,
                0,
                "'resolved' names a registry; lock with omit-lockfile-registry-resolved",
            ));
        }
    }
    findings
}

/// What must be there, and what every crate inherits.
pub(super) fn check_project(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for required in REQUIRED {
        if !tree.files.iter().any(|source| source.path == required) {
            findings.push(Finding::in_tree(required, "is missing"));
        }
    }
    for source in &tree.files {
        // The fuzz targets are a workspace of their own, which has nothing to inherit.
        let manifest = source.path.ends_with("/Cargo.toml") && !source.path.starts_with("fuzz/");
        if manifest && !source.text.contains("[lints]\nworkspace = true") {
            findings.push(Finding::new(source, 0, "does not inherit the workspace's lints"));
        }
        if source.path == ".gitignore" && source.text.lines().any(|line| line.contains("Cargo.lock")) {
            findings.push(Finding::new(source, 0, "Cargo.lock is to be committed"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, tree};
    use super::*;

    #[test]
    fn a_rust_file_begins_with_what_it_is_for() {
        let missing = ["1: the file must begin with `//!` and what it is for"];
        assert_eq!(found(check_rust, "crates/a/src/b.rs", "use c;\n"), missing);
        assert_eq!(found(check_rust, "crates/a/src/b.rs", ""), missing);
        assert!(found(check_rust, "crates/a/src/b.rs", "//! Something.\n").is_empty());
    }

    #[test]
    fn a_rust_file_has_a_bounded_length() {
        let of = |lines: usize| "//! Something.\n".repeat(lines);
        assert!(found(check_rust, "a.rs", &of(LINES_MAX)).is_empty());
        assert_eq!(found(check_rust, "a.rs", &of(LINES_MAX + 1)), ["600: 601 lines; at most 600"]);
        assert!(found(long_files, "a.rs", &of(LINES_WARN)).is_empty());
        assert_eq!(found(long_files, "a.rs", &of(LINES_WARN + 1)), ["0: 301 lines"]);
    }

    #[test]
    fn rooms_have_names() {
        assert_eq!(found(check_rooms, "crates/a/src/utils.rs", ""), ["0: 'utils' names no room"]);
        assert_eq!(found(check_rooms, "crates/common/src/lib.rs", ""), ["0: 'common' names no room"]);
        assert!(found(check_rooms, "crates/a/src/common_case.rs", "").is_empty());
    }

    #[test]
    fn text_is_clean_and_of_no_one_machine() {
        let home = concat!("/home", "/somebody");
        let found_home = format!("2: '{}/' is of one machine or network", "/home");
        for (path, text, expected) in [
            ("a.md", "b \nc".to_owned(), &["1: space at the end of the line"][..]),
            ("a.md", format!("b\n{home}"), &[&found_home]),
            (
                "a/package-lock.json",
                "\"resolved\": \"somewhere\"".to_owned(),
                &["0: 'resolved' names a registry; lock with omit-lockfile-registry-resolved"],
            ),
            ("a.md", "b\n\nc\n".to_owned(), &[]),
        ] {
            assert_eq!(found(check_text, path, &text), expected, "{text}");
        }
    }

    #[test]
    fn the_project_is_complete() {
        let complete: Vec<_> = REQUIRED.iter().map(|path| (*path, "")).collect();
        assert!(check_project(&tree(&complete)).is_empty());
        for missing in REQUIRED {
            let files: Vec<_> = complete.iter().copied().filter(|(path, _)| *path != missing).collect();
            assert_eq!(check_project(&tree(&files)), [Finding::in_tree(missing, "is missing")]);
        }
    }

    #[test]
    fn every_crate_inherits_the_lints() {
        for (text, count) in [("[package]\n", 1), ("[package]\n\n[lints]\nworkspace = true\n", 0)] {
            let mut files: Vec<_> = REQUIRED.iter().map(|path| (*path, "")).collect();
            files.push(("crates/a/Cargo.toml", text));
            assert_eq!(check_project(&tree(&files)).len(), count, "{text}");
        }
    }

    #[test]
    fn the_lock_file_is_committed() {
        let mut files: Vec<_> = REQUIRED.iter().map(|path| (*path, "")).collect();
        files.push((".gitignore", "/target\nCargo.lock\n"));
        assert_eq!(
            check_project(&tree(&files)),
            [Finding::in_tree(".gitignore", "Cargo.lock is to be committed")]
        );
    }
}
