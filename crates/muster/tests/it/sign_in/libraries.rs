//! The sign-in libraries of four languages against the dev issuer, with nothing but their documented options
//!
//! `cargo xtask test` installs them. Where they are missing the tests say so, and fail if it is the CI that asks; Go and
//! Java are not asked of a machine that has neither.

use std::process::Command;

use super::{DAEMON, SECRET, TENANT, TOOL, seeded};
use crate::sdk::{folder, go_command, is_installed, java_command, run_trusting, target};

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

#[test]
fn go() {
    if let Some(mut command) = go_command("./sign_in") {
        run(&mut command);
    }
}

#[test]
fn java() {
    if let Some(mut command) = java_command("SignInTest.java", &seeded().server) {
        run(&mut command);
    }
}
