//! Lists as scripts, portals and spreadsheets write them, inspected and imported.

use std::path::Path;

use domain::hardware_hash::{HardwareHash, HashRecord, Text, TextKind, to_base64};
use serde_json::json;

use super::{DEVICES, HEADER, RECORDS, exits, lines, list, report, serve};
use crate::run;

fn hash(serial_number: &str) -> String {
    let text = |kind, text: &str| HashRecord::Text(Text::new(kind, text));
    let serial_number = text(TextKind::SerialNumber, serial_number);
    to_base64(
        &HardwareHash::new(vec![serial_number, text(TextKind::Manufacturer, "Example Corp")])
            .build()
            .unwrap(),
    )
}

fn utf_16(text: &str) -> Vec<u8> {
    [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

/// A list that is inspected without an error, and imported whole.
#[track_caller]
fn imports(here: &Path, name: &str, content: &[u8], rows: usize) {
    std::fs::write(here.join(name), content).unwrap();
    exits(&run(here, &["inspect", name]), 0);
    let output = run(here, &["import", name, "--report", "report.csv"]);
    exits(&output, 0);
    let sum = format!("rows: {rows}, registered: {rows}, already registered: 0, failed: 0");
    assert_eq!(lines(&output.stdout), [sum], "{name}");
}

#[test]
fn lists_are_taken_as_their_makers_wrote_them() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let server = serve(here);
    let header = HEADER.trim_end();
    let row = |name: &str| format!("{name},,{},Zürich,", hash(name));
    let quoted =
        |line: &str| line.split(',').map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(",");
    // A script under Windows PowerShell 5.1: three columns, its output redirected.
    let collected =
        format!("Device Serial Number,Windows Product ID,Hardware Hash\r\nP-1,,{}\r\n", hash("P-1"));
    imports(here, "powershell.csv", &utf_16(&collected), 1);
    // Export-Csv without and with a Unicode encoding, the first with its line of types.
    let typed = format!(
        "#TYPE System.Management.Automation.PSCustomObject\r\n{}\r\n{}\r\n",
        quoted(header),
        quoted(&row("E-1"))
    );
    imports(here, "export.csv", &utf_16(&typed), 1);
    imports(here, "export7.csv", format!("{}\n{}\n", quoted(header), quoted(&row("E-2"))).as_bytes(), 1);
    // A spreadsheet in a place where the comma stands within numbers.
    let semicolons = format!("sep=;\r\n{header};;\r\n{};;\r\n;;;;;;\r\n", row("X-1")).replace(',', ";");
    imports(here, "european.csv", semicolons.as_bytes(), 1);
    let commas = format!("{header},,\r\n{},,\r\n{},,\r\n,,,,,,\r\n\u{1a}", row("X-2"), row("X-3"));
    imports(here, "spreadsheet.csv", commas.as_bytes(), 2);
    // Files put together by `copy` or `cat`.
    let together = format!("\u{feff}{header}\n{}\n\u{feff}{header}\n{}\n", row("C-1"), row("C-2"));
    imports(here, "together.csv", together.as_bytes(), 2);
    let mut found: Vec<_> = list(&server, here, DEVICES, &[])
        .iter()
        .map(|device| (device["serialNumber"].clone(), device["groupTag"].clone()))
        .collect();
    found.sort_by_key(|(name, _)| name.to_string());
    let zurich = |name: &str| (json!(name), json!("Zürich"));
    assert_eq!(found.pop(), Some(zurich("X-3")));
    assert_eq!(found.pop(), Some(zurich("X-2")));
    assert_eq!(found.pop(), Some(zurich("X-1")));
    assert!(found.pop().is_some_and(|(name, tag)| name == "P-1" && tag != "Zürich"));
    assert_eq!(found, ["C-1", "C-2", "E-1", "E-2"].map(zurich));
}

#[test]
fn a_device_goes_by_the_serial_number_in_its_hash() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let server = serve(here);
    let content = format!("{HEADER}12345,,{},,\n", hash("00012345"));
    imports(here, "list.csv", content.as_bytes(), 1);
    let device = list(&server, here, DEVICES, &[]).remove(0);
    assert_eq!(device["serialNumber"], "00012345");
    assert_eq!(list(&server, here, RECORDS, &[])[0]["serialNumber"], "12345", "as it was sent");
    let output = run(here, &["import", "list.csv", "--dry-run"]);
    assert_eq!(lines(&output.stdout), ["rows: 1, would be registered: 0, already registered: 1, failed: 0"]);
    exits(&run(here, &["import", "list.csv", "--report", "report.csv"]), 0);
    let row = &report(here, "report.csv")[0];
    assert_eq!([&*row[1], &row[2], &row[7]], ["12345", "alreadyRegistered", device["id"].as_str().unwrap()]);
}

#[test]
fn a_mangled_hash_is_told_and_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let server = serve(here);
    let twice = to_base64(hash("M-1").as_bytes());
    let quoted = format!("\"\"\"{}\"\"\"", hash("M-2"));
    let cut = hash("M-3")[..64].to_owned();
    let content = format!("{HEADER}M-1,,{twice},,\nM-2,,{quoted},,\nM-3,,{cut},,\nM-4,,{},,\n", hash("M-4"));
    std::fs::write(here.join("list.csv"), content).unwrap();
    for command in ["inspect", "import"] {
        let output = run(here, &[command, "list.csv"]);
        exits(&output, 1);
        let said = lines(&output.stdout);
        let told = |line: u64, cause: &str| {
            let start = format!("list.csv:{line}: error hash-mangled: ");
            said.iter().any(|said| said.starts_with(&start) && said.contains(cause))
        };
        assert!(told(2, "Base64 of Base64 text"), "{said:?}");
        assert!(told(3, "quotation marks") && told(4, "cut off after 64 characters"), "{said:?}");
    }
    assert_eq!(list(&server, here, DEVICES, &[]).len(), 1);
}
