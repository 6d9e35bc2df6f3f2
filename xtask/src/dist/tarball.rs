//! The archive for every distribution: the binary, and what an operator copies to where it belongs.

use anyhow::Result;

use super::contents::{Contents, project_file};
use super::file_tree::{FileTree, gzip};

/// Files of the project, and where they are in the archive.
const FILES: [(&str, &str); 8] = [
    ("LICENSE", "LICENSE"),
    ("CHANGELOG.md", "CHANGELOG.md"),
    ("docs/install.md", "install.md"),
    ("deploy/muster.service", "deploy/muster.service"),
    ("deploy/muster-agent.service", "deploy/muster-agent.service"),
    ("deploy/muster.sysusers", "deploy/muster.sysusers"),
    ("deploy/prometheus/muster.rules.yml", "deploy/muster.rules.yml"),
    ("deploy/grafana/muster.json", "deploy/grafana.json"),
];

/// The bytes of the archive.
pub(super) fn write(contents: &Contents) -> Result<Vec<u8>> {
    let mut tree = FileTree::new();
    tree.file("muster", 0o755, contents.binary.as_slice());
    for (from, to) in FILES {
        tree.file(to, 0o644, project_file(from)?);
    }
    for (name, page) in &contents.manual {
        tree.file(&format!("man/man1/{name}"), 0o644, page.as_slice());
    }
    for (shell, script) in &contents.completions {
        tree.file(&format!("completions/{}", shell.file()), 0o644, script.as_slice());
    }
    tree.file("licences.txt", 0o644, contents.licences.as_bytes());
    tree.file("muster.cdx.json", 0o644, contents.sbom.as_bytes());
    let prefix = format!("muster-{}/", contents.source.version);
    gzip(&tree.tar(&prefix, contents.source.seconds)?)
}
