//! `/_/inspect` and `/_/import`: lists of devices, looked at and registered a few rows at a time.

use serde_json::Value;
use testkit::{TestCaller, TestServer};

use crate::samples::unique;

const CSV: &str = "text/csv";
const HEADER: &str = "Device Serial Number,Windows Product ID,Hardware Hash,Group Tag,Assigned User\n";
const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const READ: &str = "DeviceManagementServiceConfig.Read.All";

both![
    what_is_wrong_with_a_list_is_told_with_its_cells,
    rows_are_registered_once_however_often_they_are_sent,
    a_rehearsal_registers_nothing,
    whoever_may_not_import_is_told_so,
    what_is_asked_wrongly,
    all_faults_of_a_long_list_are_told_part_by_part,
];

/// What is no hash, and so a device's name: a dev server takes it. No other test's device has the same.
fn opaque(name: &str) -> String {
    data_encoding::BASE64.encode(format!("opaque list {name}").as_bytes())
}

fn row(serial_number: &str) -> String {
    format!("{serial_number},,{},Berlin,\n", opaque(serial_number))
}

#[track_caller]
fn send(caller: &TestCaller<'_>, path: &str, list: &str) -> Value {
    let answer = caller.post(path).bytes(CSV, list.as_bytes()).send().is(200);
    serde_json::from_str(&answer.text()).expect("JSON")
}

/// Line, result and code of each row.
fn results(told: &Value) -> Vec<String> {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows = told["rows"].as_array().cloned().unwrap_or_default();
    let result = |row: &Value| format!("{} {} {}", text(row, "line"), text(row, "result"), text(row, "code"));
    rows.iter().map(|row| result(row).trim_end().to_owned()).collect()
}

fn what_is_wrong_with_a_list_is_told_with_its_cells(server: &TestServer) {
    let list = format!("\nsep=,\n{HEADER}{}A2,,not Base64!,<b>,nobody\nA3,x\n", row("A1"));
    let told = send(&server.caller(), "/_/inspect", &list);
    assert_eq!((&told["headerLine"], &told["summary"]["rows"]), (&3.into(), &3.into()), "{told}");
    let findings: Vec<String> = told["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|finding| format!("{} {} {}", finding["line"], finding["code"], finding["column"]))
        .collect();
    assert!(findings.contains(&"5 \"hash-not-base64\" \"hash\"".to_owned()), "{findings:?}");
    assert!(findings.contains(&"5 \"assigned-user\" \"user\"".to_owned()), "{findings:?}");
    assert!(findings.contains(&"6 \"missing-columns\" null".to_owned()), "{findings:?}");
    let bad = told["rows"].as_array().expect("rows").iter().find(|row| row["line"] == 5).expect("line 5");
    assert_eq!((&bad["groupTag"], &bad["hash"]), (&"<b>".into(), &"not Base64!".into()));
    let none = send(&server.caller(), "/_/inspect", "PK\u{3}\u{4}");
    assert_eq!(none["findings"][0]["code"], "file-not-text");
}

fn rows_are_registered_once_however_often_they_are_sent(server: &TestServer) {
    let caller = server.caller();
    let [one, two, four] = ["A1", "A2", "A4"].map(unique);
    let list = format!("{HEADER}{}{}A3,,{},Berlin,nobody\n", row(&one), row(&two), opaque("A3"));
    for _ in 0..2 {
        let told = send(&caller, "/_/import?importId=one&groupTag=Kiosk", &list);
        assert_eq!(results(&told), ["2 registered", "3 registered", "4 error assigned-user"], "{told}");
        assert!(told["rows"][0]["deviceId"].as_str().is_some_and(|id| id.len() == 36), "{told}");
    }
    let devices = caller.read(&format!("{DEVICES}?$orderby=serialNumber"));
    let devices = devices["value"].as_array().expect("a list");
    assert_eq!(devices.iter().map(|device| &device["groupTag"]).collect::<Vec<_>>(), ["Kiosk", "Kiosk"]);
    let of_import =
        format!("{DEVICES}?$filter=startswith(musterImportId,'one.')&$select=id,serialNumber,musterImportId");
    let found = caller.read(&of_import);
    assert_eq!(found["value"].as_array().map(Vec::len), Some(2), "{found}");
    let again = send(&caller, "/_/import?importId=two", &format!("{HEADER}{}{}", row(&one), row(&four)));
    assert_eq!(results(&again), ["2 alreadyRegistered", "3 registered"]);
    assert_eq!(again["rows"][0]["deviceId"], devices[0]["id"]);
}

fn a_rehearsal_registers_nothing(server: &TestServer) {
    let caller = server.caller();
    let [one, two] = ["A1", "A2"].map(unique);
    send(&caller, "/_/import?importId=one", &format!("{HEADER}{}", row(&one)));
    let told = send(&caller, "/_/import?dryRun=true", &format!("{HEADER}{}{}", row(&one), row(&two)));
    assert_eq!(results(&told), ["2 alreadyRegistered", "3 wouldRegister"]);
    assert_eq!(caller.read(DEVICES)["value"].as_array().map(Vec::len), Some(1));
}

fn whoever_may_not_import_is_told_so(server: &TestServer) {
    let reader = server.caller().permission(READ);
    let import = |caller: TestCaller<'_>| {
        caller.post("/_/import?importId=one").bytes(CSV, format!("{HEADER}{}", row("A1")).as_bytes()).send()
    };
    import(reader).refused(403, &["DeviceManagementServiceConfig.ReadWrite.All"]);
    import(server.caller().nobody()).refused(401, &[]);
    server.caller().nobody().post("/_/inspect").bytes(CSV, b"x").send().refused(401, &[]);
}

fn what_is_asked_wrongly(server: &TestServer) {
    let caller = server.caller();
    let post = |path: &str, list: &str| caller.post(path).bytes(CSV, list.as_bytes()).send();
    post("/_/import", HEADER).refused(400, &["'importId'"]);
    post("/_/import?importId=a'b", HEADER).refused(400, &["'importId'"]);
    post("/_/import?importId=a&importid=b", HEADER).refused(400, &["did you mean 'importId'?"]);
    post("/_/import?importId=a&importId=b", HEADER).refused(400, &["given twice"]);
    post("/_/import?dryRun=yes", HEADER).refused(400, &["true or false"]);
    post("/_/import?importId=a", "no header\n").refused(400, &["This is no list", "header"]);
    let many: String = (0..501).map(|number| row(&format!("S{number}"))).collect();
    post("/_/import?importId=a", &format!("{HEADER}{many}")).refused(400, &["At most 500 rows"]);
    caller.post("/_/inspect").bytes("application/json", b"{}").send().refused(415, &["text/csv"]);
    caller.get("/_/inspect").send().refused(405, &[]);
}

fn all_faults_of_a_long_list_are_told_part_by_part(server: &TestServer) {
    // Two faults in each row.
    let rows: String = (0..1_203).map(|at| format!("B{at},,not Base64! {at},Berlin,nobody\n")).collect();
    let list = format!("{HEADER}{rows}");
    let (mut after, mut told_rows, mut left_out) = (0, Vec::new(), Vec::new());
    loop {
        let told = send(&server.caller(), &format!("/_/inspect?after={after}"), &list);
        assert_eq!(told["summary"]["errors"], 2 * 1_203, "{}", told["summary"]);
        let (rows, findings) = (told["rows"].as_array().expect("rows"), told["findings"].as_array());
        let at_cells = findings.expect("findings").iter().filter(|finding| finding["column"].is_string());
        assert_eq!(at_cells.count(), rows.len() * 2, "after line {after}");
        told_rows.extend(rows.iter().filter_map(|row| row["line"].as_u64()));
        left_out.push(told["findingsLeftOut"].as_u64().expect("a number"));
        match told["goOnAfter"].as_u64() {
            Some(line) => after = line,
            None => break,
        }
    }
    assert_eq!(told_rows, (2..1_205).collect::<Vec<_>>());
    assert_eq!(left_out, [2 * 703 + 1, 2 * 203 + 1, 0], "that there are many rows is told at the end");
    let caller = server.caller();
    for path in ["/_/inspect?after=x", "/_/inspect?before=1"] {
        caller.post(path).bytes(CSV, list.as_bytes()).send().refused(400, &[]);
    }
}
