//! Muster as a process: started, timed, watched and stopped.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use uuid::Uuid;

/// How long it may take to end when asked to.
const STOP_TIME_MAX: Duration = Duration::from_secs(20);
/// How long its tokens hold: longer than a run.
const TOKEN_SECONDS: &str = "14400";

/// A running server. Ends when dropped.
pub(crate) struct Muster {
    child: Child,
    pub address: SocketAddr,
    /// From the start of the process to its word that it listens.
    pub ready_after: Duration,
}

/// What to start.
#[derive(Clone)]
pub(crate) struct Program {
    pub binary: PathBuf,
    /// Its data folder.
    pub data: PathBuf,
    pub database: String,
    /// The text of its configuration file.
    pub config: String,
    /// Whether it speaks TLS.
    pub is_tls: bool,
}

impl Program {
    /// One without configuration that speaks plain HTTP.
    pub fn new(binary: &Path, data: PathBuf, database: String) -> Program {
        Program { binary: binary.to_owned(), data, database, config: String::new(), is_tls: false }
    }

    /// Starts it and waits until it listens.
    pub fn start(&self) -> Result<Muster> {
        std::fs::create_dir_all(&self.data)?;
        let log = self.data.join("stderr.log");
        let mut command = self.command();
        command.args(["serve", "--dev", "--listen", "127.0.0.1:0", "--database", &self.database]);
        let scheme = if self.is_tls { "https" } else { "http" };
        if !self.is_tls {
            command.arg("--plain-http");
        }
        if !self.config.is_empty() {
            let file = self.data.join("muster.toml");
            std::fs::write(&file, &self.config)?;
            command.arg("--config").arg(file);
        }
        command.arg("--data").arg(&self.data).stdout(Stdio::piped()).stderr(std::fs::File::create(&log)?);
        let begin = Instant::now();
        let mut child = command.spawn().with_context(|| format!("cannot start {}", self.binary.display()))?;
        let mut line = String::new();
        let stdout = child.stdout.take().context("no standard output")?;
        // An early end closes the pipe, so this returns in any case.
        BufReader::new(stdout).read_line(&mut line)?;
        let ready_after = begin.elapsed();
        let listening = format!("listening on {scheme}://");
        let Some(address) = line.trim().strip_prefix(&listening) else {
            let _ = child.kill();
            let _ = child.wait();
            bail!("Muster did not start: {line}{}", std::fs::read_to_string(log).unwrap_or_default());
        };
        Ok(Muster { address: address.parse()?, child, ready_after })
    }

    /// A token with all permissions.
    pub fn token(&self) -> Result<String> {
        self.token_of(None)
    }

    /// A token with all permissions in a tenant.
    pub fn token_of(&self, tenant: Option<Uuid>) -> Result<String> {
        let mut command = self.command();
        command.arg("token").arg("--data").arg(&self.data).args(["--ttl", TOKEN_SECONDS]);
        command.args(tenant.iter().flat_map(|tenant| ["--tenant".to_owned(), tenant.to_string()]));
        let output = command.output()?;
        if !output.status.success() {
            bail!("muster token: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// What a client of the server needs, by the names of `muster env`.
    pub fn variables(&self) -> Result<HashMap<String, String>> {
        let output = self.command().arg("env").arg("--data").arg(&self.data).output()?;
        anyhow::ensure!(output.status.success(), "muster env: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout)?;
        let lines = text.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
        Ok(lines.map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned())).collect())
    }

    /// Imports a list into the server that runs on this data: how long it takes, and the most memory it holds in bytes.
    pub fn import(&self, list: &Path, report: &Path) -> Result<(Duration, u64)> {
        let mut command = self.command();
        command.arg("import").arg(list).arg("--report").arg(report).arg("--data").arg(&self.data);
        let begin = Instant::now();
        let mut child = command.stdout(Stdio::null()).spawn()?;
        let mut peak = 0;
        let status = loop {
            // Gone with the process, so it is looked at until then.
            peak = memory(child.id(), "VmHWM:").unwrap_or_default().max(peak);
            if let Some(status) = child.try_wait()? {
                break status;
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        anyhow::ensure!(status.success(), "muster import ended with {status}");
        Ok((begin.elapsed(), peak))
    }

    /// Without whatever configuration surrounds us.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.current_dir(&self.data).stdin(Stdio::null()).env_remove("RUST_LOG");
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MUSTER_")) {
            command.env_remove(name);
        }
        command
    }
}

impl Muster {
    /// Asks it to end.
    pub fn tell_to_stop(&self) -> Result<()> {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status()?;
        anyhow::ensure!(asked.success(), "Muster is not there any more");
        Ok(())
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(mut self) -> Result<()> {
        self.tell_to_stop()?;
        let begin = Instant::now();
        while begin.elapsed() < STOP_TIME_MAX {
            if let Some(status) = self.child.try_wait()? {
                anyhow::ensure!(status.success(), "Muster ended with {status}");
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!("Muster does not end when asked to")
    }

    /// The id of its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Its resident memory in bytes.
    pub fn resident(&self) -> Result<u64> {
        memory(self.child.id(), "VmRSS:")
    }

    /// Has the most that it ever was begin anew.
    pub fn forget_peak(&self) -> Result<()> {
        let file = format!("/proc/{}/clear_refs", self.child.id());
        std::fs::write(&file, "5").with_context(|| format!("cannot write {file}"))
    }

    /// The files that it has open, connections among them.
    pub fn open_files(&self) -> Result<usize> {
        Ok(std::fs::read_dir(format!("/proc/{}/fd", self.child.id()))?.count())
    }

    /// The most that it ever was.
    pub fn resident_peak(&self) -> Result<u64> {
        memory(self.child.id(), "VmHWM:")
    }
}

/// What a process says of its memory, in bytes.
fn memory(process: u32, field: &str) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib: u64 =
        line.with_context(|| format!("no {field}"))?.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024)
}

impl Drop for Muster {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The median time to be ready, over some starts of programs that `next` prepares.
pub(crate) fn ready_after(starts: usize, mut next: impl FnMut(usize) -> Result<Program>) -> Result<Duration> {
    let mut times = Vec::new();
    for number in 0..starts {
        let muster = next(number)?.start()?;
        times.push(muster.ready_after);
        muster.stop()?;
    }
    times.sort_unstable();
    times.get(times.len() / 2).copied().context("no start")
}
