//! `cargo xtask dist`: everything that is published of one commit, in the same bytes wherever it is made.

mod build;
mod checksums;
mod contents;
mod deb;
mod deb_texts;
mod file_tree;
mod image;
mod inventory;
mod licences;
mod sbom;
mod source;
mod tarball;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::root;
use contents::Contents;
use inventory::Inventory;
use source::Source;

/// Where the packages go, if nothing else is said.
const OUTPUT_DEFAULT: &str = "target/packages";

const USAGE: &str =
    "usage: cargo xtask dist [--output DIR] [--binary FILE, which is packaged instead of built]";

/// What the command line asks for.
struct Options {
    output: PathBuf,
    /// A binary that is there already.
    binary: Option<PathBuf>,
}

/// Builds the binary, packages it, and says what it wrote.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let options = options(arguments)?;
    let source = Source::of_checkout()?;
    let binary = match options.binary {
        Some(binary) => binary,
        None => build::run(&source)?,
    };
    let inventory = Inventory::read(build::TARGET)?;
    let contents = Contents::collect(source, &binary, &inventory)?;
    write_all(&contents, &options.output)
}

/// Writes each package, what is told about them, and their checksums.
fn write_all(contents: &Contents, folder: &Path) -> Result<()> {
    let version = &contents.source.version;
    let mut files = vec![
        (format!("muster-{version}-x86_64-linux.tar.gz"), tarball::write(contents)?),
        (format!("muster_{version}-1_amd64.deb"), deb::write(contents)?),
        (format!("muster-{version}-oci.tar"), image::write(contents)?),
        (format!("muster-{version}.cdx.json"), contents.sbom.clone().into_bytes()),
        (format!("muster-{version}-licences.txt"), contents.licences.clone().into_bytes()),
    ];
    let sums = checksums::of(&files);
    files.push(("SHA256SUMS".to_owned(), sums.into_bytes()));
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, bytes) in files {
        let path = folder.join(&name);
        fs::write(&path, &bytes).with_context(|| format!("cannot write {}", path.display()))?;
        println!("dist: {} ({} bytes)", path.display(), bytes.len());
    }
    Ok(())
}

fn options(arguments: &[String]) -> Result<Options> {
    let mut options = Options { output: root().join(OUTPUT_DEFAULT), binary: None };
    for pair in arguments.chunks(2) {
        match pair {
            [option, value] if option == "--output" => options.output = value.into(),
            [option, value] if option == "--binary" => options.binary = Some(value.into()),
            _ => bail!("{USAGE}"),
        }
    }
    Ok(options)
}
