//! What a row may look like: lines of JSON, lines that are too long, hashes that not every server takes.

use std::path::Path;

use serde_json::{Value, json};

use super::{DEVICES, HEADER, exits, lines, list, opaque, report, row, serve};
use crate::{DevServer, run, run_with};

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
fn list_serial_numbers(server: &DevServer, folder: &Path) -> Vec<String> {
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
    let _server = DevServer::start(here, &["--dev", "--plain-http", "--config", "lenient.toml"]);
    assert_eq!(said(&arguments, 0), ("registered".to_owned(), String::new()));
}
