//! Starts the binary, finds where it listens, and ends it: politely, or as a power failure would.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Mutex, OnceLock, mpsc};
use std::time::{Duration, Instant};

use crate::database::TestDatabase;
use crate::watchdog;

/// The time a server may take to accept connections, or to end when asked to.
const PATIENCE: Duration = Duration::from_secs(60);
/// The words that it prints when it accepts connections.
const LISTENING: &str = "listening on ";

/// The options with which a server is started.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// The text of the configuration file.
    pub config: Option<String>,
    /// The text of the seed file: whom its dev issuer knows.
    pub seed: Option<String>,
    /// Whether it speaks plain HTTP.
    pub plain_http: bool,
    /// Variables of its environment, and of the commands that are run beside it.
    pub environment: Vec<(String, String)>,
}

/// A running server of a test.
pub struct TestServer {
    binary: PathBuf,
    database_url: Option<String>,
    options: ServerOptions,
    folder: PathBuf,
    data: PathBuf,
    origin: String,
    process: Option<Child>,
    http: reqwest::blocking::Client,
    tokens: Mutex<HashMap<Vec<String>, String>>,
}

/// The server that the tests of this process share, on this database.
pub fn shared(binary: &str, database: TestDatabase) -> &'static TestServer {
    static SERVERS: [OnceLock<TestServer>; 3] = [const { OnceLock::new() }; 3];
    SERVERS[database as usize].get_or_init(|| TestServer::start(binary, database, ServerOptions::default()))
}

impl TestServer {
    /// Starts a server on a new folder and a new database.
    pub fn start(binary: &str, database: TestDatabase, options: ServerOptions) -> TestServer {
        let folder = tempfile::Builder::new().prefix("muster-test-").tempdir().unwrap().keep();
        watchdog::keeps(&folder);
        let mut server = TestServer {
            binary: binary.into(),
            database_url: database.url(),
            options,
            data: folder.join("data"),
            folder,
            origin: String::new(),
            process: None,
            http: trusting(&[]),
            tokens: Mutex::default(),
        };
        server.start_again();
        server
    }

    /// Starts another on the same database, with the same keys.
    pub fn another(&self) -> TestServer {
        let folder = tempfile::Builder::new().prefix("muster-test-").tempdir().unwrap().keep();
        watchdog::keeps(&folder);
        let mut server = TestServer {
            binary: self.binary.clone(),
            database_url: self.database_url.clone(),
            options: self.options.clone(),
            data: self.data.clone(),
            folder,
            origin: String::new(),
            process: None,
            http: trusting(&[]),
            tokens: Mutex::default(),
        };
        server.start_again();
        server
    }

    /// Starts it on what it left behind, at a new port.
    pub fn start_again(&mut self) {
        assert!(self.process.is_none(), "the server runs already");
        assert!(self.begin_to_serve(), "the server does not listen:\n{}", self.log());
        if !self.options.plain_http {
            self.http = trusting(&fs::read(self.authority_file()).unwrap());
        }
    }

    /// Starts it like [`TestServer::start_again`], unless it ends instead; then gives what it says, without the log.
    pub fn tries_to_start(&mut self) -> Result<(), String> {
        assert!(self.process.is_none(), "the server runs already");
        let before = fs::read(self.folder.join("log")).unwrap_or_default().len();
        if self.begin_to_serve() {
            return Ok(());
        }
        Err(self.ended_since(before).1)
    }

    /// Waits until the server ends by itself; gives its exit code, and what it says, without the log.
    pub fn wait_for_end(&mut self) -> (Option<i32>, String) {
        self.ended_since(0)
    }

    /// Waits for the end of the process; what it has said since the log had so many bytes.
    fn ended_since(&mut self, before: usize) -> (Option<i32>, String) {
        let mut process = self.process.take().unwrap();
        let begin = Instant::now();
        let status = loop {
            if let Some(status) = process.try_wait().unwrap() {
                break status;
            }
            assert!(begin.elapsed() < PATIENCE, "the server does not end:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        };
        watchdog::ended(process.id());
        let log = fs::read(self.folder.join("log")).unwrap_or_default();
        let said = String::from_utf8_lossy(&log[before..]);
        // Lines of the log are JSON.
        (status.code(), said.lines().filter(|line| !line.starts_with('{')).collect::<Vec<_>>().join("\n"))
    }

    /// Starts the process; whether it listens.
    fn begin_to_serve(&mut self) -> bool {
        let mut process = self.command("serve", &self.serve_arguments()).spawn().unwrap();
        watchdog::runs(process.id());
        let lines = BufReader::new(process.stdout.take().unwrap());
        self.process = Some(process);
        let origin = self.await_origin(lines);
        self.origin = origin.clone().unwrap_or_default();
        origin.is_some()
    }

    /// Ends the server, and starts it on what it left behind with this configuration.
    pub fn reconfigure(&mut self, config: &str) {
        self.stop();
        self.start_with(config);
    }

    /// Starts it on what it left behind, with this configuration.
    pub fn start_with(&mut self, config: &str) {
        self.options.config = Some(config.to_owned());
        self.start_again();
    }

    /// Writes another configuration and has the running server read it (SIGHUP).
    pub fn reload(&self, config: &str) {
        fs::write(self.folder.join("muster.toml"), config).unwrap();
        signal("-HUP", self.process_id());
    }

    /// Ends the server by SIGKILL: nothing is finished, nothing is said.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
            watchdog::ended(process.id());
        }
    }

    /// Ends the server by SIGKILL while others still use it; [`TestServer::kill`] must follow.
    pub fn kill_now(&self) {
        if let Some(process) = &self.process {
            signal("-KILL", process.id());
        }
    }

    /// Ends the server by SIGTERM, and returns its exit status.
    pub fn stop(&mut self) -> ExitStatus {
        let mut process = self.process.take().unwrap();
        signal("-TERM", process.id());
        let begin = Instant::now();
        let status = loop {
            if let Some(status) = process.try_wait().unwrap() {
                break status;
            }
            assert!(begin.elapsed() < PATIENCE, "the server did not end:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        };
        watchdog::ended(process.id());
        status
    }

    /// The id of its process; 0 while it does not run.
    pub fn process_id(&self) -> u32 {
        self.process.as_ref().map_or(0, Child::id)
    }

    /// The origin of the server, such as `https://127.0.0.1:41237`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The server's data folder (`--data`).
    pub fn data(&self) -> PathBuf {
        self.data.clone()
    }

    /// The server's configuration file, if it has one.
    pub fn config_file(&self) -> Option<PathBuf> {
        self.options.config.as_ref().map(|_| self.folder.join("muster.toml"))
    }

    /// The certificate to trust.
    pub fn authority_file(&self) -> PathBuf {
        self.data().join("ca.pem")
    }

    /// The URL of its PostgreSQL database.
    pub fn database_url(&self) -> Option<&str> {
        self.database_url.as_deref()
    }

    /// The text that the server has printed, to both outputs.
    pub fn log(&self) -> String {
        let read = |name| fs::read(self.folder.join(name)).unwrap_or_default();
        String::from_utf8_lossy(&[read("output"), read("log")].concat()).into_owned()
    }

    /// The log as soon as it says something: lines are written a moment after the answer. What it never says ends the test.
    pub fn log_when(&self, says: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let log = self.log();
            if says(&log) {
                return log;
            }
            assert!(begun.elapsed() < PATIENCE, "the log never says it:\n{log}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Runs another command of the binary on the same folder.
    pub fn run(&self, command: &str, arguments: &[&str]) -> Output {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        self.command(command, &arguments).stderr(Stdio::piped()).output().unwrap()
    }

    /// Begins another command of the binary on the same folder, database and configuration.
    pub fn begin(&self, command: &str, arguments: &[&str]) -> Child {
        let mut all: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        if let Some(url) = &self.database_url {
            all.extend(["--database".into(), url.clone()]);
        }
        if let Some(config) = self.config_file() {
            all.extend(["--config".into(), config.display().to_string()]);
        }
        self.command(command, &all).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Tries in vain to start the server again with this configuration; what it says, without the log.
    pub fn fails_to_start(&self, config: &str) -> String {
        let file = self.folder.join("refused.toml");
        fs::write(&file, config).unwrap();
        let mut arguments: Vec<String> =
            ["--dev", "--listen", "127.0.0.1:0", "--config"].map(String::from).into();
        arguments.push(file.display().to_string());
        arguments.extend(self.database_url.iter().flat_map(|url| ["--database".into(), url.clone()]));
        let mut command = self.command("serve", &arguments);
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        watchdog::runs(process.id());
        let begin = Instant::now();
        while process.try_wait().unwrap().is_none() {
            if begin.elapsed() > PATIENCE {
                process.kill().unwrap();
                panic!("the server starts");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        watchdog::ended(process.id());
        let output = process.wait_with_output().unwrap();
        assert!(!output.status.success());
        // Lines of the log are JSON.
        let text = String::from_utf8_lossy(&output.stderr);
        text.lines().filter(|line| !line.starts_with('{')).collect::<Vec<_>>().join("\n")
    }

    /// A token that `muster token` makes with these arguments, made once.
    pub(crate) fn token(&self, arguments: Vec<String>) -> String {
        if let Some(token) = self.tokens.lock().unwrap().get(&arguments) {
            return token.clone();
        }
        let output = self.command("token", &arguments).stderr(Stdio::piped()).output().unwrap();
        let (token, errors) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "muster token {arguments:?}: {errors}");
        let token = token.trim().to_owned();
        self.tokens.lock().unwrap().insert(arguments, token.clone());
        token
    }

    pub(crate) fn http(&self) -> &reqwest::blocking::Client {
        &self.http
    }

    pub(crate) fn is_plain(&self) -> bool {
        self.options.plain_http
    }

    fn command(&self, name: &str, arguments: &[String]) -> Command {
        let log = File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
        let mut command = Command::new(&self.binary);
        command.arg(name).arg("--data").arg(self.data()).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        // What the developer has set must not reach the server under test.
        let ours = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MUSTER_"));
        ours.for_each(|(name, _)| {
            command.env_remove(name);
        });
        command.envs(self.options.environment.iter().cloned());
        command
    }

    fn serve_arguments(&self) -> Vec<String> {
        let mut arguments: Vec<String> = ["--dev", "--listen", "127.0.0.1:0"].map(String::from).into();
        if let Some(text) = &self.options.config {
            let file = self.config_file().unwrap();
            fs::write(&file, text).unwrap();
            arguments.extend(["--config".into(), file.display().to_string()]);
        }
        if let Some(text) = &self.options.seed {
            let file = self.folder.join("seed.toml");
            fs::write(&file, text).unwrap();
            arguments.extend(["--seed".into(), file.display().to_string()]);
        }
        if let Some(url) = &self.database_url {
            arguments.extend(["--database".into(), url.clone()]);
        }
        if self.options.plain_http {
            arguments.push("--plain-http".into());
        }
        arguments
    }

    /// Reads the output until it says where it listens, and on to its end, so that it never blocks.
    fn await_origin(&mut self, lines: BufReader<impl std::io::Read + Send + 'static>) -> Option<String> {
        let (sender, receiver) = mpsc::channel();
        let mut output = File::options().create(true).append(true).open(self.folder.join("output")).unwrap();
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let _ = writeln!(output, "{line}");
                if let Some(origin) = line.strip_prefix(LISTENING) {
                    let _ = sender.send(origin.trim().to_owned());
                }
            }
        });
        receiver.recv_timeout(PATIENCE).ok()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn signal(name: &str, process: u32) {
    let status = Command::new("kill").args([name, &process.to_string()]).status().unwrap();
    assert!(status.success(), "kill {name} {process}");
}

/// A client that trusts the certificates of this PEM text, and nothing else.
fn trusting(authority: &[u8]) -> reqwest::blocking::Client {
    // Fails only where it is installed already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let certificates = reqwest::Certificate::from_pem_bundle(authority).unwrap();
    let builder = reqwest::blocking::Client::builder().tls_certs_only(certificates).no_proxy().no_gzip();
    // HTTP/2 has no Host of its own, and whether the library speaks it depends on what else is compiled.
    builder.http1_only().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE).build().unwrap()
}
