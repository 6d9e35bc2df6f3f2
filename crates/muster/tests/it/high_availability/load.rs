//! Clients that write and look, and note each answer.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{HttpAnswer, HttpRequest, TestCaller, TestServer};
use uuid::Uuid;

use super::known::{CONFIGURATIONS, IMPORTS, Kind, Known, PASSWORDS};
use crate::samples::{configuration, hash, id, import_of, unique};

/// The pause of a client that was refused.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a client repeats a request under its `Idempotency-Key`.
const REPEATED_MAX: Duration = Duration::from_secs(60);
/// The devices of an import.
const DEVICES_EACH: usize = 3;

/// A server that may be killed, and started again.
pub struct KillableServer {
    pub server: RwLock<TestServer>,
    pub is_down: AtomicBool,
    pub kills: AtomicUsize,
}

impl KillableServer {
    pub fn new(server: TestServer) -> KillableServer {
        KillableServer {
            server: RwLock::new(server),
            is_down: AtomicBool::new(false),
            kills: AtomicUsize::new(0),
        }
    }

    /// A number that changes when the server is killed and when it is there again.
    fn life(&self) -> (usize, bool) {
        (self.kills.load(Ordering::SeqCst), self.is_down.load(Ordering::SeqCst))
    }

    pub fn end_of_log(&self) -> String {
        let log = self.server.read().expect("no panic").log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

/// What the clients of a round have in common.
pub struct Round<'a> {
    pub servers: &'a [KillableServer],
    pub tenant: Uuid,
    pub stop: AtomicBool,
    pub known: Mutex<Known>,
    /// The acknowledged writes: by which server, and when.
    pub acknowledged: Mutex<Vec<(usize, Instant)>>,
    /// How long each answer took.
    pub took: Mutex<Vec<Duration>>,
    /// The answers that must not be.
    pub faults: Mutex<Vec<String>>,
}

/// A client of one server.
pub struct Client<'a> {
    pub round: &'a Round<'a>,
    pub server: usize,
    pub name: String,
}

impl Client<'_> {
    /// Works until the round is over.
    pub fn work(&self) {
        for at in 0.. {
            if self.round.stop.load(Ordering::Relaxed) {
                return;
            }
            let name = format!("{}-{at}", self.name);
            match at % 6 {
                0 => self.create_configuration(&name, true),
                1 => self.create_configuration(&name, false),
                2 => self.import(&name, true),
                3 => self.import_by_job(),
                4 => self.import(&name, false),
                _ => self.use_password(&name),
            }
        }
    }

    fn create_configuration(&self, name: &str, may_be_repeated: bool) {
        self.doubt(Kind::Configuration, &[name.to_owned()]);
        let body = configuration(name);
        let key = may_be_repeated.then_some(name);
        if self.post(CONFIGURATIONS, key, &body, 201).is_some() {
            self.acknowledge(Kind::Configuration, &[name.to_owned()]);
        }
    }

    fn import(&self, name: &str, may_be_repeated: bool) {
        let serials: Vec<String> = (0..DEVICES_EACH).map(|_| unique("S")).collect();
        self.doubt(Kind::Device, &serials);
        let key = may_be_repeated.then_some(name);
        if self.post(&format!("{IMPORTS}/import"), key, &items(&serials), 200).is_some() {
            self.acknowledge(Kind::Device, &serials);
        }
    }

    /// In a group of a batch, so that a job registers the devices.
    fn import_by_job(&self) {
        let serials: Vec<String> = (0..DEVICES_EACH).map(|_| unique("J")).collect();
        self.doubt(Kind::Device, &serials);
        let request = json!({"id": "1", "method": "POST", "url": format!("deviceManagement/{IMPORTS}/import"),
            "headers": {"Content-Type": "application/json"}, "body": items(&serials), "atomicityGroup": "g"});
        let Some(answer) = self.post("/beta/$batch", None, &json!({"requests": [request]}), 200) else {
            return;
        };
        match answer.json()["responses"][0]["status"].as_i64() {
            Some(200) => self.acknowledge(Kind::Device, &serials),
            Some(503) => {}
            _ => self.fault(format!("in a batch: {}", answer.text())),
        }
    }

    fn use_password(&self, serial: &str) {
        let mut path = PASSWORDS.to_owned();
        for (method, password, status) in [("POST", "first", 201), ("PATCH", "second", 200)] {
            self.known(|known| known.passwords_in_doubt.insert(serial.into(), password.into()));
            let body = json!({"serialNumber": serial, "currentPassword": password});
            let Some(answer) = self.send(status, |caller| caller.request(method, &path).json(&body)) else {
                return;
            };
            path = format!("{PASSWORDS}/{}", id(&answer.json()));
            self.known(|known| {
                known.passwords_in_doubt.remove(serial);
                known.passwords.insert(serial.into(), password.into())
            });
            self.note_acknowledged();
        }
        let reason = format!("look-{serial}");
        self.doubt(Kind::Look, std::slice::from_ref(&reason));
        let Some(answer) = self.send(200, |caller| caller.get(&path).header("Muster-Reason", &reason)) else {
            return;
        };
        if answer.json()["currentPassword"] != "second" {
            self.fault(format!("{serial} shows another password than was acknowledged: {}", answer.text()));
        }
        self.acknowledge(Kind::Look, &[reason]);
    }

    /// Posts; with a key again and again, until the answer is none of those that ask for that.
    fn post(&self, path: &str, key: Option<&str>, body: &Value, status: u16) -> Option<HttpAnswer> {
        let begin = Instant::now();
        loop {
            let answer = self.send(status, |caller| {
                let request = caller.post(path).json(body);
                match key {
                    Some(key) => request.header("Idempotency-Key", key),
                    None => request,
                }
            });
            if answer.is_some() || key.is_none() {
                return answer;
            }
            if begin.elapsed() > REPEATED_MAX {
                self.fault(format!("{path} is refused for {REPEATED_MAX:?}"));
                return None;
            }
        }
    }

    /// Sends a request; none if it was refused for now, or its server was killed.
    fn send(
        &self,
        status: u16,
        request: impl for<'t> Fn(&TestCaller<'t>) -> HttpRequest<'t>,
    ) -> Option<HttpAnswer> {
        let killable = &self.round.servers[self.server];
        let server = killable.server.read().expect("no panic");
        let life = killable.life();
        let begin = Instant::now();
        let answer = request(&server.caller().tenant(self.round.tenant)).attempt();
        let took = begin.elapsed();
        drop(server);
        match answer {
            Ok(answer) => {
                self.round.took.lock().expect("no panic").push(took);
                if answer.status == status {
                    return Some(answer);
                }
                if answer.status != 503 || answer.header("Retry-After").is_none() {
                    self.fault(format!("{status} was expected, or 503 with Retry-After: {answer:?}"));
                }
            }
            Err(error) if life == killable.life() && !life.1 => {
                self.fault(format!("no answer after {took:?}, and nobody killed the server: {error:?}"));
            }
            Err(_) => {}
        }
        std::thread::sleep(PAUSE);
        None
    }

    fn known<T>(&self, note: impl FnOnce(&mut Known) -> T) -> T {
        note(&mut self.round.known.lock().expect("no panic"))
    }

    fn doubt(&self, kind: Kind, names: &[String]) {
        self.known(|known| known.written.extend(names.iter().map(|name| ((kind, name.clone()), false))));
    }

    fn acknowledge(&self, kind: Kind, names: &[String]) {
        self.known(|known| known.written.extend(names.iter().map(|name| ((kind, name.clone()), true))));
        self.note_acknowledged();
    }

    fn note_acknowledged(&self) {
        self.round.acknowledged.lock().expect("no panic").push((self.server, Instant::now()));
    }

    fn fault(&self, what: String) {
        self.round.faults.lock().expect("no panic").push(what);
    }
}

fn items(serials: &[String]) -> Value {
    let items: Vec<Value> = serials.iter().map(|serial| import_of(serial, &hash(serial, vec![]))).collect();
    json!({IMPORTS: items})
}
