//! A server that is told to end (SIGTERM) while it is used: what was answered is kept, what failed took no effect, and who
//! waits is told

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Scope;
use std::time::Duration;

use serde_json::Value;
use testkit::{ServerOptions, TestDatabase, TestServer};

use crate::samples::{device, id};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const PATIENCE: Duration = Duration::from_secs(60);
/// The connections that create devices, each the next when it has the answer.
const CREATORS: usize = 6;
/// The creates and lines after which the server is told to stop.
const ENOUGH: usize = 60;
/// The devices that the lines change in turn.
const CHANGED: usize = 10;

#[test]
fn a_stop_under_load_on_sqlite() {
    stop_under_load(TestDatabase::Sqlite);
}

#[test]
fn a_stop_under_load_on_postgres() {
    stop_under_load(TestDatabase::Postgres);
}

/// The creates of one connection until its end: the serial numbers that were answered with 201, and the others.
#[derive(Default)]
struct Created {
    kept: Vec<String>,
    failed: Vec<String>,
}

fn stop_under_load(database: TestDatabase) {
    let options = ServerOptions { plain_http: true, ..ServerOptions::default() };
    let mut server = TestServer::start(crate::MUSTER, database, options);
    let caller = server.caller();
    let changed: Vec<String> =
        (0..CHANGED).map(|at| id(&caller.create(DEVICES, &device(&format!("bulk{at}"))))).collect();
    let client = Client { address: server.origin().replace("http://", ""), token: caller.token() };
    let tenant = caller.tenant_id();
    let done = AtomicUsize::new(0);
    let (created, lines, waited) = std::thread::scope(|scope| {
        let creators: Vec<_> =
            (0..CREATORS).map(|at| client.create_until_the_end(scope, at, &done)).collect();
        let bulk = client.change_until_the_end(scope, &changed, &done);
        let waiting = scope.spawn(|| client.wait_for_what_never_comes(&changed[0]));
        while done.load(Ordering::Relaxed) < ENOUGH {
            assert!(!bulk.is_finished(), "the lines ended early");
            std::thread::sleep(Duration::from_millis(2));
        }
        assert!(server.stop().success(), "{}", server.log());
        let created: Vec<Created> = creators.into_iter().map(|creator| creator.join().unwrap()).collect();
        (created, bulk.join().unwrap(), waiting.join().unwrap())
    });
    assert!(waited.starts_with("HTTP/1.1 503 ") && waited.contains("retry-after: "), "{waited}");

    server.start_again();
    let caller = server.caller().tenant(tenant);
    let stored: HashMap<String, Value> = caller
        .list(DEVICES)
        .into_iter()
        .map(|device| (device["serialNumber"].as_str().unwrap_or_default().to_owned(), device))
        .collect();
    for Created { kept, failed } in created {
        for serial in kept {
            assert!(stored.contains_key(&serial), "{serial} was answered and is lost");
        }
        for serial in failed {
            assert!(!stored.contains_key(&serial), "{serial} was carried out and not answered");
        }
    }
    let last = lines.len() - 1;
    for (at, line) in lines.iter().enumerate() {
        let expected = if at == last { 503 } else { 204 };
        assert_eq!((&line["line"], &line["status"]), (&(at + 1).into(), &expected.into()), "{line}");
    }
    for at in 0..CHANGED.min(last) {
        // The last line about a device that was answered is the last that took effect.
        let tag = (0..last).rev().find(|line| line % CHANGED == at).map(|line| format!("Tag{line}"));
        let device = &stored[&format!("bulk{at}")];
        assert_eq!(device["groupTag"].as_str(), tag.as_deref(), "{device}");
    }
}

/// Whoever uses the server over sockets of its own, so that it sees their end.
struct Client {
    address: String,
    token: String,
}

impl Client {
    fn head(&self, line: &str, more: &str) -> String {
        format!("{line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n{more}\r\n", self.token)
    }

    fn connect(&self) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Creates devices until no connection is taken any more.
    fn create_until_the_end<'s, 'e: 's>(
        &'e self,
        scope: &'s Scope<'s, 'e>,
        number: usize,
        done: &'e AtomicUsize,
    ) -> std::thread::ScopedJoinHandle<'s, Created> {
        scope.spawn(move || {
            let (mut created, mut at) = (Created::default(), 0);
            while let Ok(stream) = self.connect() {
                let mut stream = BufReader::new(stream);
                loop {
                    let serial = format!("serial{number}x{at}");
                    at += 1;
                    let body = device(&serial).to_string();
                    let more =
                        format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
                    let line = format!("POST /beta/deviceManagement/{DEVICES}");
                    let sent = stream.get_mut().write_all((self.head(&line, &more) + &body).as_bytes());
                    match sent.ok().and_then(|()| answer(&mut stream)) {
                        Some(head) if head.starts_with("HTTP/1.1 201 ") => {
                            created.kept.push(serial);
                            done.fetch_add(1, Ordering::Relaxed);
                            if head.contains("connection: close") {
                                break;
                            }
                        }
                        _ => {
                            created.failed.push(serial);
                            break;
                        }
                    }
                }
            }
            created
        })
    }

    /// Sends lines until nobody answers them any more; the answers.
    fn change_until_the_end<'s, 'e: 's>(
        &'e self,
        scope: &'s Scope<'s, 'e>,
        devices: &'e [String],
        done: &'e AtomicUsize,
    ) -> std::thread::ScopedJoinHandle<'s, Vec<Value>> {
        scope.spawn(move || {
            let stream = self.connect().unwrap();
            let mut writer = stream.try_clone().unwrap();
            let more = "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n";
            writer.write_all(self.head("POST /_/bulk", more).as_bytes()).unwrap();
            let (mut lines, mut reader) = (Vec::new(), BufReader::new(stream));
            for at in 0.. {
                let device = &devices[at % devices.len()];
                let line = format!("{{\"verb\":\"tag\",\"id\":\"{device}\",\"groupTag\":\"Tag{at}\"}}\n");
                // It may end before it has read all.
                let _ = writer.write_all(format!("{:x}\r\n{line}\r\n", line.len()).as_bytes());
                let Some(answer) = json_line(&mut reader) else { break };
                let is_last = answer["status"] != 204;
                lines.push(answer);
                done.fetch_add(1, Ordering::Relaxed);
                if is_last {
                    break;
                }
            }
            lines
        })
    }

    /// Asks for what does not happen; what it is told.
    fn wait_for_what_never_comes(&self, device: &str) -> String {
        let path = format!(
            "/beta/deviceManagement/{DEVICES}/{device}/muster.wait(until='failed',timeoutSeconds=200)"
        );
        let mut stream = self.connect().unwrap();
        stream.write_all(self.head(&format!("GET {path}"), "").as_bytes()).unwrap();
        let mut told = String::new();
        stream.read_to_string(&mut told).unwrap();
        told
    }
}

/// Reads an answer to its end; its head in lower case but for the first line. None if the connection ends before.
fn answer(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(head)
}

/// The next line of JSON among chunks; none at the end.
fn json_line(stream: &mut BufReader<TcpStream>) -> Option<Value> {
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 || line == "0\r\n" {
            return None;
        }
        if line.starts_with('{') {
            return serde_json::from_str(&line).ok();
        }
    }
}
