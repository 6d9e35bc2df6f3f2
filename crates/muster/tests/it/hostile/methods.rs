//! Methods that nobody takes, or not here

use super::{DEVICES, assert_alive, send};

both![methods_that_are_taken_nowhere, methods_that_a_resource_does_not_take];

fn methods_that_are_taken_nowhere(server: &testkit::TestServer) {
    let caller = server.caller();
    let long = "X".repeat(300);
    for line in [
        format!("TRACE {DEVICES}"),
        format!("OPTIONS {DEVICES}"),
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
