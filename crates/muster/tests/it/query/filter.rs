//! `$filter`

use serde_json::json;
use testkit::encoded;

use super::{DEVICES, fleet, found};
use crate::samples::{configuration, id, imported, settle, unique};

both![
    what_is_found,
    numbers_booleans_and_members_of_complex_values,
    what_was_never_written_reads_its_defaults,
    what_is_refused_and_why,
    depth_and_size_are_bounded,
    secrets_are_refused,
];

fn what_is_found(server: &testkit::TestServer) {
    let caller = server.caller();
    fleet(&caller);
    let cases: [(&str, &[&str]); 36] = [
        ("serialNumber eq 'A-2'", &["A-2"]),
        ("serialNumber eq 'a-2'", &[]),
        ("serialNumber ne 'A-2'", &["A-10", "B-2", "b-1", "ö-1"]),
        ("'A-2' eq serialNumber", &["A-2"]),
        ("SERIALNUMBER eq 'A-2'", &["A-2"]),
        ("groupTag eq 'O''Brien & Söhne'", &["b-1"]),
        ("groupTag eq null", &["B-2"]),
        ("groupTag ne null", &["A-10", "A-2", "b-1", "ö-1"]),
        ("groupTag eq ''", &["ö-1"]),
        ("groupTag ne 'Berlin'", &["B-2", "b-1", "ö-1"]),
        ("not (groupTag eq 'Berlin')", &["B-2", "b-1", "ö-1"]),
        ("groupTag gt 'A'", &["A-10", "A-2", "b-1"]),
        ("not (groupTag gt 'A')", &["B-2", "ö-1"]),
        ("contains(serialNumber,'-1')", &["A-10", "b-1", "ö-1"]),
        ("Contains(serialNumber, 'B')", &["B-2"]),
        ("startsWith(serialNumber, 'A')", &["A-10", "A-2"]),
        ("startswith(serialNumber,'A-1')", &["A-10"]),
        ("endsWith(serialNumber,'2')", &["A-2", "B-2"]),
        ("contains(groupTag,'Söhne')", &["b-1"]),
        ("contains(systemFamily,'%')", &["B-2"]),
        ("contains(systemFamily,'_')", &["B-2"]),
        ("contains(systemFamily,'\\')", &["B-2"]),
        ("contains(systemFamily,'\u{1F4BB}')", &["ö-1"]),
        ("enrollmentState eq 'enrolled'", &["A-10", "B-2"]),
        ("enrollmentState eq microsoft.graph.enrollmentState'failed'", &["A-2"]),
        ("enrollmentState ne 'enrolled' and contains(serialNumber,'-1')", &["b-1", "ö-1"]),
        ("serialNumber eq 'A-2' or serialNumber eq 'b-1' and groupTag eq null", &["A-2"]),
        ("(serialNumber eq 'A-2' or serialNumber eq 'B-2') and groupTag eq null", &["B-2"]),
        ("not contains(serialNumber,'-1') and not (groupTag eq null)", &["A-2"]),
        ("lastContactedDateTime gt 2024-01-01T00:00:00Z", &["A-2", "ö-1"]),
        ("lastContactedDateTime ge 2024-01-01T01:00:00+01:00", &["A-10", "A-2", "ö-1"]),
        (
            "lastContactedDateTime lt 2024-01-01T00:00:00Z and lastContactedDateTime gt 0001-01-01T00:00:00Z",
            &["b-1"],
        ),
        ("lastContactedDateTime eq 2023-12-31T23:59:59.9999999Z", &["b-1"]),
        ("lastContactedDateTime le 0001-01-01T00:00:00Z", &["B-2"]),
        ("serialNumber in ('A-2','B-2','C')", &["A-2", "B-2"]),
        ("serialNumber ge 'ö' and serialNumber le 'ö-2'", &["ö-1"]),
    ];
    for (filter, expected) in cases {
        let query = format!("$filter={}", encoded(filter));
        let mut serials = found(&caller, &query);
        serials.sort_unstable();
        assert_eq!(serials, expected, "{filter}");
        let count = caller.get(&format!("{DEVICES}/$count?{query}")).send().is(200).text();
        assert_eq!(count, expected.len().to_string(), "{filter}");
    }
}

fn numbers_booleans_and_members_of_complex_values(server: &testkit::TestServer) {
    let caller = server.caller();
    for name in ["A", "B"] {
        caller.create("hardwareConfigurations", &crate::samples::configuration(name));
    }
    for (filter, expected) in [
        ("version eq 1", 2),
        ("version gt 1", 0),
        ("perDevicePasswordDisabled eq false", 2),
        ("not (perDevicePasswordDisabled eq true) and displayName eq 'B'", 1),
        ("configurationFileContent eq 'x'", -1),
    ] {
        let answer = caller.get("hardwareConfigurations").query("$filter", filter).send();
        match usize::try_from(expected) {
            Ok(count) => {
                assert_eq!(answer.is(200).json()["value"].as_array().map(Vec::len), Some(count), "{filter}")
            }
            Err(_) => assert_eq!(answer.refused(400, &[]).status, 400, "{filter}"),
        }
    }
    caller.create("importedWindowsAutopilotDeviceIdentities", &imported(&unique("S")));
    settle(&caller);
    let path = format!(
        "importedWindowsAutopilotDeviceIdentities?$filter={}",
        encoded("state/deviceImportStatus eq 'complete'")
    );
    assert_eq!(caller.list(&path).len(), 1);
}

fn what_was_never_written_reads_its_defaults(server: &testkit::TestServer) {
    let caller = server.caller();
    for name in ["A", "B"] {
        let made = id(&caller.create("hardwareConfigurations", &configuration(name)));
        if name == "B" {
            caller.change(&format!("hardwareConfigurations/{made}/rollout"), &json!({"isAtomic": false}));
        }
    }
    for (query, expected) in [
        ("$filter=rollout/isAtomic eq true", &["A"][..]),
        ("$filter=rollout/isAtomic eq false", &["B"]),
        ("$filter=rollout/isAtomic ne null", &["A", "B"]),
        ("$filter=rollout/currentRing eq 0", &["A", "B"]),
        ("$filter=rollout ne null", &["A", "B"]),
        ("$filter=rollout eq null", &[]),
        ("$orderby=rollout/isAtomic", &["B", "A"]),
    ] {
        let query = query.replace(' ', "%20");
        let items = caller.list(&format!("hardwareConfigurations?{query}"));
        let names: Vec<&str> = items.iter().map(|item| item["displayName"].as_str().unwrap_or("")).collect();
        assert_eq!(names, expected, "{query}");
    }
}

fn what_is_refused_and_why(server: &testkit::TestServer) {
    let caller = server.caller();
    for (filter, words) in [
        ("serialNumbers eq '1'", &["serialNumbers", "serialNumber"][..]),
        ("serialNumber eq 1", &["Edm.String", "16"]),
        ("serialNumber eq '1", &[]),
        ("serialNumber eq", &[]),
        ("serialNumber", &[]),
        ("(serialNumber eq '1'", &[]),
        ("serialNumber eq '1' and", &[]),
        ("serialNumber is '1'", &[]),
        ("containz(serialNumber,'1')", &["containz"]),
        ("contains(serialNumber)", &["2"]),
        ("toloer(serialNumber) eq 'a'", &["toloer", "tolower", "0"]),
        ("matchesPattern(serialNumber,'(a')", &["(a", "28"]),
        ("deploymentProfile/displayNam eq 'x'", &["displayNam", "displayName", "18"]),
        ("length(serialNumber) add 'x' gt 1", &["add", "Edm.String"]),
        ("enrollmentState eq 'enroled'", &["enroled", "enrolled"]),
        ("lastContactedDateTime gt '2024'", &["Edm.DateTimeOffset", "25"]),
        ("lastContactedDateTime gt 2024-13-01T00:00:00Z", &[]),
        ("", &[]),
    ] {
        let path = format!("{DEVICES}?$filter={}", encoded(filter));
        caller.get(&path).send().refused(400, words);
    }
}

fn depth_and_size_are_bounded(server: &testkit::TestServer) {
    let caller = server.caller();
    let nested = |depth: usize| format!("{}serialNumber eq '1'{}", "(".repeat(depth), ")".repeat(depth));
    let long = |terms: usize| vec!["serialNumber eq '1'"; terms].join(" or ");
    for (filter, status) in [(nested(50), 200), (nested(5_000), 400), (long(100), 200)] {
        // Parentheses stay as they are, or the URL would be the first bound to be met.
        let text = encoded(&filter).replace("%28", "(").replace("%29", ")");
        caller.get(&format!("{DEVICES}?$filter={text}")).send().is(status);
    }
    let answer = caller.get(&format!("{DEVICES}?$filter={}", encoded(&long(500)))).send();
    assert!([400, 414].contains(&answer.status), "{}", answer.status);
    assert!(!answer.message().is_empty());
}

fn secrets_are_refused(server: &testkit::TestServer) {
    let caller = server.caller();
    for (set, property) in [
        ("hardwarePasswordInfo", "currentPassword"),
        ("hardwarePasswordDetails", "currentPassword"),
        (DEVICES, "deviceAccountPassword"),
    ] {
        for filter in [
            format!("{property} eq 'x'"),
            format!("not contains({property},'x')"),
            format!("{property} ne null"),
        ] {
            caller.get(&format!("{set}?$filter={}", encoded(&filter))).send().refused(400, &[property]);
            caller
                .get(&format!("{set}/$count?$filter={}", encoded(&filter)))
                .send()
                .refused(400, &[property]);
        }
    }
    for filter in [
        "previousPasswords eq 'x'",
        "previousPasswords/any(p: p eq 'x')",
        "'x' in previousPasswords",
        "previousPasswords/$count gt 0",
    ] {
        let path = format!("hardwarePasswordInfo?$filter={}", encoded(filter));
        caller.get(&path).send().refused(400, &["previousPasswords"]);
    }
    for option in ["$orderby=length(currentPassword)", "$orderby=currentPassword"] {
        caller.get(&format!("hardwarePasswordInfo?{option}")).send().refused(400, &["currentPassword"]);
    }
}
