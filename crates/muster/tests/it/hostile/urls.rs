//! Paths and queries that try to lead elsewhere

use serde_json::json;

use super::{DEVICES, assert_alive, send};
use crate::samples::{device, id};

both![
    slashes_after_the_version_are_one,
    a_fragment_is_refused,
    paths_that_try_to_lead_elsewhere,
    escapes_are_undone_once,
    keys_are_text_and_nothing_else,
    options_that_are_none,
    expressions_that_are_too_much,
    what_would_be_sql_is_text,
];

fn slashes_after_the_version_are_one(server: &testkit::TestServer) {
    let caller = server.caller();
    for serial in ["1", "2"] {
        caller.create(DEVICES, &device(serial));
    }
    // What a base URL that ends in a slash and a path that begins with one make.
    let twice = DEVICES.replacen("/beta/", "/beta//", 1);
    assert_eq!(caller.list(&twice).len(), 2);
    let pages = caller.pages(&format!("{twice}?$top=1"));
    assert_eq!(pages.iter().map(Vec::len).sum::<usize>(), 2, "the next link leads on");
    caller.create(&twice, &device("3"));
    assert_eq!(caller.list(DEVICES).len(), 3);
}

fn a_fragment_is_refused(server: &testkit::TestServer) {
    let caller = server.caller();
    for target in [format!("{DEVICES}#x"), format!("{DEVICES}?$top=1#x"), format!("{DEVICES}#")] {
        let answer = send(&caller, &format!("GET {target} HTTP/1.1"), "Connection: close\r\n", "");
        answer.refused(&target, 400, &["fragment"]);
    }
}

fn paths_that_try_to_lead_elsewhere(server: &testkit::TestServer) {
    let caller = server.caller();
    for (path, status) in [
        ("/beta/../healthz", 400),
        ("/beta/deviceManagement/../../_/openapi.json", 400),
        ("/beta/%2e%2e/v1.0", 400),
        ("/beta/.%2E/v1.0", 400),
        ("/beta/./deviceManagement", 400),
        ("/_/../beta/deviceManagement", 400),
        ("/beta/deviceManagement//windowsAutopilotDeviceIdentities", 400),
        ("/beta/deviceManagement//", 400),
        ("/beta/deviceManagement/windowsAutopilotDeviceIdentities//", 400),
        ("//beta/deviceManagement", 404),
        ("/beta%2fdeviceManagement", 404),
        ("/beta/deviceManagement%2fwindowsAutopilotDeviceIdentities", 404),
        ("/beta\\deviceManagement", 404),
        ("/beta/deviceManagement\\..\\x", 404),
        ("/beta/deviceManagement%5C..%5Cx", 404),
        ("/beta/..\\..\\etc\\passwd", 404),
        ("/beta;v=1/deviceManagement", 404),
        ("/beta/deviceManagement;x=1", 404),
        ("/beta/deviceManagement/windowsAutopilotDeviceIdentities;x=1", 404),
        ("/etc/passwd", 404),
        ("/beta/deviceManagement/%00", 400),
        ("/beta/deviceManagement/windowsAutopilotDeviceIdentities/a%00b", 400),
        ("/beta/deviceManagement/%", 400),
        ("/beta/deviceManagement/%4", 400),
        ("/beta/deviceManagement/%zz", 400),
        ("/beta/deviceManagement/%u0041", 400),
        ("/beta/deviceManagement/%ff%fe", 400),
        ("/beta/deviceManagement/%c0%ae%c0%ae", 400),
        ("/beta/deviceManagement/%ed%a0%80", 400),
        ("/beta/deviceManagement/\u{fc}", 404),
        ("*", 404),
    ] {
        send(&caller, &format!("GET {path} HTTP/1.1"), "Connection: close\r\n", "").refused(
            path,
            status,
            &[],
        );
    }
    let deep = format!("/beta{}", "/a".repeat(200));
    send(&caller, &format!("GET {deep} HTTP/1.1"), "Connection: close\r\n", "").refused(
        "deep",
        400,
        &["segments"],
    );
    assert_alive(&caller);
}

fn escapes_are_undone_once(server: &testkit::TestServer) {
    let caller = server.caller();
    caller.create(DEVICES, &device("a'b"));
    caller.create(DEVICES, &device("%27"));
    for (query, status, found) in [
        ("$filter=serialNumber%20eq%20%27a%27%27b%27", 200, 1),
        ("$filter=serialNumber%20eq%20'%2527'", 200, 1),
        ("$filter=serialNumber%20eq%20'%25252527'", 200, 0),
        ("$filter=serialNumber%20eq%20%2527a%2527", 400, 0),
        ("%2524filter=x", 200, 2),
    ] {
        let answer = caller.get(&format!("{DEVICES}?{query}")).send().is(status);
        if status == 200 {
            assert_eq!(answer.json()["value"].as_array().map(Vec::len), Some(found), "{query}");
        }
    }
    for key in ["a%252Fb", "%252e%252e", "%2525", "%252500"] {
        let decoded = key.replace("%25", "%");
        caller.get(&format!("{DEVICES}/{key}")).send().refused(404, &[&decoded]);
    }
}

fn keys_are_text_and_nothing_else(server: &testkit::TestServer) {
    let caller = server.caller();
    let known = id(&caller.create(DEVICES, &device("1")));
    for key in [
        "'%20or%20'1'%3D'1",
        "1%3B%20drop%20table%20entities",
        "$count%20",
        "..%2f..%2fx",
        "%3Cscript%3E",
        "%E2%80%AE",
        "-1",
        "null",
        "true",
        "0x0",
    ] {
        caller.get(&format!("{DEVICES}/{key}")).send().refused(404, &[]);
        caller.delete(&format!("{DEVICES}/{key}")).send().refused(404, &[]);
        caller.patch(&format!("{DEVICES}/{key}")).json(&json!({})).send().refused(404, &[]);
    }
    let long = "k".repeat(5_000);
    caller.get(&format!("{DEVICES}/{long}")).send().refused(404, &[]);
    assert_eq!(id(&caller.read(&format!("{DEVICES}/{known}"))), known);
}

fn options_that_are_none(server: &testkit::TestServer) {
    let caller = server.caller();
    for query in [
        "$top=-1",
        "$top=1e3",
        "$top=99999999999999999999",
        "$top=",
        "$top=%EF%BC%91",
        "$skip=9223372036854775808",
        "$count=yes",
        "$top=1&$top=2",
        "$top=1&top=2",
        "$filter=",
        "$filter=%00",
        "$orderby=",
        "$orderby=serialNumber%20sideways",
        "$orderby=deviceAccountPassword",
        "$select=,",
        "$select=nothing",
        "$expand=nothing",
        "$expand=deploymentProfile(",
        "$skiptoken=x",
        "$skiptoken=%F0%9F%92%A3",
        "$deltatoken=x",
        "$filtre=x",
        "$=1",
        "$filter=a%zz",
    ] {
        let answer = caller.get(&format!("{DEVICES}?{query}")).send();
        assert!(answer.status == 400 || answer.status == 501, "{query}: {}", answer.status);
        let status = answer.status;
        answer.refused(status, &[]);
    }
    // What is nobody's option is nobody's business.
    for query in ["", "&&&", "=", "x=1", "a[b]=c", "%24%24=1%00".trim_end_matches("%00")] {
        let status = caller.get(&format!("{DEVICES}?{query}")).send().status;
        assert!(status == 200 || status == 400, "{query}: {status}");
    }
}

fn expressions_that_are_too_much(server: &testkit::TestServer) {
    let caller = server.caller();
    let nested = |depth: usize| format!("{}serialNumber eq 'a'{}", "(".repeat(depth), ")".repeat(depth));
    let chain = |count: usize| vec!["id eq 'a'"; count].join(" or ");
    let list = |count: usize| format!("serialNumber in ({})", vec!["'a'"; count].join(","));
    let lambdas = "enrollmentState/any(a:a/any(b:b/any(c:c eq 1)))";
    for (name, filter) in [
        ("parentheses", nested(2_000)),
        ("negations", format!("{}(id eq 'a')", "not ".repeat(3_000))),
        ("functions", format!("{}serialNumber{} eq 'a'", "tolower(".repeat(1_000), ")".repeat(1_000))),
        ("lambdas", lambdas.to_owned()),
        ("a chain", chain(1_200)),
        ("a list", list(3_500)),
        ("a number", format!("serialNumber eq {}", "9".repeat(5_000))),
        ("quotes", format!("serialNumber eq '{}", "''".repeat(3_000))),
    ] {
        let query: String = filter.replace(' ', "%20");
        let answer = caller.get(&format!("{DEVICES}?$filter={query}")).send();
        assert!([400, 414].contains(&answer.status), "{name}: {} {}", answer.status, answer.text());
        let status = answer.status;
        answer.refused(status, &[]);
    }
    assert_alive(&caller);
}

fn what_would_be_sql_is_text(server: &testkit::TestServer) {
    let caller = server.caller();
    let texts = [
        "' or 1=1 --",
        "\"; drop table x; --",
        "%_\\",
        "$1",
        "?1",
        ":a",
        "{{7*7}}",
        "a\tb",
        "\u{202e}\u{0}x".trim_end_matches("\u{0}x"),
    ];
    for text in texts {
        caller.create(DEVICES, &device(text));
    }
    for text in texts {
        let literal = text.replace('\'', "''");
        for (expression, least) in [
            (format!("serialNumber eq '{literal}'"), 1),
            (format!("contains(serialNumber,'{literal}')"), 1),
            (format!("startswith(serialNumber,'{literal}')"), 1),
        ] {
            let found = caller.get(DEVICES).query("$filter", &expression).send().is(200).json();
            let found = found["value"].as_array().map_or(0, Vec::len);
            assert_eq!(found, least, "{expression}");
        }
    }
    assert_eq!(caller.list(DEVICES).len(), texts.len());
}
