//! Bounds, compression, and bytes that a sound client never sends

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::json;
use testkit::TestCaller;

use crate::samples::{device, id, settle};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
/// What a body may have, as sent and unpacked.
const BODY_BYTES_MAX: usize = 4 << 20;

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

/// A request as text: its first line, the headers every request needs, and the rest.
fn raw(caller: &TestCaller<'_>, line: &str, rest: &str) -> String {
    let token = caller.token();
    caller.server().raw(
        format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n{rest}").as_bytes(),
    )
}

#[track_caller]
fn assert_status(answer: &str, status: u16) {
    let line = answer.lines().next().unwrap_or("nothing");
    assert!(
        line.contains(&format!(" {status} ")) || line.ends_with(&format!(" {status}")),
        "{status}: {answer}"
    );
}

both![
    bodies_may_come_packed,
    bodies_are_bounded_as_sent_and_unpacked,
    answers_come_packed_where_it_is_asked_for_and_pays,
    urls_and_headers_are_bounded,
    requests_without_a_length,
    blanks_and_stranger_bytes_in_a_url,
    requests_that_are_none,
    heads_are_gets_without_a_body,
    an_update_of_nothing_at_all,
];

fn bodies_may_come_packed(server: &testkit::TestServer) {
    let caller = server.caller();
    let body = device("1").to_string();
    let post = |bytes: &[u8], coding: &str| {
        caller.post(DEVICES).bytes("application/json", bytes).header("Content-Encoding", coding).send()
    };
    for coding in ["gzip", "GZIP", "x-gzip"] {
        assert_eq!(post(&packed(body.as_bytes()), coding).is(201).json()["serialNumber"], "1");
    }
    post(body.as_bytes(), "identity").is(201);
    post(body.as_bytes(), "gzip").refused(400, &["gzip"]);
    let whole = packed(body.as_bytes());
    post(&whole[..whole.len() - 5], "gzip").refused(400, &[]);
    post(&whole, "deflate").refused(415, &["deflate"]);
    post(&packed(&whole), "gzip, gzip").refused(415, &[]);
}

fn bodies_are_bounded_as_sent_and_unpacked(server: &testkit::TestServer) {
    let caller = server.caller();
    let body = |bytes: usize| format!("{{\"manufacturer\":\"{}\"}}", "x".repeat(bytes));
    caller.post(DEVICES).text(&body(1 << 20)).send().is(201);
    caller.post(DEVICES).text(&body(BODY_BYTES_MAX)).send().refused(413, &[&BODY_BYTES_MAX.to_string()]);
    // What is not read is told by its length alone, and nothing else can come on the connection.
    let request = format!(
        "POST {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n",
        "/beta/deviceManagement/windowsAutopilotDeviceIdentities",
        caller.token(),
        BODY_BYTES_MAX + 1
    );
    let answer = server.raw(request.as_bytes()).to_lowercase();
    assert!(answer.starts_with("http/1.1 413") && answer.contains("connection: close"), "{answer}");
    let bomb = packed(body(64 << 20).as_bytes());
    assert!(bomb.len() < BODY_BYTES_MAX);
    let post = caller.post(DEVICES).bytes("application/json", &bomb).header("Content-Encoding", "gzip");
    post.send().refused(413, &[&BODY_BYTES_MAX.to_string()]);
    assert_eq!(caller.get(&format!("{DEVICES}/$count")).send().is(200).text(), "1");
}

fn answers_come_packed_where_it_is_asked_for_and_pays(server: &testkit::TestServer) {
    let caller = server.caller();
    for at in 0..20 {
        caller.create(DEVICES, &device(&at.to_string()));
    }
    settle(&caller);
    let plain = caller.get(DEVICES).send().is(200);
    assert_eq!(plain.header("Content-Encoding"), None);
    let answer = caller.get(DEVICES).header("Accept-Encoding", "gzip, deflate").send().is(200);
    assert_eq!(answer.header("Content-Encoding"), Some("gzip"));
    assert!(
        answer.header("Vary").is_some_and(|vary| vary.to_lowercase().contains("accept-encoding")),
        "{answer:?}"
    );
    let mut text = String::new();
    GzDecoder::new(&answer.body[..]).read_to_string(&mut text).expect("gzip");
    assert_eq!(text, plain.text());
    let small = caller.get(&format!("{DEVICES}/$count")).header("Accept-Encoding", "gzip").send().is(200);
    assert_eq!(small.text(), "20");
}

fn urls_and_headers_are_bounded(server: &testkit::TestServer) {
    let caller = server.caller();
    let long = "x".repeat(20_000);
    caller.get(&format!("{DEVICES}?$filter=serialNumber%20eq%20'{long}'")).send().refused(414, &[]);
    caller.get(DEVICES).header("x-long", &"x".repeat(40_000)).send().refused(431, &[]);
}

fn requests_without_a_length(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!(
        "/beta/deviceManagement/{DEVICES}/{}/unassignUserFromDevice",
        id(&caller.create(DEVICES, &device("1")))
    );
    // No length, no type: what some clients send for an action without parameters.
    assert_status(&raw(&caller, &format!("POST {path}"), "\r\n"), 204);
    assert_status(
        &raw(&caller, &format!("POST {path}"), "Content-Type: application/json\r\nContent-Length: 0\r\n\r\n"),
        204,
    );
    let chunked = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let create = format!("POST /beta/deviceManagement/{DEVICES}");
    assert_status(
        &raw(&caller, &create, &format!("{chunked}6\r\n{{\"seri\r\nf\r\nalNumber\": \"2\"}}\r\n0\r\n\r\n")),
        201,
    );
    let expecting = "Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n{}";
    let answer = raw(&caller, &create, expecting);
    assert!(answer.contains("100 Continue") && answer.contains("201 Created"), "{answer}");
    assert_status(&raw(&caller, &create, "Content-Length: 2\r\n\r\n{}"), 415);
}

fn blanks_and_stranger_bytes_in_a_url(server: &testkit::TestServer) {
    let caller = server.caller();
    caller.create(DEVICES, &device("A 1"));
    let path = format!("/beta/deviceManagement/{DEVICES}");
    for (query, status) in [
        ("?$filter=serialNumber+eq+'A+1'", 200),
        ("?$filter=serialNumber%20eq%20'A%201'", 200),
        ("?%24filter=serialNumber%20eq%20%27A%201%27", 200),
        ("/?$filter=serialNumber%20eq%20'A%201'", 200),
        ("?$filter=serialNumber%20eq%20'%ff'", 400),
        ("?$filter=serialNumber%20eq%20'%zz'", 400),
        ("?$filter=serialNumber%20eq%20'%'", 400),
    ] {
        let answer = raw(&caller, &format!("GET {path}{query}"), "\r\n");
        assert_status(&answer, status);
        assert_eq!(answer.contains("\"A 1\""), status == 200, "{query}: {answer}");
    }
}

fn requests_that_are_none(server: &testkit::TestServer) {
    let caller = server.caller();
    for request in [
        "NONSENSE\r\n\r\n",
        "GET /beta HTTP/9.9\r\n\r\n",
        "GET /beta HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET /beta HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
        "GET /beta HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
        "POST /beta HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\nConnection: close\r\n\r\n",
        "POST /beta HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
    ] {
        let answer = server.raw(request.as_bytes());
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{request}: {answer}");
    }
    // And the server lives on.
    caller.get(DEVICES).send().is(200);
}

fn heads_are_gets_without_a_body(server: &testkit::TestServer) {
    let caller = server.caller();
    let answer = caller.request("HEAD", DEVICES).send().is(200);
    assert!(answer.body.is_empty());
    caller.request("HEAD", "nothing").send().is(404);
}

fn an_update_of_nothing_at_all(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{DEVICES}/{}", id(&caller.create(DEVICES, &device("1"))));
    assert_eq!(caller.change(&path, &json!({}))["serialNumber"], "1");
    caller.patch(&path).send().refused(400, &[]);
}
