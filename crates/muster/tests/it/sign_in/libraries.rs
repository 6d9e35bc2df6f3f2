//! The sign-in libraries of four languages against the dev issuer, with nothing but their documented options
//!
//! `cargo xtask test` installs them. Where they are missing the tests say so, and fail if it is the CI that asks; Go and
//! Java are not asked of a machine that has neither.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{DAEMON, SECRET, TENANT, TOOL, seeded};
use crate::sdk::{folder, is_installed, run_trusting};

fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target")
}

/// Runs a client that knows the seed.
#[track_caller]
fn run(command: &mut Command) {
    let seeded = seeded();
    command.env("ORIGIN", seeded.server.origin()).env("TENANT", TENANT);
    command.env("DAEMON", DAEMON).env("TOOL", TOOL).env("SECRET", SECRET);
    command.env("CERTIFICATE", &seeded.certificate);
    command.env("ASSERTION", seeded.assertion("repo:contoso/rollout", "api://AzureADTokenExchange"));
    run_trusting(&seeded.server, command);
}

#[test]
fn python() {
    let python = target().join("sdk-python/bin/python");
    if is_installed("MSAL for Python", &python) {
        run(Command::new(python).arg(folder("python").join("sign_in_test.py")));
    }
}

#[test]
fn javascript() {
    let folder = folder("javascript");
    if is_installed("MSAL for Node", &folder.join("node_modules/@azure/msal-node")) {
        run(Command::new("node").args(["--test", "sign_in.test.js"]).current_dir(folder));
    }
}

/// Whether a language is there at all; if not, says so aloud.
fn has(program: &str, argument: &str) -> bool {
    let there = Command::new(program).arg(argument).output().is_ok_and(|output| output.status.success());
    if !there {
        eprintln!("NOT TESTED: the libraries of {program}, which is not installed");
    }
    there
}

#[test]
fn go() {
    let modules = target().join("sdk-go/modules");
    if has("go", "version") && is_installed("MSAL for Go", &modules) {
        let mut command = Command::new("go");
        command.args(["run", "."]).current_dir(folder("go"));
        command.env("GOMODCACHE", modules).env("GOCACHE", target().join("sdk-go/cache"));
        run(command.env("GOPROXY", "off").env("GOFLAGS", "-buildvcs=false"));
    }
}

#[test]
fn java() {
    let libraries = target().join("sdk-java/libraries");
    if has("java", "--version") && is_installed("MSAL for Java", &libraries) {
        let trusted = trust_store();
        let mut command = Command::new("java");
        command.arg("-cp").arg(libraries.join("*"));
        command.arg(format!("-Djavax.net.ssl.trustStore={}", trusted.display()));
        command.arg("-Djavax.net.ssl.trustStorePassword=changeit");
        run(command.arg(folder("java").join("SignInTest.java")));
    }
}

/// What Java trusts: a store with the server's authority.
fn trust_store() -> tempfile::TempPath {
    let store = tempfile::NamedTempFile::new().expect("a file").into_temp_path();
    // The tool wants to make the file itself.
    std::fs::remove_file(&store).expect("a file");
    let mut tool = Command::new("keytool");
    tool.args([
        "-importcert",
        "-noprompt",
        "-alias",
        "muster",
        "-storetype",
        "PKCS12",
        "-storepass",
        "changeit",
    ]);
    tool.arg("-file").arg(seeded().server.authority_file()).arg("-keystore").arg(&store);
    let output = tool.output().expect("keytool runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    store
}
