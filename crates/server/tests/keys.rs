//! Where issuers' keys come from, and when they are read again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jsonwebtoken::jwk::JwkSet;
use serde_json::json;
use server::dev::DevFolder;
use server::tokens::keys::{KeySet, KeySource};

/// More than the least time between two readings.
const A_WHILE: Duration = Duration::from_secs(31);

/// A document with the keys of these folders, and their names.
fn document(folders: &[&Path]) -> (String, Vec<String>) {
    let keys: Vec<_> =
        folders.iter().map(|folder| DevFolder::at(folder).signing_key().unwrap().jwk).collect();
    let names = keys.iter().map(|key| key.common.key_id.clone().unwrap()).collect();
    (serde_json::to_string(&JwkSet { keys }).unwrap(), names)
}

#[tokio::test(start_paused = true)]
async fn a_file_is_read_again_when_a_key_is_missing_but_not_all_the_time() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (old, old_names) = document(&[first.path()]);
    let (new, new_names) = document(&[second.path()]);
    let file = first.path().join("jwks.json");
    std::fs::write(&file, old).unwrap();
    let keys = KeySet::new(KeySource::File(file.clone()));
    assert!(keys.find(&old_names[0]).await.is_some(), "read when first asked");
    let generation = keys.generation();

    std::fs::write(&file, new).unwrap();
    assert!(keys.find(&new_names[0]).await.is_none(), "not read again at once");
    tokio::time::advance(A_WHILE).await;
    assert!(keys.find(&new_names[0]).await.is_some(), "read again after a while");
    assert!(keys.find(&old_names[0]).await.is_none(), "what the issuer took back holds no more");
    assert_ne!(keys.generation(), generation, "nor does what was verified with it");

    let generation = keys.generation();
    for broken in ["", "not JSON", "{\"keys\":7}"] {
        std::fs::write(&file, broken).unwrap();
        tokio::time::advance(A_WHILE).await;
        keys.refresh().await;
        assert!(keys.find(&new_names[0]).await.is_some(), "the old keys stay over {broken:?}");
        assert_eq!(keys.generation(), generation);
    }
    tokio::time::advance(Duration::from_secs(25 * 3600)).await;
    keys.refresh().await;
    assert!(keys.find(&new_names[0]).await.is_none(), "keys that cannot be read for a day hold no more");
}

#[tokio::test(start_paused = true)]
async fn what_an_issuer_takes_back_holds_for_five_minutes_at_most() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (old, old_names) = document(&[first.path()]);
    let (new, _) = document(&[second.path()]);
    let file = first.path().join("jwks.json");
    std::fs::write(&file, old).unwrap();
    // The longest interval that `refresh_seconds` takes.
    let interval = Duration::from_secs(290);
    let keys = KeySet::read_every(interval, KeySource::File(file.clone()));
    assert!(keys.refresh().await && keys.find(&old_names[0]).await.is_some());
    std::fs::write(&file, new).unwrap();
    let again = Arc::clone(&keys);
    let reading = tokio::spawn(async move {
        tokio::time::sleep(interval).await;
        again.keep_fresh().await;
    });
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert!(keys.find(&old_names[0]).await.is_none(), "nobody has asked for a missing key meanwhile");
    reading.abort();
}

#[tokio::test(start_paused = true)]
async fn an_issuer_without_keys_recovers_when_it_has_some() {
    let folder = tempfile::tempdir().unwrap();
    let (text, names) = document(&[folder.path()]);
    let file = folder.path().join("jwks.json");
    let without_keys = || {
        std::fs::write(&file, "{\"keys\":[]}").unwrap();
        KeySet::read_every(Duration::from_secs(290), KeySource::File(file.clone()))
    };

    let keys = without_keys();
    assert!(keys.find(&names[0]).await.is_none());
    assert_eq!(keys.generation(), 1, "that there are none is known");
    std::fs::write(&file, &text).unwrap();
    assert!(keys.find(&names[0]).await.is_none(), "not read again at once");
    tokio::time::advance(A_WHILE).await;
    assert!(keys.find(&names[0]).await.is_some(), "read again after a while because one is asked for");

    let keys = without_keys();
    let again = Arc::clone(&keys);
    let reading = tokio::spawn(async move { again.keep_fresh().await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(keys.generation(), 1);
    std::fs::write(&file, &text).unwrap();
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(keys.generation(), 2, "read again after a while although nobody asks");
    reading.abort();
}

#[tokio::test]
async fn keys_that_cannot_sign_for_us_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let (text, names) = document(&[folder.path()]);
    let of_use = |part: &str| text.replace("\"use\":\"sig\"", part);
    let cases = [
        ("for signatures", text.clone(), true),
        ("of no stated use", text.replace("\"use\":\"sig\",", ""), true),
        ("for encryption", of_use("\"use\":\"enc\""), false),
        ("for another algorithm", text.replace("RS256", "RS512"), false),
        ("without a name", text.replace("\"kid\"", "\"other\""), false),
    ];
    for (name, text, found) in cases {
        let file = folder.path().join("jwks.json");
        std::fs::write(&file, text).unwrap();
        let keys = KeySet::new(KeySource::File(file));
        assert_eq!(keys.find(&names[0]).await.is_some(), found, "{name}");
    }
}

#[tokio::test]
async fn what_an_issuer_publishes_is_fetched_once_for_all_who_wait() {
    server::tls::install();
    let folder = tempfile::tempdir().unwrap();
    let (text, names) = document(&[folder.path()]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}/keys", listener.local_addr().unwrap());
    let fetched = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&fetched);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            counter.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 4096]);
            std::thread::sleep(Duration::from_millis(50));
            let length = text.len();
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}")
                .unwrap();
        }
    });
    let client = reqwest::Client::builder().tls_certs_only([]).build().unwrap();
    let keys = KeySet::new(KeySource::Uri { uri, client });
    let waiting: Vec<_> = (0..20)
        .map(|number| {
            let (keys, name) = (Arc::clone(&keys), names[0].clone());
            let name = if number % 2 == 0 { name } else { format!("invented {number}") };
            tokio::spawn(async move { keys.find(&name).await.is_some() == (number % 2 == 0) })
        })
        .collect();
    for waiter in waiting {
        assert!(waiter.await.unwrap());
    }
    assert_eq!(fetched.load(Ordering::SeqCst), 1);
}

#[test]
fn two_processes_end_up_with_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<_> = std::thread::scope(|scope| {
        let make = || DevFolder::at(folder.path()).signing_key().unwrap().jwk.common.key_id;
        let makers: Vec<_> = (0..4).map(|_| scope.spawn(make)).collect();
        makers.into_iter().map(|maker| maker.join().unwrap()).collect()
    });
    assert!(names.windows(2).all(|pair| pair[0] == pair[1]), "{names:?}");
}

/// Serves these paths, each with a status line and a body, for as long as the test runs.
fn publisher(pages: impl Fn(&str) -> Vec<(&'static str, &'static str, String)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let pages = pages(&origin);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut head) = (stream.unwrap(), [0; 4096]);
            let count = stream.read(&mut head).unwrap_or(0);
            let asked = String::from_utf8_lossy(&head[..count]).into_owned();
            let page = pages.iter().find(|(path, ..)| asked.starts_with(&format!("GET {path} ")));
            let (_, status, body) = page.unwrap_or(&pages[0]);
            let length = body.len();
            // Who has heard enough hangs up.
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        }
    });
    origin
}

#[tokio::test]
async fn what_an_issuer_says_of_itself_is_checked() {
    server::tls::install();
    let folder = tempfile::tempdir().unwrap();
    let (keys, names) = document(&[folder.path()]);
    let origin = publisher(|origin| {
        let about = |issuer: &str, uri: &str| json!({"issuer": issuer, "jwks_uri": uri}).to_string();
        let large = " ".repeat((1 << 20) + 1);
        vec![
            ("/good", "200 OK", about("https://a.example", &format!("{origin}/keys"))),
            ("/other", "200 OK", about("https://a.example/", &format!("{origin}/keys"))),
            ("/unsafe", "200 OK", about("https://a.example", "http://a.example/keys")),
            ("/file", "200 OK", about("https://a.example", "file:///etc/keys")),
            ("/moved", "302 Found\r\nLocation: /good", String::new()),
            ("/broken", "200 OK", "<html>".to_owned()),
            ("/large", "200 OK", large),
            ("/failed", "500 Internal Server Error", String::new()),
            ("/keys", "200 OK", keys.clone()),
        ]
    });
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let client = client.tls_certs_only([]).no_proxy().build().unwrap();
    let cases = [
        ("/good", None),
        ("/other", Some("is of the issuer 'https://a.example/'")),
        ("/unsafe", Some("not an https URL")),
        ("/file", Some("not an https URL")),
        ("/moved", Some("answered 302")),
        ("/broken", Some("not an OpenID configuration")),
        ("/large", Some("larger than 1 MiB")),
        ("/failed", Some("answered 500")),
    ];
    for (path, reason) in cases {
        let (uri, issuer) = (format!("{origin}{path}"), "https://a.example".to_owned());
        let source = KeySource::Discovery { uri, issuer, client: client.clone() };
        match (source.read().await, reason) {
            (Ok(keys), None) => assert!(keys.by_id.contains_key(&names[0])),
            (Err(error), Some(reason)) => assert!(error.contains(reason), "{path}: {error}"),
            (outcome, _) => panic!("{path}: {:?}", outcome.err()),
        }
    }
}
