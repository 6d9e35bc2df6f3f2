//! `muster inspect`

use std::path::Path;

use serde_json::{Value, json};

use crate::{run, run_with};

const HEADER: &str = "Device Serial Number,Windows Product ID,Hardware Hash,Group Tag,Assigned User\n";

/// A row with the hash of a device of this serial number.
fn row(folder: &Path, serial_number: &str) -> String {
    let arguments = [
        "hash",
        "build",
        "--manufacturer",
        "Example Corp",
        "--serial",
        serial_number,
        "--tpm",
        serial_number,
    ];
    let hash = String::from_utf8(run(folder, &arguments).stdout).unwrap();
    format!("{serial_number},,{},,\n", hash.trim_end())
}

#[test]
fn a_clean_list_exits_with_0() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let list = format!("{HEADER}{}{}", row(here, "A-1"), row(here, "A-2"));
    std::fs::write(here.join("list.csv"), &list).unwrap();
    let summary = "rows: 2, errors: 0, warnings: 0, notes: 0\n";
    for output in [run(here, &["inspect", "list.csv"]), run_with(here, &["inspect", "-"], list.as_bytes())] {
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), summary);
    }
    let output = run(here, &["inspect", "list.csv", "--json"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        serde_json::from_slice::<Value>(&output.stdout).unwrap(),
        json!({"file": "list.csv", "findings": [], "summary": {"rows": 2, "errors": 0, "warnings": 0, "notes": 0}})
    );
}

#[test]
fn findings_exit_with_1_and_name_file_line_code_cause_and_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let first = row(here, "A-1");
    let list = format!("{HEADER}{first}{first}{}", row(here, "Default string"));
    std::fs::write(here.join("list.csv"), list).unwrap();
    let output = run(here, &["inspect", "list.csv"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap().lines().collect::<Vec<_>>(),
        [
            "list.csv:3: error hash-duplicate: the hash is that of line 2. Remove one of the rows.",
            "list.csv:3: warning serial-number-duplicate: the serial number 'A-1' is that of line 2. Compare the devices; one of the rows is wrong.",
            "list.csv:4: warning serial-number-placeholder: the serial number 'Default string' is a placeholder. Have the maker write the serial number into the firmware, then collect the hash again.",
            "rows: 3, errors: 1, warnings: 2, notes: 0",
        ]
    );
    let output = run(here, &["inspect", "list.csv", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["summary"], json!({"rows": 3, "errors": 1, "warnings": 2, "notes": 0}));
    let codes: Vec<_> =
        report["findings"].as_array().unwrap().iter().map(|finding| &finding["code"]).collect();
    assert_eq!(codes, ["hash-duplicate", "serial-number-duplicate", "serial-number-placeholder"]);
}

#[test]
fn a_note_alone_is_nothing_to_put_right() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let rows: String = (0..501).map(|at| format!("S-{at},,{},,\n", domain_hash(at))).collect();
    let output = run_with(here, &["inspect", "-"], format!("{HEADER}{rows}").as_bytes());
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("-:502: note rows-over-500: the file has 501 rows. "), "{text}");
}

#[test]
fn warnings_alone_exit_with_0() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let list = format!("{HEADER}{}", row(here, "Default string")).replace('\n', "\r\n");
    let output = run_with(here, &["inspect", "-"], list.as_bytes());
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("-:2: warning serial-number-placeholder: "), "{text}");
    assert!(text.ends_with("rows: 1, errors: 0, warnings: 1, notes: 0\n"), "{text}");
}

/// The hash of a device, built without a process for each.
fn domain_hash(at: usize) -> String {
    use domain::hardware_hash::{HardwareHash, HashRecord, Text, TextKind, to_base64};
    let text = |kind, text: String| HashRecord::Text(Text::new(kind, text));
    let serial_number = text(TextKind::SerialNumber, format!("S-{at}"));
    let manufacturer = text(TextKind::Manufacturer, "Example Corp".to_owned());
    to_base64(&HardwareHash::new(vec![serial_number, manufacturer]).build().unwrap())
}
