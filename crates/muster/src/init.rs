//! `muster init`: what a server needs before its first start in production. What is there already stays as it is.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use server::StartupError;

use crate::command_line::DATA_DEFAULT;
use crate::operator_arguments::InitArguments;
use crate::output::print;

/// The configuration, with a place for the folder.
const TEMPLATE: &str = include_str!("../../../deploy/muster.toml");
/// What stands in the template for the folder.
const FOLDER: &str = "@DATA@";

/// Writes the files and says what to do next.
pub fn run(arguments: &InitArguments) -> Result<(), StartupError> {
    let folder = arguments.data.as_deref().unwrap_or(Path::new(DATA_DEFAULT));
    let folder = std::path::absolute(folder).map_err(|error| unusable(folder, &error))?;
    let text = folder.to_str().filter(|text| !text.contains(['\'', '\n']));
    let text = text.ok_or_else(|| {
        StartupError::Misused(format!(
            "{} cannot be written into a configuration; choose another --data",
            folder.display()
        ))
    })?;
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
    made.map_err(|error| unusable(&folder, &error))?;
    let (configuration, key) = (folder.join("muster.toml"), folder.join("secrets.key"));
    let lines = [
        written(&configuration, &TEMPLATE.replace(FOLDER, text))?,
        written(&key, &new_key()?)?,
        format!(
            "next:\n  \
             1. copy {} to a safe place: without it nobody can read the secrets that the database holds\n  \
             2. in {} name the certificate ([tls]) and whose tokens hold ([[issuers]])\n  \
             3. muster doctor --config '{1}'\n  \
             4. muster serve --config '{1}'",
            key.display(),
            configuration.display(),
        ),
    ];
    print(&lines.join("\n"))
}

/// The text of a new key-encryption key.
fn new_key() -> Result<String, StartupError> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes)
        .map_err(|_| StartupError::Failed("the system has no random numbers".to_owned()))?;
    Ok(BASE64.encode(&bytes))
}

/// Writes a file that only its owner reads, unless there is one; says which of both it was.
fn written(path: &PathBuf, text: &str) -> Result<String, StartupError> {
    let shown = path.display();
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => {
            let outcome = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
            outcome.map_err(|error| unusable(path, &error))?;
            Ok(format!("wrote {shown}"))
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Ok(format!("{shown} is there already and stays as it is"))
        }
        Err(error) => Err(unusable(path, &error)),
    }
}

fn unusable(path: &Path, error: &std::io::Error) -> StartupError {
    StartupError::Failed(format!("cannot write {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use server::config::{Config, Overrides, load};

    use super::{FOLDER, TEMPLATE};

    /// The template with every setting in it set, not only described.
    fn uncommented() -> String {
        let lines = TEMPLATE.replace(FOLDER, "muster-data");
        let is_setting = |line: &str| {
            let line = line.trim_start_matches('#');
            line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '))
        };
        let lines = lines.lines().map(|line| match line.strip_prefix('#') {
            Some(rest) if is_setting(rest) => rest.to_owned(),
            _ => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_template_names_every_setting_with_its_default() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("muster.toml");
        std::fs::write(&file, uncommented()).unwrap();
        let overrides = Overrides { file: Some(file), ..Overrides::default() };
        let loaded = load(&overrides, std::iter::empty()).unwrap();
        let defaults = load(&Overrides::default(), std::iter::empty()).unwrap().shown();
        for (setting, default) in loaded.shown().iter().zip(&defaults) {
            // Of alternatives only one can be set; the others stand behind `#!`.
            let last = setting.key.rsplit('.').next().unwrap_or_default();
            let is_alternative = TEMPLATE.contains(&format!("\n#! {last} = "));
            assert!(setting.origin == "file" || is_alternative, "{} is not in the template", setting.key);
            let is_empty = default.value == Value::Null || default.value == Value::Array(Vec::new());
            assert!(is_empty || setting.value == default.value, "{}: {}", setting.key, setting.value);
        }
        assert_eq!(loaded.shown().len(), Config::keys().len());
    }
}
