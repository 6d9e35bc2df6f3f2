//! An import that ended early, or whose server did, and goes on.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use super::{DEVICES, RECORDS, exits, lines, list, report, rows, serve};
use crate::{DevServer, PATIENCE, muster, run};

/// Begins an import of many rows, and waits until some are done.
#[track_caller]
fn begin(folder: &Path, arguments: &[&str]) -> Child {
    let mut command: Command = muster(folder);
    let child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while done(folder) == 0 {
        assert!(start.elapsed() < PATIENCE, "no row is done");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child
}

/// How many rows the state file says are done.
fn done(folder: &Path) -> u64 {
    let state = std::fs::read(folder.join("list.csv.import-state")).unwrap_or_default();
    let state: Value = serde_json::from_slice(&state).unwrap_or_default();
    state["counts"]["rows"].as_u64().unwrap_or_default()
}

/// Goes on with an interrupted import: each row is told of once, and was sent once.
#[track_caller]
fn goes_on(server: &DevServer, folder: &Path, arguments: &[&str], count: usize) {
    let before = done(folder);
    assert!(before > 0 && before < count as u64, "{before} rows were done");
    let output = run(folder, arguments);
    exits(&output, 0);
    let summary = *lines(&output.stdout).last().unwrap();
    assert_eq!(summary, format!("rows: {count}, registered: {count}, already registered: 0, failed: 0"));
    let rows = report(folder, "report.csv");
    assert_eq!(rows.len(), count);
    assert_eq!(
        rows.iter().map(|row| &row[0]).collect::<HashSet<_>>().len(),
        count,
        "a line is told of twice"
    );
    assert_eq!(list(server, folder, DEVICES, &[]).len(), count);
    assert_eq!(list(server, folder, RECORDS, &[]).len(), count, "a row was sent twice");
}

const MANY: usize = 600;
const ARGUMENTS: [&str; 6] = ["import", "list.csv", "--report", "report.csv", "--batch-size", "20"];

#[test]
fn one_that_was_killed_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let server = serve(here);
    std::fs::write(here.join("list.csv"), rows(MANY)).unwrap();
    let mut child = begin(here, &ARGUMENTS);
    child.kill().unwrap();
    child.wait().unwrap();

    let other = run(here, &[&ARGUMENTS[..], &["--group-tag", "Kiosk"]].concat());
    exits(&other, 2);
    assert!(lines(&other.stderr)[0].contains("--group-tag null"), "{other:?}");
    let theirs = run(here, &["token", "--tenant", "11111111-1111-4111-8111-111111111111"]).stdout;
    let theirs = String::from_utf8(theirs).unwrap();
    let of_theirs = ["--token", theirs.trim(), "--url", &server.origin];
    let other = run(here, &[&ARGUMENTS[..], &of_theirs].concat());
    exits(&other, 2);
    let tenant = "the tenant \"00000000-0000-4000-8000-000000000001\"";
    assert!(lines(&other.stderr)[0].contains(tenant), "{other:?}");
    let list = std::fs::read_to_string(here.join("list.csv")).unwrap();
    std::fs::write(here.join("list.csv"), list.replacen("S-0,", "S-X,", 1)).unwrap();
    let changed = run(here, &ARGUMENTS);
    exits(&changed, 2);
    assert!(lines(&changed.stderr)[0].contains("the list has changed"), "{changed:?}");
    std::fs::write(here.join("list.csv"), list).unwrap();
    goes_on(&server, here, &ARGUMENTS, MANY);
}

#[test]
fn one_that_is_interrupted_says_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let server = serve(here);
    std::fs::write(here.join("list.csv"), rows(MANY)).unwrap();
    let child = begin(here, &ARGUMENTS);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    exits(&output, 1);
    let said = lines(&output.stderr);
    assert!(said[0].contains("interrupted") && said[0].contains("run the same command again"), "{said:?}");
    goes_on(&server, here, &ARGUMENTS, MANY);
}

#[test]
fn a_server_that_is_killed_and_starts_again_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let mut server = serve(here);
    let address = server.address().to_string();
    std::fs::write(here.join("list.csv"), rows(MANY)).unwrap();
    let child = begin(here, &ARGUMENTS);
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let server = DevServer::start_at(here, &address, &["--dev", "--plain-http"]);
    let output = child.wait_with_output().unwrap();
    exits(&output, 0);
    let summary = *lines(&output.stdout).last().unwrap();
    assert_eq!(summary, format!("rows: {MANY}, registered: {MANY}, already registered: 0, failed: 0"));
    assert_eq!(report(here, "report.csv").len(), MANY);
    assert_eq!(list(&server, here, DEVICES, &[]).len(), MANY);
    assert_eq!(list(&server, here, RECORDS, &[]).len(), MANY, "a row was sent twice");
}

/// What stands in the way of the server, such as a portal that wants people to sign in, answers everything with a page.
#[test]
fn an_answer_that_is_no_list_is_not_taken_for_an_empty_one() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("list.csv"), rows(3)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 16 << 10]);
            let page = "<html>";
            let length = page.len();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
            // The client may have gone by now.
            let _ = stream.write_all(format!("{head}{page}").as_bytes());
        }
    });
    let output = run(here, &["import", "list.csv", "--url", &url, "--token", "a.b.c"]);
    exits(&output, 1);
    let said = lines(&output.stderr);
    assert!(said[0].contains("no list") && said[0].contains("run the same command again"), "{said:?}");
    assert_eq!(
        *lines(&output.stdout).last().unwrap(),
        "rows: 0, registered: 0, already registered: 0, failed: 0"
    );
    assert_eq!(done(here), 0);
}
