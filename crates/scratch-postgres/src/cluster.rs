//! One PostgreSQL server in a temporary folder, and the databases in it.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio_postgres::NoTls;

use crate::error::Error;
use crate::installation;
use crate::runner::Runner;

/// How long a server may take to accept connections.
const START_MAX: Duration = Duration::from_secs(30);
/// How often to ask whether it does.
const START_POLL: Duration = Duration::from_millis(20);
/// The superuser, who needs no password: the cluster listens on the loopback address only.
pub(crate) const USER: &str = "scratch";

/// Whether commits wait for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fsync {
    /// They do, as in production.
    On,
    /// They do not: faster, for tests that commit much and do not care.
    Off,
}

/// What a server has that a fresh one has not.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Settings, written `name=value`. [`FOLDER`] in one stands for the folder of the files.
    pub settings: Vec<String>,
    /// Files that only the server may read: name and content.
    pub files: Vec<(&'static str, String)>,
    /// The lines of its `pg_hba.conf`; none for those that let everybody in.
    pub hba: Option<&'static str>,
    /// Whether it is a standby, of a server that never says anything.
    pub is_standby: bool,
}

/// Stands in settings for the folder of the files.
pub const FOLDER: &str = "{folder}";

/// A running server. It ends when this is dropped, or with the process.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    port: u16,
    databases: AtomicU32,
    watchdog: Mutex<Watchdog>,
}

#[derive(Debug)]
struct Watchdog {
    process: Child,
    /// None once dropped: its end tells the watchdog to stop the server.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Cluster {
    /// Initializes and starts a server.
    pub async fn start(fsync: Fsync) -> Result<Cluster, Error> {
        Cluster::start_with(fsync, &Setup::default()).await
    }

    /// Initializes and starts a server with more than a fresh one has.
    pub async fn start_with(fsync: Fsync, setup: &Setup) -> Result<Cluster, Error> {
        let binaries = installation::binaries()?;
        let folder = tempfile::Builder::new().prefix("scratch-postgres-").tempdir().map_err(Error::Io)?;
        let user = Runner::for_folder(folder.path())?;
        initialize(&binaries, folder.path(), user)?;
        setup.write(folder.path(), user)?;
        // A port that is free now; should another process take it meanwhile, the start fails and says so.
        let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
        let port = port.map_err(Error::Io)?.port();
        let mut arguments = arguments(folder.path(), port, fsync);
        let shown = folder.path().display().to_string();
        let settings = setup.settings.iter().map(|setting| setting.replace(FOLDER, &shown));
        arguments.extend(settings.flat_map(|setting| ["-c".into(), setting]));
        let watchdog = Watchdog::spawn(&binaries, folder.path(), user, &arguments)?;
        // From here on the watchdog removes the folder: it outlives this process, whose statics are not dropped.
        let folder = folder.keep();
        let cluster = Cluster { folder, port, databases: AtomicU32::new(0), watchdog: Mutex::new(watchdog) };
        cluster.start_again().await?;
        Ok(cluster)
    }

    /// The URL of a new, empty database.
    pub async fn database(&self) -> Result<String, Error> {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let statement = format!("create database scratch_{number}");
        self.connect().await.map_err(Error::Sql)?.batch_execute(&statement).await.map_err(Error::Sql)?;
        Ok(self.url(&format!("scratch_{number}")))
    }

    /// The port on 127.0.0.1 at which it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends the server as a power failure would: at once, without a last checkpoint. The data stay.
    pub fn crash(&self) -> Result<(), Error> {
        self.order("crash")
    }

    /// Starts the server after a crash and waits until it accepts connections.
    pub async fn start_again(&self) -> Result<(), Error> {
        self.order("start")?;
        let begin = Instant::now();
        while let Err(error) = self.connect().await {
            if begin.elapsed() > START_MAX {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                return Err(Error::Server(format!("{log}{error:?}")));
            }
            tokio::time::sleep(START_POLL).await;
        }
        Ok(())
    }

    /// A session of the superuser's, through the socket, however others have to come.
    pub async fn superuser(&self) -> Result<tokio_postgres::Client, Error> {
        self.connect().await.map_err(Error::Sql)
    }

    /// Ends the server and starts it as a standby that nobody feeds: it can be read, and takes no writes.
    pub async fn become_standby(&self) -> Result<(), Error> {
        self.crash()?;
        fs::write(self.folder.join("data/standby.signal"), "").map_err(Error::Io)?;
        self.start_again().await
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    /// Through the socket, which is ours alone: at the port another process might answer.
    async fn connect(&self) -> Result<tokio_postgres::Client, tokio_postgres::Error> {
        let mut config = tokio_postgres::Config::new();
        config.host_path(&self.folder).port(self.port).user(USER).dbname("postgres");
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    fn order(&self, order: &str) -> Result<(), Error> {
        let mut watchdog = self.watchdog.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let watchdog = &mut *watchdog;
        let mut answer = String::new();
        watchdog
            .orders
            .as_mut()
            .map_or(Ok(()), |orders| writeln!(orders, "{order}"))
            .and_then(|()| watchdog.answers.read_line(&mut answer))
            .map_err(Error::Io)?;
        Ok(())
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

impl Setup {
    /// Writes the files, for nobody but the server.
    fn write(&self, folder: &Path, runner: Runner) -> Result<(), Error> {
        let data = folder.join("data");
        let files = self.files.iter().map(|(name, content)| (folder.join(name), content.as_str()));
        let hba = self.hba.map(|lines| (data.join("pg_hba.conf"), lines));
        let signal = self.is_standby.then(|| (data.join("standby.signal"), ""));
        for (path, content) in files.chain(hba).chain(signal) {
            fs::write(&path, content).map_err(Error::Io)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(Error::Io)?;
            if let Runner::User { user, group } = runner {
                chown(&path, Some(user), Some(group)).map_err(Error::Io)?;
            }
        }
        Ok(())
    }
}

fn initialize(binaries: &Path, folder: &Path, runner: Runner) -> Result<(), Error> {
    let mut command = runner.command(binaries.join("initdb"));
    command.arg("--pgdata").arg(folder.join("data")).args(["--username", USER, "--auth", "trust"]);
    // The collation C compares bytes, as the store demands; without syncing, since a crash here loses nothing.
    command.args(["--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"]);
    let output = command.current_dir("/").stdin(Stdio::null()).output().map_err(Error::Io)?;
    match output.status.success() {
        true => Ok(()),
        false => Err(Error::Server(String::from_utf8_lossy(&output.stderr).into_owned())),
    }
}

fn arguments(folder: &Path, port: u16, fsync: Fsync) -> Vec<String> {
    let fsync = if fsync == Fsync::On { "on" } else { "off" };
    let settings = [
        format!("unix_socket_directories={}", folder.display()),
        "listen_addresses=127.0.0.1".into(),
        format!("port={port}"),
        format!("fsync={fsync}"),
        // Many tests at once, each with a pool.
        "max_connections=400".into(),
    ];
    settings.into_iter().flat_map(|setting| ["-c".into(), setting]).collect()
}
