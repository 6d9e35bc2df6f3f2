//! The state file: how far an import is, beside the list, until the import has ended. What was interrupted goes on from
//! there.

use std::io;
use std::path::{Path, PathBuf};

use domain::device_list::Counts;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use server::StartupError;
use uuid::Uuid;

use super::batch::Batch;
use super::connection::Connection;
use super::rows::Rows;
use crate::command_line::ImportArguments;

/// What the file's name ends in, after the list's.
const SUFFIX: &str = ".import-state";

/// How far an import is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// Names the run: the ids of its imports are made from it.
    pub run: Uuid,
    /// With what it was begun, as far as it must not change.
    options: Map<String, Value>,
    /// What the rows that are done came to.
    pub counts: Counts,
    /// The digest of these rows.
    digest: String,
    /// How long the report was then.
    pub report_bytes: u64,
}

/// Where the state is kept; nowhere for what cannot be read again.
pub struct StateFile {
    path: Option<PathBuf>,
    state: State,
}

/// An import that was begun, now or some time ago.
pub struct Begun {
    pub file: StateFile,
    pub state: State,
    pub was_interrupted: bool,
}

impl StateFile {
    /// Begins an import, or goes on with one: then the rows that are done are passed over.
    pub fn begin(
        arguments: &ImportArguments,
        connection: &Connection,
        rows: &mut Rows,
    ) -> Result<Begun, StartupError> {
        let options = options(arguments, connection);
        let path = match arguments.dry_run || arguments.file == Path::new("-") {
            true => None,
            false => Some(beside(&arguments.file, SUFFIX)),
        };
        if let Some(path) = &path
            && let Some(state) = read(path)?
        {
            check(path, &state, &options, rows)?;
            let file = StateFile { path: Some(path.clone()), state: state.clone() };
            return Ok(Begun { file, state, was_interrupted: true });
        }
        let counts = Counts::default();
        let state = State { run: Uuid::new_v4(), options, counts, digest: String::new(), report_bytes: 0 };
        let file = StateFile { path, state: state.clone() };
        // Before anything is sent: what is sent is known by the run's name only.
        file.write()?;
        Ok(Begun { file, state, was_interrupted: false })
    }

    /// Notes that a batch is done, and all before it.
    pub fn note(&mut self, batch: &Batch, counts: Counts, report_bytes: u64) -> Result<(), StartupError> {
        let State { run, options, .. } = self.state.clone();
        self.state = State { run, options, counts, digest: batch.digest.clone(), report_bytes };
        self.write()
    }

    /// The import has ended.
    pub fn end(&self) {
        if let Some(path) = &self.path {
            // At worst the next import of the list finds all its rows done.
            let _ = std::fs::remove_file(path);
        }
    }

    /// What to do about an import that ended early.
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
        let Some(path) = &self.path else { return Ok(()) };
        let new = beside(path, ".new");
        let text = serde_json::to_string(&self.state).unwrap_or_default();
        let written = std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, path));
        written.map_err(|error| {
            StartupError::Failed(format!("cannot keep in {} how far the import is: {error}", path.display()))
        })
    }
}

/// A file beside another.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// What must not change while an import goes on.
fn options(arguments: &ImportArguments, connection: &Connection) -> Map<String, Value> {
    let options = [
        ("the server", json!(connection.target())),
        ("the tenant", json!(connection.tenant())),
        ("--group-tag", json!(arguments.group_tag)),
        ("--report", json!(arguments.report)),
        ("--batch-size", json!(arguments.batch_size)),
    ];
    options.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn read(path: &Path) -> Result<Option<State>, StartupError> {
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

/// Whether it is the same import of the same list.
fn check(
    path: &Path,
    state: &State,
    options: &Map<String, Value>,
    rows: &mut Rows,
) -> Result<(), StartupError> {
    let path = path.display();
    if let Some((name, before)) =
        state.options.iter().find(|(name, value)| options.get(*name) != Some(*value))
    {
        return Err(StartupError::Misused(format!(
            "the list's import was interrupted, and had {name} {before}; run it so, or remove {path} to begin anew"
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
