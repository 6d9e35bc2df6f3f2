//! `muster import`, against a server of its own.

use std::collections::HashSet;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use crate::{PATIENCE, Server, get, muster, run, run_with};

const HEADER: &str = "Device Serial Number,Windows Product ID,Hardware Hash,Group Tag,Assigned User\n";
const REPORT: &str = "line,serialNumber,result,code,name,cause,remedy,deviceId";
const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const RECORDS: &str = "importedWindowsAutopilotDeviceIdentities";

fn serve(folder: &Path) -> Server {
    Server::start(folder, &["--dev", "--plain-http"])
}

/// What is no hash, and so a device's name: a dev server takes it.
fn opaque(name: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(format!("opaque {name}"))
}

fn row(serial_number: &str) -> String {
    format!("{serial_number},,{},Berlin,\n", opaque(serial_number))
}

fn rows(count: usize) -> String {
    HEADER.to_owned() + &(0..count).map(|number| row(&format!("S-{number}"))).collect::<String>()
}

/// A list of the default tenant's, or another's.
fn list(server: &Server, folder: &Path, set: &str, tenant: &[&str]) -> Vec<Value> {
    let token = run(folder, &[&["token"], tenant].concat()).stdout;
    let token = String::from_utf8(token).unwrap();
    let (mut items, mut path) = (Vec::new(), Some(format!("/beta/deviceManagement/{set}?$top=1000")));
    while let Some(from) = path {
        let answer = get(server, &from, token.trim());
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let start = body.find('{').unwrap();
        let end = body.rfind('}').unwrap();
        let page: Value = serde_json::from_str(&body[start..=end]).unwrap();
        items.extend(page["value"].as_array().unwrap().iter().cloned());
        let next = page["@odata.nextLink"].as_str();
        path = next.map(|next| next[next.find("/beta").unwrap()..].to_owned());
    }
    items
}

fn lines(text: &[u8]) -> Vec<&str> {
    std::str::from_utf8(text).unwrap().lines().collect()
}

#[track_caller]
fn report(folder: &Path, name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(text.lines().next(), Some(REPORT));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[track_caller]
fn exits(output: &Output, code: i32) {
    let said = [output.stdout.as_slice(), &output.stderr].concat();
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn each_row_is_told_what_became_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let server = serve(here);
    let theirs = ["--tenant", "11111111-1111-4111-8111-111111111111"];
    std::fs::write(here.join("theirs.csv"), HEADER.to_owned() + &row("THEIRS")).unwrap();
    exits(&run(here, &[&["import", "theirs.csv"], &theirs[..]].concat()), 0);
    assert_eq!(list(&server, here, DEVICES, &theirs).len(), 1);

    let mixed = [
        HEADER,
        &row("A-1"),
        "A-2,,no Base64!,,\n",
        &row("THEIRS"),
        &row("A-1"),
        "A-3,,,,\n",
        "A-4,,b3BhcXVl,,nobody\n",
    ];
    std::fs::write(here.join("mixed.csv"), mixed.concat()).unwrap();
    let output = run(here, &["import", "mixed.csv", "--report", "report.csv", "--group-tag", "Kiosk"]);
    exits(&output, 1);
    let said = lines(&output.stdout);
    assert!(said[0].starts_with("mixed.csv:3: error hash-not-base64: "), "{said:?}");
    assert_eq!(
        said[1],
        "mixed.csv:4: error 808 ZtdDeviceAssignedToOtherTenant: another tenant has the device. Have that tenant delete the device, then import the row again."
    );
    assert_eq!(said[4], "rows: 6, registered: 1, already registered: 1, failed: 4");
    let devices = list(&server, here, DEVICES, &[]);
    assert_eq!(devices.len(), 1);
    assert_eq!((&devices[0]["serialNumber"], &devices[0]["groupTag"]), (&json!("A-1"), &json!("Kiosk")));

    let report = report(here, "report.csv");
    let told: Vec<[&str; 4]> = report.iter().map(|row| [&*row[0], &row[1], &row[2], &row[3]]).collect();
    assert_eq!(
        told,
        [
            ["2", "A-1", "registered", ""],
            ["3", "A-2", "error", "hash-not-base64"],
            ["4", "THEIRS", "error", "808"],
            ["5", "A-1", "alreadyRegistered", ""],
            ["6", "A-3", "error", "hash-missing"],
            ["7", "A-4", "error", "assigned-user"],
        ]
    );
    let id = devices[0]["id"].as_str().unwrap();
    assert_eq!([&*report[0][7], &report[3][7]], [id, id]);
    assert_eq!(report[2][4], "ZtdDeviceAssignedToOtherTenant");
    assert!(
        report.iter().filter(|row| row[2] == "error").all(|row| !row[5].is_empty() && !row[6].is_empty())
    );
}

#[test]
fn a_second_run_registers_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let server = serve(here);
    std::fs::write(here.join("list.csv"), rows(30)).unwrap();
    for (result, summary) in [
        ("registered", "rows: 30, registered: 30, already registered: 0, failed: 0"),
        ("alreadyRegistered", "rows: 30, registered: 0, already registered: 30, failed: 0"),
    ] {
        let output = run(here, &["import", "list.csv", "--report", "report.csv", "--batch-size", "7"]);
        exits(&output, 0);
        assert_eq!(lines(&output.stdout), [summary]);
        let report = report(here, "report.csv");
        let devices = list(&server, here, DEVICES, &[]);
        assert_eq!((report.len(), devices.len()), (30, 30));
        for row in report {
            let device = devices.iter().find(|device| device["serialNumber"] == *row[1]).unwrap();
            assert_eq!((&*row[2], &*row[7]), (result, device["id"].as_str().unwrap()));
        }
        assert!(!here.join("list.csv.import-state").exists(), "what has ended leaves nothing behind");
    }
}

#[test]
fn lines_of_json_are_imported_and_one_that_the_server_refuses_stands_alone() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let server = serve(here);
    let good =
        |name: &str| json!({"serialNumber": name, "hardwareIdentifier": opaque(name), "groupTag": "Berlin"});
    let mut misspelt = good("J-2");
    misspelt["serialNumbr"] = json!("x");
    let text = format!("\u{feff}{}\n{misspelt}\n\nnot json\n{}\r\n{}", good("J-1"), good("J-3"), good("J-4"));
    std::fs::write(here.join("list.ndjson"), &text).unwrap();
    let output = run(here, &["import", "list.ndjson", "--report", "report.csv"]);
    exits(&output, 1);
    assert_eq!(
        *lines(&output.stdout).last().unwrap(),
        "rows: 5, registered: 3, already registered: 0, failed: 2"
    );
    let rows = report(here, "report.csv");
    let told: Vec<[&str; 3]> = rows.iter().map(|row| [&*row[0], &row[2], &row[4]]).collect();
    assert_eq!(
        told,
        [
            ["1", "registered", ""],
            ["2", "error", "UnknownProperty"],
            ["4", "error", ""],
            ["5", "registered", ""],
            ["6", "registered", ""],
        ]
    );
    assert!(rows[1][5].contains("did you mean 'serialNumber'?"), "{:?}", rows[1]);
    let devices = list(&server, here, DEVICES, &[]);
    assert!(devices.iter().all(|device| device["groupTag"] == "Berlin"));

    let output = run_with(here, &["import", "-", "--format", "ndjson"], text.as_bytes());
    exits(&output, 1);
    assert_eq!(
        *lines(&output.stdout).last().unwrap(),
        "rows: 5, registered: 0, already registered: 3, failed: 2"
    );
}

#[test]
fn a_rehearsal_of_lines_of_json_promises_nothing_that_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let server = serve(here);
    let cases = [
        (json!({}), "identity-missing"),
        (json!({"serialNumber": 5}), "7001"),
        (json!({"serialNumber": "N-1", "color": "red"}), "7002"),
        (json!({"serialNumber": "N-2", "hardwareIdentifier": "T0FBQUFB"}), "hash-invalid"),
        (json!({"serialNumber": "N-3", "hardwareIdentifier": "?"}), "hash-not-base64"),
        (json!({"serialNumber": "N-4"}), "hash-missing"),
        (json!({"serialNumber": "N-5", "hardwareIdentifier": opaque("N-5") + "\n"}), ""),
    ];
    let list: String = cases.iter().map(|(line, _)| format!("{line}\n")).collect();
    std::fs::write(here.join("list.ndjson"), list).unwrap();
    for (dry_run, result) in [(&["--dry-run"][..], "wouldRegister"), (&[], "registered")] {
        let arguments = ["import", "list.ndjson", "--report", "report.csv"];
        exits(&run(here, &[&arguments, dry_run].concat()), 1);
        for (row, (line, code)) in report(here, "report.csv").iter().zip(&cases) {
            let expected = if code.is_empty() { result } else { "error" };
            assert_eq!((&*row[2], &*row[3]), (expected, *code), "{line}: {row:?}");
        }
    }
    assert_eq!(list_serial_numbers(&server, here), ["N-5"]);
}

/// The serial numbers of the default tenant's devices.
fn list_serial_numbers(server: &Server, folder: &Path) -> Vec<String> {
    let devices = list(server, folder, DEVICES, &[]);
    let text = |device: &Value| device["serialNumber"].as_str().unwrap().to_owned();
    devices.iter().map(text).collect()
}

#[test]
fn lines_are_counted_and_one_that_is_too_long_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let _server = serve(here);
    let long = "x".repeat(200_000);
    let csv = |name: &str| row(name).trim_end().to_owned();
    let object = |name: &str| json!({"serialNumber": name, "hardwareIdentifier": opaque(name)}).to_string();
    let tables = [
        ("list.csv", vec![HEADER.trim_end().to_owned(), csv("C-1"), String::new(), long.clone(), csv("C-2")]),
        ("list.jsonl", vec![object("C-3"), object("C-4"), String::new(), long, object("C-5")]),
    ];
    for (name, rows) in tables {
        std::fs::write(here.join(name), rows.join("\r\n") + "\r\n").unwrap();
        exits(&run(here, &["import", name, "--dry-run", "--report", "report.csv"]), 1);
        let report = report(here, "report.csv");
        let told: Vec<[&str; 2]> = report.iter().map(|row| [&*row[0], &row[3]]).collect();
        let end = [["4", "line-too-long"], ["5", ""]];
        assert!(told.ends_with(&end) && told[told.len() - 3] == ["2", ""], "{name}: {told:?}");
    }
}

#[test]
fn a_hash_without_padding_is_the_servers_to_judge() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let list = format!("{HEADER}U-1,,{},,\nU-2,,b3BhcXVlIQ,,\n", opaque("U-1"));
    std::fs::write(here.join("list.csv"), list).unwrap();
    std::fs::write(here.join("lenient.toml"), "[autopilot]\nlenient_base64 = true\n").unwrap();
    let arguments = ["import", "list.csv", "--report", "report.csv"];
    let said = |arguments: &[&str], code: i32| {
        exits(&run(here, arguments), code);
        let row = report(here, "report.csv").remove(1);
        (row[2].clone(), row[3].clone())
    };
    let said_by_default = {
        let _server = serve(here);
        (said(&[&arguments[..], &["--dry-run"]].concat(), 1), said(&arguments, 1))
    };
    let error = |code: &str| ("error".to_owned(), code.to_owned());
    assert_eq!(said_by_default, (error("hash-unpadded"), error("7001")));
    let _server = Server::start(here, &["--dev", "--plain-http", "--config", "lenient.toml"]);
    assert_eq!(said(&arguments, 0), ("registered".to_owned(), String::new()));
}

#[test]
fn what_is_no_list_is_told_and_nothing_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::create_dir(here.join("muster-data")).unwrap();
    for (content, code) in [
        (&b"Serial,Hash\nA,b\n"[..], "header-missing"),
        (b"Device Serial Number,Hardware Hash\n", "header-missing-column"),
        (b"Device Serial Number;Windows Product ID;Hardware Hash\n", "header-separator"),
        (b"\xff\xfeD\0", "encoding-utf-16"),
        (b"", "file-empty"),
    ] {
        std::fs::write(here.join("list.csv"), content).unwrap();
        let output = run(here, &["import", "list.csv"]);
        exits(&output, 1);
        assert!(lines(&output.stdout).iter().any(|line| line.contains(code)), "{code}: {output:?}");
    }
}

#[test]
fn a_dry_run_writes_nothing_and_needs_no_server() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let mut server = serve(here);
    std::fs::write(here.join("one.csv"), HEADER.to_owned() + &row("S-1")).unwrap();
    exits(&run(here, &["import", "one.csv"]), 0);
    std::fs::write(here.join("list.csv"), rows(3) + "A,,no Base64!,,\n").unwrap();
    let arguments = ["import", "list.csv", "--dry-run", "--report", "report.csv"];
    let output = run(here, &arguments);
    exits(&output, 1);
    let summary = *lines(&output.stdout).last().unwrap();
    assert_eq!(summary, "rows: 4, would be registered: 2, already registered: 1, failed: 1");
    let results: Vec<String> = report(here, "report.csv").into_iter().map(|row| row[2].clone()).collect();
    assert_eq!(results, ["wouldRegister", "alreadyRegistered", "wouldRegister", "error"]);
    assert_eq!(list(&server, here, DEVICES, &[]).len(), 1);
    assert_eq!(list(&server, here, RECORDS, &[]).len(), 1);

    server.terminate();
    assert_eq!(server.exit_code(), Some(0));
    let output = run(here, &arguments);
    exits(&output, 1);
    let summary = *lines(&output.stdout).last().unwrap();
    assert_eq!(summary, "rows: 4, would be registered: 3, already registered: 0, failed: 1");
    assert_eq!(lines(&output.stderr).len(), 1, "{output:?}");
}

#[test]
fn what_the_server_refuses_as_a_whole_ends_the_import() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let _server = serve(here);
    std::fs::write(here.join("list.csv"), rows(3)).unwrap();
    let reader = run(here, &["token", "--permission", "DeviceManagementServiceConfig.Read.All"]).stdout;
    let origin = std::fs::read_to_string(here.join("muster-data/origin")).unwrap();
    for (token, named) in [
        (String::from_utf8(reader).unwrap(), "DeviceManagementServiceConfig.ReadWrite.All"),
        ("x.y.z".to_owned(), "401"),
    ] {
        let output = run(here, &["import", "list.csv", "--token", token.trim(), "--url", &origin]);
        exits(&output, 1);
        let said = lines(&output.stderr);
        assert!(said.len() == 1 && said[0].contains(named), "{said:?}");
        assert!(said[0].contains("run the same command again"), "{said:?}");
        std::fs::remove_file(here.join("list.csv.import-state")).unwrap();
    }
}

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
fn goes_on(server: &Server, folder: &Path, arguments: &[&str], count: usize) {
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
    let server = Server::start_at(here, &address, &["--dev", "--plain-http"]);
    let output = child.wait_with_output().unwrap();
    exits(&output, 0);
    let summary = *lines(&output.stdout).last().unwrap();
    assert_eq!(summary, format!("rows: {MANY}, registered: {MANY}, already registered: 0, failed: 0"));
    assert_eq!(report(here, "report.csv").len(), MANY);
    assert_eq!(list(&server, here, DEVICES, &[]).len(), MANY);
    assert_eq!(list(&server, here, RECORDS, &[]).len(), MANY, "a row was sent twice");
}

#[test]
fn hashes_that_hold_are_imported_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let server = Server::start(here, &["--dev"]);
    let arguments = ["hash", "build", "--manufacturer", "Example Corp", "--serial", "T-1", "--tpm", "T-1"];
    let hash = String::from_utf8(run(here, &arguments).stdout).unwrap();
    std::fs::write(here.join("list.csv"), format!("{HEADER},,{},,\n", hash.trim_end())).unwrap();
    let elsewhere = server.origin.replace("127.0.0.1", "localhost");
    let output = run(here, &["import", "list.csv", "--report", "report.csv", "--url", &elsewhere]);
    exits(&output, 1);
    assert!(lines(&output.stderr)[0].contains("--ca FILE"), "whom to trust is not said: {output:?}");
    std::fs::remove_file(here.join("list.csv.import-state")).unwrap();
    exits(&run(here, &["import", "list.csv", "--report", "report.csv"]), 0);
    assert_eq!(report(here, "report.csv")[0][..3], ["2", "T-1", "registered"]);

    let environment = String::from_utf8(run(here, &["env"]).stdout).unwrap();
    let mut command = muster(here);
    for line in environment.lines() {
        let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
        command.env(name, value.trim_matches('\''));
    }
    exits(&command.args(["import", "list.csv", "--report", "report.csv"]).output().unwrap(), 0);
    assert_eq!(report(here, "report.csv")[0][..3], ["2", "T-1", "alreadyRegistered"]);
}
