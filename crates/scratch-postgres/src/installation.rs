//! Finds PostgreSQL's binaries, and the user to run them as.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;

/// Where Debian puts each version, in a folder of its number.
const DEBIAN_VERSIONS: &str = "/usr/lib/postgresql";
/// Whom the server runs as if we are root, which it refuses; the Debian package makes the user.
const SERVICE_USER: &str = "postgres";

/// What is missing without it.
const NOT_INSTALLED: Error = Error::NotInstalled("PostgreSQL", "postgresql");

/// The folder that holds `initdb` and `postgres`: Debian's newest version, or whatever `pg_config` or the path names.
pub(crate) fn binaries() -> Result<PathBuf, Error> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let found = debian_versions()
        .into_iter()
        .chain(configured())
        .chain(std::env::split_paths(&on_path))
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file());
    found.ok_or(NOT_INSTALLED)
}

fn debian_versions() -> Vec<PathBuf> {
    let version = |folder: &Path| folder.file_name().and_then(OsStr::to_str)?.parse::<u32>().ok();
    let folders = fs::read_dir(DEBIAN_VERSIONS).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut versions: Vec<_> = folders.filter_map(|folder| Some((version(&folder)?, folder))).collect();
    versions.sort();
    versions.into_iter().rev().map(|(_, folder)| folder.join("bin")).collect()
}

fn configured() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

/// The user and group id of the service user.
pub(crate) fn service_user() -> Result<(u32, u32), Error> {
    let users = fs::read_to_string("/etc/passwd").map_err(Error::Io)?;
    users.lines().find_map(ids_of_service_user).ok_or(NOT_INSTALLED)
}

fn ids_of_service_user(line: &str) -> Option<(u32, u32)> {
    let mut fields = line.split(':');
    let name = fields.next()?;
    let mut number = || fields.by_ref().find_map(|field| field.parse().ok());
    (name == SERVICE_USER).then(|| Some((number()?, number()?)))?
}
