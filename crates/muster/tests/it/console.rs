//! `/console`: the settings that it begins with, and the pages as people use them, in a browser
//!
//! `cargo xtask test` installs the browser and builds the console. Where they are missing the tests say so.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use testkit::TestServer;

use crate::sdk::{has, run_trusting, target};

/// Where Debian's package puts the browser.
const BROWSER: &str = "/usr/bin/chromium";

both![people_use_it, it_knows_who_asks];

/// All pages on SQLite; on PostgreSQL those that depend on what a database answers.
fn people_use_it(server: &TestServer) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../console");
    let built = folder.join("dist/site/index.html");
    if !has("node", "--version") || !is_there(&folder.join("node_modules/playwright-core")) {
        return;
    }
    if !is_there(Path::new(BROWSER)) || !is_there(&built) {
        return;
    }
    let (name, tests): (_, &[&str]) = match server.database_url() {
        None => ("sqlite", &[]),
        Some(_) => ("postgres", &["devices"]),
    };
    let mut command = Command::new("node");
    command.arg("tests/index.js").args(tests).current_dir(folder);
    command.env("GRAPH_BASE_URL", server.origin()).env("CHROMIUM", BROWSER);
    command.env("MUSTER_BINARY", crate::MUSTER);
    command.env("CONSOLE_ARTIFACTS", target().join("console").join(name));
    run_trusting(server, &mut command);
}

fn is_there(path: &Path) -> bool {
    let there = path.exists();
    if !there {
        eprintln!("NOT TESTED: the console, without {}; see `cargo xtask test`", path.display());
    }
    there
}

fn it_knows_who_asks(server: &TestServer) {
    const READ: &str = "DeviceManagementServiceConfig.Read.All";
    let caller = server.caller().permission(READ);
    let told = caller.read("/_/caller");
    assert_eq!(told["permissions"], json!([READ]));
    assert_eq!((&told["kind"], &told["scopeTags"]), (&json!("delegated"), &json!([])));
    assert_eq!(caller.app().read("/_/caller")["kind"], "application");
    caller.nobody().get("/_/caller").send().refused(401, &[]);
    caller.post("/_/caller").json(&json!({})).send().refused(405, &[]);
}
