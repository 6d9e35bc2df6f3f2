//! `/console`: the settings that it begins with, and the pages as people use them, in a browser
//!
//! `cargo xtask test` installs the browser and builds the console. Where they are missing the tests say so. The two databases share the
//! files of tests; with `CONSOLE_TESTS=whole` each runs all of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use testkit::TestServer;

use crate::sdk::{has, run_trusting, target};

/// Where Debian's package puts the browser.
const BROWSER: &str = "/usr/bin/chromium";

both![people_use_it, it_knows_who_asks];

/// The databases that servers of PostgreSQL with settings of their own take.
const DATABASES: usize = 8;

/// A part of the files on SQLite and another on PostgreSQL, at once; what holds for every page on both.
fn people_use_it(server: &TestServer) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../console");
    let built = folder.join("dist/site/index.html");
    if !has("node", "--version") || !is_there(&folder.join("node_modules/playwright-core")) {
        return;
    }
    if !is_there(Path::new(BROWSER)) || !is_there(&built) {
        return;
    }
    let (name, part) = match server.database_url() {
        None => ("sqlite", "1/2"),
        Some(_) => ("postgres", "2/2"),
    };
    let is_whole = std::env::var("CONSOLE_TESTS").as_deref() == Ok("whole");
    let mut command = Command::new("node");
    command.arg("tests/index.js").current_dir(folder);
    command.env("CONSOLE_PART", if is_whole { "1/1" } else { part });
    if server.database_url().is_some() {
        command.env("CONSOLE_DATABASES", databases().join(" "));
    }
    command.env("GRAPH_BASE_URL", server.origin()).env("CHROMIUM", BROWSER);
    command.env("MUSTER_BINARY", crate::MUSTER);
    command.env("CONSOLE_ARTIFACTS", target().join("console").join(name));
    run_trusting(server, &mut command);
}

/// The URLs of empty databases of PostgreSQL.
fn databases() -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut urls = Vec::new();
        for _ in 0..DATABASES {
            urls.push(scratch_postgres::database().await);
        }
        urls
    })
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
