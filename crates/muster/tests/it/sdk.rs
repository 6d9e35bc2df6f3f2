//! The vendors' own clients against this server, over TLS
//!
//! `cargo xtask test` installs them. Where they are missing the tests say so, and fail if it is the CI that asks.

use std::path::PathBuf;
use std::process::Command;

use testkit::{TestCaller, TestServer};

/// A folder of this crate's SDK tests.
pub(crate) fn folder(language: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/sdk").join(language)
}

/// Runs a command as a client of the caller, and expects it to end well.
#[track_caller]
fn run(caller: &TestCaller<'_>, command: &mut Command) {
    command.env("GRAPH_BASE_URL", caller.server().origin()).env("MUSTER_TOKEN", caller.token());
    run_trusting(caller.server(), command);
}

/// Runs a command that trusts this server and nobody else, and expects it to end well.
#[track_caller]
pub(crate) fn run_trusting(server: &TestServer, command: &mut Command) {
    let authority = server.authority_file();
    for variable in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
        command.env(variable, &authority);
    }
    for variable in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"] {
        command.env_remove(variable);
    }
    let output = command.output().expect("the SDK's runtime starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
}

/// Whether an SDK is installed; if not, says so aloud.
#[track_caller]
pub(crate) fn is_installed(what: &str, file: &std::path::Path) -> bool {
    if file.exists() {
        return true;
    }
    eprintln!("NOT TESTED: {what} is missing ({}); `cargo xtask test` installs it", file.display());
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{what} is missing, and this is the CI");
    false
}

/// Whether a language is there at all; if not, says so aloud. Few who change Rust have all of them.
pub(crate) fn has(program: &str, argument: &str) -> bool {
    let there = Command::new(program).arg(argument).output().is_ok_and(|output| output.status.success());
    if !there {
        eprintln!("NOT TESTED: the libraries for {program}, which is not installed");
    }
    there
}

/// The folder that builds and tools write to.
pub(crate) fn target() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target")
}

/// The command that runs a Go client, where there is Go.
#[track_caller]
pub(crate) fn go_command(package: &str) -> Option<Command> {
    let modules = target().join("sdk-go/modules");
    if !has("go", "version") || !is_installed("the Go SDK", &modules) {
        return None;
    }
    let mut command = Command::new("go");
    command.args(["run", package]).current_dir(folder("go"));
    command.env("GOMODCACHE", modules).env("GOCACHE", target().join("sdk-go/cache"));
    command.env("GOPROXY", "off").env("GOFLAGS", "-buildvcs=false");
    Some(command)
}

/// The command that runs a Java client which trusts this server, where there is Java.
#[track_caller]
pub(crate) fn java_command(source: &str, server: &TestServer) -> Option<Command> {
    let libraries = target().join("sdk-java/libraries");
    if !has("java", "--version") || !has("mvn", "--version") || !is_installed("the Java SDK", &libraries) {
        return None;
    }
    let store = server.data().join("java.p12");
    if !store.exists() {
        let mut tool = Command::new("keytool");
        tool.args(["-importcert", "-noprompt", "-alias", "muster", "-storetype", "PKCS12"]);
        tool.args(["-storepass", "changeit", "-file"])
            .arg(server.authority_file())
            .arg("-keystore")
            .arg(&store);
        let output = tool.output().expect("keytool runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let mut command = Command::new("java");
    command.arg("-cp").arg(libraries.join("*"));
    command.arg(format!("-Djavax.net.ssl.trustStore={}", store.display()));
    command.arg("-Djavax.net.ssl.trustStorePassword=changeit");
    command.arg(folder("java").join(source));
    Some(command)
}

both![python, javascript, java, go];

fn go(server: &TestServer) {
    if let Some(mut command) = go_command("./graph") {
        run(&server.caller(), &mut command);
    }
}

fn java(server: &TestServer) {
    if let Some(mut command) = java_command("GraphTest.java", server) {
        run(&server.caller(), &mut command);
    }
}

fn python(server: &TestServer) {
    let python = target().join("sdk-python/bin/python");
    if is_installed("the Python SDK", &python) {
        run(&server.caller(), Command::new(python).arg(folder("python").join("sdk_test.py")));
    }
}

fn javascript(server: &TestServer) {
    let folder = folder("javascript");
    if is_installed("the JavaScript SDK", &folder.join("node_modules/@microsoft/microsoft-graph-client")) {
        run(&server.caller(), Command::new("node").args(["--test", "sdk.test.js"]).current_dir(folder));
    }
}
