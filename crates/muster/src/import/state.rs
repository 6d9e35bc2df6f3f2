//! The state file: how far an import is, beside the list, until the import has ended. What was interrupted goes on from
//! there.

use std::io;
use std::path::{Path, PathBuf};

use domain::device_list::Counts;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use server::StartupError;
use uuid::Uuid;

use super::batch::RowBatch;
use super::rows::ListRows;
use crate::command_line::ImportArguments;
use crate::graph_client::GraphClient;

/// The suffix of the state file's name, after the list's.
const SUFFIX: &str = ".import-state";

/// The state of an import, as its file has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportState {
    /// The name of the run, from which the ids of its imports are made.
    pub run: Uuid,
    /// The options with which it was begun, as far as they must not change.
    options: Map<String, Value>,
    /// The counts of the rows that are done.
    pub counts: Counts,
    /// The digest of the rows that are done.
    digest: String,
    /// The bytes that the report had then.
    pub report_bytes: u64,
}

/// The file that holds the state; none for a list that cannot be read again.
pub struct ImportStateFile {
    path: Option<PathBuf>,
    state: ImportState,
}

/// An import that was begun, now or some time ago.
pub struct BegunImport {
    pub file: ImportStateFile,
    pub state: ImportState,
    pub was_interrupted: bool,
}

impl ImportStateFile {
    /// Begins an import, or goes on with one and passes over the rows that are done.
    pub fn begin(
        arguments: &ImportArguments,
        client: &GraphClient,
        rows: &mut ListRows,
    ) -> Result<BegunImport, StartupError> {
        let options = options(arguments, client);
        let path = match arguments.dry_run || arguments.file == Path::new("-") {
            true => None,
            false => Some(with_suffix(&arguments.file, SUFFIX)),
        };
        if let Some(path) = &path
            && let Some(state) = read(path)?
        {
            check(path, &state, &options, rows)?;
            let file = ImportStateFile { path: Some(path.clone()), state: state.clone() };
            return Ok(BegunImport { file, state, was_interrupted: true });
        }
        let counts = Counts::default();
        let state =
            ImportState { run: Uuid::new_v4(), options, counts, digest: String::new(), report_bytes: 0 };
        let file = ImportStateFile { path, state: state.clone() };
        // Before anything is sent: what is sent is known by the run's name only.
        file.write()?;
        Ok(BegunImport { file, state, was_interrupted: false })
    }

    /// Notes that a batch is done, and all before it.
    pub fn note(&mut self, batch: &RowBatch, counts: Counts, report_bytes: u64) -> Result<(), StartupError> {
        let ImportState { run, options, .. } = self.state.clone();
        self.state = ImportState { run, options, counts, digest: batch.digest.clone(), report_bytes };
        self.write()
    }

    /// Removes the file, as the import has ended.
    pub fn end(&self) {
        if let Some(path) = &self.path {
            // At worst the next import of the list finds all its rows done.
            let _ = std::fs::remove_file(path);
        }
    }

    /// The advice about an import that ended early.
    pub fn advice(&self, counts: Counts) -> String {
        let rows = counts.rows;
        match self.path {
            Some(_) => format!("{rows} rows are done; run the same command again to go on"),
            None => {
                format!("{rows} rows are done; what is registered stays so if you import it again")
            }
        }
    }

    fn write(&self) -> Result<(), StartupError> {
        match &self.path {
            Some(path) => replace(path, &self.state),
            None => Ok(()),
        }
    }
}

/// Replaces the state in a file as a whole. What cannot be written leaves the file as it was.
fn replace(path: &Path, state: &impl Serialize) -> Result<(), StartupError> {
    let new = with_suffix(path, ".new");
    let text = serde_json::to_string(state).map_err(io::Error::from);
    let written = text.and_then(|text| std::fs::write(&new, text)).and_then(|()| std::fs::rename(&new, path));
    written.map_err(|error| {
        StartupError::Failed(format!(
            "cannot keep in {} how far the import is: {error}; run the same command again to go on",
            path.display()
        ))
    })
}

/// The path of a file beside another, whose name ends in this.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The options that must not change while an import goes on.
fn options(arguments: &ImportArguments, client: &GraphClient) -> Map<String, Value> {
    let options = [
        ("the server", json!(client.target())),
        ("the tenant", json!(client.tenant())),
        ("--group-tag", json!(arguments.group_tag)),
        ("--report", json!(arguments.report)),
        ("--batch-size", json!(arguments.batch_size)),
    ];
    options.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn read(path: &Path) -> Result<Option<ImportState>, StartupError> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(StartupError::Misused(format!("cannot read {}: {error}", path.display())));
        }
    };
    serde_json::from_slice(&text).map(Some).map_err(|_| {
        StartupError::Misused(format!("{} is not the state of an import; remove it", path.display()))
    })
}

/// Checks that it is the same import of the same list.
fn check(
    path: &Path,
    state: &ImportState,
    options: &Map<String, Value>,
    rows: &mut ListRows,
) -> Result<(), StartupError> {
    let path = path.display();
    if let Some((name, before, _)) = options
        .iter()
        .map(|(name, now)| (name, state.options.get(name), now))
        .find(|(_, before, now)| *before != Some(*now))
    {
        return Err(StartupError::Misused(format!(
            "the list's import was interrupted, and had {name} {}; run it so, or remove {path} to begin anew",
            before.unwrap_or(&Value::Null)
        )));
    }
    let done = state.counts.rows;
    let digest = rows.skip(done)?;
    if done > 0 && digest.as_deref() != Some(&*state.digest) {
        return Err(StartupError::Misused(format!(
            "the list has changed since its import was interrupted after {done} rows; remove {path} to begin anew"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::replace;

    #[test]
    fn a_state_that_cannot_be_written_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv.import-state");
        replace(&path, &"before").unwrap();
        // JSON has no such names.
        let error = replace(&path, &BTreeMap::from([(vec![1], 2)])).unwrap_err().to_string();
        assert!(
            error.contains("list.csv.import-state") && error.contains("run the same command again"),
            "{error}"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "\"before\"");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
