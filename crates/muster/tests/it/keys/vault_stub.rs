//! The part of Vault's HTTP interface that concerns us, as its documentation has it, over real HTTP.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use data_encoding::BASE64;
use serde_json::{Value, json};

pub const NAMESPACE: &str = "security/muster";
pub const ROLE: &str = "role-of-muster";
pub const SECRET: &str = "secret-id-of-muster";
const KEY: &str = "muster";

/// A Vault that runs in this process until it is dropped.
pub struct VaultStub {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    stop: Mutex<Arc<AtomicBool>>,
}

struct State {
    /// The bytes of the key's versions, and the least that decrypts.
    versions: Vec<[u8; 32]>,
    version_min: usize,
    /// The time at which each token expires, and how long it holds once it is renewed.
    tokens: HashMap<String, (Instant, u64)>,
    lease: u64,
    sealed: bool,
    logins: usize,
    renewals: usize,
}

/// A status and a body.
type Said = (u16, Value);

impl VaultStub {
    pub fn start() -> VaultStub {
        let state = State {
            versions: vec![random()],
            version_min: 1,
            tokens: HashMap::new(),
            lease: 3_600,
            sealed: false,
            logins: 0,
            renewals: 0,
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let vault =
            VaultStub { address, state: Arc::new(Mutex::new(state)), stop: Mutex::new(Arc::default()) };
        vault.listen(listener);
        vault
    }

    fn listen(&self, listener: TcpListener) {
        let (state, stop) = (Arc::clone(&self.state), Arc::clone(&self.stop.lock().unwrap()));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let state = Arc::clone(&state);
                std::thread::spawn(move || serve(stream, &state));
            }
        });
    }

    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Takes no connections any more.
    pub fn stop(&self) {
        self.stop.lock().unwrap().store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }

    /// Takes connections again, at the same address.
    pub fn start_again(&self) {
        *self.stop.lock().unwrap() = Arc::default();
        self.listen(TcpListener::bind(self.address).unwrap());
    }

    /// A token that holds for so many seconds.
    pub fn token(&self, seconds: u64) -> String {
        self.state.lock().unwrap().token(seconds)
    }

    /// The seconds for which tokens of the role hold.
    pub fn lease(&self, seconds: u64) {
        self.state.lock().unwrap().lease = seconds;
    }

    pub fn revoke_tokens(&self) {
        self.state.lock().unwrap().tokens.clear();
    }

    pub fn seal(&self, sealed: bool) {
        self.state.lock().unwrap().sealed = sealed;
    }

    pub fn rotate_key(&self) {
        self.state.lock().unwrap().versions.push(random());
    }

    pub fn replace_key(&self) {
        self.state.lock().unwrap().versions.fill_with(random);
    }

    pub fn end_versions_before_newest(&self) {
        let mut state = self.state.lock().unwrap();
        state.version_min = state.versions.len();
    }

    pub fn logins(&self) -> usize {
        self.state.lock().unwrap().logins
    }

    pub fn renewals(&self) -> usize {
        self.state.lock().unwrap().renewals
    }
}

impl Drop for VaultStub {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Answers the one request of a connection.
fn serve(stream: TcpStream, state: &Mutex<State>) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let mut reader = BufReader::new(&stream);
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let (status, said) = state.lock().unwrap().answer(&format!("{method} {path}"), &headers, &body);
    let text = said.to_string();
    let head = format!(
        "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        text.len()
    );
    let _ = (&stream).write_all((head + &text).as_bytes());
}

impl State {
    fn answer(&mut self, request: &str, headers: &HashMap<String, String>, body: &Value) -> Said {
        let header = |name: &str| headers.get(name).map(String::as_str).unwrap_or_default();
        if self.sealed {
            return refused(503, "Vault is sealed");
        }
        if header("x-vault-namespace") != NAMESPACE {
            return refused(403, "permission denied");
        }
        if request == "POST /v1/auth/approle/login" {
            if (body["role_id"].as_str(), body["secret_id"].as_str()) != (Some(ROLE), Some(SECRET)) {
                return refused(400, "invalid role or secret ID");
            }
            self.logins += 1;
            let token = self.token(self.lease);
            return (200, auth(&token, self.lease));
        }
        let token = header("x-vault-token").to_owned();
        let Some((expires, lease)) = self.tokens.get_mut(&token).filter(|(at, _)| *at > Instant::now())
        else {
            return refused(403, "permission denied");
        };
        match request {
            "GET /v1/auth/token/lookup-self" => {
                let ttl = expires.duration_since(Instant::now()).as_secs_f64().ceil() as u64;
                (200, json!({"data": {"id": token, "ttl": ttl, "renewable": true, "policies": ["muster"]}}))
            }
            "POST /v1/auth/token/renew-self" => {
                *expires = Instant::now() + Duration::from_secs(*lease);
                self.renewals += 1;
                let lease = *lease;
                (200, auth(&token, lease))
            }
            _ if request == format!("POST /v1/transit/encrypt/{KEY}") => self.encrypt(body),
            _ if request == format!("POST /v1/transit/decrypt/{KEY}") => self.decrypt(body),
            _ => refused(404, "no handler for route"),
        }
    }

    fn token(&mut self, seconds: u64) -> String {
        let token = format!("hvs.{}", uuid::Uuid::new_v4().simple());
        self.tokens.insert(token.clone(), (Instant::now() + Duration::from_secs(seconds), seconds));
        token
    }

    fn encrypt(&self, body: &Value) -> Said {
        let (mut text, aad) = (decoded(&body["plaintext"]), decoded(&body["associated_data"]));
        let version = self.versions.len();
        let nonce = self.cipher(version).seal_in_place_append_tag(Aad::from(aad), &mut text).unwrap();
        let sealed = BASE64.encode(&[nonce.as_ref().as_slice(), &text].concat());
        (200, json!({"data": {"ciphertext": format!("vault:v{version}:{sealed}"), "key_version": version}}))
    }

    fn decrypt(&self, body: &Value) -> Said {
        let ciphertext = body["ciphertext"].as_str().unwrap_or_default();
        let parts = ciphertext.strip_prefix("vault:v").and_then(|rest| rest.split_once(':'));
        let Some((version, sealed)) = parts else { return refused(400, "invalid ciphertext: no prefix") };
        let version: usize = version.parse().unwrap_or(0);
        if version < self.version_min || version > self.versions.len() {
            return refused(400, "ciphertext or signature version is disallowed by policy (too old)");
        }
        let sealed = BASE64.decode(sealed.as_bytes()).unwrap_or_default();
        let Some((nonce, text)) = sealed.split_at_checked(12) else {
            return refused(400, "invalid ciphertext");
        };
        let (mut text, nonce) = (text.to_vec(), Nonce::try_assume_unique_for_key(nonce).unwrap());
        let aad = Aad::from(decoded(&body["associated_data"]));
        match self.cipher(version).open_in_place(nonce, aad, &mut text) {
            Ok(plain) => (200, json!({"data": {"plaintext": BASE64.encode(plain)}})),
            Err(_) => refused(400, "cipher: message authentication failed"),
        }
    }

    fn cipher(&self, version: usize) -> RandomizedNonceKey {
        RandomizedNonceKey::new(&AES_256_GCM, &self.versions[version - 1]).unwrap()
    }
}

fn auth(token: &str, lease: u64) -> Value {
    json!({"auth": {"client_token": token, "lease_duration": lease, "renewable": true, "token_policies": ["muster"]}})
}

fn refused(status: u16, error: &str) -> Said {
    (status, json!({"errors": [error]}))
}

fn decoded(value: &Value) -> Vec<u8> {
    BASE64.decode(value.as_str().unwrap_or_default().as_bytes()).unwrap()
}

fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).unwrap();
    bytes
}
