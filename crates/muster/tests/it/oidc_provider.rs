//! A real OpenID provider's tokens, and its keys as they come and go
//!
//! `cargo xtask test` installs it. Where it is missing the test says so, and fails if it is the CI that asks.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{ServerOptions, TestDatabase, TestServer};

use crate::MUSTER;
use crate::sdk::is_installed;

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const READ: &str = "DeviceManagementServiceConfig.Read.All";
/// Longer than anything takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// The provider, which ends when its input does.
struct Provider {
    process: Child,
    origin: String,
    http: reqwest::blocking::Client,
}

impl Provider {
    fn start(folder: &PathBuf) -> Provider {
        let mut command = Command::new("node");
        command.arg("provider.js").current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.stderr(Stdio::null()).spawn().expect("Node starts");
        let mut lines =
            BufReader::new(process.stdout.take().expect("its output")).lines().map_while(Result::ok);
        let listening = lines.find_map(|line| Some(line.strip_prefix("listening on ")?.to_owned()));
        let http = reqwest::blocking::Client::builder().tls_certs_only([]).no_proxy().timeout(PATIENCE);
        Provider { process, origin: listening.expect("an origin"), http: http.build().expect("a client") }
    }

    fn token(&self) -> String {
        let form = format!("grant_type=client_credentials&scope={READ}");
        let asked = self.http.post(format!("{}/token", self.origin)).body(form);
        let asked = asked.header("Content-Type", "application/x-www-form-urlencoded");
        let answer = asked.basic_auth("importer", Some("a%20secret%20of%20the%20test")).send();
        let answer: Value = answer.and_then(|answer| answer.json()).expect("a token");
        answer["access_token"].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
    }

    /// Publishes keys, and waits until Muster has read them: it does when the second reading from now begins.
    fn publish(&self, published: &[&str], signing: &str) {
        let control = format!("{}/control", self.origin);
        let order = json!({"published": published, "signing": signing});
        let fetched = |request: reqwest::blocking::RequestBuilder| -> u64 {
            let answer: Value = request.send().and_then(|answer| answer.json()).expect("an answer");
            answer["fetched"].as_u64().expect("a number")
        };
        let before = fetched(self.http.post(&control).json(&order));
        let begin = Instant::now();
        while fetched(self.http.get(&control)) < before + 2 {
            assert!(begin.elapsed() < PATIENCE, "the keys are not read again");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn keys_rotate_without_a_failed_request_and_old_ones_are_refused() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/sdk/oidc");
    if !is_installed("the OpenID provider", &folder.join("node_modules/oidc-provider")) {
        return;
    }
    // A server comes first: it makes the cryptography ready that the provider's client wants as well.
    let _first = crate::server(TestDatabase::Sqlite);
    let provider = Provider::start(&folder);
    let config = format!(
        "[[issuers]]\nissuer = \"{origin}\"\ndiscovery = \"{origin}/.well-known/openid-configuration\"\n\
         audiences = [\"urn:muster\"]\ntenant = \"00000000-0000-4000-8000-00000000000a\"\nrefresh_seconds = 1\n\
         claims = {{ application = \"client_id\", scopes = \"scope\", roles = \"scope\" }}\n",
        origin = provider.origin
    );
    let options = ServerOptions { config: Some(config), ..ServerOptions::default() };
    let server = TestServer::start(MUSTER, TestDatabase::Sqlite, options);
    let with = |token: &str| server.caller().authorization(format!("Bearer {token}"));
    let old = provider.token();
    with(&old).get(DEVICES).send().is(200);
    with(&old)
        .post(DEVICES)
        .json(&json!({}))
        .send()
        .refused(403, &["DeviceManagementServiceConfig.ReadWrite.All"]);

    let is_over = AtomicBool::new(false);
    let asked: usize = std::thread::scope(|scope| {
        let ask = || {
            let mut asked = 0;
            while !is_over.load(Ordering::Relaxed) {
                with(&provider.token()).get(DEVICES).send().is(200);
                asked += 1;
            }
            asked
        };
        let askers = [scope.spawn(ask), scope.spawn(ask)];
        provider.publish(&["a", "b"], "a");
        provider.publish(&["a", "b"], "b");
        is_over.store(true, Ordering::Relaxed);
        askers.into_iter().map(|asker| asker.join().expect("no request failed")).sum()
    });
    assert!(asked > 0);

    let new = provider.token();
    for token in [&old, &new] {
        with(token).get(DEVICES).send().is(200);
    }
    provider.publish(&["b"], "b");
    with(&new).get(DEVICES).send().is(200);
    with(&old).get(DEVICES).send().refused(401, &["key that its issuer does not have"]);
}
