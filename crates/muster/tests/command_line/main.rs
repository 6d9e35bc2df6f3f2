//! The command line as a contract: exit codes, what is printed where, and the life of the server process.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cctk;
mod hash;
mod import;
mod inspect;
mod installed;
mod operate;
mod permissions;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A time that is longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(20);

fn muster(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
    command.current_dir(folder).env_clear();
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    muster(folder).args(arguments).output().unwrap()
}

/// Runs it with something on standard input.
fn run_with(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut command = muster(folder);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut standard_input = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // It may be refused before it is read.
            let _ = standard_input.write_all(input);
        });
        child.wait_with_output().unwrap()
    })
}

/// A server process, ended with the test.
struct DevServer {
    child: Child,
    origin: String,
    started: Duration,
}

impl DevServer {
    fn start(folder: &Path, arguments: &[&str]) -> DevServer {
        DevServer::start_at(folder, "127.0.0.1:0", arguments)
    }

    fn start_at(folder: &Path, listen: &str, arguments: &[&str]) -> DevServer {
        let mut command = muster(folder);
        command.args(["serve", "--listen", listen]).args(arguments);
        DevServer::spawn(command)
    }

    fn spawn(mut command: Command) -> DevServer {
        let start = Instant::now();
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (mut line, mut next) = (String::new(), String::new());
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap());
        lines.read_line(&mut line).unwrap();
        let origin =
            line.trim_end().strip_prefix("listening on ").unwrap_or_else(|| panic!("printed {line:?}"));
        lines.read_line(&mut next).unwrap();
        assert_eq!(next, format!("console on {origin}/console\n"));
        DevServer { origin: origin.to_owned(), child, started: start.elapsed() }
    }

    fn address(&self) -> SocketAddr {
        self.origin.split_once("://").unwrap().1.parse().unwrap()
    }

    fn terminate(&self) {
        self.signal("-TERM");
    }

    fn signal(&self, signal: &str) {
        let kill = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(kill.success());
    }

    fn exit_code(&mut self) -> Option<i32> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the server did not end");
    }
}

impl Drop for DevServer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn mistakes_exit_with_2_and_one_line_that_helps() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("typo.toml"), "[limits]\nbody_byte = 1\n").unwrap();
    std::fs::write(here.join("issuer.toml"), "[tls]\ncertificate = \"none.pem\"\nkey = \"none.pem\"\n")
        .unwrap();
    let header = "Device Serial Number,Windows Product ID,Hardware Hash\n";
    std::fs::write(here.join("list.csv"), header).unwrap();
    let cases: [(&[&str], &str); 36] = [
        (&[], "serve --dev"),
        (&["sevre"], "serve"),
        (&["serve", "--plain-htp"], "--plain-http"),
        (&["serve"], "tls.certificate"),
        (&["serve", "--plain-http"], "[[issuers]]"),
        (&["serve", "--dev", "--config", "none.toml"], "none.toml"),
        (&["serve", "--dev", "--config", "typo.toml"], "body_byte"),
        (&["serve", "--config", "issuer.toml"], "none.pem"),
        (&["serve", "--dev", "--database", "mysql://x"], "sqlite:PATH"),
        (&["serve", "--dev", "--listen", "8443"], "HOST:PORT"),
        (&["serve", "--dev", "--plain-http", "--listen", "0.0.0.0:0"], "loopback"),
        (&["serve", "--dev", "--plain-http", "--listen", "[::]:0"], "loopback"),
        (&["token", "--tenant", "contoso"], "--tenant"),
        (&["token", "--ttl", "0"], "--ttl"),
        (&["token", "--data", "typo"], "there is no dev folder 'typo'"),
        (&["env", "--data", "typo"], "there is no dev folder 'typo'"),
        (&["token", "--app", "--user", "a@b.c"], "--user"),
        (&["env", "--shell", "fish"], "powershell"),
        (&["hash", "decode", "no-such-file"], "'no-such-file' is neither a file nor a hash in Base64"),
        (&["hash", "build"], "type 14 (serial number) is missing"),
        (&["hash", "build", "--serial", "1"], "type 16 (manufacturer) is missing"),
        (&["hash", "build", "--uuid", "1"], "--uuid"),
        (&["hash", "build", "--mac", "1"], "02:00:00:00:00:01"),
        (&["hash", "build", "--collected", "1999-12-31T23:59:59Z"], "between the years 2000 and 2136"),
        (&["hash", "build", "--from", "none.json"], "none.json"),
        (&["hash", "build", "--from", "typo.toml"], "muster hash decode --json"),
        (&["inspect"], "<FILE>"),
        (&["inspect", "none.csv"], "none.csv"),
        (&["import"], "<FILE>"),
        (&["import", "none.csv"], "none.csv"),
        (&["import", "."], "folder"),
        (&["import", "list.csv", "--data", "none"], "MUSTER_TOKEN"),
        (&["import", "list.csv", "--token", "x", "--url", "localhost"], "https://127.0.0.1:8443"),
        (&["import", "list.csv", "--token", "x", "--report", "list.csv"], "report"),
        (&["import", "list.csv", "--token", "x", "--tenant", "y"], "--tenant"),
        (&["import", "list.csv", "--batch-size", "0"], "1 to 10000"),
    ];
    for (arguments, named) in cases {
        let output = run(here, arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(named), "{arguments:?} does not name {named}: {error}");
        assert_eq!(error.lines().count(), 1, "{arguments:?}: {error}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    assert!(!here.join("typo").exists(), "nothing is made for a slip");
    let permission = domain::permissions().remove(0);
    let misspelt = &permission[..permission.len() - 1];
    let output = run(here, &["token", "--permission", misspelt]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains(&format!("did you mean '{permission}'?")), "{error}");
}

#[test]
fn failures_exit_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(folder.path(), &["serve", "--dev", "--listen", &address]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains(&address) && error.contains("--listen") && error.lines().count() == 1, "{error}");
}

#[test]
fn help_and_version_exit_with_0() {
    let folder = tempfile::tempdir().unwrap();
    let version = format!("muster {}\n", env!("CARGO_PKG_VERSION"));
    for (arguments, printed) in [(["--version"], version.as_str()), (["--help"], "serve")] {
        let output = run(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(String::from_utf8(output.stdout).unwrap().contains(printed), "{arguments:?}");
    }
}

#[test]
fn a_token_needs_no_server_and_the_server_takes_it_whoever_made_the_key() {
    for token_first in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        let token = || {
            let output = run(here, &["token", "--app"]);
            assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        };
        let early = token_first.then(token);
        let mut server = DevServer::start(here, &["--dev", "--plain-http"]);
        let token = early.unwrap_or_else(token);
        assert_eq!(token.lines().count(), 1);
        let answer = get(&server, "/beta/books", token.trim());
        assert!(!answer.starts_with("HTTP/1.1 401"), "the token was first: {token_first}: {answer}");
        server.terminate();
        assert_eq!(server.exit_code(), Some(0));
    }
}

#[test]
fn tokens_say_what_was_asked() {
    let folder = tempfile::tempdir().unwrap();
    let all = domain::permissions();
    let tenant = "00000000-0000-4000-8000-0000000000ff";
    let all_scopes = all.join(" ");
    let first = all[0].as_str();
    let cases: [(&[&str], &str, &str); 6] = [
        (&[], "/tid", "00000000-0000-4000-8000-000000000001"),
        (&[], "/scp", &all_scopes),
        (&["--tenant", tenant], "/tid", tenant),
        (&["--user", "a@b.c"], "/upn", "a@b.c"),
        (&["--app", "--permission", first], "/roles/0", first),
        (&["--permission", first], "/scp", first),
    ];
    for (arguments, pointer, value) in cases {
        let arguments = [&["token"], arguments].concat();
        let output = run(folder.path(), &arguments);
        let claims = claims(&String::from_utf8(output.stdout).unwrap());
        assert_eq!(claims.pointer(pointer).and_then(Value::as_str), Some(value), "{arguments:?}: {claims}");
    }
    let output = run(folder.path(), &["token", "--ttl", "7"]);
    let claims = claims(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 7);
}

#[test]
fn the_environment_leads_a_client_to_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let quoted = folder.path().join("it's here");
    let data = quoted.to_str().unwrap();
    let server = DevServer::start(folder.path(), &["--dev", "--data", data]);
    let output = run(folder.path(), &["env", "--data", data]);
    // The shell takes the lines apart, as it will for users.
    let script = format!("{}\nenv", String::from_utf8(output.stdout).unwrap());
    let output = Command::new("/bin/sh")
        .arg("-c")
        .arg(script)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let variable = |name: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_else(|| panic!("no {name} in {text}")).to_owned()
    };
    assert_eq!(variable("GRAPH_BASE_URL"), server.origin);
    server::tls::install();
    let trusted = std::fs::read(variable("SSL_CERT_FILE")).unwrap();
    let certificates = reqwest::Certificate::from_pem_bundle(&trusted).unwrap();
    if Path::new("/etc/ssl/certs/ca-certificates.crt").exists() {
        assert!(certificates.len() > 1, "the system's authorities are in it");
    }
    let authority = std::fs::read(variable("NODE_EXTRA_CA_CERTS")).unwrap();
    assert_eq!(reqwest::Certificate::from_pem_bundle(&authority).unwrap().len(), 1, "Node adds to its own");
    let client =
        reqwest::blocking::Client::builder().tls_certs_only(certificates).timeout(PATIENCE).build().unwrap();
    let (origin, tenant) = (variable("AZURE_AUTHORITY_HOST"), variable("AZURE_TENANT_ID"));
    let discovery =
        client.get(format!("{origin}/{tenant}/v2.0/.well-known/openid-configuration")).send().unwrap();
    let discovery: Value = discovery.json().unwrap();
    let ask = |secret: &str| {
        let form = format!(
            "client_id={}&client_secret={secret}&grant_type=client_credentials&client_info=1&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
            variable("AZURE_CLIENT_ID"),
        );
        let request = client.post(discovery["token_endpoint"].as_str().unwrap());
        let answer =
            request.header("content-type", "application/x-www-form-urlencoded").body(form).send().unwrap();
        (answer.status().as_u16(), answer.json::<Value>().unwrap())
    };
    let (status, refused) = ask("wrong");
    assert_eq!((status, &refused["error"]), (401, &Value::from("invalid_client")));
    let description = refused["error_description"].as_str().unwrap();
    assert!(description.starts_with("AADSTS7000215: Invalid client secret provided."), "{description}");
    let (status, granted) = ask(&variable("AZURE_CLIENT_SECRET"));
    assert_eq!(status, 200);
    let issued = granted["access_token"].as_str().unwrap().to_owned();
    // Access tokens are of the first version, as Graph's own are.
    let first = client.get(format!("{origin}/{tenant}/.well-known/openid-configuration")).send().unwrap();
    assert_eq!(claims(&issued)["iss"], first.json::<Value>().unwrap()["issuer"]);
    assert_eq!(claims(&issued)["roles"].as_array().unwrap().len(), domain::permissions().len());
    for token in [issued, variable("MUSTER_TOKEN")] {
        let url = format!("{}/beta/books", variable("GRAPH_BASE_URL"));
        let answer = client.get(url).bearer_auth(token).send().unwrap();
        assert_ne!(answer.status().as_u16(), 401);
    }
}

#[test]
fn a_signal_ends_the_server_after_the_request_under_way() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = DevServer::start(folder.path(), &["--dev", "--plain-http"]);
    assert!(server.started < Duration::from_secs(2), "took {:?}", server.started);
    let token = String::from_utf8(run(folder.path(), &["token"]).stdout).unwrap();
    let mut stream = connect(&server);
    let head = format!(
        "POST /beta/books HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n",
        token.trim()
    );
    stream.write_all(head.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    server.terminate();
    std::thread::sleep(Duration::from_millis(200));
    stream.write_all(b"{}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 ") && answer.to_lowercase().contains("request-id: "), "{answer}");
    assert_eq!(server.exit_code(), Some(0));
    let mut rest = String::new();
    server.child.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "two lines on standard output and no more");
}

#[test]
fn dev_tokens_do_not_hold_outside_dev_mode() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let token = String::from_utf8(run(here, &["token"]).stdout).unwrap();
    std::fs::write(here.join("jwks.json"), "{\"keys\":[]}").unwrap();
    std::fs::write(here.join("kek"), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n").unwrap();
    let text = "[[issuers]]\nissuer = \"https://issuer.test/v2.0\"\njwks_file = \"jwks.json\"\ntenant = \"00000000-0000-4000-8000-000000000001\"\n[secrets]\nkey_file = \"kek\"\n";
    std::fs::write(here.join("muster.toml"), text).unwrap();
    std::fs::create_dir_all(here.join("muster-data")).unwrap();
    let server = DevServer::start(here, &["--config", "muster.toml", "--plain-http"]);
    let answer = get(&server, "/beta/books", token.trim());
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let answer = get(&server, "/common/v2.0/.well-known/openid-configuration", token.trim());
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
}

fn connect(server: &DevServer) -> TcpStream {
    let stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn get(server: &DevServer, path: &str, token: &str) -> String {
    let mut stream = connect(server);
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// What a token says. The signature is for the server to check.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&decode(payload)).unwrap()
}

/// Decodes Base64 as tokens have it.
fn decode(text: &str) -> Vec<u8> {
    data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).unwrap()
}
