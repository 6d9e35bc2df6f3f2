//! `muster backup` and `muster restore`: the database as a folder, and back.

mod progress;

use std::path::Path;
use std::time::{Duration, Instant};

use domain::Muster;
use engine::Clock;
use serde_json::{Value, json};
use server::StartupError;
use server::setup;
use store::Database;
use store::backup::{Backup, BackupOrder, back_up, verify};
use tokio::runtime::Runtime;

use crate::command_line::{BackupCommand, BackupOther, RestoreArguments};
use crate::configuration;
use crate::output::print;
pub use progress::ProgressDisplay;

/// The version of this program.
const BUILD: &str = env!("CARGO_PKG_VERSION");

/// Makes a backup, or verifies one.
pub fn run(command: &BackupCommand) -> Result<(), StartupError> {
    match (&command.other, &command.to) {
        (Some(BackupOther::Verify { from, json }), _) => verified(from, *json),
        (None, Some(to)) => make(to, command),
        (None, None) => Err(StartupError::Misused("no folder to make; see backup --help".to_owned())),
    }
}

fn make(to: &Path, command: &BackupCommand) -> Result<(), StartupError> {
    let begin = Instant::now();
    let config = configuration::load(&command.database.overrides())?;
    let database = parsed(&config.database_url())?;
    let order = BackupOrder { database: &database, to, build: BUILD, at: Clock::default().now() };
    let display = ProgressDisplay::new();
    let made = runtime()?.block_on(back_up(&order, &|progress| display.tell(progress)));
    display.end();
    let backup = made.map_err(StartupError::Failed)?;
    if command.json {
        return print(&object(&backup, begin.elapsed()).to_string());
    }
    let key = &backup.manifest.key_fingerprint;
    print(&format!(
        "{}\nkeep elsewhere what is not in it: the key-encryption key with the fingerprint {key}, without which no secret in \
         the backup can ever be read; and the configuration",
        told("backed up to", &backup, begin.elapsed())
    ))
}

fn verified(from: &Path, json: bool) -> Result<(), StartupError> {
    let begin = Instant::now();
    let backup = read(from)?;
    print(&match json {
        true => object(&backup, begin.elapsed()).to_string(),
        false => format!(
            "{}\nit needs the key-encryption key with the fingerprint {}",
            told("whole:", &backup, begin.elapsed()),
            backup.manifest.key_fingerprint
        ),
    })
}

/// Restores a backup, and opens the database as a server would: its layout is carried over, and each tenant's audit tells of
/// the restore.
pub fn restore(arguments: &RestoreArguments) -> Result<(), StartupError> {
    let begin = Instant::now();
    let config = configuration::load(&arguments.database.overrides())?;
    let database = parsed(&config.database_url())?;
    let backup = read(&arguments.from)?;
    runtime()?.block_on(async {
        let key = setup::existing_key(&config).await?;
        let display = ProgressDisplay::new();
        let tell = |progress| display.tell(progress);
        let at = Clock::default().now();
        let restored = store::backup::restore(&database, &key, &backup, at, &tell).await;
        display.end();
        restored.map_err(StartupError::Failed)?;
        let opened = Muster::open(setup::command_opening(&config).await?).await;
        opened.map_err(StartupError::Failed)?.close().await;
        Ok(())
    })?;
    print(&match arguments.json {
        true => object(&backup, begin.elapsed()).to_string(),
        false => format!(
            "{}\neach tenant's audit tells of it; clients that follow changes by delta begin anew",
            told("restored from", &backup, begin.elapsed())
        ),
    })
}

fn parsed(url: &str) -> Result<Database, StartupError> {
    Database::parse(url).map_err(StartupError::Misused)
}

fn runtime() -> Result<Runtime, StartupError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.map_err(|error| StartupError::Failed(format!("cannot start threads: {error}")))
}

/// A backup that is whole.
fn read(from: &Path) -> Result<Backup, StartupError> {
    let display = ProgressDisplay::new();
    let verified = verify(from, &|progress| display.tell(progress));
    display.end();
    verified.map_err(StartupError::Failed)
}

/// What was done with a backup, for people.
fn told(done: &str, backup: &Backup, time: Duration) -> String {
    let manifest = &backup.manifest;
    let (folder, files, bytes) = (backup.folder.display(), manifest.files.len(), manifest.bytes());
    let (kind, taken_at, seconds) = (manifest.database.name(), &manifest.taken_at, time.as_secs_f64());
    format!("{done} {folder}: {kind}, taken at {taken_at}, {files} files, {bytes} bytes, in {seconds:.1} s")
}

/// The same for programs.
fn object(backup: &Backup, time: Duration) -> Value {
    json!({
        "folder": backup.folder.display().to_string(),
        "manifest": backup.manifest,
        "bytes": backup.manifest.bytes(),
        "sha256": backup.digest,
        "seconds": time.as_secs_f64(),
    })
}
