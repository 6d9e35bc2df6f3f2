//! The Debian package: an `ar` archive of a version, what dpkg reads, and the files that are installed.

use anyhow::Result;

use super::checksums::md5;
use super::contents::{Contents, Shell, project_file, project_text};
use super::deb_texts::{self, AGENT_UNIT, CONFIGURATION, UNIT};
use super::file_tree::{FileTree, gzip};

/// Files of the project that an operator may want, below `/usr/share/doc/muster/examples`.
const EXAMPLES: [(&str, &str); 3] = [
    ("deploy/prometheus/muster.rules.yml", "muster.rules.yml"),
    ("deploy/prometheus/muster.rules.test.yml", "muster.rules.test.yml"),
    ("deploy/grafana/muster.json", "grafana.json"),
];

/// The bytes of the package.
pub(super) fn write(contents: &Contents) -> Result<Vec<u8>> {
    let seconds = contents.source.seconds;
    let installed = installed(contents)?;
    let control = control(contents, &installed)?;
    let mut archive = ar::Builder::new(Vec::new());
    for (name, bytes) in [
        ("debian-binary", b"2.0\n".to_vec()),
        ("control.tar.gz", gzip(&control.tar("./", seconds)?)?),
        ("data.tar.gz", gzip(&installed.tar("./", seconds)?)?),
    ] {
        let mut header = ar::Header::new(name.into(), bytes.len() as u64);
        header.set_mode(0o100_644);
        header.set_mtime(seconds.into());
        archive.append(&header, bytes.as_slice())?;
    }
    Ok(archive.into_inner()?)
}

/// The files that dpkg installs.
fn installed(contents: &Contents) -> Result<FileTree<'_>> {
    let mut tree = FileTree::new();
    tree.file("usr/bin/muster", 0o755, contents.binary.as_slice());
    tree.file(CONFIGURATION, 0o644, deb_texts::configuration()?.into_bytes());
    tree.file(UNIT, 0o644, project_file("deploy/muster.service")?);
    let agent = project_text("deploy/muster-agent.service")?.replace("/usr/local/bin/", "/usr/bin/");
    tree.file(AGENT_UNIT, 0o644, agent.into_bytes());
    tree.file("usr/lib/sysusers.d/muster.conf", 0o644, project_file("deploy/muster.sysusers")?);
    for (name, page) in &contents.manual {
        tree.file(&format!("usr/share/man/man1/{name}.gz"), 0o644, gzip(page)?);
    }
    for (shell, script) in &contents.completions {
        let folder = match shell {
            Shell::Bash => "bash-completion/completions",
            Shell::Zsh => "zsh/vendor-completions",
            Shell::Fish => "fish/vendor_completions.d",
        };
        tree.file(&format!("usr/share/{folder}/{}", shell.file()), 0o644, script.as_slice());
    }
    tree.file("usr/share/lintian/overrides/muster", 0o644, deb_texts::LINTIAN_OVERRIDES.as_bytes());
    let documentation = "usr/share/doc/muster";
    for (from, to) in EXAMPLES {
        tree.file(&format!("{documentation}/examples/{to}"), 0o644, project_file(from)?);
    }
    for (name, bytes) in [
        ("copyright", deb_texts::copyright().into_bytes()),
        ("changelog.gz", gzip(&project_file("CHANGELOG.md")?)?),
        ("changelog.Debian.gz", gzip(deb_texts::changelog(&contents.source)?.as_bytes())?),
        ("licences.txt.gz", gzip(contents.licences.as_bytes())?),
        ("muster.cdx.json.gz", gzip(contents.sbom.as_bytes())?),
    ] {
        tree.file(&format!("{documentation}/{name}"), 0o644, bytes);
    }
    Ok(tree)
}

/// What dpkg itself reads.
fn control(contents: &Contents, installed: &FileTree<'_>) -> Result<FileTree<'static>> {
    let bytes: usize = installed.files().map(|(_, bytes)| bytes.len()).sum();
    let sums = installed.files().filter(|(path, _)| *path != CONFIGURATION);
    let sums: String = sums.map(|(path, bytes)| format!("{}  {path}\n", md5(bytes))).collect();
    let mut tree = FileTree::new();
    let description = deb_texts::control(&contents.source.version, bytes.div_ceil(1024));
    tree.file("control", 0o644, description.into_bytes());
    tree.file("conffiles", 0o644, format!("/{CONFIGURATION}\n").into_bytes());
    tree.file("md5sums", 0o644, sums.into_bytes());
    for script in ["postinst", "prerm", "postrm"] {
        tree.file(script, 0o755, project_file(&format!("deploy/debian/{script}"))?);
    }
    Ok(tree)
}
