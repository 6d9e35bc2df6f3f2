//! One PostgreSQL server in a temporary folder, and the watchdog that runs it.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio_postgres::{Client, NoTls};

use crate::error::Error;
use crate::installation;
use crate::runner::Runner;
use crate::setup::{FOLDER, Setup};

/// How long a server may take to accept connections.
const START_MAX: Duration = Duration::from_secs(30);
/// How often to ask whether it does.
const START_POLL: Duration = Duration::from_millis(20);
/// The superuser, who needs no password: the server listens on the loopback address only.
pub(crate) const USER: &str = "scratch";
/// The database that each server has from the start.
pub(crate) const MAINTENANCE_DATABASE: &str = "postgres";

/// A server, which ends when this is dropped, or with the process.
#[derive(Debug)]
pub(crate) struct Node {
    folder: PathBuf,
    runner: Runner,
    pub port: u16,
    watchdog: Mutex<Watchdog>,
}

#[derive(Debug)]
struct Watchdog {
    process: Child,
    /// None once dropped: its end tells the watchdog to stop the server.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Node {
    /// A server with the settings of this setup, which does not run yet and has no data.
    pub fn new(setup: &Setup) -> Result<Node, Error> {
        let binaries = installation::binaries()?;
        let folder = tempfile::Builder::new().prefix("scratch-postgres-").tempdir().map_err(Error::Io)?;
        let runner = Runner::for_folder(folder.path())?;
        // A port that is free now; should another process take it meanwhile, the start fails and says so.
        let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
        let port = port.map_err(Error::Io)?.port();
        let watchdog =
            Watchdog::spawn(&binaries, folder.path(), runner, &arguments(folder.path(), port, setup))?;
        // From here on the watchdog removes the folder: it outlives this process, whose statics are not dropped.
        Ok(Node { folder: folder.keep(), runner, port, watchdog: Mutex::new(watchdog) })
    }

    /// Makes the data of a new server, and the files of its setup.
    pub fn initialize(&self, setup: &Setup) -> Result<(), Error> {
        let mut command = self.runner.command(installation::binaries()?.join("initdb"));
        command.arg("--pgdata").arg(self.folder.join("data")).args(["--username", USER, "--auth", "trust"]);
        // The collation C compares bytes, as the store demands; without syncing, since a crash here loses nothing.
        command.args(["--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"]);
        let output = command.current_dir("/").stdin(Stdio::null()).output().map_err(Error::Io)?;
        match output.status.success() {
            true => self.write_files(setup),
            false => Err(Error::Server(String::from_utf8_lossy(&output.stderr).into_owned())),
        }
    }

    /// Writes files for nobody but the server.
    pub fn write_files(&self, setup: &Setup) -> Result<(), Error> {
        let data = self.folder.join("data");
        let files = setup.files.iter().map(|(name, content)| (self.folder.join(name), content.as_str()));
        let hba = setup.hba.map(|lines| (data.join("pg_hba.conf"), lines));
        let signal = setup.is_standby.then(|| (data.join("standby.signal"), ""));
        for (path, content) in files.chain(hba).chain(signal) {
            fs::write(&path, content).map_err(Error::Io)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(Error::Io)?;
            if let Runner::User { user, group } = self.runner {
                chown(&path, Some(user), Some(group)).map_err(Error::Io)?;
            }
        }
        Ok(())
    }

    /// Starts the server and waits until it accepts connections.
    pub async fn start(&self) -> Result<(), Error> {
        self.order("start")?;
        let begin = Instant::now();
        while let Err(error) = self.connect(MAINTENANCE_DATABASE).await {
            if begin.elapsed() > START_MAX {
                return Err(Error::Server(format!("{}{error:?}", self.log())));
            }
            tokio::time::sleep(START_POLL).await;
        }
        Ok(())
    }

    /// Through the socket, which is ours alone: at the port another process might answer.
    pub async fn connect(&self, database: &str) -> Result<Client, tokio_postgres::Error> {
        let mut config = tokio_postgres::Config::new();
        config.host_path(&self.folder).port(self.port).user(USER).dbname(database);
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Has the watchdog do something, and waits until it is done.
    pub fn order(&self, order: &str) -> Result<(), Error> {
        let mut watchdog = self.watchdog.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let watchdog = &mut *watchdog;
        let mut answer = String::new();
        watchdog
            .orders
            .as_mut()
            .map_or(Ok(()), |orders| writeln!(orders, "{order}"))
            .and_then(|()| watchdog.answers.read_line(&mut answer))
            .map_err(Error::Io)?;
        match answer.trim() {
            "failed" => Err(Error::Server(format!("{order} failed\n{}", self.log()))),
            _ => Ok(()),
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.orders = None;
        // Waiting leaves no zombie, and no folder behind when the next line of a test looks for it.
        let _ = self.process.wait();
    }
}

impl Watchdog {
    fn spawn(
        binaries: &Path,
        folder: &Path,
        runner: Runner,
        arguments: &[String],
    ) -> Result<Watchdog, Error> {
        let mut command = runner.command("sh");
        command
            .args(["-c", include_str!("watchdog.sh"), "watchdog"])
            .arg(binaries)
            .arg(folder)
            .args(arguments);
        // A group of its own: Ctrl-C ends the tests, and the watchdog then ends the server.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).current_dir("/").process_group(0);
        let mut process = command.spawn().map_err(Error::Io)?;
        let answers = process.stdout.take().ok_or(Error::Io(io::ErrorKind::BrokenPipe.into()))?;
        Ok(Watchdog { orders: process.stdin.take(), answers: BufReader::new(answers), process })
    }
}

fn arguments(folder: &Path, port: u16, setup: &Setup) -> Vec<String> {
    let shown = folder.display().to_string();
    let settings = [
        format!("unix_socket_directories={shown}"),
        "listen_addresses=127.0.0.1".into(),
        format!("port={port}"),
        // Many tests at once, each with a pool.
        "max_connections=400".into(),
    ];
    let more = setup.settings.iter().map(|setting| setting.replace(FOLDER, &shown));
    settings.into_iter().chain(more).flat_map(|setting| ["-c".into(), setting]).collect()
}
