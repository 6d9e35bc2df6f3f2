//! Methods that nobody takes, or not here

use super::{DEVICES, assert_alive, send};

both![
    methods_that_are_taken_nowhere,
    methods_that_a_resource_does_not_take,
    anybody_may_ask_what_a_resource_takes,
];

fn methods_that_are_taken_nowhere(server: &testkit::TestServer) {
    let caller = server.caller();
    let long = "X".repeat(300);
    for line in [
        format!("TRACE {DEVICES}"),
        "OPTIONS *".to_owned(),
        format!("CONNECT {DEVICES}"),
        "CONNECT example.org:443".to_owned(),
        format!("BREW {DEVICES}"),
        format!("PROPFIND {DEVICES}"),
        format!("get {DEVICES}"),
        format!("{long} {DEVICES}"),
        "TRACE /elsewhere".to_owned(),
        "TRACE /healthz".to_owned(),
    ] {
        let answer = send(&caller, &format!("{line} HTTP/1.1"), "Connection: close\r\nX-Secret: 1\r\n", "");
        answer.refused(&line, 405, &[]);
        let head = answer.head.to_lowercase();
        assert!(head.contains("\r\nallow: get, head"), "{line}: {head}");
        assert!(!answer.body.contains("X-Secret"), "{line}: {}", answer.body);
    }
    assert_alive(&caller);
}

fn methods_that_a_resource_does_not_take(server: &testkit::TestServer) {
    let caller = server.caller();
    let set = "/beta/deviceManagement/hardwareConfigurations";
    for (method, path, allow) in [
        ("PUT", set.to_owned(), "GET, HEAD, POST"),
        ("PATCH", set.to_owned(), "GET, HEAD, POST"),
        ("DELETE", set.to_owned(), "GET, HEAD, POST"),
        ("POST", format!("{set}/x"), "GET, HEAD, PATCH, DELETE"),
        ("GET", format!("{set}/x/assign"), "POST"),
        ("POST", format!("{set}/$count"), "GET, HEAD"),
        ("DELETE", "/beta/$metadata".to_owned(), "GET, HEAD"),
        ("GET", "/beta/$batch".to_owned(), "POST"),
        ("POST", "/beta/deviceManagement/roleScopeTags/hasCustomRoleScopeTag".to_owned(), "GET, HEAD"),
        ("POST", "/_/openapi.json".to_owned(), "GET"),
        ("DELETE", "/healthz".to_owned(), "GET"),
    ] {
        let answer = caller.request(method, &path).text("{}").send().refused(405, &[]);
        let told = answer.header("Allow").unwrap_or_default();
        assert!(told.starts_with(allow), "{method} {path}: {told}");
    }
}

fn anybody_may_ask_what_a_resource_takes(server: &testkit::TestServer) {
    let caller = server.caller().nobody();
    let set = "/beta/deviceManagement/hardwareConfigurations";
    let devices = "/beta/deviceManagement/windowsAutopilotDeviceIdentities";
    for (path, allow) in [
        (set.to_owned(), "GET, HEAD, POST"),
        (format!("{set}/x"), "GET, HEAD, PATCH, DELETE"),
        (format!("{set}/x/displayName"), "GET, HEAD, PATCH, PUT, DELETE"),
        (format!("{set}/x/displayName/$value"), "GET, HEAD"),
        (format!("{set}/x/roleScopeTagIds"), "GET, HEAD, PUT, DELETE"),
        (format!("{set}/x/assign"), "POST"),
        (format!("{set}/x/deviceRunStates"), "GET, HEAD, POST"),
        (format!("{set}/$count?$filter=x"), "GET, HEAD"),
        (format!("{devices}/x/assignUserToDevice"), "POST"),
        (format!("{devices}/x/muster.why()"), "GET, HEAD"),
        ("/v1.0/deviceManagement/windowsAutopilotDeviceIdentities/x".to_owned(), "GET, HEAD, PATCH, DELETE"),
        ("/beta/groups/x/members/$ref".to_owned(), "GET, HEAD, POST"),
        ("/beta/groups/x/members/y/$ref".to_owned(), "GET, HEAD, DELETE"),
        ("/beta".to_owned(), "GET, HEAD"),
        ("/beta/$metadata".to_owned(), "GET, HEAD"),
        ("/beta/$batch".to_owned(), "POST"),
        ("/_/bulk".to_owned(), "POST"),
        ("/_/clock".to_owned(), "GET, HEAD, POST"),
        ("/_/backlog".to_owned(), "GET, HEAD"),
        ("/_/openapi.json".to_owned(), "GET, HEAD"),
        ("/healthz".to_owned(), "GET, HEAD"),
    ] {
        let answer = caller.request("OPTIONS", &path).send().is(204);
        assert_eq!(answer.header("Allow"), Some(allow), "{path}");
        assert_eq!(answer.header("Access-Control-Allow-Origin"), None, "{path}");
        let brewed = caller.request("BREW", &path).send().refused(405, &["BREW"]);
        assert_eq!(brewed.header("Allow"), Some(allow), "{path}");
    }
    for path in ["/beta/nowhere", "/_/nowhere", "/nowhere", "/v3.0/devices"] {
        let answer = caller.request("OPTIONS", path).send();
        assert!([404, 405].contains(&answer.status), "{path}: {}", answer.status);
    }
}
