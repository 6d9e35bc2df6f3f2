//! What is in the binary besides the project: the crates that are linked into it, and the packages of the console.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::contents::project_text;
use crate::command::{cargo, root};
use crate::install::CONSOLE;

/// All libraries, crates first, each sorted by name and version.
pub(super) struct Inventory {
    pub(super) libraries: Vec<Library>,
}

/// Something by others.
pub(super) struct Library {
    pub(super) registry: Registry,
    pub(super) name: String,
    pub(super) version: String,
    /// The expression of SPDX, if it tells one.
    pub(super) licence: Option<String>,
    /// What its lock file says its archive hashes to: SHA-256 in hexadecimal, or what npm writes.
    pub(super) checksum: Option<String>,
    /// Where its files are.
    pub(super) folder: PathBuf,
}

/// Where it comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Registry {
    Crates,
    Npm,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    /// None for the crates of the project.
    source: Option<String>,
    manifest_path: PathBuf,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

/// None for what is linked, otherwise `build` or `dev`.
#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

#[derive(Deserialize)]
struct CargoLock {
    package: Vec<LockedCrate>,
}

#[derive(Deserialize)]
struct LockedCrate {
    name: String,
    version: String,
    checksum: Option<String>,
}

#[derive(Deserialize)]
struct NpmLock {
    packages: BTreeMap<String, NpmPackage>,
}

#[derive(Deserialize)]
struct NpmPackage {
    version: Option<String>,
    license: Option<String>,
    integrity: Option<String>,
    #[serde(default)]
    dev: bool,
    #[serde(default)]
    optional: bool,
}

impl Inventory {
    /// Of the binary for a target, and of the console in it.
    pub(super) fn read(target: &str) -> Result<Inventory> {
        let mut libraries = crates(target)?;
        libraries.extend(npm_packages()?);
        libraries.sort_by(|a, b| (a.registry, &a.name, &a.version).cmp(&(b.registry, &b.name, &b.version)));
        Ok(Inventory { libraries })
    }
}

fn crates(target: &str) -> Result<Vec<Library>> {
    let mut command = cargo();
    let metadata =
        command.args(["metadata", "--format-version", "1", "--locked", "--filter-platform", target]);
    let output = metadata.output().context("cannot start cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let linked = linked(&metadata)?;
    let lock: CargoLock = toml::from_str(&project_text("Cargo.lock")?)?;
    let checksums: BTreeMap<_, _> =
        lock.package.into_iter().map(|locked| ((locked.name, locked.version), locked.checksum)).collect();
    let of_others = metadata
        .packages
        .into_iter()
        .filter(|package| package.source.is_some() && linked.contains(&package.id));
    let library = |package: Package| Library {
        registry: Registry::Crates,
        checksum: checksums.get(&(package.name.clone(), package.version.clone())).cloned().flatten(),
        folder: package.manifest_path.parent().map(PathBuf::from).unwrap_or_default(),
        name: package.name,
        version: package.version,
        // An older way of writing it.
        licence: package.license.map(|licence| licence.replace('/', " OR ").replace("  ", " ")),
    };
    Ok(of_others.map(library).collect())
}

/// The crates to which linked dependencies lead from the binary.
fn linked(metadata: &Metadata) -> Result<BTreeSet<String>> {
    let nodes: BTreeMap<_, _> = metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let binary =
        metadata.packages.iter().find(|package| package.name == "muster" && package.source.is_none());
    let binary = binary.context("cargo metadata has no package muster")?;
    let (mut linked, mut open) = (BTreeSet::new(), vec![binary.id.as_str()]);
    while let Some(id) = open.pop() {
        if !linked.insert(id.to_owned()) {
            continue;
        }
        let node = nodes.get(id).with_context(|| format!("cargo metadata does not resolve {id}"))?;
        let is_linked =
            |dependency: &&Dependency| dependency.dep_kinds.iter().any(|kind| kind.kind.is_none());
        open.extend(node.deps.iter().filter(is_linked).map(|dependency| dependency.pkg.as_str()));
    }
    Ok(linked)
}

fn npm_packages() -> Result<Vec<Library>> {
    let lock: NpmLock = serde_json::from_str(&project_text(&format!("{CONSOLE}/package-lock.json"))?)?;
    let console = root().join(CONSOLE);
    let library = |(place, package): (String, NpmPackage)| {
        let (_, name) = place.rsplit_once("node_modules/")?;
        (!package.dev && !package.optional).then_some(())?;
        Some(Library {
            registry: Registry::Npm,
            name: name.to_owned(),
            version: package.version?,
            licence: package.license,
            checksum: package.integrity,
            folder: console.join(place),
        })
    };
    Ok(lock.packages.into_iter().filter_map(library).collect())
}
