//! Imports go one way: odata ← store ← engine ← domain ← server ← muster, and what stands beside them uses what it is
//! listed with.

use super::Finding;
use super::sources::{Source, Tree};

/// The crates that ship; each may use those before it.
pub(super) const FLOORS: [&str; 6] = ["odata", "store", "engine", "domain", "server", "muster"];
/// Crates beside these floors that ship too, and what of the project each may use.
const BESIDE: [(&str, &[&str]); 2] = [("cctk", &["odata"]), ("agent", &["cctk", "odata"])];
/// What tests need; nothing that ships may depend on it.
const FOR_TESTS: [&str; 2] = ["testkit", "scratch-postgres"];
/// Who does not ship either.
const DOES_NOT_SHIP: [&str; 4] = ["testkit", "scratch-postgres", "xtask", "benches"];
/// Whole subjects that a crate keeps out of.
const ABSENT: [(&str, &str, &[&str]); 7] = [
    ("cctk", "is pure: no I/O, no async", &["futures-util", "hyper", "reqwest", "rusqlite", "tokio"]),
    ("agent", "knows no network and no async", &["futures-util", "hyper", "reqwest", "tokio"]),
    (
        "odata",
        "is pure: no I/O, no async, no SQL",
        &["axum", "http", "hyper", "rusqlite", "tokio", "tokio-postgres"],
    ),
    ("store", "knows no HTTP", &["axum", "http", "hyper", "reqwest"]),
    ("engine", "knows no HTTP and no SQL", &["axum", "http", "hyper", "rusqlite", "tokio-postgres"]),
    ("domain", "knows no HTTP and no SQL", &["axum", "http", "hyper", "rusqlite", "tokio-postgres"]),
    ("server", "knows no SQL", &["rusqlite", "tokio-postgres"]),
];

/// Finds dependencies and paths that point upwards.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.files {
        if source.path.ends_with("/Cargo.toml") {
            findings.extend(manifest(source));
        } else if source.path.ends_with(".rs") {
            findings.extend(paths(source, tree));
        }
    }
    findings
}

/// Whether a crate is one of the project's that ship.
pub(super) fn is_ours(name: &str) -> bool {
    floor(name).is_some() || BESIDE.iter().any(|(beside, _)| *beside == name)
}

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| *floor == name)
}

/// The crates at or above a crate's own floor.
fn above(name: &str) -> impl Iterator<Item = &'static str> {
    let own = floor(name).unwrap_or(FLOORS.len());
    FLOORS.into_iter().skip(own).filter(move |other| floor(other) != Some(own))
}

fn manifest(source: &Source) -> Vec<Finding> {
    let Some(name) = source.crate_name() else { return Vec::new() };
    let mut findings = Vec::new();
    for Dependency { line, section, name: dependency } in dependencies(&source.text) {
        if above(name).any(|other| other == dependency) {
            findings.push(Finding::new(
                source,
                line,
                format!("{name} must not depend on {dependency} above it"),
            ));
        }
        if let Some((_, allowed)) = BESIDE.iter().find(|(crate_name, _)| *crate_name == name)
            && is_ours(&dependency)
            && !allowed.contains(&&*dependency)
        {
            findings.push(Finding::new(source, line, format!("{name} has no use for {dependency}")));
        }
        let ships = section == "dependencies" && !DOES_NOT_SHIP.contains(&name);
        if ships && FOR_TESTS.contains(&&*dependency) {
            findings.push(Finding::new(source, line, format!("{dependency} is for dev-dependencies")));
        }
        for (_, why, _) in ABSENT.iter().filter(|(crate_name, _, absent)| {
            *crate_name == name && section == "dependencies" && absent.contains(&&*dependency)
        }) {
            findings.push(Finding::new(source, line, format!("{name} {why}, so not {dependency}")));
        }
    }
    findings
}

struct Dependency {
    line: usize,
    /// `dependencies`, `dev-dependencies` or `build-dependencies`.
    section: String,
    name: String,
}

/// What stands under a heading of dependencies.
fn dependencies(manifest: &str) -> Vec<Dependency> {
    let mut section = None;
    let mut found = Vec::new();
    for (index, line) in manifest.lines().enumerate() {
        if let Some(heading) = line.strip_prefix('[') {
            let heading = heading.trim_end_matches(']');
            let last = heading.rsplit('.').next().unwrap_or_default();
            section = last.ends_with("dependencies").then(|| last.to_owned());
        } else if let Some(section) = &section
            && line.starts_with(|first: char| first.is_ascii_alphabetic())
        {
            let end = line.find(['.', ' ', '=']).unwrap_or(line.len());
            found.push(Dependency {
                line: index + 1,
                section: section.clone(),
                name: line[..end].to_owned(),
            });
        }
    }
    found
}

fn paths(source: &Source, tree: &Tree) -> Vec<Finding> {
    let Some(name) = source.crate_name() else { return Vec::new() };
    let code = &source.code;
    let mut findings = Vec::new();
    // A module of the same name is meant by such a path; the manifest says that it is not the crate.
    let is_own = |other: &str| {
        let [file, folder] = ["", "/mod"].map(|end| format!("crates/{name}/src/{other}{end}.rs"));
        tree.files.iter().any(|source| source.path == file || source.path == folder)
    };
    for other in above(name).filter(|other| floor(name).is_some() && !is_own(other)) {
        let path = format!("{other}::");
        for (at, _) in code.match_indices(&path).filter(|(at, _)| begins_path(&code[..*at])) {
            let message = format!("{name} must not use {other}, which is above it");
            findings.push(Finding::new(source, source.line_of(at), message));
        }
    }
    findings
}

/// Whether what follows is the first name of a path, not a module of ours.
fn begins_path(before: &str) -> bool {
    !before.ends_with(|last: char| last.is_alphanumeric() || last == '_' || last == ':')
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, tree};
    use super::check;

    #[test]
    fn a_manifest_points_down_only() {
        for (path, text, expected) in [
            ("crates/store/Cargo.toml", "[dependencies]\nodata.workspace = true\n", &[][..]),
            (
                "crates/store/Cargo.toml",
                "[dependencies]\ndomain = { path = \"../domain\" }\n",
                &["2: store must not depend on domain above it"],
            ),
            (
                "crates/odata/Cargo.toml",
                "[target.'cfg(unix)'.dev-dependencies]\nserver.workspace = true\n",
                &["2: odata must not depend on server above it"],
            ),
            ("crates/odata/Cargo.toml", "[features]\nstore = []\n", &[]),
            (
                "crates/odata/Cargo.toml",
                "[dependencies]\ntokio.workspace = true\n",
                &["2: odata is pure: no I/O, no async, no SQL, so not tokio"],
            ),
            (
                "crates/muster/Cargo.toml",
                "[dependencies]\ntestkit.workspace = true\n[dev-dependencies]\ntestkit.workspace = true\n",
                &["2: testkit is for dev-dependencies"],
            ),
            ("crates/testkit/Cargo.toml", "[dependencies]\nserver.workspace = true\n", &[]),
            ("crates/domain/Cargo.toml", "[dependencies]\nengine.workspace = true\n", &[]),
            ("crates/domain/Cargo.toml", "[dependencies]\ncctk.workspace = true\n", &[]),
            ("crates/agent/Cargo.toml", "[dependencies]\ncctk.workspace = true\n", &[]),
            (
                "crates/agent/Cargo.toml",
                "[dependencies]\nstore.workspace = true\ntokio.workspace = true\n",
                &["2: agent has no use for store", "3: agent knows no network and no async, so not tokio"],
            ),
            (
                "crates/cctk/Cargo.toml",
                "[dependencies]\nagent.workspace = true\n",
                &["2: cctk has no use for agent"],
            ),
            (
                "crates/store/Cargo.toml",
                "[dependencies]\nengine.workspace = true\n",
                &["2: store must not depend on engine above it"],
            ),
            (
                "crates/engine/Cargo.toml",
                "[dependencies]\nstore.workspace = true\ndomain.workspace = true\nhttp.workspace = true\n",
                &[
                    "3: engine must not depend on domain above it",
                    "4: engine knows no HTTP and no SQL, so not http",
                ],
            ),
        ] {
            assert_eq!(found(check, path, text), expected, "{text}");
        }
    }

    #[test]
    fn a_path_points_down_only() {
        for (text, expected) in [
            ("use odata::Key;\n", &[][..]),
            ("\nuse domain::Answer;\n", &["2: store must not use domain, which is above it"]),
            ("fn a() -> server::Error {}", &["1: store must not use server, which is above it"]),
            ("use crate::domain::Own;", &[]),
            ("// as domain::Answer does", &[]),
            ("let subdomain::Own = 1;", &[]),
        ] {
            assert_eq!(found(check, "crates/store/src/a.rs", text), expected, "{text}");
        }
    }

    #[test]
    fn a_module_may_have_the_name_of_a_crate_above() {
        let user = ("crates/store/src/lib.rs", "mod engine;\nuse engine::Engine;\n");
        let module = ("crates/store/src/engine.rs", "");
        assert!(check(&tree(&[user, module])).is_empty());
        assert_eq!(check(&tree(&[user])).len(), 1);
    }
}
