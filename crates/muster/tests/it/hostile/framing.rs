//! Where a request ends, and what is no request at all

use super::{DEVICES, JSON, assert_alive, send, wire};
use crate::samples::device;

both![
    lengths_that_contradict_each_other,
    lengths_that_are_none,
    codings_of_the_transfer,
    a_body_needs_a_length,
    nothing_is_smuggled,
    a_decoy_in_a_body_hides_no_contradiction,
    chunks_that_are_none,
    heads_that_are_none,
    versions_of_http,
    heads_that_are_too_long,
];

fn lengths_that_contradict_each_other(server: &testkit::TestServer) {
    let caller = server.caller();
    let chunked = "Transfer-Encoding: chunked\r\n";
    for (name, headers, body) in [
        ("two", format!("{JSON}Content-Length: 2\r\nContent-Length: 3\r\n"), "{}"),
        ("twice the same", format!("{JSON}Content-Length: 2\r\nContent-Length: 2\r\n"), "{}"),
        ("a list", format!("{JSON}Content-Length: 2, 2\r\n"), "{}"),
        ("and chunks", format!("{JSON}Content-Length: 2\r\n{chunked}"), "2\r\n{}\r\n0\r\n\r\n"),
        ("chunks and a length", format!("{JSON}{chunked}Content-Length: 2\r\n"), "2\r\n{}\r\n0\r\n\r\n"),
        ("chunks twice", format!("{JSON}{chunked}{chunked}"), "2\r\n{}\r\n0\r\n\r\n"),
    ] {
        // The connection ends, or this would wait for ever.
        let answer = send(&caller, &format!("POST {DEVICES} HTTP/1.1"), &headers, body);
        answer.refused(name, 400, &[]);
        assert!(answer.head.to_lowercase().contains("connection: close"), "{name}: {}", answer.head);
        let answer = send(&caller, &format!("GET {DEVICES} HTTP/1.1"), &headers, body);
        answer.refused(name, 400, &[]);
    }
    assert_eq!(caller.list(DEVICES).len(), 0, "nothing was created");
}

fn lengths_that_are_none(server: &testkit::TestServer) {
    let caller = server.caller();
    for (length, status) in [
        ("-1", 400),
        ("+2", 400),
        ("0x2", 400),
        ("2 2", 400),
        ("two", 400),
        ("", 400),
        ("99999999999999999999999", 400),
        ("9223372036854775807", 413),
        ("4194305", 413),
    ] {
        let headers = format!("{JSON}Content-Length: {length}\r\nConnection: close\r\n");
        send(&caller, &format!("POST {DEVICES} HTTP/1.1"), &headers, "{}").refused(length, status, &[]);
    }
    assert_eq!(caller.list(DEVICES).len(), 0);
}

fn codings_of_the_transfer(server: &testkit::TestServer) {
    let caller = server.caller();
    for coding in
        ["gzip", "gzip, chunked", "chunked, gzip", "identity", "chunked, chunked", "xchunked", "\"chunked\""]
    {
        let headers = format!("{JSON}Transfer-Encoding: {coding}\r\n");
        let line = format!("POST {DEVICES} HTTP/1.1");
        send(&caller, &line, &headers, "2\r\n{}\r\n0\r\n\r\n").refused(coding, 400, &[]);
    }
    let headers = format!("{JSON}Transfer-Encoding: chunked\r\n");
    let answer = send(&caller, &format!("POST {DEVICES} HTTP/1.0"), &headers, "2\r\n{}\r\n0\r\n\r\n");
    answer.refused("HTTP/1.0 has no chunks", 400, &[]);
    let headers = format!("{JSON}Transfer-Encoding: Chunked\r\nConnection: close\r\n");
    let answer = send(&caller, &format!("POST {DEVICES} HTTP/1.1"), &headers, "2\r\n{}\r\n0\r\n\r\n");
    assert_eq!(answer.status, 201, "{}", answer.head);
}

fn a_body_needs_a_length(server: &testkit::TestServer) {
    let caller = server.caller();
    for method in ["POST", "PATCH", "PUT"] {
        for version in ["HTTP/1.1", "HTTP/1.0"] {
            let answer = send(&caller, &format!("{method} {DEVICES} {version}"), JSON, "{}");
            answer.refused(&format!("{method} {version}"), 411, &["Content-Length"]);
        }
    }
    assert_eq!(caller.list(DEVICES).len(), 0);
}

fn nothing_is_smuggled(server: &testkit::TestServer) {
    let caller = server.caller();
    let inner = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    for (name, headers, body) in [
        (
            "behind an end of chunks",
            "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
            format!("0\r\n\r\n{inner}"),
        ),
        (
            "the other way round",
            "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
            format!("0\r\n\r\n{inner}"),
        ),
        ("behind the shorter length", "Content-Length: 0\r\nContent-Length: 99\r\n", inner.to_owned()),
        ("behind no length", "Content-Type: application/json\r\n", inner.to_owned()),
        ("behind another coding", "Transfer-Encoding: xchunked\r\n", format!("0\r\n\r\n{inner}")),
        ("behind a folded header", "X: 1\r\n Transfer-Encoding: chunked\r\n", inner.to_owned()),
        ("behind a blank before the colon", "Transfer-Encoding : chunked\r\n", inner.to_owned()),
    ] {
        let answer = send(&caller, &format!("POST {DEVICES} HTTP/1.1"), headers, &body);
        assert!((400..500).contains(&answer.status), "{name}: {}", answer.head);
        assert!(!answer.body.contains("alive"), "{name}: {}", answer.body);
        serde_json::from_str::<serde_json::Value>(&answer.body).expect("one answer, whole");
    }
    // Two requests in one piece, each with a length of its own, are two.
    let two = format!("POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{{}}{inner}");
    let answer = wire(&caller, two.as_bytes());
    assert!(answer.status == 405 && answer.body.ends_with("alive\n"), "{}\n{}", answer.head, answer.body);
}

fn a_decoy_in_a_body_hides_no_contradiction(server: &testkit::TestServer) {
    let caller = server.caller();
    let token = caller.token();
    let post = |headers: &str, body: &str| {
        let head = format!("POST {DEVICES} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n");
        format!("{head}{JSON}{headers}\r\n{body}")
    };
    let decoy = format!("POST {DEVICES} HTTP/1.1\r\nContent-Length: 2\r\n\r\n");
    let body = device("1").to_string();
    let length = format!("Content-Length: {}\r\n", body.len());
    let contradicting = post(&format!("{length}{length}"), &body);
    for (name, first) in [
        ("in a body", post(&format!("Content-Length: {}\r\n", decoy.len()), &decoy)),
        (
            "in a chunk",
            post("Transfer-Encoding: chunked\r\n", &format!("{:x}\r\n{decoy}\r\n0\r\n\r\n", decoy.len())),
        ),
    ] {
        let answers = server.raw(format!("{first}{contradicting}").as_bytes());
        assert_eq!(answers.matches("HTTP/1.1 400").count(), 2, "{name}: {answers}");
        assert!(answers.contains("more than once"), "{name}: {answers}");
    }
    assert_eq!(caller.list(DEVICES).len(), 0, "nothing was created");
}

fn chunks_that_are_none(server: &testkit::TestServer) {
    let caller = server.caller();
    let headers = format!("{JSON}Transfer-Encoding: chunked\r\nConnection: close\r\n");
    let long = format!("2;{}\r\n{{}}\r\n0\r\n\r\n", "x".repeat(20_000));
    for chunks in [
        "zz\r\n{}\r\n0\r\n\r\n",
        "-2\r\n{}\r\n0\r\n\r\n",
        "fffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}0\r\n\r\n",
        "2\n{}\n0\n\n",
        &long,
    ] {
        let name = &chunks[..chunks.len().min(20)];
        send(&caller, &format!("POST {DEVICES} HTTP/1.1"), &headers, chunks).refused(name, 400, &[]);
    }
    let endless = format!("{}0\r\n\r\n", format!("8000\r\n{}\r\n", " ".repeat(0x8000)).repeat(140));
    let answer = send(&caller, &format!("POST {DEVICES} HTTP/1.1"), &headers, &endless);
    answer.refused("more chunks than a body may have", 413, &[]);
    assert_alive(&caller);
}

fn heads_that_are_none(server: &testkit::TestServer) {
    let caller = server.caller();
    let get = format!("GET {DEVICES} HTTP/1.1\r\nHost: localhost\r\n");
    for request in [
        "NONSENSE\r\n\r\n".to_owned(),
        format!("GET{DEVICES} HTTP/1.1\r\n\r\n"),
        format!("GET\t{DEVICES}\tHTTP/1.1\r\n\r\n"),
        format!("GET {DEVICES} x HTTP/1.1\r\n\r\n"),
        format!("G(T {DEVICES} HTTP/1.1\r\n\r\n"),
        format!("GET {DEVICES}/\u{1} HTTP/1.1\r\n\r\n"),
        format!("GET {DEVICES}/\0 HTTP/1.1\r\n\r\n"),
        format!("{get}X\r\n\r\n"),
        format!("{get}: x\r\n\r\n"),
        format!("{get}X Y: x\r\n\r\n"),
        format!("{get}X: a\r\n b\r\n\r\n"),
        format!("{get}X: a\0b\r\n\r\n"),
        format!("{get}X: a\rb\r\n\r\n"),
        format!("{get}Host: other\r\nConnection: close\r\n\r\n"),
        format!("GET {DEVICES} HTTP/1.1\r\nConnection: close\r\n\r\n"),
        format!("GET {DEVICES} HTTP/1.1\r\nHost: a b/c\r\nConnection: close\r\n\r\n"),
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}".to_owned(),
    ] {
        wire(&caller, request.as_bytes()).refused(&request, 400, &[]);
    }
    let answer =
        send(&caller, &format!("GET {DEVICES} HTTP/1.1"), "If-None-Match: ü\r\nConnection: close\r\n", "");
    answer.refused("beyond ASCII", 400, &["if-none-match"]);
    assert_alive(&caller);
}

fn versions_of_http(server: &testkit::TestServer) {
    let caller = server.caller();
    for version in ["HTTP/9.9", "HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "http/1.1", "HTTPS/1.1", "HTTP/1", ""] {
        let answer = send(&caller, &format!("GET {DEVICES} {version}"), "Connection: close\r\n", "");
        answer.refused(version, 400, &["HTTP/1.1"]);
    }
    let answer = send(&caller, &format!("GET {DEVICES} HTTP/1.0"), "", "");
    assert_eq!(answer.status, 200, "{}", answer.head);
}

fn heads_that_are_too_long(server: &testkit::TestServer) {
    let caller = server.caller();
    let many = |count: usize| (0..count).map(|at| format!("x-{at}: 1\r\n")).collect::<String>();
    let long = |bytes: usize| format!("x-long: {}\r\n", "x".repeat(bytes));
    let get = format!("GET {DEVICES} HTTP/1.1");
    for (name, line, headers, status) in [
        ("a long URL", format!("GET {DEVICES}?$filter={} HTTP/1.1", "x".repeat(17_000)), String::new(), 414),
        ("a URL beyond all", format!("GET /{} HTTP/1.1", "x".repeat(70_000)), String::new(), 414),
        ("a URL without end", format!("GET /{} HTTP/1.1", "x".repeat(300_000)), String::new(), 414),
        ("many headers", get.clone(), many(90), 431),
        ("thousands of headers", get.clone(), many(2_000), 431),
        ("a long header", get.clone(), long(40_000), 431),
        ("a header without end", get, long(300_000), 431),
    ] {
        let headers = format!("{headers}Connection: close\r\n");
        send(&caller, &line, &headers, "").refused(name, status, &[]);
    }
    assert_alive(&caller);
}
