//! Bodies that are no JSON, or more of it than anybody wants

use serde_json::json;

use super::{DEVICES, assert_alive};
use crate::samples::{configuration, device, id};

const CONFIGURATIONS: &str = "/beta/deviceManagement/hardwareConfigurations";

both![
    what_is_not_json,
    a_member_that_occurs_twice_is_named,
    texts_that_no_database_takes,
    numbers_that_are_too_much,
    more_than_there_is_room_for,
    batches_that_are_none,
    bodies_in_other_words,
];

fn what_is_not_json(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{DEVICES}/{}", id(&caller.create(DEVICES, &device("1"))));
    let deep = |open: &str, close: &str| {
        format!("{{\"serialNumber\":{}1{}}}", open.repeat(100_000), close.repeat(100_000))
    };
    let (arrays, objects) = (deep("[", "]"), deep("{\"a\":", "}"));
    let bodies: &[&[u8]] = &[
        b"",
        b" ",
        b"{",
        b"}",
        b"{]",
        b"[1,]",
        b"nul",
        b"NaN",
        b"{a:1}",
        b"{'a':1}",
        b"{\"serialNumber\":\"a\",}",
        b"{\"serialNumber\":\"a\"}x",
        b"{\"serialNumber\":\"a\"}{}",
        b"{\"serialNumber\":'a'}",
        b"{\"serialNumber\":\"a\tb\"}",
        b"{\"serialNumber\":\"\\x\"}",
        b"{\"serialNumber\":\"\\u12\"}",
        b"{\"serialNumber\":\"\\ud800\"}",
        b"{\"serialNumber\":01}",
        b"{\"serialNumber\":+1}",
        b"{\"serialNumber\":.5}",
        b"// a\n{}",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\0}\0",
        b"{\"serialNumber\":\"\xff\"}",
        b"{\"serialNumber\":\"\xc0\x80\"}",
        b"{\"serialNumber\":\"\xed\xa0\x80\"}",
        b"{\"\xff\":1}",
        b"\0",
        b"{}\0",
        b"[]",
        b"\"x\"",
        b"1",
        b"null",
        b"true",
        arrays.as_bytes(),
        objects.as_bytes(),
    ];
    for body in bodies {
        caller.post(DEVICES).bytes("application/json", body).send().refused(400, &[]);
        caller.patch(&path).bytes("application/json", body).send().refused(400, &[]);
    }
    let sync = format!("{path}/assignUserToDevice");
    for body in &bodies[2..] {
        let answer = caller.post(&sync).bytes("application/json", body).send();
        assert!(
            answer.status == 400 || answer.status == 204,
            "{}",
            String::from_utf8_lossy(&body[..body.len().min(40)])
        );
    }
    assert_eq!(caller.list(DEVICES).len(), 1);
}

fn a_member_that_occurs_twice_is_named(server: &testkit::TestServer) {
    let caller = server.caller();
    for (path, body, word) in [
        (DEVICES, r#"{"serialNumber":"a","serialNumber":"b"}"#, "serialNumber"),
        (DEVICES, r#"{"serialNumber":"a","SerialNumber":"b"}"#, "serialNumber"),
        (DEVICES, r#"{"serialNumber":"a","serial\u004eumber":"b"}"#, "serialNumber"),
        (DEVICES, r#"{"x@y":1,"x@y":2}"#, "x@y"),
        (
            "/beta/deviceManagement/windowsAutopilotDeploymentProfiles",
            r#"{"outOfBoxExperienceSetting":{"userType":"standard","userType":"administrator"}}"#,
            "userType",
        ),
        ("/beta/$batch", r#"{"requests":[],"requests":[]}"#, "requests"),
        ("/beta/$batch", r#"{"requests":[{"id":"1","id":"2","method":"GET","url":"/x"}]}"#, "id"),
    ] {
        caller.post(path).text(body).send().refused(400, &[word]);
    }
}

fn texts_that_no_database_takes(server: &testkit::TestServer) {
    let caller = server.caller();
    caller.post(DEVICES).text(r#"{"serialNumber":"a\u0000b"}"#).send().refused(400, &["serialNumber", "NUL"]);
    caller.post(DEVICES).text(r#"{"@odata.type":"\u0000"}"#).send().refused(400, &[]);
    let tags = json!({"displayName": "a", "fileName": "b", "configurationFileContent": "AA==", "roleScopeTagIds": ["\u{0}"]});
    caller.post(CONFIGURATIONS).json(&tags).send().refused(400, &["roleScopeTagIds"]);
    // Odd is not wrong.
    for text in [
        "\u{1}\u{7f}\u{80}",
        "\u{feff}",
        "\u{fffe}\u{10ffff}",
        "\u{202e}abc",
        "e\u{301}",
        "\u{1f4a3}",
        "\\u0000",
    ] {
        let created = caller.create(DEVICES, &device(text));
        assert_eq!(caller.read(&format!("{DEVICES}/{}", id(&created)))["serialNumber"], text);
    }
}

fn numbers_that_are_too_much(server: &testkit::TestServer) {
    let caller = server.caller();
    let events = "/beta/deviceManagement/autopilotEvents";
    let digits = "9".repeat(5_000);
    for number in [
        "2147483648",
        "-2147483649",
        "1e9999",
        "-1e9999",
        "1.5",
        "1e2",
        "1E400",
        "\"1\"",
        "true",
        "[1]",
        digits.as_str(),
    ] {
        let answer = caller.post(events).text(&format!("{{\"targetedAppCount\":{number}}}")).send();
        answer.refused(400, &[]);
    }
    for number in ["2147483647", "-2147483648", "0", "-0"] {
        let answer = caller.post(events).text(&format!("{{\"targetedAppCount\":{number}}}")).send();
        assert!(
            [201, 400].contains(&answer.status) && (number == "-0" || answer.status == 201),
            "{number}: {}",
            answer.text()
        );
    }
    for instant in [
        "0000-00-00T00:00:00Z",
        "99999-01-01T00:00:00Z",
        "2024-02-30T00:00:00Z",
        "2024-01-01",
        "2024-01-01T00:00:00",
        "2024-01-01T25:00:00Z",
        "now",
        "",
    ] {
        caller.post(events).json(&json!({"eventDateTime": instant})).send().refused(400, &["eventDateTime"]);
    }
    for duration in ["P1Y", "PT", "P99999999999999999D", "1", "-", "PT1S1M"] {
        let body = json!({"accountSetupDuration": duration});
        caller.post(events).json(&body).send().refused(400, &["accountSetupDuration"]);
    }
}

fn more_than_there_is_room_for(server: &testkit::TestServer) {
    let caller = server.caller();
    let many: Vec<String> = (0..2_000).map(|at| format!("\"a{at}\":1")).collect();
    caller.post(DEVICES).text(&format!("{{{}}}", many.join(","))).send().refused(400, &[]);
    let long = "x".repeat(1 << 20);
    caller.post(CONFIGURATIONS).json(&configuration(&long)).send().refused(400, &["displayName", "150"]);
    caller.post(DEVICES).json(&json!({long.clone(): 1})).send().refused(400, &[]);
    caller.post(DEVICES).json(&json!({"@odata.type": long})).send().refused(400, &[]);
    let ids: Vec<String> = (0..100_000).map(|at| at.to_string()).collect();
    let answer = caller.post(&format!("{DEVICES}/deleteDevices")).json(&json!({"serialNumbers": ids})).send();
    assert!([200, 400].contains(&answer.status), "{}", answer.status);
    let import = "/beta/deviceManagement/importedWindowsAutopilotDeviceIdentities/import";
    let rows: Vec<_> = (0..20_000).map(|at| json!({"serialNumber": at.to_string()})).collect();
    caller
        .post(import)
        .json(&json!({"importedWindowsAutopilotDeviceIdentities": rows}))
        .send()
        .refused(400, &[]);
    assert_alive(&caller);
}

fn batches_that_are_none(server: &testkit::TestServer) {
    let caller = server.caller();
    let one = |more: &str| {
        format!("{{\"requests\":[{{\"id\":\"1\",\"method\":\"GET\",\"url\":\"/deviceManagement\"{more}}}]}}")
    };
    let many = (0..21)
        .map(|at| format!("{{\"id\":\"{at}\",\"method\":\"GET\",\"url\":\"/x\"}}"))
        .collect::<Vec<_>>()
        .join(",");
    let deep = format!(
        "{{\"requests\":[{{\"id\":\"1\",\"method\":\"POST\",\"url\":\"/x\",\"body\":{}",
        "[".repeat(10_000)
    );
    for body in [
        "[]".to_owned(),
        "{}".to_owned(),
        "{\"requests\":1}".to_owned(),
        "{\"requests\":[1]}".to_owned(),
        "{\"requests\":[null]}".to_owned(),
        format!("{{\"requests\":[{many}]}}"),
        deep,
        one(",\"dependsOn\":[\"1\"]"),
        one(",\"dependsOn\":[\"2\"]"),
        one(",\"dependsOn\":1"),
        one(",\"method\":\"TRACE\""),
        one(",\"headers\":[]"),
    ] {
        caller.post("/beta/$batch").text(&body).send().refused(400, &[]);
    }
    // What one of them asks is refused there, and the others go on.
    for (url, status) in
        [("/../v1.0/x", 400), ("//", 400), ("http://example.org/beta/x", 400), ("/$batch", 400), ("\\x", 404)]
    {
        let body = json!({"requests": [
            {"id": "1", "method": "GET", "url": url},
            {"id": "2", "method": "GET", "url": "/deviceManagement/windowsAutopilotDeviceIdentities"},
        ]});
        let answer = caller.post("/beta/$batch").json(&body).send();
        assert!([200, 400].contains(&answer.status), "{url}: {}", answer.status);
        if answer.status == 200 {
            let responses = answer.json()["responses"].clone();
            let of = |id: &str| {
                responses.as_array().and_then(|all| all.iter().find(|one| one["id"] == id)).cloned()
            };
            let statuses = [of("1"), of("2")].map(|one| one.map(|one| one["status"].clone()));
            assert_eq!(statuses, [Some(json!(status)), Some(json!(200))], "{url}");
        }
    }
}

fn bodies_in_other_words(server: &testkit::TestServer) {
    let caller = server.caller();
    let body = device("1").to_string();
    for told in [
        "text/plain",
        "text/json",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/mixed; boundary=x",
        "application/json; charset=utf-16",
        "application/jsonx",
        "application",
        ";",
    ] {
        caller.post(DEVICES).bytes(told, body.as_bytes()).send().refused(415, &[]);
    }
    for coding in ["br", "deflate", "zstd", "gzip, gzip", "gzip, br", "x"] {
        let post = caller.post(DEVICES).text(&body).header("Content-Encoding", coding);
        post.send().refused(415, &[]);
    }
    assert_eq!(caller.list(DEVICES).len(), 0);
}
