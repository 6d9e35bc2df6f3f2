//! The folder of a mirror: what the other tenant had when the last round ended, and how far the present one is. Ids and serial
//! numbers, no password and no digest of one.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use server::StartupError;

use super::known_records::{KnownRecord, KnownRecords};
use super::round_log::PageDone;
use crate::graph_client::GraphClient;
use crate::vault_arguments::VaultMirrorArguments;

/// The files: a lock, the records of the last round, and the pages of the present one.
const LOCK: &str = "lock";
const KNOWN: &str = "known.jsonl";
const ROUND: &str = "round.jsonl";
/// The bytes of a line at most: a page may have many records.
const LINE_BYTES_MAX: u64 = 16 << 20;

/// The state of a mirror.
pub struct MirrorState {
    folder: PathBuf,
    /// Whose mirror it is: the first line of each file.
    head: Value,
    /// What is known of the other tenant's records.
    pub known: KnownRecords,
    /// The log of the round; none between rounds, and in a rehearsal.
    log: Option<File>,
    /// Whether nothing is written.
    is_rehearsal: bool,
    _lock: Option<File>,
}

impl MirrorState {
    /// Opens the folder, and reads what the last round left.
    pub fn open(arguments: &VaultMirrorArguments, client: &GraphClient) -> Result<MirrorState, StartupError> {
        let folder = arguments.state.clone();
        let (source, tenant) = (&arguments.from, &arguments.from_tenant);
        let head = json!({"source": source, "tenant": tenant, "server": client.target()});
        let lock = if arguments.dry_run { None } else { Some(lock(&folder)?) };
        let known = KnownRecords::default();
        let mut state =
            MirrorState { folder, head, known, log: None, is_rehearsal: arguments.dry_run, _lock: lock };
        let path = state.folder.join(KNOWN);
        state.each_line(&path, |state, record: KnownRecord| state.known.remember(&record))?;
        Ok(state)
    }

    /// The pages of a round that ended early, in order; none if there is none. The next ones follow them.
    pub fn begin_round(&mut self) -> Result<Vec<PageDone>, StartupError> {
        self.known.begin_round();
        if self.is_rehearsal {
            return Ok(Vec::new());
        }
        let path = self.folder.join(ROUND);
        let mut pages = Vec::new();
        let length = self.each_line(&path, |state, page: PageDone| {
            page.seen.iter().for_each(|(id, serial)| {
                state.known.see(id, serial);
            });
            pages.push(page);
        })?;
        let unwritten = |error| self.unwritten(&path, error);
        let mut log = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(unwritten)?;
        // What was half written when the command was killed is written anew.
        log.set_len(length)
            .and_then(|()| io::Seek::seek(&mut log, io::SeekFrom::End(0)))
            .map_err(unwritten)?;
        if length == 0 {
            write_line(&mut log, &self.head).map_err(unwritten)?;
        }
        self.log = Some(log);
        Ok(pages)
    }

    /// Notes that a page is done.
    pub fn note(&mut self, page: &PageDone) -> Result<(), StartupError> {
        let Some(log) = &mut self.log else { return Ok(()) };
        let written = write_line(log, page);
        written.map_err(|error| self.unwritten(&self.folder.join(ROUND), error))
    }

    /// Forgets what the round has found: the next one begins anew.
    pub fn abandon_round(&mut self) {
        if self.log.take().is_some() {
            // At worst the next round goes on with this one.
            let _ = std::fs::remove_file(self.folder.join(ROUND));
        }
    }

    /// Keeps what the round has found, and ends its log.
    pub fn end_round(&mut self, saw_all: bool) -> Result<(), StartupError> {
        if self.log.take().is_some() {
            let (new, path) = (self.folder.join("known.jsonl.new"), self.folder.join(KNOWN));
            let unwritten = |error| self.unwritten(&path, error);
            self.write_known(&new, saw_all).map_err(unwritten)?;
            std::fs::rename(&new, &path).map_err(unwritten)?;
            // At worst the round is read again, in which all is as it should be.
            let _ = std::fs::remove_file(self.folder.join(ROUND));
        }
        self.known.end_round(saw_all);
        Ok(())
    }

    fn write_known(&self, path: &Path, saw_all: bool) -> io::Result<()> {
        let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
        let mut file = BufWriter::new(file);
        write_line(&mut file, &self.head)?;
        self.known.after_round(saw_all).try_for_each(|record| write_line(&mut file, &record))?;
        file.flush()?;
        file.get_ref().sync_all()
    }

    /// Reads the lines of a file, and gives the length of those that are whole; 0 if there is no file.
    fn each_line<L: DeserializeOwned>(
        &mut self,
        path: &Path,
        mut with: impl FnMut(&mut MirrorState, L),
    ) -> Result<u64, StartupError> {
        let unread = |error| StartupError::Misused(format!("cannot read {}: {error}", path.display()));
        let mut input = match File::open(path) {
            Ok(file) => BufReader::new(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(unread(error)),
        };
        let (mut length, mut line) = (0, Vec::new());
        loop {
            line.clear();
            let read = input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line).map_err(unread)?;
            if !line.ends_with(b"\n") {
                return Ok(length);
            }
            if length == 0 {
                self.check_head(path, &line)?;
            } else {
                let Ok(value) = serde_json::from_slice(&line) else { return Ok(length) };
                with(self, value);
            }
            length += read as u64;
        }
    }

    fn check_head(&self, path: &Path, line: &[u8]) -> Result<(), StartupError> {
        match serde_json::from_slice::<Value>(line) {
            Ok(head) if head == self.head => Ok(()),
            Ok(head) => Err(StartupError::Misused(format!(
                "{} is of the mirror {head}; name another folder with --state",
                path.display()
            ))),
            Err(_) => Err(StartupError::Misused(format!("{} is not the state of a mirror", path.display()))),
        }
    }

    fn unwritten(&self, path: &Path, error: io::Error) -> StartupError {
        StartupError::Failed(format!(
            "cannot write {}: {error}; run the same command again to go on",
            path.display()
        ))
    }
}

/// Writes a line at once, so that a command that is killed leaves at most one that is not whole.
fn write_line(output: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    output.write_all(&text)
}

/// Takes the folder for this process, making it if it is not there.
fn lock(folder: &Path) -> Result<File, StartupError> {
    let unusable = |error: io::Error| {
        StartupError::Misused(format!("cannot use the folder {}: {error}", folder.display()))
    };
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unusable)?;
    let path = folder.join(LOCK);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
        Err(TryLockError::WouldBlock) => Err(StartupError::Failed(format!(
            "another muster vault mirror uses the folder {}; wait for it, or name another with --state",
            folder.display()
        ))),
    }
}
