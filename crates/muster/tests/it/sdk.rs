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

both![python, javascript,];

fn python(server: &testkit::TestServer) {
    let target = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target");
    let python = target.join("sdk-python/bin/python");
    if is_installed("the Python SDK", &python) {
        run(&server.caller(), Command::new(python).arg(folder("python").join("sdk_test.py")));
    }
}

fn javascript(server: &testkit::TestServer) {
    let folder = folder("javascript");
    if is_installed("the JavaScript SDK", &folder.join("node_modules/@microsoft/microsoft-graph-client")) {
        run(&server.caller(), Command::new("node").args(["--test", "sdk.test.js"]).current_dir(folder));
    }
}
