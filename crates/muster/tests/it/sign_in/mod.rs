//! Sign-in at the dev issuer: its grants, its pages, what it refuses, and the libraries that people use

mod libraries;
mod pages;
mod refusals;
mod seed_mistakes;
mod tokens;

use std::path::PathBuf;
use std::sync::OnceLock;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};
use testkit::{HttpAnswer, ServerOptions, TestDatabase, TestServer};

use crate::MUSTER;

const TENANT: &str = "11111111-1111-4111-8111-111111111111";
const DAEMON: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const TOOL: &str = "aaaaaaaa-0000-4000-8000-000000000002";
const DISABLED: &str = "aaaaaaaa-0000-4000-8000-000000000003";
const SECRET: &str = "daemon's secret";
const WRITE: &str = "DeviceManagementServiceConfig.ReadWrite.All";
const ALICE: &str = "alice@contoso.example";
const BOB: &str = "bob@contoso.example";
/// Another issuer, for federated credentials.
const OTHER_ISSUER: &str = "https://ci.example";

/// A server with a seed, and the key of an application's certificate and of the other issuer.
struct Seeded {
    server: TestServer,
    key: String,
    /// The certificate and its key, in PEM.
    certificate: PathBuf,
    _folder: tempfile::TempDir,
}

/// The server that these tests share.
fn seeded() -> &'static Seeded {
    static SEEDED: OnceLock<Seeded> = OnceLock::new();
    SEEDED.get_or_init(Seeded::start)
}

impl Seeded {
    fn start() -> Seeded {
        let folder = tempfile::tempdir().expect("a folder");
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key");
        let certificate = CertificateParams::default().self_signed(&key).expect("a certificate");
        let pem = format!("{}{}", key.serialize_pem(), certificate.pem());
        let certificate = folder.path().join("daemon.pem");
        std::fs::write(&certificate, pem).expect("a file");
        let encoding = EncodingKey::from_rsa_pem(key.serialize_pem().as_bytes()).expect("a key");
        let mut jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(&encoding, Algorithm::RS256).expect("a key");
        jwk.common.key_id = Some("ci".to_owned());
        let keys = folder.path().join("jwks.json");
        std::fs::write(&keys, json!({"keys": [jwk]}).to_string()).expect("a file");
        let config = format!(
            "[[issuers]]\nissuer = \"{OTHER_ISSUER}\"\njwks_file = \"{}\"\ntenant = \"{TENANT}\"\n",
            keys.display()
        );
        let seed = include_str!("seed.toml").replace("{certificate}", &certificate.display().to_string());
        let options = ServerOptions { config: Some(config), seed: Some(seed), ..ServerOptions::default() };
        let server = TestServer::start(MUSTER, TestDatabase::Sqlite, options);
        Seeded { server, key: key.serialize_pem(), certificate, _folder: folder }
    }

    /// A token of the other issuer.
    fn assertion(&self, subject: &str, audience: &str) -> String {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some("ci".to_owned());
        let claims = json!({"iss": OTHER_ISSUER, "sub": subject, "aud": audience, "exp": 4_000_000_000_u64});
        let key = EncodingKey::from_rsa_pem(self.key.as_bytes()).expect("a key");
        jsonwebtoken::encode(&header, &claims, &key).expect("a token")
    }

    /// Posts a form to an endpoint of the tenant.
    fn post(&self, endpoint: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> HttpAnswer {
        let mut request = self.server.caller().nobody().post(&format!("/{TENANT}/{endpoint}"));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.bytes("application/x-www-form-urlencoded", form_text(form).as_bytes()).send()
    }

    /// Asks for a token.
    fn token(&self, form: &[(&str, &str)]) -> HttpAnswer {
        self.post("oauth2/v2.0/token", form, &[])
    }

    /// Opens the sign-in page with this query, chooses a user, and returns what comes next.
    fn sign_in(&self, query: &[(&str, &str)], user: &str, answer: Option<&str>) -> HttpAnswer {
        let path = format!("/{TENANT}/oauth2/v2.0/authorize?{}", form_text(query));
        let page = self.server.caller().nobody().get(&path).send().is(200);
        assert!(page.text().contains("Choose who signs in"), "{}", page.text());
        let mut form = query.to_vec();
        form.push(("user", user));
        form.extend(answer.map(|answer| ("answer", answer)));
        self.post("oauth2/v2.0/authorize", &form, &[])
    }

    /// Signs in; the code.
    fn code(&self, query: &[(&str, &str)], user: &str) -> String {
        let back = self.sign_in(query, user, None).is(302);
        let location = back.header("Location").expect("a location").to_owned();
        parameter(&location, "code").unwrap_or_else(|| panic!("no code: {location}"))
    }
}

/// A parameter of a URL's query.
fn parameter(url: &str, name: &str) -> Option<String> {
    let url = reqwest::Url::parse(url).expect("a URL");
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

fn form_text(form: &[(&str, &str)]) -> String {
    let pairs = form.iter().map(|(name, value)| format!("{name}={}", testkit::encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// What a token says.
fn claims(token: &Value) -> Value {
    let part = token.as_str().and_then(|token| token.split('.').nth(1)).expect("a token");
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).expect("base64")).expect("JSON")
}
