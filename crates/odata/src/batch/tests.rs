//! Batches as clients write them, and as nobody should.

use super::url::{is_batch, reference, target};
use super::{BatchPlan, BatchResponse, BatchResponseBody, BatchResponseWriter, Method, read};
use crate::edm::Version;

fn batch(text: &str) -> BatchPlan {
    read(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A batch of requests that are given as `id method group dependsOn`, with a dash for nothing.
fn planned(requests: &[&str]) -> String {
    let request = |line: &&str| {
        let words: Vec<&str> = line.split(' ').collect();
        let [id, method, group, depends_on] = words.as_slice() else { panic!("{line}") };
        let group = if *group == "-" { String::new() } else { format!(r#","atomicityGroup":"{group}""#) };
        let names: Vec<String> =
            depends_on.split(',').filter(|name| *name != "-").map(|name| format!("{name:?}")).collect();
        format!(r#"{{"id":"{id}","method":"{method}","url":"x"{group},"dependsOn":[{}]}}"#, names.join(","))
    };
    let requests: Vec<String> = requests.iter().map(request).collect();
    format!(r#"{{"requests":[{}]}}"#, requests.join(","))
}

#[test]
fn what_clients_write_is_understood() {
    let text = r#"{"requests":[
        {"id": 1, "method": "get", "url": "books", "headers": {"Accept": "x", "n": 1}, "depends_on": []},
        {"id": "two", "method": "POST", "url": "/beta/books", "headers": {"content-type": "application/json"},
         "body": {"title": "b", "n": 1.50}, "dependsOn": [1]},
        {"id": "3", "method": "Patch", "url": "u", "body": null, "dependsOn": null, "atomicityGroup": ""},
        {"id": "4", "method": "PUT", "url": "u", "headers": {"Content-Type": "text/plain"}, "body": "a\nb"},
        {"id": "5", "method": "DELETE", "url": "u", "headers": {"Content-Type": "image/png"}, "body": "_-8"}
    ], "x": 1}"#;
    let batch = batch(text);
    let ids: Vec<&str> = batch.requests.iter().map(|request| &*request.id).collect();
    assert_eq!(ids, ["1", "two", "3", "4", "5"]);
    let methods: Vec<Method> = batch.requests.iter().map(|request| request.method).collect();
    assert_eq!(methods, Method::ALL);
    assert_eq!(batch.requests[0].headers, [("Accept".into(), "x".into()), ("n".into(), "1".into())]);
    let bodies: Vec<&[u8]> = batch.requests.iter().map(|request| &*request.body).collect();
    assert_eq!(bodies, [b"", &br#"{"title": "b", "n": 1.50}"#[..], b"", b"a\nb", &[0xff, 0xef][..]]);
    assert_eq!(batch.units[1].depends_on, [0]);
    assert_eq!(super::read(br#"{"requests":[]}"#).map(|batch| batch.requests.len()), Ok(0));
}

#[test]
fn what_is_no_batch_is_refused_by_name() {
    let many: Vec<String> = (0..21).map(|at| format!("{at} GET - -")).collect();
    let many = planned(&many.iter().map(String::as_str).collect::<Vec<_>>());
    for (text, words) in [
        ("", "not a batch"),
        ("[]", "not a batch"),
        ("{}", "'requests'"),
        (r#"{"request":[]}"#, "did you mean 'request'"),
        (r#"{"requests":{}}"#, "array"),
        (r#"{"requests":[],"requests":[]}"#, "'requests' occurs twice"),
        (r#"{"requests":[5]}"#, "position 0"),
        (r#"{"requests":[{"method":"GET","url":"x"}]}"#, "position 0 of the batch needs the member 'id'"),
        (r#"{"requests":[{"id":"","method":"GET","url":"x"}]}"#, "position 0"),
        (r#"{"requests":[{"id":1.5,"method":"GET","url":"x"}]}"#, "position 0"),
        (
            r#"{"requests":[{"id":"a","url":"x"}]}"#,
            "'a' of the batch is not one: it needs the member 'method'",
        ),
        (r#"{"requests":[{"id":"a","method":"GET"}]}"#, "'url'"),
        (r#"{"requests":[{"id":"a","method":"BREW","url":"x"}]}"#, "'BREW' is none of GET"),
        (r#"{"requests":[{"id":"a","method":"GET","url":5}]}"#, "'url' must be a string"),
        (r#"{"requests":[{"id":"a","method":"GET","url":"x","headers":[]}]}"#, "'headers'"),
        (r#"{"requests":[{"id":"a","method":"GET","url":"x","headers":{"h":{}}}]}"#, "'h'"),
        (r#"{"requests":[{"id":"a","method":"GET","url":"x","dependsOn":"b"}]}"#, "'dependsOn'"),
        (&planned(&["1 GET - -", "1 GET - -"]), "'1' is there twice"),
        (r#"{"requests":[{"id":1,"method":"GET","url":"x"},{"id":"1","method":"GET","url":"x"}]}"#, "twice"),
        (&planned(&["1 GET - 2", "2 GET - -"]), "depends on '2'"),
        (&planned(&["1 GET - 1"]), "depends on '1'"),
        (&planned(&["1 POST a -", "2 POST - -", "3 POST a -"]), "follow one another"),
        (&planned(&["1 POST a -", "a POST - -"]), "'a' is there twice"),
        (&planned(&["1 POST - -", "2 POST 1 -"]), "'atomicityGroup' is the id"),
        (&planned(&["1 GET a -"]), "changes only"),
        (&many, "at most 20 requests, not 21"),
    ] {
        let error = read(text.as_bytes()).expect_err(text);
        assert!(error.message.contains(words), "{text}: {}", error.message);
    }
}

#[test]
fn writes_go_alone_and_reads_side_by_side() {
    for (requests, waves) in [
        (
            &["1 GET - -", "2 GET - -", "3 GET - -", "4 GET - -", "5 GET - -"][..],
            &[&[0, 1, 2, 3][..], &[4]][..],
        ),
        (&["1 GET - -", "2 GET - 1", "3 GET - -"], &[&[0], &[1, 2]]),
        (&["1 POST - -", "2 GET - -", "3 GET - -", "4 DELETE - -"], &[&[0], &[1, 2], &[3]]),
        (&["1 POST a -", "2 PATCH a 1", "3 GET - a"], &[&[0], &[1]]),
        (&["1 POST a -", "2 POST b -"], &[&[0], &[1]]),
    ] {
        assert_eq!(batch(&planned(requests)).waves(), waves, "{requests:?}");
    }
    let grouped = batch(&planned(&["0 GET - -", "1 POST a -", "2 PATCH a 1,0", "3 GET - 2"]));
    assert_eq!(grouped.units[1].requests, 1..3);
    assert!(grouped.units[1].atomic && !grouped.units[2].atomic);
    assert_eq!((&*grouped.units[1].depends_on, &*grouped.units[2].depends_on), (&[0][..], &[1][..]));
}

#[test]
fn urls_are_relative_versioned_or_our_own() {
    for (url, expected) in [
        ("books", "/beta/books"),
        ("/books/5?$top=1", "/beta/books/5?$top=1"),
        ("/v1.0/books", "/v1.0/books"),
        ("beta/books", "/beta/books"),
        ("/BETA/books", "/BETA/books"),
        ("https://host:8443/v1.0/books?x", "/v1.0/books?x"),
        ("HTTPS://HOST:8443/beta/books", "/beta/books"),
        ("https://graph.microsoft.com/beta/books", "/beta/books"),
        ("/books?$filter=title eq 'a#b \u{fc}'", "/beta/books?$filter=title%20eq%20'a%23b%20%C3%BC'"),
        ("books?$filter=link eq 'http://x'", "/beta/books?$filter=link%20eq%20'http://x'"),
        ("f(ids=[\"x\"])", "/beta/f(ids=[%22x%22])"),
    ] {
        assert_eq!(target(url, Version::Beta, "https://host:8443").as_deref(), Ok(expected), "{url}");
    }
    for url in [
        "https://elsewhere/beta/books",
        "https://host/beta/books",
        "http://graph.microsoft.com/beta/books",
        "https://graph.microsoft.com.evil/beta/books",
        "https://host:8443@evil/beta/books",
        "$batch",
        "/beta/$batch",
        "/v1.0/%24BATCH/?x",
        "https://host:8443/beta/$batch",
    ] {
        assert!(target(url, Version::Beta, "https://host:8443").is_err(), "{url}");
    }
    assert_eq!(is_batch("/beta/$batch"), Some(Version::Beta));
    assert_eq!(is_batch("/v1.0/%24batch/"), Some(Version::V1));
    assert_eq!(is_batch("/beta/books/$batch"), None);
}

#[test]
fn a_new_entity_is_referred_to_by_its_request() {
    let text = r#"{"requests":[{"id":"a","method":"POST","url":"books"},{"id":"2","method":"GET","url":"$a/copies?$top=1"},
        {"id":"3","method":"GET","url":"/$a"},{"id":"4","method":"GET","url":"$metadata"}]}"#;
    let batch = batch(text);
    let references: Vec<_> = batch.requests.iter().map(|request| reference(&batch, request)).collect();
    assert_eq!(references, [None, Some((0, "/copies?$top=1")), Some((0, "")), None]);
}

#[test]
fn answers_stand_in_the_order_of_the_requests() {
    let batch = batch(&planned(&["1 POST a -", "2 GET - -", "3 GET - -", "4 GET - -"]));
    let response = |status, body| BatchResponse { status, headers: vec![("A".into(), "\"b\"".into())], body };
    let responses = [
        response(201, BatchResponseBody::Json(b"{\"x\":1}")),
        response(200, BatchResponseBody::Text("7\n")),
        response(200, BatchResponseBody::Binary(&[0xff, 0xef])),
        response(204, BatchResponseBody::None),
    ];
    let mut writer = BatchResponseWriter::default();
    batch.requests.iter().zip(&responses).for_each(|(request, response)| writer.write(request, response));
    let written: serde_json::Value = serde_json::from_slice(&writer.end()).unwrap();
    let headers = serde_json::json!({"A": "\"b\""});
    let expected = serde_json::json!({"responses": [
        {"id": "1", "atomicityGroup": "a", "status": 201, "headers": headers, "body": {"x": 1}},
        {"id": "2", "status": 200, "headers": headers, "body": "7\n"},
        {"id": "3", "status": 200, "headers": headers, "body": "_-8="},
        {"id": "4", "status": 204, "headers": headers},
    ]});
    assert_eq!(written, expected);
}
