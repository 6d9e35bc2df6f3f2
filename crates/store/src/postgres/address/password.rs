//! Where the password comes from. Files are read for each connection, so a new password needs no restart.

use std::env;
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::parameters::UrlParameters;
use super::passfile::{self, Sought};

/// The largest file that is read.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The source of the password.
#[derive(Clone, Debug)]
pub(super) enum PasswordSource {
    /// The URL itself, or nothing.
    Url,
    /// A file that holds the password alone.
    File(PathBuf),
    /// A file as libpq has it.
    Passfile {
        path: PathBuf,
        /// Whether the URL names it: then it must be there and be private. Otherwise it is passed over.
        is_named: bool,
    },
}

impl PasswordSource {
    /// Reads the parameters about it. What names a password outside the URL stands over what a user's home has.
    pub fn read(parameters: &mut UrlParameters, is_in_url: bool) -> Result<PasswordSource, String> {
        let file = parameters.take("password_file")?.map(PathBuf::from);
        let credential = parameters.take("password_credential")?.map(|name| credential(&name)).transpose()?;
        let passfile = parameters.take("passfile")?.map(PathBuf::from);
        let named = [is_in_url, file.is_some(), credential.is_some(), passfile.is_some()];
        if named.into_iter().filter(|named| *named).count() > 1 {
            let message =
                "the URL has more than one of password, password_file, password_credential and passfile";
            return Err(message.to_owned());
        }
        let of_environment = || env::var_os("PGPASSFILE").map(PathBuf::from);
        let of_home = || env::var_os("HOME").map(|home| Path::new(&home).join(".pgpass"));
        Ok(match file.or(credential) {
            Some(path) => PasswordSource::File(path),
            None if is_in_url => PasswordSource::Url,
            None => match passfile {
                Some(path) => PasswordSource::Passfile { path, is_named: true },
                None => of_environment()
                    .or_else(of_home)
                    .map_or(PasswordSource::Url, |path| PasswordSource::Passfile { path, is_named: false }),
            },
        })
    }

    /// The password for a server; none if this source has none for it.
    pub fn password(&self, sought: &Sought<'_>) -> Result<Option<Zeroizing<String>>, String> {
        match self {
            PasswordSource::Url => Ok(None),
            PasswordSource::File(path) => {
                let text = read(path)?;
                let password = text.strip_suffix('\n').unwrap_or(&text);
                let password = password.strip_suffix('\r').unwrap_or(password);
                if password.is_empty() {
                    return Err(format!("the password file {} is empty", path.display()));
                }
                Ok(Some(Zeroizing::new(password.to_owned())))
            }
            PasswordSource::Passfile { path, is_named } => {
                if !is_named && !path.exists() {
                    return Ok(None);
                }
                match private(path) {
                    Ok(text) => Ok(passfile::password(&text, sought).map(Zeroizing::new)),
                    Err(reason) if *is_named => Err(reason),
                    Err(reason) => {
                        tracing::warn!(reason, "a password file is passed over");
                        Ok(None)
                    }
                }
            }
        }
    }
}

/// The file of a systemd credential.
fn credential(name: &str) -> Result<PathBuf, String> {
    if name.contains('/') {
        return Err("the URL's password_credential is a name, not a path".to_owned());
    }
    let folder = env::var_os("CREDENTIALS_DIRECTORY");
    let folder =
        folder.ok_or("the URL has password_credential, but systemd gave this process no credentials")?;
    Ok(Path::new(&folder).join(name))
}

/// The text of a file that nobody else may read, as libpq demands it.
fn private(path: &Path) -> Result<Zeroizing<String>, String> {
    let metadata = fs::metadata(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    if !metadata.is_file() {
        return Err(format!("the password file {} is not a plain file", path.display()));
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(format!("others may read the password file {}; its mode must be 0600", path.display()));
    }
    read(path)
}

fn read(path: &Path) -> Result<Zeroizing<String>, String> {
    let unreadable = |error| format!("cannot read the password file {}: {error}", path.display());
    let file = fs::File::open(path).map_err(unreadable)?;
    let mut text = Zeroizing::new(String::new());
    file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}
