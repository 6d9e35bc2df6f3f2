//! The places of a secret text: a file, a variable of the environment, a systemd credential.

use std::fmt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// The most bytes of such a text: a token of Vault has a hundred or two.
const TEXT_BYTES_MAX: u64 = 64 << 10;

/// The place of a secret text, written `file:PATH`, `env:NAME` or `credential:NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// The path of a file that holds it.
    File(PathBuf),
    /// A variable of the environment.
    Environment(String),
    /// A file of the service's credentials (`LoadCredential=` and its like).
    Credential(String),
}

impl SecretSource {
    /// Reads `file:PATH`, `env:NAME` or `credential:NAME`; none of another form.
    pub fn parse(text: &str) -> Option<SecretSource> {
        let (kind, place) = text.split_once(':').filter(|(_, place)| !place.is_empty())?;
        match kind {
            // A server and a command may run in different folders.
            "file" => std::path::absolute(place).ok().map(SecretSource::File),
            "env" => Some(SecretSource::Environment(place.to_owned())),
            "credential" => Some(SecretSource::Credential(place.to_owned())).filter(|_| is_file_name(place)),
            _ => None,
        }
    }

    /// Reads the text, without white space around it. The error is one line.
    pub fn read(&self) -> Result<Zeroizing<String>, String> {
        let text = match self {
            SecretSource::File(path) => read(path)?,
            SecretSource::Environment(name) => {
                Zeroizing::new(std::env::var(name).map_err(|_| format!("the variable {name} is not set"))?)
            }
            SecretSource::Credential(name) => {
                let folder = std::env::var_os("CREDENTIALS_DIRECTORY").ok_or_else(|| {
                    format!(
                        "there is no credential {name}: CREDENTIALS_DIRECTORY, which systemd sets, is not set"
                    )
                })?;
                read(&Path::new(&folder).join(name))?
            }
        };
        Ok(Zeroizing::new(text.trim().to_owned()))
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretSource::File(path) => write!(formatter, "file:{}", path.display()),
            SecretSource::Environment(name) => write!(formatter, "env:{name}"),
            SecretSource::Credential(name) => write!(formatter, "credential:{name}"),
        }
    }
}

/// Whether a name is that of a file in a folder, and leads nowhere else.
fn is_file_name(name: &str) -> bool {
    !name.contains('/') && name != "." && name != ".."
}

fn read(path: &Path) -> Result<Zeroizing<String>, String> {
    let failed = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    let length = std::fs::metadata(path).map_err(failed)?.len();
    if length > TEXT_BYTES_MAX {
        return Err(format!("{} is longer than 64 KiB", path.display()));
    }
    std::fs::read_to_string(path).map(Zeroizing::new).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::SecretSource;

    #[test]
    fn a_source_is_written_as_it_is_read() {
        for text in ["file:/etc/muster/a:b", "env:NAME", "credential:muster.key"] {
            assert_eq!(SecretSource::parse(text).unwrap().to_string(), text);
        }
        let relative = SecretSource::parse("file:secrets.key").unwrap().to_string();
        assert!(relative.starts_with("file:/") && relative.ends_with("/secrets.key"), "{relative}");
        for text in
            ["", "file:", "/etc/key", "vault:muster", "credential:../key", "credential:a/b", "hvs.token"]
        {
            assert_eq!(SecretSource::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_text_is_read_without_white_space_and_what_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, " text\r\n").unwrap();
        assert_eq!(*SecretSource::File(path.clone()).read().unwrap(), "text");
        std::fs::write(&path, "x".repeat(70_000)).unwrap();
        assert!(SecretSource::File(path.clone()).read().unwrap_err().contains("64 KiB"));
        std::fs::remove_file(&path).unwrap();
        let error = SecretSource::File(path).read().unwrap_err();
        assert!(error.starts_with("cannot read ") && error.contains("token"), "{error}");
        let error = SecretSource::Environment("MUSTER_NO_SUCH".into()).read().unwrap_err();
        assert_eq!(error, "the variable MUSTER_NO_SUCH is not set");
    }
}
