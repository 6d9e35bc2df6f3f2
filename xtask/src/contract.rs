//! `cargo xtask contract`: calls a running server with whatever its OpenAPI document allows, and with what it does not,
//! and checks that every answer is one that the document tells of. Bounded in time, the same calls for the same seed.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::command::{cargo, in_root, root, run};
use crate::install::{self, CONTRACT};

/// The versions, each with a tenant of its own: what one of them cannot spell must not be stored by the other.
const VERSIONS: [(&str, &str); 2] =
    [("beta", "00000000-0000-4000-8000-00000000000a"), ("v1.0", "00000000-0000-4000-8000-00000000000b")];
/// What must hold of every answer.
const CHECKS: &str =
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
/// What else there is to say about them.
const CONFIGURATION: &str = "crates/muster/tests/contract/schemathesis.toml";
/// Calls that the document itself says are not implemented.
const WITHOUT: &str = "/x-not-implemented == true";
/// How long each version is called, unless told.
const SECONDS: u32 = 60;
const SEED: u32 = 1;
/// Examples of each operation.
const EXAMPLES: &str = "25";
/// What the server prints when it accepts connections.
const LISTENING: &str = "listening on ";

/// Installs, builds, starts, calls, stops.
pub(crate) fn run_all(options: &[String]) -> Result<()> {
    let (seconds, seed) = parse(options)?;
    install::for_contract()?;
    run(cargo().args(["build", "--package", "muster"]))?;
    let server = Server::start()?;
    for (version, tenant) in VERSIONS {
        let mut schemathesis = in_root(&CONTRACT.program("schemathesis"));
        schemathesis
            .args(["--config-file", CONFIGURATION, "run"])
            .arg(format!("{}/_/openapi.json?version={version}", server.origin));
        schemathesis.args(["--url", &server.origin, "--checks", CHECKS, "--exclude-by", WITHOUT]);
        schemathesis.args(["--max-examples", EXAMPLES, "--max-time", &seconds.to_string()]);
        schemathesis.args(["--seed", &seed.to_string(), "--warnings", "off", "--no-color"]);
        schemathesis.args(["--header", &format!("Authorization: Bearer {}", server.token(tenant)?)]);
        // Its memory of earlier runs would make this one another.
        schemathesis.args(["--generation-database", "none"]);
        println!("contract: {version}, {seconds} s, seed {seed}");
        let status = schemathesis.status().context("cannot start schemathesis")?;
        if !status.success() {
            bail!("the server and its OpenAPI document disagree about {version}; its log is {}", LOG);
        }
    }
    server.end()
}

fn parse(options: &[String]) -> Result<(u32, u32)> {
    let (mut seconds, mut seed) = (SECONDS, SEED);
    let mut options = options.iter();
    while let Some(option) = options.next() {
        let value = options.next().with_context(|| format!("{option} needs a number"))?;
        let number = value.parse().with_context(|| format!("'{value}' is not a number"))?;
        match option.as_str() {
            "--seconds" => seconds = number,
            "--seed" => seed = number,
            _ => bail!("no such option: {option}; there are --seconds N and --seed N"),
        }
    }
    Ok((seconds, seed))
}

/// Where the server keeps everything, and what it says.
const DATA: &str = "target/contract/data";
const LOG: &str = "target/contract/server.log";

/// A running server on an empty folder.
struct Server {
    process: Child,
    binary: PathBuf,
    origin: String,
}

impl Server {
    fn start() -> Result<Server> {
        let data = root().join(DATA);
        if data.exists() {
            fs::remove_dir_all(&data).context("cannot empty the server's folder")?;
        }
        fs::create_dir_all(&data)?;
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
        let binary = target.join("debug/muster");
        let mut process = Command::new(&binary)
            .args(["serve", "--dev", "--plain-http", "--listen", "127.0.0.1:0", "--data"])
            .arg(&data)
            .stdout(Stdio::piped())
            .stderr(File::create(root().join(LOG))?)
            .spawn()
            .context("cannot start the server")?;
        let lines = process.stdout.take().map(|output| BufReader::new(output).lines());
        let mut origins = lines.into_iter().flatten().map_while(Result::ok);
        let origin = origins.find_map(|line| line.strip_prefix(LISTENING).map(str::to_owned));
        let mut server = Server { process, binary, origin: String::new() };
        server.origin = origin.with_context(|| format!("the server does not listen; its log is {LOG}"))?;
        Ok(server)
    }

    /// A token with every permission, in this tenant.
    fn token(&self, tenant: &str) -> Result<String> {
        let mut token = Command::new(&self.binary);
        let output = token.args(["token", "--tenant", tenant, "--data"]).arg(root().join(DATA)).output()?;
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// Checks that it lived on, and that it failed in nothing.
    fn end(mut self) -> Result<()> {
        if let Some(status) = self.process.try_wait()? {
            bail!("the server ended: {status}; its log is {LOG}");
        }
        let log = fs::read_to_string(Path::new(&root().join(LOG)))?;
        match log.lines().find(|line| line.contains("panicked")) {
            Some(line) => bail!("a request panicked: {line}"),
            None => Ok(()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn options() {
        let parse = |words: &[&str]| parse(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(parse(&[]).unwrap(), (60, 1));
        assert_eq!(parse(&["--seconds", "5", "--seed", "7"]).unwrap(), (5, 7));
        for words in [&["--seconds"][..], &["--seconds", "x"], &["--what", "1"]] {
            assert!(parse(words).is_err(), "{words:?}");
        }
    }
}
